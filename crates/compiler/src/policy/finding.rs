//! What policies give: what they refuse, and what they cannot decide.

use std::collections::BTreeMap;

use super::rules::POLICY_NOT_DECIDED;
use crate::reasons::{Kind, Link};
use crate::support::places::Step;
use diagnostics::report::{Problem, Report, Severity};
use diagnostics::source::{Span, Spanned};

/// Whether a policy can have this name, so that comments can name it.
pub(super) fn is_name(name: &str) -> bool {
    let is_part = |one: char| one.is_ascii_alphanumeric() || "-_.".contains(one);
    !name.is_empty() && name.chars().all(is_part)
}

/// What to do about a name that is none of a policy.
pub(super) const NAME_HELP: &str = "use letters, digits, `-`, `_` and `.`";

/// Something that a policy refuses in an object.
#[derive(Debug)]
pub(super) struct Finding {
    pub(super) policy: String,
    pub(super) severity: Severity,
    pub(super) message: String,
    /// Whether an expression fails at these fields, so that the policy itself may be wrong.
    pub(super) fails: bool,
    /// The fields that decided it.
    pub(super) paths: Vec<Vec<Step>>,
    /// The rule that says so.
    pub(super) rule: Span,
    /// The part of the rule that is not met.
    pub(super) asked: Span,
}

impl Finding {
    /// The message as diagnostics have it: without a full stop.
    pub(super) fn sentence(&self) -> &str {
        self.message.trim().trim_end_matches('.')
    }
}

/// What decided a field.
#[derive(Default)]
pub(super) struct Decided {
    pub(super) span: Option<Span>,
    pub(super) kind: Option<Kind>,
    /// The key of the Score file that the value is from.
    pub(super) key: Option<String>,
}

impl Decided {
    pub(super) fn new(link: &Link, is_exact: bool) -> Decided {
        let is_key = is_exact && link.kind == Kind::Score;
        Decided {
            span: link.span,
            kind: Some(link.kind),
            key: is_key.then(|| link.text.clone()),
        }
    }
}

/// What cannot be told before there is a cluster: the first reason for each policy.
#[derive(Debug, Default)]
pub(super) struct Undecided(BTreeMap<Span, (String, String)>);

impl Undecided {
    pub(super) fn add(&mut self, policy: &Spanned<String>, why: impl Into<String>) {
        let entry = self.0.entry(policy.span);
        entry.or_insert_with(|| (policy.value.clone(), why.into()));
    }

    /// Adds those of a later document.
    pub(super) fn merge(&mut self, other: Undecided) {
        for (span, why) in other.0 {
            self.0.entry(span).or_insert(why);
        }
    }

    pub(super) fn report(self, report: &mut Report) {
        for (span, (policy, why)) in self.0 {
            let message = format!("the policy `{policy}` is not decided completely: {why}");
            let problem = Problem::new(&POLICY_NOT_DECIDED, message).at(span);
            report.push(problem.help("let the cluster decide the rest"));
        }
    }
}
