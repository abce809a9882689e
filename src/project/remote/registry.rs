//! Files of artifacts in OCI registries, by the OCI distribution specification.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::Deserialize;

use super::digest::Digest;
use super::http_headers::{Challenge, encode_query};
use super::manifest::{self, MEDIA_TYPES};
use super::url::{Artifact, is_loopback, is_secure};
use super::web::{authorization_header, check_status, get};
use crate::system::os::fetch::{Client, Response};
use compiler::support::host::Host;

/// A file of an artifact.
pub(super) struct ArtifactFile {
    pub(super) bytes: Vec<u8>,
    /// The digest of the manifest that lists it.
    pub(super) manifest: Digest,
}

/// Fetches a file. `manifest` is the digest of the manifest to take instead of that of the tag.
pub(super) fn file(
    client: &Client,
    artifact: &Artifact,
    manifest: Option<&Digest>,
    suffix: &str,
    host: &dyn Host,
) -> Result<ArtifactFile, String> {
    let mut session = Session {
        client,
        artifact,
        host,
        headers: Vec::new(),
    };
    let version = manifest.map_or_else(|| artifact.version.clone(), Digest::to_string);
    let manifest_bytes = session.get(&format!("manifests/{version}"), Some(MEDIA_TYPES))?;
    let digest = Digest::of(&manifest_bytes);
    check_digest(&version, &digest)?;
    let blob = manifest::find(&manifest_bytes, artifact.file.as_deref(), suffix)?;
    let bytes = session.get(&format!("blobs/{blob}"), None)?;
    check_digest(&blob.to_string(), &Digest::of(&bytes))?;
    Ok(ArtifactFile {
        bytes,
        manifest: digest,
    })
}

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
struct Session<'a> {
    client: &'a Client,
    artifact: &'a Artifact,
    host: &'a dyn Host,
    /// The credentials, once the registry has asked for them.
    headers: Vec<(&'static str, String)>,
}

impl Session<'_> {
    fn get(&mut self, path: &str, media_types: Option<&str>) -> Result<Vec<u8>, String> {
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
        let url = format!(
            "{scheme}://{registry}/v2/{}/{path}",
            self.artifact.repository
        );
        let accept = media_types.map(|types| ("Accept", types.to_owned()));
        let request = |headers: &[(&'static str, String)]| -> Result<Response, String> {
            let headers: Vec<(&str, String)> = accept.iter().chain(headers).cloned().collect();
            get(self.client, &url, &headers)
        };
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
        check_status(&response).map(|()| response.body)
    }

    /// The header that answers a challenge; `None` without credentials for it.
    fn authorize(&self, challenge: &Challenge) -> Result<Option<(&'static str, String)>, String> {
        let basic = self
            .credentials()
            .map(|pair| authorization_header(format!("Basic {pair}")));
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
            .unwrap_or_else(|| format!("repository:{}:pull", self.artifact.repository));
        let mut url = format!(
            "{realm}{}scope={}",
            if realm.contains('?') { '&' } else { '?' },
            encode_query(&scope)
        );
        if let Some(service) = service {
            url.push_str(&format!("&service={}", encode_query(service)));
        }
        let response = get(self.client, &url, &basic.into_iter().collect::<Vec<_>>())?;
        check_status(&response).map_err(|reason| format!("cannot get a token for it: {reason}"))?;
        let token: Token = serde_json::from_slice(&response.body).map_err(|error| {
            format!("cannot get a token for it: the response cannot be read: {error}")
        })?;
        Ok(token
            .token
            .or(token.access_token)
            .map(|token| authorization_header(format!("Bearer {token}"))))
    }

    /// User and password in base64, as `docker login` stores them for the registry.
    fn credentials(&self) -> Option<String> {
        let directory = self
            .host
            .variable("DOCKER_CONFIG")
            .filter(|path| !path.is_empty());
        let directory =
            directory.or_else(|| Some(format!("{}/.docker", self.host.variable("HOME")?)))?;
        let bytes = self
            .host
            .read(format!("{directory}/config.json").as_ref())
            .ok()?;
        let config: DockerConfig = serde_json::from_slice(&bytes).ok()?;
        let name = match self.artifact.registry.as_str() {
            "docker.io" => "https://index.docker.io/v1/",
            other => other,
        };
        let pair = config
            .auths
            .into_iter()
            .find(|(registry, _)| registry == name)?
            .1
            .auth?;
        // Anything but base64 could break the header.
        STANDARD.decode(&pair).ok().map(|_| pair)
    }
}

#[derive(Deserialize)]
struct Token {
    token: Option<String>,
    access_token: Option<String>,
}

#[derive(Deserialize)]
struct DockerConfig {
    #[serde(default)]
    auths: std::collections::BTreeMap<String, DockerAuth>,
}

#[derive(Deserialize)]
struct DockerAuth {
    auth: Option<String>,
}
