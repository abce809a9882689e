//! What a run keeps for the next one, and what is said of it.

use std::path::Path;

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

/// A directory for what is kept. It may hold secrets, so only its owner enters it, and it keeps
/// itself out of git.
pub(crate) fn kept_directory(parent: &Path) -> [FileWrite; 2] {
    let directory = parent.join(os::DATA_DIRECTORY);
    let ignore = Some(b"*\n".to_vec());
    [
        FileWrite {
            path: directory.clone(),
            content: None,
            mode: 0o700,
            durable: true,
        },
        FileWrite {
            path: directory.join(".gitignore"),
            content: ignore,
            mode: 0o644,
            durable: true,
        },
    ]
}

/// The files that keep what this run has made for the next one: a new seed, and the state. None
/// when nothing is new.
pub(crate) fn kept_files(os: &Os, kept: Option<&StateFile>, state: &State) -> Vec<FileWrite> {
    let seed = os.generated_seed().map(|(path, text)| FileWrite {
        path,
        content: Some(format!("{text}\n").into_bytes()),
        mode: 0o600,
        durable: true,
    });
    let files: Vec<FileWrite> = seed
        .into_iter()
        .chain(kept.and_then(|kept| kept.state_write(state)))
        .collect();
    let directories = files.iter().filter_map(|file| file.path.parent());
    let directories: Vec<FileWrite> = directories
        .map(|path| FileWrite {
            path: path.to_path_buf(),
            content: None,
            mode: 0o700,
            durable: true,
        })
        .collect();
    match files.is_empty() {
        true => files,
        false => kept_directory(Path::new(""))
            .into_iter()
            .chain(directories)
            .chain(files)
            .collect(),
    }
}

/// Says that the state cannot be kept, where one is wanted.
pub(crate) fn warn_if_lost(kept: Option<&StateFile>, state: &State, report: &mut Report) {
    if let Some(kept) = kept {
        kept.warn_if_not_saved(state, report);
    }
}

/// Ends a run that cannot have the seed it asked for, or cannot keep the one that was made for it:
/// the next run would make other passwords.
pub(crate) fn need_seed(os: &Os, keeps: bool) -> Result<(), CliError> {
    let help = "give a seed in SCORE_RS_SEED or with --seed-file";
    if let Some((path, why)) = os.seed_error() {
        return match text_file::unreadable(path, why) {
            CliError::Io(message) => Err(CliError::Io(format!("{message}; {help}"))),
            other => Err(other),
        };
    }
    match os.generated_seed() {
        Some((path, _)) if keeps && !os::can_create(&path) => {
            let what = format!(
                "a new seed is needed, and nothing can be written in `{}`",
                path.display()
            );
            Err(CliError::Io(format!("{what}: {help}; nothing was written")))
        }
        _ => Ok(()),
    }
}

/// Says that a seed was made for this run.
pub(crate) fn warn_of_seed(os: &Os, report: &mut Report) {
    if let Some((path, _)) = os.generated_seed() {
        let message = format!(
            "passwords are derived from a new seed, to be kept in `{}`",
            path.display()
        );
        let help = "another machine makes others; to have the same, give both one seed in SCORE_RS_SEED or --seed-file";
        report.push(Problem::new(&NEW_SEED, message).help(help));
    }
}
