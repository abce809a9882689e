//! Which files a directory has.
//!
//! What would be read, but cannot be, is an error: a definition that is skipped would let another
//! one provide a database. An error is one line that names the path.

use std::collections::BTreeSet;
use std::ffi::OsStr;
use std::fs::{self, FileType};
use std::io::{self, ErrorKind};
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};

use super::io_error_text::reason;
use super::restrictions;
use super::revision::{self, Entry};
use super::watching::{Question, note};

/// The Score files of a project.
pub(crate) struct ScoreFiles {
    /// Sorted by path.
    pub(crate) files: Vec<PathBuf>,
    /// Links to directories, each with a Score file in it that is not among the `files`.
    pub(crate) links: Vec<(PathBuf, PathBuf)>,
    /// The directories that were searched.
    pub(super) directories: Vec<PathBuf>,
}

/// How many entries are looked at behind a link that is not followed.
const MAX_ENTRIES: usize = 2_000;

/// The files below the current directory that have the name of a Score file. Skips what the
/// `.gitignore` files of the repository ignore, hidden directories and `environments/`.
pub(crate) fn find_score_files() -> Result<ScoreFiles, String> {
    let found = search_score_files();
    let answer = found.as_ref().map(|found| (&found.files, &found.links));
    note(|| Question::ScoreFiles, &answer);
    found
}

/// Whether the project has a Score file. It is searched only up to the first one.
pub(crate) fn has_score_files() -> Result<bool, String> {
    if let Some(files) = revision::score_files() {
        return Ok(!files?.is_empty());
    }
    let is_meant = |entry: &ignore::DirEntry| {
        is_score_file(entry.file_name()) && entry.file_type().is_none_or(|kind| !kind.is_dir())
    };
    // What cannot be read is reported by the search for all.
    Ok(walk()
        .build()
        .filter_map(Result::ok)
        .any(|entry| is_meant(&entry)))
}

fn search_score_files() -> Result<ScoreFiles, String> {
    if let Some(files) = revision::score_files() {
        return Ok(ScoreFiles {
            files: files?,
            links: Vec::new(),
            directories: Vec::new(),
        });
    }
    let (mut files, mut links, mut directories) = (Vec::new(), Vec::new(), Vec::new());
    for entry in walked(walk())? {
        let path = without_dot(entry.path());
        let Some(kind) = kind_of(entry.path(), entry.file_type()) else {
            continue;
        };
        match kind {
            Kind::Directory if entry.path_is_symlink() => links.push(path),
            Kind::Directory => directories.push(path),
            _ if !is_score_file(entry.file_name()) => {}
            Kind::Special => return Err(special(&path)),
            // Files that it names are looked for beside it, by a path that is text.
            _ if path.to_str().is_none() => return Err(not_utf8(&path)),
            // The error of reading a broken link names it.
            Kind::File | Kind::BrokenLink => files.push(path),
        }
    }
    files.sort();
    links.sort();
    let links = unfollowed(links, &files);
    Ok(ScoreFiles {
        files,
        links,
        directories,
    })
}

/// The files below a directory whose names end in `suffix`, sorted. Skips what the `.gitignore` files
/// of the repository ignore, and hidden directories.
pub(crate) fn files_below_ending_in(
    directory: &Path,
    suffix: &str,
) -> Result<Vec<PathBuf>, String> {
    let is_meant = |entry: &ignore::DirEntry| {
        entry.file_name().as_bytes().ends_with(suffix.as_bytes())
            && kind_of(entry.path(), entry.file_type()) == Some(Kind::File)
    };
    let entries = walked(walk_in(directory))?;
    let files = entries.iter().filter(|entry| is_meant(entry));
    let mut files: Vec<PathBuf> = files.map(|entry| without_dot(entry.path())).collect();
    files.sort();
    Ok(files)
}

/// All that a walk finds.
fn walked(mut walk: ignore::WalkBuilder) -> Result<Vec<ignore::DirEntry>, String> {
    // Of several errors always the same one is reported.
    walk.sort_by_file_name(OsStr::cmp);
    let mut entries = Vec::new();
    for entry in walk.build() {
        match entry {
            Ok(entry) => entries.push(entry),
            Err(error) => match unreadable_directory(&error) {
                Some(message) => return Err(message),
                None => continue,
            },
        }
    }
    Ok(entries)
}

/// The files that [`find_score_files`] would find if `.gitignore` did not exclude them, sorted.
pub(crate) fn ignored_score_files() -> Vec<PathBuf> {
    let files = |walk: &ignore::WalkBuilder| -> BTreeSet<PathBuf> {
        let entries = walk.build().filter_map(Result::ok);
        let entries = entries.filter(|entry| is_score_file(entry.file_name()));
        entries.map(|entry| without_dot(entry.path())).collect()
    };
    let (found, mut all) = (files(&walk()), walk());
    let all = files(all.git_ignore(false));
    all.difference(&found).cloned().collect()
}

/// A walk through the project. What it skips does not depend on anything that one person has set.
fn walk() -> ignore::WalkBuilder {
    let mut walk = walk_in(Path::new("."));
    walk.filter_entry(|entry| {
        let directory = entry.file_type().is_some_and(|kind| kind.is_dir());
        !(directory && entry.depth() == 1 && entry.file_name() == "environments")
    });
    walk
}

fn walk_in(directory: &Path) -> ignore::WalkBuilder {
    let mut walk = ignore::WalkBuilder::new(directory);
    walk.require_git(false).parents(super::is_in_repository());
    walk.git_global(false).git_exclude(false).ignore(false);
    walk
}

fn without_dot(path: &Path) -> PathBuf {
    path.strip_prefix(".").unwrap_or(path).to_path_buf()
}

/// `score.yaml`, `score.NAME.yaml`, `score-NAME.yaml` and `NAME.score.yaml`, unless the name is that
/// of another file of a project.
pub(crate) fn is_score_file(name: &OsStr) -> bool {
    let name = name.as_bytes();
    let stem = name
        .strip_suffix(b".yaml")
        .or_else(|| name.strip_suffix(b".yml"));
    stem.is_some_and(|stem| {
        let is_other = [&b".patches"[..], b".provisioners", b".test"]
            .iter()
            .any(|ending| stem.ends_with(ending));
        let begins = |start: &[u8]| stem.starts_with(start);
        let is_score = stem == b"score" || begins(b"score.") || begins(b"score-");
        (is_score || stem.ends_with(b".score")) && stem != b"score-rs" && !is_other
    })
}

/// The links that lead to a Score file that is not among these.
fn unfollowed(links: Vec<PathBuf>, files: &[PathBuf]) -> Vec<(PathBuf, PathBuf)> {
    let links = links.into_iter().filter(|link| {
        link.as_os_str() != "environments" // These files are never read.
    });
    let mut known: Option<BTreeSet<_>> = None;
    let mut list = Vec::new();
    for link in links {
        let known = known.get_or_insert_with(|| {
            files
                .iter()
                .filter_map(|file| super::file_identity(file))
                .collect()
        });
        let mut walk = ignore::WalkBuilder::new(&link);
        walk.require_git(false).git_global(false).git_exclude(false);
        let entries = walk.ignore(false).build().take(MAX_ENTRIES);
        let unknown = entries.filter_map(Result::ok).find(|entry| {
            is_score_file(entry.file_name())
                && super::file_identity(entry.path())
                    .is_some_and(|identity| !known.contains(&identity))
        });
        list.extend(unknown.map(|entry| (link, entry.into_path())));
    }
    list
}

/// The message for a directory that a walk cannot read; `None` for one that does not exist any
/// more.
fn unreadable_directory(error: &ignore::Error) -> Option<String> {
    if error
        .io_error()
        .is_some_and(|error| error.kind() == ErrorKind::NotFound)
    {
        return None;
    }
    let why = match error.io_error() {
        Some(error) => reason(error),
        None => error.to_string(),
    };
    let help = "allow to read it, or list it in `.gitignore`";
    let path = path_of(error).map_or(PathBuf::from("."), without_dot);
    Some(format!("cannot read `{}`: {why}; {help}", path.display()))
}

fn path_of(error: &ignore::Error) -> Option<&Path> {
    match error {
        ignore::Error::WithPath { path, .. } => Some(path),
        ignore::Error::WithDepth { err, .. } | ignore::Error::WithLineNumber { err, .. } => {
            path_of(err)
        }
        _ => None,
    }
}

/// What an entry is, behind any links.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    File,
    Directory,
    BrokenLink,
    /// A pipe, socket or device, which may never end.
    Special,
}

/// The kind of an entry; `None` when it does not exist any more.
fn kind_of(path: &Path, own_kind: Option<FileType>) -> Option<Kind> {
    let kind = match own_kind {
        Some(kind) if !kind.is_symlink() => kind,
        _ => match fs::metadata(path) {
            Ok(metadata) => metadata.file_type(),
            Err(_) if path.is_symlink() => return Some(Kind::BrokenLink),
            Err(_) => return None,
        },
    };
    Some(match (kind.is_file(), kind.is_dir()) {
        (true, _) => Kind::File,
        (_, true) => Kind::Directory,
        _ => Kind::Special,
    })
}

/// The names of the directories in a directory, sorted, without hidden ones.
pub(crate) fn subdirectories(path: &Path) -> Result<Vec<String>, String> {
    let names = list_subdirectories(path);
    note(|| Question::Subdirectories(path.to_path_buf()), &names);
    names
}

fn list_subdirectories(path: &Path) -> Result<Vec<String>, String> {
    if let Some(entries) = revision::list(path) {
        let is_listed = |(name, entry): &(String, Option<Entry>)| {
            !name.starts_with('.') && *entry == Some(Entry::Directory)
        };
        let directories = entries?.into_iter().filter(is_listed);
        return Ok(directories.map(|(name, _)| name).collect());
    }
    let mut names = Vec::new();
    for entry in entries_in(path, |name| !name.starts_with(b"."))? {
        let path = path.join(entry.file_name());
        match kind_of(&path, entry.file_type().ok()) {
            Some(Kind::Directory) => names.push(utf8_name(&entry, &path)?),
            Some(Kind::BrokenLink) => return Err(broken_link(&path)),
            _ => {}
        }
    }
    names.sort();
    Ok(names)
}

/// The files in a directory and below, sorted, each with its path from there; none if there is no
/// such directory. Hidden ones and those that `.gitignore` excludes are left out. Anything but a file
/// or directory is an error.
pub(crate) fn files_below(directory: &Path) -> Result<Vec<(String, PathBuf)>, String> {
    let mut files = Vec::new();
    for entry in walked(walk_in(directory))? {
        let path = entry.path();
        match entry.file_type() {
            Some(kind) if kind.is_dir() => continue,
            Some(kind) if kind.is_file() => {}
            _ if entry.depth() == 0 => continue,
            _ => {
                let path = path.display();
                return Err(format!(
                    "`{path}` is a link or no file; replace it with a file"
                ));
            }
        }
        let name = path.strip_prefix(directory).ok().and_then(Path::to_str);
        let name = name.ok_or_else(|| not_utf8(path))?;
        files.push((name.to_owned(), path.to_owned()));
    }
    files.sort();
    Ok(files)
}

/// What happens with names that begin with a dot.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Hidden {
    Skipped,
    Listed,
}

/// The files in a directory whose names have one of these endings, sorted. Anything else with such a
/// name is an error.
pub(crate) fn files_ending_in(
    directory: &Path,
    suffixes: &[&'static str],
    hidden: Hidden,
) -> Result<Vec<PathBuf>, String> {
    let paths = list_files_ending_in(directory, suffixes, hidden);
    let question = || Question::FilesEndingIn(directory.to_path_buf(), suffixes.to_vec());
    note(question, &paths);
    paths
}

fn list_files_ending_in(
    directory: &Path,
    suffixes: &[&str],
    hidden: Hidden,
) -> Result<Vec<PathBuf>, String> {
    let is_meant = |name: &[u8]| {
        let mut suffixes = suffixes.iter();
        suffixes.any(|suffix| name.ends_with(suffix.as_bytes()))
            && (hidden == Hidden::Listed || !name.starts_with(b"."))
    };
    if let Some(entries) = revision::list(directory) {
        let is_listed = |(name, _): &(String, Option<Entry>)| is_meant(name.as_bytes());
        let files = entries?.into_iter().filter(is_listed);
        return Ok(files.map(|(name, _)| directory.join(name)).collect());
    }
    let mut paths = Vec::new();
    for entry in entries_in(directory, is_meant)? {
        let path = directory.join(entry.file_name());
        match kind_of(&path, entry.file_type().ok()) {
            Some(Kind::File) => paths.push(directory.join(utf8_name(&entry, &path)?)),
            Some(Kind::Directory) => {
                return Err(format!(
                    "cannot read `{}`: it is a directory; rename it, since its name is that of a file to read",
                    path.display()
                ));
            }
            Some(Kind::BrokenLink) => return Err(broken_link(&path)),
            Some(Kind::Special) => return Err(special(&path)),
            None => {}
        }
    }
    paths.sort();
    Ok(paths)
}

fn utf8_name(entry: &fs::DirEntry, path: &Path) -> Result<String, String> {
    entry.file_name().into_string().map_err(|_| not_utf8(path))
}

fn not_utf8(path: &Path) -> String {
    format!(
        "cannot read `{}`: its path is not UTF-8; rename it",
        path.display()
    )
}

fn broken_link(path: &Path) -> String {
    format!(
        "cannot read `{}`: the link leads to nothing; correct or remove it",
        path.display()
    )
}

fn special(path: &Path) -> String {
    format!(
        "cannot read `{}`: {NOT_A_FILE}; remove or rename it",
        path.display()
    )
}

/// Why a pipe, socket or device is not read.
pub(super) const NOT_A_FILE: &str = "it is a pipe, socket or device, not a file";

/// The entries of a directory whose names are meant, sorted. One that does not exist has none.
fn entries_in(
    directory: &Path,
    is_meant: impl Fn(&[u8]) -> bool,
) -> Result<Vec<fs::DirEntry>, String> {
    let failed = |error: io::Error| {
        let path = super::or_current(directory).display();
        format!("cannot read `{path}`: {}; allow to read it", reason(&error))
    };
    restrictions::check(directory).map_err(failed)?;
    let entries = match fs::read_dir(super::or_current(directory)) {
        Ok(entries) => entries,
        Err(error) if [ErrorKind::NotFound, ErrorKind::NotADirectory].contains(&error.kind()) => {
            return Ok(Vec::new());
        }
        Err(error) => return Err(failed(error)),
    };
    let is_listed = |entry: &io::Result<fs::DirEntry>| match entry {
        Ok(entry) => is_meant(entry.file_name().as_bytes()),
        Err(_) => true,
    };
    let entries: io::Result<Vec<fs::DirEntry>> = entries.filter(is_listed).collect();
    let mut entries = entries.map_err(failed)?;
    // Of several errors always the same one is reported.
    entries.sort_by_key(fs::DirEntry::file_name);
    Ok(entries)
}

/// The names of the directories in a directory, sorted, without hidden ones; empty when it cannot
/// be read. For suggestions and cleanup, which may miss some.
pub(crate) fn directory_names(path: &Path) -> Vec<String> {
    if revision::kind(path).is_some() {
        return list_subdirectories(path).unwrap_or_default();
    }
    let mut names: Vec<String> = entries(path)
        .filter(|entry| entry.path().is_dir())
        .filter_map(|entry| entry.file_name().into_string().ok())
        .filter(|name| !name.starts_with('.'))
        .collect();
    names.sort();
    names
}

/// The names of everything in a directory, in no order; empty when it cannot be read. For
/// suggestions and cleanup, which may miss some.
pub(crate) fn entry_names(directory: &Path) -> Vec<String> {
    if let Some(entries) = revision::list(directory) {
        let entries = entries.unwrap_or_default().into_iter();
        return entries.map(|(name, _)| name).collect();
    }
    entries(directory)
        .filter_map(|entry| entry.file_name().into_string().ok())
        .collect()
}

fn entries(directory: &Path) -> impl Iterator<Item = fs::DirEntry> {
    restrictions::check(directory)
        .and_then(|()| fs::read_dir(super::or_current(directory)))
        .into_iter()
        .flatten()
        .filter_map(Result::ok)
}
