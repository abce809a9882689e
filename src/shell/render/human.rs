//! Diagnostics with the lines they are about, drawn by miette.

use std::fmt;

use miette::{GraphicalReportHandler, GraphicalTheme, LabeledSpan, NamedSource, Severity as Weight, SourceCode};

use super::Screen;
use crate::base::diagnostics::{Diagnostic, Report, Severity};
use crate::base::text::{Sources, Span};

pub(super) fn render(sources: &Sources, report: &Report, screen: Screen) -> String {
    let theme = match screen.colour {
        true => GraphicalTheme::unicode(),
        false => GraphicalTheme::unicode_nocolor(),
    };
    let handler =
        GraphicalReportHandler::new_themed(theme).with_links(false).with_width(screen.width).with_context_lines(1);
    let mut out = String::new();
    for diagnostic in report.in_order() {
        let shown = Shown::new(sources, diagnostic);
        // A drawing that fails still must not hide what was found.
        if handler.render_report(&mut out, &shown).is_err() {
            out.push_str(&format!(
                "{}: {} [{}]\n",
                diagnostic.severity().word(),
                diagnostic.message(),
                diagnostic.name()
            ));
        }
        for note in &shown.elsewhere {
            let _ = handler.render_report(&mut out, note);
        }
        out.push('\n');
    }
    out
}

/// A diagnostic in miette's terms. Miette shows one source for each, so places in other sources are notes of their own.
#[derive(Debug)]
struct Shown {
    severity: Severity,
    message: String,
    name: &'static str,
    help: Option<String>,
    source: Option<NamedSource<String>>,
    labels: Vec<LabeledSpan>,
    /// Places in other sources, each shown below.
    elsewhere: Vec<Shown>,
}

impl Shown {
    fn new(sources: &Sources, diagnostic: &Diagnostic) -> Shown {
        let place = diagnostic.span();
        let mut labels: Vec<LabeledSpan> = Vec::new();
        if let Some(span) = place {
            let text = Some(diagnostic.label().to_owned()).filter(|label| !label.is_empty());
            labels.push(label(sources, text, span, true));
        }
        let mut elsewhere = Vec::new();
        for related in diagnostic.related() {
            if place.is_some_and(|place| place.source == related.span.source) {
                labels.push(label(sources, Some(related.message.clone()), related.span, false));
            } else {
                elsewhere.push(Shown::note(sources, &related.message, related.span));
            }
        }
        Shown {
            severity: diagnostic.severity(),
            message: diagnostic.message().to_owned(),
            name: diagnostic.name(),
            help: diagnostic.help().map(str::to_owned),
            source: place.map(|span| named_source(sources, span)),
            labels,
            elsewhere,
        }
    }

    fn note(sources: &Sources, message: &str, span: Span) -> Shown {
        Shown {
            severity: Severity::Note,
            message: message.to_owned(),
            name: "",
            help: None,
            source: Some(named_source(sources, span)),
            labels: vec![label(sources, None, span, true)],
            elsewhere: Vec::new(),
        }
    }
}

fn named_source(sources: &Sources, span: Span) -> NamedSource<String> {
    let source = sources.get(span.source);
    NamedSource::new(source.name(), source.text().to_string())
}

/// A mark under one line at most: the rest of a long value would push the message off the screen.
fn label(sources: &Sources, text: Option<String>, span: Span, primary: bool) -> LabeledSpan {
    let shown = sources.slice(span);
    let first_line = shown.lines().next().unwrap_or("");
    let (start, length) = (span.start as usize, first_line.len().max(usize::from(!shown.is_empty())));
    match primary {
        true => LabeledSpan::new_primary_with_span(text, (start, length)),
        false => LabeledSpan::new_with_span(text, (start, length)),
    }
}

impl fmt::Display for Shown {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.message)
    }
}

impl std::error::Error for Shown {}

impl miette::Diagnostic for Shown {
    fn code<'a>(&'a self) -> Option<Box<dyn fmt::Display + 'a>> {
        (!self.name.is_empty())
            .then(|| Box::new(format!("{} [{}]", self.severity.word(), self.name)) as Box<dyn fmt::Display>)
    }

    fn severity(&self) -> Option<Weight> {
        Some(match self.severity {
            Severity::Error => Weight::Error,
            Severity::Warning => Weight::Warning,
            Severity::Note => Weight::Advice,
        })
    }

    fn help<'a>(&'a self) -> Option<Box<dyn fmt::Display + 'a>> {
        self.help.as_ref().map(|help| Box::new(help) as Box<dyn fmt::Display>)
    }

    fn source_code(&self) -> Option<&dyn SourceCode> {
        self.source.as_ref().map(|source| source as &dyn SourceCode)
    }

    fn labels(&self) -> Option<Box<dyn Iterator<Item = LabeledSpan> + '_>> {
        Some(Box::new(self.labels.iter().cloned()))
    }
}
