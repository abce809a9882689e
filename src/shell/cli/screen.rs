//! Flags that decide what is shown, and showing it.

use std::io::{IsTerminal, stderr, stdout};

use super::level::LevelFlags;
use crate::base::diagnostics::Report;
use crate::base::host::Host;
use crate::base::text::Sources;
use crate::shell::levels::Levels;
use crate::shell::os;
use crate::shell::project::Stop;
use crate::shell::render::{Format, Screen, render, summary};

/// Flags of every command that reports on input.
#[derive(Debug, clap::Args)]
#[command(next_help_heading = "Messages")]
pub(super) struct ScreenFlags {
    /// How problems are shown
    #[arg(id = "message-format", long, value_name = "FORMAT", value_enum, default_value = "human")]
    format: Format,
    #[command(flatten)]
    levels: LevelFlags,
    /// Say nothing but errors and warnings
    #[arg(short, long)]
    quiet: bool,
}

/// Where a command's report goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Channel {
    /// The report is what was asked for.
    Output,
    /// The report accompanies an output.
    Error,
}

impl ScreenFlags {
    /// For commands that have other flags.
    pub(super) fn usual() -> ScreenFlags {
        ScreenFlags { format: Format::Human, levels: LevelFlags::default(), quiet: false }
    }

    pub(super) fn quiet(&self) -> bool {
        self.quiet
    }

    /// What each kind of problem weighs, by the project's file and these flags.
    pub(super) fn levels(&self, host: &dyn Host, sources: &mut Sources) -> Result<Levels, Stop> {
        let mut levels = Levels::of_project(host, sources)?;
        self.levels.set(&mut levels)?;
        Ok(levels)
    }

    /// Shows a report.
    pub(super) fn show(&self, sources: &Sources, report: &Report, channel: Channel) {
        if report.is_empty() {
            return;
        }
        let terminal = match channel {
            Channel::Output => stdout().is_terminal(),
            Channel::Error => stderr().is_terminal(),
        };
        let screen = Screen { colour: os::wants_colour(terminal), width: width(), notes: !self.quiet };
        let text = render(self.format, sources, report, screen);
        match channel {
            Channel::Error => os::write_standard_error(&text),
            Channel::Output => {
                let _ = os::write_standard_output(text.as_bytes());
            }
        }
        if let (Some(summary), false) = (summary(report), self.quiet || self.format == Format::Short) {
            os::write_standard_error(&format!("{summary}\n"));
        }
    }
}

/// How wide a text for people may be. Beyond that lines are hard to follow, however wide the terminal is.
pub(super) fn width() -> usize {
    os::columns().unwrap_or(100).clamp(40, 120)
}

/// Prints what was asked for.
pub(super) fn print(text: &str) -> Result<(), Stop> {
    print_bytes(text.as_bytes())
}

/// As [`print`], for what may be no text.
pub(super) fn print_bytes(bytes: &[u8]) -> Result<(), Stop> {
    let failed = |error: std::io::Error| Stop::World(format!("cannot write to standard output: {error}"));
    os::write_standard_output(bytes).map_err(failed)
}
