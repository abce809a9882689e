use std::path::PathBuf;

use crate::cli::ExitCode;
use crate::cli::compilation::{Compilation, CompileFlags, FormatFlag, OutputFlags};
use crate::cli::flags::headings::OUTPUT;
use crate::cli::output::diff::View;
use crate::system::error::CliError;

/// Compile Score files to a Compose file or Kubernetes manifests
///
/// All or nothing: on any error, nothing is written.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  score-rs generate                              # every Score file here
  score-rs generate score.yaml -i shop=example.com/shop:1.2
  score-rs generate --build shop.web=./app --publish 8080:shop:web
  score-rs generate -e kubernetes -o - | kubectl apply --server-side -f -
  score-rs generate --env staging                # for environments/staging
  score-rs generate --all-environments           # each to its own output
  score-rs generate --all-environments --check   # is the output up to date?
  score-rs generate --provisioners platform/postgres.provisioners.yaml")]
pub(crate) struct Arguments {
    /// Output file or directory; `-` is standard output
    ///
    /// The default is `output` of the environment, else `compose.yaml` or `manifests.yaml`. In a
    /// directory, or with a path that ends in `/`, each Kubernetes object is a file, and
    /// `kustomization.yaml` lists them. Files that it lists from an earlier run and that are no
    /// longer part of the output are deleted. With `{workload}` at the end, as in
    /// `deploy/{workload}/`, the objects of a workload, and of resources that only it has, are in a
    /// directory with its name.
    #[arg(short, long, value_name = "PATH", conflicts_with = "all_environments", help_heading = OUTPUT)]
    output: Option<PathBuf>,
    #[command(flatten)]
    format: FormatFlag,
    /// Compose: append unset variables to this env file
    ///
    /// For each variable that the output uses and the file does not have, a line `NAME=` is
    /// appended for you to fill in. Existing lines do not change. Compose reads the file `.env`
    /// without a flag. A file that does not exist is created, also without variables, because
    /// `docker compose --env-file` fails without the file.
    #[arg(long, value_name = "FILE", conflicts_with = "all_environments", help_heading = OUTPUT)]
    env_file: Option<PathBuf>,
    #[command(flatten)]
    output_flags: OutputFlags,
    /// Write nothing; print a line diff, and fail if there is a difference
    ///
    /// For output that is committed. Files in `.score-rs` that services mount are compared if they
    /// are there; git ignores them, so a clone has none. The state and the seed are not compared.
    /// `score-rs diff` lists changed objects and fields instead.
    #[arg(long, conflicts_with_all = ["env_file", "watch"], help_heading = OUTPUT)]
    check: bool,
    /// Compile again each time a file that was read changes
    ///
    /// Also when a Score file is added or removed. After an error the output stays as it is, until
    /// the input is right again. What was fetched is not fetched again. Ctrl-C ends it.
    #[arg(long, help_heading = OUTPUT)]
    watch: bool,
    /// With --check: print known passwords instead of hiding them
    #[arg(long, help_heading = OUTPUT)]
    show_secrets: bool,
    #[command(flatten)]
    compile: CompileFlags,
}

pub(crate) fn run(arguments: &Arguments) -> Result<ExitCode, CliError> {
    if arguments.show_secrets && !arguments.check {
        return Err(CliError::Usage(
            "--show-secrets is for --check: an output has its passwords as it is".to_owned(),
        ));
    }
    let compilation = Compilation {
        output: arguments.output.as_deref(),
        env_file: arguments.env_file.as_deref(),
        syntax: arguments.format.syntax(),
        output_flags: &arguments.output_flags,
        flags: &arguments.compile,
        writes: !arguments.check,
        registry: None,
        question: None,
    };
    match (arguments.check, arguments.watch) {
        (true, _) => compilation
            .run()?
            .compare(View::Lines, arguments.show_secrets),
        (false, true) => compilation.watch(),
        (false, false) => compilation.write(),
    }
}
