//! Flags that decide what is reported and how.

use std::io::{IsTerminal, stderr, stdout};

use super::headings::MESSAGES;
use super::lint_levels::LintLevelFlags;
use crate::cli::display::terminal::{print_bytes, print_message, width};
use crate::cli::display::verbose::Verbose;
use crate::report::format::{Format, RenderOptions, render, summary};
use crate::report::lint_levels::Levels;
use crate::system::error::CliError;
use crate::system::os;
use compiler::support::host::Host;
use diagnostics::report::{Report, Severity};
use diagnostics::source::Sources;

/// Flags of every command that reports on input beside its output.
#[derive(Debug, clap::Args)]
pub(crate) struct ReportingFlags {
    /// Format of the report
    #[arg(
        id = "message-format",
        long,
        value_name = "FORMAT",
        value_enum,
        default_value = "human",
        help_heading = MESSAGES
    )]
    format: Format,
    #[command(flatten)]
    messages: MessageFlags,
}

/// The same for a command whose output is the report, so that `--format` is free for it.
#[derive(Debug, clap::Args)]
pub(crate) struct ReportOutputFlags {
    /// Format of the report
    #[arg(
        long,
        alias = "message-format",
        value_name = "FORMAT",
        value_enum,
        default_value = "human",
        help_heading = MESSAGES
    )]
    format: Format,
    #[command(flatten)]
    messages: MessageFlags,
}

#[derive(Debug, clap::Args)]
struct MessageFlags {
    #[command(flatten)]
    levels: LintLevelFlags,
    /// Print only errors and warnings
    #[arg(short, long, help_heading = MESSAGES)]
    quiet: bool,
    /// Also print what was read and chosen, and how long it took
    #[arg(short, long, conflicts_with = "quiet", help_heading = MESSAGES)]
    verbose: bool,
}

impl ReportingFlags {
    pub(crate) fn reporter(&self) -> Reporter<'_> {
        Reporter {
            format: self.format,
            flags: &self.messages,
        }
    }
}

impl ReportOutputFlags {
    pub(crate) fn reporter(&self) -> Reporter<'_> {
        Reporter {
            format: self.format,
            flags: &self.messages,
        }
    }
}

/// Where a report goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Channel {
    /// The report is the output.
    Stdout,
    /// The report accompanies an output.
    Stderr,
}

/// Reports and status lines as the flags ask for them.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Reporter<'a> {
    format: Format,
    flags: &'a MessageFlags,
}

impl Reporter<'_> {
    /// Whether nothing but the report is printed: with `--quiet`, and beside a document for
    /// programs.
    pub(crate) fn is_quiet(self) -> bool {
        self.flags.quiet || self.format.is_document()
    }

    /// Shows on a terminal what the run waits for.
    pub(crate) fn show_waits(self) {
        if !self.is_quiet() {
            os::show_waits();
        }
    }

    /// Prints status lines about what was done.
    pub(crate) fn status(self, lines: impl IntoIterator<Item = impl AsRef<str>>) {
        if !self.is_quiet() {
            for line in lines {
                print_message(line.as_ref());
            }
        }
    }

    /// Follows a run whose report goes to `channel`. A document there stays valid: nothing else is
    /// printed.
    pub(crate) fn verbose(self, channel: Channel) -> Verbose {
        Verbose::new(
            self.flags.verbose && !(channel == Channel::Stderr && self.format.is_document()),
        )
    }

    /// The levels of the project's file, with those of the flags over them.
    pub(crate) fn levels(self, host: &dyn Host, sources: &mut Sources) -> Result<Levels, CliError> {
        let mut levels = Levels::of_project(host, sources)?;
        self.flags.levels.apply(&mut levels)?;
        Ok(levels)
    }

    /// Prints a report. Only on standard output a failure to write is an error: otherwise it
    /// cannot be reported.
    pub(crate) fn print(
        self,
        sources: &Sources,
        report: &Report,
        channel: Channel,
    ) -> Result<(), CliError> {
        if report.is_empty() && !self.format.is_document() {
            return Ok(());
        }
        let is_terminal = match channel {
            Channel::Stdout => stdout().is_terminal(),
            Channel::Stderr => stderr().is_terminal(),
        };
        let options = RenderOptions {
            colour: os::wants_colour(is_terminal),
            width: width(),
            notes: !self.flags.quiet,
            links: os::wants_links(is_terminal),
            directory: os::current_directory().unwrap_or_default(),
            repository: os::repository_root(),
        };
        let text = render(self.format, sources, report, &options);
        match channel {
            Channel::Stderr => os::write_standard_error(&text),
            Channel::Stdout => print_bytes(text.as_bytes())?,
        }
        if !self.flags.quiet && self.format == Format::Human {
            print_summary(report);
        }
        Ok(())
    }
}

/// Prints the number of problems, and how to read more about the first error.
fn print_summary(report: &Report) {
    if let Some(summary) = summary(report) {
        print_message(&summary);
    }
    if let Some(first) = report
        .in_order()
        .into_iter()
        .find(|diagnostic| diagnostic.severity() == Severity::Error)
    {
        print_message(&format!("for more: score-rs explain {}", first.name()));
    }
}
