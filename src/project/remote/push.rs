//! Pushing an artifact to an OCI registry, by the OCI distribution specification.

use std::time::Duration;

use super::artifact::{MANIFEST, NewArtifact};
use super::digest::Digest;
use super::http_headers::{encode_query, redirect_url};
use super::registry::Session;
use super::url::{Artifact, SourceUrl};
use crate::system::os::begin_wait;
use crate::system::os::fetch::{Client, Deadline, Upload};
use compiler::support::host::Host;

/// A name in a registry that can be pushed to.
#[derive(Debug, Clone)]
pub(crate) struct PushUrl(Artifact);

impl PushUrl {
    /// Parses `oci://REGISTRY/NAME:TAG`.
    pub(crate) fn parse(text: &str) -> Result<PushUrl, String> {
        let form = "write `oci://REGISTRY/NAME:TAG`";
        if !text.starts_with("oci://") {
            return Err(format!("this is not a registry: {form}"));
        }
        if text.contains('?') {
            return Err(format!("a name in a registry has no `?`: {form}"));
        }
        match SourceUrl::parse(text) {
            Ok(SourceUrl::Oci(artifact)) if artifact.file.is_some() => {
                Err(format!("an artifact is pushed as a whole: {form}"))
            }
            Ok(SourceUrl::Oci(artifact)) if Digest::parse(&artifact.version).is_some() => {
                Err(format!("a digest cannot be set: {form}"))
            }
            Ok(SourceUrl::Oci(_)) if !has_tag(text) => Err(format!("there is no tag: {form}")),
            Ok(SourceUrl::Oci(artifact)) => Ok(PushUrl(artifact)),
            Ok(_) => Err(form.to_owned()),
            Err(error) => Err(format!("{}: {}", error.message, error.help)),
        }
    }

    /// The reference of an artifact with this digest.
    pub(crate) fn reference(&self, digest: &str) -> String {
        format!("{}/{}@{digest}", self.0.registry, self.0.repository)
    }

    /// Pushes an artifact and gives it the tag.
    pub(crate) fn push(
        &self,
        artifact: &NewArtifact,
        timeout: Duration,
        host: &dyn Host,
    ) -> Result<(), String> {
        let _wait = begin_wait(|| format!("pushing to {}", self.0.registry));
        let client = Client::new(Deadline::after(timeout));
        let mut session = Session::new(&client, &self.0, host, "pull,push");
        for blob in &artifact.blobs {
            push_blob(&mut session, blob)?;
        }
        let url = session.url(&format!("manifests/{}", self.0.version));
        let upload = Upload {
            method: "PUT",
            media_type: MANIFEST,
            body: &artifact.manifest,
        };
        session.upload(&url, upload).map(drop)
    }
}

/// Whether a tag follows the name. The registry may have a `:` too, before its port.
fn has_tag(url: &str) -> bool {
    url.rsplit('/')
        .next()
        .is_some_and(|name| name.contains(':'))
}

fn push_blob(session: &mut Session<'_>, blob: &[u8]) -> Result<(), String> {
    const BYTES: &str = "application/octet-stream";
    let start = Upload {
        method: "POST",
        media_type: BYTES,
        body: &[],
    };
    let url = session.url("blobs/uploads/");
    let location = session.upload(&url, start)?;
    let location = location.ok_or("the registry does not say where to upload to")?;
    let location = redirect_url(&url, &location)?;
    let mark = if location.contains('?') { '&' } else { '?' };
    let digest = encode_query(&Digest::of(blob).to_string());
    let upload = Upload {
        method: "PUT",
        media_type: BYTES,
        body: blob,
    };
    session
        .upload(&format!("{location}{mark}digest={digest}"), upload)
        .map(drop)
}
