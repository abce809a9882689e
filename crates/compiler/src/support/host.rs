//! The world, as far as compiling needs it.

use std::path::{Path, PathBuf};
use std::time::Duration;

use super::path::{is_inside, normal};
use super::random::Key;

/// Why the world did not give what was asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum HostError {
    /// There is no such file.
    NotFound,
    /// Anything else, in the operating system's words.
    Failed(String),
}

/// A program to run, directly and not through a shell.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Program {
    /// A bare name, looked up as a shell would, or a path.
    pub path: PathBuf,
    /// Its arguments, as they are.
    pub arguments: Vec<String>,
    /// What it reads from standard input.
    pub input: Vec<u8>,
    /// How long it may run; then it and everything it started is ended.
    pub limit: Duration,
}

/// How a program ended by itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finished {
    /// Whether it says that all went well.
    pub success: bool,
    /// Its exit status or signal in words.
    pub how: String,
    /// What it wrote to standard output.
    pub output: Vec<u8>,
    /// What it wrote to standard error.
    pub errors: Vec<u8>,
}

/// What compiling may ask of the world, maybe from several threads. Only `src/system` asks the real
/// one; tests and editors use another.
pub trait Host: Sync {
    /// The bytes of a file.
    fn read(&self, path: &Path) -> Result<Vec<u8>, HostError>;

    /// Where a path leads in the end, through every link on the way. What is not there leads to
    /// where it would be made. A world without links has nothing to ask.
    fn real_path(&self, path: &Path) -> PathBuf {
        normal(path)
    }

    /// All that standard input holds, as often as it is asked for. A world without one has no such
    /// file.
    fn standard_input(&self) -> Result<Vec<u8>, HostError> {
        Err(HostError::NotFound)
    }

    /// The value of an environment variable, when it is set and is text. A world may have none.
    fn variable(&self, _name: &str) -> Option<String> {
        None
    }

    /// The key that all derived randomness of this project comes from. Made on first need where
    /// there is none.
    fn seed(&self) -> Result<Key, HostError>;

    /// Runs a program to its end. `NotFound` is a program that does not exist, as all are in a
    /// world without programs; one that ran too long is `Failed`.
    fn run(&self, _program: &Program) -> Result<Finished, HostError> {
        Err(HostError::NotFound)
    }

    /// Passes on to the person what a program has written to standard error. Nobody listens in a
    /// world without programs.
    fn log(&self, _said: &str) {}
}

/// Whether a path that stays below a directory by its words also does so when all links were
/// followed.
pub fn is_really_inside(path: &Path, root: &Path, host: &dyn Host) -> bool {
    is_inside(&normal(path), &normal(root))
        && is_inside(&host.real_path(path), &host.real_path(root))
}
