//! Fetching one remote source.

use std::time::Duration;

use super::digest::Digest;
use super::lock::Pin;
use super::url::SourceUrl;
use super::web::MAX_SIZE;
use super::{git, registry, web};
use crate::system::os::begin_wait;
use crate::system::os::fetch::{Client, Deadline};
use compiler::support::host::Host;

/// The bytes of a source and what pins them.
pub(super) struct Download {
    pub(super) bytes: Vec<u8>,
    pub(super) pin: Pin,
}

/// Fetches a source, which is shown as `name`. With a pin, it fetches that commit or manifest; the caller compares the
/// digest. `suffix` is the end of the names of the wanted files, `timeout` the time for everything.
pub(super) fn fetch(
    name: &str,
    url: &SourceUrl,
    pin: Option<&Pin>,
    suffix: &str,
    timeout: Duration,
    host: &dyn Host,
) -> Result<Download, String> {
    let _wait = begin_wait(|| format!("fetching {name}"));
    let deadline = Deadline::after(timeout);
    let (bytes, commit, manifest) = match url {
        SourceUrl::Web(url) => (web::file(&Client::new(deadline), url)?, None, None),
        SourceUrl::Git(git_file) => {
            let file = git::file(
                git_file,
                pin.and_then(|pin| pin.commit.as_deref()),
                host,
                deadline,
            )?;
            (file.bytes, Some(file.commit), None)
        }
        SourceUrl::Oci(artifact) => {
            let manifest = pin.and_then(|pin| pin.manifest.as_ref());
            let file = registry::file(&Client::new(deadline), artifact, manifest, suffix, host)?;
            (file.bytes, None, Some(file.manifest))
        }
    };
    if bytes.len() as u64 > MAX_SIZE {
        return Err(format!("it is larger than {} MiB", MAX_SIZE >> 20));
    }
    let pin = Pin {
        digest: Digest::of(&bytes),
        commit,
        manifest,
    };
    Ok(Download { bytes, pin })
}
