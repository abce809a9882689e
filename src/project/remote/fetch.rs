//! Fetching one remote source.

use std::time::Duration;

use super::digest::Digest;
use super::lock::Pin;
use super::tree::Tree;
use super::url::SourceUrl;
use super::web::MAX_SIZE;
use super::{git, registry, web};
use crate::system::os::begin_wait;
use crate::system::os::fetch::{Client, Deadline};
use compiler::support::host::Host;

/// What of a source is wanted.
#[derive(Debug, Clone, Copy)]
pub(super) struct Want {
    /// Whether all files are; what the URL names decides when `None`.
    pub(super) is_tree: Option<bool>,
    /// The end of the name of the wanted file, for an artifact with several files.
    pub(super) suffix: &'static str,
}

/// What a source has.
pub(super) enum Content {
    File(Vec<u8>),
    /// All files.
    Tree(Tree),
}

impl Content {
    fn encode(self) -> Result<(Vec<u8>, bool), String> {
        match self {
            Content::File(bytes) => Ok((bytes, false)),
            Content::Tree(tree) => Ok((tree.encode()?, true)),
        }
    }
}

/// The bytes of a source and what pins them.
pub(super) struct Download {
    pub(super) bytes: Vec<u8>,
    pub(super) pin: Pin,
}

/// Fetches a source, which is shown as `name`. With a pin, it fetches that commit or manifest; the caller compares the
/// digest. `timeout` is the time for everything.
pub(super) fn fetch(
    name: &str,
    url: &SourceUrl,
    pin: Option<&Pin>,
    want: Want,
    timeout: Duration,
    host: &dyn Host,
) -> Result<Download, String> {
    let _wait = begin_wait(|| format!("fetching {name}"));
    let deadline = Deadline::after(timeout);
    let (content, commit, manifest) = match url {
        SourceUrl::Web(url) => {
            let bytes = web::file(&Client::new(deadline), url)?;
            (Content::File(bytes), None, None)
        }
        SourceUrl::Git(git_file) => {
            let commit = pin.and_then(|pin| pin.commit.as_deref());
            let (content, commit) = git::content(git_file, commit, want, host, deadline)?;
            (content, Some(commit), None)
        }
        SourceUrl::Oci(artifact) => {
            let client = Client::new(deadline);
            let manifest = pin.and_then(|pin| pin.manifest.as_ref());
            let (content, manifest) = registry::content(&client, artifact, manifest, want, host)?;
            (content, None, Some(manifest))
        }
    };
    let (bytes, is_tree) = content.encode()?;
    if !is_tree && bytes.len() as u64 > MAX_SIZE {
        return Err(format!("it is larger than {} MiB", MAX_SIZE >> 20));
    }
    let pin = Pin {
        digest: Digest::of(&bytes),
        is_tree,
        commit,
        manifest,
    };
    Ok(Download { bytes, pin })
}
