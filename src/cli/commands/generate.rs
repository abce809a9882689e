use std::path::PathBuf;

use crate::cli::ExitCode;
use crate::cli::compilation::{Compilation, CompileFlags, FormatFlag, OutputFlags};
use crate::cli::output::diff::View;
use crate::system::error::CliError;

/// Compile Score files to a Compose file or to Kubernetes manifests
///
/// Everything is written when all of it is right, or nothing is. Exit status: 0 written, 1 the
/// input has errors, 2 wrong usage, 3 a file could not be read or written.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  score-rs generate                                      every Score file here, to compose.yaml
  score-rs generate shop.yaml -i shop=example.com/shop:1.2
  score-rs generate --build shop.web=./app --publish 8080:shop:web
  score-rs generate -e kubernetes -n shop -o - | kubectl apply -f -
  score-rs generate --env staging                        as environments/staging says
  score-rs generate --all-environments                   each to its own output
  score-rs generate --all-environments --check           whether what is committed is up to date
  score-rs generate --provisioners platform/postgres.provisioners.yaml")]
pub(crate) struct Arguments {
    /// Where to write; `-` is standard output [default: the environment's `output`, else
    /// compose.yaml or manifests.yaml]
    #[arg(short, long, value_name = "PATH", long_help = OUTPUT_HELP, conflicts_with = "all_environments")]
    output: Option<PathBuf>,
    #[command(flatten)]
    format: FormatFlag,
    /// Compose: add the variables that the output leaves open to this file, for somebody to fill in
    ///
    /// Compose reads `.env` by itself. A line `NAME=` is added for each variable that the file does
    /// not have yet; what is there stays as it is. An empty file is made where none is there and
    /// none is needed, since `docker compose --env-file` refuses one that is not there.
    #[arg(long, value_name = "FILE", conflicts_with = "all_environments")]
    env_file: Option<PathBuf>,
    #[command(flatten)]
    output_flags: OutputFlags,
    /// Write nothing, but show how the files that are there differ from what would be written; exit
    /// status 1 when they do
    ///
    /// For output that is committed. What is mounted and what is kept lies in `.score-rs` and is
    /// not compared. See also `score-rs diff`.
    #[arg(long, conflicts_with = "env_file")]
    check: bool,
    /// With --check: do not hide passwords that are known
    #[arg(long)]
    show_secrets: bool,
    #[command(flatten)]
    compile: CompileFlags,
}

/// The long help of `--output`, here and in `diff`.
pub(super) const OUTPUT_HELP: &str = "\
Where to write; `-` is standard output [default: the environment's `output`, else compose.yaml or \
manifests.yaml]

A directory, or a name that ends in `/`, gets a file for each object, on Kubernetes with a \
`kustomization.yaml` that lists them. Files that an earlier run listed there and that are no longer \
part of the output are removed.";

pub(crate) fn run(arguments: &Arguments) -> Result<ExitCode, CliError> {
    if arguments.show_secrets && !arguments.check {
        return Err(CliError::Usage(
            "--show-secrets is for --check: an output has its passwords as it is".to_owned(),
        ));
    }
    let compiled = Compilation {
        output: arguments.output.as_deref(),
        env_file: arguments.env_file.as_deref(),
        syntax: arguments.format.syntax(),
        output_flags: &arguments.output_flags,
        flags: &arguments.compile,
        writes: !arguments.check,
    }
    .run()?;
    match arguments.check {
        true => compiled.compare(View::Lines, arguments.show_secrets),
        false => compiled.write(),
    }
}
