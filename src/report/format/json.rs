//! One JSON object, as `spec/schemas/report.schema.json` describes it.

use serde::Serialize;

use super::RenderOptions;
use super::location::Location;
use diagnostics::report::{Diagnostic, Severity};
use diagnostics::source::Sources;

/// Increased when a program that reads the older format would misread the newer one; not for a new
/// key.
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
    name: &'a str,
    level: &'static str,
    message: &'a str,
    label: Option<&'a str>,
    place: Option<Location>,
    related: Vec<Related<'a>>,
    help: Option<&'a str>,
    edits: Vec<JsonEdit<'a>>,
}

#[derive(Serialize)]
struct Related<'a> {
    place: Location,
    message: &'a str,
}

#[derive(Serialize)]
struct JsonEdit<'a> {
    place: Location,
    text: &'a str,
}

#[derive(Serialize)]
struct Summary {
    errors: usize,
    warnings: usize,
    notes: usize,
}

pub(super) fn render(
    sources: &Sources,
    diagnostics: &[&Diagnostic],
    options: &RenderOptions,
) -> String {
    let count = |severity| {
        diagnostics
            .iter()
            .filter(|diagnostic| diagnostic.severity() == severity)
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
            .map(|diagnostic| entry(sources, diagnostic, options))
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

fn entry<'a>(sources: &Sources, diagnostic: &'a Diagnostic, options: &RenderOptions) -> Entry<'a> {
    let place = |span| Location::new(sources, span, options.in_directory());
    Entry {
        name: diagnostic.shown_name(),
        level: diagnostic.severity().as_str(),
        message: diagnostic.message(),
        label: Some(diagnostic.label()).filter(|label| !label.is_empty()),
        place: diagnostic.span().map(place),
        related: diagnostic
            .related()
            .iter()
            .map(|related| Related {
                place: place(related.span),
                message: &related.message,
            })
            .collect(),
        help: diagnostic.help(),
        edits: diagnostic
            .edits()
            .iter()
            .map(|edit| JsonEdit {
                place: place(edit.span),
                text: &edit.text,
            })
            .collect(),
    }
}
