//! Files of artifacts in OCI registries, by the OCI distribution specification.

use serde::Deserialize;

use super::credentials::{Credentials, Lookup};
use super::digest::Digest;
use super::fetch::{Content, Want};
use super::http_headers::{Challenge, encode_query, is_same_server};
use super::manifest::{self, MEDIA_TYPES, ManifestFile, Wanted};
use super::tar::{self, gunzip};
use super::tree::Tree;
use super::url::{Artifact, is_loopback, is_secure};
use super::web::{self, authorization_header, check_status, get, post};
use crate::system::os::fetch::{Client, Response, Upload};
use compiler::support::host::Host;

/// Fetches a file, or all files of an artifact. `manifest` is the digest of the manifest to take
/// instead of that of the tag. Returns the digest of the manifest that was taken, too.
pub(super) fn content(
    client: &Client,
    artifact: &Artifact,
    manifest: Option<&Digest>,
    want: Want,
    host: &dyn Host,
) -> Result<(Content, Digest), String> {
    let mut session = Session::new(client, artifact, host, "pull");
    let version = manifest.map_or_else(|| artifact.version.clone(), Digest::to_string);
    let manifest_bytes = session.get(&format!("manifests/{version}"), Some(MEDIA_TYPES))?;
    let digest = Digest::of(&manifest_bytes);
    check_digest(&version, &digest)?;
    let files = manifest::files(&manifest_bytes)?;
    let wanted = match want.is_tree {
        Some(true) => Wanted::Tree(files),
        _ => manifest::find(files, artifact.file.as_deref(), want.suffix)?,
    };
    let content = match wanted {
        Wanted::File(blob) => Content::File(session.blob(&blob)?),
        Wanted::Tree(_) if want.is_tree == Some(false) => {
            return Err("it names a directory now, not a file".to_owned());
        }
        Wanted::Tree(files) => Content::Tree(session.tree(&files)?),
    };
    Ok((content, digest))
}

/// The most bytes of an unpacked directory.
const MAX_ARCHIVE: usize = 64 << 20;

/// Compares the digest of a response with the requested version, if that is a digest.
fn check_digest(requested: &str, digest: &Digest) -> Result<(), String> {
    match Digest::parse(requested) {
        Some(requested) if requested != *digest => Err(format!(
            "the registry returned {digest} instead of {requested}"
        )),
        _ => Ok(()),
    }
}

/// Several requests to one registry.
pub(super) struct Session<'a> {
    client: &'a Client,
    artifact: &'a Artifact,
    host: &'a dyn Host,
    /// The actions in the scope of the token.
    actions: &'static str,
    /// The credentials, once the registry has asked for them.
    headers: Vec<(&'static str, String)>,
    /// The credentials that were looked for when it asked.
    lookup: Option<Lookup>,
}

impl<'a> Session<'a> {
    pub(super) fn new(
        client: &'a Client,
        artifact: &'a Artifact,
        host: &'a dyn Host,
        actions: &'static str,
    ) -> Session<'a> {
        Session {
            client,
            artifact,
            host,
            actions,
            headers: Vec::new(),
            lookup: None,
        }
    }

    /// The URL of a path below the name of the artifact.
    pub(super) fn url(&self, path: &str) -> String {
        let registry = match self.artifact.registry.as_str() {
            // `docker.io` itself is a web site.
            "docker.io" => "registry-1.docker.io",
            other => other,
        };
        let scheme = if is_loopback(registry) {
            "http"
        } else {
            "https"
        };
        format!(
            "{scheme}://{registry}/v2/{}/{path}",
            self.artifact.repository
        )
    }

    fn blob(&mut self, blob: &Digest) -> Result<Vec<u8>, String> {
        let bytes = self.get(&format!("blobs/{blob}"), None)?;
        check_digest(&blob.to_string(), &Digest::of(&bytes))?;
        Ok(bytes)
    }

    /// The files that have a place in a tree; directories are unpacked.
    fn tree(&mut self, files: &[ManifestFile]) -> Result<Tree, String> {
        let mut tree = Tree::default();
        for ManifestFile {
            title,
            digest,
            is_archive,
        } in files
        {
            if *is_archive {
                let archive = gunzip(&self.blob(digest)?, MAX_ARCHIVE)?;
                for (path, content) in tar::files(&archive)? {
                    tree.add(&path, content)?;
                }
            } else if Tree::has_place_for(title) {
                tree.add(title, self.blob(digest)?)?;
            }
            tree.check_size()?;
        }
        Ok(tree)
    }

    fn get(&mut self, path: &str, media_types: Option<&str>) -> Result<Vec<u8>, String> {
        let (client, url) = (self.client, self.url(path));
        let accept = media_types.map(|types| ("Accept", types.to_owned()));
        let response = self.send(|headers| {
            let headers: Vec<(&str, String)> = accept.iter().chain(headers).cloned().collect();
            get(client, &url, &headers)
        })?;
        self.check(&response).map(|()| response.body)
    }

    /// Sends a request that the registry must accept. Returns the URL of the next one. Credentials
    /// are sent only to URLs of the registry itself.
    pub(super) fn upload(
        &mut self,
        url: &str,
        upload: Upload<'_>,
    ) -> Result<Option<String>, String> {
        let client = self.client;
        let response = match is_same_server(url, &self.url("")) {
            true => self.send(|headers| web::upload(client, url, headers, upload))?,
            false => web::upload(client, url, &[], upload)?,
        };
        match response.status {
            201 | 202 => Ok(response.location),
            200 | 404 => Err(format!(
                "the registry does not store it: correct the name, or create it there (status {})",
                response.status
            )),
            _ => self.check(&response).map(|()| None),
        }
    }

    /// Sends a request, and again with credentials when the registry asks for them.
    fn send(
        &mut self,
        request: impl Fn(&[(&'static str, String)]) -> Result<Response, String>,
    ) -> Result<Response, String> {
        let mut response = request(&self.headers)?;
        if response.status == 401 && self.headers.is_empty() {
            let challenge = response
                .challenges
                .iter()
                .find_map(|header| Challenge::parse(header));
            let header = challenge
                .map(|challenge| self.authorize(&challenge))
                .transpose()?
                .flatten();
            if let Some(header) = header {
                self.headers.push(header);
                response = request(&self.headers)?;
            }
        }
        Ok(response)
    }

    /// An error unless the status is 200; it explains why the registry refuses a request.
    fn check(&self, response: &Response) -> Result<(), String> {
        check_status(response).map_err(|reason| match (response.status, &self.lookup) {
            (401 | 403, Some(lookup)) => format!("{reason}: {}", lookup.explain()),
            (401 | 403, None) => format!("{reason}; it does not say which credentials it needs"),
            _ => reason,
        })
    }

    /// The header that answers a challenge; `None` without credentials for it.
    fn authorize(
        &mut self,
        challenge: &Challenge,
    ) -> Result<Option<(&'static str, String)>, String> {
        let lookup = Lookup::new(self.artifact, self.host, self.client.deadline.left()?);
        let credentials = lookup.credentials.clone();
        self.lookup = Some(lookup);
        let basic = match &credentials {
            Some(Credentials::Token(token)) => return Ok(Some(bearer(token))),
            Some(Credentials::Basic(pair)) => Some(authorization_header(format!("Basic {pair}"))),
            Some(Credentials::Identity(_)) | None => None,
        };
        let Challenge::Bearer {
            realm,
            service,
            scope,
        } = challenge
        else {
            return Ok(basic);
        };
        if !is_secure(realm) {
            return Err(format!(
                "the registry requires a token from `{realm}`, which does not use HTTPS"
            ));
        }
        let scope = scope
            .clone()
            .unwrap_or_else(|| format!("repository:{}:{}", self.artifact.repository, self.actions));
        let mut query = format!("scope={}", encode_query(&scope));
        if let Some(service) = service {
            query.push_str(&format!("&service={}", encode_query(service)));
        }
        let response = match &credentials {
            Some(Credentials::Identity(token)) => {
                let grant = "grant_type=refresh_token&client_id=score-rs";
                let form = format!("{grant}&{query}&refresh_token={}", encode_query(token));
                post(self.client, realm, &form)?
            }
            _ => {
                let mark = if realm.contains('?') { '&' } else { '?' };
                let headers: Vec<_> = basic.into_iter().collect();
                get(self.client, &format!("{realm}{mark}{query}"), &headers)?
            }
        };
        self.check(&response)
            .map_err(|reason| format!("cannot get a token for it: {reason}"))?;
        let token: Token = serde_json::from_slice(&response.body).map_err(|error| {
            format!("cannot get a token for it: the response cannot be read: {error}")
        })?;
        Ok(token
            .token
            .or(token.access_token)
            .map(|token| bearer(&token)))
    }
}

fn bearer(token: &str) -> (&'static str, String) {
    authorization_header(format!("Bearer {token}"))
}

#[derive(Deserialize)]
struct Token {
    token: Option<String>,
    access_token: Option<String>,
}
