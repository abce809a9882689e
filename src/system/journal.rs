//! What is about to take its place, so that a run that is killed in between is finished by the next
//! one.
//!
//! Files take their places one by one. Before the first of several does, the journal names all of
//! them; it goes when the last one has. Who finds one, and holds the lock, knows that a run has
//! died, and does the rest.
//!
//! A loss of power is survived like a kill, since nothing is done before what it builds on is on
//! the disk: first the new files and the journal beside its place, then the journal in its place
//! and the names of the new files, then the new files in their places. Only then does the journal
//! go. Should it come back, it finds nothing left to do.

use std::collections::BTreeSet;
use std::io::{Error, ErrorKind};
use std::path::{Path, PathBuf};

use super::os::{self, New};

/// Below the current directory, in what is kept.
pub(crate) const JOURNAL: &str = "journal";

/// What is about to happen to a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Change {
    /// The new file, which lies ready beside the one it will replace; `None` for a file that only
    /// goes.
    pub(crate) ready: Option<PathBuf>,
    pub(crate) path: PathBuf,
    /// Which version of it is there now, as [`os::version`] tells; `None` for nothing.
    pub(crate) before: Option<String>,
}

impl Change {
    /// Where its file is.
    pub(crate) fn directory(&self) -> &Path {
        self.path.parent().unwrap_or(Path::new(""))
    }

    /// Does it.
    pub(crate) fn carry_out(&self) -> std::io::Result<()> {
        match &self.ready {
            Some(ready) => os::rename(ready, &self.path),
            None => os::remove_old(&self.path),
        }
    }

    /// Does it for a run that has died, unless that has done it or somebody else has changed the
    /// file since.
    fn finish(&self) -> std::io::Result<()> {
        let is_untouched = os::version(&self.path) == self.before;
        match &self.ready {
            Some(ready) if !os::exists(ready) => Ok(()),
            Some(ready) if !is_untouched => os::remove_old(ready),
            None if !is_untouched => Ok(()),
            _ => self.carry_out(),
        }
    }
}

/// The name of the file that lies ready for the item with this number. It is not made of the item's
/// own name, which may be as long as names can be.
pub(crate) fn temporary_name(index: usize) -> String {
    format!(".score-rs.{}.{index}.tmp", os::process_number())
}

/// The number of the run that has made a file with this name; `None` for a name that is none of
/// ours.
fn made_by(name: &str) -> Option<u32> {
    let (run, index) = name
        .strip_prefix(".score-rs.")?
        .strip_suffix(".tmp")?
        .split_once('.')?;
    index.parse::<usize>().ok()?;
    run.parse().ok()
}

/// A journal that names files.
pub(crate) struct Journal {
    path: PathBuf,
    /// Where it lies until it holds.
    ready: PathBuf,
    text: Vec<u8>,
    /// Whether its directory was made for it.
    made: Vec<PathBuf>,
}

impl Journal {
    /// What is about to happen, to be written together with the new files. One change alone needs
    /// no journal, and a project in which nothing may be written has none: its output lies
    /// elsewhere, and the next run makes it anew.
    pub(crate) fn of(changes: &[Change]) -> Result<Option<Journal>, (PathBuf, Error)> {
        if changes.len() < 2 {
            return Ok(None);
        }
        let directory = Path::new(os::KEPT);
        match os::make_directories(directory, 0o700) {
            // No item has this number.
            Ok(made) => Ok(Some(Journal {
                path: directory.join(JOURNAL),
                ready: directory.join(temporary_name(usize::MAX)),
                text: encode(changes),
                made,
            })),
            Err(error) if is_refused(&error) => Ok(None),
            Err(error) => Err((directory.to_path_buf(), error)),
        }
    }

    /// Its file, which is to be complete on the disk before it is opened.
    pub(crate) fn file(&self) -> New<'_> {
        New {
            path: self.ready.clone(),
            bytes: &self.text,
            mode: 0o600,
            durable: true,
        }
    }

    /// From now on it holds, through a loss of power too: on the disk are then also the names of
    /// the files that lie ready in these directories.
    pub(crate) fn open(self, directories: &BTreeSet<PathBuf>) -> Result<Journal, (PathBuf, Error)> {
        let renamed =
            os::rename(&self.ready, &self.path).map_err(|error| (self.path.clone(), error));
        match renamed.and_then(|()| os::sync_directories(&self.directories(directories))) {
            Ok(()) => Ok(self),
            Err(failure) => {
                os::remove(&self.path);
                self.abandon();
                Err(failure)
            }
        }
    }

    /// Everything is in its place in these directories, or was taken back.
    pub(crate) fn close(self, directories: &BTreeSet<PathBuf>) {
        // The files are in their places as far as this system can do that; whether its disk works
        // is not for a journal to say.
        let _ = os::sync_directories(directories);
        os::remove(&self.path);
        self.made
            .iter()
            .rev()
            .for_each(|directory| os::remove_directory(directory));
    }

    /// Nothing has happened, and nothing will.
    pub(crate) fn abandon(self) {
        os::remove(&self.ready);
        self.made
            .iter()
            .rev()
            .for_each(|directory| os::remove_directory(directory));
    }

    /// What becomes of a run whose journal could not be written, for this reason.
    pub(crate) fn without(self, error: Error) -> Result<Option<Journal>, (PathBuf, Error)> {
        let path = self.path.clone();
        self.abandon();
        if is_refused(&error) {
            Ok(None)
        } else {
            Err((path, error))
        }
    }

    /// With its own, and with that in which its own was made.
    fn directories(&self, others: &BTreeSet<PathBuf>) -> BTreeSet<PathBuf> {
        let own = self
            .made
            .iter()
            .map(PathBuf::as_path)
            .chain([self.path.as_path()])
            .filter_map(Path::parent);
        own.map(Path::to_path_buf)
            .chain(others.iter().cloned())
            .collect()
    }
}

/// Whether a project is one in which nothing may be written.
fn is_refused(error: &Error) -> bool {
    [ErrorKind::PermissionDenied, ErrorKind::ReadOnlyFilesystem].contains(&error.kind())
}

/// Finishes what a run that has died left undone, or gives the file that cannot be changed, and
/// why. `locked` tells whether no other run can be writing; where nobody can tell, one that seems
/// to run is left in peace.
pub(crate) fn recover(locked: bool) -> Result<(), (PathBuf, Error)> {
    let journal = Path::new(os::KEPT).join(JOURNAL);
    let Some(bytes) = os::read_private(&journal) else {
        return Ok(());
    };
    let changes = trusted(decode(&bytes));
    let ready = || changes.iter().filter_map(|change| change.ready.as_deref());
    if !locked && ready().filter_map(run_of).any(os::is_running) {
        return Ok(());
    }
    for change in &changes {
        match change.finish() {
            Err(error) if may_pass(&error) => return Err((change.path.clone(), error)),
            // Its place is no place for a file any more.
            Err(_) => ready()
                .filter(|ready| Some(*ready) == change.ready.as_deref())
                .for_each(os::remove),
            Ok(()) => {}
        }
    }
    os::remove(&journal);
    Ok(())
}

/// Whether what could not be done now may be done later, or by somebody else.
fn may_pass(error: &Error) -> bool {
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

/// Removes what runs that have died have left in a directory. A file with this run's own number is
/// of another one that had the same, as in containers all have.
pub(crate) fn sweep(directory: &Path) {
    for name in os::file_names(directory) {
        if made_by(&name).is_some_and(|run| run == os::process_number() || !os::is_running(run)) {
            os::remove(&directory.join(name));
        }
    }
}

/// The number of the run that has made a file.
fn run_of(path: &Path) -> Option<u32> {
    made_by(path.file_name()?.to_str()?)
}

/// Each change is three texts: what lies ready, its place, and what was there.
fn encode(changes: &[Change]) -> Vec<u8> {
    let texts = changes.iter().flat_map(|change| {
        let ready = change.ready.as_deref().map_or(&b""[..], os::bytes_of);
        [
            ready,
            os::bytes_of(&change.path),
            change.before.as_deref().unwrap_or_default().as_bytes(),
        ]
    });
    texts.flat_map(|text| [text, b"\0"].concat()).collect()
}

fn decode(bytes: &[u8]) -> Vec<Change> {
    let texts: Vec<&[u8]> = bytes.split(|byte| *byte == 0).collect();
    let text =
        |bytes: &[u8]| (!bytes.is_empty()).then(|| String::from_utf8_lossy(bytes).into_owned());
    let change = |texts: &[&[u8]]| Change {
        ready: (!texts[0].is_empty()).then(|| os::path_of(texts[0])),
        path: os::path_of(texts[1]),
        before: text(texts[2]),
    };
    texts.chunks_exact(3).map(change).collect()
}

/// A journal may come from anybody, so nothing is believed but that a file of ours takes the place
/// of another one beside it, and that a file goes where one of ours still lies ready.
fn trusted(changes: Vec<Change>) -> Vec<Change> {
    let lies_ready = |change: &&Change| change.ready.as_deref().is_some_and(os::exists);
    let pending: BTreeSet<PathBuf> = changes
        .iter()
        .filter(lies_ready)
        .filter_map(|change| change.path.parent())
        .map(Path::to_path_buf)
        .collect();
    let is_ours = |change: &Change| match &change.ready {
        Some(ready) => run_of(ready).is_some() && ready.parent() == change.path.parent(),
        None => change
            .path
            .parent()
            .is_some_and(|directory| pending.contains(directory)),
    };
    changes.into_iter().filter(is_ours).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn change(ready: &str, path: &str) -> Change {
        let before = Some("7 1.2".to_owned());
        Change {
            ready: (!ready.is_empty()).then(|| ready.into()),
            path: path.into(),
            before,
        }
    }

    #[test]
    fn a_journal_is_read_as_it_was_written() {
        let list = [
            change("a/.score-rs.7.0.tmp", "a/b\nc"),
            change("", "a/old"),
            Change {
                before: None,
                ..change(".score-rs.7.1.tmp", "ü")
            },
            Change {
                path: os::path_of(b"\xff"),
                ..change(".score-rs.7.2.tmp", "")
            },
        ];
        assert_eq!(decode(&encode(&list)), list);
        assert_eq!(decode(b""), []);
        assert_eq!(decode(b"x"), []);
    }

    #[test]
    fn only_files_of_ours_are_moved_and_only_within_their_directory() {
        assert_eq!(trusted(vec![change("a/.score-rs.7.0.tmp", "a/c")]).len(), 1);
        for (ready, path) in [
            ("a/secret", "a/public"),
            ("a/.score-rs.7.0.tmp", "b/c"),
            ("a/.score-rs.x.0.tmp", "a/c"),
            ("a/.score-rs.7.tmp", "a/c"),
            ("..", "../x"),
            ("", "a/c"),
        ] {
            assert_eq!(trusted(vec![change(ready, path)]), [], "{ready}");
        }
    }
}
