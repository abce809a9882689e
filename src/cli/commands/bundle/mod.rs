//! `score-rs bundle`: the files of a platform as one artifact.

mod push;

use clap::Subcommand;

use crate::cli::ExitCode;
use crate::system::error::CliError;

/// Publish a platform for other projects
///
/// A bundle is a directory of environments, definitions and policies as an artifact in an OCI registry. Other projects name it in their
/// environments, as in `extends: oci://registry.example.com/platform:v1#base`, and pin it in
/// `score-rs.lock`.
#[derive(Debug, clap::Args)]
pub(crate) struct Arguments {
    #[command(subcommand)]
    action: Action,
}

#[derive(Debug, Subcommand)]
enum Action {
    Push(push::Arguments),
}

pub(crate) fn run(arguments: &Arguments) -> Result<ExitCode, CliError> {
    match &arguments.action {
        Action::Push(arguments) => push::run(arguments),
    }
}
