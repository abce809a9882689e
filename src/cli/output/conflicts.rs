//! The output files of several environments, which must differ.

use std::path::Path;

use super::destination::Destination;
use crate::project::environment::Environment;
use crate::system::os;
use compiler::emit::Syntax;
use diagnostics::report::{Problem, Report, Reported};
use diagnostics::source::Span;

rules! {
    /// Two environments would write the same file.
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

/// Reports environments that would overwrite the output of another one, and with a syntax also
/// previews that would overwrite that of the environment that they extend.
pub(crate) fn check_outputs<'a>(
    environments: impl Iterator<Item = &'a Environment>,
    destination: impl Fn(&Environment) -> Destination,
    of_extended: Option<Syntax>,
    report: &mut Report,
) -> Result<(), Reported> {
    report.collect(|report| {
        let mut taken: Vec<(Destination, &Environment)> = Vec::new();
        // The output of an environment with errors may be in a part that was not read.
        for environment in environments.filter(|environment| environment.require_complete().is_ok())
        {
            let destination = destination(environment);
            if of_extended.is_some_and(|syntax| {
                overwrites_extended(&destination, environment, syntax, report)
            }) {
                continue;
            }
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

/// Whether a preview writes the output of the environment that it extends, or into it, which is
/// reported.
fn overwrites_extended(
    output: &Destination,
    preview: &Environment,
    syntax: Syntax,
    report: &mut Report,
) -> bool {
    let Some(extended) = preview.extended() else {
        return false;
    };
    let other = destination(None, &extended, syntax);
    let is_same = match (output, &other) {
        (Destination::Stdout | Destination::Registry(_), _) => false,
        (_, Destination::Directory { path, .. }) => os::is_inside(output.path(), path),
        (Destination::Directory { .. }, Destination::File(path)) => {
            os::is_inside(path, output.path())
        }
        (_, Destination::File(path)) => os::is_same_path(output.path(), path),
        _ => false,
    };
    if is_same && *output == destination(None, preview, syntax) {
        report_same_output(&other, preview, &extended, report);
    } else if is_same {
        let help = "name another path with `--output`";
        report.push(same_output(&other, preview, &extended).help(help));
    }
    is_same
}

fn report_same_output(
    destination: &Destination,
    environment: &Environment,
    first: &Environment,
    report: &mut Report,
) {
    let mut problem = same_output(destination, environment, first);
    if let Some(span) = output_span(environment) {
        problem = problem.at(span);
    }
    if let Some(span) = output_span(first) {
        problem = problem.secondary(span, format!("`{}` is declared here", first.name));
    }
    report.push(problem.help(format!("set another `output:` for `{}`", environment.name)));
}

fn same_output(
    destination: &Destination,
    environment: &Environment,
    first: &Environment,
) -> Problem {
    let (name, first, path) = (&environment.name, &first.name, destination.path().display());
    let message = format!("the environments `{first}` and `{name}` both write `{path}`");
    Problem::new(&OUTPUT_FILE_COLLISION, message)
}

/// The place of an environment's `output`, or else of its beginning.
fn output_span(environment: &Environment) -> Option<Span> {
    let output = environment.output().map(|output| output.span);
    output.or_else(|| environment.file().map(|file| file.start))
}
