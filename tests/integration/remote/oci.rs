//! An OCI registry that can be pushed to and pulled from.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use super::registry::digest;
use super::server::{Reply, Request, Server};

/// Blobs and manifests by digest, and the digests of tags, each with the name of the artifact.
type Stored = Arc<Mutex<BTreeMap<(String, String), Vec<u8>>>>;

pub(super) struct Registry {
    pub(super) server: Server,
    stored: Stored,
}

impl Registry {
    /// A registry for everybody.
    pub(super) fn new() -> Registry {
        Registry::with(None)
    }

    /// A registry that only `me` with the password `s3cret` may use.
    pub(super) fn private() -> Registry {
        Registry::with(Some("Basic bWU6czNjcmV0"))
    }

    fn with(login: Option<&'static str>) -> Registry {
        let stored = Stored::default();
        let served = Arc::clone(&stored);
        let server = Server::new(move |request| {
            if login.is_some_and(|login| request.header("authorization") != Some(login)) {
                return Reply::status("401 Unauthorized", "")
                    .with_header("WWW-Authenticate", "Basic realm=\"x\"");
            }
            answer(request, &served)
        });
        Registry { server, stored }
    }

    pub(super) fn url(&self, rest: &str) -> String {
        format!("oci://{}/team/{rest}", self.server.host)
    }

    /// Removes a tag or the object with a digest.
    pub(super) fn remove(&self, name: &str) {
        let mut stored = self.stored.lock().unwrap();
        stored.retain(|(_, key), _| key != name);
    }

    /// Stores an artifact with these layers: a title, the bytes, and whether it is an archived
    /// directory.
    pub(super) fn store(&self, name: &str, tag: &str, layers: &[(&str, Vec<u8>, bool)]) {
        let mut stored = self.stored.lock().unwrap();
        let mut put = |bytes: &[u8]| {
            let key = (format!("team/{name}"), digest(bytes));
            stored.insert(key, bytes.to_vec());
            digest(bytes)
        };
        let layers = layers.iter().map(|(title, bytes, is_archive)| {
            let unpack = if *is_archive { r#","io.deis.oras.content.unpack":"true""# } else { "" };
            format!(
                r#"{{"digest":"{}","size":{},"annotations":{{"org.opencontainers.image.title":"{title}"{unpack}}}}}"#,
                put(bytes),
                bytes.len()
            )
        });
        let layers: Vec<String> = layers.collect();
        let manifest = format!(r#"{{"schemaVersion":2,"layers":[{}]}}"#, layers.join(","));
        let name = format!("team/{name}");
        stored.insert(
            (name.clone(), digest(manifest.as_bytes())),
            manifest.clone().into(),
        );
        stored.insert((name, tag.to_owned()), manifest.into());
    }

    /// The paths of the requests that read something.
    pub(super) fn reads(&self) -> Vec<String> {
        let requests = self.server.requests().into_iter();
        let reads = requests.filter(|request| request.method == "GET");
        reads.map(|request| request.path).collect()
    }
}

fn answer(request: &Request, stored: &Stored) -> Reply {
    let path = request.path.strip_prefix("/v2/").unwrap_or_default();
    let Some((name, rest)) = ["/blobs/", "/manifests/"]
        .iter()
        .find_map(|kind| path.split_once(kind))
    else {
        return Reply::missing();
    };
    let mut stored = stored.lock().unwrap();
    let key = |object: &str| (name.to_owned(), object.to_owned());
    match request.method.as_str() {
        "POST" => Reply::status("202 Accepted", "")
            .with_header("Location", &format!("/v2/{name}/blobs/uploads/7")),
        "PUT" => {
            stored.insert(key(&digest(&request.body)), request.body.clone());
            if !rest.starts_with("uploads/") {
                stored.insert(key(rest), request.body.clone());
            }
            Reply::status("201 Created", "")
        }
        _ => match stored.get(&key(rest)) {
            Some(bytes) => Reply::ok(bytes.clone()),
            None => Reply::missing(),
        },
    }
}
