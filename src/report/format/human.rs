//! Diagnostics with their source lines, drawn by miette.

use std::collections::BTreeMap;
use std::fmt;
use std::path::Path;
use std::sync::OnceLock;

use miette::{
    GraphicalReportHandler, GraphicalTheme, LabeledSpan, MietteError, MietteSpanContents,
    Severity as Weight, SourceCode, SourceSpan, SpanContents,
};
use textwrap::{WordSeparator, WordSplitter};

use super::RenderOptions;
use super::location::percent_encode;
use diagnostics::report::{Diagnostic, Severity, location_text};
use diagnostics::source::{Source, Sources, Span, floor_char_boundary};
use diagnostics::visible;

/// The number of notes of one rule to show. Each of a thousand workloads may have the same note.
const MAX_NOTES_PER_RULE: usize = 3;

/// The number of errors and of warnings to show.
const MAX_SHOWN: usize = 100;

/// The most bytes of the lines around a place to show them.
const MAX_CONTEXT: usize = 2000;

pub(super) fn render(
    sources: &Sources,
    diagnostics: &[&Diagnostic],
    options: &RenderOptions,
) -> String {
    let theme = match options.colour {
        true => GraphicalTheme::unicode(),
        false => GraphicalTheme::unicode_nocolor(),
    };
    // Names with hyphens and long words are not broken, so that they can be copied.
    let handler = GraphicalReportHandler::new_themed(theme)
        .with_links(false)
        .with_width(options.width)
        .with_context_lines(1)
        .with_break_words(false)
        .with_word_separator(WordSeparator::AsciiSpace)
        .with_word_splitter(WordSplitter::NoHyphenation);
    let links = options.links.then_some(options.directory.as_path());
    let mut out = String::new();
    let mut counts = Counts::default();
    for diagnostic in diagnostics {
        if !counts.add(diagnostic) {
            continue;
        }
        let entry = Entry::new(sources, diagnostic, links);
        // A failure of miette must not hide the diagnostic.
        if handler.render_report(&mut out, &entry).is_err() {
            out.push_str(&format!(
                "{}: {} [{}]\n",
                diagnostic.severity().as_str(),
                entry.message,
                diagnostic.shown_name()
            ));
        }
        for note in &entry.other_sources {
            let _ = handler.render_report(&mut out, note);
        }
        out.push('\n');
    }
    for ((severity, name), more) in counts.omitted {
        let word = severity.as_str();
        out.push_str(&format!(
            "{word} [{name}]: {more} more like this; `--message-format short` shows each in a line\n\n"
        ));
    }
    out
}

/// The numbers of shown and omitted diagnostics.
#[derive(Default)]
struct Counts<'a> {
    /// Errors and warnings under an empty name, notes under the name of their rule.
    shown: BTreeMap<(Severity, &'a str), usize>,
    /// By the name of the rule, errors first.
    omitted: BTreeMap<(Severity, &'a str), usize>,
}

impl<'a> Counts<'a> {
    /// Counts a diagnostic; returns whether to show it.
    fn add(&mut self, diagnostic: &'a Diagnostic) -> bool {
        let (severity, name) = (diagnostic.severity(), diagnostic.shown_name());
        let (group, limit) = if severity == Severity::Note {
            (name, MAX_NOTES_PER_RULE)
        } else {
            ("", MAX_SHOWN)
        };
        let shown = self.shown.entry((severity, group)).or_default();
        let is_shown = *shown < limit;
        match is_shown {
            true => *shown += 1,
            false => *self.omitted.entry((severity, name)).or_default() += 1,
        }
        is_shown
    }
}

/// A diagnostic for miette, which shows one source for each. Related places in other sources are
/// entries of their own.
#[derive(Debug)]
struct Entry<'a> {
    severity: Severity,
    message: String,
    name: &'a str,
    help: Option<String>,
    source: Option<Lines<'a>>,
    labels: Vec<LabeledSpan>,
    /// Related places in other sources, shown after it.
    other_sources: Vec<Entry<'a>>,
}

impl<'a> Entry<'a> {
    fn new(sources: &'a Sources, diagnostic: &'a Diagnostic, links: Option<&'a Path>) -> Entry<'a> {
        let hidden = diagnostic.span().filter(|span| is_hidden(sources, *span));
        let place = diagnostic.span().filter(|_| hidden.is_none());
        let mut labels: Vec<LabeledSpan> = Vec::new();
        if let Some(span) = place {
            let text = Some(diagnostic.label().to_owned()).filter(|label| !label.is_empty());
            labels.push(label(sources, text, span, true));
        }
        let mut other_sources = Vec::new();
        for related in diagnostic.related() {
            if place.is_some_and(|place| place.source == related.span.source) {
                labels.push(label(
                    sources,
                    Some(related.message.clone()),
                    related.span,
                    false,
                ));
            } else if !is_hidden(sources, related.span) {
                other_sources.push(Entry::note(sources, &related.message, related.span, links));
            }
        }
        Entry {
            severity: diagnostic.severity(),
            message: match hidden {
                Some(span) => visible_lines(&format!(
                    "{} ({})",
                    diagnostic.message(),
                    location_text(sources, span)
                )),
                None => visible_lines(diagnostic.message()),
            },
            name: diagnostic.shown_name(),
            help: diagnostic.help().map(visible_lines),
            source: place.map(|span| Lines::new(sources.get(span.source), links)),
            labels,
            other_sources,
        }
    }

    fn note(sources: &'a Sources, message: &str, span: Span, links: Option<&'a Path>) -> Entry<'a> {
        let source = sources.get(span.source);
        Entry {
            severity: Severity::Note,
            message: match source.masked() == source.text() {
                true => visible_lines(message),
                false => format!("{}, with `*` for rendered values", visible_lines(message)),
            },
            name: "",
            help: None,
            source: Some(Lines::new(source, links)),
            labels: vec![label(sources, None, span, true)],
            other_sources: Vec::new(),
        }
    }
}

fn visible_lines(text: &str) -> String {
    visible::lines(text).into_owned()
}

/// Whether the lines around a place are not shown: they may contain secrets, or are too long.
fn is_hidden(sources: &Sources, span: Span) -> bool {
    sources.is_private(span.source) || is_wide(sources, span)
}

/// Whether the lines are too long to show, as in a file of a single line, or end with carriage
/// returns only.
fn is_wide(sources: &Sources, span: Span) -> bool {
    let text = sources.get(span.source).text();
    let (before, after) = text.split_at(floor_char_boundary(text, span.start as usize));
    let length_before: usize = before.rsplit('\n').take(2).map(str::len).sum();
    let length_after: usize = after.split('\n').take(2).map(str::len).sum();
    length_before + length_after > MAX_CONTEXT || (!text.contains('\n') && text.contains('\r'))
}

/// The lines of a source. The sources of miette read a text from its start for each diagnostic,
/// which takes minutes for a large report.
#[derive(Debug)]
struct Lines<'a> {
    source: &'a Source,
    /// The working directory, when names of files are links.
    links: Option<&'a Path>,
    /// The text without control characters, when it has any where it is shown.
    visible: OnceLock<String>,
}

impl<'a> Lines<'a> {
    fn new(source: &'a Source, links: Option<&'a Path>) -> Lines<'a> {
        Lines {
            source,
            links,
            visible: OnceLock::new(),
        }
    }

    /// The lines from `start` to `end`, as long as they are in the source.
    fn visible(&self, start: usize, end: usize) -> &str {
        let text = self.source.masked();
        let lines = &text[start..end];
        if visible::same_length(lines) == lines {
            return lines;
        }
        let whole = self
            .visible
            .get_or_init(|| visible::same_length(text).into_owned());
        &whole[start..end]
    }

    /// The name in the heading, as a link if the terminal supports it.
    fn heading(&self) -> String {
        let name = visible::line(self.source.name());
        match self.links {
            Some(directory) if self.source.is_file() => {
                let path =
                    percent_encode(&directory.join(self.source.name()).display().to_string());
                format!("\u{1b}]8;;file://{path}\u{1b}\\{name}\u{1b}]8;;\u{1b}\\")
            }
            _ => name.into_owned(),
        }
    }
}

impl SourceCode for Lines<'_> {
    fn read_span<'b>(
        &'b self,
        span: &SourceSpan,
        before: usize,
        after: usize,
    ) -> Result<Box<dyn SpanContents<'b> + 'b>, MietteError> {
        let text = self.source.masked();
        let limit = |offset: usize| floor_char_boundary(text, offset);
        let line_start = |offset: usize| self.source.line_start(offset);
        let line_end = |offset: usize| {
            text[offset..]
                .find('\n')
                .map_or(text.len(), |newline| offset + newline + 1)
        };
        let mut start = limit(span.offset());
        // Without lines before it, miette takes line and column of the heading from the span
        // itself.
        if before > 0 {
            start = line_start(start);
            (0..before).for_each(|_| start = line_start(start.saturating_sub(1)));
        }
        let mut end = line_end(limit(span.offset() + span.len()));
        (0..after).for_each(|_| end = line_end(end));
        let lines = self.visible(start, end);
        let position = self.source.position(start);
        let count = lines.lines().count();
        let shown = SourceSpan::from((start, lines.len()));
        let name = self.heading();
        Ok(Box::new(MietteSpanContents::new_named(
            name,
            lines.as_bytes(),
            shown,
            position.line - 1,
            position.column - 1,
            count,
        )))
    }
}

/// A label for the first line of a span, so that a long value does not hide the message.
fn label(sources: &Sources, text: Option<String>, span: Span, primary: bool) -> LabeledSpan {
    let shown = sources.slice(span);
    let first_line = shown.lines().next().unwrap_or("");
    let text = text.as_deref().map(visible_lines);
    let (start, length) = (
        span.start as usize,
        first_line.len().max(usize::from(!shown.is_empty())),
    );
    match primary {
        true => LabeledSpan::new_primary_with_span(text, (start, length)),
        false => LabeledSpan::new_with_span(text, (start, length)),
    }
}

impl fmt::Display for Entry<'_> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.message)
    }
}

impl std::error::Error for Entry<'_> {}

impl miette::Diagnostic for Entry<'_> {
    fn code<'b>(&'b self) -> Option<Box<dyn fmt::Display + 'b>> {
        (!self.name.is_empty()).then(|| {
            Box::new(format!("{} [{}]", self.severity.as_str(), self.name)) as Box<dyn fmt::Display>
        })
    }

    fn severity(&self) -> Option<Weight> {
        Some(match self.severity {
            Severity::Error => Weight::Error,
            Severity::Warning => Weight::Warning,
            Severity::Note => Weight::Advice,
        })
    }

    fn help<'b>(&'b self) -> Option<Box<dyn fmt::Display + 'b>> {
        self.help
            .as_ref()
            .map(|help| Box::new(help) as Box<dyn fmt::Display>)
    }

    fn source_code(&self) -> Option<&dyn SourceCode> {
        self.source.as_ref().map(|source| source as &dyn SourceCode)
    }

    fn labels(&self) -> Option<Box<dyn Iterator<Item = LabeledSpan> + '_>> {
        Some(Box::new(self.labels.iter().cloned()))
    }
}
