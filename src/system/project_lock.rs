//! The lock on a project: one run writes at a time.

use std::path::Path;

use super::error::CliError;
use super::journal;
use super::os::{self, DirectoryLock};

/// Waits until no other run writes in this project, then finishes what a run that was killed while
/// it wrote has left undone. The lock ends when it is dropped, or with the process. `log` gets a
/// line when the other run takes long.
pub(crate) fn lock(log: &dyn Fn(&str)) -> Result<DirectoryLock, CliError> {
    let log_waiting = || {
        let directory = os::current_directory().unwrap_or_default();
        log(&format!(
            "waiting for another run of score-rs, which locks `{}`",
            directory.display()
        ));
    };
    let lock = os::lock_directory(Path::new("."), &log_waiting);
    if os::is_restricted() {
        // A journal in a project that is not trusted is not one of ours.
        return Ok(lock);
    }
    journal::recover(lock.is_held()).map_err(|(path, error)| {
        let help = "run `score-rs generate` as a user who can write there";
        let message =
            "an earlier run was interrupted while it wrote, and its changes cannot be completed";
        CliError::Io(format!(
            "{message}: cannot write `{}`: {}; {help}",
            path.display(),
            os::reason(&error)
        ))
    })?;
    Ok(lock)
}

/// Completes the changes of a run that was killed while it wrote. Called before any file is read
/// that a run writes.
pub(crate) fn recover(log: &dyn Fn(&str)) -> Result<(), CliError> {
    match os::exists(&Path::new(os::DATA_DIRECTORY).join(journal::JOURNAL)) {
        true => lock(log).map(drop),
        false => Ok(()),
    }
}
