//! Another revision of the repository, of which files are read as if it were checked out.
//!
//! It is set for the whole process while a revision is compiled, so that no caller can omit it. What
//! is outside the repository is read as it is, and so is what git never has: the data directory.

mod tree;

use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};
use std::sync::{Arc, PoisonError, RwLock};

use super::is_score_file;
use compiler::support::host::HostError;

pub(crate) use tree::{Entry, Revision};

static CURRENT: RwLock<Option<Arc<Revision>>> = RwLock::new(None);

/// A revision is read until this is dropped.
pub(crate) struct InRevision;

impl Drop for InRevision {
    fn drop(&mut self) {
        set(None);
    }
}

fn set(revision: Option<Arc<Revision>>) {
    *CURRENT.write().unwrap_or_else(PoisonError::into_inner) = revision;
}

/// Reads this revision from now on.
pub(crate) fn enter_revision(revision: &Arc<Revision>) -> InRevision {
    set(Some(Arc::clone(revision)));
    InRevision
}

fn current() -> Option<Arc<Revision>> {
    let current = CURRENT.read();
    current.unwrap_or_else(PoisonError::into_inner).clone()
}

/// Where a path leads in the current revision.
struct Place {
    revision: Arc<Revision>,
    /// From the root of the repository.
    path: PathBuf,
}

impl Place {
    /// `None` where no revision is read, or the path is not for it.
    fn find(path: &Path) -> Option<Place> {
        Place::of(path, true)
    }

    /// The same; a link at the end is followed only if asked for.
    fn of(path: &Path, follows_last: bool) -> Option<Place> {
        let revision = current()?;
        let path = revision.follow(path, follows_last)?;
        // What git ignores is no part of any revision, and the same for all.
        let is_known = revision.entry(&path).is_some() || revision.unread_above(&path).is_some();
        (is_known || !revision.is_ignored(&path)).then_some(Place { revision, path })
    }

    fn entry(&self) -> Option<&Entry> {
        self.revision.entry(&self.path)
    }
}

/// The content of a file; `None` where the file system has the answer, as for all of these.
pub(super) fn read(path: &Path) -> Option<Result<Vec<u8>, HostError>> {
    let place = Place::find(path)?;
    Some(match place.entry() {
        Some(Entry::File { object, repository }) => place.revision.content(object, repository),
        Some(Entry::Directory) => Err(HostError::Failed("it is a directory".to_owned())),
        Some(Entry::Unread(reason)) => Err(HostError::Failed(reason.clone())),
        Some(Entry::Link(_)) | None => Err(match place.revision.unread_above(&place.path) {
            Some(reason) => HostError::Failed(reason.to_owned()),
            None => HostError::NotFound,
        }),
    })
}

/// What is at a path, behind any links.
pub(super) fn kind(path: &Path) -> Option<Option<Entry>> {
    let place = Place::find(path)?;
    Some(place.entry().cloned())
}

/// Whether something is at a path, also a link to nothing.
pub(super) fn exists(path: &Path) -> Option<bool> {
    Place::of(path, false).map(|place| place.entry().is_some())
}

/// Whether a revision that is read has a path; true where none is read.
pub(crate) fn is_in_revision(path: &Path) -> bool {
    exists(path).unwrap_or(true)
}

pub(super) fn is_link(path: &Path) -> Option<bool> {
    Place::of(path, false).map(|place| matches!(place.entry(), Some(Entry::Link(_))))
}

/// The path without links.
pub(super) fn real_path(path: &Path) -> Option<PathBuf> {
    let place = Place::find(path)?;
    Some(place.revision.root.join(place.path))
}

/// The names in a directory, and what they lead to.
type Names = Vec<(String, Option<Entry>)>;

/// What is in a directory; an error where that is not known.
pub(super) fn list(directory: &Path) -> Option<Result<Names, String>> {
    let place = Place::find(directory)?;
    if let Some(reason) = place.revision.unread_above(&place.path) {
        return Some(Err(format!(
            "cannot read `{}`: {reason}",
            directory.display()
        )));
    }
    let names = place.revision.children(&place.path);
    let entry = |name: String| {
        let entry = kind(&directory.join(&name)).flatten();
        (name, entry)
    };
    Some(Ok(names.into_iter().map(entry).collect()))
}

/// The files below the current directory that have the name of a Score file, as
/// [`find_score_files`](super::find_score_files) finds them.
pub(super) fn score_files() -> Option<Result<Vec<PathBuf>, String>> {
    let place = Place::find(Path::new("."))?;
    let revision = &place.revision;
    let mut files = Vec::new();
    for (path, entry) in revision.below(&place.path) {
        let Ok(relative) = path.strip_prefix(&place.path) else {
            continue;
        };
        let is_searched = |(index, part): (usize, &OsStr)| {
            !part.as_bytes().starts_with(b".") && (index > 0 || part != "environments")
        };
        if !relative.iter().enumerate().all(is_searched) {
            continue;
        }
        match entry {
            Entry::Unread(reason) => {
                return Some(Err(format!(
                    "cannot read `{}`: {reason}",
                    relative.display()
                )));
            }
            Entry::File { .. } | Entry::Link(_)
                if relative.file_name().is_some_and(is_score_file) && !revision.ignores(path) =>
            {
                files.push(relative.to_path_buf());
            }
            _ => {}
        }
    }
    Some(Ok(files))
}
