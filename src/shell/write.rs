//! Writing everything a run has made: all of it or nothing.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use super::journal::{self, Journal, Ready, temporary_name};
use super::os::{self, Existing};
use super::project::Stop;

/// A file or directory to write.
pub(super) struct Item {
    pub(super) path: PathBuf,
    /// The bytes of a file; `None` for a directory.
    pub(super) content: Option<Vec<u8>>,
    /// The permission bits of a new file or directory.
    pub(super) mode: u32,
    /// Whether it is kept from run to run: an existing file keeps the permission bits it has, and a new one is on the
    /// disk before it takes the old one's place. What is made anew in every run need not survive a loss of power.
    pub(super) lasting: bool,
}

/// What could not be written, and why.
struct Failure {
    path: PathBuf,
    why: String,
    /// Whether every file is as it was.
    nothing_written: bool,
}

/// As [`write_all`], with a failure in words. Then files that are no longer part of what is written are removed.
pub(super) fn write(items: &[Item], outdated: &[PathBuf]) -> Result<(), Stop> {
    write_all(items).map_err(|failure| {
        let rest = if failure.nothing_written { "nothing was written" } else { "the files after it were not written" };
        Stop::World(format!("cannot write `{}`: {}; {rest}", failure.path.display(), failure.why))
    })?;
    outdated.iter().for_each(|path| os::remove(path));
    Ok(())
}

/// Writes every item, or leaves every file as it was: all new files are complete on the disk before the first one takes
/// its place.
fn write_all(items: &[Item]) -> Result<(), Failure> {
    sweep_places(items);
    let mut ready: Vec<Ready> = Vec::new();
    let mut made: Vec<PathBuf> = Vec::new();
    let prepared = items.iter().enumerate().try_for_each(|(index, item)| prepare(item, index, &mut ready, &mut made));
    if let Err(failure) = prepared {
        ready.iter().for_each(|one| os::remove(&one.temporary));
        made.iter().rev().for_each(|directory| os::remove_directory(directory));
        return Err(failure);
    }
    place(&ready).inspect_err(|failure| {
        ready.iter().for_each(|rest| os::remove(&rest.temporary));
        if failure.nothing_written {
            made.iter().rev().for_each(|directory| os::remove_directory(directory));
        }
    })?;
    // What is no file cannot be replaced; it is written last, when nothing else can fail.
    for item in items {
        let Some(content) = &item.content else { continue };
        if matches!(os::look(&item.path, content), Existing::Special) {
            let written = os::write_in_place(&item.path, content);
            written.map_err(|error| Failure { nothing_written: ready.is_empty(), ..failure(&item.path, &error) })?;
        }
    }
    Ok(())
}

/// Puts every file in its place. Should this program be killed in between, the next run goes on with it.
fn place(ready: &[Ready]) -> Result<(), Failure> {
    let journal = Journal::open(ready).map_err(|error| failure(Path::new(os::KEPT), &error))?;
    let mut files = ready.iter().enumerate();
    let placed = files.try_for_each(|(index, one)| {
        let renamed = os::rename(&one.temporary, &one.path);
        renamed.map_err(|error| Failure { nothing_written: index == 0, ..failure(&one.path, &error) })
    });
    if let Some(journal) = journal {
        journal.close();
    }
    placed
}

/// Removes what runs that were killed have left where this one will write.
fn sweep_places(items: &[Item]) {
    let files = items.iter().filter(|item| item.lasting && item.content.is_some());
    let directories: BTreeSet<&Path> = files.filter_map(|item| item.path.parent()).collect();
    directories.into_iter().for_each(journal::sweep);
}

fn failure(path: &Path, error: &std::io::Error) -> Failure {
    Failure { path: path.to_path_buf(), why: error.to_string(), nothing_written: true }
}

/// Makes everything that an item needs, so that only its place is left to take. Whatever is made is told, even when it
/// fails in the end.
fn prepare(item: &Item, index: usize, ready: &mut Vec<Ready>, made: &mut Vec<PathBuf>) -> Result<(), Failure> {
    let failed = |error: std::io::Error| failure(&item.path, &error);
    let Some(content) = &item.content else {
        made.extend(os::make_directories(&item.path, item.mode).map_err(failed)?);
        return Ok(());
    };
    let path = os::resolve_link(&item.path).unwrap_or_else(|| item.path.clone());
    let mode = match os::look(&path, content) {
        Existing::Special => return Ok(()),
        Existing::Directory => {
            return Err(Failure { path, why: "it is a directory".to_owned(), nothing_written: true });
        }
        Existing::File { mode, same: true } if item.lasting || mode == item.mode => return Ok(()),
        Existing::File { same: true, .. } => return os::set_mode(&path, item.mode).map_err(failed),
        Existing::File { mode, .. } if item.lasting => mode,
        Existing::File { .. } | Existing::Nothing => item.mode,
    };
    let directory = path.parent().unwrap_or(Path::new(""));
    made.extend(os::make_directories(directory, 0o755).map_err(failed)?);
    let temporary = directory.join(temporary_name(index));
    if let Err(error) = os::write_new(&temporary, content, mode, item.lasting) {
        os::remove(&temporary);
        return Err(failure(&path, &error));
    }
    ready.push(Ready { temporary, path });
    Ok(())
}
