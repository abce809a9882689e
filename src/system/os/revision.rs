//! Another revision of the repository, of which files are read as if it were checked out.
//!
//! It is set for the whole process while a revision is compiled, so that no caller can omit it. What
//! is outside the repository is read as it is, and so is what git never has: the data directory.

use std::collections::BTreeMap;
use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt;
use std::path::{Component, Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError, RwLock};

use ignore::gitignore::GitignoreBuilder;

use super::git::blobs;
use super::{DATA_DIRECTORY, MAX_LINKS, is_score_file};
use compiler::support::host::HostError;

static CURRENT: RwLock<Option<Arc<Revision>>> = RwLock::new(None);

/// Directory and file of git itself.
const GIT: &str = ".git";
const IGNORE_FILE: &str = ".gitignore";

/// What a revision has at a path.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Entry {
    Directory,
    /// A file, as its object in the repository at a path.
    File {
        object: String,
        repository: PathBuf,
    },
    /// A symbolic link and where it leads.
    Link(PathBuf),
    /// A submodule that cannot be read, with the reason and what to do.
    Unread(String),
}

/// The files of a revision.
#[derive(Debug, Default)]
pub(crate) struct Revision {
    /// The root of the repository.
    root: PathBuf,
    entries: BTreeMap<PathBuf, Entry>,
    contents: Mutex<BTreeMap<String, Vec<u8>>>,
}

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
        let revision = current()?;
        let path = revision.follow(path, true)?;
        Some(Place { revision, path })
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
    let revision = current()?;
    let path = revision.follow(path, false)?;
    Some(revision.entry(&path).is_some())
}

/// Whether a revision that is read has a path; true where none is read.
pub(crate) fn is_in_revision(path: &Path) -> bool {
    exists(path).unwrap_or(true)
}

pub(super) fn is_link(path: &Path) -> Option<bool> {
    let revision = current()?;
    let path = revision.follow(path, false)?;
    Some(matches!(revision.entry(&path), Some(Entry::Link(_))))
}

/// The path without links.
pub(super) fn real_path(path: &Path) -> Option<PathBuf> {
    let place = Place::find(path)?;
    Some(place.revision.root.join(place.path))
}

/// The names in a directory, and what they lead to; an error where they are not known.
pub(super) fn list(directory: &Path) -> Option<Result<Vec<(String, Option<Entry>)>, String>> {
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

impl Revision {
    /// `root` is absolute and without links; the paths of the entries are relative to it.
    pub(crate) fn new(root: PathBuf, entries: BTreeMap<PathBuf, Entry>) -> Revision {
        let mut all = BTreeMap::from([(PathBuf::new(), Entry::Directory)]);
        for (path, entry) in entries {
            let above = path.ancestors().skip(1);
            for directory in above.take_while(|path| !path.as_os_str().is_empty()) {
                all.entry(directory.to_path_buf())
                    .or_insert(Entry::Directory);
            }
            all.insert(path, entry);
        }
        Revision {
            root,
            entries: all,
            contents: Mutex::default(),
        }
    }

    /// Reads the files for which `is_wanted` holds at once.
    pub(crate) fn prefetch(&self, is_wanted: impl Fn(&Path) -> bool) {
        let mut wanted: BTreeMap<&Path, Vec<&str>> = BTreeMap::new();
        for (path, entry) in &self.entries {
            if let Entry::File { object, repository } = entry
                && is_wanted(path)
            {
                wanted.entry(repository).or_default().push(object);
            }
        }
        for (repository, objects) in wanted {
            // What cannot be read is an error where it is used.
            let contents = blobs(repository, &objects).unwrap_or_default();
            self.lock().extend(contents);
        }
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, BTreeMap<String, Vec<u8>>> {
        self.contents.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn content(&self, object: &str, repository: &Path) -> Result<Vec<u8>, HostError> {
        if let Some(content) = self.lock().get(object) {
            return Ok(content.clone());
        }
        let read = blobs(repository, &[object]).map_err(HostError::Failed)?;
        self.lock().extend(read.clone());
        let content = read.into_iter().find(|(name, _)| name == object);
        let missing = "git cannot read its content; run `git fetch`";
        content
            .map(|(_, content)| content)
            .ok_or_else(|| HostError::Failed(missing.to_owned()))
    }

    fn entry(&self, path: &Path) -> Option<&Entry> {
        self.entries.get(path)
    }

    /// Everything in a directory and below.
    fn below(&self, directory: &Path) -> impl Iterator<Item = (&Path, &Entry)> {
        let entries = self.entries.range(directory.to_path_buf()..);
        let inside = entries.take_while(move |(path, _)| path.starts_with(directory));
        inside.map(|(path, entry)| (path.as_path(), entry))
    }

    fn children(&self, directory: &Path) -> Vec<String> {
        let depth = directory.iter().count() + 1;
        let children = self
            .below(directory)
            .filter(|(path, _)| path.iter().count() == depth);
        let names = children.filter_map(|(path, _)| path.file_name()?.to_str());
        names.map(str::to_owned).collect()
    }

    /// Why nothing is known of what is in a directory above a path or at it.
    fn unread_above(&self, path: &Path) -> Option<&str> {
        path.ancestors().find_map(|above| match self.entry(above)? {
            Entry::Unread(reason) => Some(reason.as_str()),
            _ => None,
        })
    }

    /// Where a path leads, from the root of the repository. `None` outside of it, and in what git
    /// does not have. With `follows_last`, a link at the end is followed too.
    fn follow(&self, path: &Path, follows_last: bool) -> Option<PathBuf> {
        let start = super::current_directory().ok()?.join(path);
        let (mut found, mut pending) = (PathBuf::new(), parts(&start));
        let mut links = 0;
        while let Some(part) = pending.pop() {
            match Path::new(&part).components().next() {
                Some(Component::ParentDir) => _ = found.pop(),
                Some(Component::CurDir) | None => continue,
                Some(_) => found.push(&part),
            }
            let Ok(inside) = found.strip_prefix(&self.root) else {
                continue;
            };
            if inside
                .iter()
                .any(|part| part == GIT || part == DATA_DIRECTORY)
            {
                return None;
            }
            if let Some(Entry::Link(target)) = self.entry(inside)
                && (follows_last || !pending.is_empty())
                && links < MAX_LINKS
            {
                links += 1;
                found.pop();
                pending.extend(parts(target));
            }
        }
        found.strip_prefix(&self.root).ok().map(Path::to_path_buf)
    }

    /// Whether a `.gitignore` of the revision names a file that it has nevertheless.
    fn ignores(&self, path: &Path) -> bool {
        let above = path.ancestors().skip(1);
        let mut decisions = above.filter_map(|directory| {
            let Entry::File { object, repository } = self.entry(&directory.join(IGNORE_FILE))?
            else {
                return None;
            };
            let text = self.content(object, repository).ok()?;
            let mut builder = GitignoreBuilder::new(directory);
            for line in String::from_utf8_lossy(&text).lines() {
                // A line that git does not understand has no effect.
                let _ = builder.add_line(None, line);
            }
            let relative = path.strip_prefix(directory).ok()?;
            let found = builder.build().ok()?;
            let found = found.matched_path_or_any_parents(relative, false);
            (!found.is_none()).then(|| found.is_ignore())
        });
        decisions.next().unwrap_or(false)
    }
}

/// In reverse, so that `pop` gives the next part.
fn parts(path: &Path) -> Vec<std::ffi::OsString> {
    let parts = path.components().rev();
    parts.map(|part| part.as_os_str().to_owned()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn links_lead_inside_the_revision() {
        let file = || Entry::File {
            object: "0".to_owned(),
            repository: PathBuf::new(),
        };
        let root = super::super::current_directory().unwrap();
        let entries = [
            ("a/b.yaml", file()),
            ("link", Entry::Link("a".into())),
            ("a/up", Entry::Link("../link/b.yaml".into())),
            ("circle", Entry::Link("circle".into())),
            ("out", Entry::Link("/elsewhere".into())),
        ];
        let entries = entries.map(|(path, entry)| (PathBuf::from(path), entry));
        let revision = Revision::new(root, entries.into_iter().collect());
        let follow = |path: &str| revision.follow(Path::new(path), true);
        assert_eq!(follow("link/b.yaml"), Some("a/b.yaml".into()));
        assert_eq!(follow("a/up"), Some("a/b.yaml".into()));
        assert_eq!(follow("./a/../a/b.yaml"), Some("a/b.yaml".into()));
        assert_eq!(follow("circle"), Some("circle".into()));
        assert_eq!(follow("out/x"), None);
        assert_eq!(follow(".git/config"), None);
        assert_eq!(follow(".score-rs/seed"), None);
        assert_eq!(
            revision.follow(Path::new("link"), false),
            Some("link".into())
        );
        assert_eq!(
            revision.children(Path::new("")),
            ["a", "circle", "link", "out"]
        );
        assert_eq!(revision.children(Path::new("a")), ["b.yaml", "up"]);
    }
}
