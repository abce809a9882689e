//! Copies of remote sources in the project, which are read before the cache.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use super::lock::Lock;
use super::remotes::{DIGEST_MISMATCH, FetchedSource, RemoteRef};
use super::tree::Tree;
use crate::system::error::CliError;
use crate::system::os;
use crate::system::text_file::unreadable;
use crate::system::transaction::FileWrite;
use compiler::support::host::{Host, HostError};
use compiler::support::path::{is_inside, normal};
use diagnostics::report::{Problem, Report, Reported};
use diagnostics::source::Span;

/// The files of copies.
#[derive(Default)]
pub(crate) struct Copies {
    pub(crate) writes: Vec<FileWrite>,
    /// Files of earlier copies.
    pub(crate) outdated: Vec<PathBuf>,
}

/// The directory with copies, which have no Score files of the project. Only this line of the lock is
/// read: what is wrong with others is for the run that needs them.
pub(crate) fn vendor_directory(host: &dyn Host) -> Option<PathBuf> {
    let lock = host.read(Path::new(super::LOCK_PATH)).ok()?;
    let lock = String::from_utf8(lock).ok()?;
    let line = lock
        .lines()
        .find_map(|line| line.strip_prefix("vendor: "))?;
    Some(PathBuf::from(line.trim_matches(['\'', '"'])))
}

/// Whether copies can be in a directory: one of the project that is not the project itself.
pub(crate) fn is_directory_of_project(text: &str) -> bool {
    let path = normal(Path::new(text));
    !path.as_os_str().is_empty() && is_inside(&path, Path::new(""))
}

/// Where the copy of a source is: a file, or the directory of a tree.
pub(super) fn path(directory: &str, key: &str, is_tree: bool) -> PathBuf {
    let (scheme, rest) = key.split_once("://").unwrap_or(("", key));
    let directory = Path::new(directory);
    if !is_tree {
        return directory.join("files").join(scheme).join(plain(rest));
    }
    let at = match scheme {
        "oci" => {
            let name = rest.rfind('/').map_or(0, |at| at + 1);
            let version = rest[name..].find(['@', ':']);
            version.map_or(rest.len(), |at| name + at)
        }
        _ => rest.find('?').unwrap_or(rest.len()),
    };
    let (name, version) = rest.split_at(at);
    let version = version.trim_start_matches(['@', ':']);
    let version = version.strip_prefix("?ref=").unwrap_or(version);
    let version = plain(version).replace('/', "%2F");
    directory
        .join(scheme)
        .join(format!("{}@{version}", plain(name)))
}

/// A path with only characters that every file system has.
fn plain(text: &str) -> String {
    let mut path = String::new();
    for byte in text.bytes() {
        match byte {
            b'/' | b'.' | b'_' | b'-' => path.push(char::from(byte)),
            byte if byte.is_ascii_alphanumeric() => path.push(char::from(byte)),
            byte => path.push_str(&format!("%{byte:02X}")),
        }
    }
    path
}

/// The content of a copy; `None` when there is none.
pub(super) fn read(
    path: &Path,
    is_tree: bool,
    host: &dyn Host,
) -> Result<Option<Vec<u8>>, CliError> {
    if !is_tree {
        return match host.read(path) {
            Ok(bytes) => Ok(Some(bytes)),
            Err(HostError::NotFound) => Ok(None),
            Err(error) => Err(unreadable(path, &error)),
        };
    }
    if !os::is_directory(path) {
        return Ok(None);
    }
    let mut tree = Tree::default();
    for file in files_below(path)? {
        let bytes = host
            .read(&file)
            .map_err(|error| unreadable(&file, &error))?;
        let name = file.strip_prefix(path).ok().and_then(Path::to_str);
        tree.add(name.unwrap_or_default(), bytes)
            .map_err(CliError::Io)?;
    }
    tree.encode().map(Some).map_err(CliError::Io)
}

/// The files in a directory and below that can be part of a tree.
fn files_below(directory: &Path) -> Result<Vec<PathBuf>, CliError> {
    let directories = os::subdirectories(directory).map_err(CliError::Io)?;
    let mut files = Vec::new();
    for name in &directories {
        files.extend(files_below(&directory.join(name))?);
    }
    let mut names = os::entry_names(directory);
    names.retain(|name| Tree::has_place_for(name) && !directories.contains(name));
    files.extend(names.iter().map(|name| directory.join(name)));
    Ok(files)
}

/// Reports a copy that is not what the lock pins.
pub(super) fn report_changed(
    remote: RemoteRef<'_>,
    path: &Path,
    locked: Option<Span>,
    report: &mut Report,
) -> Reported {
    let message = format!(
        "the copy `{}` of this source is not what `{}` pins",
        path.display(),
        super::LOCK_PATH
    );
    let mut problem = Problem::new(&DIGEST_MISMATCH, message).at(remote.span);
    if let Some(span) = locked {
        problem = problem.secondary(span, "locked here");
    }
    let help = "restore the copy from version control, or run `score-rs lock` to write it again";
    report.error(problem.help(help))
}

/// The copies of all sources, if the lock has a directory for them.
pub(super) fn copies(
    before: &Lock,
    after: &Lock,
    fetched: &BTreeMap<String, FetchedSource>,
) -> Result<Copies, CliError> {
    let mut copies = Copies::default();
    let Some(directory) = &after.vendor else {
        return Ok(copies);
    };
    for key in after.sources.keys() {
        let Some(source) = fetched.get(key) else {
            continue;
        };
        let path = path(directory, key, source.is_tree);
        if !source.is_tree {
            copies.writes.push(file_write(path, source.bytes.clone()));
            continue;
        }
        let tree = Tree::decode(&source.bytes).map_err(CliError::Io)?;
        let files = tree.files();
        let writes = files.map(|(name, bytes)| file_write(path.join(name), bytes.to_vec()));
        copies.writes.extend(writes);
    }
    let written: BTreeSet<&Path> = copies.writes.iter().map(|one| one.path.as_path()).collect();
    let mut outdated = BTreeSet::new();
    for (lock, directory) in [before, after]
        .into_iter()
        .filter_map(|lock| Some((lock, lock.vendor.as_ref()?)))
    {
        for (key, entry) in &lock.sources {
            let path = path(directory, key, entry.pin.is_tree);
            match entry.pin.is_tree {
                true => outdated.extend(files_below(&path)?),
                false => outdated.extend(os::exists(&path).then_some(path)),
            }
        }
    }
    outdated.retain(|file| !written.contains(file.as_path()));
    copies.outdated = outdated.into_iter().collect();
    Ok(copies)
}

fn file_write(path: PathBuf, bytes: Vec<u8>) -> FileWrite {
    FileWrite {
        path,
        content: Some(bytes),
        mode: 0o644,
        durable: false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_source_has_a_path_of_its_own() {
        for (key, is_tree, expected) in [
            ("oci://h:5000/a/b:v1", true, "v/oci/h%3A5000/a/b@v1"),
            ("oci://h/a", true, "v/oci/h/a@"),
            ("oci://h/a@sha256:0a", true, "v/oci/h/a@sha256%3A0a"),
            (
                "git-https://h/a.git?ref=x/y",
                true,
                "v/git-https/h/a.git@x%2Fy",
            ),
            ("git-ssh://git@h/a.git", true, "v/git-ssh/git%40h/a.git@"),
            (
                "oci://h/a:v1#b/c.yaml",
                false,
                "v/files/oci/h/a%3Av1%23b/c.yaml",
            ),
            ("https://h/a.yaml?x", false, "v/files/https/h/a.yaml%3Fx"),
        ] {
            assert_eq!(path("v", key, is_tree), Path::new(expected), "{key}");
        }
    }
}
