//! Diagnostics for a reader: one file per format.
//!
//! - **Promise:** every error and warning of a report is shown, in file order, whatever its text
//!   holds; people see the first hundred of each, and how many more there are.
//! - **Takes:** a report and the sources it points into.
//! - **Gives:** text.
//! - **Never:** changes or judges a diagnostic; notes are left out when asked.

mod github;
mod human;
mod json;
mod location;
mod sarif;
mod sarif_rules;
mod short;

use std::path::PathBuf;

use diagnostics::report::{Report, Severity};
use diagnostics::source::Sources;

/// How diagnostics are shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub enum Format {
    /// For people: with the lines they are about, the first hundred errors and warnings
    Human,
    /// All of them in one line each: `file:line:column: error: message [name]`
    Short,
    /// For programs: one object, as `spec/schemas/report.schema.json` describes it
    Json,
    /// SARIF 2.1.0, for code scanning
    Sarif,
    /// Workflow commands of GitHub Actions, which annotate a change
    Github,
}

impl Format {
    /// Whether the whole report is one document, which there is without a diagnostic too and beside
    /// which nothing else may be said.
    pub fn is_document(self) -> bool {
        matches!(self, Format::Json | Format::Sarif)
    }
}

/// What the screen can show, and from where it is seen.
#[derive(Debug, Clone)]
pub struct Screen {
    /// Whether colours are wanted.
    pub colour: bool,
    /// The width in characters.
    pub width: usize,
    /// Whether notes are wanted.
    pub notes: bool,
    /// Whether names of files may be links.
    pub links: bool,
    /// The working directory, which paths that programs read are relative to.
    pub directory: PathBuf,
}

/// The diagnostics of a run as text.
pub fn render(format: Format, sources: &Sources, report: &Report, screen: &Screen) -> String {
    let mut diagnostics = report.in_order();
    diagnostics.retain(|diagnostic| screen.notes || diagnostic.severity() != Severity::Note);
    match format {
        Format::Human => human::render(sources, &diagnostics, screen),
        Format::Short => short::render(sources, &diagnostics),
        Format::Json => json::render(sources, &diagnostics, screen),
        Format::Sarif => sarif::render(sources, &diagnostics, screen),
        Format::Github => github::render(sources, &diagnostics, screen),
    }
}

/// How many errors and warnings there are, in words; `None` when there are neither.
pub fn summary(report: &Report) -> Option<String> {
    let diagnostics = report.in_order();
    let count = |severity: Severity| {
        diagnostics
            .iter()
            .filter(|own| own.severity() == severity)
            .count()
    };
    let part = |count: usize, word: &str| match count {
        0 => None,
        1 => Some(format!("1 {word}")),
        many => Some(format!("{many} {word}s")),
    };
    let parts: Vec<String> = [
        part(count(Severity::Error), "error"),
        part(count(Severity::Warning), "warning"),
    ]
    .into_iter()
    .flatten()
    .collect();
    (!parts.is_empty()).then(|| parts.join(", "))
}
