//! Another revision of the project, read from git.

use std::collections::BTreeMap;
use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::system::error::CliError;
use crate::system::os::{self, Entry, Revision};
use compiler::support::path::normal;
use diagnostics::suggestions::closest_match;

/// The endings of files that a project is made of.
const ENDINGS: [&str; 3] = ["yaml", "yml", "tpl"];

/// Finds the files of a revision.
pub(crate) fn open(name: &str) -> Result<Arc<Revision>, CliError> {
    if !os::is_in_repository() {
        let help = "run in a repository, for example with `-C DIR`";
        return Err(CliError::Usage(format!(
            "this directory is not in a git repository: {help}"
        )));
    }
    let root = os::repository_root();
    let commit = commit(name, &root)?;
    let entries = entries(&root, Path::new(""), &commit)?;
    let revision = Revision::new(root.clone(), entries);
    let project = os::current_directory().unwrap_or_default();
    let project = project.strip_prefix(&root).unwrap_or(Path::new(""));
    revision.prefetch(|path| {
        let ending = path.extension().and_then(OsStr::to_str);
        path.starts_with(project) && ending.is_some_and(|ending| ENDINGS.contains(&ending))
    });
    Ok(Arc::new(revision))
}

/// The object of the commit that a name stands for.
fn commit(name: &str, root: &Path) -> Result<String, CliError> {
    // A name that begins with a dash would be an option.
    let wanted = format!("{name}^{{commit}}");
    let found = match name.starts_with('-') || name.is_empty() {
        true => None,
        false => output(root, &["rev-parse", "--verify", "--quiet", &wanted])?,
    };
    let found = found.map(|text| String::from_utf8_lossy(&text).trim().to_owned());
    match found.filter(|commit| !commit.is_empty()) {
        Some(commit) => Ok(commit),
        None => Err(unknown(name, root)),
    }
}

fn unknown(name: &str, root: &Path) -> CliError {
    let shallow = output(root, &["rev-parse", "--is-shallow-repository"]);
    let is_shallow = matches!(shallow, Ok(Some(text)) if text.starts_with(b"true"));
    let branches = output(root, &["for-each-ref", "--format=%(refname:short)"]);
    let branches = branches.ok().flatten().unwrap_or_default();
    let branches = String::from_utf8_lossy(&branches).into_owned();
    let help = match closest_match(name, branches.lines()) {
        Some(branch) => format!("did you mean `{branch}`?"),
        None if is_shallow => {
            "the clone is shallow, so fetch it with `git fetch --unshallow`, or set `fetch-depth: \
             0` for actions/checkout"
                .to_owned()
        }
        None => "fetch it with `git fetch`, or name a branch, a tag or a commit".to_owned(),
    };
    CliError::Usage(format!("git has no revision `{name}` here: {help}"))
}

/// What git prints; `None` when it fails.
fn output(directory: &Path, arguments: &[&str]) -> Result<Option<Vec<u8>>, CliError> {
    let result = os::git::git_in(directory, arguments, Vec::new()).map_err(CliError::Io)?;
    Ok(result.success.then_some(result.output))
}

/// The files of a commit and of its submodules. `at` is the way from the root to the repository.
fn entries(root: &Path, at: &Path, commit: &str) -> Result<BTreeMap<PathBuf, Entry>, CliError> {
    let repository = root.join(at);
    let list = ["ls-tree", "-r", "-z", "--full-tree", commit];
    let Some(list) = output(&repository, &list)? else {
        let message = "git cannot read the files of the revision: run `git fsck`";
        return Err(CliError::Io(message.to_owned()));
    };
    let mut entries = BTreeMap::new();
    // `MODE TYPE OBJECT`, a tab, and the path.
    for line in list.split(|byte| *byte == 0) {
        let Some(tab) = line.iter().position(|byte| *byte == b'\t') else {
            continue;
        };
        let (words, path) = (String::from_utf8_lossy(&line[..tab]), &line[tab + 1..]);
        let path = at.join(OsStr::from_bytes(path));
        let words: Vec<&str> = words.split(' ').collect();
        let [mode, kind, object] = words[..] else {
            continue;
        };
        match (kind, mode) {
            ("commit", _) => entries.extend(submodule(root, &path, object)?),
            (_, "120000") => {
                let content = output(&repository, &["cat-file", "blob", object])?;
                let target = PathBuf::from(OsStr::from_bytes(&content.unwrap_or_default()));
                entries.insert(path, Entry::Link(target));
            }
            _ => {
                let repository = repository.clone();
                let object = object.to_owned();
                entries.insert(path, Entry::File { object, repository });
            }
        }
    }
    Ok(entries)
}

/// The files of a submodule. One that is not checked out has none in either revision.
fn submodule(root: &Path, path: &Path, commit: &str) -> Result<BTreeMap<PathBuf, Entry>, CliError> {
    let repository = root.join(path);
    if !os::exists(&repository.join(".git")) {
        return Ok(BTreeMap::from([(path.to_path_buf(), Entry::Directory)]));
    }
    if output(&repository, &["cat-file", "-e", commit])?.is_some() {
        return entries(root, path, commit);
    }
    let path = normal(path);
    let name = path.display();
    let reason = format!(
        "the submodule `{name}` does not have its commit {commit}; run `git -C {name} fetch \
         origin {commit}` in the root of the repository"
    );
    Ok(BTreeMap::from([(path.clone(), Entry::Unread(reason))]))
}
