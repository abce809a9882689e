//! Diagnostics with the lines they are about, drawn by miette.

use std::collections::BTreeMap;
use std::fmt;
use std::path::Path;

use miette::{
    GraphicalReportHandler, GraphicalTheme, LabeledSpan, MietteError, MietteSpanContents,
    Severity as Weight, SourceCode, SourceSpan, SpanContents,
};
use textwrap::{WordSeparator, WordSplitter};

use super::Screen;
use super::location::percent_encode;
use diagnostics::report::{Diagnostic, Severity, location_text};
use diagnostics::source::{Source, Sources, Span, floor_char_boundary};

/// How many notes of one kind are shown: in a project of a thousand workloads each may have the
/// same two.
const NOTES_OF_A_KIND: usize = 3;

/// How many errors are shown, and how many warnings: a person mends the first of them and looks
/// again.
const SHOWN: usize = 100;

/// How many bytes the lines around a place may have to be shown.
const WIDEST: usize = 2000;

pub(super) fn render(sources: &Sources, diagnostics: &[&Diagnostic], screen: &Screen) -> String {
    let theme = match screen.colour {
        true => GraphicalTheme::unicode(),
        false => GraphicalTheme::unicode_nocolor(),
    };
    // A name that is broken at its hyphens cannot be copied, and none is cut in two.
    let handler = GraphicalReportHandler::new_themed(theme)
        .with_links(false)
        .with_width(screen.width)
        .with_context_lines(1)
        .with_break_words(false)
        .with_word_separator(WordSeparator::AsciiSpace)
        .with_word_splitter(WordSplitter::NoHyphenation);
    let links = screen.links.then_some(screen.directory.as_path());
    let mut out = String::new();
    let mut counts = Counts::default();
    for diagnostic in diagnostics {
        if !counts.takes(diagnostic) {
            continue;
        }
        let shown = Shown::new(sources, diagnostic, links);
        // A drawing that fails still must not hide what was found.
        if handler.render_report(&mut out, &shown).is_err() {
            out.push_str(&format!(
                "{}: {} [{}]\n",
                diagnostic.severity().as_str(),
                diagnostic.message(),
                diagnostic.name()
            ));
        }
        for note in &shown.elsewhere {
            let _ = handler.render_report(&mut out, note);
        }
        out.push('\n');
    }
    for ((severity, name), more) in counts.left_out {
        let word = severity.as_str();
        out.push_str(&format!(
            "{word} [{name}]: {more} more like this; `--message-format short` shows each in a line\n\n"
        ));
    }
    out
}

/// What has been shown, and what has not.
#[derive(Default)]
struct Counts<'a> {
    /// How many errors, how many warnings, and how many notes of each kind.
    shown: BTreeMap<(Severity, &'a str), usize>,
    /// How many of each kind are not shown; the errors first.
    left_out: BTreeMap<(Severity, &'a str), usize>,
}

impl Counts<'_> {
    /// Whether one more is shown; else it is counted.
    fn takes(&mut self, diagnostic: &Diagnostic) -> bool {
        let (severity, name) = (diagnostic.severity(), diagnostic.name());
        let (of, most) = if severity == Severity::Note {
            (name, NOTES_OF_A_KIND)
        } else {
            ("", SHOWN)
        };
        let shown = self.shown.entry((severity, of)).or_default();
        let takes = *shown < most;
        match takes {
            true => *shown += 1,
            false => *self.left_out.entry((severity, name)).or_default() += 1,
        }
        takes
    }
}

/// A diagnostic in miette's terms. Miette shows one source for each, so places in other sources are
/// notes of their own.
#[derive(Debug)]
struct Shown<'a> {
    severity: Severity,
    message: String,
    name: &'static str,
    help: Option<String>,
    source: Option<Lines<'a>>,
    labels: Vec<LabeledSpan>,
    /// Places in other sources, each shown below.
    elsewhere: Vec<Shown<'a>>,
}

impl<'a> Shown<'a> {
    fn new(sources: &'a Sources, diagnostic: &Diagnostic, links: Option<&'a Path>) -> Shown<'a> {
        let hidden = diagnostic.span().filter(|span| is_hidden(sources, *span));
        let place = diagnostic.span().filter(|_| hidden.is_none());
        let mut labels: Vec<LabeledSpan> = Vec::new();
        if let Some(span) = place {
            let text = Some(diagnostic.label().to_owned()).filter(|label| !label.is_empty());
            labels.push(label(sources, text, span, true));
        }
        let mut elsewhere = Vec::new();
        for related in diagnostic.related() {
            if place.is_some_and(|place| place.source == related.span.source) {
                labels.push(label(
                    sources,
                    Some(related.message.clone()),
                    related.span,
                    false,
                ));
            } else if !is_hidden(sources, related.span) {
                elsewhere.push(Shown::note(sources, &related.message, related.span, links));
            }
        }
        Shown {
            severity: diagnostic.severity(),
            message: match hidden {
                Some(span) => format!(
                    "{} ({})",
                    diagnostic.message(),
                    location_text(sources, span)
                ),
                None => diagnostic.message().to_owned(),
            },
            name: diagnostic.name(),
            help: diagnostic.help().map(str::to_owned),
            source: place.map(|span| Lines {
                source: sources.get(span.source),
                links,
            }),
            labels,
            elsewhere,
        }
    }

    fn note(sources: &'a Sources, message: &str, span: Span, links: Option<&'a Path>) -> Shown<'a> {
        let source = sources.get(span.source);
        Shown {
            severity: Severity::Note,
            message: match source.masked() == &**source.text() {
                true => message.to_owned(),
                false => format!("{message}, with `*` for what was filled in"),
            },
            name: "",
            help: None,
            source: Some(Lines { source, links }),
            labels: vec![label(sources, None, span, true)],
            elsewhere: Vec::new(),
        }
    }
}

/// Whether the lines around a place are not shown: they may hold secrets, or no screen is wide
/// enough.
fn is_hidden(sources: &Sources, span: Span) -> bool {
    sources.is_private(span.source) || is_wide(sources, span)
}

/// Whether the lines to show are too long for any screen, as in a file that is all one line; or end
/// in a way in which no screen ends them.
fn is_wide(sources: &Sources, span: Span) -> bool {
    let text = sources.get(span.source).text();
    let (before, after) = text.split_at(floor_char_boundary(text, span.start as usize));
    let back: usize = before.rsplit('\n').take(2).map(str::len).sum();
    let on: usize = after.split('\n').take(2).map(str::len).sum();
    back + on > WIDEST || (!text.contains('\n') && text.contains('\r'))
}

/// The lines around a place. Miette's own sources read a text from its beginning for each
/// diagnostic, which takes minutes where there are many.
#[derive(Debug)]
struct Lines<'a> {
    source: &'a Source,
    /// The working directory, where names of files shall be links.
    links: Option<&'a Path>,
}

impl Lines<'_> {
    /// The name in the heading; in terminals that know links it opens the file.
    fn heading(&self) -> String {
        let name = self.source.name();
        match self.links {
            Some(directory) if self.source.is_file() => {
                let path = percent_encode(&directory.join(name).display().to_string());
                format!("\u{1b}]8;;file://{path}\u{1b}\\{name}\u{1b}]8;;\u{1b}\\")
            }
            _ => name.to_owned(),
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
        // Asked for no lines before it, miette wants the place itself, for the line and column in
        // the heading.
        if before > 0 {
            start = line_start(start);
            (0..before).for_each(|_| start = line_start(start.saturating_sub(1)));
        }
        let mut end = line_end(limit(span.offset() + span.len()));
        (0..after).for_each(|_| end = line_end(end));
        let lines = &text[start..end];
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

/// A mark under one line at most: the rest of a long value would push the message off the screen.
fn label(sources: &Sources, text: Option<String>, span: Span, primary: bool) -> LabeledSpan {
    let shown = sources.slice(span);
    let first_line = shown.lines().next().unwrap_or("");
    let (start, length) = (
        span.start as usize,
        first_line.len().max(usize::from(!shown.is_empty())),
    );
    match primary {
        true => LabeledSpan::new_primary_with_span(text, (start, length)),
        false => LabeledSpan::new_with_span(text, (start, length)),
    }
}

impl fmt::Display for Shown<'_> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.message)
    }
}

impl std::error::Error for Shown<'_> {}

impl miette::Diagnostic for Shown<'_> {
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
