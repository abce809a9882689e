//! The cache of remote sources of this user, by digest.

use std::path::PathBuf;

use super::digest::Digest;
use crate::system::os;
use compiler::support::host::Host;

/// A directory of files that are named by their digest. Each is verified when it is read; a missing
/// or broken one is fetched again.
pub(super) struct Cache(Option<PathBuf>);

impl Cache {
    /// The cache of this user; always empty when there is no cache directory.
    pub(super) fn for_user() -> Cache {
        Cache(os::cache_directory().map(|directory| directory.join("score-rs")))
    }

    /// Its directory.
    pub(super) fn directory(&self) -> Option<&PathBuf> {
        self.0.as_ref()
    }

    /// The bytes with this digest.
    pub(super) fn get(&self, host: &dyn Host, digest: &Digest) -> Option<Vec<u8>> {
        let bytes = host.read_named(&self.path(digest)?).ok()?;
        (Digest::of(&bytes) == *digest).then_some(bytes)
    }

    /// Saves bytes, if that is possible. Several runs may do so at the same time: each writes a
    /// temporary file of its own, and all of them have the same bytes.
    pub(super) fn put(&self, digest: &Digest, bytes: &[u8]) {
        let Some(path) = self.path(digest) else {
            return;
        };
        // Without a cache, the next run fetches again.
        _ = os::write_cached(&path, bytes, 0o600);
    }

    fn path(&self, digest: &Digest) -> Option<PathBuf> {
        Some(self.0.as_ref()?.join("sha256").join(digest.digits()))
    }
}
