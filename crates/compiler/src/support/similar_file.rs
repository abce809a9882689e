//! Advice for the path of a file that does not exist.

use std::path::{Path, PathBuf};

use super::host::Host;
use diagnostics::suggestions::closest_match;

/// What to write instead of `source`, a path relative to `directory` at which there is no file.
/// `namer` is what names it.
pub(super) fn help(source: &str, directory: &Path, namer: &str, host: &dyn Host) -> String {
    if source.contains("${") {
        return "write the path itself: placeholders are not replaced in `source`".to_owned();
    }
    let slashes = source.replace('\\', "/");
    match similar(&slashes, directory, host) {
        Some(similar) if slashes != source => format!("write it with `/`: `{similar}`"),
        Some(similar) => format!("did you mean `{similar}`?"),
        None if slashes != source => format!("write it with `/`: `{slashes}`"),
        None => format!("name a file relative to {namer}"),
    }
}

/// The path that exists and differs from `source` only in case and typos.
fn similar(source: &str, directory: &Path, host: &dyn Host) -> Option<String> {
    let mut found: Vec<String> = Vec::new();
    for part in source.split('/').filter(|part| !["", "."].contains(part)) {
        let parent: PathBuf = std::iter::once(directory.to_path_buf())
            .chain(found.iter().map(PathBuf::from))
            .collect();
        let names = host.names_in(&parent);
        let is_known = part == ".." || names.iter().any(|name| name == part);
        let name = match is_known {
            true => part,
            false => closest(part, &names)?,
        };
        found.push(name.to_owned());
    }
    (!found.is_empty()).then(|| found.join("/"))
}

/// The name that differs only in case, or else the closest one.
fn closest<'a>(part: &str, names: &'a [String]) -> Option<&'a str> {
    let names = || names.iter().map(String::as_str);
    let lower = part.to_lowercase();
    names()
        .find(|name| name.to_lowercase() == lower)
        .or_else(|| closest_match(part, names()))
}
