//! `score-rs environments`: the environments of a project, and what applies in them, as `generate`
//! uses it. They read no Score file and write nothing.

mod list;
mod show;

use clap::Subcommand;

use crate::cli::ExitCode;
use crate::system::error::CliError;

/// List environments and print their settings
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

pub(crate) fn run(arguments: &Arguments) -> Result<ExitCode, CliError> {
    match &arguments.action {
        Action::List(arguments) => list::run(arguments),
        Action::Show(arguments) => show::run(arguments),
    }
}
