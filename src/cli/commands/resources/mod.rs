//! The resources of a project: which there are, and what they give.
//!
//! - **Promise:** what is shown is what `generate` would do with the same flags.
//! - **Takes:** Score files and an environment.
//! - **Gives:** text on standard output.
//! - **Never:** writes anything but what is kept in `.score-rs`.

mod form;
pub(crate) mod get_outputs;
mod list;
mod prune;

use clap::Subcommand;

use crate::system::error::CliError;

/// Show what the workloads need, and what they get
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

pub(crate) fn run(arguments: &Arguments) -> Result<u8, CliError> {
    match &arguments.action {
        Action::List(arguments) => list::run(arguments),
        Action::GetOutputs(arguments) => get_outputs::run(arguments),
        Action::Prune(arguments) => prune::run(arguments),
    }
}
