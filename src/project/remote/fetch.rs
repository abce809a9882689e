//! Fetching a source, wherever it is.

use std::time::Duration;

use super::digest::Digest;
use super::lock::Pin;
use super::url::Address;
use super::web::LARGEST;
use super::{git, registry, web};
use crate::system::os::fetch::{Client, Deadline};
use compiler::support::host::Host;

/// What was fetched, and what it is.
pub(super) struct Fetched {
    pub(super) bytes: Vec<u8>,
    pub(super) pin: Pin,
}

/// Fetches a source. With a pin, the very commit or manifest that it names is asked for; whether
/// the digest is the one that is wanted is left to judge. `suffix` is how the files that are wanted
/// are called, `limit` how long it may take, from the first word to the last byte. A failure is in
/// words.
pub(super) fn fetch(
    address: &Address,
    pin: Option<&Pin>,
    suffix: &str,
    limit: Duration,
    host: &dyn Host,
) -> Result<Fetched, String> {
    let deadline = Deadline::after(limit);
    let (bytes, commit, manifest) = match address {
        Address::Web(url) => (web::file(&Client::new(deadline), url)?, None, None),
        Address::Git(file) => {
            let found = git::file(
                file,
                pin.and_then(|pin| pin.commit.as_deref()),
                host,
                deadline,
            )?;
            (found.bytes, Some(found.commit), None)
        }
        Address::Oci(artifact) => {
            let pinned = pin.and_then(|pin| pin.manifest.as_ref());
            let found = registry::file(&Client::new(deadline), artifact, pinned, suffix, host)?;
            (found.bytes, None, Some(found.manifest))
        }
    };
    if bytes.len() as u64 > LARGEST {
        return Err(format!("it is larger than {} MiB", LARGEST >> 20));
    }
    let pin = Pin {
        digest: Digest::of(&bytes),
        commit,
        manifest,
    };
    Ok(Fetched { bytes, pin })
}
