//! The outputs of several environments: each has its own.

use std::path::Path;

use super::destination::Place;
use crate::project::environment::Environment;
use crate::system::os;
use compiler::emit::Syntax;
use diagnostics::report::{Problem, Report, Reported};

rules! {
    /// Two environments of one run would write the same file.
    pub OUTPUT_FILE_COLLISION: "output-file-collision", Error;
}

/// Where an environment is written: where the flag says, else where it says itself, else where its
/// target usually is.
pub(crate) fn place(named: Option<&Path>, environment: &Environment, syntax: Syntax) -> Place {
    let own = environment
        .first(|own| own.output.as_ref())
        .map(|output| Path::new(&output.value));
    Place::of(named.or(own), environment.target, syntax)
}

/// Refuses two environments that would write over each other.
pub(crate) fn check_outputs<'a>(
    environments: impl Iterator<Item = &'a Environment>,
    place: &dyn Fn(&Environment) -> Place,
    report: &mut Report,
) -> Result<(), Reported> {
    report.collect(|report| {
        let mut taken: Vec<(Place, &Environment)> = Vec::new();
        // Where one writes may be in what could not be read.
        for environment in environments.filter(|own| own.require_complete().is_ok()) {
            let place = place(environment);
            let first = taken
                .iter()
                .find(|(other, _)| os::is_same_path(place.path(), other.path()));
            match first {
                Some((_, first)) => report_same_output(&place, environment, first, report),
                None => taken.push((place, environment)),
            }
        }
    })
}

fn report_same_output(place: &Place, own: &Environment, first: &Environment, report: &mut Report) {
    let path = place.path().display();
    let message = format!(
        "the environments `{}` and `{}` both write `{path}`",
        first.name, own.name
    );
    let mut problem = Problem::new(&OUTPUT_FILE_COLLISION, message);
    let said = |environment: &Environment| {
        let output = environment
            .first(|own| own.output.as_ref())
            .map(|output| output.span);
        output.or_else(|| environment.file().map(|own| own.start))
    };
    if let Some(span) = said(own) {
        problem = problem.at(span);
    }
    if let Some(span) = said(first) {
        problem = problem.secondary(span, format!("`{}` is declared here", first.name));
    }
    report.push(problem.help(format!("give `{}` an `output:` of its own", own.name)));
}
