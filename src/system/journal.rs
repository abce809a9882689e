//! The journal of a transaction, with which the next run finishes a run that was killed.
//!
//! Files are replaced one by one, each by renaming a temporary file. The journal lists all renames
//! of a transaction. It is written before the first one and removed after the last one. A run that
//! holds the lock and finds a journal knows that another run has died, and does the rest.
//!
//! A loss of power is like a kill, since each step waits until the one before it is on the disk:
//! the temporary files and a temporary journal; the journal under its name and the names of the
//! temporary files; the renames. Only then is the journal removed. If that removal is lost, the
//! journal lists nothing that is left to do.

use std::collections::BTreeSet;
use std::io::{Error, ErrorKind};
use std::path::{Path, PathBuf};

use super::os::{self, NewFile};

/// The name of the journal in [`os::DATA_DIRECTORY`].
pub(crate) const JOURNAL: &str = "journal";

/// A file that is to be replaced or removed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct PendingRename {
    /// The new file, in the directory of the old one; `None` for a file that is removed.
    pub(crate) temporary: Option<PathBuf>,
    pub(crate) path: PathBuf,
    /// The current [`os::file_version`]; `None` when there is no file.
    pub(crate) before: Option<String>,
}

impl PendingRename {
    /// The directory of its file.
    pub(crate) fn directory(&self) -> &Path {
        self.path.parent().unwrap_or(Path::new(""))
    }

    /// Replaces or removes the file.
    pub(crate) fn apply(&self) -> std::io::Result<()> {
        match &self.temporary {
            Some(temporary) => os::rename(temporary, &self.path),
            None => os::remove_if_exists(&self.path),
        }
    }

    /// As [`PendingRename::apply`], for a run that has died, unless it has done so itself or the
    /// file was changed since.
    fn finish(&self) -> std::io::Result<()> {
        let is_unchanged = os::file_version(&self.path) == self.before;
        match &self.temporary {
            Some(temporary) if !os::exists(temporary) => Ok(()),
            Some(temporary) if !is_unchanged => os::remove_if_exists(temporary),
            None if !is_unchanged => Ok(()),
            _ => self.apply(),
        }
    }
}

/// The name of the temporary file for the file with this index. It does not contain the name of
/// that file, which may be as long as a name can be.
pub(crate) fn temporary_name(index: usize) -> String {
    format!(".score-rs.{}.{index}.tmp", os::process_id())
}

/// The id of the process that has created a file with this name; `None` for a name that is not of a
/// temporary file.
fn creator(name: &str) -> Option<u32> {
    let (process, index) = name
        .strip_prefix(".score-rs.")?
        .strip_suffix(".tmp")?
        .split_once('.')?;
    index.parse::<usize>().ok()?;
    process.parse().ok()
}

/// The journal of one transaction.
pub(crate) struct Journal {
    path: PathBuf,
    /// Its temporary file, before [`Journal::open`].
    temporary: PathBuf,
    text: Vec<u8>,
    /// The directories that were created for it.
    new_directories: Vec<PathBuf>,
}

impl Journal {
    /// A journal of these renames, to be written together with the new files. `None` for a single
    /// rename, which needs none, and where it cannot be created: in a read-only project, whose
    /// output is elsewhere, or beside a file `.score-rs`. The next run writes the files again.
    pub(crate) fn new(renames: &[PendingRename]) -> Result<Option<Journal>, (PathBuf, Error)> {
        if renames.len() < 2 {
            return Ok(None);
        }
        let directory = Path::new(os::DATA_DIRECTORY);
        match os::make_directories(directory, 0o700) {
            // No file has this index.
            Ok(new_directories) => Ok(Some(Journal {
                path: directory.join(JOURNAL),
                temporary: directory.join(temporary_name(usize::MAX)),
                text: encode(renames),
                new_directories,
            })),
            Err(error) if is_read_only(&error) || !os::can_create(&directory.join(JOURNAL)) => {
                Ok(None)
            }
            Err(error) => Err((directory.to_path_buf(), error)),
        }
    }

    /// Its temporary file, which has to be on the disk before [`Journal::open`].
    pub(crate) fn file(&self) -> NewFile<'_> {
        NewFile {
            path: self.temporary.clone(),
            bytes: &self.text,
            mode: 0o600,
            durable: true,
        }
    }

    /// Puts it in force, and waits until it and the names of the temporary files in these
    /// directories are on the disk.
    pub(crate) fn open(self, directories: &BTreeSet<PathBuf>) -> Result<Journal, (PathBuf, Error)> {
        let renamed =
            os::rename(&self.temporary, &self.path).map_err(|error| (self.path.clone(), error));
        match renamed.and_then(|()| os::sync_directories(&self.directories(directories))) {
            Ok(()) => Ok(self),
            Err(failure) => {
                os::discard_file(&self.path);
                self.abandon();
                Err(failure)
            }
        }
    }

    /// Removes it after all renames in these directories, or after a rollback.
    pub(crate) fn close(self, directories: &BTreeSet<PathBuf>) {
        // All renames have succeeded. An error of the disk cannot be handled here.
        let _ = os::sync_directories(directories);
        os::discard_file(&self.path);
        self.discard_directories();
    }

    /// Removes its temporary file when the transaction ends before the first rename.
    pub(crate) fn abandon(self) {
        os::discard_file(&self.temporary);
        self.discard_directories();
    }

    fn discard_directories(&self) {
        self.new_directories
            .iter()
            .rev()
            .for_each(|directory| os::discard_directory(directory));
    }

    /// Handles an error of writing its temporary file: a read-only project has no journal.
    pub(crate) fn after_write_error(
        self,
        error: Error,
    ) -> Result<Option<Journal>, (PathBuf, Error)> {
        let path = self.path.clone();
        self.abandon();
        if is_read_only(&error) {
            Ok(None)
        } else {
            Err((path, error))
        }
    }

    /// These directories, and those whose entries change for the journal itself.
    fn directories(&self, others: &BTreeSet<PathBuf>) -> BTreeSet<PathBuf> {
        let changed = self
            .new_directories
            .iter()
            .map(PathBuf::as_path)
            .chain([self.path.as_path()])
            .filter_map(Path::parent);
        changed
            .map(Path::to_path_buf)
            .chain(others.iter().cloned())
            .collect()
    }
}

/// Whether an error means that writing is not permitted.
fn is_read_only(error: &Error) -> bool {
    [ErrorKind::PermissionDenied, ErrorKind::ReadOnlyFilesystem].contains(&error.kind())
}

/// Completes the changes of a run that was killed. An error has the file that cannot be changed.
/// `locked`: no other run can be writing; without the lock, nothing is done while a
/// process with the id of that run exists.
pub(crate) fn recover(locked: bool) -> Result<(), (PathBuf, Error)> {
    let journal = Path::new(os::DATA_DIRECTORY).join(JOURNAL);
    let Some(bytes) = os::read_private(&journal) else {
        return Ok(());
    };
    let renames = only_trusted(decode(&bytes));
    let mut temporaries = renames
        .iter()
        .filter_map(|rename| rename.temporary.as_deref());
    if !locked && temporaries.any(|path| creator_of(path).is_some_and(os::is_running)) {
        return Ok(());
    }
    for rename in &renames {
        match rename.finish() {
            Err(error) if is_temporary(&error) => return Err((rename.path.clone(), error)),
            // For example, its path is a directory now.
            Err(_) => rename
                .temporary
                .as_deref()
                .into_iter()
                .for_each(os::discard_file),
            Ok(()) => {}
        }
    }
    os::discard_file(&journal);
    Ok(())
}

/// Whether the same operation may succeed later, or for another user.
fn is_temporary(error: &Error) -> bool {
    use ErrorKind::{
        PermissionDenied, QuotaExceeded, ReadOnlyFilesystem, ResourceBusy, StorageFull,
    };
    [
        PermissionDenied,
        QuotaExceeded,
        ReadOnlyFilesystem,
        ResourceBusy,
        StorageFull,
    ]
    .contains(&error.kind())
}

/// Removes the temporary files in a directory that runs left which have died. A file with the id of
/// this process is of an earlier one with the same id, as all have in containers.
pub(crate) fn remove_leftovers(directory: &Path) {
    for name in os::entry_names(directory) {
        let is_leftover = |process| process == os::process_id() || !os::is_running(process);
        if creator(&name).is_some_and(is_leftover) {
            os::discard_file(&directory.join(name));
        }
    }
}

/// As [`creator`], for a path.
fn creator_of(path: &Path) -> Option<u32> {
    creator(path.file_name()?.to_str()?)
}

/// Three texts for each rename, each with a zero byte at its end: the temporary file, the path, the
/// version before.
fn encode(renames: &[PendingRename]) -> Vec<u8> {
    let texts = renames.iter().flat_map(|rename| {
        let temporary = rename.temporary.as_deref();
        [
            temporary.map_or(&b""[..], os::path_bytes),
            os::path_bytes(&rename.path),
            rename.before.as_deref().unwrap_or_default().as_bytes(),
        ]
    });
    texts.flat_map(|text| [text, b"\0"].concat()).collect()
}

fn decode(bytes: &[u8]) -> Vec<PendingRename> {
    let texts: Vec<&[u8]> = bytes.split(|byte| *byte == 0).collect();
    let text =
        |bytes: &[u8]| (!bytes.is_empty()).then(|| String::from_utf8_lossy(bytes).into_owned());
    let rename = |texts: &[&[u8]]| PendingRename {
        temporary: (!texts[0].is_empty()).then(|| os::path_from_bytes(texts[0])),
        path: os::path_from_bytes(texts[1]),
        before: text(texts[2]),
    };
    texts.chunks_exact(3).map(rename).collect()
}

/// A journal can be written by any user. So it is applied only where a temporary file of ours
/// replaces a file of the same directory, and where a file is removed from a directory in which a
/// temporary file of ours still exists.
fn only_trusted(renames: Vec<PendingRename>) -> Vec<PendingRename> {
    let exists = |rename: &&PendingRename| rename.temporary.as_deref().is_some_and(os::exists);
    let unfinished: BTreeSet<PathBuf> = renames
        .iter()
        .filter(exists)
        .filter_map(|rename| rename.path.parent())
        .map(Path::to_path_buf)
        .collect();
    let is_trusted = |rename: &PendingRename| match &rename.temporary {
        Some(path) => creator_of(path).is_some() && path.parent() == rename.path.parent(),
        None => rename
            .path
            .parent()
            .is_some_and(|directory| unfinished.contains(directory)),
    };
    renames.into_iter().filter(is_trusted).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rename(temporary: &str, path: &str) -> PendingRename {
        let before = Some("7 1.2".to_owned());
        PendingRename {
            temporary: (!temporary.is_empty()).then(|| temporary.into()),
            path: path.into(),
            before,
        }
    }

    #[test]
    fn an_encoded_journal_decodes_to_the_same_renames() {
        let list = [
            rename("a/.score-rs.7.0.tmp", "a/b\nc"),
            rename("", "a/old"),
            PendingRename {
                before: None,
                ..rename(".score-rs.7.1.tmp", "ü")
            },
            PendingRename {
                path: os::path_from_bytes(b"\xff"),
                ..rename(".score-rs.7.2.tmp", "")
            },
        ];
        assert_eq!(decode(&encode(&list)), list);
        assert_eq!(decode(b""), []);
        assert_eq!(decode(b"x"), []);
    }

    #[test]
    fn only_temporary_files_are_renamed_and_only_within_their_directory() {
        assert_eq!(
            only_trusted(vec![rename("a/.score-rs.7.0.tmp", "a/c")]).len(),
            1
        );
        for (temporary, path) in [
            ("a/secret", "a/public"),
            ("a/.score-rs.7.0.tmp", "b/c"),
            ("a/.score-rs.x.0.tmp", "a/c"),
            ("a/.score-rs.7.tmp", "a/c"),
            ("..", "../x"),
            ("", "a/c"),
        ] {
            assert_eq!(
                only_trusted(vec![rename(temporary, path)]),
                [],
                "{temporary}"
            );
        }
    }
}
