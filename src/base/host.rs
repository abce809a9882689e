//! The world, as far as compiling needs it.

use std::path::Path;

use super::random::Key;

/// Why the world did not give what was asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Refusal {
    /// There is no such file.
    NotFound,
    /// Anything else, in the operating system's words.
    Failed(String),
}

/// What compiling may ask of the world. Only `shell/os.rs` asks the real one; tests and editors use another.
pub trait Host {
    /// The bytes of a file.
    fn read(&self, path: &Path) -> Result<Vec<u8>, Refusal>;

    /// The value of an environment variable, when it is set and is text.
    fn variable(&self, name: &str) -> Option<String>;

    /// The key that all derived randomness of this project comes from. Made on first need where there is none.
    fn seed(&self) -> Result<Key, Refusal>;
}
