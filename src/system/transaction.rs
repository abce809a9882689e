//! Writing everything a run has made: all of it or nothing.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use super::journal::{self, Change, Journal, temporary_name};
use super::os::{self, Existing, New, Old};
use crate::project::inputs::CliError;

/// A file or directory to write.
pub(crate) struct Item {
    pub(crate) path: PathBuf,
    /// The bytes of a file; `None` for a directory.
    pub(crate) content: Option<Vec<u8>>,
    /// The permission bits of a new file or directory.
    pub(crate) mode: u32,
    /// Whether it is kept from run to run: an existing file keeps the permission bits it has, and a
    /// new one is on the disk before it takes the old one's place. What is made anew in every run
    /// need not survive a loss of power.
    pub(crate) lasting: bool,
}

/// What could not be written, and why.
struct Failure {
    path: PathBuf,
    why: String,
    /// Whether every file is as it was.
    nothing_written: bool,
}

/// Writes every item and removes the files that are no longer part of what is written; or does
/// nothing, and says why.
pub(crate) fn write(items: &[Item], outdated: &[PathBuf]) -> Result<(), CliError> {
    write_all(items, outdated).map_err(|failure| {
        let rest = if failure.nothing_written {
            "nothing was written"
        } else {
            "some files were written, others were not"
        };
        CliError::World(format!(
            "cannot write `{}`: {}; {rest}",
            failure.path.display(),
            failure.why
        ))
    })
}

/// What is about to happen.
#[derive(Default)]
struct Prepared<'a> {
    changes: Vec<Change>,
    /// What lies ready for the changes, those that have something.
    files: Vec<New<'a>>,
    /// Directories that were not there before.
    made: Vec<PathBuf>,
}

/// Writes every item, or leaves every file as it was: all new files are complete on the disk before
/// the first one takes its place.
fn write_all(items: &[Item], outdated: &[PathBuf]) -> Result<(), Failure> {
    sweep_places(items);
    let mut prepared = Prepared::default();
    let nothing_new = prepared
        .carry_out(items, outdated)
        .inspect_err(|_| prepared.take_back())?;
    // What is no file cannot be replaced; it is written last, when nothing else can fail.
    for item in items {
        let Some(content) = &item.content else {
            continue;
        };
        if matches!(os::look(&item.path, content), Existing::Special) {
            let written = os::write_in_place(&item.path, content);
            written.map_err(|error| Failure {
                nothing_written: nothing_new,
                ..failure(&item.path, &error)
            })?;
        }
    }
    Ok(())
}

impl<'a> Prepared<'a> {
    /// Does everything, in the order that [`journal`] tells. Gives whether there was nothing to do.
    fn carry_out(&mut self, items: &'a [Item], outdated: &[PathBuf]) -> Result<bool, Failure> {
        items
            .iter()
            .enumerate()
            .try_for_each(|(index, item)| self.add(item, index))?;
        add_removals(outdated, &mut self.changes);
        let journal = self.write()?;
        place(&self.changes, journal, &self.directories())?;
        Ok(self.changes.is_empty())
    }

    /// Writes what shall lie ready, and with it the journal, which is given where there is one.
    fn write(&mut self) -> Result<Option<Journal>, Failure> {
        let journal = Journal::of(&self.changes).map_err(|(path, error)| failure(&path, &error))?;
        let mut files = std::mem::take(&mut self.files);
        files.extend(journal.as_ref().map(Journal::file));
        let Err((index, error)) = os::write_all_new(&files) else {
            return Ok(journal);
        };
        // The files lie in the order of the changes, and the journal behind them.
        let change = self
            .changes
            .iter()
            .filter(|change| change.ready.is_some())
            .nth(index);
        match (change, journal) {
            (Some(change), None) => Err(failure(&change.path, &error)),
            (Some(change), Some(journal)) => {
                journal.abandon();
                Err(failure(&change.path, &error))
            }
            (None, Some(journal)) => journal
                .without(error)
                .map_err(|(path, error)| failure(&path, &error)),
            (None, None) => Ok(None),
        }
    }

    /// Those whose entries are about to change, or have changed since directories were made in
    /// them.
    fn directories(&self) -> BTreeSet<PathBuf> {
        let paths = self
            .changes
            .iter()
            .map(|change| &change.path)
            .chain(&self.made);
        paths
            .filter_map(|path| path.parent())
            .map(Path::to_path_buf)
            .collect()
    }

    /// Leaves nothing of it.
    fn take_back(&self) {
        self.changes
            .iter()
            .filter_map(|change| change.ready.as_deref())
            .for_each(os::remove);
        self.made
            .iter()
            .rev()
            .for_each(|directory| os::remove_directory(directory));
    }

    /// Makes ready what an item needs, but for its new file, which is written together with all
    /// others. Whatever is made is known, even when it fails in the end.
    fn add(&mut self, item: &'a Item, index: usize) -> Result<(), Failure> {
        let failed = |error: std::io::Error| failure(&item.path, &error);
        let Some(content) = &item.content else {
            self.made
                .extend(os::make_directories(&item.path, item.mode).map_err(failed)?);
            return Ok(());
        };
        let mode = match os::look(&item.path, content) {
            Existing::Special => return Ok(()),
            Existing::Directory => {
                return Err(Failure {
                    why: "it is a directory".to_owned(),
                    ..failed(std::io::ErrorKind::Other.into())
                });
            }
            Existing::File { mode, same: true } if item.lasting || mode == item.mode => {
                return Ok(());
            }
            Existing::File { same: true, .. } => {
                return os::set_mode(&item.path, item.mode).map_err(failed);
            }
            Existing::File { mode, .. } if item.lasting => mode,
            Existing::File { .. } | Existing::Nothing => item.mode,
        };
        let path = os::follow(&item.path).map_err(failed)?;
        let directory = path.parent().unwrap_or(Path::new(""));
        self.made.extend(
            os::make_directories(directory, 0o755).map_err(|error| failure(&path, &error))?,
        );
        let ready = directory.join(temporary_name(index));
        self.files.push(New {
            path: ready.clone(),
            bytes: content,
            mode,
            durable: item.lasting,
        });
        let before = os::version(&path);
        self.changes.push(Change {
            ready: Some(ready),
            path,
            before,
        });
        Ok(())
    }
}

/// What goes, goes before the last new file of its directory takes its place, which may be the list
/// of all of them: as long as that is missing, a run that comes later knows that this one has died.
fn add_removals(outdated: &[PathBuf], changes: &mut Vec<Change>) {
    let mut removals: BTreeMap<PathBuf, Vec<Change>> = BTreeMap::new();
    for path in outdated.iter().filter(|path| os::exists(path)) {
        let change = Change {
            ready: None,
            path: path.clone(),
            before: os::version(path),
        };
        removals
            .entry(change.directory().to_path_buf())
            .or_default()
            .push(change);
    }
    if removals.is_empty() {
        return;
    }
    let mut ordered = Vec::new();
    // From behind, the first of a directory is its last one.
    while let Some(change) = changes.pop() {
        let before = removals.remove(change.directory()).unwrap_or_default();
        ordered.push(change);
        ordered.extend(before.into_iter().rev());
    }
    ordered.reverse();
    ordered.extend(removals.into_values().flatten());
    *changes = ordered;
}

/// Puts every file in its place. Should this program be killed in between, the next run goes on
/// with it; when one cannot be put there, those before it are taken back.
fn place(
    changes: &[Change],
    journal: Option<Journal>,
    directories: &BTreeSet<PathBuf>,
) -> Result<(), Failure> {
    let opened = journal.map(|journal| journal.open(directories)).transpose();
    let journal = opened.map_err(|(path, error)| failure(&path, &error))?;
    let mut done: Vec<(&Change, Option<Old>)> = Vec::new();
    let placed = changes.iter().try_for_each(|change| {
        let old = if changes.len() > 1 {
            os::read_for_rollback(&change.path)
        } else {
            None
        };
        let carried = change
            .carry_out()
            .map_err(|error| failure(&change.path, &error));
        carried.map(|()| done.push((change, old)))
    });
    let result = placed.map_err(|failure| {
        let taken_back = done
            .iter()
            .rev()
            .filter(|(change, old)| take_back(change, old.as_ref()))
            .count();
        Failure {
            nothing_written: taken_back == done.len(),
            ..failure
        }
    });
    if let Some(journal) = journal {
        journal.close(directories);
    }
    result
}

/// Makes a file as it was; tells whether it is.
fn take_back(change: &Change, old: Option<&Old>) -> bool {
    match (&change.ready, &change.before, old) {
        (_, None, _) => os::remove_old(&change.path).is_ok(),
        (_, Some(_), None) => false,
        (ready, Some(_), Some(old)) => {
            let directory = change.directory();
            // The name is free: what lay ready under it is in its place.
            let temporary = ready
                .clone()
                .unwrap_or_else(|| directory.join(temporary_name(usize::MAX)));
            let written = os::write_new(&temporary, &old.bytes, old.mode, true);
            let is_back = written
                .and_then(|()| os::rename(&temporary, &change.path))
                .is_ok();
            if !is_back {
                os::remove(&temporary);
            }
            is_back
        }
    }
}

/// Removes what runs that were killed have left in what is kept, and where this one will write.
fn sweep_places(items: &[Item]) {
    let kept = Path::new(os::KEPT);
    let files = items.iter().filter(|item| item.content.is_some());
    let own: Vec<PathBuf> = files
        .filter_map(|item| os::follow(&item.path).ok())
        .collect();
    let mut directories: BTreeSet<PathBuf> = own
        .iter()
        .filter_map(|path| path.parent())
        .map(Path::to_path_buf)
        .collect();
    directories.insert(kept.to_path_buf());
    directories.extend(os::directories(kept).iter().map(|name| kept.join(name)));
    directories
        .iter()
        .for_each(|directory| journal::sweep(directory));
}

fn failure(path: &Path, error: &std::io::Error) -> Failure {
    Failure {
        path: path.to_path_buf(),
        why: os::reason(error),
        nothing_written: true,
    }
}
