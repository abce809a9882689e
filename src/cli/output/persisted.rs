//! What a run keeps for the next one, and what is said of it.

use std::path::Path;

use crate::project::inputs::{self, CliError};
use crate::project::state::Kept;
use crate::system::os::{self, Os};
use crate::system::transaction::Item;
use compiler::provision::State;
use diagnostics::report::{Problem, Report};

rules! {
    /// There was no seed to derive passwords from, so this run made one and keeps it for the next.
    pub NEW_SEED: "new-seed", Warning;
}

/// A directory for what is kept. It may hold secrets, so only its owner enters it, and it keeps
/// itself out of git.
pub(crate) fn kept_directory(parent: &Path) -> [Item; 2] {
    let directory = parent.join(os::KEPT);
    let ignore = Some(b"*\n".to_vec());
    [
        Item {
            path: directory.clone(),
            content: None,
            mode: 0o700,
            lasting: true,
        },
        Item {
            path: directory.join(".gitignore"),
            content: ignore,
            mode: 0o644,
            lasting: true,
        },
    ]
}

/// The files that keep what this run has made for the next one: a new seed, and the state. None
/// when nothing is new.
pub(crate) fn kept_files(os: &Os, kept: Option<&Kept>, state: &State) -> Vec<Item> {
    let seed = os.made_seed().map(|(path, text)| Item {
        path,
        content: Some(format!("{text}\n").into_bytes()),
        mode: 0o600,
        lasting: true,
    });
    let files: Vec<Item> = seed
        .into_iter()
        .chain(kept.and_then(|kept| kept.item(state)))
        .collect();
    let directories = files.iter().filter_map(|file| file.path.parent());
    let directories: Vec<Item> = directories
        .map(|path| Item {
            path: path.to_path_buf(),
            content: None,
            mode: 0o700,
            lasting: true,
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
pub(crate) fn warn_if_lost(kept: Option<&Kept>, state: &State, report: &mut Report) {
    if let Some(kept) = kept {
        kept.warn_if_lost(state, report);
    }
}

/// Ends a run that cannot have the seed it asked for, or cannot keep the one that was made for it:
/// the next run would make other passwords.
pub(crate) fn need_seed(os: &Os, keeps: bool) -> Result<(), CliError> {
    let help = "give a seed in SCORE_RS_SEED or with --seed-file";
    if let Some((path, why)) = os.bad_seed() {
        return match inputs::unreadable(path, why) {
            CliError::World(message) => Err(CliError::World(format!("{message}; {help}"))),
            other => Err(other),
        };
    }
    match os.made_seed() {
        Some((path, _)) if keeps && !os::could_write(&path) => {
            let what = format!(
                "a new seed is needed, and nothing can be written in `{}`",
                path.display()
            );
            Err(CliError::World(format!(
                "{what}: {help}; nothing was written"
            )))
        }
        _ => Ok(()),
    }
}

/// Says that a seed was made for this run.
pub(crate) fn warn_of_seed(os: &Os, report: &mut Report) {
    if let Some((path, _)) = os.made_seed() {
        let message = format!(
            "passwords are derived from a new seed, to be kept in `{}`",
            path.display()
        );
        let help = "another machine makes others; to have the same, give both one seed in SCORE_RS_SEED or --seed-file";
        report.push(Problem::new(&NEW_SEED, message).help(help));
    }
}
