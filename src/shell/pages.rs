//! The page of each kind of diagnostic, as `spec/diagnostics/` has it.

use crate::base::diagnostics::{Problem, Report};
use crate::base::text::{Spanned, suggestion};

/// Each name that a diagnostic may have, with its page.
macro_rules! pages {
    ($($name:literal)*) => {
        &[$(($name, include_str!(concat!("../../spec/diagnostics/", $name, ".md")))),*]
    };
}

/// Names and pages, by name. `tests/suite/pages.rs` compares them with the names in the sources.
#[rustfmt::skip]
pub const PAGES: &[(&str, &str)] = pages! {
    "before-cycle"
    "changed-provisioner"
    "comment-syntax"
    "fixed-level"
    "state-not-kept"
    "state-version"
    "unknown-rule"
    "unused-allow"
};

/// The names of all diagnostics, sorted.
pub fn names() -> impl Iterator<Item = &'static str> + Clone {
    PAGES.iter().map(|(name, _)| *name)
}

/// The page of a diagnostic; `None` for a name that none has.
pub fn page(name: &str) -> Option<&'static str> {
    let index = PAGES.binary_search_by_key(&name, |(own, _)| own).ok()?;
    PAGES.get(index).map(|(_, page)| *page)
}

/// Whether what bears this name is an error always.
pub fn is_error(name: &str) -> bool {
    page(name).is_some_and(|page| page.lines().any(|line| line == "Level: error"))
}

/// The rule of a name; reports when there is none.
pub(super) fn rule(name: &Spanned<String>, report: &mut Report) -> Option<&'static str> {
    let known = names().find(|known| *known == name.value);
    if known.is_none() {
        let problem = Problem::new("unknown-rule", format!("there is no rule `{}`", name.value)).at(name.span);
        let _ = report.error(problem.help(nearest_rule(&name.value)));
    }
    known
}

/// The problem of a name whose problems are errors always.
pub(super) fn fixed_level(name: &Spanned<String>) -> Problem {
    let problem = Problem::new("fixed-level", format!("`{}` is an error and stays one", name.value));
    problem.at(name.span).help("remove it here, and mend what it reports")
}

/// What to do about a name that no rule has.
pub(super) fn nearest_rule(name: &str) -> String {
    suggestion(name, names(), || "the name is the word in brackets behind a message".to_owned())
}
