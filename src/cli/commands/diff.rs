use super::generate;
use crate::cli::output::diff::View;
use crate::system::error::CliError;

/// Show what `generate` would change in the files that are there, object by object
///
/// Takes what `generate` takes, and writes nothing. Objects are added (`+`), removed (`-`) or
/// changed (`~`), with each field that changes; the order of keys, comments and style are no
/// difference. Values that are known to be secret are hidden. For a difference line by line see
/// `generate --check`.
///
/// Exit status: 0 nothing would change, 1 something would, or the input has errors, 2 wrong usage,
/// 3 a file could not be read.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  score-rs diff --env staging              how the committed output of staging differs
  score-rs diff --all-environments         of every environment")]
#[command(mut_args(adapt))]
#[group(skip)]
pub(crate) struct Arguments {
    #[command(flatten)]
    generate: generate::Arguments,
}

fn adapt(flag: clap::Arg) -> clap::Arg {
    match flag.get_id().as_str() {
        "check" | "env_file" => flag.hide(true),
        "show_secrets" => flag.help("Do not hide passwords that are known"),
        "output" => {
            flag.help("What to compare with [default: the environment's `output`, else compose.yaml or manifests.yaml]")
        }
        _ => flag,
    }
}

pub(crate) fn run(arguments: &Arguments) -> Result<u8, CliError> {
    generate::run_to(&arguments.generate, Some(View::Fields))
}
