//! Flags that decide what is shown, and showing it.

use std::io::{IsTerminal, stderr, stdout};

use super::lint_levels::LevelFlags;
use crate::cli::display::verbose::Trace;
use crate::report::format::{Format, RenderOptions, render, summary};
use crate::report::lint_levels::Levels;
use crate::system::error::CliError;
use crate::system::os;
use compiler::support::host::Host;
use diagnostics::report::{Report, Severity};
use diagnostics::source::Sources;

/// Flags of every command that reports on input.
#[derive(Debug, clap::Args)]
#[command(next_help_heading = "Messages")]
pub(crate) struct ScreenFlags {
    /// How problems are shown
    #[arg(
        id = "message-format",
        long,
        value_name = "FORMAT",
        value_enum,
        default_value = "human"
    )]
    format: Format,
    #[command(flatten)]
    levels: LevelFlags,
    /// Say nothing but errors and warnings
    #[arg(short, long)]
    quiet: bool,
    /// Say also what was read and chosen, and how long it took
    #[arg(short, long, conflicts_with = "quiet")]
    verbose: bool,
}

/// Where a command's report goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Channel {
    /// The report is what was asked for.
    Output,
    /// The report accompanies an output.
    Error,
}

impl ScreenFlags {
    /// Whether nothing is to be said but the report: where that was asked for, and beside a
    /// document for programs.
    pub(crate) fn quiet(&self) -> bool {
        self.quiet || self.format.is_document()
    }

    /// Whether a person reads along, and wants the report summed up.
    pub(crate) fn sums_up(&self) -> bool {
        !self.quiet && self.format == Format::Human
    }

    /// Follows a run whose report goes to `channel`; a document there stays alone.
    pub(crate) fn trace(&self, channel: Channel) -> Trace {
        Trace::new(self.verbose && !(channel == Channel::Error && self.format.is_document()))
    }

    /// What each kind of problem weighs, by the project's file and these flags.
    pub(crate) fn levels(
        &self,
        host: &dyn Host,
        sources: &mut Sources,
    ) -> Result<Levels, CliError> {
        let mut levels = Levels::of_project(host, sources)?;
        self.levels.set(&mut levels)?;
        Ok(levels)
    }

    /// Shows a report. One that was asked for and cannot be written is a failure; nobody is left to
    /// tell when the one beside an output cannot.
    pub(crate) fn show(
        &self,
        sources: &Sources,
        report: &Report,
        channel: Channel,
    ) -> Result<(), CliError> {
        if report.is_empty() && !self.format.is_document() {
            return Ok(());
        }
        let terminal = match channel {
            Channel::Output => stdout().is_terminal(),
            Channel::Error => stderr().is_terminal(),
        };
        let screen = RenderOptions {
            colour: os::wants_colour(terminal),
            width: width(),
            notes: !self.quiet,
            links: os::wants_links(terminal),
            directory: os::current_directory().unwrap_or_default(),
        };
        let text = render(self.format, sources, report, &screen);
        match channel {
            Channel::Error => os::write_standard_error(&text),
            Channel::Output => print(&text)?,
        }
        if self.sums_up() {
            sum_up(report);
        }
        Ok(())
    }
}

/// What a person wants to know last: how many problems there are, and where more is said of the
/// first error.
fn sum_up(report: &Report) {
    if let Some(summary) = summary(report) {
        os::write_standard_error(&format!("{summary}\n"));
    }
    if let Some(first) = report
        .in_order()
        .into_iter()
        .find(|own| own.severity() == Severity::Error)
    {
        os::write_standard_error(&format!("for more: score-rs explain {}\n", first.name()));
    }
}

/// How wide a text for people may be. Beyond that lines are hard to follow, however wide the
/// terminal is.
pub(crate) fn width() -> usize {
    os::terminal_width().unwrap_or(100).clamp(40, 120)
}

/// Prints what was asked for.
pub(crate) fn print(text: &str) -> Result<(), CliError> {
    print_bytes(text.as_bytes())
}

/// As [`print`], for what may be no text.
pub(crate) fn print_bytes(bytes: &[u8]) -> Result<(), CliError> {
    let failed = |error: std::io::Error| {
        CliError::Io(format!(
            "cannot write to standard output: {}",
            os::reason(&error)
        ))
    };
    os::write_standard_output(bytes).map_err(failed)
}
