//! Formats of diagnostics, one file for each.
//!
//! Takes a report and its sources, and returns a text with all diagnostics in the order of the
//! files. Notes are left out on request, and the format for people shows the first hundred errors
//! and warnings and the number of the others. No diagnostic is changed here. Control characters are
//! shown as escapes; JSON, SARIF and Code Quality have the true text.

mod fingerprint;
mod full_message;
mod github;
mod gitlab;
mod human;
mod json;
mod junit;
mod location;
mod sarif;
mod sarif_rules;
mod short;

use std::path::PathBuf;

pub(crate) use junit::escape as junit_escape;
use location::Base;

use diagnostics::report::{Report, Severity};
use diagnostics::source::Sources;
use diagnostics::visible::without_commands;

/// A format of diagnostics.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub enum Format {
    /// For people, with source lines; at most 100 errors and 100 warnings
    Human,
    /// One line for each problem: `FILE:LINE:COLUMN: error: MESSAGE [NAME]`
    Short,
    /// One JSON object; `score-rs schema report` prints its schema
    Json,
    /// SARIF 2.1.0 for code scanning
    Sarif,
    /// Annotations of GitHub Actions
    Github,
    /// Code Quality report of GitLab
    Gitlab,
    /// JUnit XML: one test case for each problem
    Junit,
}

impl Format {
    /// Whether the report is one document, which is also printed without diagnostics, and without
    /// any other text beside it.
    pub fn is_document(self) -> bool {
        matches!(
            self,
            Format::Json | Format::Sarif | Format::Gitlab | Format::Junit
        )
    }
}

/// What the output can show.
#[derive(Debug, Clone)]
pub struct RenderOptions {
    /// Whether to use colours.
    pub colour: bool,
    /// The width in characters.
    pub width: usize,
    /// Whether to show notes.
    pub notes: bool,
    /// Whether to show names of files as links (OSC 8).
    pub links: bool,
    /// The working directory.
    pub directory: PathBuf,
    /// The root of its git repository; outside a repository the working directory.
    pub repository: PathBuf,
}

impl RenderOptions {
    fn in_directory(&self) -> Base<'_> {
        Base::Directory(&self.directory)
    }

    fn in_repository(&self) -> Base<'_> {
        Base::Repository {
            directory: &self.directory,
            root: &self.repository,
        }
    }
}

/// Renders the diagnostics of a report.
pub fn render(
    format: Format,
    sources: &Sources,
    report: &Report,
    options: &RenderOptions,
) -> String {
    let mut diagnostics = report.in_order();
    diagnostics.retain(|diagnostic| options.notes || diagnostic.severity() != Severity::Note);
    match format {
        Format::Human => {
            without_commands(&human::render(sources, &diagnostics, options)).into_owned()
        }
        Format::Short => without_commands(&short::render(sources, &diagnostics)).into_owned(),
        Format::Json => json::render(sources, &diagnostics, options),
        Format::Sarif => sarif::render(sources, &diagnostics, options),
        Format::Github => github::render(sources, &diagnostics, options),
        Format::Gitlab => gitlab::render(sources, &diagnostics, options),
        Format::Junit => {
            without_commands(&junit::render(sources, &diagnostics, options)).into_owned()
        }
    }
}

/// The numbers of errors and warnings; `None` when there are neither.
pub fn summary(report: &Report) -> Option<String> {
    let diagnostics = report.in_order();
    let count = |severity: Severity| {
        diagnostics
            .iter()
            .filter(|diagnostic| diagnostic.severity() == severity)
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
