//! Sources in git repositories, served by git over HTTP and over ssh.

use std::io::Write;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use super::server::{Reply, Request, Server};
use super::{bucket, fails, forget_cache, lock_value, project, run_in, succeeds};
use crate::sandbox::{Sandbox, wait_for_exit};

/// Whether git is installed; prints a line if not.
pub(super) fn has_git() -> bool {
    let found = Command::new("git")
        .arg("--version")
        .output()
        .is_ok_and(|result| result.status.success());
    if !found {
        eprintln!("skipped: there is no git");
    }
    found
}

pub(super) fn git(sandbox: &Sandbox, arguments: &[&str]) -> String {
    let mut command = Command::new("git");
    command
        .current_dir(sandbox.path("work"))
        .env_clear()
        .env("PATH", "/usr/local/bin:/usr/bin:/bin");
    for role in ["AUTHOR", "COMMITTER"] {
        command
            .env(format!("GIT_{role}_NAME"), "a")
            .env(format!("GIT_{role}_EMAIL"), "a@example.com");
    }
    let result = command.args(arguments).output().unwrap();
    assert!(
        result.status.success(),
        "{arguments:?}: {}",
        String::from_utf8_lossy(&result.stderr)
    );
    String::from_utf8(result.stdout).unwrap().trim().to_owned()
}

/// Commits definitions and returns the commit id.
fn commit(sandbox: &Sandbox, name: &str) -> String {
    sandbox.write("work/defs/p.yaml", bucket(name));
    git(sandbox, &["add", "."]);
    git(sandbox, &["commit", "-qm", name]);
    git(
        sandbox,
        &["push", "-q", "--tags", "../repos/platform.git", "main"],
    );
    git(sandbox, &["rev-parse", "HEAD"])
}

/// Repositories in `repos`, with one commit, tagged `v1`.
fn repositories() -> Sandbox {
    let sandbox = Sandbox::new();
    sandbox.write("work/link-target", "x");
    git(&sandbox, &["init", "-q", "-b", "main"]);
    std::os::unix::fs::symlink("defs/p.yaml", sandbox.path("work/link.yaml")).unwrap();
    git(
        &sandbox,
        &[
            "init",
            "-q",
            "--bare",
            "-b",
            "main",
            "../repos/platform.git",
        ],
    );
    commit(&sandbox, "one");
    git(&sandbox, &["tag", "-am", "first", "v1"]);
    git(&sandbox, &["push", "-q", "--tags", "../repos/platform.git"]);
    sandbox
}

/// `git http-backend` behind a web server.
pub(super) fn serve(sandbox: &Sandbox) -> Server {
    let root = sandbox.path("repos");
    Server::new(move |request| backend(&root, request))
}

fn backend(root: &std::path::Path, request: &Request) -> Reply {
    let (path, query) = request.path.split_once('?').unwrap_or((&request.path, ""));
    let mut command = Command::new("git");
    command
        .arg("http-backend")
        .env_clear()
        .env("PATH", "/usr/local/bin:/usr/bin:/bin");
    command
        .env("GIT_PROJECT_ROOT", root)
        .env("GIT_HTTP_EXPORT_ALL", "1")
        .env("REMOTE_ADDR", "127.0.0.1");
    command
        .env("PATH_INFO", path)
        .env("QUERY_STRING", query)
        .env("REQUEST_METHOD", &request.method);
    command.env("CONTENT_LENGTH", request.body.len().to_string());
    for (header, variable) in [
        ("content-type", "CONTENT_TYPE"),
        ("content-encoding", "HTTP_CONTENT_ENCODING"),
        ("git-protocol", "HTTP_GIT_PROTOCOL"),
    ] {
        command.envs(request.header(header).map(|value| (variable, value)));
    }
    let mut child = command
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    child
        .stdin
        .take()
        .unwrap()
        .write_all(&request.body)
        .unwrap();
    let output = child.wait_with_output().unwrap().stdout;
    let end = output
        .windows(4)
        .position(|four| four == b"\r\n\r\n")
        .unwrap_or(output.len());
    let mut reply = Reply::ok(output.get(end + 4..).unwrap_or_default());
    for line in String::from_utf8_lossy(&output[..end]).lines() {
        match line.split_once(": ") {
            Some(("Status", status)) => status.clone_into(&mut reply.status),
            Some((name, value)) => reply = reply.with_header(name, value),
            None => {}
        }
    }
    reply
}

pub(super) fn url(server: &Server, rest: &str) -> String {
    format!("git-http://{}/platform.git/{rest}", server.host)
}

#[test]
fn a_file_is_fetched_and_stays_pinned_when_its_branch_moves() {
    if !has_git() {
        return;
    }
    let repositories = repositories();
    let server = serve(&repositories);
    let first = git(&repositories, &["rev-parse", "HEAD"]);
    for version in [
        "",
        "?ref=main",
        "?ref=v1",
        "?ref=refs/heads/main",
        &format!("?ref={first}"),
    ] {
        let sandbox = project(&[&url(&server, &format!("defs/p.yaml{version}"))]);
        let result = succeeds(&sandbox, &["generate"]);
        assert!(
            sandbox.read("local.yaml").contains("BUCKET: one"),
            "{version}"
        );
        assert!(
            result.stderr.contains(&format!(", commit {first}")),
            "{}",
            result.stderr
        );
        assert_eq!(lock_value(&sandbox, "commit"), first);
    }
    let sandbox = project(&[&url(&server, "defs/p.yaml?ref=main")]);
    succeeds(&sandbox, &["lock"]);
    let second = commit(&repositories, "two");
    forget_cache(&sandbox);
    succeeds(&sandbox, &["generate", "--locked"]);
    assert!(sandbox.read("local.yaml").contains("BUCKET: one"));
    succeeds(&sandbox, &["lock", "--update"]);
    assert_eq!(lock_value(&sandbox, "commit"), second);
    drop(server);
    succeeds(&sandbox, &["generate", "--locked"]);
    assert!(sandbox.read("local.yaml").contains("BUCKET: two"));
}

#[test]
fn missing_files_and_refs_are_errors() {
    if !has_git() {
        return;
    }
    let repositories = repositories();
    let server = serve(&repositories);
    for (rest, message) in [
        ("defs/q.yaml", "has no file or directory `defs/q.yaml`"),
        ("link.yaml", "`link.yaml` is a symbolic link in the commit"),
        ("defs/p.yaml/x", "has no file or directory `defs/p.yaml/x`"),
        ("*.yaml", "has no file or directory `*.yaml`"),
        (
            "defs/p.yaml?ref=v9",
            "git: fatal: couldn't find remote ref v9",
        ),
        (
            "defs/p.yaml?ref=0123456789012345678901234567890123456789",
            "git: ",
        ),
    ] {
        let sandbox = project(&[&url(&server, rest)]);
        fails(
            &sandbox,
            &["generate"],
            3,
            &["cannot fetch `git-http://", message],
        );
    }
    let other = format!("git-http://{}/other.git/x", server.host);
    fails(&project(&[&other]), &["generate"], 3, &["git: "]);
    let none = run_in(
        &project(&[&url(&server, "defs/p.yaml")]),
        &["generate"],
        &[("PATH", "/nowhere")],
    );
    assert!(
        none.stderr
            .contains("there is no program `git`; install it"),
        "{}",
        none.stderr
    );
}

#[test]
fn git_ignores_the_surrounding_environment() {
    if !has_git() {
        return;
    }
    let repositories = repositories();
    let server = serve(&repositories);
    let sandbox = project(&[&url(&server, "defs/p.yaml?ref=main")]);
    let temporary = repositories.path("temporary");
    std::fs::create_dir(&temporary).unwrap();
    let elsewhere = repositories.path("work/.git");
    let before = repositories.list();
    let variables = [
        ("GIT_DIR", elsewhere.to_str().unwrap()),
        ("GIT_INDEX_FILE", "nowhere"),
        ("TMPDIR", temporary.to_str().unwrap()),
    ];
    let result = run_in(&sandbox, &["generate"], &variables);
    assert_eq!(result.code, Some(0), "{}", result.stderr);
    assert_eq!(
        repositories.list(),
        before,
        "no file is left, and no other repository was changed"
    );
}

/// A `git` that runs `script` to fetch.
fn with_git_that(script: &str) -> (Sandbox, String) {
    let sandbox = project(&["git-https://example.com/large.git/p.yaml"]);
    let script = format!("#!/bin/sh\ncase \"$*\" in *' fetch '*) ;; *) exit 0 ;; esac\n{script}\n");
    sandbox.write_executable("bin/git", script);
    let path = format!("{}:/usr/bin:/bin", sandbox.path("bin").display());
    (sandbox, path)
}

#[test]
fn a_git_fetch_has_a_size_limit() {
    for end in ["sleep 50", "exit 0"] {
        let (sandbox, path) = with_git_that(&format!("truncate -s 300M pack; {end}"));
        let began = Instant::now();
        let result = run_in(&sandbox, &["generate"], &[("PATH", &path)]);
        assert_eq!(result.code, Some(3), "{}", result.stderr);
        assert!(
            result
                .stderr
                .contains("git stores more than 256 MiB for it"),
            "{}",
            result.stderr
        );
        assert!(began.elapsed() < Duration::from_secs(20), "{end}");
    }
}

#[test]
fn a_child_of_git_does_not_hold_the_run() {
    let child = "setsid sh -c 'echo $$ > \"$0\"; exec sleep 50' \"$(dirname \"$0\")/child\" &";
    let (sandbox, path) = with_git_that(&format!("{child}\nsleep 50"));
    let began = Instant::now();
    let arguments = ["generate", "--fetch-timeout", "1"];
    let result = run_in(&sandbox, &arguments, &[("PATH", &path)]);
    let elapsed = began.elapsed();
    let _ = Command::new("kill")
        .arg(sandbox.read("bin/child").trim())
        .status();
    assert_eq!(result.code, Some(3), "{}", result.stderr);
    assert!(
        result.stderr.contains("it took longer than 1 s"),
        "{}",
        result.stderr
    );
    assert!(elapsed < Duration::from_secs(20), "{elapsed:?}");
}

#[test]
fn an_interrupted_run_leaves_no_temporary_directory() {
    if !has_git() {
        return;
    }
    let server = Server::new(|_| Reply {
        pause: Duration::from_secs(20),
        ..Reply::ok("")
    });
    let sandbox = project(&[&format!("git-http://{}/slow.git/p.yaml", server.host)]);
    sandbox.write("temporary/kept", "");
    let temporary = sandbox.path("temporary");
    let count = || std::fs::read_dir(&temporary).unwrap().count();
    for (requests, signal) in [(1, "-INT"), (2, "-TERM")] {
        let mut command = sandbox.command(&["generate"]);
        command
            .env("TMPDIR", &temporary)
            .env("PATH", "/usr/local/bin:/usr/bin:/bin");
        let child = command.spawn().unwrap();
        let began = Instant::now();
        while (count() < 2 || server.requests().len() < requests)
            && began.elapsed() < Duration::from_secs(10)
        {
            std::thread::sleep(Duration::from_millis(5));
        }
        assert_eq!(count(), 2, "git works in a temporary directory");
        let killed = Command::new("kill")
            .args([signal, &child.id().to_string()])
            .status()
            .unwrap();
        assert!(killed.success());
        let result = wait_for_exit(child, &["generate"]);
        assert_eq!(result.code, None, "{signal}: {result:?}");
        assert_eq!(count(), 1, "{signal}: nothing is left");
    }
}

#[test]
fn a_repository_is_fetched_by_ssh() {
    if !has_git() {
        return;
    }
    let repositories = repositories();
    // This ssh runs the remote command locally.
    repositories.write_executable(
        "ssh",
        "#!/bin/sh\necho \"$@\" >>\"$(dirname \"$0\")/log\"\nfor last; do :; done\nexec sh -c \"$last\"\n",
    );
    let ssh = repositories.path("ssh");
    let path = repositories.path("repos/platform.git");
    let sandbox = project(&[&format!(
        "git-ssh://git@example.com{}/defs/p.yaml?ref=v1",
        path.display()
    )]);
    let result = run_in(
        &sandbox,
        &["generate"],
        &[("GIT_SSH_COMMAND", ssh.to_str().unwrap())],
    );
    assert_eq!(result.code, Some(0), "{}", result.stderr);
    assert!(sandbox.read("local.yaml").contains("BUCKET: one"));
    assert!(
        repositories.read("log").contains("git@example.com"),
        "{}",
        repositories.read("log")
    );
}

#[test]
fn a_url_cannot_inject_options_or_protocols() {
    for (source, message) in [
        (
            "git-https://example.com/a.git/b?ref=--upload-pack=touch",
            "is not a valid version",
        ),
        (
            "git-ssh://-oProxyCommand=touch/a.git/b",
            "is not a valid host",
        ),
        (
            "git-http://example.com/a.git/b",
            "can be changed in transit",
        ),
        ("git-file:///a.git/b", "`git-file://` is not supported"),
        (
            "git-https://me:secret@example.com/a.git/b",
            "cannot contain a user name or password",
        ),
    ] {
        fails(
            &project(&[source]),
            &["generate"],
            1,
            &["[invalid-remote-source]", message],
        );
    }
}
