//! What a run has to say about its input: problems with places, and the proof that a failure was
//! reported.

use std::cmp::Reverse;
use std::collections::BTreeSet;

use crate::redaction::Secrets;
use crate::rule::Rule;
use crate::source::{Sources, Span, floor_char_boundary};

/// How much a diagnostic weighs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Severity {
    /// Nothing is written.
    Error,
    /// Output is written, and a person should look.
    Warning,
    /// Output is written and right; this is something its reader would want to know.
    Note,
}

impl Severity {
    /// The word shown before the message.
    pub fn word(self) -> &'static str {
        match self {
            Severity::Error => "error",
            Severity::Warning => "warning",
            Severity::Note => "note",
        }
    }
}

/// A second place that explains a problem.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Related {
    /// The place.
    pub span: Span,
    /// What is to be seen there.
    pub message: String,
}

/// A change of a text that mends a problem and changes nothing else that the text says.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Edit {
    /// What is replaced; empty where something is put in.
    pub span: Span,
    /// What stands there then.
    pub text: String,
}

/// A problem, before it is known how much it weighs.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Problem {
    // Places come first, since they tell most problems apart without reading a text.
    span: Option<Span>,
    related: Vec<Related>,
    rule: &'static Rule,
    message: String,
    label: String,
    help: Option<String>,
    edits: Vec<Edit>,
    cause: Option<String>,
}

impl Problem {
    /// A problem of the kind `name` (kebab-case, stable), with a message that says what is wrong,
    /// in lower case.
    pub fn new(rule: &'static Rule, message: impl Into<String>) -> Problem {
        Problem {
            rule,
            message: clip(message.into()),
            span: None,
            label: String::new(),
            related: Vec::new(),
            help: None,
            edits: Vec::new(),
            cause: None,
        }
    }

    /// The place to point at.
    pub fn at(mut self, span: Span) -> Problem {
        self.span = Some(span);
        self
    }

    /// The part of the message that says why, without the names of what shows it. Problems of one
    /// rule and place with the same cause are one mistake.
    pub fn cause(mut self, cause: impl Into<String>) -> Problem {
        self.cause = Some(cause.into());
        self
    }

    /// A few words to stand beside the marked text.
    pub fn label(mut self, label: impl Into<String>) -> Problem {
        self.label = label.into();
        self
    }

    /// One more place, with what is to be seen there.
    pub fn secondary(mut self, span: Span, message: impl Into<String>) -> Problem {
        self.related.push(Related {
            span,
            message: clip(message.into()),
        });
        self
    }

    /// The action that mends it, as a sentence.
    pub fn help(mut self, help: impl Into<String>) -> Problem {
        self.help = Some(clip(help.into()));
        self
    }

    /// As [`Problem::help`], when there is something to say.
    pub fn help_if(self, help: Option<String>) -> Problem {
        match help {
            Some(help) => self.help(help),
            None => self,
        }
    }

    /// A change that mends it, to be made with all others of this problem or not at all. It must be
    /// safe: what the author meant is beyond doubt.
    pub fn edit(mut self, span: Span, text: impl Into<String>) -> Problem {
        self.edits.push(Edit {
            span,
            text: text.into(),
        });
        self
    }

    /// As [`Problem::edit`], for all changes that belong together, where they can be made.
    pub fn with_edits(mut self, edits: Option<Vec<Edit>>) -> Problem {
        self.edits.extend(edits.into_iter().flatten());
        self
    }

    /// As [`Problem::edit`], for a word that stands at `place`, bare or in quotes, and a better
    /// one, where there is one.
    pub fn suggest_replacement(self, place: Span, word: &str, better: Option<&str>) -> Problem {
        // A word of a block of lines ends with its line.
        match (
            place
                .word(word.len())
                .filter(|_| !word.contains(['\n', '\r'])),
            better,
        ) {
            (Some(span), Some(better)) => self.edit(span, better),
            _ => self,
        }
    }
}

/// The longest text of a message: names in it come from the input and may be of any length.
const LONGEST: usize = 2000;

/// A text that is too long for a message loses its middle.
fn clip(text: String) -> String {
    if text.len() <= LONGEST {
        return text;
    }
    let head = floor_char_boundary(&text, LONGEST / 2);
    let tail = floor_char_boundary(&text, text.len() - LONGEST / 4);
    format!("{} [..] {}", &text[..head], &text[tail..])
}

/// A problem and its weight.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Diagnostic {
    problem: Problem,
    severity: Severity,
}

impl Diagnostic {
    /// The same with more words at the end of its message.
    pub fn append(mut self, more: &str) -> Diagnostic {
        self.problem.message.push_str(more);
        self
    }

    /// How much it weighs.
    pub fn severity(&self) -> Severity {
        self.severity
    }

    /// The stable name of its kind.
    pub fn name(&self) -> &'static str {
        self.problem.rule.name()
    }

    /// The kind of problem.
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

    /// The place to point at.
    pub fn span(&self) -> Option<Span> {
        self.problem.span
    }

    /// The words beside the marked text; may be empty.
    pub fn label(&self) -> &str {
        &self.problem.label
    }

    /// Further places.
    pub fn related(&self) -> &[Related] {
        &self.problem.related
    }

    /// The action that mends it.
    pub fn help(&self) -> Option<&str> {
        self.problem.help.as_deref()
    }

    /// The changes of texts that mend it, all or none; empty where a person must decide.
    pub fn edits(&self) -> &[Edit] {
        &self.problem.edits
    }
}

/// The proof that an error was reported. Only [`Report::error`] makes one, so no stage can fail in
/// silence.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Reported(());

/// Everything a run has found so far.
#[derive(Debug, Default)]
pub struct Report {
    diagnostics: Vec<Diagnostic>,
    remarks: BTreeSet<Remark>,
}

/// What a reader of a text has seen that is no problem, and that decides what becomes of the
/// problems of the text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Remark {
    /// A comment that is for this program, from its `#` to the end of the line.
    Comment(Span),
    /// A value that stays as it is written: it counts at several places, so that a change would
    /// change all of them, or a tag says what it is, however it is written.
    Kept(Span),
}

impl Report {
    /// Records an error and gives the proof of it.
    pub fn error(&mut self, problem: Problem) -> Reported {
        self.push_as(Severity::Error, problem);
        Reported(())
    }

    /// Records a problem with the severity of its rule.
    pub fn push(&mut self, problem: Problem) {
        self.push_as(problem.rule.severity(), problem);
    }

    /// Records a problem whose severity depends on where it is found.
    pub fn push_as(&mut self, severity: Severity, problem: Problem) {
        self.diagnostics.push(Diagnostic { severity, problem });
    }

    /// Records what another part of the run found, as it is.
    pub fn record(&mut self, diagnostic: Diagnostic) {
        self.diagnostics.push(diagnostic);
    }

    /// Takes in what another part of the run found.
    pub fn merge(&mut self, other: Report) {
        self.diagnostics.extend(other.diagnostics);
        self.remarks.extend(other.remarks);
    }

    /// Records what is no problem.
    pub fn annotate(&mut self, remark: Remark) {
        self.remarks.insert(remark);
    }

    /// Takes in what another part of the run has remarked, and leaves its problems where they are.
    pub fn merge_remarks(&mut self, other: &Report) {
        self.remarks.extend(&other.remarks);
    }

    /// The comments that are for this program, in the order of their places, each once.
    pub fn comments(&self) -> BTreeSet<Span> {
        let comment = |remark: &Remark| match remark {
            Remark::Comment(span) => Some(*span),
            Remark::Kept(_) => None,
        };
        self.remarks.iter().filter_map(comment).collect()
    }

    /// Leaves out what `keep` refuses. Whoever leaves out an error has seen that another says the
    /// same.
    pub fn retain(&mut self, keep: impl FnMut(&Diagnostic) -> bool) {
        self.diagnostics.retain(keep);
    }

    /// The proof of failure when any error was recorded; for stages that go on to collect all of
    /// them.
    pub fn result(&self) -> Result<(), Reported> {
        self.errors().next().map_or(Ok(()), |_| Err(Reported(())))
    }

    /// Decides anew how much each problem weighs; `None` leaves it out. Whoever had a proof of
    /// failure keeps it.
    pub fn relevel(&mut self, mut weight: impl FnMut(&Diagnostic) -> Option<Severity>) {
        self.diagnostics
            .retain_mut(|diagnostic| match weight(diagnostic) {
                Some(severity) => {
                    diagnostic.severity = severity;
                    true
                }
                None => false,
            });
    }

    /// Takes away every change of a value that stays as it is written. Of what counts at several
    /// places, that is wrong at one may be right at another.
    pub fn drop_aliased_edits(&mut self) {
        // Each in the order of its beginning, and none that touches another, so that one look finds
        // the only one that may touch an edit.
        let mut kept: Vec<Span> = Vec::new();
        for remark in &self.remarks {
            let Remark::Kept(span) = remark else { continue };
            match kept.last_mut() {
                Some(last) if last.touches(*span) => last.end = last.end.max(span.end),
                _ => kept.push(*span),
            }
        }
        let is_kept = |edit: &Edit| {
            let before = kept.partition_point(|own| {
                (own.source, own.start) <= (edit.span.source, edit.span.end)
            });
            kept[..before]
                .last()
                .is_some_and(|own| own.touches(edit.span))
        };
        for diagnostic in &mut self.diagnostics {
            if diagnostic.problem.edits.iter().any(is_kept) {
                diagnostic.problem.edits.clear();
            }
        }
    }

    /// Leaves out what was said before, at the same place and under the same name, of a value that
    /// counts at several places: it is wrong at one place only, though its users have names of
    /// their own.
    pub fn report_aliased_values_once(&mut self) {
        let shared = |remark: &Remark| match remark {
            Remark::Kept(span) => Some(*span),
            Remark::Comment(_) => None,
        };
        let mut all: Vec<Span> = self.remarks.iter().filter_map(shared).collect();
        all.sort_by_key(|span| (span.source, span.start, Reverse(span.end)));
        // Values lie beside each other or one inside another, and the outermost are enough.
        let inside =
            |outer: &Span, span: Span| outer.source == span.source && span.end <= outer.end;
        let mut outermost: Vec<Span> = Vec::new();
        for span in all {
            if !outermost.last().is_some_and(|last| inside(last, span)) {
                outermost.push(span);
            }
        }
        let is_shared = |span: Span| {
            let behind = outermost
                .partition_point(|outer| (outer.source, outer.start) <= (span.source, span.start));
            outermost[..behind]
                .last()
                .is_some_and(|last| inside(last, span))
        };
        let mut told = BTreeSet::new();
        self.diagnostics
            .retain(|diagnostic| match diagnostic.span() {
                Some(span) if is_shared(span) => {
                    told.insert((diagnostic.severity, diagnostic.name(), span))
                }
                _ => true,
            });
    }

    /// Leaves secrets out of what is said. Lines of sources are shown by [`Sources`], which knows
    /// what to show of them.
    pub fn redact(&mut self, secrets: &Secrets) {
        let Some(cover) = secrets.redactor().filter(|_| !self.is_empty()) else {
            return;
        };
        let hide = |text: &mut String| {
            if let Some(hidden) = cover.hide(text) {
                *text = hidden;
            }
        };
        for Diagnostic { problem, .. } in &mut self.diagnostics {
            hide(&mut problem.message);
            hide(&mut problem.label);
            problem.help.iter_mut().for_each(hide);
            problem.cause.iter_mut().for_each(hide);
            problem
                .related
                .iter_mut()
                .for_each(|own| hide(&mut own.message));
        }
    }

    /// The errors, in the order in which they were recorded.
    pub fn errors(&self) -> impl Iterator<Item = &Diagnostic> {
        self.diagnostics
            .iter()
            .filter(|diagnostic| diagnostic.severity == Severity::Error)
    }

    /// Whether nothing was found.
    pub fn is_empty(&self) -> bool {
        self.diagnostics.is_empty()
    }

    /// How many diagnostics have this weight.
    pub fn count(&self, severity: Severity) -> usize {
        self.diagnostics
            .iter()
            .filter(|diagnostic| diagnostic.severity == severity)
            .count()
    }

    /// All diagnostics in the order people read: by file as given, then by place, each once; those
    /// without a place last.
    pub fn in_order(&self) -> Vec<&Diagnostic> {
        // A hundred thousand may be about one place, as those about text that a template wrote in a
        // loop.
        let mut known = BTreeSet::new();
        let mut list: Vec<&Diagnostic> = self
            .diagnostics
            .iter()
            .filter(|diagnostic| known.insert(*diagnostic))
            .collect();
        list.sort_by_key(|diagnostic| (diagnostic.span().is_none(), diagnostic.span()));
        list
    }
}

/// A fresh report that remembers where it began, for stages that fail only by their own errors.
impl Report {
    /// Runs `stage` and gives `Err` when it recorded an error, whatever earlier stages did.
    pub fn collect<T>(&mut self, stage: impl FnOnce(&mut Report) -> T) -> Result<T, Reported> {
        let (result, sound) = self.observe(stage);
        sound.map(|()| result)
    }

    /// Runs `stage` and gives what it gives, and whether it recorded no error.
    pub fn observe<T>(
        &mut self,
        stage: impl FnOnce(&mut Report) -> T,
    ) -> (T, Result<(), Reported>) {
        let mut own = Report::default();
        let result = stage(&mut own);
        let failed = own.result();
        self.merge(own);
        (result, failed)
    }
}

/// The `file:line:column` of a place, as editors and terminals understand it.
pub fn show_place(sources: &Sources, span: Span) -> String {
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
    fn a_shared_value_is_told_once_and_others_as_often_as_they_are_wrong() {
        let mut sources = Sources::default();
        let id = sources.add("a", "abcdefghij");
        let mut report = Report::default();
        for (start, end) in [(2, 6), (3, 4)] {
            report.annotate(Remark::Kept(Span::new(id, start, end)));
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
        let told: Vec<_> = report.diagnostics.iter().map(Diagnostic::message).collect();
        assert_eq!(told, ["first", "third", "alone", "and more"]);
    }

    /// Comparing each with each would not end within a minute.
    #[test]
    fn many_at_one_place_are_put_in_order() {
        let mut report = Report::default();
        for number in (0..100_000).chain([0, 1]) {
            report.push(Problem::new(&ANY, format!("{number:06}")));
        }
        let shown = report.in_order();
        assert_eq!(
            (shown.len(), shown[0].message(), shown[99_999].message()),
            (100_000, "000000", "099999")
        );
    }

    #[test]
    fn what_touches_a_kept_value_is_not_changed() {
        let mut sources = Sources::default();
        let ids = [
            sources.add("a", "x"),
            sources.add("b", "x"),
            sources.add("c", "x"),
        ];
        let mut report = Report::default();
        for (start, end) in [(10, 20), (12, 14), (16, 18), (20, 22), (30, 31)] {
            report.annotate(Remark::Kept(Span::new(ids[1], start, end)));
        }
        let is_left = |id: usize, start, end| {
            let mut own = Report::default();
            own.merge_remarks(&report);
            own.push_as(
                Severity::Warning,
                Problem::new(&ANY, "x").edit(Span::new(ids[id], start, end), ""),
            );
            own.drop_aliased_edits();
            own.in_order()[0].edits().is_empty()
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
            assert!(is_left(1, place.0, place.1), "{place:?}");
        }
        for (id, start, end) in [
            (0, 12, 13),
            (2, 12, 13),
            (1, 0, 9),
            (1, 23, 29),
            (1, 32, 40),
        ] {
            assert!(!is_left(id, start, end), "{id} {start} {end}");
        }
    }

    #[test]
    fn a_stage_fails_by_its_own_errors_only() {
        let mut report = Report::default();
        report.push(Problem::new(&ANY, "x"));
        assert_eq!(report.collect(|_| 7), Ok(7));
        assert!(
            report
                .collect(|own| own.error(Problem::new(&ANY, "y")))
                .is_err()
        );
    }
}
