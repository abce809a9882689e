use std::path::PathBuf;

use clap::{Arg, ArgAction};

use super::generate::OUTPUT_HELP;
use crate::cli::ExitCode;
use crate::cli::compilation::{Compilation, CompileFlags, FormatFlag, OutputFlags};
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
#[command(args(generate_only_flags()))]
pub(crate) struct Arguments {
    /// What to compare with [default: the environment's `output`, else compose.yaml or
    /// manifests.yaml]
    #[arg(short, long, value_name = "PATH", long_help = OUTPUT_HELP, conflicts_with = "all_environments")]
    output: Option<PathBuf>,
    #[command(flatten)]
    format: FormatFlag,
    #[command(flatten)]
    output_flags: OutputFlags,
    /// Do not hide passwords that are known
    #[arg(long)]
    show_secrets: bool,
    #[command(flatten)]
    compile: CompileFlags,
}

/// Flags that are accepted without effect, so that the flags of a `generate` command line work here.
fn generate_only_flags() -> [Arg; 2] {
    let check = Arg::new("check").long("check").action(ArgAction::SetTrue);
    let env_file = Arg::new("env_file").long("env-file").value_name("FILE");
    let help = "Has no effect here";
    [
        check.help(help).hide(true).conflicts_with("env_file"),
        env_file
            .help(help)
            .value_parser(clap::value_parser!(PathBuf))
            .hide(true)
            .conflicts_with("all_environments"),
    ]
}

pub(crate) fn run(arguments: &Arguments) -> Result<ExitCode, CliError> {
    let compiled = Compilation {
        output: arguments.output.as_deref(),
        env_file: None,
        syntax: arguments.format.syntax(),
        output_flags: &arguments.output_flags,
        flags: &arguments.compile,
        writes: false,
    }
    .run()?;
    compiled.compare(View::Fields, arguments.show_secrets)
}
