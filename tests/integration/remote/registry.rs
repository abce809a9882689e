//! Sources in an OCI registry: a small one, with a token that has to be asked for.

use std::sync::{Arc, Mutex};

use sha2::{Digest, Sha256};

use super::server::{Reply, Request, Server};
use super::{bucket, fails, fine, forget_cache, locked, project, run_in};

fn digest(bytes: &[u8]) -> String {
    let digits: String = Sha256::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect();
    format!("sha256:{digits}")
}

/// What a registry holds: blobs and manifests by digest, and what the tag `v1` points to.
#[derive(Default)]
struct Holding {
    things: Vec<(String, Vec<u8>)>,
    tag: String,
}

impl Holding {
    fn add(&mut self, bytes: &[u8]) -> String {
        self.things.push((digest(bytes), bytes.to_vec()));
        digest(bytes)
    }

    /// Puts files into an artifact that the tag points to from now on.
    fn push(&mut self, files: &[(&str, &str)]) {
        let layers = files.iter().map(|(title, text)| {
            let digest = self.add(text.as_bytes());
            let title = format!(r#"{{"org.opencontainers.image.title":"{title}"}}"#);
            format!(r#"{{"mediaType":"text/plain","digest":"{digest}","size":{},"annotations":{title}}}"#, text.len())
        });
        let layers: Vec<String> = layers.collect();
        let manifest = format!(r#"{{"schemaVersion":2,"layers":[{}]}}"#, layers.join(","));
        self.tag = self.add(manifest.as_bytes());
    }

    fn answer(&self, request: &Request) -> Reply {
        let name = match request.path.strip_prefix("/v2/team/defs/") {
            Some("manifests/v1") => self.tag.as_str(),
            Some(path) => path.split_once('/').map_or("", |(_, name)| name),
            None => "",
        };
        match self.things.iter().find(|(own, _)| own == name) {
            Some((_, bytes)) => Reply::fine(bytes.clone()),
            None => Reply::missing(),
        }
    }
}

/// A registry that wants a token, and one that it gives to everybody or to `me` with `secret`.
fn registry(files: &[(&str, &str)], user: Option<&'static str>) -> (Server, Arc<Mutex<Holding>>) {
    let holding = Arc::new(Mutex::new(Holding::default()));
    holding.lock().unwrap().push(files);
    let own = Arc::clone(&holding);
    let server = Server::new(move |request| {
        let told = request.header("authorization");
        if request.path == "/token?scope=repository:team/defs:pull&service=test%20registry" {
            let is_known = user.is_none_or(|user| told == Some(&format!("Basic {user}")));
            return if is_known { Reply::fine(r#"{"token":"T0"}"#) } else { Reply::of("401 Unauthorized", "") };
        }
        if told != Some("Bearer T0") {
            let realm = format!("http://{}/token", request.header("host").unwrap());
            let how = format!(r#"Bearer realm="{realm}",service="test registry",scope="repository:team/defs:pull""#);
            return Reply::of("401 Unauthorized", "").with("WWW-Authenticate", &how);
        }
        own.lock().unwrap().answer(request)
    });
    (server, holding)
}

fn address(server: &Server, rest: &str) -> String {
    format!("oci://{}/team/defs{rest}", server.host)
}

#[test]
fn an_artifact_is_fetched_and_stays_as_it_was_when_its_tag_moves() {
    let (server, holding) = registry(&[("README.md", "read me"), ("p.yaml", &bucket("one"))], None);
    let source = address(&server, ":v1");
    let sandbox = project(&[&source]);
    fine(&sandbox, &["generate"]);
    assert!(sandbox.read("local.yaml").contains("BUCKET: one"));
    let manifest = holding.lock().unwrap().tag.clone();
    assert_eq!(
        (locked(&sandbox, "digest"), locked(&sandbox, "manifest")),
        (digest(bucket("one").as_bytes()), manifest)
    );
    holding.lock().unwrap().push(&[("p.yaml", &bucket("two"))]);
    forget_cache(&sandbox);
    fine(&sandbox, &["generate", "--locked"]);
    assert!(sandbox.read("local.yaml").contains("BUCKET: one"));
    fine(&sandbox, &["lock", "--update"]);
    fine(&sandbox, &["generate", "--locked"]);
    assert!(sandbox.read("local.yaml").contains("BUCKET: two"));
}

#[test]
fn one_of_several_files_is_named() {
    let (server, holding) = registry(&[("a.yaml", &bucket("a")), ("b/c.yaml", &bucket("c"))], None);
    let several = "it has several files, `a.yaml` and `b/c.yaml`: add `#` and one of them";
    fails(&project(&[&address(&server, ":v1")]), &["generate"], 3, &[several]);
    let other = format!("'{}'", address(&server, ":v1#a.yml"));
    fails(&project(&[&other]), &["generate"], 3, &["it has no file `a.yml`; did you mean `a.yaml`?"]);
    fails(&project(&[&address(&server, ":v2")]), &["generate"], 3, &["there is no such file (status 404)"]);
    let tag = holding.lock().unwrap().tag.clone();
    for rest in [":v1#b/c.yaml".to_owned(), format!("@{tag}#b/c.yaml")] {
        let sandbox = project(&[&format!("'{}'", address(&server, &rest))]);
        fine(&sandbox, &["generate"]);
        assert!(sandbox.read("local.yaml").contains("BUCKET: c"));
    }
}

#[test]
fn what_a_registry_gives_is_what_was_asked_for() {
    let (server, holding) = registry(&[("p.yaml", &bucket("one"))], None);
    let sandbox = project(&[&address(&server, ":v1")]);
    holding.lock().unwrap().things[0].1 = bucket("evil").into_bytes();
    fails(&sandbox, &["generate"], 3, &["the registry was asked for sha256:"]);
    let (server, holding) = registry(&[("p.yaml", &bucket("one"))], None);
    let pinned = holding.lock().unwrap().tag.clone();
    let sandbox = project(&[&address(&server, &format!("@{pinned}"))]);
    holding.lock().unwrap().things[1].1 = b"{\"layers\":[]}".to_vec();
    fails(&sandbox, &["generate"], 3, &["the registry was asked for sha256:"]);
}

#[test]
fn a_password_is_that_of_docker_login() {
    // `me:secret`
    let (server, _holding) = registry(&[("p.yaml", &bucket("one"))], Some("bWU6c2VjcmV0"));
    let sandbox = project(&[&address(&server, ":v1")]);
    fails(&sandbox, &["generate"], 3, &["no token for it can be had", "status 401"]);
    sandbox.write("docker/config.json", format!(r#"{{"auths":{{"{}":{{"auth":"bWU6c2VjcmV0"}}}}}}"#, server.host));
    let docker = sandbox.path("docker");
    let result = run_in(&sandbox, &["generate"], &[("DOCKER_CONFIG", docker.to_str().unwrap())]);
    assert_eq!(result.code, Some(0), "{}", result.stderr);
    let basic = Server::new(|request| match request.header("authorization") {
        Some("Basic bWU6c2VjcmV0") => Reply::of("404 Not Found", ""),
        _ => Reply::of("401 Unauthorized", "").with("WWW-Authenticate", "Basic realm=\"x\""),
    });
    let sandbox = project(&[&address(&basic, ":v1")]);
    fails(&sandbox, &["generate"], 3, &["status 401"]);
    sandbox.write("docker/config.json", format!(r#"{{"auths":{{"{}":{{"auth":"bWU6c2VjcmV0"}}}}}}"#, basic.host));
    let docker = sandbox.path("docker");
    let result = run_in(&sandbox, &["generate"], &[("DOCKER_CONFIG", docker.to_str().unwrap())]);
    assert!(result.stderr.contains("status 404"), "{}", result.stderr);
}

#[test]
fn a_token_goes_to_no_other_server() {
    let elsewhere = Server::of(&[("/blob", &bucket("one"))]);
    let target = elsewhere.url("/blob");
    let (server, holding) = registry(&[("p.yaml", &bucket("one"))], None);
    let own = Arc::clone(&holding);
    let front = Server::new(move |request| match request.path.contains("/blobs/") {
        true => Reply::to(&target),
        false if request.header("authorization").is_none() => {
            let how = r#"Basic realm="x""#;
            Reply::of("401 Unauthorized", "").with("WWW-Authenticate", how)
        }
        false => own.lock().unwrap().answer(request),
    });
    drop(server);
    let sandbox = project(&[&address(&front, ":v1")]);
    sandbox.write("docker/config.json", format!(r#"{{"auths":{{"{}":{{"auth":"bWU6c2VjcmV0"}}}}}}"#, front.host));
    let docker = sandbox.path("docker");
    let result = run_in(&sandbox, &["generate"], &[("DOCKER_CONFIG", docker.to_str().unwrap())]);
    assert_eq!(result.code, Some(0), "{}", result.stderr);
    assert!(elsewhere.asked().iter().all(|request| request.header("authorization").is_none()));
}
