//! The command line: what can be said, and what each word does.
//!
//! - **Promise:** every command line ends in one of four exit codes, and in words for all but the first.
//! - **Takes:** the arguments.
//! - **Gives:** an exit code, after everything was shown and written.
//! - **Never:** compiles anything itself; it asks the pipeline.

mod compare;
mod completions;
mod diff;
mod environment;
mod environments;
mod everywhere;
mod explain;
mod files;
mod generate;
mod import;
mod init;
mod input;
mod inputs;
mod kept;
mod level;
mod links;
mod listing;
mod lock;
mod markdown;
mod names;
mod outputs;
mod place;
mod provisioners;
mod provisioning;
mod reading;
mod remote;
mod resources;
mod schema;
mod screen;
mod table;
mod trace;
mod validate;
mod version;
mod workloads;
mod written;

use std::ffi::OsString;
use std::path::{Path, PathBuf};

use clap::{Parser, Subcommand};

use super::os;
use super::project::Stop;

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
    #[arg(id = "start-directory", short = 'C', long = "directory", value_name = "DIR", global = true)]
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
    Generate(generate::Arguments),
    Diff(diff::Arguments),
    Validate(validate::Arguments),
    Resources(resources::Arguments),
    Provisioners(provisioners::Arguments),
    Environments(environments::Arguments),
    Explain(explain::Arguments),
    Schema(schema::Arguments),
    Import(import::Arguments),
    Lock(lock::Arguments),
    Init(init::Arguments),
    Completions(completions::Arguments),
    CheckVersion(version::Arguments),
    /// Print the version
    Version,
}

/// Runs what the arguments ask for and gives the exit code.
pub fn run(arguments: impl IntoIterator<Item = OsString>) -> u8 {
    let Arguments { directory, command } = match Arguments::try_parse_from(arguments) {
        Ok(arguments) => arguments,
        Err(error) => {
            // Help and version are no errors and go to standard output, where a closed pipe is no failure either.
            let _ = error.print();
            return if error.use_stderr() { WRONG_USAGE } else { FINE };
        }
    };
    let result = enter(directory.as_deref()).and_then(|()| match command {
        Command::Generate(arguments) => generate::run(&arguments),
        Command::Diff(arguments) => diff::run(&arguments),
        Command::Validate(arguments) => validate::run(&arguments),
        Command::Resources(arguments) => resources::run(&arguments),
        Command::Provisioners(arguments) => provisioners::run(&arguments),
        Command::Environments(arguments) => environments::run(&arguments),
        Command::Explain(arguments) => explain::run(&arguments),
        Command::Schema(arguments) => schema::run(&arguments),
        Command::Import(arguments) => import::run(&arguments),
        Command::Lock(arguments) => lock::run(&arguments),
        Command::Init(arguments) => init::run(&arguments),
        Command::Completions(arguments) => completions::run(&arguments),
        Command::CheckVersion(arguments) => version::check(&arguments),
        Command::Version => version::show(),
    });
    result.unwrap_or_else(|stop| {
        let (message, code) = match stop {
            Stop::Usage(message) => (message, WRONG_USAGE),
            Stop::World(message) => (message, WORLD_FAILED),
            Stop::Reported => return WRONG_INPUT,
        };
        os::write_standard_error(&format!("error: {message}\n"));
        code
    })
}

/// Goes where all relative paths begin.
fn enter(directory: Option<&Path>) -> Result<(), Stop> {
    let Some(directory) = directory else { return Ok(()) };
    let failed =
        |why: std::io::Error| Stop::World(format!("cannot enter `{}`: {}", directory.display(), os::reason(&why)));
    os::change_directory(directory).map_err(failed)
}
