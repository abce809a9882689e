//! The environments of a project: which there are, and what applies in them.
//!
//! - **Promise:** what is shown is what `generate` uses, with the place of whoever said it.
//! - **Takes:** the directories below `environments/`.
//! - **Gives:** text on standard output.
//! - **Never:** reads a Score file, or writes anything.

mod list;
mod show;

use clap::Subcommand;

use crate::cli::flags::reporting::{Channel, ScreenFlags};
use crate::cli::session::Reading;
use crate::report::suppressions::Coverage;
use crate::system::error::CliError;
use crate::system::os::Os;
use diagnostics::report::Report;
use diagnostics::source::{Sources, Span};

/// Show which environments there are, and what applies in them
#[derive(Debug, clap::Args)]
pub(crate) struct Arguments {
    #[command(subcommand)]
    action: Action,
}

#[derive(Debug, Subcommand)]
enum Action {
    List(list::Arguments),
    Show(show::Arguments),
}

pub(crate) fn run(arguments: &Arguments) -> Result<u8, CliError> {
    match &arguments.action {
        Action::List(arguments) => list::run(arguments),
        Action::Show(arguments) => show::run(arguments),
    }
}

/// Reads environments and shows what is wrong with them.
fn reporting<T>(
    screen: &ScreenFlags,
    os: &Os,
    read: impl FnOnce(&mut Sources, &mut Report) -> Result<T, CliError>,
) -> Result<(T, Sources), CliError> {
    let mut reading = Reading::begin(screen, Channel::Error, os)?;
    let found = read(&mut reading.sources, &mut reading.report);
    let found = reading.end(Coverage::Partial, os, found)?;
    Ok((found, reading.sources))
}

/// The file and line of a place.
fn line(sources: &Sources, span: Span) -> String {
    format!(
        "{}:{}",
        sources.get(span.source).name(),
        sources.position(span).line
    )
}
