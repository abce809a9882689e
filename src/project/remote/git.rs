//! Files of git repositories, by the program `git`. It fetches one commit into a temporary
//! directory and checks nothing out.

use super::digest::is_commit_id;
use super::url::GitFile;
use crate::system::os::TempDir;
use crate::system::os::fetch::Deadline;
use crate::system::os::git::{run_git, temp_dir};
use compiler::support::host::{Host, ProgramResult};

/// A file of a commit.
pub(super) struct CommitFile {
    pub(super) bytes: Vec<u8>,
    pub(super) commit: String,
}

/// Fetches a file. `commit` is the one to take instead of that of the branch or tag.
pub(super) fn file(
    file: &GitFile,
    commit: Option<&str>,
    host: &dyn Host,
    deadline: Deadline,
) -> Result<CommitFile, String> {
    let directory = temp_dir()?;
    let git = Git {
        directory: &directory,
        protocols: protocols(&file.repository),
        ssh: None,
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
    git.check_is_file(&commit, &file.path)?;
    let bytes = git
        .run(&["cat-file", "blob", &format!("{commit}:{}", file.path)])?
        .output;
    Ok(CommitFile { bytes, commit })
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
            .try_run(&["config", "--get", "core.sshCommand"])
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
            "--filter=blob:none",
        ];
        let arguments: Vec<&str> = options
            .into_iter()
            .chain(fetch_options)
            .chain(["--", "origin", version])
            .collect();
        self.run(&arguments).map(|_| ())
    }

    /// An error for anything but a file.
    fn check_is_file(&self, commit: &str, path: &str) -> Result<(), String> {
        let entry = self.text(&["--literal-pathspecs", "ls-tree", "-z", commit, "--", path])?;
        match entry.split([' ', '\0']).next().unwrap_or_default() {
            "100644" | "100755" => Ok(()),
            "" => Err(format!("the commit {commit} has no file `{path}`")),
            "040000" => Err(format!(
                "`{path}` is a directory in the commit {commit}; name one file of it"
            )),
            "120000" => Err(format!(
                "`{path}` is a symbolic link in the commit {commit}; name the file that it points to"
            )),
            _ => Err(format!("`{path}` is not a file in the commit {commit}")),
        }
    }

    /// The output as a trimmed text.
    fn text(&self, arguments: &[&str]) -> Result<String, String> {
        let output = self.run(arguments)?.output;
        Ok(String::from_utf8_lossy(&output).trim().to_owned())
    }

    /// Runs git; an error has its messages.
    fn run(&self, arguments: &[&str]) -> Result<ProgramResult, String> {
        let finished = self.try_run(arguments)?;
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

    fn try_run(&self, arguments: &[&str]) -> Result<ProgramResult, String> {
        run_git(
            self.directory.path(),
            arguments,
            self.protocols,
            self.ssh.as_deref(),
            self.deadline,
        )
    }
}
