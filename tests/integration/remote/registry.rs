//! Sources in a small OCI registry with token authentication.

use std::sync::{Arc, Mutex};

use sha2::{Digest, Sha256};

use super::server::{Reply, Request, Server};
use super::{bucket, fails, forget_cache, lock_value, project, run_in, succeeds};

pub(super) fn digest(bytes: &[u8]) -> String {
    let digits: String = Sha256::digest(bytes)
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect();
    format!("sha256:{digits}")
}

/// The contents of a registry: blobs and manifests by digest, and the digest of the tag `v1`.
#[derive(Default)]
pub(super) struct Contents {
    objects: Vec<(String, Vec<u8>)>,
    tag: String,
}

impl Contents {
    fn add(&mut self, bytes: &[u8]) -> String {
        self.objects.push((digest(bytes), bytes.to_vec()));
        digest(bytes)
    }

    /// Pushes an artifact with these files and moves the tag to it.
    pub(super) fn push(&mut self, files: &[(&str, &str)]) {
        let layers = files.iter().map(|(title, text)| {
            let digest = self.add(text.as_bytes());
            let title = format!(r#"{{"org.opencontainers.image.title":"{title}"}}"#);
            format!(r#"{{"mediaType":"text/plain","digest":"{digest}","size":{},"annotations":{title}}}"#, text.len())
        });
        let layers: Vec<String> = layers.collect();
        let manifest = format!(r#"{{"schemaVersion":2,"layers":[{}]}}"#, layers.join(","));
        self.tag = self.add(manifest.as_bytes());
    }

    pub(super) fn answer(&self, request: &Request) -> Reply {
        let name = match request.path.strip_prefix("/v2/team/defs/") {
            Some("manifests/v1") => self.tag.as_str(),
            Some(path) => path.split_once('/').map_or("", |(_, name)| name),
            None => "",
        };
        match self.objects.iter().find(|(digest, _)| digest == name) {
            Some((_, bytes)) => Reply::ok(bytes.clone()),
            None => Reply::missing(),
        }
    }
}

/// A registry that requires a token, which everybody gets, or only `me` with the password `secret`.
fn registry(files: &[(&str, &str)], user: Option<&'static str>) -> (Server, Arc<Mutex<Contents>>) {
    let contents = Arc::new(Mutex::new(Contents::default()));
    contents.lock().unwrap().push(files);
    let served = Arc::clone(&contents);
    let server = Server::new(move |request| {
        let authorization = request.header("authorization");
        if request.path == "/token?scope=repository:team/defs:pull&service=test%20registry" {
            let is_known = user.is_none_or(|user| authorization == Some(&format!("Basic {user}")));
            return if is_known {
                Reply::ok(r#"{"token":"T0"}"#)
            } else {
                Reply::status("401 Unauthorized", "")
            };
        }
        if authorization != Some("Bearer T0") {
            let realm = format!("http://{}/token", request.header("host").unwrap());
            let challenge = format!(
                r#"Bearer realm="{realm}",service="test registry",scope="repository:team/defs:pull""#
            );
            return Reply::status("401 Unauthorized", "")
                .with_header("WWW-Authenticate", &challenge);
        }
        served.lock().unwrap().answer(request)
    });
    (server, contents)
}

pub(super) fn url(server: &Server, rest: &str) -> String {
    format!("oci://{}/team/defs{rest}", server.host)
}

#[test]
fn an_artifact_is_fetched_and_stays_pinned_when_its_tag_moves() {
    let (server, contents) = registry(
        &[("README.md", "read me"), ("p.yaml", &bucket("one"))],
        None,
    );
    let source = url(&server, ":v1");
    let sandbox = project(&[&source]);
    succeeds(&sandbox, &["generate"]);
    assert!(sandbox.read("local.yaml").contains("BUCKET: one"));
    let manifest = contents.lock().unwrap().tag.clone();
    assert_eq!(
        (
            lock_value(&sandbox, "digest"),
            lock_value(&sandbox, "manifest")
        ),
        (digest(bucket("one").as_bytes()), manifest)
    );
    contents.lock().unwrap().push(&[("p.yaml", &bucket("two"))]);
    forget_cache(&sandbox);
    succeeds(&sandbox, &["generate", "--locked"]);
    assert!(sandbox.read("local.yaml").contains("BUCKET: one"));
    succeeds(&sandbox, &["lock", "--update"]);
    succeeds(&sandbox, &["generate", "--locked"]);
    assert!(sandbox.read("local.yaml").contains("BUCKET: two"));
}

#[test]
fn a_fragment_selects_a_file_of_an_artifact() {
    let (server, contents) = registry(
        &[("a.yaml", &bucket("a")), ("b/c.yaml", &bucket("c"))],
        None,
    );
    let message = "team/defs:v1` has no `*.provisioners.yaml`";
    let several = [message, "name a file or another directory; it has `a.yaml`"];
    fails(
        &project(&[&url(&server, ":v1")]),
        &["generate"],
        1,
        &several,
    );
    let other = format!("'{}'", url(&server, ":v1#a.yml"));
    fails(
        &project(&[&other]),
        &["generate"],
        3,
        &["it has no file `a.yml`; did you mean `a.yaml`?"],
    );
    fails(
        &project(&[&url(&server, ":v2")]),
        &["generate"],
        3,
        &["there is no such file (status 404)"],
    );
    let tag = contents.lock().unwrap().tag.clone();
    for rest in [":v1#b/c.yaml".to_owned(), format!("@{tag}#b/c.yaml")] {
        let sandbox = project(&[&format!("'{}'", url(&server, &rest))]);
        succeeds(&sandbox, &["generate"]);
        assert!(sandbox.read("local.yaml").contains("BUCKET: c"));
    }
}

#[test]
fn registry_digests_are_verified() {
    let (server, contents) = registry(&[("p.yaml", &bucket("one"))], None);
    let sandbox = project(&[&url(&server, ":v1")]);
    contents.lock().unwrap().objects[0].1 = bucket("evil").into_bytes();
    fails(
        &sandbox,
        &["generate"],
        3,
        &["the registry returned sha256:"],
    );
    let (server, contents) = registry(&[("p.yaml", &bucket("one"))], None);
    let pinned = contents.lock().unwrap().tag.clone();
    let sandbox = project(&[&url(&server, &format!("@{pinned}"))]);
    contents.lock().unwrap().objects[1].1 = b"{\"layers\":[]}".to_vec();
    fails(
        &sandbox,
        &["generate"],
        3,
        &["the registry returned sha256:"],
    );
}

#[test]
fn docker_credentials_are_used() {
    // `me:secret`
    let (server, _holding) = registry(&[("p.yaml", &bucket("one"))], Some("bWU6c2VjcmV0"));
    let sandbox = project(&[&url(&server, ":v1")]);
    fails(
        &sandbox,
        &["generate"],
        3,
        &["cannot get a token for it", "status 401"],
    );
    sandbox.write(
        "docker/config.json",
        format!(
            r#"{{"auths":{{"{}":{{"auth":"bWU6c2VjcmV0"}}}}}}"#,
            server.host
        ),
    );
    let docker = sandbox.path("docker");
    let result = run_in(
        &sandbox,
        &["generate"],
        &[("DOCKER_CONFIG", docker.to_str().unwrap())],
    );
    assert_eq!(result.code, Some(0), "{}", result.stderr);
    let basic = Server::new(|request| match request.header("authorization") {
        Some("Basic bWU6c2VjcmV0") => Reply::status("404 Not Found", ""),
        _ => Reply::status("401 Unauthorized", "")
            .with_header("WWW-Authenticate", "Basic realm=\"x\""),
    });
    let sandbox = project(&[&url(&basic, ":v1")]);
    fails(&sandbox, &["generate"], 3, &["status 401"]);
    sandbox.write(
        "docker/config.json",
        format!(
            r#"{{"auths":{{"{}":{{"auth":"bWU6c2VjcmV0"}}}}}}"#,
            basic.host
        ),
    );
    let docker = sandbox.path("docker");
    let result = run_in(
        &sandbox,
        &["generate"],
        &[("DOCKER_CONFIG", docker.to_str().unwrap())],
    );
    assert!(result.stderr.contains("status 404"), "{}", result.stderr);
}

#[test]
fn a_token_is_not_sent_to_other_servers() {
    let elsewhere = Server::serving(&[("/blob", &bucket("one"))]);
    let target = elsewhere.url("/blob");
    let (server, contents) = registry(&[("p.yaml", &bucket("one"))], None);
    let served = Arc::clone(&contents);
    let front = Server::new(move |request| match request.path.contains("/blobs/") {
        true => Reply::redirect_to(&target),
        false if request.header("authorization").is_none() => {
            let challenge = r#"Basic realm="x""#;
            Reply::status("401 Unauthorized", "").with_header("WWW-Authenticate", challenge)
        }
        false => served.lock().unwrap().answer(request),
    });
    drop(server);
    let sandbox = project(&[&url(&front, ":v1")]);
    sandbox.write(
        "docker/config.json",
        format!(
            r#"{{"auths":{{"{}":{{"auth":"bWU6c2VjcmV0"}}}}}}"#,
            front.host
        ),
    );
    let docker = sandbox.path("docker");
    let result = run_in(
        &sandbox,
        &["generate"],
        &[("DOCKER_CONFIG", docker.to_str().unwrap())],
    );
    assert_eq!(result.code, Some(0), "{}", result.stderr);
    assert!(
        elsewhere
            .requests()
            .iter()
            .all(|request| request.header("authorization").is_none())
    );
}
