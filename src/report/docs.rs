//! The page of each kind of diagnostic, as `spec/diagnostics/` has it.

use super::rules;
use diagnostics::report::{Problem, Report, Severity};
use diagnostics::rule::Rule;
use diagnostics::source::Spanned;
use diagnostics::suggestions::suggestion;

rules! {
    /// A comment or the project's `score-rs.yaml` makes less of a problem that is an error always.
    pub ERROR_NOT_CONFIGURABLE: "error-not-configurable", Error;

    /// A comment or the project's `score-rs.yaml` names a kind of problem that score-rs does not
    /// report.
    pub UNKNOWN_RULE: "unknown-rule", Error;
}

/// The names of all rules, sorted.
pub fn names() -> impl Iterator<Item = &'static str> + Clone {
    rules::ALL.iter().map(|rule| rule.name())
}

/// The severities that problems of a kind have, as its page says it.
pub fn level(rule: &Rule) -> &'static str {
    match rule.is_always_error() || rule.severity() != Severity::Error {
        true => rule.severity().as_str(),
        false => "error or warning",
    }
}

/// The rule of a name; reports when there is none.
pub(crate) fn rule(name: &Spanned<String>, report: &mut Report) -> Option<&'static Rule> {
    let known = rules::find(&name.value);
    if known.is_none() {
        let problem =
            Problem::new(&UNKNOWN_RULE, format!("there is no rule `{}`", name.value)).at(name.span);
        report.push(problem.help(nearest_rule(&name.value)));
    }
    known
}

/// The problem of a name whose problems are errors always.
pub(crate) fn fixed_level(name: &Spanned<String>) -> Problem {
    let problem = Problem::new(
        &ERROR_NOT_CONFIGURABLE,
        format!("`{}` is an error and stays one", name.value),
    );
    problem
        .at(name.span)
        .help("remove it here, and mend what it reports")
}

/// What to do about a name that no rule has.
pub(crate) fn nearest_rule(name: &str) -> String {
    suggestion(name, names(), || {
        "the name is the word in brackets behind a message".to_owned()
    })
}
