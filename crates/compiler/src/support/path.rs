//! Lexical operations on paths; none of them looks at the file system.

use std::path::{Component, Path, PathBuf};

/// Whether a path is inside a directory. The empty path is the working directory, which contains
/// no absolute path.
pub fn is_inside(path: &Path, root: &Path) -> bool {
    path.strip_prefix(root)
        .is_ok_and(|rest| rest.is_relative() && !has_parent_part(rest))
}

fn has_parent_part(path: &Path) -> bool {
    path.components().any(|part| part == Component::ParentDir)
}

/// The path without `.`, and without `..` where a name comes before it.
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

/// The relative path from a directory to a path; both must be absolute.
pub fn from(directory: &Path, path: &Path) -> PathBuf {
    let (directory, path) = (normal(directory), normal(path));
    let common = directory
        .components()
        .zip(path.components())
        .take_while(|(left, right)| left == right)
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
    fn paths_are_normalized() {
        for (path, expected) in [
            ("./a/../b", "b"),
            ("a/./b", "a/b"),
            ("../a", "../a"),
            ("a/../../b", "../b"),
            ("/a/../b", "/b"),
        ] {
            assert_eq!(normal(Path::new(path)), Path::new(expected), "{path}");
        }
        assert!(has_parent_part(&normal(Path::new("a/../../b"))));
    }

    #[test]
    fn relative_paths_lead_from_a_directory() {
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
