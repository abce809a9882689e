//! One JSON object, as `spec/schemas/report.schema.json` describes it.

use serde::Serialize;

use super::Screen;
use super::location::Place;
use diagnostics::report::{Diagnostic, Severity};
use diagnostics::source::Sources;

/// Raised when a program that reads an older report would misread a newer one; a new key does not
/// raise it.
const VERSION: u32 = 1;

#[derive(Serialize)]
struct Document<'a> {
    version: u32,
    tool: Tool,
    diagnostics: Vec<Entry<'a>>,
    summary: Summary,
}

#[derive(Serialize)]
struct Tool {
    name: &'static str,
    version: &'static str,
}

#[derive(Serialize)]
struct Entry<'a> {
    name: &'static str,
    level: &'static str,
    message: &'a str,
    label: Option<&'a str>,
    place: Option<Place>,
    related: Vec<Related<'a>>,
    help: Option<&'a str>,
    edits: Vec<Change<'a>>,
}

#[derive(Serialize)]
struct Related<'a> {
    place: Place,
    message: &'a str,
}

#[derive(Serialize)]
struct Change<'a> {
    place: Place,
    text: &'a str,
}

#[derive(Serialize)]
struct Summary {
    errors: usize,
    warnings: usize,
    notes: usize,
}

pub(super) fn render(sources: &Sources, diagnostics: &[&Diagnostic], screen: &Screen) -> String {
    let count = |severity| {
        diagnostics
            .iter()
            .filter(|own| own.severity() == severity)
            .count()
    };
    let document = Document {
        version: VERSION,
        tool: Tool {
            name: env!("CARGO_PKG_NAME"),
            version: env!("CARGO_PKG_VERSION"),
        },
        diagnostics: diagnostics
            .iter()
            .map(|diagnostic| entry(sources, diagnostic, screen))
            .collect(),
        summary: Summary {
            errors: count(Severity::Error),
            warnings: count(Severity::Warning),
            notes: count(Severity::Note),
        },
    };
    format!(
        "{}\n",
        serde_json::to_string_pretty(&document).unwrap_or_default()
    )
}

fn entry<'a>(sources: &Sources, diagnostic: &'a Diagnostic, screen: &Screen) -> Entry<'a> {
    let place = |span| Place::new(sources, span, &screen.directory);
    let related = diagnostic.related().iter();
    let edits = diagnostic.edits().iter();
    Entry {
        name: diagnostic.name(),
        level: diagnostic.severity().as_str(),
        message: diagnostic.message(),
        label: Some(diagnostic.label()).filter(|label| !label.is_empty()),
        place: diagnostic.span().map(place),
        related: related
            .map(|own| Related {
                place: place(own.span),
                message: &own.message,
            })
            .collect(),
        help: diagnostic.help(),
        edits: edits
            .map(|edit| Change {
                place: place(edit.span),
                text: &edit.text,
            })
            .collect(),
    }
}
