//! Diagnostics and the report that collects them.
//!
//! Code that finds something wrong builds a [`Problem`] and gives it to a [`Report`]. A function
//! that cannot go on returns [`Reported`], which only [`Report::error`] and [`Report::result`]
//! make, so that nothing fails without a report.

use std::cmp::Reverse;
use std::collections::BTreeSet;

use crate::redaction::Secrets;
use crate::rule::Rule;
use crate::source::{Sources, Span, floor_char_boundary};

/// How serious a diagnostic is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Severity {
    /// Nothing is written.
    Error,
    /// Output is written, and a person should look.
    Warning,
    /// Output is written and right, and its reader may want to know this.
    Note,
}

impl Severity {
    /// The word shown before the message.
    pub fn as_str(self) -> &'static str {
        match self {
            Severity::Error => "error",
            Severity::Warning => "warning",
            Severity::Note => "note",
        }
    }
}

/// A secondary place, which helps to explain a problem.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Related {
    /// The place.
    pub span: Span,
    /// What is seen there.
    pub message: String,
}

/// A replacement of one range of a source text.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Edit {
    /// The range that is replaced; empty for an insertion.
    pub span: Span,
    /// The new text.
    pub text: String,
}

/// Something wrong with the input, before its severity is decided.
///
/// A problem is built from a rule and a message, then completed with a place, help and edits.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Problem {
    // Places come first: they decide most comparisons without reading a text.
    span: Option<Span>,
    related: Vec<Related>,
    rule: &'static Rule,
    name: Option<String>,
    message: String,
    label: String,
    help: Option<String>,
    edits: Vec<Edit>,
    cause: Option<String>,
    known_keys: Vec<&'static str>,
}

impl Problem {
    /// A problem under `rule`. The message says what is wrong, in lower case, with names in
    /// backticks.
    pub fn new(rule: &'static Rule, message: impl Into<String>) -> Problem {
        Problem {
            rule,
            name: None,
            message: clip(message.into()),
            span: None,
            label: String::new(),
            related: Vec::new(),
            help: None,
            edits: Vec::new(),
            cause: None,
            known_keys: Vec::new(),
        }
    }

    /// The primary place.
    pub fn at(mut self, span: Span) -> Problem {
        self.span = Some(span);
        self
    }

    /// The name that is shown instead of that of the rule, for a rule that people write themselves.
    pub fn named(mut self, name: impl Into<String>) -> Problem {
        self.name = Some(clip(name.into()));
        self
    }

    /// The primary place in a text that may be rendered: what wrote it is the place, and the
    /// rendered text is a secondary one.
    pub fn at_rendered(self, sources: &Sources, span: Span) -> Problem {
        match sources.origin(span) {
            Some(origin) => self.at(origin).secondary(span, "this is the rendered text"),
            None => self.at(span),
        }
    }

    /// The part of the message that says why, without the names of what shows it. Problems of one
    /// rule and place with the same cause are one mistake.
    pub fn cause(mut self, cause: impl Into<String>) -> Problem {
        self.cause = Some(cause.into());
        self
    }

    /// All keys of the mapping with the unknown key that this is about.
    pub fn known_keys(mut self, keys: &[&'static str]) -> Problem {
        self.known_keys = keys.to_vec();
        self
    }

    /// A few words beside the marked text.
    pub fn label(mut self, label: impl Into<String>) -> Problem {
        self.label = label.into();
        self
    }

    /// A secondary place, with what is seen there.
    pub fn secondary(mut self, span: Span, message: impl Into<String>) -> Problem {
        self.related.push(Related {
            span,
            message: clip(message.into()),
        });
        self
    }

    /// What to do about it, as a sentence.
    pub fn help(mut self, help: impl Into<String>) -> Problem {
        self.help = Some(clip(help.into()));
        self
    }

    /// An edit that fixes it. All edits of a problem are applied, or none. They must be safe: only
    /// one meaning of the input is possible.
    pub fn edit(mut self, span: Span, text: impl Into<String>) -> Problem {
        self.edits.push(Edit {
            span,
            text: text.into(),
        });
        self
    }

    /// As [`Problem::edit`], for several edits, where they can be made.
    pub fn with_edits(mut self, edits: Option<Vec<Edit>>) -> Problem {
        self.edits.extend(edits.into_iter().flatten());
        self
    }

    /// Without its edits, where what stands at its place is not the text that is wrong.
    pub fn without_edits(mut self) -> Problem {
        self.edits.clear();
        self
    }

    /// As [`Problem::edit`], where there is a `replacement` for a `word` that is written at
    /// `place`, bare or in quotes.
    pub fn suggest_replacement(
        self,
        place: Span,
        word: &str,
        replacement: Option<&str>,
    ) -> Problem {
        // A block of lines ends with a line break, which is no part of the word.
        let is_one_line = !word.contains(['\n', '\r']);
        match (place.word(word.len()), replacement) {
            (Some(span), Some(replacement)) if is_one_line => self.edit(span, replacement),
            _ => self,
        }
    }
}

/// The longest message in bytes: names in it come from the input and may have any length.
const MAX_MESSAGE: usize = 2000;

/// Cuts the middle out of a text that is too long for a message.
fn clip(text: String) -> String {
    if text.len() <= MAX_MESSAGE {
        return text;
    }
    let head = floor_char_boundary(&text, MAX_MESSAGE / 2);
    let tail = floor_char_boundary(&text, text.len() - MAX_MESSAGE / 4);
    format!("{} [..] {}", &text[..head], &text[tail..])
}

/// A problem and its severity.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Diagnostic {
    problem: Problem,
    severity: Severity,
    /// The severity in its environment, if that has one: `Some(None)` hides it.
    environment_severity: Option<Option<Severity>>,
}

impl Diagnostic {
    /// The same with more words at the end of its message.
    pub fn append(mut self, more: &str) -> Diagnostic {
        self.problem.message.push_str(more);
        self
    }

    /// Its severity.
    pub fn severity(&self) -> Severity {
        self.severity
    }

    /// Its severity, unless its environment has another one; `None` hides it.
    pub fn default_severity(&self) -> Option<Severity> {
        self.environment_severity.unwrap_or(Some(self.severity))
    }

    /// The name of its rule, in kebab-case.
    pub fn name(&self) -> &'static str {
        self.problem.rule.name()
    }

    /// The name that people see: that of its rule, unless it has one of its own.
    pub fn shown_name(&self) -> &str {
        let name = self.problem.name.as_deref();
        name.unwrap_or(self.problem.rule.name())
    }

    /// Its rule.
    pub fn rule(&self) -> &'static Rule {
        self.problem.rule
    }

    /// What is wrong.
    pub fn message(&self) -> &str {
        &self.problem.message
    }

    /// The [`Problem::cause`], or else the whole message.
    pub fn cause(&self) -> &str {
        self.problem.cause.as_deref().unwrap_or(self.message())
    }

    /// The primary place.
    pub fn span(&self) -> Option<Span> {
        self.problem.span
    }

    /// For an unknown key: the known keys of its mapping.
    pub fn known_keys(&self) -> &[&'static str] {
        &self.problem.known_keys
    }

    /// The words beside the marked text; may be empty.
    pub fn label(&self) -> &str {
        &self.problem.label
    }

    /// The secondary places.
    pub fn related(&self) -> &[Related] {
        &self.problem.related
    }

    /// What to do about it.
    pub fn help(&self) -> Option<&str> {
        self.problem.help.as_deref()
    }

    /// The edits that fix it, all or none; empty where a person must decide.
    pub fn edits(&self) -> &[Edit] {
        &self.problem.edits
    }
}

/// The proof that an error was reported, as the error of a `Result`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Reported(());

/// The diagnostics of a run, in the order in which they were found.
#[derive(Debug, Default)]
pub struct Report {
    diagnostics: Vec<Diagnostic>,
    annotations: BTreeSet<Annotation>,
}

/// A fact about a source text that decides how the problems of the text are treated.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Annotation {
    /// A comment that is for this program, from its `#` to the end of the line.
    Comment(Span),
    /// A value that no fix may change: aliases use it at several places, or a tag decides what it
    /// means.
    Locked(Span),
}

impl Report {
    /// Records an error and gives the proof.
    pub fn error(&mut self, problem: Problem) -> Reported {
        self.push_as(Severity::Error, problem);
        Reported(())
    }

    /// Records a problem with the severity of its rule.
    pub fn push(&mut self, problem: Problem) {
        self.push_as(problem.rule.severity(), problem);
    }

    /// Records a problem with a severity that depends on where it is found.
    pub fn push_as(&mut self, severity: Severity, problem: Problem) {
        self.diagnostics.push(Diagnostic {
            severity,
            problem,
            environment_severity: None,
        });
    }

    /// Records a diagnostic of another report.
    pub fn record(&mut self, diagnostic: Diagnostic) {
        self.diagnostics.push(diagnostic);
    }

    /// Appends all of another report.
    pub fn merge(&mut self, other: Report) {
        self.diagnostics.extend(other.diagnostics);
        self.annotations.extend(other.annotations);
    }

    /// Records a fact about a source text.
    pub fn annotate(&mut self, annotation: Annotation) {
        self.annotations.insert(annotation);
    }

    /// Appends the annotations of another report, without its diagnostics.
    pub fn merge_annotations(&mut self, other: &Report) {
        self.annotations.extend(&other.annotations);
    }

    /// The comments that are for this program, in the order of their places, each once.
    pub fn comments(&self) -> BTreeSet<Span> {
        let comment = |annotation: &Annotation| match annotation {
            Annotation::Comment(span) => Some(*span),
            Annotation::Locked(_) => None,
        };
        self.annotations.iter().filter_map(comment).collect()
    }

    /// The values that no fix may change, in the order of their places.
    fn locked(&self) -> impl Iterator<Item = Span> {
        self.annotations
            .iter()
            .filter_map(|annotation| match annotation {
                Annotation::Locked(span) => Some(*span),
                Annotation::Comment(_) => None,
            })
    }

    /// Removes the diagnostics for which `keep` is false. An error may go only where another one
    /// says the same.
    pub fn retain(&mut self, keep: impl FnMut(&Diagnostic) -> bool) {
        self.diagnostics.retain(keep);
    }

    /// The proof when any error was recorded, for a stage that goes on after an error.
    pub fn result(&self) -> Result<(), Reported> {
        self.errors().next().map_or(Ok(()), |_| Err(Reported(())))
    }

    /// Sets the severities that diagnostics have in an environment, which has one for some of them.
    pub fn set_environment_severities(
        &mut self,
        level: impl Fn(&Diagnostic) -> Option<Option<Severity>>,
    ) {
        for diagnostic in &mut self.diagnostics {
            if diagnostic.environment_severity.is_none() {
                diagnostic.environment_severity = level(diagnostic);
            }
        }
    }

    /// Sets every severity again; `None` removes the diagnostic. A [`Reported`] that was given
    /// before stays valid.
    pub fn relevel(&mut self, mut level: impl FnMut(&Diagnostic) -> Option<Severity>) {
        self.diagnostics
            .retain_mut(|diagnostic| match level(diagnostic) {
                Some(severity) => {
                    diagnostic.severity = severity;
                    true
                }
                None => false,
            });
    }

    /// Moves each problem of a generated text to what generated it, and shows the generated text
    /// too. Its edits are dropped: the generated text is in no file.
    pub fn trace_to_origins(&mut self, sources: &Sources) {
        for Diagnostic { problem, .. } in &mut self.diagnostics {
            if let Some(span) = problem.span.filter(|span| sources.origin(*span).is_some()) {
                *problem = problem.clone().at_rendered(sources, span);
                problem.edits.clear();
            }
        }
    }

    /// Removes the edits of every diagnostic with an edit that touches a locked value: what is
    /// wrong at one use of an alias may be right at another.
    pub fn drop_aliased_edits(&mut self) {
        // Sorted, and none touches another, so that one search finds the only one that may touch
        // an edit.
        let mut locked: Vec<Span> = Vec::new();
        for span in self.locked() {
            match locked.last_mut() {
                Some(last) if last.touches(span) => last.end = last.end.max(span.end),
                _ => locked.push(span),
            }
        }
        let is_locked = |edit: &Edit| {
            let count = locked.partition_point(|span| {
                (span.source, span.start) <= (edit.span.source, edit.span.end)
            });
            locked[..count]
                .last()
                .is_some_and(|span| span.touches(edit.span))
        };
        for diagnostic in &mut self.diagnostics {
            if diagnostic.problem.edits.iter().any(is_locked) {
                diagnostic.problem.edits.clear();
            }
        }
    }

    /// Keeps one diagnostic of each rule at each place inside a locked value. Every use of an alias
    /// reports the same mistake again, each with names of its own.
    pub fn report_aliased_values_once(&mut self) {
        let mut locked: Vec<Span> = self.locked().collect();
        locked.sort_by_key(|span| (span.source, span.start, Reverse(span.end)));
        // Values lie beside each other or inside each other, and the outermost are enough.
        let mut outermost: Vec<Span> = Vec::new();
        for span in locked {
            if !outermost.last().is_some_and(|last| last.contains(span)) {
                outermost.push(span);
            }
        }
        let is_inside = |span: Span| {
            let count = outermost
                .partition_point(|outer| (outer.source, outer.start) <= (span.source, span.start));
            outermost[..count]
                .last()
                .is_some_and(|last| last.contains(span))
        };
        let mut seen = BTreeSet::new();
        self.diagnostics
            .retain(|diagnostic| match diagnostic.span() {
                Some(span) if is_inside(span) => seen.insert((
                    diagnostic.severity,
                    diagnostic.shown_name().to_owned(),
                    span,
                )),
                _ => true,
            });
    }

    /// Replaces secrets in all texts. Lines of sources are not part of them: see
    /// [`Source::masked`](crate::source::Source::masked).
    pub fn redact(&mut self, secrets: &Secrets) {
        if self.is_empty() {
            return;
        }
        let Some(redactor) = secrets.redactor() else {
            return;
        };
        let redact = |text: &mut String| {
            if let Some(redacted) = redactor.redact(text) {
                *text = redacted;
            }
        };
        for Diagnostic { problem, .. } in &mut self.diagnostics {
            redact(&mut problem.message);
            redact(&mut problem.label);
            problem.help.iter_mut().for_each(redact);
            problem.cause.iter_mut().for_each(redact);
            for related in &mut problem.related {
                redact(&mut related.message);
            }
        }
    }

    /// The errors, in the order in which they were recorded.
    pub fn errors(&self) -> impl Iterator<Item = &Diagnostic> {
        self.diagnostics
            .iter()
            .filter(|diagnostic| diagnostic.severity == Severity::Error)
    }

    /// Whether there are no diagnostics.
    pub fn is_empty(&self) -> bool {
        self.diagnostics.is_empty()
    }

    /// How many diagnostics have this severity.
    pub fn count(&self, severity: Severity) -> usize {
        self.diagnostics
            .iter()
            .filter(|diagnostic| diagnostic.severity == severity)
            .count()
    }

    /// All diagnostics by source and place, each once; those without a place last.
    pub fn in_order(&self) -> Vec<&Diagnostic> {
        // Not compared each with each: text that a template writes in a loop gives a hundred
        // thousand at one place.
        let mut seen = BTreeSet::new();
        let mut list: Vec<&Diagnostic> = self
            .diagnostics
            .iter()
            .filter(|diagnostic| seen.insert(*diagnostic))
            .collect();
        list.sort_by_key(|diagnostic| (diagnostic.span().is_none(), diagnostic.span()));
        list
    }
}

impl Report {
    /// Runs `stage` and gives its value, or `Err` when it recorded an error. Errors from before do
    /// not count.
    pub fn collect<T>(&mut self, stage: impl FnOnce(&mut Report) -> T) -> Result<T, Reported> {
        let (value, result) = self.observe(stage);
        result.map(|()| value)
    }

    /// As [`Report::collect`], with the value also when `stage` recorded an error.
    pub fn observe<T>(
        &mut self,
        stage: impl FnOnce(&mut Report) -> T,
    ) -> (T, Result<(), Reported>) {
        let mut stage_report = Report::default();
        let value = stage(&mut stage_report);
        let result = stage_report.result();
        self.merge(stage_report);
        (value, result)
    }
}

/// A place as `file:line:column`, which editors and terminals make a link of.
pub fn location_text(sources: &Sources, span: Span) -> String {
    let position = sources.position(span);
    format!(
        "{}:{}:{}",
        sources.get(span.source).name(),
        position.line,
        position.column
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    static ANY: Rule = Rule::new("any", &[Severity::Error], false, "", "");
    static OTHER: Rule = Rule::new("other", &[Severity::Error], false, "", "");

    #[test]
    fn diagnostics_are_sorted_and_shown_once() {
        let mut sources = Sources::default();
        let id = sources.add("a", "abcdef");
        let mut report = Report::default();
        report.push(Problem::new(&ANY, "no place"));
        report.push(Problem::new(&ANY, "b").at(Span::new(id, 3, 4)));
        report.push_as(
            Severity::Warning,
            Problem::new(&ANY, "a").at(Span::new(id, 1, 2)),
        );
        report.push(Problem::new(&ANY, "b").at(Span::new(id, 3, 4)));
        let messages: Vec<_> = report
            .in_order()
            .iter()
            .map(|diagnostic| diagnostic.message())
            .collect();
        assert_eq!(messages, ["a", "b", "no place"]);
    }

    #[test]
    fn a_mistake_in_an_aliased_value_is_reported_once() {
        let mut sources = Sources::default();
        let id = sources.add("a", "abcdefghij");
        let mut report = Report::default();
        for (start, end) in [(2, 6), (3, 4)] {
            report.annotate(Annotation::Locked(Span::new(id, start, end)));
        }
        for (rule, message, start) in [
            (&ANY, "first", 4),
            (&ANY, "second", 4),
            (&OTHER, "third", 4),
            (&ANY, "alone", 7),
            (&ANY, "and more", 7),
        ] {
            report.push(Problem::new(rule, message).at(Span::new(id, start, start + 1)));
        }
        report.report_aliased_values_once();
        let messages: Vec<_> = report.diagnostics.iter().map(Diagnostic::message).collect();
        assert_eq!(messages, ["first", "third", "alone", "and more"]);
    }

    /// Comparing each with each would not end within a minute.
    #[test]
    fn many_at_one_place_are_put_in_order() {
        let mut report = Report::default();
        for number in (0..100_000).chain([0, 1]) {
            report.push(Problem::new(&ANY, format!("{number:06}")));
        }
        let ordered = report.in_order();
        assert_eq!(
            (
                ordered.len(),
                ordered[0].message(),
                ordered[99_999].message()
            ),
            (100_000, "000000", "099999")
        );
    }

    #[test]
    fn edits_that_touch_a_locked_value_are_dropped() {
        let mut sources = Sources::default();
        let ids = [
            sources.add("a", "x"),
            sources.add("b", "x"),
            sources.add("c", "x"),
        ];
        let mut report = Report::default();
        for (start, end) in [(10, 20), (12, 14), (16, 18), (20, 22), (30, 31)] {
            report.annotate(Annotation::Locked(Span::new(ids[1], start, end)));
        }
        let is_dropped = |id: usize, start, end| {
            let mut other = Report::default();
            other.merge_annotations(&report);
            other.push_as(
                Severity::Warning,
                Problem::new(&ANY, "x").edit(Span::new(ids[id], start, end), ""),
            );
            other.drop_aliased_edits();
            other.in_order()[0].edits().is_empty()
        };
        for place in [
            (0, 10),
            (11, 11),
            (15, 15),
            (19, 19),
            (22, 23),
            (0, 99),
            (23, 30),
        ] {
            assert!(is_dropped(1, place.0, place.1), "{place:?}");
        }
        for (id, start, end) in [
            (0, 12, 13),
            (2, 12, 13),
            (1, 0, 9),
            (1, 23, 29),
            (1, 32, 40),
        ] {
            assert!(!is_dropped(id, start, end), "{id} {start} {end}");
        }
    }

    #[test]
    fn a_stage_fails_by_its_own_errors_only() {
        let mut report = Report::default();
        report.push(Problem::new(&ANY, "x"));
        assert_eq!(report.collect(|_| 7), Ok(7));
        assert!(
            report
                .collect(|report| report.error(Problem::new(&ANY, "y")))
                .is_err()
        );
    }
}
