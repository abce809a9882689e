//! Which files a directory has.

use std::fs;
use std::path::{Path, PathBuf};

/// The Score files below the current directory, sorted: `score.yaml` and `*.score.yaml`. Skips what
/// git ignores, hidden directories and `environments/`.
pub(crate) fn find_score_files() -> Vec<PathBuf> {
    let mut walk = ignore::WalkBuilder::new(".");
    walk.require_git(false).filter_entry(|entry| {
        let directory = entry.file_type().is_some_and(|kind| kind.is_dir());
        !(directory && entry.depth() == 1 && entry.file_name() == "environments")
    });
    let is_score = |name: &str| name == "score.yaml" || name.ends_with(".score.yaml");
    let mut files: Vec<PathBuf> = walk
        .build()
        .filter_map(Result::ok)
        .filter(|entry| entry.file_name().to_str().is_some_and(is_score))
        .filter(is_file_or_broken)
        .map(|entry| {
            entry
                .path()
                .strip_prefix(".")
                .unwrap_or(entry.path())
                .to_path_buf()
        })
        .collect();
    files.sort();
    files
}

/// Whether an entry is a file or a link to one. A broken link counts, so that the error of reading
/// it is reported; a pipe does not, since reading it would wait.
fn is_file_or_broken(entry: &ignore::DirEntry) -> bool {
    let Some(kind) = entry.file_type() else {
        return false;
    };
    kind.is_file()
        || kind.is_symlink() && fs::metadata(entry.path()).map_or(true, |target| target.is_file())
}

/// The names of the directories in a directory, sorted, without hidden ones; empty when it cannot
/// be read.
pub(crate) fn directory_names(path: &Path) -> Vec<String> {
    visible_names(path, |entry| entry.is_dir())
}

/// The files in a directory whose names end in `suffix`, sorted, without hidden ones.
pub(crate) fn files_ending_in(path: &Path, suffix: &str) -> Vec<PathBuf> {
    let mut names = visible_names(path, |entry| entry.is_file());
    names.retain(|name| name.ends_with(suffix));
    names.iter().map(|name| path.join(name)).collect()
}

fn visible_names(path: &Path, is_wanted: impl Fn(&Path) -> bool) -> Vec<String> {
    let mut names: Vec<String> = entries(path)
        .filter(|entry| is_wanted(&entry.path()))
        .filter_map(|entry| entry.file_name().into_string().ok())
        .filter(|name| !name.starts_with('.'))
        .collect();
    names.sort();
    names
}

/// The names of everything in a directory, in no order; empty when it cannot be read.
pub(crate) fn entry_names(directory: &Path) -> Vec<String> {
    entries(directory)
        .filter_map(|entry| entry.file_name().into_string().ok())
        .collect()
}

fn entries(directory: &Path) -> impl Iterator<Item = fs::DirEntry> {
    fs::read_dir(super::or_current(directory))
        .into_iter()
        .flatten()
        .filter_map(Result::ok)
}
