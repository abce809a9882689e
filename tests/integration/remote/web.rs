//! Sources on web servers.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use super::server::{Reply, Server};
use super::{
    PATH, SHOP, bucket, declare, fails, in_one_line, lock_value, project, run_in, succeeds,
};
use crate::sandbox::Sandbox;

#[test]
fn a_source_is_fetched_once_and_cached() {
    let server = Server::serving(&[(PATH, &bucket("one"))]);
    let url = server.url(PATH);
    let sandbox = project(&[&url]);
    declare(&sandbox, "other", &[&url]);
    let result = succeeds(&sandbox, &["generate", "--all-environments"]);
    assert!(
        result.stderr.contains(&format!("locked {url}: sha256:")),
        "{}",
        result.stderr
    );
    assert_eq!(
        server.requests().len(),
        1,
        "one request for both environments"
    );
    assert!(sandbox.read("local.yaml").contains("BUCKET: one"));
    let lock = sandbox.read("score-rs.lock");
    assert!(lock.contains("version: 1\nsources:\n"), "{lock}");
    drop(server);
    let again = succeeds(
        &sandbox,
        &["generate", "--env", "local", "--locked", "--offline", "-v"],
    );
    assert!(
        again.stderr.contains(&format!(
            "from the cache: {url}, {}",
            lock_value(&sandbox, "digest")
        )),
        "{}",
        again.stderr
    );
    assert!(!again.stderr.contains("locked http"), "{}", again.stderr);
    assert_eq!(sandbox.read("score-rs.lock"), lock);
    succeeds(&sandbox, &["validate", "--env", "local"]);
    succeeds(&sandbox, &["lock"]);
    assert_eq!(sandbox.read("score-rs.lock"), lock);
}

#[test]
fn server_errors_fail_the_run() {
    let server = Server::new(|request| match request.path.as_str() {
        "/large" => Reply::ok(vec![b'#'; (10 << 20) + 1]),
        "/claims-large" => Reply {
            length: Some(1 << 40),
            ..Reply::ok("- uri: x")
        },
        "/short" => Reply {
            length: Some(100),
            ..Reply::ok("- uri: x")
        },
        "/slow" => Reply {
            pause: Duration::from_secs(3),
            ..Reply::ok("")
        },
        "/secret" => Reply::status("403 Forbidden", ""),
        "/broken" => Reply::status("500 Oh", ""),
        "/circle" => Reply::redirect_to("/circle"),
        "/elsewhere" => Reply::redirect_to("http://example.com/x"),
        "/file" => Reply::redirect_to("file:///etc/hosts"),
        "/nowhere" => Reply::status("302 Found", ""),
        "/nonsense" => Reply::status("nonsense", ""),
        _ => Reply::missing(),
    });
    for (path, message) in [
        ("/missing", "there is no such file (status 404)"),
        ("/large", "it is larger than 10 MiB"),
        ("/claims-large", "it is larger than 10 MiB"),
        ("/short", "the server closed the connection before the end"),
        (
            "/slow",
            "it took longer than 1 s; `--fetch-timeout` raises the limit",
        ),
        ("/secret", "the server requires permission (status 403)"),
        ("/broken", "the server failed (status 500)"),
        ("/circle", "the server redirects more than 5 times"),
        (
            "/elsewhere",
            "the server redirects to `http://example.com/x`, which does not use HTTPS",
        ),
        ("/file", "the server redirects to `file:///etc/hosts`"),
        ("/nowhere", "the server refused the request (status 302)"),
        ("/nonsense", "the server does not speak HTTP"),
    ] {
        let url = server.url(path);
        let sandbox = project(&[&url]);
        let start = format!("cannot fetch `{url}` (environments/local/environment.yaml:4:3): ");
        for command in [
            &["generate", "--fetch-timeout", "1"][..],
            &["lock", "--fetch-timeout", "1"],
        ] {
            fails(&sandbox, command, 3, &[&start, message]);
        }
    }
}

#[test]
fn redirects_are_followed() {
    let server = Server::new(|request| match request.path.as_str() {
        "/a/b?c" => Reply::redirect_to("../d"),
        "/a/../d" => Reply::redirect_to("/e"),
        "/e" => Reply::ok(bucket("one")),
        _ => Reply::missing(),
    });
    let sandbox = project(&[&server.url("/a/b?c")]);
    succeeds(&sandbox, &["generate"]);
    assert!(sandbox.read("local.yaml").contains("BUCKET: one"));
}

#[test]
fn connection_failures() {
    let url = Server::serving(&[]).url(PATH);
    fails(
        &project(&[&url]),
        &["generate"],
        3,
        &[
            &format!("cannot fetch `{url}` ("),
            "connection refused: nothing listens there; correct",
        ],
    );
    fails(
        &project(&["https://nobody.invalid/x"]),
        &["generate", "--fetch-timeout", "5"],
        3,
        &["cannot fetch `https://"],
    );
}

#[test]
fn sources_are_fetched_concurrently_and_reported_in_order() {
    // Each reply waits for the requests of the others.
    let requests = Arc::new(AtomicUsize::new(0));
    let count = Arc::clone(&requests);
    let server = Server::new(move |request| {
        count.fetch_add(1, Ordering::SeqCst);
        let began = Instant::now();
        while !count.load(Ordering::SeqCst).is_multiple_of(3)
            && began.elapsed() < Duration::from_secs(10)
        {
            std::thread::sleep(Duration::from_millis(2));
        }
        match request.path.as_str() {
            "/one" => {
                std::thread::sleep(Duration::from_millis(200));
                Reply::ok(bucket("one"))
            }
            "/two" => Reply::ok(bucket("two")),
            "/three" => Reply::ok(bucket("three")),
            "/late" => {
                std::thread::sleep(Duration::from_millis(200));
                Reply::missing()
            }
            _ => Reply::status("500 Oh", ""),
        }
    });
    let sources = |paths: [&str; 3]| paths.map(|path| server.url(path));
    let urls = sources(["/one", "/two", "/three"]);
    for command in [
        &["generate", "--fetch-timeout", "5"][..],
        &["lock", "--fetch-timeout", "5"],
    ] {
        let sandbox = project(&urls.each_ref().map(String::as_str));
        let result = succeeds(&sandbox, command);
        let order: Vec<usize> = urls
            .iter()
            .filter_map(|url| result.stderr.find(url))
            .collect();
        assert!(order.len() == 3, "{}", result.stderr);
        if command[0] == "generate" {
            assert!(
                sandbox.read("local.yaml").contains("BUCKET: one"),
                "the first match is used"
            );
        }
    }
    // The first failure in order is reported, although another one happened earlier.
    let urls = sources(["/late", "/broken", "/two"]);
    let sandbox = project(&urls.each_ref().map(String::as_str));
    let result = fails(
        &sandbox,
        &["generate", "--fetch-timeout", "5"],
        3,
        &["there is no such file (status 404)"],
    );
    assert!(
        result.stderr.contains("/late`") && !result.stderr.contains("500"),
        "{}",
        result.stderr
    );
    assert_eq!(
        requests.load(Ordering::SeqCst),
        9,
        "one request per source and run"
    );
}

#[test]
fn errors_in_fetched_files_have_a_location() {
    let server = Server::serving(&[(PATH, "- uri: template://platform/bucket\n  typ: bucket\n")]);
    let url = server.url(PATH);
    let sandbox = project(&[&url]);
    let message = format!("{url}:2:3: error: ");
    fails(
        &sandbox,
        &["generate", "--message-format", "short"],
        1,
        &[&message, "[unknown-key]"],
    );
    fails(
        &sandbox,
        &["generate", "--message-format", "sarif"],
        1,
        &[&url],
    );
    fails(
        &sandbox,
        &["generate", "--message-format", "github"],
        1,
        &[&url],
    );
    fails(&sandbox, &["generate"], 1, &[&format!("[{url}:2:3]")]);
    let binary = Server::new(|_| Reply::ok(vec![b'#', 0xff]));
    let sandbox = project(&[&binary.url("/x")]);
    fails(
        &sandbox,
        &["generate", "--message-format", "short"],
        1,
        &["/x:1:2: error: ", "[not-utf8]"],
    );
}

#[test]
fn a_program_runs_only_when_its_definition_is_locked() {
    let text = "- uri: cmd:///bin/echo\n  type: bucket\n  args: ['{\"resource_outputs\": {\"name\": \"ran\"}}']\n";
    let server = Server::serving(&[(PATH, text)]);
    let url = server.url(PATH);
    let sandbox = project(&[&url]);
    let message =
        format!("{url}:1:8: error: this definition runs a program, and `{url}` is not locked");
    fails(
        &sandbox,
        &["generate", "--message-format", "short"],
        1,
        &[&message],
    );
    succeeds(&sandbox, &["lock"]);
    succeeds(&sandbox, &["generate"]);
    assert!(sandbox.read("local.yaml").contains("BUCKET: ran"));
}

#[test]
fn flags_accept_remote_sources() {
    let patch = "- op: set\n  path: services.shop-main.labels.patched\n  value: by the server\n";
    let server = Server::serving(&[(PATH, &bucket("one")), ("/p.tpl", patch)]);
    let sandbox = Sandbox::with_files(&[
        ("score.yaml", SHOP),
        ("more/b.provisioners.yaml", &bucket("directory")),
    ]);
    let (definitions, templates) = (server.url(PATH), server.url("/p.tpl"));
    let from = [
        "generate",
        "--provisioners",
        &definitions,
        "--patch",
        &templates,
        "-o",
        "-",
    ];
    let result = succeeds(&sandbox, &from);
    assert!(
        result.stdout.contains("BUCKET: one") && result.stdout.contains("patched: by the server"),
        "{}",
        result.stdout
    );
    assert!(sandbox.read("score-rs.lock").contains(&templates));
    succeeds(
        &sandbox,
        &[
            "lock",
            "--provisioners",
            &definitions,
            "--patch",
            &templates,
        ],
    );
    let result = succeeds(&sandbox, &["lock"]);
    assert!(
        result
            .stderr
            .contains(&format!("removed {definitions}: nothing lists it")),
        "{}",
        result.stderr
    );
    fails(
        &sandbox,
        &["generate", "--locked", "--patch", &templates],
        1,
        &["[--patch:1:1]", "is not locked"],
    );
    let result = succeeds(&sandbox, &["generate", "--provisioners", "more", "-o", "-"]);
    assert!(
        result.stdout.contains("BUCKET: directory"),
        "{}",
        result.stdout
    );
    let result = sandbox.run_with_input(
        &["generate", "--provisioners", "-", "-o", "-"],
        bucket("input").as_bytes(),
    );
    assert!(result.stdout.contains("BUCKET: input"), "{}", result.stderr);
    fails(
        &sandbox,
        &["generate", "--provisioners", "environments", "-o", "-"],
        3,
        &["there is no such file"],
    );
    sandbox.write("empty/x", "");
    fails(
        &sandbox,
        &["generate", "--provisioners", "empty", "-o", "-"],
        1,
        &["has no `*.provisioners.yaml`"],
    );
    fails(
        &sandbox,
        &["generate", "--provisioners", "ftp://x/y"],
        1,
        &["[--provisioners:1:1]", "`ftp://` is not supported"],
    );
}

#[test]
fn lists_show_digests() {
    let server = Server::serving(&[(PATH, &bucket("one"))]);
    let url = server.url(PATH);
    let sandbox = project(&[&url]);
    let listed = succeeds(&sandbox, &["provisioners", "list", "-f", "json"]);
    assert!(
        in_one_line(&listed.stderr).contains("another run may fetch other content"),
        "{}",
        listed.stderr
    );
    assert!(
        !sandbox.list().contains(&"score-rs.lock".to_owned()),
        "a read-only command writes no lock"
    );
    let shown = succeeds(&sandbox, &["environments", "show"]);
    assert!(
        shown.stdout.contains(&url) && !shown.stdout.contains("digest"),
        "{}",
        shown.stdout
    );
    succeeds(&sandbox, &["lock"]);
    let digest = lock_value(&sandbox, "digest");
    let listed = succeeds(&sandbox, &["provisioners", "list", "-f", "json"]);
    assert!(
        listed.stdout.contains(&format!(
            "\"source\": \"{url}:1\",\n    \"digest\": \"{digest}\""
        )),
        "{}",
        listed.stdout
    );
    assert!(
        succeeds(&sandbox, &["provisioners", "list"])
            .stdout
            .contains(&digest[..19])
    );
    let shown = succeeds(&sandbox, &["environments", "show", "-f", "json"]);
    let row = "\"key\": \"provisioners[0].digest\",\n    \"value\": \"";
    assert!(
        shown.stdout.contains(&format!(
            "{row}{digest}\",\n    \"source\": \"score-rs.lock:4\""
        )),
        "{}",
        shown.stdout
    );
}

#[test]
fn a_missing_cache_directory_is_not_an_error() {
    let server = Server::serving(&[(PATH, &bucket("one"))]);
    let sandbox = project(&[&server.url(PATH)]);
    for _ in 0..2 {
        let result = run_in(
            &sandbox,
            &["generate", "-v"],
            &[("XDG_CACHE_HOME", ""), ("HOME", "relative")],
        );
        assert_eq!(result.code, Some(0), "{}", result.stderr);
        assert!(
            result
                .stderr
                .contains("no cache: neither XDG_CACHE_HOME nor HOME"),
            "{}",
            result.stderr
        );
    }
    assert_eq!(server.requests().len(), 2);
    let result = run_in(
        &sandbox,
        &["generate", "--offline"],
        &[("XDG_CACHE_HOME", "")],
    );
    assert!(
        result.stderr.contains("there is no cache for"),
        "{}",
        result.stderr
    );
    let home = sandbox.path("home");
    let result = run_in(
        &sandbox,
        &["generate"],
        &[("XDG_CACHE_HOME", ""), ("HOME", home.to_str().unwrap())],
    );
    assert_eq!(result.code, Some(0), "{}", result.stderr);
    assert!(sandbox.list().contains(&format!(
        "home/.cache/score-rs/sha256/{}",
        &lock_value(&sandbox, "digest")[7..]
    )));
    // An unwritable cache is ignored.
    sandbox.write("file", "");
    let file = sandbox.path("file");
    let result = run_in(
        &sandbox,
        &["generate"],
        &[("XDG_CACHE_HOME", file.to_str().unwrap())],
    );
    assert_eq!(result.code, Some(0), "{}", result.stderr);
}

#[test]
fn proxies_are_not_used_for_localhost() {
    let server = Server::serving(&[(PATH, &bucket("one"))]);
    let sandbox = project(&[&server.url(PATH)]);
    let proxies = [
        ("HTTP_PROXY", "http://127.0.0.1:1"),
        ("ALL_PROXY", "http://127.0.0.1:1"),
    ];
    let result = run_in(&sandbox, &["generate"], &proxies);
    assert_eq!(result.code, Some(0), "{}", result.stderr);
}
