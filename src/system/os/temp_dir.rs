//! Temporary directories.

use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use super::io_error_text::reason;

/// The directories that exist now, to remove them when the process is interrupted.
static DIRECTORIES: Mutex<Vec<PathBuf>> = Mutex::new(Vec::new());
/// How often to try to remove a directory: a killed program may still write for a moment.
const ATTEMPTS: u32 = 50;

/// A temporary directory. It is removed when this is dropped or the process is interrupted.
pub(crate) struct TempDir(PathBuf);

/// Removes all of them, and prevents new ones.
pub(super) fn remove_all() {
    let directories = DIRECTORIES.lock().unwrap_or_else(PoisonError::into_inner);
    for path in directories.iter() {
        for _ in 0..ATTEMPTS {
            match std::fs::remove_dir_all(path) {
                Err(error) if error.kind() != ErrorKind::NotFound => {
                    std::thread::sleep(Duration::from_millis(2))
                }
                _ => break,
            }
        }
    }
    // The lock is not released, since the process ends now.
    std::mem::forget(directories);
}

impl TempDir {
    /// Creates one that only its owner can enter.
    pub(super) fn new() -> Result<TempDir, String> {
        use std::os::unix::fs::DirBuilderExt;
        let root = std::env::temp_dir();
        let mut number = 0_u32;
        // The list is locked while the directory is created, so that an interrupt either finds it
        // in the list or prevents it.
        let mut directories = DIRECTORIES.lock().unwrap_or_else(PoisonError::into_inner);
        loop {
            let path = root.join(format!("score-rs-{}-{number}", std::process::id()));
            match std::fs::DirBuilder::new().mode(0o700).create(&path) {
                Ok(()) => {
                    directories.push(path.clone());
                    return Ok(TempDir(path));
                }
                Err(error) if error.kind() == ErrorKind::AlreadyExists => number += 1,
                Err(error) => {
                    let reason = reason(&error);
                    let help = "set TMPDIR to another directory";
                    return Err(format!(
                        "cannot create a temporary directory in `{}`: {reason}; {help}",
                        root.display()
                    ));
                }
            }
        }
    }

    /// Its path.
    pub(crate) fn path(&self) -> &Path {
        &self.0
    }
}

impl Drop for TempDir {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
        DIRECTORIES
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .retain(|path| *path != self.0);
    }
}
