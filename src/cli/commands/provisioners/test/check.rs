//! Checks what a definition gave against what a test expects.

use similar::TextDiff;

use super::compare::{Comparer, Comparison, Mismatch};
use super::coverage::Coverage;
use super::file::{Case, ExpectedProblem};
use super::trial::{Given, Trial};
use compiler::targets::target::Target;
use diagnostics::report::{Diagnostic, Problem, Report, Severity};
use diagnostics::source::{Sources, Span};

rules! {
    /// A test of a definition found something else than it expects.
    pub FAILED_TEST: "failed-test", Error;
}

/// What to do about a test that failed.
const FIX_IT: &str = "fix the definition, or expect what it gives";

/// The differences that a test shows.
const SHOWN: usize = 20;

/// A test on one target.
pub(super) struct Check<'a> {
    pub(super) case: &'a Case,
    pub(super) target: &'static dyn Target,
    pub(super) sources: &'a Sources,
    /// The text of the snapshot and its path; no text without the file.
    pub(super) snapshot: Option<(String, Option<String>)>,
}

/// The outcome of a test.
#[derive(Default)]
pub(super) struct Verdict {
    pub(super) report: Report,
    /// The difference from the snapshot, as `diff -u` shows it.
    pub(super) diff: Option<String>,
}

impl Check<'_> {
    /// Checks everything that the test expects, and counts what it covers.
    pub(super) fn check(&self, trial: &Trial, coverage: &mut Coverage) -> Verdict {
        let mut verdict = Verdict::default();
        let mut found = Comparison::default();
        let places = self.check_reported(trial, &mut verdict);
        if let Some(given) = &trial.given {
            self.compare_parts(given, &mut found);
            self.compare_snapshot(given, &mut found, &mut verdict);
        }
        let mismatches = found.mismatches.iter().take(SHOWN);
        let problems = mismatches.map(|mismatch| self.mismatch(mismatch));
        problems.for_each(|problem| verdict.report.push(problem));
        if verdict.report.is_empty() {
            coverage.assert(&found.asserted, self.sources);
            places.into_iter().for_each(|place| coverage.report(place));
            if let Some(given) = &trial.given {
                coverage.run(given.definition, &given.resource.entered);
            }
        }
        verdict
    }

    fn problem(&self, place: Span, message: &str) -> Problem {
        let (name, target) = (&self.case.name.value, self.target.name());
        let message = format!("test `{name}` for {target}: {message}");
        Problem::new(&FAILED_TEST, message).at(place)
    }

    fn mismatch(&self, mismatch: &Mismatch) -> Problem {
        let problem = self.problem(mismatch.expected, &mismatch.message);
        let place = mismatch
            .actual
            .and_then(|actual| self.sources.origin(actual));
        let problem = match place {
            Some(place) => problem.secondary(place, "written here"),
            None => problem,
        };
        problem.help(mismatch.help.as_deref().unwrap_or(FIX_IT))
    }

    /// Compares what was reported with what the test expects. Returns the places of what it expects.
    fn check_reported(&self, trial: &Trial, verdict: &mut Verdict) -> Vec<Span> {
        let expect = &self.case.expect;
        let (mut errors, mut others): (Vec<&Diagnostic>, Vec<&Diagnostic>) = trial
            .report
            .in_order()
            .into_iter()
            .partition(|diagnostic| diagnostic.severity() == Severity::Error);
        let mut places = Vec::new();
        for expected in &expect.errors {
            places.extend(self.take(expected, &mut errors, "error", verdict));
        }
        for expected in &expect.warnings {
            places.extend(self.take(expected, &mut others, "warning or note", verdict));
        }
        for error in errors {
            let message = format!("{}: {}", error.name(), error.message());
            let problem = self.problem(self.case.name.span, &message);
            let place = error
                .span()
                .map(|span| self.sources.origin(span).unwrap_or(span));
            let problem = match place {
                Some(place) => problem.secondary(place, "reported here"),
                None => problem,
            };
            let help = "fix it, or expect it in `errors`".to_owned();
            let help = error.help().map_or(help, str::to_owned);
            verdict.report.push(problem.help(help));
        }
        places
    }

    /// Takes the problem that a test expects out of those that were reported.
    fn take(
        &self,
        expected: &ExpectedProblem,
        reported: &mut Vec<&Diagnostic>,
        what: &str,
        verdict: &mut Verdict,
    ) -> Vec<Span> {
        let index = reported.iter().position(|problem| fits(expected, problem));
        let Some(problem) = index.map(|index| reported.remove(index)) else {
            let name = expected
                .name
                .as_ref()
                .map(|name| format!(" `{}`", name.value));
            let text = expected.message.as_ref();
            let text = text.map(|text| format!(" with `{}` in its message", text.value));
            let (name, text) = (name.unwrap_or_default(), text.unwrap_or_default());
            let names: Vec<String> = reported
                .iter()
                .map(|problem| format!("`{}`: {}", problem.name(), problem.message()))
                .collect();
            let help = match names.as_slice() {
                [] => FIX_IT.to_owned(),
                names => format!("there is {}", names.join("; ")),
            };
            let message = format!("there is no {what}{name}{text}");
            let problem = self.problem(expected.place, &message).help(help);
            // It is reported here, not once more as one that nobody expects.
            if what == "error" {
                reported.clear();
            }
            verdict.report.push(problem);
            return Vec::new();
        };
        let related = problem.related().iter().map(|related| related.span);
        let places = problem.span().into_iter().chain(related);
        places
            .map(|place| self.sources.origin(place).unwrap_or(place))
            .collect()
    }

    fn compare_parts(&self, given: &Given, found: &mut Comparison) {
        let comparer = Comparer {
            drawn: &given.resource.drawn,
        };
        let sections = self.target.info().sections;
        for (name, expected) in &self.case.expect.parts {
            let is_for_target = *name == "outputs" || sections.contains(name);
            if *name == "manifests" && is_for_target {
                let none = Vec::new();
                let objects = match given.part(name).map(|node| &node.kind) {
                    Some(yaml::Kind::List(objects)) => objects,
                    _ => &none,
                };
                comparer.compare_objects(name, expected, objects, found);
            } else if is_for_target {
                comparer.compare(name, expected, given.part(name), found);
            }
        }
        if let Some(expected) = &self.case.expect.generated {
            match (&expected.kind, given.generated.as_slice()) {
                (yaml::Kind::List(_), objects) => {
                    comparer.compare_objects("generated", expected, objects, found);
                }
                (_, documents) => {
                    comparer.compare("generated", expected, documents.first(), found);
                }
            }
        }
    }

    /// All values of a snapshot are asserted.
    fn compare_snapshot(&self, given: &Given, found: &mut Comparison, verdict: &mut Verdict) {
        let (Some((path, text)), Some(place)) = (&self.snapshot, &self.case.snapshot) else {
            return;
        };
        let actual = given.snapshot();
        match text {
            Some(text) if *text == actual => {
                for (_, node) in &given.parts {
                    add_places(node, &mut found.asserted);
                }
                return;
            }
            Some(text) => {
                let diff = TextDiff::from_lines(text.as_str(), &actual);
                let mut diff = diff.unified_diff();
                let header = (format!("a/{path}"), format!("b/{path}"));
                verdict.diff = Some(diff.header(&header.0, &header.1).to_string());
            }
            None => {}
        }
        let (message, help) = match text {
            Some(_) => (
                format!("`{path}` has something else than the definition gives"),
                "fix the definition, or pass `--update` to write what it gives",
            ),
            None => (
                format!("there is no `{path}`"),
                "pass `--update` to write the snapshot, and read it",
            ),
        };
        verdict
            .report
            .push(self.problem(place.span, &message).help(help));
    }
}

/// Whether a problem is the expected one.
fn fits(expected: &ExpectedProblem, problem: &Diagnostic) -> bool {
    let name = expected.name.as_ref();
    let message = expected.message.as_ref();
    name.is_none_or(|name| name.value == problem.name())
        && message.is_none_or(|text| problem.message().contains(&text.value))
}

/// Adds the places of all values and keys.
fn add_places(node: &yaml::Node, places: &mut Vec<Span>) {
    match &node.kind {
        yaml::Kind::Map(entries) => {
            for entry in entries.values() {
                places.push(entry.key);
                add_places(&entry.value, places);
            }
        }
        yaml::Kind::List(items) => items.iter().for_each(|item| add_places(item, places)),
        _ => places.push(node.span),
    }
}
