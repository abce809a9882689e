//! Which environment is the default.

use std::rc::Rc;

use super::TARGETS;
use super::file::EnvironmentFile;
use diagnostics::report::{Problem, Report, Reported};

rules! {
    /// Two environments have `default: true`.
    pub DUPLICATE_DEFAULT_ENVIRONMENT: "duplicate-default-environment", Error;
}

/// The environment with `default: true`, else the only one, else the one with the name of the first
/// built-in environment, which it replaces; `None` for that built-in environment itself.
pub(super) fn default_environment(
    files: &[Rc<EnvironmentFile>],
    report: &mut Report,
) -> Result<Option<Rc<EnvironmentFile>>, Reported> {
    let mut defaults = files.iter().filter_map(|file| {
        file.default
            .as_ref()
            .filter(|flag| flag.value)
            .map(|flag| (file, flag))
    });
    let Some((first, flag)) = defaults.next() else {
        let default = match files {
            [only] => Some(only),
            _ => files.iter().find(|file| file.name == TARGETS[0].name()),
        };
        return Ok(default.map(Rc::clone));
    };
    report.collect(|report| {
        for (other, second) in defaults {
            let message = format!(
                "`{}` is already the default environment, so `{}` cannot be",
                first.name, other.name
            );
            let problem = Problem::new(&DUPLICATE_DEFAULT_ENVIRONMENT, message)
                .at(second.span)
                .secondary(flag.span, "the first one");
            report.push(problem.help("remove one of them"));
        }
        Some(Rc::clone(first))
    })
}
