//! `{workload}` at the end of an output path: a directory for each workload.

use std::ffi::OsStr;
use std::path::{Path, PathBuf};

/// At the end of a path, it stands for the directory of each workload.
pub(crate) const WORKLOAD: &str = "{workload}";

/// The directory of the output, when its path ends in [`WORKLOAD`].
pub(crate) fn without_workload(path: &Path) -> Option<PathBuf> {
    if path.file_name()? != WORKLOAD {
        return None;
    }
    match path.parent() {
        // With a slash, as directories are written.
        Some(parent) if !parent.as_os_str().is_empty() => Some(parent.join("")),
        _ => Some(PathBuf::from("./")),
    }
}

/// A name in braces that stands for nothing where it is.
pub(crate) fn unknown_part(path: &Path) -> Option<&str> {
    let path = without_workload(path).map_or(path, |_| path.parent().unwrap_or(path));
    let mut parts = path.iter().filter_map(OsStr::to_str);
    parts.find(|part| part.starts_with('{') && part.ends_with('}'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_end_of_a_path_stands_for_workloads() {
        for (path, directory, unknown) in [
            ("deploy/prod/{workload}/", Some("deploy/prod/"), None),
            ("deploy/{workload}", Some("deploy/"), None),
            ("{workload}", Some("./"), None),
            ("deploy/{workloads}/", None, Some("{workloads}")),
            ("{workload}/prod/", None, Some("{workload}")),
            ("{env}/{workload}/", Some("{env}/"), Some("{env}")),
            ("a{b}c/", None, None),
        ] {
            let result = without_workload(Path::new(path));
            assert_eq!(result.as_deref(), directory.map(Path::new), "{path}");
            assert_eq!(unknown_part(Path::new(path)), unknown, "{path}");
        }
    }
}
