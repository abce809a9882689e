//! The command line: what can be said, and what each word does.
//!
//! - **Promise:** every command line ends in one of four exit codes, and in words for all but the
//!   first.
//! - **Takes:** the arguments.
//! - **Gives:** an exit code, after everything was shown and written.
//! - **Never:** compiles anything itself; it asks the pipeline.

pub mod commands;
pub mod display;
pub mod flags;
pub mod output;
mod per_environment;
mod request;
mod session;

use std::ffi::OsString;
use std::path::{Path, PathBuf};

use clap::{Parser, Subcommand};

use crate::system::error::CliError;
use crate::system::os;

/// Everything is fine.
pub const FINE: u8 = 0;
/// The input has errors.
pub const WRONG_INPUT: u8 = 1;
/// The command line cannot be meant.
pub const WRONG_USAGE: u8 = 2;
/// A file could not be read or written.
pub const WORLD_FAILED: u8 = 3;

/// Compiles Score workload files to Kubernetes manifests or a Compose file.
#[derive(Debug, Parser)]
#[command(name = "score-rs", version, max_term_width = 100, arg_required_else_help = true, after_help = START)]
struct Arguments {
    /// Run as if started in this directory; all other paths begin there
    // A command may have a directory of its own, which must not be taken for this one.
    #[arg(
        id = "start-directory",
        short = 'C',
        long = "directory",
        value_name = "DIR",
        global = true
    )]
    directory: Option<PathBuf>,
    #[command(subcommand)]
    command: Command,
}

const START: &str = "Examples:
  score-rs generate                   compile every Score file here to compose.yaml
  score-rs generate -e kubernetes     compile them to manifests.yaml
  score-rs generate -e staging        as environments/staging says
  score-rs validate                   only check them
  score-rs lock                       pin definitions that environments list by an address
  score-rs provisioners list          show which resource types a Score file may ask for
  score-rs explain unknown-key        say more about a problem

Exit status: 0 fine, 1 the input has errors, 2 wrong usage, 3 a file could not be read or written.";

#[derive(Debug, Subcommand)]
enum Command {
    Generate(commands::generate::Arguments),
    Diff(commands::diff::Arguments),
    Validate(commands::validate::Arguments),
    Resources(commands::resources::Arguments),
    Provisioners(commands::provisioners::Arguments),
    Environments(commands::environments::Arguments),
    Explain(commands::explain::Arguments),
    Schema(commands::schema::Arguments),
    Import(commands::import::Arguments),
    Lock(commands::lock::Arguments),
    Init(commands::init::Arguments),
    Completions(commands::completions::Arguments),
    CheckVersion(commands::version::Arguments),
    /// Print the version
    Version,
}

/// Runs what the arguments ask for and gives the exit code.
pub fn run(arguments: impl IntoIterator<Item = OsString>) -> u8 {
    let Arguments { directory, command } = match Arguments::try_parse_from(arguments) {
        Ok(arguments) => arguments,
        Err(error) => {
            // Help and version are no errors and go to standard output, where a closed pipe is no
            // failure either.
            let _ = error.print();
            return if error.use_stderr() {
                WRONG_USAGE
            } else {
                FINE
            };
        }
    };
    let result = enter(directory.as_deref()).and_then(|()| match command {
        Command::Generate(arguments) => commands::generate::run(&arguments),
        Command::Diff(arguments) => commands::diff::run(&arguments),
        Command::Validate(arguments) => commands::validate::run(&arguments),
        Command::Resources(arguments) => commands::resources::run(&arguments),
        Command::Provisioners(arguments) => commands::provisioners::run(&arguments),
        Command::Environments(arguments) => commands::environments::run(&arguments),
        Command::Explain(arguments) => commands::explain::run(&arguments),
        Command::Schema(arguments) => commands::schema::run(&arguments),
        Command::Import(arguments) => commands::import::run(&arguments),
        Command::Lock(arguments) => commands::lock::run(&arguments),
        Command::Init(arguments) => commands::init::run(&arguments),
        Command::Completions(arguments) => commands::completions::run(&arguments),
        Command::CheckVersion(arguments) => commands::version::check(&arguments),
        Command::Version => commands::version::show(),
    });
    result.unwrap_or_else(|stop| {
        let (message, code) = match stop {
            CliError::Usage(message) => (message, WRONG_USAGE),
            CliError::Io(message) => (message, WORLD_FAILED),
            CliError::Reported => return WRONG_INPUT,
        };
        os::write_standard_error(&format!("error: {message}\n"));
        code
    })
}

/// Goes where all relative paths begin.
fn enter(directory: Option<&Path>) -> Result<(), CliError> {
    let Some(directory) = directory else {
        return Ok(());
    };
    let failed = |why: std::io::Error| {
        CliError::Io(format!(
            "cannot enter `{}`: {}",
            directory.display(),
            os::reason(&why)
        ))
    };
    os::change_directory(directory).map_err(failed)
}
