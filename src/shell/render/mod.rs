//! Diagnostics for a reader: one file per format.
//!
//! - **Promise:** every error and warning of a report is shown, in file order, whatever its text holds.
//! - **Takes:** a report and the sources it points into.
//! - **Gives:** text.
//! - **Never:** changes or judges a diagnostic; notes alone are counted where there are many, or left out when asked.

mod human;
mod short;

use crate::base::diagnostics::{Report, Severity};
use crate::base::text::Sources;

/// How diagnostics are shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub enum Format {
    /// With the lines they are about.
    Human,
    /// One line each: `file:line:column: error: message [name]`.
    Short,
}

/// What the screen can show.
#[derive(Debug, Clone, Copy)]
pub struct Screen {
    /// Whether colours are wanted.
    pub colour: bool,
    /// The width in characters.
    pub width: usize,
    /// Whether notes are wanted.
    pub notes: bool,
}

/// The diagnostics of a run as text.
pub fn render(format: Format, sources: &Sources, report: &Report, screen: Screen) -> String {
    let mut diagnostics = report.in_order();
    diagnostics.retain(|diagnostic| screen.notes || diagnostic.severity() != Severity::Note);
    match format {
        Format::Human => human::render(sources, &diagnostics, screen),
        Format::Short => short::render(sources, &diagnostics),
    }
}

/// How many errors and warnings there are, in words; `None` when there are neither.
pub fn summary(report: &Report) -> Option<String> {
    let diagnostics = report.in_order();
    let count = |severity: Severity| diagnostics.iter().filter(|own| own.severity() == severity).count();
    let part = |count: usize, word: &str| match count {
        0 => None,
        1 => Some(format!("1 {word}")),
        many => Some(format!("{many} {word}s")),
    };
    let parts: Vec<String> = [part(count(Severity::Error), "error"), part(count(Severity::Warning), "warning")]
        .into_iter()
        .flatten()
        .collect();
    (!parts.is_empty()).then(|| parts.join(", "))
}
