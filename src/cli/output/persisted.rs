//! The files that a run writes for the next one: the seed and the state.

use std::path::{Path, PathBuf};

use crate::project::state::StateFile;
use crate::system::error::CliError;
use crate::system::os::{self, Os};
use crate::system::text_file;
use crate::system::transaction::FileWrite;
use compiler::provision::State;
use diagnostics::report::{Problem, Report};

rules! {
    /// There was no seed to derive passwords from, so this run created one and stores it for later
    /// runs.
    pub NEW_SEED: "new-seed", Warning;
}

/// A directory that only its owner may enter.
pub(crate) fn private_directory(path: PathBuf) -> FileWrite {
    FileWrite {
        path,
        content: None,
        mode: 0o700,
        durable: true,
    }
}

/// The data directory in `parent`. It may hold secrets, so it is private and ignored by git.
pub(crate) fn data_directory(parent: &Path) -> [FileWrite; 2] {
    let path = parent.join(os::DATA_DIRECTORY);
    let ignore_file = FileWrite {
        path: path.join(".gitignore"),
        content: Some(b"*\n".to_vec()),
        mode: 0o644,
        durable: true,
    };
    [private_directory(path), ignore_file]
}

/// The new seed, the new state, and their directories; empty when neither is new.
pub(crate) fn persisted_files(
    os: &Os,
    state_file: Option<&StateFile>,
    state: &State,
) -> Vec<FileWrite> {
    let seed = os.generated_seed().map(|(path, text)| FileWrite {
        path,
        content: Some(format!("{text}\n").into_bytes()),
        mode: 0o600,
        durable: true,
    });
    let state = state_file.and_then(|state_file| state_file.state_write(state));
    with_directories(seed.into_iter().chain(state).collect())
}

/// Files, after the directories of those in the data directory.
pub(crate) fn with_directories(files: Vec<FileWrite>) -> Vec<FileWrite> {
    let directories: Vec<FileWrite> = files
        .iter()
        .filter(|file| file.path.starts_with(os::DATA_DIRECTORY))
        .filter_map(|file| file.path.parent())
        .map(|path| private_directory(path.to_path_buf()))
        .collect();
    if directories.is_empty() {
        return files;
    }
    data_directory(Path::new(""))
        .into_iter()
        .chain(directories)
        .chain(files)
        .collect()
}

/// Ends a run that has no seed and needs one: the seed cannot be read, or a new one cannot be
/// written by a run that writes (`writes`), so that the next run would make other passwords.
pub(crate) fn require_seed(os: &Os, writes: bool) -> Result<(), CliError> {
    let help = "set a seed with SCORE_RS_SEED or --seed-file";
    if let Some((path, error)) = os.seed_error() {
        return Err(match text_file::unreadable(path, error) {
            CliError::Io(message) => CliError::Io(format!("{message}; {help}")),
            other => other,
        });
    }
    match os.generated_seed() {
        Some((path, _)) if writes && !os::can_create(&path) => {
            let message = format!(
                "a new seed is needed, but `{}` cannot be written",
                path.display()
            );
            Err(CliError::Io(format!(
                "{message}: {help}; nothing was written"
            )))
        }
        _ => Ok(()),
    }
}

/// Warns that this run has generated a seed.
pub(crate) fn warn_about_new_seed(os: &Os, report: &mut Report) {
    if let Some((path, _)) = os.generated_seed() {
        let message = format!(
            "passwords are derived from a new seed, saved in `{}`",
            path.display()
        );
        let help = "other machines generate different passwords; to share them, set the same seed with SCORE_RS_SEED or --seed-file";
        report.push(Problem::new(&NEW_SEED, message).help(help));
    }
}
