//! Paths as they are written, without a look at what is there.

use std::path::{Component, Path, PathBuf};

/// Whether a path stays below a directory. Below the empty path, the working directory, no absolute
/// path is.
pub fn is_inside(path: &Path, root: &Path) -> bool {
    path.strip_prefix(root)
        .is_ok_and(|rest| rest.is_relative() && !leaves(rest))
}

fn leaves(path: &Path) -> bool {
    path.components().any(|part| part == Component::ParentDir)
}

/// The path without `.` and with `..` taken back where something stands before it.
pub fn normal(path: &Path) -> PathBuf {
    let mut parts = PathBuf::new();
    for part in path.components() {
        match part {
            Component::CurDir => {}
            Component::ParentDir
                if matches!(parts.components().next_back(), Some(Component::Normal(_))) =>
            {
                parts.pop();
            }
            part => parts.push(part),
        }
    }
    parts
}

/// The way from a directory to a path, both absolute.
pub fn from(directory: &Path, path: &Path) -> PathBuf {
    let (directory, path) = (normal(directory), normal(path));
    let common = directory
        .components()
        .zip(path.components())
        .take_while(|(own, other)| own == other)
        .count();
    let up = directory
        .components()
        .skip(common)
        .map(|_| Component::ParentDir);
    up.chain(path.components().skip(common)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_are_made_normal() {
        for (path, expected) in [
            ("./a/../b", "b"),
            ("a/./b", "a/b"),
            ("../a", "../a"),
            ("a/../../b", "../b"),
            ("/a/../b", "/b"),
        ] {
            assert_eq!(normal(Path::new(path)), Path::new(expected), "{path}");
        }
        assert!(leaves(&normal(Path::new("a/../../b"))));
    }

    #[test]
    fn a_way_leads_from_a_directory() {
        for (path, expected) in [
            ("/a/b/c", "c"),
            ("/a/b", ""),
            ("/a/x/y", "../x/y"),
            ("/a/b/../b/c", "c"),
            ("/x", "../../x"),
        ] {
            assert_eq!(
                from(Path::new("/a/b"), Path::new(path)),
                Path::new(expected),
                "{path}"
            );
        }
    }

    #[test]
    fn a_path_is_inside_or_outside_of_a_directory() {
        for (path, root, expected) in [
            ("a/b", "", true),
            ("../a", "", false),
            ("/etc/hosts", "", false),
            ("/etc/hosts", "/etc", true),
            ("/etc/hosts", "etc", false),
            ("../shop/a", "../shop", true),
            ("../other", "../shop", false),
        ] {
            assert_eq!(
                is_inside(Path::new(path), Path::new(root)),
                expected,
                "{path} in {root}"
            );
        }
    }
}
