//! The output files of several environments, which must differ.

use std::path::Path;

use super::destination::Destination;
use crate::project::environment::Environment;
use crate::system::os;
use compiler::emit::Syntax;
use diagnostics::report::{Problem, Report, Reported};
use diagnostics::source::Span;

rules! {
    /// Two environments of one run would write the same file.
    pub OUTPUT_FILE_COLLISION: "output-file-collision", Error;
}

/// The destination of an environment: that of the flag, else of the environment, else the default
/// of the target.
pub(crate) fn destination(
    flag: Option<&Path>,
    environment: &Environment,
    syntax: Syntax,
) -> Destination {
    let declared = environment.output().map(|output| Path::new(&output.value));
    Destination::new(flag.or(declared), environment.target, syntax)
}

/// Reports environments that would overwrite the output of another one.
pub(crate) fn check_outputs<'a>(
    environments: impl Iterator<Item = &'a Environment>,
    destination: impl Fn(&Environment) -> Destination,
    report: &mut Report,
) -> Result<(), Reported> {
    report.collect(|report| {
        let mut taken: Vec<(Destination, &Environment)> = Vec::new();
        // The output of an environment with errors may be in a part that was not read.
        for environment in environments.filter(|environment| environment.require_complete().is_ok())
        {
            let destination = destination(environment);
            let first = taken
                .iter()
                .find(|(other, _)| os::is_same_path(destination.path(), other.path()));
            match first {
                Some((_, first)) => report_same_output(&destination, environment, first, report),
                None => taken.push((destination, environment)),
            }
        }
    })
}

fn report_same_output(
    destination: &Destination,
    environment: &Environment,
    first: &Environment,
    report: &mut Report,
) {
    let path = destination.path().display();
    let (name, first_name) = (&environment.name, &first.name);
    let message = format!("the environments `{first_name}` and `{name}` both write `{path}`");
    let mut problem = Problem::new(&OUTPUT_FILE_COLLISION, message);
    if let Some(span) = output_span(environment) {
        problem = problem.at(span);
    }
    if let Some(span) = output_span(first) {
        problem = problem.secondary(span, format!("`{first_name}` is declared here"));
    }
    report.push(problem.help(format!("set another `output:` for `{name}`")));
}

/// The place of an environment's `output`, or else of its beginning.
fn output_span(environment: &Environment) -> Option<Span> {
    let output = environment.output().map(|output| output.span);
    output.or_else(|| environment.file().map(|file| file.start))
}
