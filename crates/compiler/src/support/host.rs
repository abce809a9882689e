//! [`Host`]: everything that the compiler reads or runs outside itself.

use std::path::{Path, PathBuf};
use std::time::Duration;

use super::path::{is_inside, normal};
use super::random::Key;

/// The environment variable with the seed of random values. It is no output of any resource, and no
/// program gets it.
pub const SEED_VARIABLE: &str = "SCORE_RS_SEED";

/// Why a request to the host failed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum HostError {
    /// There is no such file or program.
    NotFound,
    /// Any other reason, in the words of the operating system.
    Failed(String),
}

/// A program to run, without a shell.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Program {
    /// A path, or a bare name to look up in `PATH`.
    pub path: PathBuf,
    /// The arguments, passed on unchanged.
    pub arguments: Vec<String>,
    /// The content of its standard input.
    pub input: Vec<u8>,
    /// How long it may run before it and its child processes are killed.
    pub limit: Duration,
}

/// The result of a program that ended by itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProgramResult {
    /// Whether it exited with status 0.
    pub success: bool,
    /// The exit status or signal, as text for messages.
    pub status: String,
    /// Its standard output.
    pub output: Vec<u8>,
    /// Its standard error.
    pub errors: Vec<u8>,
}

/// What the compiler reads or runs outside itself, possibly from several threads. `src/system` has
/// the real host; tests and editors use others.
pub trait Host: Sync {
    /// Reads a file. A pipe or device is an error, since reading it may never end.
    fn read(&self, path: &Path) -> Result<Vec<u8>, HostError>;

    /// As [`Host::read`], for a path that the user names on the command line, which may be a pipe
    /// or device. The default is for hosts without them.
    fn read_named(&self, path: &Path) -> Result<Vec<u8>, HostError> {
        self.read(path)
    }

    /// The names of all entries of a directory, in no order; empty when it cannot be read. They are
    /// only for suggestions. The default is for hosts without directories.
    fn names_in(&self, _directory: &Path) -> Vec<String> {
        Vec::new()
    }

    /// The path with all symbolic links resolved. A path that does not exist resolves to where it
    /// would be created. The default is for hosts without links.
    fn real_path(&self, path: &Path) -> PathBuf {
        normal(path)
    }

    /// Whether a file may hold the seed or what earlier runs stored. A Score file cannot take it,
    /// whatever path or link leads to it. The default is for hosts without such files.
    fn is_private(&self, _path: &Path) -> bool {
        false
    }

    /// All of standard input, the same at each call. The default is for hosts without one.
    fn standard_input(&self) -> Result<Vec<u8>, HostError> {
        Err(HostError::NotFound)
    }

    /// The value of an environment variable; `None` when it is unset or not UTF-8. The default is
    /// for hosts without an environment.
    fn variable(&self, _name: &str) -> Option<String> {
        None
    }

    /// As [`Host::variable`], for a name that a Score file has. A host can limit what a project
    /// reads; the default does not.
    fn project_variable(&self, name: &str) -> Option<String> {
        self.variable(name)
    }

    /// The key from which all random values of the project are derived. A host may create it on
    /// first use.
    fn seed(&self) -> Result<Key, HostError>;

    /// The key of [`Host::seed`], when something was derived from it. The default is for hosts that
    /// do not know.
    fn used_seed(&self) -> Option<Key> {
        None
    }

    /// What to do where definitions run no programs; `None` where they do.
    fn refuses_programs(&self) -> Option<&'static str> {
        None
    }

    /// Runs a program to its end. Fails with `NotFound` when it does not exist, with `Failed` when
    /// it runs too long. The default is for hosts without programs.
    fn run(&self, _program: &Program) -> Result<ProgramResult, HostError> {
        Err(HostError::NotFound)
    }

    /// The path of a program as people write it; `~/` is the directory of the user.
    fn program_path(&self, name: &str) -> PathBuf {
        match (name.strip_prefix("~/"), self.variable("HOME")) {
            (Some(rest), Some(home)) => PathBuf::from(home).join(rest),
            _ => PathBuf::from(name),
        }
    }

    /// Shows the user what a program has written to standard error.
    fn log(&self, _text: &str) {}
}

/// Whether a path is inside a directory, both as it is written and with all links resolved.
pub fn is_really_inside(path: &Path, root: &Path, host: &dyn Host) -> bool {
    is_inside(&normal(path), &normal(root))
        && is_inside(&host.real_path(path), &host.real_path(root))
}
