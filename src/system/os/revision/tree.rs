//! The files of a revision, as git lists them.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::path::{Component, Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};

use ignore::gitignore::GitignoreBuilder;

use super::super::git::{blobs, git_ignores};
use super::super::{DATA_DIRECTORY, MAX_LINKS, current_directory};
use compiler::support::host::HostError;

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
    pub(super) root: PathBuf,
    entries: BTreeMap<PathBuf, Entry>,
    contents: Mutex<BTreeMap<String, Vec<u8>>>,
    /// Whether git ignores a path, as far as somebody asked.
    ignored: Mutex<BTreeMap<PathBuf, bool>>,
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
            ignored: Mutex::default(),
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

    fn lock(&self) -> MutexGuard<'_, BTreeMap<String, Vec<u8>>> {
        self.contents.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Whether there is a file that git ignores now.
    pub(super) fn is_ignored(&self, path: &Path) -> bool {
        let mut ignored = self.ignored.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(known) = ignored.get(path) {
            return *known;
        }
        let is_ignored =
            self.root.join(path).symlink_metadata().is_ok() && git_ignores(&self.root, path);
        ignored.insert(path.to_path_buf(), is_ignored);
        is_ignored
    }

    pub(super) fn content(&self, object: &str, repository: &Path) -> Result<Vec<u8>, HostError> {
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

    pub(super) fn entry(&self, path: &Path) -> Option<&Entry> {
        self.entries.get(path)
    }

    /// Everything in a directory and below.
    pub(super) fn below(&self, directory: &Path) -> impl Iterator<Item = (&Path, &Entry)> {
        let entries = self.entries.range(directory.to_path_buf()..);
        let inside = entries.take_while(move |(path, _)| path.starts_with(directory));
        inside.map(|(path, entry)| (path.as_path(), entry))
    }

    pub(super) fn children(&self, directory: &Path) -> Vec<String> {
        let depth = directory.iter().count() + 1;
        let children = self
            .below(directory)
            .filter(|(path, _)| path.iter().count() == depth);
        let names = children.filter_map(|(path, _)| path.file_name()?.to_str());
        names.map(str::to_owned).collect()
    }

    /// Why nothing is known of what is in a directory above a path or at it.
    pub(super) fn unread_above(&self, path: &Path) -> Option<&str> {
        path.ancestors().find_map(|above| match self.entry(above)? {
            Entry::Unread(reason) => Some(reason.as_str()),
            _ => None,
        })
    }

    /// Where a path leads, from the root of the repository. `None` outside of it, and in what git
    /// does not have. With `follows_last`, a link at the end is followed too.
    pub(super) fn follow(&self, path: &Path, follows_last: bool) -> Option<PathBuf> {
        let start = current_directory().ok()?.join(path);
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
    pub(super) fn ignores(&self, path: &Path) -> bool {
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
fn parts(path: &Path) -> Vec<OsString> {
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
        let root = current_directory().unwrap();
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
