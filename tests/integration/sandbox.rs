//! A temporary directory for each test, in which it runs the binary.

use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};

use serde_json::Value;

use crate::snapshots::Files;

/// The seed of runs with snapshots.
pub const SEED: &str = "fixtures-4c1e0b96a7d23f58e1b0";

/// The beginning of the report of a run with [`SEED`] that derives a value, in a project without a
/// name.
pub const UNNAMED_PROJECT: &str = "\
note [unnamed-project]

  ☞ the project has no name, so other projects with this seed can have the same passwords
  help: set `project: NAME` in the environment, or `--project NAME`, before the first deployment;
        a later change renames objects and changes passwords

";

/// The time limit of a run. The slowest one takes a few seconds on a slow machine.
const TIMEOUT: Duration = Duration::from_secs(60);

/// A temporary directory, removed on drop.
pub struct Sandbox(PathBuf);

/// The result of a run.
#[derive(Debug, PartialEq, Eq)]
pub struct RunResult {
    /// `None` after a signal.
    pub code: Option<i32>,
    pub stdout: String,
    pub stderr: String,
}

impl Sandbox {
    pub fn new() -> Sandbox {
        static COUNT: AtomicU32 = AtomicU32::new(0);
        let name = format!(
            "score-rs-test-{}-{}",
            std::process::id(),
            COUNT.fetch_add(1, Ordering::Relaxed)
        );
        let path = std::env::temp_dir().join(name);
        std::fs::create_dir(&path).unwrap();
        Sandbox(path)
    }

    pub fn with_files(files: &[(&str, &str)]) -> Sandbox {
        let sandbox = Sandbox::new();
        for (path, text) in files {
            sandbox.write(path, text);
        }
        sandbox
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.0.join(name)
    }

    pub fn write(&self, name: &str, content: impl AsRef<[u8]>) {
        let path = self.path(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, content).unwrap();
    }

    pub fn write_all(&self, files: &Files) {
        files
            .iter()
            .for_each(|(path, content)| self.write(path, content));
    }

    /// Writes a file that only its owner can read.
    pub fn write_private(&self, name: &str, content: impl AsRef<[u8]>) {
        self.write_with_mode(name, content, 0o600);
    }

    pub fn write_executable(&self, name: &str, content: impl AsRef<[u8]>) {
        self.write_with_mode(name, content, 0o755);
    }

    fn write_with_mode(&self, name: &str, content: impl AsRef<[u8]>, mode: u32) {
        use std::os::unix::fs::PermissionsExt;
        self.write(name, content);
        let permissions = std::fs::Permissions::from_mode(mode);
        std::fs::set_permissions(self.path(name), permissions).unwrap();
    }

    pub fn read(&self, name: &str) -> String {
        std::fs::read_to_string(self.path(name)).unwrap_or_else(|error| panic!("{name}: {error}"))
    }

    /// All files and directories, as sorted paths.
    pub fn list(&self) -> Vec<String> {
        let mut found = Vec::new();
        list(&self.0, "", &mut found);
        found.sort();
        found
    }

    /// A command without the environment of the test process.
    pub fn command(&self, arguments: &[&str]) -> Command {
        self.program(env!("CARGO_BIN_EXE_score-rs"), arguments)
    }

    /// A line for the shell, without the environment of the test process.
    pub fn command_in_shell(&self, line: &str) -> Command {
        self.program("/bin/sh", &["-c", line])
    }

    fn program(&self, program: &str, arguments: &[&str]) -> Command {
        let mut command = Command::new(program);
        command.args(arguments).current_dir(&self.0).env_clear();
        command.env("SCORE_RS_SEED", SEED).env("COLUMNS", "100");
        command
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        command
    }

    /// A command with a small stack, on which recursion over a long chain overflows. `levels` is
    /// the length of the chain.
    pub fn command_with_stack_for(&self, levels: usize, arguments: &[&str]) -> Command {
        // Of the usual stacks of 8 MiB and 2 MiB, a chain of 10,000 has 800 and 200 bytes for each
        // level.
        let (main, thread) = ((levels * 800 / 1024).min(8192), (levels * 200).min(2 << 20));
        let command = self.command(arguments);
        let limit = format!("ulimit -s {main} && exec \"$0\" \"$@\"");
        let mut shell = Command::new("/bin/sh");
        shell
            .args(["-c", &limit])
            .arg(command.get_program())
            .args(command.get_args())
            .current_dir(&self.0)
            .env_clear();
        shell.envs(
            command
                .get_envs()
                .filter_map(|(name, value)| Some((name, value?))),
        );
        shell.env("RUST_MIN_STACK", thread.to_string());
        shell
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        shell
    }

    pub fn run(&self, arguments: &[&str]) -> RunResult {
        wait_for_exit(self.command(arguments).spawn().unwrap(), arguments)
    }

    /// A run with more variables.
    pub fn run_with(&self, variables: &[(&str, &str)], arguments: &[&str]) -> RunResult {
        let mut command = self.command(arguments);
        command.envs(variables.iter().copied());
        wait_for_exit(command.spawn().unwrap(), arguments)
    }

    /// A run without a seed, unless one of these variables is it.
    pub fn run_without_seed(&self, variables: &[(&str, &str)], arguments: &[&str]) -> RunResult {
        let mut command = self.command(arguments);
        command.env_remove("SCORE_RS_SEED");
        command.envs(variables.iter().copied());
        wait_for_exit(command.spawn().unwrap(), arguments)
    }

    pub fn run_with_input(&self, arguments: &[&str], input: &[u8]) -> RunResult {
        let mut child = self
            .command(arguments)
            .stdin(Stdio::piped())
            .spawn()
            .unwrap();
        let mut stdin = child.stdin.take().unwrap();
        let input = input.to_vec();
        // A run may exit without reading its input.
        let writer = std::thread::spawn(move || drop(stdin.write_all(&input)));
        let result = wait_for_exit(child, arguments);
        writer.join().unwrap();
        result
    }
}

impl Drop for Sandbox {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

/// Waits for a run to exit. Kills it after a timeout and fails the test.
pub fn wait_for_exit(mut child: Child, arguments: &[&str]) -> RunResult {
    let (stdout, stderr) = (child.stdout.take(), child.stderr.take());
    let stdout = std::thread::spawn(move || stdout.map(read_all).unwrap_or_default());
    let stderr = std::thread::spawn(move || stderr.map(read_all).unwrap_or_default());
    let started = Instant::now();
    let status = loop {
        if let Some(status) = child.try_wait().unwrap() {
            break status;
        }
        if started.elapsed() > TIMEOUT {
            child.kill().unwrap();
            child.wait().unwrap();
            panic!("still running after {TIMEOUT:?}: {arguments:?}");
        }
        std::thread::sleep(Duration::from_millis(2));
    };
    RunResult {
        code: status.code(),
        stdout: stdout.join().unwrap(),
        stderr: stderr.join().unwrap(),
    }
}

fn read_all(mut from: impl std::io::Read) -> String {
    let mut bytes = Vec::new();
    from.read_to_end(&mut bytes).unwrap();
    String::from_utf8_lossy(&bytes).into_owned()
}

fn list(directory: &Path, prefix: &str, found: &mut Vec<String>) {
    for entry in std::fs::read_dir(directory).unwrap() {
        let entry = entry.unwrap();
        let name = format!("{prefix}{}", entry.file_name().to_str().unwrap());
        if entry.file_type().unwrap().is_dir() {
            list(&entry.path(), &format!("{name}/"), found);
        }
        found.push(name);
    }
}

/// The objects of a Kubernetes `List` in JSON.
pub fn objects_of(list: &str) -> Vec<Value> {
    let mut list: Value = serde_json::from_str(list).unwrap();
    serde_json::from_value(list["items"].take()).unwrap()
}

/// Commits all files of a sandbox to its branch `main`.
pub fn commit_all(sandbox: &Sandbox) {
    git(sandbox, &["init", "-q", "-b", "main"]);
    git(sandbox, &["add", "-A"]);
    git(sandbox, &["commit", "-q", "-m", "a commit"]);
}

/// Runs git in a sandbox, without the configuration of the machine.
pub fn git(sandbox: &Sandbox, arguments: &[&str]) {
    let status = Command::new("git")
        .args(arguments)
        .current_dir(sandbox.path("."))
        .env("GIT_CONFIG_GLOBAL", "/dev/null")
        .env("GIT_AUTHOR_NAME", "a")
        .env("GIT_AUTHOR_EMAIL", "a@example.com")
        .env("GIT_COMMITTER_NAME", "a")
        .env("GIT_COMMITTER_EMAIL", "a@example.com")
        .output()
        .unwrap();
    assert!(status.status.success(), "{status:?}");
}
