//! Writing the files of a run: all of them or none.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use super::journal::{self, Journal, PendingRename, temporary_name};
use super::os::{self, NewFile, OldFile, PathState};
use crate::system::error::CliError;

/// A file to write, or a directory to create.
pub(crate) struct FileWrite {
    pub(crate) path: PathBuf,
    /// The bytes of a file; `None` for a directory.
    pub(crate) content: Option<Vec<u8>>,
    /// The permission bits of a new file or directory.
    pub(crate) mode: u32,
    /// Whether it has to survive a loss of power, other than output that every run writes again:
    /// the new file is on the disk before it replaces the old one. Such a file also keeps the
    /// permission bits that it has.
    pub(crate) durable: bool,
}

/// Why a transaction failed.
struct Failure {
    path: PathBuf,
    reason: String,
    /// Whether every file is as it was before.
    nothing_written: bool,
}

/// Writes these files and removes outdated ones, or changes nothing. Returns whether a file was
/// replaced or removed.
pub(crate) fn write(writes: &[FileWrite], outdated: &[PathBuf]) -> Result<bool, CliError> {
    write_all(writes, outdated).map_err(|failure| {
        let result = if failure.nothing_written {
            "nothing was written"
        } else {
            "some files were written, others were not"
        };
        CliError::Io(format!(
            "cannot write `{}`: {}; {result}",
            failure.path.display(),
            failure.reason
        ))
    })
}

/// The steps of a transaction.
#[derive(Default)]
struct Transaction<'a> {
    renames: Vec<PendingRename>,
    /// The temporary files, in the order of the renames that have one.
    files: Vec<NewFile<'a>>,
    /// The directories that were created.
    new_directories: Vec<PathBuf>,
}

fn write_all(writes: &[FileWrite], outdated: &[PathBuf]) -> Result<bool, Failure> {
    remove_leftovers(writes);
    let mut transaction = Transaction::default();
    let nothing_written = transaction
        .run(writes, outdated)
        .inspect_err(|_| transaction.discard())?;
    // Devices and pipes cannot be replaced. They are written last, when nothing else can fail.
    for write in writes {
        let Some(content) = &write.content else {
            continue;
        };
        if matches!(os::inspect(&write.path, content), PathState::Special) {
            let result = os::write_in_place(&write.path, content);
            result.map_err(|error| Failure {
                nothing_written,
                ..failure(&write.path, &error)
            })?;
        }
    }
    Ok(!nothing_written)
}

impl<'a> Transaction<'a> {
    /// Does all steps, in the order that [`journal`] describes. Returns whether there was nothing
    /// to do.
    fn run(&mut self, writes: &'a [FileWrite], outdated: &[PathBuf]) -> Result<bool, Failure> {
        writes
            .iter()
            .enumerate()
            .try_for_each(|(index, write)| self.add(write, index))?;
        add_removals(outdated, &mut self.renames);
        let journal = self.write_temporary_files()?;
        apply(&self.renames, journal, &self.changed_directories())?;
        Ok(self.renames.is_empty())
    }

    /// Writes the temporary files and, where one is needed, the journal.
    fn write_temporary_files(&mut self) -> Result<Option<Journal>, Failure> {
        let journal =
            Journal::new(&self.renames).map_err(|(path, error)| failure(&path, &error))?;
        let mut files = std::mem::take(&mut self.files);
        files.extend(journal.as_ref().map(Journal::file));
        let Err((index, error)) = os::write_new_files(&files) else {
            return Ok(journal);
        };
        // The journal comes after the files of all renames.
        let rename = self
            .renames
            .iter()
            .filter(|rename| rename.temporary.is_some())
            .nth(index);
        match (rename, journal) {
            (Some(rename), None) => Err(failure(&rename.path, &error)),
            (Some(rename), Some(journal)) => {
                journal.abandon();
                Err(failure(&rename.path, &error))
            }
            (None, Some(journal)) => journal
                .after_write_error(error)
                .map_err(|(path, error)| failure(&path, &error)),
            (None, None) => Ok(None),
        }
    }

    /// The directories whose entries change, by a rename or by a new directory.
    fn changed_directories(&self) -> BTreeSet<PathBuf> {
        let paths = self
            .renames
            .iter()
            .map(|rename| &rename.path)
            .chain(&self.new_directories);
        paths
            .filter_map(|path| path.parent())
            .map(Path::to_path_buf)
            .collect()
    }

    /// Removes its temporary files and the directories that it has created.
    fn discard(&self) {
        self.renames
            .iter()
            .filter_map(|rename| rename.temporary.as_deref())
            .for_each(os::discard_file);
        self.new_directories
            .iter()
            .rev()
            .for_each(|directory| os::discard_directory(directory));
    }

    /// Adds what a write needs, and creates its directories.
    fn add(&mut self, write: &'a FileWrite, index: usize) -> Result<(), Failure> {
        let failed = |error: std::io::Error| failure(&write.path, &error);
        let Some(content) = &write.content else {
            self.new_directories
                .extend(os::make_directories(&write.path, write.mode).map_err(failed)?);
            if write.mode == os::PRIVATE_DIRECTORY {
                // It may have been created by another program, for all to read.
                os::restrict_directory(&write.path);
            }
            return Ok(());
        };
        let mode = match os::inspect(&write.path, content) {
            PathState::Special => return Ok(()),
            PathState::Directory => {
                return Err(Failure {
                    reason: "it is a directory".to_owned(),
                    ..failed(std::io::ErrorKind::Other.into())
                });
            }
            PathState::File { mode, same: true } if write.durable || mode == write.mode => {
                return Ok(());
            }
            PathState::File { same: true, .. } => {
                return os::set_mode(&write.path, write.mode).map_err(failed);
            }
            PathState::File { mode, .. } if write.durable => mode,
            PathState::File { .. } | PathState::Missing => write.mode,
        };
        let path = os::follow_links(&write.path).map_err(failed)?;
        let directory = path.parent().unwrap_or(Path::new(""));
        self.new_directories.extend(
            os::make_directories(directory, 0o755).map_err(|error| failure(&path, &error))?,
        );
        let temporary = directory.join(temporary_name(index));
        self.files.push(NewFile {
            path: temporary.clone(),
            bytes: content,
            mode,
            durable: write.durable,
        });
        let before = os::file_version(&path);
        self.renames.push(PendingRename {
            temporary: Some(temporary),
            path,
            before,
        });
        Ok(())
    }
}

/// Adds the removals of outdated files, those of a directory before its last rename: as long as
/// that one is pending, [`journal::recover`] trusts the removals.
fn add_removals(outdated: &[PathBuf], renames: &mut Vec<PendingRename>) {
    let mut removals: BTreeMap<PathBuf, Vec<PendingRename>> = BTreeMap::new();
    for path in outdated.iter().filter(|path| os::exists(path)) {
        let removal = PendingRename {
            temporary: None,
            path: path.clone(),
            before: os::file_version(path),
        };
        removals
            .entry(removal.directory().to_path_buf())
            .or_default()
            .push(removal);
    }
    if removals.is_empty() {
        return;
    }
    let mut ordered = Vec::new();
    // From the end, the first rename of a directory is its last one.
    while let Some(rename) = renames.pop() {
        let before = removals.remove(rename.directory()).unwrap_or_default();
        ordered.push(rename);
        ordered.extend(before.into_iter().rev());
    }
    ordered.reverse();
    ordered.extend(removals.into_values().flatten());
    *renames = ordered;
}

/// Does all renames. After an error, those before it are undone; after a kill, the next run does
/// the rest.
fn apply(
    renames: &[PendingRename],
    journal: Option<Journal>,
    directories: &BTreeSet<PathBuf>,
) -> Result<(), Failure> {
    let opened = journal.map(|journal| journal.open(directories)).transpose();
    let journal = opened.map_err(|(path, error)| failure(&path, &error))?;
    let mut done: Vec<(&PendingRename, Option<OldFile>)> = Vec::new();
    let applied = renames.iter().try_for_each(|rename| {
        let old = match renames.len() {
            1 => None,
            _ => os::read_for_rollback(&rename.path),
        };
        let result = rename
            .apply()
            .map_err(|error| failure(&rename.path, &error));
        result.map(|()| done.push((rename, old)))
    });
    let result = applied.map_err(|failure| {
        let undone = done
            .iter()
            .rev()
            .filter(|(rename, old)| undo(rename, old.as_ref()))
            .count();
        Failure {
            nothing_written: undone == done.len(),
            ..failure
        }
    });
    if let Some(journal) = journal {
        journal.close(directories);
    }
    result
}

/// Restores a file; returns whether that succeeded.
fn undo(rename: &PendingRename, old: Option<&OldFile>) -> bool {
    match (&rename.temporary, &rename.before, old) {
        (_, None, _) => os::remove_if_exists(&rename.path).is_ok(),
        (_, Some(_), None) => false,
        (temporary, Some(_), Some(old)) => {
            // The name of the temporary file is free, since that file was renamed.
            let temporary = temporary
                .clone()
                .unwrap_or_else(|| rename.directory().join(temporary_name(usize::MAX)));
            let is_restored = os::write_new_file(&temporary, &old.bytes, old.mode, true)
                .and_then(|()| os::rename(&temporary, &rename.path))
                .is_ok();
            if !is_restored {
                os::discard_file(&temporary);
            }
            is_restored
        }
    }
}

/// Removes the temporary files of killed runs in the data directory and wherever this run writes.
fn remove_leftovers(writes: &[FileWrite]) {
    let data = Path::new(os::DATA_DIRECTORY);
    let mut directories: BTreeSet<PathBuf> = writes
        .iter()
        .filter(|write| write.content.is_some())
        .filter_map(|write| os::follow_links(&write.path).ok())
        .filter_map(|path| path.parent().map(Path::to_path_buf))
        .collect();
    directories.insert(data.to_path_buf());
    directories.extend(os::directory_names(data).iter().map(|name| data.join(name)));
    directories
        .iter()
        .for_each(|directory| journal::remove_leftovers(directory));
}

fn failure(path: &Path, error: &std::io::Error) -> Failure {
    Failure {
        path: path.to_path_buf(),
        reason: os::reason(error),
        nothing_written: true,
    }
}
