//! `push` to a small OCI registry with token authentication.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use super::registry::digest;
use super::server::{Reply, Request, Server};
use super::{fails, run_in, succeeds};
use crate::sandbox::Sandbox;

const SHOP: &str = "apiVersion: score.dev/v1b1
metadata: {name: shop}
containers:
  main: {image: 'example.com/shop:1'}
";

const WITH_PASSWORD: &str = "apiVersion: score.dev/v1b1
metadata: {name: shop}
containers:
  main:
    image: example.com/shop:1
    variables: {URL: '${resources.db.url}'}
resources:
  db: {type: postgres}
";

type Stored = Arc<Mutex<BTreeMap<String, Vec<u8>>>>;

/// A registry that lets `me:secret` push, and stores blobs by digest and manifests by tag.
fn registry() -> (Server, Stored) {
    let stored = Stored::default();
    let into = Arc::clone(&stored);
    let server = Server::new(move |request| {
        let authorization = request.header("authorization");
        if request.path.starts_with("/token") {
            assert!(
                request.path.contains("repository:shop/prod:pull,push"),
                "{}",
                request.path
            );
            return match authorization {
                Some("Basic bWU6c2VjcmV0") => Reply::ok(r#"{"token":"T0"}"#),
                _ => Reply::status("401 Unauthorized", ""),
            };
        }
        if authorization != Some("Bearer T0") {
            let realm = format!("http://{}/token", request.header("host").unwrap());
            return Reply::status("401 Unauthorized", "")
                .with_header("WWW-Authenticate", &format!("Bearer realm=\"{realm}\""));
        }
        store(request, &into)
    });
    (server, stored)
}

fn store(request: &Request, stored: &Stored) -> Reply {
    let path = request
        .path
        .strip_prefix("/v2/shop/prod/")
        .unwrap_or_default();
    let name = match (request.method.as_str(), path) {
        ("POST", "blobs/uploads/") => {
            return Reply::status("202 Accepted", "")
                .with_header("Location", "/v2/shop/prod/blobs/uploads/7?state=x");
        }
        ("PUT", path) if path.starts_with("blobs/uploads/7?state=x&digest=") => {
            let name = digest(&request.body);
            assert!(path.ends_with(&name), "{path}");
            name
        }
        ("PUT", "manifests/v1") => {
            let media_type = "application/vnd.oci.image.manifest.v1+json";
            assert_eq!(request.header("content-type"), Some(media_type));
            "v1".to_owned()
        }
        _ => return Reply::missing(),
    };
    stored.lock().unwrap().insert(name, request.body.clone());
    Reply::status("201 Created", "")
}

fn project(score: &str) -> Sandbox {
    Sandbox::with_files(&[
        ("score.yaml", score),
        (
            "environments/prod/environment.yaml",
            "target: kubernetes\nproject: x\n",
        ),
    ])
}

fn with_login(sandbox: &Sandbox, server: &Server, arguments: &[&str]) -> String {
    let auth = format!(
        r#"{{"auths":{{"{}":{{"auth":"bWU6c2VjcmV0"}}}}}}"#,
        server.host
    );
    sandbox.write("docker/config.json", auth);
    let docker = sandbox.path("docker");
    let result = run_in(
        sandbox,
        arguments,
        &[("DOCKER_CONFIG", docker.to_str().unwrap())],
    );
    assert_eq!(result.code, Some(0), "{arguments:?}: {}", result.stderr);
    result.stdout
}

#[test]
fn manifests_are_pushed_as_flux_reads_them() {
    let (server, stored) = registry();
    let url = format!("oci://{}/shop/prod:v1", server.host);
    let sandbox = project(SHOP);
    let origin = [
        "--source",
        "https://example.com/shop.git",
        "--revision",
        "main@sha1:ab",
    ];
    let push = [&["push", url.as_str()][..], &origin].concat();
    let reference = with_login(&sandbox, &server, &push);
    let stored = stored.lock().unwrap();
    let manifest = &stored["v1"];
    assert_eq!(
        reference,
        format!("{}/shop/prod@{}\n", server.host, digest(manifest))
    );
    let manifest: serde_json::Value = serde_json::from_slice(manifest).unwrap();
    let blob = |part: &serde_json::Value, media_type: &str| {
        assert_eq!(part["mediaType"], media_type);
        let bytes = &stored[part["digest"].as_str().unwrap()];
        assert_eq!(part["size"], bytes.len());
        bytes.clone()
    };
    blob(
        &manifest["config"],
        "application/vnd.cncf.flux.config.v1+json",
    );
    let layer = &manifest["layers"][0];
    let layer = blob(layer, "application/vnd.cncf.flux.content.v1.tar+gzip");
    let expected = succeeds(&sandbox, &["generate", "-o", "-", "-q"]).stdout;
    assert!(String::from_utf8_lossy(&layer).contains(&expected));
    assert_eq!(
        manifest["annotations"],
        serde_json::json!({
            "org.opencontainers.image.source": "https://example.com/shop.git",
            "org.opencontainers.image.revision": "main@sha1:ab",
        })
    );
    // Another clone gives the same digest, and needs no registry to tell.
    drop(server);
    let clone = project(SHOP);
    let dry = succeeds(&clone, &[&push[..], &["--dry-run"]].concat());
    assert_eq!((dry.stdout, dry.stderr), (reference, String::new()));
}

#[test]
fn what_has_errors_or_passwords_is_not_pushed() {
    let (server, stored) = registry();
    let url = format!("oci://{}/shop/prod:v1", server.host);
    let sandbox = project(WITH_PASSWORD);
    let message = "contains generated passwords";
    for more in [&[][..], &["--dry-run"]] {
        fails(
            &sandbox,
            &[&["push", &url][..], more].concat(),
            1,
            &[message],
        );
    }
    fails(
        &project(&SHOP.replace("image", "imgae")),
        &["push", &url],
        1,
        &["imgae"],
    );
    fails(
        &project(SHOP),
        &["push", &url],
        3,
        &["cannot push to", "status 401"],
    );
    assert!(stored.lock().unwrap().is_empty());
    let push = ["push", &url, "--warn", "secret-in-output"];
    with_login(&sandbox, &server, &push);
    assert!(stored.lock().unwrap().contains_key("v1"));
    // What a later run needs is stored, as by `generate`.
    assert!(
        sandbox
            .read("score-rs.lock")
            .contains("postgres.default#shop.db")
    );
    assert!(
        sandbox
            .list()
            .contains(&".score-rs/prod/state.x.yaml".to_owned())
    );
    sandbox.write("score-rs.yaml", "rules: {secret-in-output: allow}\n");
    with_login(&sandbox, &server, &["push", &url]);
}

#[test]
fn only_kubernetes_manifests_of_one_environment_are_pushed() {
    let sandbox = project(SHOP);
    let url = "oci://127.0.0.1:9/shop/prod:v1";
    fails(
        &sandbox,
        &["push", url, "-e", "compose"],
        2,
        &["only Kubernetes manifests"],
    );
    fails(
        &sandbox,
        &["push", url, "--all-environments"],
        2,
        &["name one with --env"],
    );
    fails(
        &sandbox,
        &["generate", "-o", url],
        2,
        &["run `score-rs push oci://127.0.0.1:9/shop/prod:v1`"],
    );
    for (url, message) in [
        ("https://example.com/shop", "this is not a registry"),
        ("registry.example.com/shop:v1", "oci://REGISTRY/NAME:TAG"),
        (
            "oci://registry.example.com/shop",
            "there is no tag: write `oci://REGISTRY/NAME:TAG`",
        ),
        ("oci://127.0.0.1:9/shop/prod", "there is no tag"),
        (
            "oci://registry.example.com/shop:v1#file",
            "pushed as a whole",
        ),
    ] {
        fails(&sandbox, &["push", url], 2, &[message]);
    }
    let help = succeeds(&sandbox, &["push", "--help"]).stdout;
    assert!(!help.contains("--all-environments"), "{help}");
}

#[test]
fn no_message_repeats_a_token_of_a_url() {
    let sandbox = project(SHOP);
    for url in [
        "oci://me:s3cret-token@registry.example.com/shop:v1",
        "https://s3cret-token@registry.example.com/shop:v1",
        "me:s3cret-token@registry.example.com/shop:v1",
        "oci://registry.example.com/shop:v1?token=s3cret-token",
    ] {
        let result = run_in(&sandbox, &["push", url], &[]);
        assert_eq!(result.code, Some(2), "{url}");
        assert!(!result.stderr.contains("s3cret-token"), "{}", result.stderr);
    }
    let url = "https://me:s3cret-token@example.com/a.yaml";
    let result = run_in(
        &sandbox,
        &["generate", "-o", "-", "--provisioners", url],
        &[],
    );
    assert!(
        result.stderr.contains("[invalid-remote-source]")
            && !result.stderr.contains("s3cret-token"),
        "{}",
        result.stderr
    );
}

#[test]
fn annotations_have_no_password() {
    let sandbox = project(SHOP);
    let push = |flag: &str, value: &str| {
        let flags = ["push", "oci://127.0.0.1:9/shop/prod:v1", "--dry-run"];
        run_in(&sandbox, &[&flags[..], &[flag, value]].concat(), &[])
    };
    for source in [
        "https://me:s3cret@example.com/shop.git",
        "https://s3cret@example.com/shop.git",
        "HTTPS://s3cret@example.com",
        "ssh://git:s3cret@example.com/shop.git",
        "me:s3cret@example.com/shop.git",
    ] {
        let result = push("--source", source);
        assert_eq!(result.code, Some(2), "{source}: {result:?}");
        let message = "a URL cannot contain a user name or password: remove the part before `@`";
        assert!(result.stderr.contains(message), "{}", result.stderr);
        assert!(!result.stderr.contains("s3cret"), "{}", result.stderr);
    }
    for source in [
        "https://example.com/@me/shop.git",
        "ssh://git@example.com/shop.git",
        "git@example.com:me/shop.git",
    ] {
        let result = push("--source", source);
        assert_eq!(result.code, Some(0), "{source}: {result:?}");
    }
    for flag in ["--source", "--revision"] {
        assert_eq!(push(flag, "").code, Some(2), "{flag}");
    }
}
