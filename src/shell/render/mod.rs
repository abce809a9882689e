//! Diagnostics for a reader: one file per format.
//!
//! - **Promise:** every diagnostic of a report is shown, in file order, whatever its text holds.
//! - **Takes:** a report and the sources it points into.
//! - **Gives:** text.
//! - **Never:** changes, drops or judges a diagnostic.

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
}

/// The diagnostics of a run as text.
pub fn render(format: Format, sources: &Sources, report: &Report, screen: Screen) -> String {
    match format {
        Format::Human => human::render(sources, report, screen),
        Format::Short => short::render(sources, report),
    }
}

/// How many errors and warnings there are, in words; `None` when there are neither.
pub fn summary(report: &Report) -> Option<String> {
    let count = |severity: Severity| report.in_order().iter().filter(|own| own.severity() == severity).count();
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
