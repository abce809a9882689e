use std::path::PathBuf;

use clap::{Arg, ArgAction};

use crate::cli::ExitCode;
use crate::cli::compilation::{Compilation, CompileFlags, FormatFlag, OutputFlags};
use crate::cli::flags::headings::OUTPUT;
use crate::cli::output::diff::View;
use crate::system::error::CliError;

/// Show what `generate` would change, by object and field
///
/// Takes the flags of `generate`, and writes nothing. Objects are added (`+`), removed (`-`) or
/// changed (`~`), each with its changed fields. The order of keys, comments and style are ignored.
/// What a change means for stored data is marked. Known secrets and passwords in URLs are hidden.
/// `score-rs generate --check` prints a line diff instead.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  score-rs diff --env staging        # against the output of staging
  score-rs diff --all-environments   # against every output")]
#[command(args(generate_only_flags()))]
pub(crate) struct Arguments {
    /// Output file or directory to compare with
    ///
    /// The default is `output` of the environment, else `compose.yaml` or `manifests.yaml`.
    #[arg(short, long, value_name = "PATH", conflicts_with = "all_environments", help_heading = OUTPUT)]
    output: Option<PathBuf>,
    #[command(flatten)]
    format: FormatFlag,
    #[command(flatten)]
    output_flags: OutputFlags,
    /// Print known passwords instead of hiding them
    #[arg(long, help_heading = OUTPUT)]
    show_secrets: bool,
    #[command(flatten)]
    compile: CompileFlags,
}

/// Flags that have no effect, so that the flags of a `generate` command line work here.
fn generate_only_flags() -> [Arg; 3] {
    let help = "No effect; accepted because `generate` has this flag";
    let flag = |name: &'static str| Arg::new(name).help(help).help_heading(OUTPUT);
    [
        flag("check")
            .long("check")
            .action(ArgAction::SetTrue)
            .conflicts_with_all(["env_file", "watch"]),
        flag("watch").long("watch").action(ArgAction::SetTrue),
        flag("env_file")
            .long("env-file")
            .value_name("FILE")
            .value_parser(clap::value_parser!(PathBuf))
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
        registry: None,
        question: None,
    }
    .run()?;
    compiled.compare(View::Fields, arguments.show_secrets)
}
