//! Which environment is meant where none is named.

use std::rc::Rc;

use super::TARGETS;
use super::file::Declaration;
use diagnostics::report::{Problem, Report, Reported};

rules! {
    /// Two environments say that they are the default.
    pub DUPLICATE_DEFAULT_ENVIRONMENT: "duplicate-default-environment", Error;
}

/// The one that says `default: true`, else the only one, else the one that is called like the first
/// built-in environment, whose place it takes; `None` where that one is meant itself.
pub(super) fn by_default(
    declared: &[Rc<Declaration>],
    report: &mut Report,
) -> Result<Option<Rc<Declaration>>, Reported> {
    let mut defaults = declared.iter().filter_map(|own| {
        own.default
            .as_ref()
            .filter(|flag| flag.value)
            .map(|flag| (own, flag))
    });
    let Some((first, flag)) = defaults.next() else {
        let only = if let [only] = declared {
            Some(only)
        } else {
            None
        };
        let own = only.or_else(|| declared.iter().find(|own| own.name == TARGETS[0].name()));
        return Ok(own.map(Rc::clone));
    };
    report.collect(|report| {
        for (other, second) in defaults {
            let message = format!(
                "`{}` is the default already, so `{}` cannot be",
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
