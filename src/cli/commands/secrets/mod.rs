//! `score-rs secrets`: the generated passwords of a project.

mod list;

use clap::Subcommand;

use crate::cli::ExitCode;
use crate::system::error::CliError;

/// List generated passwords, for a secret store
#[derive(Debug, clap::Args)]
pub(crate) struct Arguments {
    #[command(subcommand)]
    action: Action,
}

#[derive(Debug, Subcommand)]
enum Action {
    List(list::Arguments),
}

pub(crate) fn run(arguments: &Arguments) -> Result<ExitCode, CliError> {
    match &arguments.action {
        Action::List(arguments) => list::run(arguments),
    }
}
