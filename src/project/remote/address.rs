//! Paths in git repositories and artifacts, whose files are one tree.

use std::path::Path;

use super::url::{SourceUrl, percent_encode};
use compiler::support::path::normal;

/// The URL of a file or directory of a git repository or an artifact.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct TreePath {
    /// The URL of the whole, as it is written.
    tree: String,
    /// The path from its root, which is empty.
    path: String,
}

impl TreePath {
    /// Splits a URL; `None` for one that is wrong or has no directories.
    pub(crate) fn of(text: &str) -> Option<TreePath> {
        let path = match SourceUrl::parse(text).ok()? {
            SourceUrl::Web(_) => return None,
            SourceUrl::Git(file) => file.path,
            SourceUrl::Oci(artifact) => artifact.file.unwrap_or_default(),
        };
        let text = text.split('#').next().unwrap_or(text);
        let (repository, version) = split_version(text);
        let repository = repository
            .split_once(".git/")
            .map(|(repository, _)| format!("{repository}.git"))
            .unwrap_or_else(|| repository.to_owned());
        let tree = format!("{repository}{version}");
        Some(TreePath { tree, path })
    }

    /// The URL of the whole repository or artifact.
    pub(crate) fn tree(&self) -> &str {
        &self.tree
    }

    /// The path from the root.
    pub(crate) fn path(&self) -> &str {
        &self.path
    }

    /// The last part of the path, or of the name of the repository or artifact.
    pub(crate) fn name(&self) -> &str {
        if let Some(name) = self.path.rsplit('/').next().filter(|name| !name.is_empty()) {
            return name;
        }
        let whole = split_version(&self.tree).0;
        let name = whole.rsplit('/').next().unwrap_or(whole);
        let name = name.split([':', '@']).next().unwrap_or(name);
        name.trim_end_matches(".git")
    }

    /// The URL.
    pub(crate) fn url(&self) -> String {
        if self.path.is_empty() {
            return self.tree.clone();
        }
        let path = percent_encode(&self.path);
        match split_version(&self.tree) {
            (artifact, "") if artifact.starts_with("oci://") => format!("{artifact}#{path}"),
            (repository, version) => format!("{repository}/{path}{version}"),
        }
    }

    /// Another path in the same tree, from its root.
    pub(crate) fn at(&self, path: &str) -> TreePath {
        TreePath {
            tree: self.tree.clone(),
            path: path.to_owned(),
        }
    }

    /// A path from this one. One that leaves the tree has a URL that is wrong.
    pub(crate) fn join(&self, relative: &str) -> TreePath {
        let path = match relative.strip_prefix('/') {
            // Not a path of this machine: `Path::join` would give that.
            Some(_) => relative.into(),
            None => normal(&Path::new(&self.path).join(relative)),
        };
        TreePath {
            tree: self.tree.clone(),
            path: path.display().to_string(),
        }
    }
}

/// The version at the end of the URL of a git repository.
fn split_version(text: &str) -> (&str, &str) {
    text.split_at(text.find('?').unwrap_or(text.len()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn urls_are_split_and_joined() {
        for (text, tree, path, name) in [
            (
                "git-https://h/p.git/a%20b/c?ref=v1",
                "git-https://h/p.git?ref=v1",
                "a b/c",
                "c",
            ),
            ("git-https://h/p.git/a/", "git-https://h/p.git", "a", "a"),
            (
                "git-https://h/x/p.git?ref=v1",
                "git-https://h/x/p.git?ref=v1",
                "",
                "p",
            ),
            ("git-ssh://git@h/p.git/", "git-ssh://git@h/p.git", "", "p"),
            ("oci://h:5000/x/p:v1#a/b", "oci://h:5000/x/p:v1", "a/b", "b"),
            ("oci://h/p:v1#/", "oci://h/p:v1", "", "p"),
            ("oci://h/p", "oci://h/p", "", "p"),
        ] {
            let split = TreePath::of(text).unwrap();
            assert_eq!(
                (split.tree(), split.path(), split.name()),
                (tree, path, name),
                "{text}"
            );
            assert_eq!(TreePath::of(&split.url()), Some(split), "{text}");
        }
        assert_eq!(TreePath::of("https://h/p"), None);
        let base = TreePath::of("oci://h/p:v1#a/b").unwrap();
        for (relative, url) in [
            ("../c.yaml", "oci://h/p:v1#a/c.yaml"),
            ("./x y#z?", "oci://h/p:v1#a/b/x%20y%23z%3F"),
            ("../..", "oci://h/p:v1"),
        ] {
            let joined = base.join(relative);
            assert_eq!(joined.url(), url);
            assert_eq!(TreePath::of(url), Some(joined));
        }
        for relative in ["../../..", "../../../etc/passwd", "/etc/passwd"] {
            let url = base.join(relative).url();
            assert!(SourceUrl::parse(&url).is_err(), "{url}");
        }
    }
}
