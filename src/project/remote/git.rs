//! Files of git repositories, by the program `git`. One commit is fetched, into a directory that
//! goes again, and nothing of it is checked out.

use super::digest::is_commit;
use super::url::GitFile;
use crate::system::os::fetch::{Deadline, Workshop, run_git, workshop};
use compiler::support::host::{Finished, Host};

/// A file of a commit.
pub(super) struct Found {
    pub(super) bytes: Vec<u8>,
    pub(super) commit: String,
}

/// Fetches a file; with `commit`, as it is there, wherever the branch or tag points now.
pub(super) fn file(
    file: &GitFile,
    commit: Option<&str>,
    host: &dyn Host,
    deadline: Deadline,
) -> Result<Found, String> {
    let directory = workshop()?;
    let git = Git {
        workshop: &directory,
        protocols: protocols(&file.repository),
        ssh: None,
        deadline,
    };
    let git = Git {
        ssh: git.ssh_that_asks_nothing(file, host),
        ..git
    };
    git.run(&["init", "--quiet", "--template="])?;
    // A remote with a name is one that single files can be asked of later.
    git.run(&["config", "remote.origin.url", &file.repository])?;
    let wanted = file.reference.as_deref().unwrap_or("HEAD");
    match commit {
        // Some servers give only what a branch or tag points to.
        Some(commit) => git.fetch(commit).or_else(|_| git.fetch(wanted))?,
        None => git.fetch(wanted)?,
    }
    let found = git.text(&["rev-parse", "--verify", "--quiet", "FETCH_HEAD^{commit}"])?;
    if !is_commit(&found) {
        return Err("git names no commit for it".to_owned());
    }
    git.check_kind(&found, &file.path)?;
    let bytes = git
        .run(&["cat-file", "blob", &format!("{found}:{}", file.path)])?
        .output;
    Ok(Found {
        bytes,
        commit: found,
    })
}

/// What git may use on the way: a person's configuration may send an address on to the other one of
/// these.
fn protocols(repository: &str) -> &'static str {
    if repository.starts_with("http://") {
        "http:https:ssh"
    } else {
        "https:ssh"
    }
}

struct Git<'a> {
    workshop: &'a Workshop,
    protocols: &'static str,
    ssh: Option<String>,
    deadline: Deadline,
}

impl Git<'_> {
    /// A program for ssh that fails where it would ask for a password, unless the person has chosen
    /// one.
    fn ssh_that_asks_nothing(&self, file: &GitFile, host: &dyn Host) -> Option<String> {
        let chosen = ["GIT_SSH_COMMAND", "GIT_SSH"]
            .iter()
            .any(|name| host.variable(name).is_some());
        if chosen || !file.repository.starts_with("ssh://") {
            return None;
        }
        let configured = self
            .attempt(&["config", "--get", "core.sshCommand"])
            .is_ok_and(|ended| ended.success);
        (!configured).then(|| "ssh -o BatchMode=yes".to_owned())
    }

    fn fetch(&self, version: &str) -> Result<(), String> {
        let quietly = [
            "-c",
            "core.hooksPath=/dev/null",
            "-c",
            "fetch.fsckObjects=true",
            "-c",
            "gc.auto=0",
            "fetch",
        ];
        let little = [
            "--quiet",
            "--depth=1",
            "--no-tags",
            "--no-recurse-submodules",
            "--filter=blob:none",
        ];
        let arguments: Vec<&str> = quietly
            .into_iter()
            .chain(little)
            .chain(["--", "origin", version])
            .collect();
        self.run(&arguments).map(|_| ())
    }

    /// Refuses what is no file, in words.
    fn check_kind(&self, commit: &str, path: &str) -> Result<(), String> {
        let listed = self.text(&["--literal-pathspecs", "ls-tree", "-z", commit, "--", path])?;
        match listed.split([' ', '\0']).next().unwrap_or_default() {
            "100644" | "100755" => Ok(()),
            "" => Err(format!("the commit {commit} has no file `{path}`")),
            "040000" => Err(format!(
                "`{path}` is a directory in the commit {commit}; name one file of it"
            )),
            "120000" => Err(format!(
                "`{path}` is a link in the commit {commit}; name the file that it leads to"
            )),
            _ => Err(format!("`{path}` is no file in the commit {commit}")),
        }
    }

    fn text(&self, arguments: &[&str]) -> Result<String, String> {
        let output = self.run(arguments)?.output;
        Ok(String::from_utf8_lossy(&output).trim().to_owned())
    }

    /// Runs git and takes a failure for one, in its own words.
    fn run(&self, arguments: &[&str]) -> Result<Finished, String> {
        let ended = self.attempt(arguments)?;
        if ended.success {
            return Ok(ended);
        }
        let said = String::from_utf8_lossy(&ended.errors);
        let lines: Vec<&str> = said
            .lines()
            .map(str::trim)
            .filter(|line| !line.is_empty())
            .collect();
        match lines.as_slice() {
            [] => Err(format!("git failed with {}", ended.how)),
            lines => Err(format!("git says: {}", lines.join("; "))),
        }
    }

    fn attempt(&self, arguments: &[&str]) -> Result<Finished, String> {
        run_git(
            self.workshop.path(),
            arguments,
            self.protocols,
            self.ssh.as_deref(),
            self.deadline,
        )
    }
}
