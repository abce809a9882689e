//! The files that a run writes for the next one: the seed and the state.

use std::path::{Path, PathBuf};

use crate::project::state::StateFile;
use crate::system::os::{self, Os};
use crate::system::transaction::FileWrite;
use compiler::provision::State;

/// A directory that only its owner may enter.
pub(crate) fn private_directory(path: PathBuf) -> FileWrite {
    FileWrite {
        path,
        content: None,
        mode: os::PRIVATE_DIRECTORY,
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
