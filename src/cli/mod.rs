//! The command line: commands, flags, and what they print and write.
//!
//! A command reads its flags, calls the compiler, and prints or writes the result. It ends with an
//! [`ExitCode`]; every code but [`ExitCode::Success`] comes with a message. What a Score file means
//! is decided in the crate `compiler`.

pub mod commands;
mod compilation;
pub mod display;
mod exit;
pub mod flags;
mod go_tools;
pub mod help;
mod library;
mod named_command;
mod one_environment;
pub mod output;
mod per_environment;
mod platform;
mod provisioning_run;
pub(crate) mod request;
mod session;

use std::ffi::OsString;
use std::path::{Path, PathBuf};

use clap::error::ErrorKind;
use clap::{FromArgMatches, Parser, Subcommand};

pub use exit::ExitCode;

use crate::system::error::CliError;
use crate::system::os;

/// Compile Score workload files to Kubernetes manifests or a Compose file
#[derive(Debug, Parser)]
#[command(
    name = "score-rs",
    version = commands::version::long_version(),
    max_term_width = 100,
    arg_required_else_help = true
)]
#[command(after_help = "Examples:
  score-rs generate                  # every Score file here, to compose.yaml
  score-rs generate -e kubernetes    # to manifests.yaml
  score-rs generate -e staging       # for the environment environments/staging
  score-rs validate                  # report problems, write nothing
  score-rs provisioners list         # resource types that Score files can use
  score-rs explain unknown-key       # what a rule means

`score-rs COMMAND --help` lists flags and environment variables of a command.")]
struct Root {
    /// Run in this directory; other paths are relative to it
    // An id that no command uses: `import` has an argument `directory`.
    #[arg(
        id = "start-directory",
        short = 'C',
        long = "directory",
        value_name = "DIR",
        global = true
    )]
    directory: Option<PathBuf>,
}

#[derive(Debug, Parser)]
#[command(name = "score-rs")]
struct Arguments {
    #[command(flatten)]
    root: Root,
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    Generate(commands::generate::Arguments),
    Diff(commands::diff::Arguments),
    Changes(commands::changes::Arguments),
    Push(commands::push::Arguments),
    Bundle(commands::bundle::Arguments),
    Argocd(commands::argocd::Arguments),
    Validate(commands::validate::Arguments),
    Why(commands::why::Arguments),
    Graph(commands::graph::Arguments),
    Cost(commands::cost::Arguments),
    Catalog(commands::catalog::Arguments),
    Resources(commands::resources::Arguments),
    Secrets(commands::secrets::Arguments),
    Provisioners(commands::provisioners::Arguments),
    Environments(commands::environments::Arguments),
    Docs(commands::docs::Arguments),
    Explain(commands::explain::Arguments),
    Schema(commands::schema::Arguments),
    Import(commands::import::Arguments),
    Lock(commands::lock::Arguments),
    Init(commands::init::Arguments),
    Lsp(commands::lsp::Arguments),
    Completions(commands::completions::Arguments),
    Man(commands::man::Arguments),
    CheckVersion(commands::version::Arguments),
    /// Print the version
    Version,
}

/// Parses the arguments, runs the command, and returns its exit code.
pub fn run(arguments: impl IntoIterator<Item = OsString>) -> ExitCode {
    match parse(&arguments.into_iter().collect::<Vec<_>>()) {
        Ok(arguments) => dispatch(arguments).unwrap_or_else(exit::print_error),
        Err(error) => {
            // Help and version are no errors. They go to standard output, and a closed pipe there
            // is no failure.
            let _ = error.print();
            match error.use_stderr() {
                true => ExitCode::Usage,
                false => ExitCode::Success,
            }
        }
    }
}

fn parse(arguments: &[OsString]) -> Result<Arguments, clap::Error> {
    if let Some(parsed) = named_command::parse(arguments) {
        return parsed;
    }
    let mut command = help::command();
    let matches = command.try_get_matches_from_mut(arguments);
    let mut matches = matches.map_err(|mut error| {
        go_tools::add_tip(&mut error, &command, arguments);
        error
    })?;
    Arguments::from_arg_matches_mut(&mut matches).map_err(|error| error.format(&mut command))
}

/// The arguments of `generate` from its command line.
fn parse_generate(arguments: &[String]) -> Result<commands::generate::Arguments, clap::Error> {
    match parse_command(arguments)? {
        Command::Generate(arguments) => Ok(arguments),
        _ => Err(clap::Error::new(ErrorKind::InvalidSubcommand)),
    }
}

/// The arguments of `validate` from its command line.
fn parse_validate(arguments: &[String]) -> Result<commands::validate::Arguments, clap::Error> {
    match parse_command(arguments)? {
        Command::Validate(arguments) => Ok(arguments),
        _ => Err(clap::Error::new(ErrorKind::InvalidSubcommand)),
    }
}

/// The arguments of `provisioners` from its command line.
fn parse_provisioners(
    arguments: &[String],
) -> Result<commands::provisioners::Arguments, clap::Error> {
    match parse_command(arguments)? {
        Command::Provisioners(arguments) => Ok(arguments),
        _ => Err(clap::Error::new(ErrorKind::InvalidSubcommand)),
    }
}

fn parse_command(arguments: &[String]) -> Result<Command, clap::Error> {
    let program = std::iter::once(OsString::from("score-rs"));
    let arguments: Vec<_> = program
        .chain(arguments.iter().map(OsString::from))
        .collect();
    let parsed =
        named_command::parse(&arguments).unwrap_or_else(|| Arguments::try_parse_from(&arguments));
    Ok(parsed?.command)
}

fn dispatch(arguments: Arguments) -> Result<ExitCode, CliError> {
    if let Some(directory) = &arguments.root.directory {
        change_directory(directory)?;
    }
    match arguments.command {
        Command::Generate(arguments) => commands::generate::run(&arguments),
        Command::Diff(arguments) => commands::diff::run(&arguments),
        Command::Changes(arguments) => commands::changes::run(&arguments),
        Command::Push(arguments) => commands::push::run(&arguments),
        Command::Bundle(arguments) => commands::bundle::run(&arguments),
        Command::Argocd(arguments) => commands::argocd::run(&arguments, parse_generate),
        Command::Validate(arguments) => commands::validate::run(&arguments),
        Command::Why(arguments) => commands::why::run(&arguments),
        Command::Cost(arguments) => commands::cost::run(&arguments),
        Command::Catalog(arguments) => commands::catalog::run(&arguments),
        Command::Graph(arguments) => commands::graph::run(&arguments),
        Command::Resources(arguments) => commands::resources::run(&arguments),
        Command::Secrets(arguments) => commands::secrets::run(&arguments),
        Command::Provisioners(arguments) => commands::provisioners::run(&arguments),
        Command::Environments(arguments) => commands::environments::run(&arguments),
        Command::Docs(arguments) => commands::docs::run(&arguments),
        Command::Explain(arguments) => commands::explain::run(&arguments),
        Command::Schema(arguments) => commands::schema::run(&arguments),
        Command::Import(arguments) => commands::import::run(&arguments),
        Command::Lock(arguments) => commands::lock::run(&arguments),
        Command::Init(arguments) => commands::init::run(&arguments),
        Command::Lsp(arguments) => {
            commands::lsp::run(&arguments, parse_validate, parse_provisioners)
        }
        Command::Completions(arguments) => commands::completions::run(&arguments),
        Command::Man(arguments) => commands::man::run(&arguments),
        Command::CheckVersion(arguments) => commands::version::check(&arguments),
        Command::Version => commands::version::print_version(),
    }
}

fn change_directory(directory: &Path) -> Result<(), CliError> {
    os::change_directory(directory).map_err(|error| {
        let (directory, reason) = (directory.display(), os::reason(&error));
        CliError::Io(format!("cannot enter `{directory}`: {reason}"))
    })
}
