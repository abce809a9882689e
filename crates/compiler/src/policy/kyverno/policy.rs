//! A policy of Kyverno, asked of an object.

use super::super::finding::{Finding, Undecided};
use super::super::selection::{Object, Selection};
use super::filter::Filters;
use super::pattern::{self, Mismatch, Outcome};
use crate::support::glob;
use crate::support::places::Step;
use crate::support::reasons::keys;
use diagnostics::report::Severity;
use diagnostics::source::{Span, Spanned};
use yaml::Node;

/// A policy.
#[derive(Debug)]
pub(in crate::policy) struct KyvernoPolicy {
    pub(in crate::policy) name: Spanned<String>,
    /// Of a `Policy`: the only namespace that it is for.
    pub(super) namespace: Option<String>,
    pub(super) rules: Vec<Rule>,
    /// Rules that are not looked at, and why.
    pub(in crate::policy) not_read: Vec<String>,
}

/// A rule.
#[derive(Debug)]
pub(super) struct Rule {
    pub(super) name: String,
    pub(super) span: Span,
    pub(super) message: Option<String>,
    /// Whether what does not fit is refused, by namespaces; the first that fits counts.
    pub(super) actions: Vec<(Vec<String>, bool)>,
    pub(super) matches: Filters,
    pub(super) excludes: Filters,
    pub(super) patterns: Vec<Node>,
    /// The kinds whose templates of pods are asked too.
    pub(super) templates: Vec<&'static str>,
}

/// Where the kinds that run pods have the template of them.
pub(super) const TEMPLATES: [(&str, &[&str]); 7] = [
    ("CronJob", &["spec", "jobTemplate", "spec", "template"]),
    ("DaemonSet", &["spec", "template"]),
    ("Deployment", &["spec", "template"]),
    ("Job", &["spec", "template"]),
    ("ReplicaSet", &["spec", "template"]),
    ("ReplicationController", &["spec", "template"]),
    ("StatefulSet", &["spec", "template"]),
];

impl KyvernoPolicy {
    /// What its rules refuse in an object.
    pub(in crate::policy) fn check(
        &self,
        object: Object<'_>,
        findings: &mut Vec<Finding>,
        undecided: &mut Undecided,
    ) {
        for rule in &self.rules {
            for (kind, template) in rule.ways(object) {
                match rule.selects(self.namespace.as_ref(), object, kind) {
                    Selection::No => {}
                    Selection::Unknown(why) => undecided.add(&self.name, why),
                    Selection::Yes => {
                        let mismatches = rule.mismatches(object, template);
                        findings.extend(
                            mismatches.map(|one| rule.finding(&self.name.value, object, one)),
                        );
                    }
                }
            }
        }
    }
}

impl Rule {
    /// How it may be about an object: as what it is, and for pods as what has a template of them.
    fn ways<'a>(&self, object: Object<'a>) -> Vec<(&'a str, &'static [&'static str])> {
        let kind = object.kind();
        let mut ways: Vec<(&str, &'static [&'static str])> = vec![(kind, &[])];
        let template = TEMPLATES.iter().find(|(name, _)| *name == kind);
        if let Some((_, path)) = template.filter(|_| self.templates.contains(&kind)) {
            ways.push(("Pod", path));
        }
        ways
    }

    fn selects(&self, namespace: Option<&String>, object: Object<'_>, kind: &str) -> Selection {
        let in_namespace = || match namespace {
            Some(name) if object.namespace() != name => Selection::No,
            _ => Selection::Yes,
        };
        let matches = self.matches.select(object, kind);
        let excludes = || self.excludes.select(object, kind).not();
        in_namespace().and(|| matches).and(excludes)
    }

    /// What does not fit. Of several patterns one has to fit: those that are skipped are left out, and
    /// the one that fits best counts.
    fn mismatches(
        &self,
        object: Object<'_>,
        template: &[&str],
    ) -> impl Iterator<Item = Mismatch> + use<> {
        let path: Vec<Step> = keys(template.iter().copied());
        let value = object.value.at(template);
        let compared =
            self.patterns
                .iter()
                .filter_map(|one| match pattern::compare(one, value, &path) {
                    Outcome::Compared(mismatches) => Some(mismatches),
                    Outcome::Skipped => None,
                });
        compared.min_by_key(Vec::len).into_iter().flatten()
    }

    fn finding(&self, policy: &str, object: Object<'_>, mismatch: Mismatch) -> Finding {
        let mut actions = self.actions.iter();
        let is_here = |globs: &[String]| {
            globs.is_empty() || globs.iter().any(|one| glob::fits(one, object.namespace()))
        };
        let action = actions.find(|(namespaces, _)| is_here(namespaces));
        let severity = match action {
            Some((_, true)) => Severity::Error,
            _ => Severity::Note,
        };
        let message = self.message.clone();
        Finding {
            policy: policy.to_owned(),
            severity,
            message: message.unwrap_or_else(|| format!("rule `{}` is violated", self.name)),
            paths: vec![mismatch.path],
            fails: false,
            rule: self.span,
            asked: mismatch.asked,
        }
    }
}
