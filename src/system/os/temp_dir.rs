//! Directories for what is not needed for long.

use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use super::io_error_text::reason;

/// The directories that are there now: they go when this program is interrupted.
static WORKSHOPS: Mutex<Vec<PathBuf>> = Mutex::new(Vec::new());
/// What was ended may still be writing for a moment.
const ATTEMPTS: u32 = 50;

/// A directory for something that is not needed for long; it goes when this is dropped, or when
/// this program is interrupted.
pub(crate) struct Workshop(PathBuf);

/// Removes all of them. No other is made after this.
pub(super) fn remove_all() {
    let all = WORKSHOPS.lock().unwrap_or_else(PoisonError::into_inner);
    for path in all.iter() {
        for _ in 0..ATTEMPTS {
            match std::fs::remove_dir_all(path) {
                Err(error) if error.kind() != ErrorKind::NotFound => {
                    std::thread::sleep(Duration::from_millis(2))
                }
                _ => break,
            }
        }
    }
    // The lock is never given back: this program ends now.
    std::mem::forget(all);
}

impl Workshop {
    /// Makes one that only its owner can enter.
    pub(super) fn new() -> Result<Workshop, String> {
        use std::os::unix::fs::DirBuilderExt;
        let root = std::env::temp_dir();
        let mut number = 0_u32;
        // The list is held while the directory is made, so that an interrupt finds it there or it
        // is never made.
        let mut all = WORKSHOPS.lock().unwrap_or_else(PoisonError::into_inner);
        loop {
            let path = root.join(format!("score-rs-{}-{number}", std::process::id()));
            match std::fs::DirBuilder::new().mode(0o700).create(&path) {
                Ok(()) => {
                    all.push(path.clone());
                    return Ok(Workshop(path));
                }
                Err(error) if error.kind() == ErrorKind::AlreadyExists => number += 1,
                Err(error) => {
                    let why = reason(&error);
                    let help = "name another directory in TMPDIR";
                    return Err(format!(
                        "no directory for it can be made in `{}`: {why}; {help}",
                        root.display()
                    ));
                }
            }
        }
    }

    /// Where it is.
    pub(crate) fn path(&self) -> &Path {
        &self.0
    }
}

impl Drop for Workshop {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
        WORKSHOPS
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .retain(|path| *path != self.0);
    }
}
