//! The program git.

use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use super::fetch::Deadline;
use super::process::{self, MAX_STDOUT};
use super::temp_dir::TempDir;
use compiler::support::host::{HostError, Program, ProgramResult};

/// Creates a temporary directory.
pub(crate) fn temp_dir() -> Result<TempDir, String> {
    process::clean_up_when_interrupted();
    TempDir::new()
}

/// Variables that make git use another repository; a git hook runs with them.
const GIT_REPOSITORY_VARIABLES: [&str; 10] = [
    "GIT_DIR",
    "GIT_WORK_TREE",
    "GIT_INDEX_FILE",
    "GIT_OBJECT_DIRECTORY",
    "GIT_ALTERNATE_OBJECT_DIRECTORIES",
    "GIT_COMMON_DIR",
    "GIT_NAMESPACE",
    "GIT_PREFIX",
    "GIT_QUARANTINE_PATH",
    "GIT_CONFIG",
];

/// How long git may look for files in its index.
const LIST_LIMIT: Duration = Duration::from_secs(10);

/// Those of the paths that git tracks in the repository of the current directory; none when git
/// cannot tell.
pub(crate) fn tracked_by_git(paths: &[PathBuf]) -> Vec<PathBuf> {
    let names: Vec<String> = paths
        .iter()
        .map(|path| path.display().to_string())
        .collect();
    // No program of the repository's configuration is run.
    let options = ["-c", "core.fsmonitor=false", "ls-files", "-z", "--"];
    let program = Program {
        path: "git".into(),
        arguments: options
            .map(str::to_owned)
            .into_iter()
            .chain(names)
            .collect(),
        input: Vec::new(),
        limit: LIST_LIMIT,
    };
    let set_up = |command: &mut Command| {
        GIT_REPOSITORY_VARIABLES
            .iter()
            .for_each(|name| _ = command.env_remove(name));
    };
    match process::run_with(&program, MAX_STDOUT, set_up, &|| Ok(())) {
        Ok(result) if result.success => result
            .output
            .split(|byte| *byte == 0)
            .filter(|name| !name.is_empty())
            .map(|name| PathBuf::from(OsStr::from_bytes(name)))
            .collect(),
        _ => Vec::new(),
    }
}

/// The most bytes that git may store for one source: its history is not fetched, but some servers
/// send every file of the commit.
const MAX_REPOSITORY_SIZE: u64 = 256 << 20;

/// The size of all files in a directory and below. What vanishes meanwhile has none.
fn directory_size(directory: &Path) -> u64 {
    let entries = std::fs::read_dir(directory).into_iter().flatten();
    let size = |entry: std::fs::DirEntry| match entry.file_type() {
        Ok(kind) if kind.is_dir() => directory_size(&entry.path()),
        _ => entry.metadata().map_or(0, |metadata| metadata.len()),
    };
    entries.filter_map(Result::ok).map(size).sum()
}

/// Runs git in a directory, which may not grow too large. It does not prompt, and uses only these protocols, with the credentials
/// that it is configured for.
pub(crate) fn run_git(
    directory: &Path,
    arguments: &[&str],
    input: Vec<u8>,
    protocols: &str,
    ssh: Option<&str>,
    deadline: Deadline,
) -> Result<ProgramResult, String> {
    let program = Program {
        path: "git".into(),
        arguments: arguments
            .iter()
            .map(|argument| (*argument).to_owned())
            .collect(),
        input,
        limit: deadline.left()?,
    };
    let set_up = |command: &mut Command| {
        GIT_REPOSITORY_VARIABLES
            .iter()
            .for_each(|name| _ = command.env_remove(name));
        command
            .current_dir(directory)
            .env("GIT_TERMINAL_PROMPT", "0")
            .env("GIT_ALLOW_PROTOCOL", protocols);
        // Messages of git are part of ours, which are in English.
        command.env("LC_ALL", "C");
        if let Some(ssh) = ssh {
            command.env("GIT_SSH_COMMAND", ssh);
        }
    };
    let check_size = || match directory_size(directory) <= MAX_REPOSITORY_SIZE {
        true => Ok(()),
        false => Err(format!(
            "git stores more than {} MiB for it; name a smaller repository",
            MAX_REPOSITORY_SIZE >> 20
        )),
    };
    let result = process::run_with(&program, MAX_STDOUT, set_up, &check_size);
    result.map_err(|error| match error {
        HostError::NotFound => "there is no program `git`; install it".to_owned(),
        HostError::Failed(_) if deadline.left().is_err() => deadline.message(),
        HostError::Failed(reason) => reason,
    })
}

/// How long git may take to read a revision.
const READ_LIMIT: Duration = Duration::from_secs(120);

/// The most bytes that git may give of a revision.
const MAX_REVISION_SIZE: u64 = 1 << 30;

/// Runs git in the repository of a directory, to read what it has there.
pub(crate) fn git_in(
    directory: &Path,
    arguments: &[&str],
    input: Vec<u8>,
) -> Result<ProgramResult, String> {
    let program = Program {
        path: "git".into(),
        arguments: arguments.iter().map(ToString::to_string).collect(),
        input,
        limit: READ_LIMIT,
    };
    let set_up = |command: &mut Command| {
        GIT_REPOSITORY_VARIABLES
            .iter()
            .for_each(|name| _ = command.env_remove(name));
        command.current_dir(directory).env("LC_ALL", "C");
        command.env("GIT_TERMINAL_PROMPT", "0");
    };
    let result = process::run_with(&program, MAX_REVISION_SIZE, set_up, &|| Ok(()));
    result.map_err(|error| match error {
        HostError::NotFound => "there is no program `git`; install it".to_owned(),
        HostError::Failed(reason) => reason,
    })
}

/// The contents of objects, by their names; without those that the repository does not have.
pub(super) fn blobs(repository: &Path, objects: &[&str]) -> Result<Vec<(String, Vec<u8>)>, String> {
    let input = objects.join("\n") + "\n";
    let result = git_in(repository, &["cat-file", "--batch"], input.into_bytes())?;
    let mut rest = result.output.as_slice();
    let mut contents = Vec::new();
    // `NAME blob SIZE`, the content, and a line break; `NAME missing` for one that is not there.
    while let Some(end) = rest.iter().position(|byte| *byte == b'\n') {
        let line = String::from_utf8_lossy(&rest[..end]).into_owned();
        rest = &rest[end + 1..];
        let mut words = line.split(' ');
        let (name, size) = (words.next().unwrap_or_default(), words.nth(1));
        let Some(size) = size.and_then(|size| size.parse::<usize>().ok()) else {
            continue;
        };
        let Some(content) = rest.get(..size) else {
            break;
        };
        contents.push((name.to_owned(), content.to_vec()));
        rest = rest.get(size + 1..).unwrap_or_default();
    }
    Ok(contents)
}

/// Whether the rules of a repository ignore a file that is not tracked.
pub(super) fn git_ignores(repository: &Path, path: &Path) -> bool {
    let path = path.display().to_string();
    let result = git_in(repository, &["check-ignore", "-q", "--", &path], Vec::new());
    result.is_ok_and(|result| result.success)
}
