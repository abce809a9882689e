//! Where a violation is reported: at the line that made the field that the rule read.

use std::collections::{BTreeMap, BTreeSet};

use super::finding::{Decided, Finding};
use super::rules::POLICY_DENIED;
use super::score_keys;
use super::subject::Subject;
use crate::reasons::{Kind, Link, show};
use crate::support::places::Step;
use crate::support::reasons::{keys, value_at};
use diagnostics::report::{Problem, Severity};
use diagnostics::source::{Sources, Span};
use diagnostics::suggestions::list_names;
use diagnostics::value::Value;

/// A violation that can be reported, or excepted at one of its places.
pub(super) struct Violation {
    pub(super) policy: String,
    pub(super) severity: Severity,
    pub(super) problem: Problem,
    pub(super) places: Vec<Span>,
}

/// Whether a finding is about what values of resources decide, which may not be known.
pub(super) fn is_about_values(finding: &Finding) -> bool {
    let is_value = |step: &Step| matches!(step, Step::Key(key) if ["env", "volumes", "volumeMounts"].contains(&key.as_str()));
    finding.paths.iter().flatten().any(is_value)
}

/// The rule, the policy, the place and the message of violations that are one mistake.
type Mistake = (Span, String, Option<Span>, String);

/// The violations of one document. What one rule refuses at one place is one violation.
pub(super) fn problems(
    findings: Vec<Finding>,
    index: usize,
    subject: &Subject<'_>,
    sources: &Sources,
) -> Vec<Violation> {
    let mut grouped: BTreeMap<Mistake, (Finding, Decided)> = BTreeMap::new();
    for finding in findings {
        let path = finding.paths.first().map_or(&[][..], Vec::as_slice);
        let decided = what_decided(path, index, subject, sources);
        let key = (
            finding.rule,
            finding.policy.clone(),
            decided.span,
            finding.message.clone(),
        );
        match grouped.get_mut(&key) {
            Some((first, _)) => first.paths.extend(finding.paths),
            None => _ = grouped.insert(key, (finding, decided)),
        }
    }
    let violations = grouped.into_iter();
    let violations = violations
        .map(|(_, (finding, decided))| violation(&finding, &decided, index, subject, sources));
    violations.collect()
}

fn violation(
    finding: &Finding,
    decided: &Decided,
    index: usize,
    subject: &Subject<'_>,
    sources: &Sources,
) -> Violation {
    let document = &subject.reasons.documents()[index];
    let text = |path: &[&str]| {
        let value = document.value.at(path).and_then(Value::as_str);
        value.unwrap_or_default()
    };
    let object = format!("{}/{}", text(&["kind"]), text(&["metadata", "name"]));
    let paths = finding.paths.iter().map(|path| show(path));
    let paths: BTreeSet<String> = paths.filter(|path| !path.is_empty()).collect();
    let message = finding.sentence();
    let message = match paths.is_empty() {
        true => format!("{message} (`{object}`)"),
        false => {
            let paths = list_names(paths.iter().map(String::as_str));
            format!("{message} (`{object}`, {paths})")
        }
    };
    let problem = problem(&finding.policy, &message);
    let problem = problem.help(score_keys::help(
        finding,
        decided,
        &document.value,
        subject.reasons,
    ));
    let problem = match decided.span {
        Some(span) => problem.at_rendered(sources, span),
        None => problem,
    };
    let mut places: Vec<Span> = decided.span.into_iter().collect();
    let owner = what_decided(&keys(["metadata", "name"]), index, subject, sources).span;
    places.extend(owner);
    places.extend(document.origin);
    Violation {
        policy: finding.policy.clone(),
        severity: finding.severity,
        problem: problem.secondary(finding.asked, "required by this policy"),
        places,
    }
}

fn problem(policy: &str, message: &str) -> Problem {
    let problem = Problem::new(&POLICY_DENIED, message.replace('\n', " "));
    problem.named(format!("policy/{policy}"))
}

/// What a policy refuses, without saying in which object: it is reported at the policy.
pub(super) fn without_object(finding: Finding) -> Violation {
    let problem = problem(&finding.policy, finding.sentence());
    Violation {
        problem: problem.at(finding.rule).help("fix what the policy reports"),
        policy: finding.policy,
        severity: finding.severity,
        places: Vec::new(),
    }
}

/// What decided the value at a path, or the nearest part of the object that there is.
fn what_decided(path: &[Step], index: usize, subject: &Subject<'_>, sources: &Sources) -> Decided {
    let document = &subject.reasons.documents()[index];
    let exists = |path: &[Step]| value_at(&document.value, path).is_some();
    let chain = |place: &[Step]| {
        let links = subject.reasons.chain(subject.target, sources, index, place);
        decisive(&links).map(|link| Decided::new(link, place == path))
    };
    let prefixes = (1..=path.len())
        .rev()
        .filter_map(|length| path.get(..length));
    for prefix in prefixes.filter(|prefix| exists(prefix)) {
        let found = match is_container(prefix) {
            true => chain(&[prefix, &keys(["name"])].concat()),
            false => chain(prefix),
        };
        if let Some(found) = found {
            return found;
        }
    }
    let name = chain(&keys(["metadata", "name"]));
    name.unwrap_or_else(|| Decided {
        span: document.places.find(&[]).or(document.origin),
        ..Decided::default()
    })
}

/// Whether a path is that of a container.
fn is_container(path: &[Step]) -> bool {
    let [.., Step::Key(list), Step::Index(_)] = path else {
        return false;
    };
    score_keys::is_container_list(list)
}

/// What changed the value last, or else where it is written. What the environment takes from a Score
/// file is written there.
fn decisive(links: &[Link]) -> Option<&Link> {
    let placed = || links.iter().filter(|link| link.span.is_some());
    if let Some(change) = placed().rfind(|link| link.replaced.is_some()) {
        return Some(change);
    }
    let first = placed().next()?;
    let mut others = placed().filter(|_| first.kind == Kind::Environment);
    let written = others.find(|link| link.kind == Kind::Score);
    written.or(Some(first))
}
