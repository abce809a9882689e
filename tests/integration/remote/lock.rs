//! The lock file: pinned content, and errors in the lock file.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use super::server::{Reply, Server};
use super::{bucket, declare, fails, forget_cache, in_one_line, lock_value, project, succeeds};
use crate::sandbox::{Sandbox, wait_for_exit};

/// A server whose content changes when the flag is set.
fn changing() -> (Server, Arc<AtomicBool>) {
    let changed = Arc::new(AtomicBool::new(false));
    let flag = Arc::clone(&changed);
    let server = Server::new(move |_| {
        Reply::ok(bucket(if flag.load(Ordering::SeqCst) {
            "changed"
        } else {
            "first"
        }))
    });
    (server, changed)
}

/// A large lock is read while the Score files are.
#[test]
fn problems_of_a_large_lock_have_their_places() {
    let (server, changed) = changing();
    let url = server.url("/one");
    let sandbox = project(&[&url]);
    succeeds(&sandbox, &["generate"]);
    let lock = sandbox.read("score-rs.lock");
    let large = format!("{lock}{}", "# a comment\n".repeat(8000));
    sandbox.write("score-rs.lock", &large);
    succeeds(&sandbox, &["generate"]);
    assert_eq!(sandbox.read("score-rs.lock"), large);
    let broken = format!("{large}sourcs: {{}}\n");
    let line = format!("score-rs.lock:{}:1", broken.lines().count());
    sandbox.write("score-rs.lock", &broken);
    let result = fails(&sandbox, &["generate"], 1, &["[unknown-key]", &line]);
    assert_eq!(
        result.stderr.matches("[unknown-key]").count(),
        1,
        "{}",
        result.stderr
    );
    let comment = format!("{large}# score-rs: allow unknown-key\n");
    let line = format!("score-rs.lock:{}:", comment.lines().count());
    sandbox.write("score-rs.lock", &comment);
    fails(
        &sandbox,
        &["generate"],
        1,
        &["[error-not-configurable]", &line],
    );
    changed.store(true, Ordering::SeqCst);
    forget_cache(&sandbox);
    sandbox.write("score-rs.lock", &large);
    fails(
        &sandbox,
        &["generate"],
        1,
        &["[digest-mismatch]", "score-rs.lock:4:3"],
    );
}

#[test]
fn a_digest_mismatch_stops_the_run() {
    let (server, changed) = changing();
    let (one, two) = (server.url("/one"), server.url("/two"));
    let sandbox = project(&[&one, &two]);
    succeeds(&sandbox, &["generate"]);
    let (output, lock, before) = (
        sandbox.read("local.yaml"),
        sandbox.read("score-rs.lock"),
        lock_value(&sandbox, "digest"),
    );
    changed.store(true, Ordering::SeqCst);
    // The server is not asked while the cache has the content.
    succeeds(&sandbox, &["generate"]);
    forget_cache(&sandbox);
    for command in [
        &["generate"][..],
        &["validate", "--env", "local"],
        &["lock"],
    ] {
        let update = format!("score-rs lock --update {one}");
        let result = fails(
            &sandbox,
            command,
            1,
            &["[digest-mismatch]", "score-rs.lock:4:3"],
        );
        let output = in_one_line(&format!("{}{}", result.stdout, result.stderr));
        assert!(
            output.contains(&before) && output.contains(&update),
            "{output}"
        );
        assert_eq!(
            output.matches("has changed: it is").count(),
            2,
            "each source is reported: {output}"
        );
    }
    assert_eq!(
        (sandbox.read("local.yaml"), sandbox.read("score-rs.lock")),
        (output, lock)
    );

    fails(
        &sandbox,
        &["lock", "--update", "http://x"],
        2,
        &["there is no source `http://x` to update"],
    );
    fails(
        &sandbox,
        &["lock", "--update", &one],
        1,
        &["/two", "[digest-mismatch]"],
    );
    let result = succeeds(&sandbox, &["lock", "--update"]);
    assert!(
        result
            .stderr
            .contains(&format!("updated {one}: {before} is now sha256:")),
        "{}",
        result.stderr
    );
    assert_ne!(lock_value(&sandbox, "digest"), before);
    succeeds(&sandbox, &["generate", "--locked"]);
    assert!(sandbox.read("local.yaml").contains("BUCKET: changed"));
}

#[test]
fn one_source_is_updated_and_others_stay() {
    let (server, changed) = changing();
    let (one, two) = (server.url("/one"), server.url("/two"));
    let sandbox = project(&[&one, &two]);
    succeeds(&sandbox, &["lock"]);
    changed.store(true, Ordering::SeqCst);
    let result = succeeds(&sandbox, &["lock", "--update", &two]);
    assert!(
        result.stderr.contains(&format!("updated {two}")) && !result.stderr.contains(&one),
        "{}",
        result.stderr
    );
    succeeds(&sandbox, &["generate", "--offline"]);
    assert!(sandbox.read("local.yaml").contains("BUCKET: first"));
}

#[test]
fn locked_and_offline_report_what_is_missing() {
    let server = Server::serving(&[("/p", &bucket("one"))]);
    let url = server.url("/p");
    let sandbox = project(&[&url]);
    for command in ["generate", "validate"] {
        fails(
            &sandbox,
            &[command, "--env", "local", "--locked"],
            1,
            &["[not-locked]", "run `score-rs lock`"],
        );
        fails(
            &sandbox,
            &[command, "--env", "local", "--offline"],
            1,
            &["[not-cached]", "run `score-rs lock`"],
        );
    }
    assert_eq!(server.requests().len(), 0);
    let warned = succeeds(&sandbox, &["validate", "--env", "local"]);
    assert!(
        warned.stdout.contains("warning [not-locked]"),
        "{}",
        warned.stdout
    );
    fails(
        &sandbox,
        &["validate", "--env", "local", "--strict"],
        1,
        &["error [not-locked]"],
    );
    fails(
        &sandbox,
        &["generate", "--check"],
        4,
        &["warning [not-locked]"],
    );
    succeeds(&sandbox, &["lock"]);
    succeeds(
        &sandbox,
        &[
            "validate",
            "--env",
            "local",
            "--locked",
            "--offline",
            "--strict",
        ],
    );
    forget_cache(&sandbox);
    succeeds(&sandbox, &["validate", "--env", "local", "--locked"]);
    forget_cache(&sandbox);
    fails(
        &sandbox,
        &["generate", "--offline"],
        1,
        &[
            "[not-cached]",
            "is not in the cache",
            &lock_value(&sandbox, "digest")[..19],
        ],
    );
    fails(&sandbox, &["validate", "--locked"], 2, &["--env"]);
}

#[test]
fn a_broken_cache_is_repaired() {
    let server = Server::serving(&[("/p", &bucket("one"))]);
    let sandbox = project(&[&server.url("/p")]);
    succeeds(&sandbox, &["lock"]);
    let path = format!(
        "cache/score-rs/sha256/{}",
        &lock_value(&sandbox, "digest")[7..]
    );
    for text in ["", "- uri: template://evil\n  type: bucket\n"] {
        sandbox.write(&path, text);
        fails(
            &sandbox,
            &["generate", "--offline", "-o", "-"],
            1,
            &["is not in the cache"],
        );
        succeeds(&sandbox, &["generate"]);
        assert_eq!(sandbox.read(&path), bucket("one"));
    }
    assert_eq!(server.requests().len(), 3);
}

#[test]
fn errors_in_a_lock_have_a_location() {
    let server = Server::serving(&[("/p", &bucket("one"))]);
    let sandbox = project(&[&server.url("/p")]);
    succeeds(&sandbox, &["lock"]);
    let valid_lock = sandbox.read("score-rs.lock");
    for (text, message) in [
        (
            valid_lock.replace("version: 1", "version: 2"),
            "score-rs.lock:2:10: error: this lock has version 2",
        ),
        (
            valid_lock.replace("digest: sha256:", "digest: sha256:x"),
            "score-rs.lock:6:13: error: `digest` must be",
        ),
        (
            valid_lock.replace("digest:", "digset:"),
            "score-rs.lock:6:5: error: ",
        ),
        (
            valid_lock.replace("sources:", "- sources:"),
            "score-rs.lock:3:3: error: ",
        ),
        (
            "version: 1\nsources: {a: {digest: 7}}\n".to_owned(),
            "score-rs.lock:2:23: error: `digest` must be a string",
        ),
        (
            format!("{valid_lock}<<<<<<< HEAD\n"),
            "score-rs.lock:7:1: error: ",
        ),
        (
            valid_lock.replace("/p", "/q"),
            "score-rs.lock:5:5: error: the content does not match this checksum; take the file \
             from version control again, or delete this line",
        ),
        (
            String::new(),
            "score-rs.lock:1:1: error: this lock has no content",
        ),
        (
            "# Was\n".to_owned(),
            "score-rs.lock:1:1: error: this lock has no content",
        ),
    ] {
        sandbox.write("score-rs.lock", &text);
        for command in [&["generate"][..], &["lock"], &["lock", "--update"]] {
            let command = [command, &["--message-format", "short"]].concat();
            fails(&sandbox, &command, 1, &[message]);
        }
        assert_eq!(sandbox.read("score-rs.lock"), text);
    }
    std::fs::remove_file(sandbox.path("score-rs.lock")).unwrap();
    succeeds(&sandbox, &["lock"]);
    assert_eq!(sandbox.read("score-rs.lock"), valid_lock);
    // Comments alone do not cause a rewrite.
    let remarked = format!("{valid_lock}# reviewed\n");
    sandbox.write("score-rs.lock", &remarked);
    succeeds(&sandbox, &["lock"]);
    assert_eq!(sandbox.read("score-rs.lock"), remarked);
}

/// Entries have a checksum each, so that git can merge what two branches have locked.
#[test]
fn a_clean_merge_of_two_locks_is_valid() {
    let (server, changed) = changing();
    let urls: Vec<String> = ["a", "b", "c", "d"]
        .map(|name| server.url(&format!("/{name}")))
        .into();
    let all: Vec<&str> = urls.iter().map(String::as_str).collect();
    let sandbox = project(&all[1..]);
    succeeds(&sandbox, &["lock"]);
    let base = sandbox.read("score-rs.lock");
    declare(&sandbox, "local", &all);
    succeeds(&sandbox, &["lock"]);
    let added = sandbox.read("score-rs.lock");
    sandbox.write("score-rs.lock", &base);
    changed.store(true, Ordering::SeqCst);
    declare(&sandbox, "local", &all[1..]);
    succeeds(&sandbox, &["lock", "--update", all[3]]);
    let updated = sandbox.read("score-rs.lock");
    assert!(base != added && base != updated);
    for (name, text) in [("base", &base), ("ours", &added), ("theirs", &updated)] {
        sandbox.write(&format!("merge/{name}"), text);
    }
    let merge = std::process::Command::new("git")
        .args(["merge-file", "-p", "ours", "base", "theirs"])
        .current_dir(sandbox.path("merge"))
        .output();
    let Ok(merge) = merge else {
        eprintln!("skipped: there is no git");
        return;
    };
    assert!(merge.status.success(), "{merge:?}");
    let merged = String::from_utf8(merge.stdout).unwrap();
    sandbox.write("score-rs.lock", &merged);
    declare(&sandbox, "local", &all);
    succeeds(&sandbox, &["generate", "--locked", "--offline"]);
    assert_eq!(sandbox.read("score-rs.lock"), merged);
    // An entry with a line of another one is no merge of git's.
    let digest = |lock: &str, url: &str| {
        let entry = lock.split(&format!("{url}\":\n")).nth(1).unwrap();
        let line = entry.lines().find(|line| line.contains("digest: "));
        line.unwrap().trim().to_owned()
    };
    let (old, new) = (digest(&base, all[3]), digest(&updated, all[3]));
    let mixed = base.replace(&old, &new);
    assert_ne!(mixed, base);
    sandbox.write("score-rs.lock", mixed);
    fails(&sandbox, &["generate"], 1, &["[checksum-mismatch]"]);
}

#[test]
fn unlisted_sources_are_removed() {
    let server = Server::serving(&[("/a", &bucket("a")), ("/b", &bucket("b"))]);
    let (one, two) = (server.url("/a"), server.url("/b"));
    let sandbox = project(&[&one, &two]);
    succeeds(&sandbox, &["lock"]);
    declare(&sandbox, "local", &[&two]);
    let result = succeeds(&sandbox, &["lock"]);
    assert!(
        result
            .stderr
            .contains(&format!("removed {one}: nothing lists it")),
        "{}",
        result.stderr
    );
    let lock = sandbox.read("score-rs.lock");
    assert!(!lock.contains(&one) && lock.contains(&two), "{lock}");
    declare(&sandbox, "local", &[]);
    succeeds(&sandbox, &["lock"]);
    assert!(sandbox.read("score-rs.lock").contains("sources: {}"));
    let result = succeeds(&Sandbox::new(), &["lock"]);
    assert!(
        result
            .stderr
            .contains("no environment lists a remote source"),
        "{}",
        result.stderr
    );
}

#[test]
fn concurrent_runs_lose_nothing() {
    let server = Server::new(|request| Reply {
        pause: Duration::from_millis(40),
        ..Reply::ok(bucket(&request.path[1..]))
    });
    let names = ["a", "b", "c", "d"];
    let urls: Vec<String> = names
        .iter()
        .map(|name| server.url(&format!("/{name}")))
        .collect();
    let sandbox = project(&[&urls[0]]);
    names
        .iter()
        .zip(&urls)
        .for_each(|(name, url)| declare(&sandbox, name, &[url, &urls[0]]));
    let runs = names.map(|name| {
        let arguments = ["generate", "--env", name];
        let mut command = sandbox.command(&arguments);
        (
            arguments,
            command
                .env("XDG_CACHE_HOME", sandbox.path("cache"))
                .spawn()
                .unwrap(),
        )
    });
    for (arguments, child) in runs {
        let result = wait_for_exit(child, &arguments);
        assert_eq!(result.code, Some(0), "{}", result.stderr);
    }
    let lock = sandbox.read("score-rs.lock");
    assert!(urls.iter().all(|url| lock.contains(url)), "{lock}");
    assert!(
        sandbox
            .list()
            .iter()
            .all(|path| !path.ends_with(".tmp") && !path.contains("sha256/.")),
        "leftover files: {:?}",
        sandbox.list()
    );
    succeeds(
        &sandbox,
        &["generate", "--all-environments", "--offline", "--locked"],
    );
}
