//! `score-rs resources`: the resources of a project, and what they give. They show what `generate`
//! would do with the same flags, and write nothing but seed and state.

pub(crate) mod get_outputs;
mod list;
mod output_format;
mod prune;

use clap::Subcommand;

use crate::cli::ExitCode;
use crate::system::error::CliError;

/// List resources and print their outputs
#[derive(Debug, clap::Args)]
pub(crate) struct Arguments {
    #[command(subcommand)]
    action: Action,
}

#[derive(Debug, Subcommand)]
enum Action {
    List(list::Arguments),
    GetOutputs(get_outputs::Arguments),
    Prune(prune::Arguments),
}

pub(crate) fn run(arguments: &Arguments) -> Result<ExitCode, CliError> {
    match &arguments.action {
        Action::List(arguments) => list::run(arguments),
        Action::GetOutputs(arguments) => get_outputs::run(arguments),
        Action::Prune(arguments) => prune::run(arguments),
    }
}
