//! Files of git repositories, by the program `git`. It fetches one commit into a temporary
//! directory and checks nothing out.

use std::path::Path;

use super::digest::is_commit_id;
use super::fetch::{Content, Want};
use super::tree::Tree;
use super::url::GitFile;
use crate::system::os::TempDir;
use crate::system::os::fetch::Deadline;
use crate::system::os::git::{run_git, temp_dir};
use compiler::support::host::{Host, ProgramResult};
use compiler::support::path::normal;

/// Fetches a file, or all files. `commit` is the one to take instead of that of the branch or tag.
/// Returns the commit that was taken, too.
pub(super) fn content(
    file: &GitFile,
    commit: Option<&str>,
    want: Want,
    host: &dyn Host,
    deadline: Deadline,
) -> Result<(Content, String), String> {
    let directory = temp_dir()?;
    let git = Git {
        directory: &directory,
        protocols: protocols(&file.repository),
        ssh: None,
        // All blobs in one request, where they are likely to be needed.
        filter: match want.is_tree == Some(true) || !Tree::has_place_for(&file.path) {
            true => "--filter=blob:limit=1m",
            false => "--filter=blob:none",
        },
        deadline,
    };
    let git = Git {
        ssh: git.ssh_without_prompt(file, host),
        ..git
    };
    git.run(&["init", "--quiet", "--template="])?;
    // `cat-file` fetches missing blobs only from a remote with a name.
    git.run(&["config", "remote.origin.url", &file.repository])?;
    let reference = file.reference.as_deref().unwrap_or("HEAD");
    match commit {
        // Some servers give only commits that a branch or tag points to.
        Some(commit) => git.fetch(commit).or_else(|_| git.fetch(reference))?,
        None => git.fetch(reference)?,
    }
    let commit = git.text(&["rev-parse", "--verify", "--quiet", "FETCH_HEAD^{commit}"])?;
    if !is_commit_id(&commit) {
        return Err("git finds no commit for it".to_owned());
    }
    let is_tree = match want.is_tree {
        Some(true) => true,
        _ if file.path.is_empty() => true,
        _ => git.is_directory(&commit, &file.path)?,
    };
    if is_tree && want.is_tree == Some(false) {
        return Err(format!(
            "`{}` is a directory in the commit {commit}",
            file.path
        ));
    }
    let content = match is_tree {
        true => Content::Tree(git.tree(&commit)?),
        false => {
            let blob = format!("{commit}:{}", file.path);
            Content::File(git.run(&["cat-file", "blob", &blob])?.output)
        }
    };
    Ok((content, commit))
}

/// The protocols that git may use; `url.<base>.insteadOf` of the user may change one to the other.
fn protocols(repository: &str) -> &'static str {
    if repository.starts_with("http://") {
        "http:https:ssh"
    } else {
        "https:ssh"
    }
}

struct Git<'a> {
    directory: &'a TempDir,
    protocols: &'static str,
    ssh: Option<String>,
    /// Which blobs are not fetched together with the commit.
    filter: &'static str,
    deadline: Deadline,
}

impl Git<'_> {
    /// An ssh command that fails instead of asking for a password, unless the user has configured
    /// one.
    fn ssh_without_prompt(&self, file: &GitFile, host: &dyn Host) -> Option<String> {
        let is_set = ["GIT_SSH_COMMAND", "GIT_SSH"]
            .iter()
            .any(|name| host.variable(name).is_some());
        if is_set || !file.repository.starts_with("ssh://") {
            return None;
        }
        let configured = self
            .try_run(&["config", "--get", "core.sshCommand"], Vec::new())
            .is_ok_and(|finished| finished.success);
        (!configured).then(|| "ssh -o BatchMode=yes".to_owned())
    }

    fn fetch(&self, version: &str) -> Result<(), String> {
        let options = [
            "-c",
            "core.hooksPath=/dev/null",
            "-c",
            "fetch.fsckObjects=true",
            "-c",
            "gc.auto=0",
            "fetch",
        ];
        let fetch_options = [
            "--quiet",
            "--depth=1",
            "--no-tags",
            "--no-recurse-submodules",
            self.filter,
        ];
        let arguments: Vec<&str> = options
            .into_iter()
            .chain(fetch_options)
            .chain(["--", "origin", version])
            .collect();
        self.run(&arguments).map(|_| ())
    }

    /// Whether a path is a directory; an error for anything but that and a file.
    fn is_directory(&self, commit: &str, path: &str) -> Result<bool, String> {
        let entry = self.text(&["--literal-pathspecs", "ls-tree", "-z", commit, "--", path])?;
        match entry.split([' ', '\0']).next().unwrap_or_default() {
            "100644" | "100755" => Ok(false),
            "040000" => Ok(true),
            "" => Err(format!(
                "the commit {commit} has no file or directory `{path}`"
            )),
            "120000" => Err(format!(
                "`{path}` is a symbolic link in the commit {commit}; name what it points to"
            )),
            _ => Err(format!("`{path}` is not a file in the commit {commit}")),
        }
    }

    /// The files of a commit that have a place in a tree. Links to such a file are followed.
    fn tree(&self, commit: &str) -> Result<Tree, String> {
        let list = self.run(&["ls-tree", "-r", "-z", commit])?.output;
        let list = String::from_utf8(list).map_err(|_| "the path of a file is not UTF-8")?;
        let entries: Vec<TreeEntry<'_>> = list
            .split_terminator('\0')
            .filter_map(TreeEntry::parse)
            .filter(|entry| Tree::has_place_for(entry.path))
            .collect();
        let names: String = entries
            .iter()
            .map(|entry| format!("{}\n", entry.object))
            .collect();
        let blobs = self.run_with(&["cat-file", "--batch"], names.into())?;
        let mut rest = blobs.output.as_slice();
        let (mut tree, mut links) = (Tree::default(), Vec::new());
        for entry in entries {
            let (content, after) = next_blob(rest).ok_or("git does not print a file")?;
            match entry.mode {
                "120000" => links.push((entry.path, content)),
                _ => tree.add(entry.path, content.to_vec())?,
            }
            rest = after;
        }
        for (path, target) in links {
            let target = String::from_utf8_lossy(target);
            let target = normal(&Path::new(path).join("..").join(target.as_ref()));
            let content = target.to_str().and_then(|target| tree.file(target));
            let content = content.map(<[u8]>::to_vec).ok_or_else(|| {
                format!(
                    "`{path}` is a symbolic link in the commit {commit}, and leads to no file of it; \
                     replace it with the file"
                )
            })?;
            tree.add(path, content)?;
        }
        tree.check_size()?;
        Ok(tree)
    }

    /// The output as a trimmed text.
    fn text(&self, arguments: &[&str]) -> Result<String, String> {
        let output = self.run(arguments)?.output;
        Ok(String::from_utf8_lossy(&output).trim().to_owned())
    }

    /// Runs git; an error has its messages.
    fn run(&self, arguments: &[&str]) -> Result<ProgramResult, String> {
        self.run_with(arguments, Vec::new())
    }

    /// As [`Git::run`], with standard input.
    fn run_with(&self, arguments: &[&str], input: Vec<u8>) -> Result<ProgramResult, String> {
        let finished = self.try_run(arguments, input)?;
        if finished.success {
            return Ok(finished);
        }
        let errors = String::from_utf8_lossy(&finished.errors);
        let lines: Vec<&str> = errors
            .lines()
            .map(str::trim)
            .filter(|line| !line.is_empty())
            .collect();
        match lines.as_slice() {
            [] => Err(format!("git failed with {}", finished.status)),
            lines => Err(format!("git: {}", lines.join("; "))),
        }
    }

    fn try_run(&self, arguments: &[&str], input: Vec<u8>) -> Result<ProgramResult, String> {
        run_git(
            self.directory.path(),
            arguments,
            input,
            self.protocols,
            self.ssh.as_deref(),
            self.deadline,
        )
    }
}

/// A line of `ls-tree`.
struct TreeEntry<'a> {
    mode: &'a str,
    object: &'a str,
    path: &'a str,
}

impl TreeEntry<'_> {
    /// `None` for what has no content, such as a submodule.
    fn parse(line: &str) -> Option<TreeEntry<'_>> {
        let (head, path) = line.split_once('\t')?;
        let mut head = head.split(' ');
        match (head.next()?, head.next()?, head.next()?) {
            (mode, "blob", object) => Some(TreeEntry { mode, object, path }),
            _ => None,
        }
    }
}

/// The first blob that `cat-file --batch` has printed, and what follows it.
fn next_blob(output: &[u8]) -> Option<(&[u8], &[u8])> {
    let end = output.iter().position(|byte| *byte == b'\n')?;
    let (head, rest) = (str::from_utf8(&output[..end]).ok()?, &output[end + 1..]);
    let mut head = head.split(' ').skip(1);
    let size = match (head.next(), head.next()?.parse().ok()) {
        (Some("blob"), Some(size)) => size,
        _ => return None,
    };
    let (content, rest) = rest.split_at_checked(size)?;
    Some((content, rest.get(1..)?))
}
