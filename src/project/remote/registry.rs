//! Files of artifacts in OCI registries, by the registry protocol of the OCI distribution
//! specification.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::Deserialize;

use super::digest::Digest;
use super::http_headers::{Challenge, encoded};
use super::manifest::{self, KINDS};
use super::url::{Artifact, is_this_machine, may_be_asked};
use super::web::{accepted, ask, authorization};
use crate::system::os::fetch::{Answer, Client};
use compiler::support::host::Host;

/// A file of an artifact.
pub(super) struct Found {
    pub(super) bytes: Vec<u8>,
    /// The digest of the manifest that lists it.
    pub(super) manifest: Digest,
}

/// Fetches a file. With `manifest`, the one that the manifest with that digest lists, wherever the
/// tag points now.
pub(super) fn file(
    client: &Client,
    artifact: &Artifact,
    manifest: Option<&Digest>,
    suffix: &str,
    host: &dyn Host,
) -> Result<Found, String> {
    let mut session = Session {
        client,
        artifact,
        host,
        headers: Vec::new(),
    };
    let version = manifest.map_or_else(|| artifact.version.clone(), Digest::to_string);
    let listed = session.get(&format!("manifests/{version}"), Some(KINDS))?;
    let digest = Digest::of(&listed);
    check(&version, &digest)?;
    let blob = manifest::find(&listed, artifact.file.as_deref(), suffix)?;
    let bytes = session.get(&format!("blobs/{blob}"), None)?;
    check(&blob.to_string(), &Digest::of(&bytes))?;
    Ok(Found {
        bytes,
        manifest: digest,
    })
}

/// What is asked for by its digest has it.
fn check(wanted: &str, own: &Digest) -> Result<(), String> {
    match Digest::parse(wanted) {
        Some(wanted) if wanted != *own => Err(format!(
            "the registry was asked for {wanted} and gave {own}"
        )),
        _ => Ok(()),
    }
}

/// Several requests to one registry.
struct Session<'a> {
    client: &'a Client,
    artifact: &'a Artifact,
    host: &'a dyn Host,
    /// What the registry has to be told, once that is known.
    headers: Vec<(&'static str, String)>,
}

impl Session<'_> {
    fn get(&mut self, path: &str, kinds: Option<&str>) -> Result<Vec<u8>, String> {
        let registry = match self.artifact.registry.as_str() {
            // The address that people write is that of a web site.
            "docker.io" => "registry-1.docker.io",
            other => other,
        };
        let scheme = if is_this_machine(registry) {
            "http"
        } else {
            "https"
        };
        let url = format!(
            "{scheme}://{registry}/v2/{}/{path}",
            self.artifact.repository
        );
        let accept = kinds.map(|kinds| ("Accept", kinds.to_owned()));
        let ask = |headers: &[(&'static str, String)]| -> Result<Answer, String> {
            let headers: Vec<(&str, String)> = accept.iter().chain(headers).cloned().collect();
            ask(self.client, &url, &headers)
        };
        let mut answer = ask(&self.headers)?;
        if answer.status == 401 && self.headers.is_empty() {
            let challenge = answer
                .challenges
                .iter()
                .find_map(|header| Challenge::parse(header));
            let authorized = challenge
                .map(|challenge| self.authorize(&challenge))
                .transpose()?
                .flatten();
            if let Some(header) = authorized {
                self.headers.push(header);
                answer = ask(&self.headers)?;
            }
        }
        accepted(&answer).map(|()| answer.body)
    }

    /// What the registry wants to be told, where that can be had.
    fn authorize(&self, challenge: &Challenge) -> Result<Option<(&'static str, String)>, String> {
        let basic = self
            .credentials()
            .map(|pair| authorization(format!("Basic {pair}")));
        let Challenge::Bearer {
            realm,
            service,
            scope,
        } = challenge
        else {
            return Ok(basic);
        };
        if !may_be_asked(realm) {
            return Err(format!(
                "the registry asks for a token of `{realm}`, which is not protected by https"
            ));
        }
        let scope = scope
            .clone()
            .unwrap_or_else(|| format!("repository:{}:pull", self.artifact.repository));
        let mut url = format!(
            "{realm}{}scope={}",
            if realm.contains('?') { '&' } else { '?' },
            encoded(&scope)
        );
        if let Some(service) = service {
            url.push_str(&format!("&service={}", encoded(service)));
        }
        let answer = ask(self.client, &url, &basic.into_iter().collect::<Vec<_>>())?;
        accepted(&answer).map_err(|why| format!("no token for it can be had: {why}"))?;
        let token: Token = serde_json::from_slice(&answer.body).map_err(|error| {
            format!("no token for it can be had: the answer cannot be read: {error}")
        })?;
        Ok(token
            .token
            .or(token.access_token)
            .map(|token| authorization(format!("Bearer {token}"))))
    }

    /// The user and password that `docker login` or its like has kept for the registry, as they are
    /// told.
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
        let config: Logins = serde_json::from_slice(&bytes).ok()?;
        let name = match self.artifact.registry.as_str() {
            "docker.io" => "https://index.docker.io/v1/",
            other => other,
        };
        let pair = config
            .auths
            .into_iter()
            .find(|(own, _)| own == name)?
            .1
            .auth?;
        // Anything else would break the header that it becomes a part of.
        STANDARD.decode(&pair).ok().map(|_| pair)
    }
}

#[derive(Deserialize)]
struct Token {
    token: Option<String>,
    access_token: Option<String>,
}

#[derive(Deserialize)]
struct Logins {
    #[serde(default)]
    auths: std::collections::BTreeMap<String, Login>,
}

#[derive(Deserialize)]
struct Login {
    auth: Option<String>,
}
