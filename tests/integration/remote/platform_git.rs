//! One platform for several repositories: a git repository, and a checkout to work against.

use super::git::{git, has_git, serve, url};
use super::platform::{platform, service, write};
use super::{fails, forget_cache, lock_value, succeeds};
use crate::sandbox::Sandbox;

/// A repository `platform.git` with these files, tagged `v1`.
fn repository(files: &[(&str, String)]) -> Sandbox {
    let sandbox = Sandbox::new();
    write(&sandbox, "work/", files);
    git(&sandbox, &["init", "-q", "-b", "main"]);
    let bare = "../repos/platform.git";
    git(&sandbox, &["init", "-q", "--bare", "-b", "main", bare]);
    git(&sandbox, &["config", "remote.origin.url", bare]);
    publish(&sandbox, "v1");
    sandbox
}

fn publish(sandbox: &Sandbox, tag: &str) {
    git(sandbox, &["add", "."]);
    git(sandbox, &["commit", "-qm", tag]);
    git(sandbox, &["tag", tag]);
    git(sandbox, &["push", "-q", "--tags", "origin", "main"]);
}

const ALL: [&str; 3] = ["generate", "--all-environments", "--locked"];

#[test]
fn a_repository_is_pinned_updated_and_rolled_back() {
    if !has_git() {
        return;
    }
    let platform_work = repository(&platform("one"));
    let server = serve(&platform_work);
    let services = ["web", "cart", "jobs"]
        .map(|name| service(name, |base| url(&server, &format!("{base}?ref=v1"))));
    for sandbox in &services {
        succeeds(sandbox, &["lock"]);
        assert_eq!(
            lock_value(sandbox, "commit"),
            git(&platform_work, &["rev-parse", "v1"])
        );
        succeeds(sandbox, &ALL);
        for part in ["value: one", "tier: gold", "value: eu"] {
            assert!(sandbox.read("prod.yaml").contains(part), "{part}");
        }
        assert!(sandbox.read("local.yaml").contains("BUCKET: one"));
    }
    write(&platform_work, "work/", &platform("two"));
    publish(&platform_work, "v2");
    let [web, cart, _] = &services;
    let (path, lock) = (
        "environments/prod/environment.yaml",
        web.read("score-rs.lock"),
    );
    let before = web.read(path);
    web.write(path, before.replace("ref=v1", "ref=v2"));
    succeeds(web, &["lock"]);
    succeeds(web, &ALL);
    assert!(web.read("prod.yaml").contains("value: two"));
    assert!(web.read("local.yaml").contains("BUCKET: one"));
    web.write(path, before);
    web.write("score-rs.lock", lock);
    // The commit stays when its tag is removed.
    git(&platform_work, &["push", "-q", "origin", ":refs/tags/v1"]);
    forget_cache(cart);
    succeeds(cart, &ALL);
    drop(server);
    succeeds(web, &[&ALL[..], &["--offline"]].concat());
    assert!(web.read("prod.yaml").contains("value: one"));
}

#[test]
fn directories_of_a_repository_are_sources() {
    if !has_git() {
        return;
    }
    let platform_work = repository(&platform("one"));
    let server = serve(&platform_work);
    let sandbox = Sandbox::with_files(&[(
        "score.yaml",
        &super::platform::SERVICE.replace("NAME", "web"),
    )]);
    let environment = [
        "definitions",
        "policies",
        "schemas",
        "overrides/all.yaml",
        "patches",
    ]
    .iter()
    .zip([
        "provisioners",
        "policies",
        "schemas",
        "overrides",
        "patches",
    ])
    .map(|(path, key)| format!("{key}: ['{}']\n", url(&server, &format!("{path}?ref=v1"))));
    let environment: String = environment.collect();
    let text = format!("target: kubernetes\noutput: prod.yaml\nproject: web\n{environment}");
    sandbox.write("environments/prod/environment.yaml", text);
    succeeds(&sandbox, &["lock"]);
    succeeds(&sandbox, &["generate", "--locked", "--offline"]);
    for part in ["value: one", "tier: gold", "value: eu"] {
        assert!(sandbox.read("prod.yaml").contains(part), "{part}");
    }
    // The directories are one tree; the file was pinned on its own.
    let lock = sandbox.read("score-rs.lock");
    assert_eq!(lock.matches("git-http://").count(), 1, "{lock}");
}

#[test]
fn nothing_outside_of_the_tree_is_read() {
    if !has_git() {
        return;
    }
    let secret = Sandbox::with_files(&[("secret.yaml", "containers: {}\n")]);
    let absolute = secret.path("secret.yaml").display().to_string();
    for (path, message) in [
        ("../../secret.yaml", "is outside of the repository"),
        (absolute.as_str(), "is outside of the repository"),
        ("-", "there is no `base/-` in"),
        ("~/secret.yaml", "there is no `base/~/secret.yaml` in"),
    ] {
        let mut files = platform("one");
        files[2].1 = files[2]
            .1
            .replace("../overrides/all.yaml", &format!("'{path}'"));
        let platform_work = repository(&files);
        let server = serve(&platform_work);
        let sandbox = service("web", |base| url(&server, &format!("{base}?ref=v1")));
        let place = url(&server, "base/environment.yaml?ref=v1:7:13");
        fails(&sandbox, &["lock"], 1, &[message, &place]);
    }
    let mut files = platform("one");
    files[4].1 = "extends: ../../../x\ntarget: kubernetes\n".to_owned();
    let platform_work = repository(&files);
    let server = serve(&platform_work);
    let sandbox = service("web", |base| url(&server, &format!("{base}?ref=v1")));
    fails(
        &sandbox,
        &["validate", "-e", "prod"],
        1,
        &["is outside of the repository"],
    );
    // A link out of the repository, and one in it.
    let platform_work = repository(&platform("one"));
    let link = platform_work.path("work/overrides/link.yaml");
    std::os::unix::fs::symlink(&absolute, &link).unwrap();
    publish(&platform_work, "v2");
    let server = serve(&platform_work);
    let at_tag = |tag: &'static str| {
        let server = &server;
        service("web", move |base| url(server, &format!("{base}?ref={tag}")))
    };
    let message = "`overrides/link.yaml` is a symbolic link in the commit";
    fails(
        &at_tag("v2"),
        &["lock"],
        3,
        &[message, "leads to no file of it"],
    );
    std::fs::remove_file(&link).unwrap();
    std::os::unix::fs::symlink("../base/environment.yaml", &link).unwrap();
    publish(&platform_work, "v3");
    succeeds(&at_tag("v3"), &["lock"]);
}

#[test]
fn a_checkout_stands_for_a_repository() {
    if !has_git() {
        return;
    }
    let platform_work = repository(&platform("one"));
    let server = serve(&platform_work);
    let sandbox = service("web", |base| url(&server, &format!("{base}?ref=v1")));
    succeeds(&sandbox, &["lock"]);
    let lock = sandbox.read("score-rs.lock");
    write(&sandbox, "checkout/", &platform("three"));
    let whole = url(&server, "");
    let whole = whole.trim_end_matches('/');
    for url in [whole.to_owned(), format!("{whole}?ref=v1")] {
        sandbox.write("score-rs.yaml", format!("replace:\n  {url}: checkout\n"));
        succeeds(&sandbox, &["generate", "--all-environments"]);
        assert!(sandbox.read("prod.yaml").contains("value: three"), "{url}");
        let messages = [
            "[not-locked]",
            "is replaced by `checkout`",
            "score-rs.yaml:2:3",
        ];
        fails(&sandbox, &ALL, 1, &messages);
    }
    // The lock is of what is published.
    succeeds(&sandbox, &["lock"]);
    assert_eq!(sandbox.read("score-rs.lock"), lock);
    for (text, message) in [
        (
            format!("{whole}: checkuot"),
            "there is no directory `checkuot`",
        ),
        (format!("{whole}?ref=v2: nowhere"), "is valid"),
        (
            "https://example.com/x: checkout".to_owned(),
            "a file on a web server has no directories",
        ),
        (format!("{whole}/base: checkout"), "it names a part of it"),
        (
            "ocl://example.com/x: checkout".to_owned(),
            "did you mean `oci`?",
        ),
    ] {
        sandbox.write("score-rs.yaml", format!("replace:\n  {text}\n"));
        let code = i32::from(message != "is valid");
        if code == 0 {
            succeeds(&sandbox, &["validate", "-e", "prod"]);
        } else {
            fails(
                &sandbox,
                &["validate", "-e", "prod"],
                1,
                &[message, "score-rs.yaml:2:"],
            );
        }
    }
}
