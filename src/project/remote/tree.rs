//! The files of a commit or an artifact that environments can name.

use std::collections::{BTreeMap, BTreeSet};

use super::tar;
use super::web::MAX_SIZE;

/// The endings of the names of the files that are read from a tree.
const ENDINGS: [&str; 4] = [".yaml", ".yml", ".json", ".tpl"];

/// Files by their paths from the root. Nothing outside of it has a path.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Tree(BTreeMap<String, Vec<u8>>);

impl Tree {
    /// Whether a file can be part of a tree: nothing reads hidden files and other formats.
    pub(crate) fn has_place_for(path: &str) -> bool {
        let is_hidden = path.split('/').any(|part| part.starts_with('.'));
        !is_hidden && ENDINGS.iter().any(|ending| path.ends_with(ending))
    }

    /// Adds a file, if it can be part of a tree. An error for a path that leaves it.
    pub(super) fn add(&mut self, path: &str, content: Vec<u8>) -> Result<(), String> {
        let path = path.strip_prefix("./").unwrap_or(path);
        let leaves = |part: &str| ["", "..", "."].contains(&part) || part.contains('\\');
        if path.split('/').any(leaves) || path.chars().any(char::is_control) {
            return Err(format!("its file `{}` is not in it", path.escape_default()));
        }
        if Tree::has_place_for(path) {
            self.0.insert(path.to_owned(), content);
        }
        Ok(())
    }

    /// Those of the files that have a place in a tree.
    pub(crate) fn of(files: &BTreeMap<String, Vec<u8>>) -> Result<Tree, String> {
        let mut tree = Tree::default();
        for (path, content) in files {
            tree.add(path, content.clone())?;
        }
        tree.check_size()?;
        tree.encode().map(|_| tree)
    }

    /// An error if the files are too large.
    pub(super) fn check_size(&self) -> Result<(), String> {
        match self.0.values().map(Vec::len).sum::<usize>() as u64 > MAX_SIZE {
            true => Err(too_large()),
            false => Ok(()),
        }
    }

    /// The bytes that the digest is of: a tar file.
    pub(super) fn encode(&self) -> Result<Vec<u8>, String> {
        tar::tar(self.files())
    }

    /// Reads what [`Tree::encode`] has written, or another program.
    pub(super) fn decode(bytes: &[u8]) -> Result<Tree, String> {
        let mut tree = Tree::default();
        for (path, content) in tar::files(bytes)? {
            tree.add(&path, content)?;
        }
        Ok(tree)
    }

    /// The files, sorted by path.
    pub(crate) fn files(&self) -> impl Iterator<Item = (&str, &[u8])> {
        let files = self.0.iter();
        files.map(|(path, content)| (path.as_str(), content.as_slice()))
    }

    /// The content of a file.
    pub(crate) fn file(&self, path: &str) -> Option<&[u8]> {
        self.0.get(path).map(Vec::as_slice)
    }

    /// Whether a path is that of a directory; the root is the empty path.
    pub(crate) fn is_directory(&self, path: &str) -> bool {
        self.below(path).next().is_some()
    }

    /// The names of the files in a directory, sorted.
    pub(crate) fn names_in<'a>(&'a self, directory: &'a str) -> Vec<&'a str> {
        let names = self.below(directory).filter(|name| !name.contains('/'));
        names.collect()
    }

    /// The directories with a file of this name, sorted.
    pub(crate) fn directories_with(&self, name: &str) -> BTreeSet<&str> {
        let directories = self
            .0
            .keys()
            .filter_map(|path| match path.rsplit_once('/') {
                Some((directory, file)) => (file == name).then_some(directory),
                None => (path == name).then_some(""),
            });
        directories.collect()
    }

    /// The paths of all directories but the root, sorted.
    pub(crate) fn directories(&self) -> BTreeSet<&str> {
        let parents =
            |path: &'_ str| -> Vec<usize> { path.match_indices('/').map(|(at, _)| at).collect() };
        let paths = self.0.keys();
        paths
            .flat_map(|path| parents(path).into_iter().map(|at| &path[..at]))
            .collect()
    }

    /// The paths of the files in a directory and below, from the directory.
    fn below<'a>(&'a self, directory: &'a str) -> impl Iterator<Item = &'a str> {
        let inside = move |path: &'a String| match directory {
            "" => Some(path.as_str()),
            _ => path.strip_prefix(directory)?.strip_prefix('/'),
        };
        self.0.keys().filter_map(inside)
    }
}

/// Why a tree is refused.
pub(super) fn too_large() -> String {
    format!(
        "its YAML, JSON and template files are larger than {} MiB; name a smaller repository, or push a bundle",
        MAX_SIZE >> 20
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tree(paths: &[&str]) -> Tree {
        let mut tree = Tree::default();
        for path in paths {
            tree.add(path, path.as_bytes().to_vec()).unwrap();
        }
        tree
    }

    #[test]
    fn files_and_directories_are_found() {
        let tree = tree(&[
            "./a.yaml",
            "b/c.tpl",
            "b/d/environment.yaml",
            "bc/e.json",
            "README.md",
            ".github/x.yaml",
        ]);
        assert_eq!(tree.names_in(""), ["a.yaml"]);
        assert_eq!(tree.names_in("b"), ["c.tpl"]);
        assert!(tree.is_directory("b/d") && tree.is_directory(""));
        assert!(!tree.is_directory("b/c.tpl") && !tree.is_directory(".github"));
        assert_eq!(tree.file("b/c.tpl"), Some(&b"./b/c.tpl"[2..]));
        let directories = tree.directories();
        assert_eq!(Vec::from_iter(directories), ["b", "b/d", "bc"]);
        let with = tree.directories_with("environment.yaml");
        assert_eq!(Vec::from_iter(with), ["b/d"]);
        assert_eq!(Tree::decode(&tree.encode().unwrap()), Ok(tree));
    }

    #[test]
    fn no_path_leaves_the_tree() {
        for path in [
            "../a.yaml",
            "/a.yaml",
            "a/../../b.yaml",
            "a//b.yaml",
            "a\\b.yaml",
            "a\n.yaml",
        ] {
            assert!(Tree::default().add(path, Vec::new()).is_err(), "{path}");
        }
    }
}
