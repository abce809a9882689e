//! What was fetched before, by its digest, so that it need not be fetched again.

use std::path::PathBuf;

use super::digest::Digest;
use crate::system::os;
use compiler::support::host::Host;

/// A directory of files that are called like the digest of what they hold. Nothing in it is
/// believed, and nothing in it is needed: what is missing or broken is fetched again.
pub(super) struct Cache(Option<PathBuf>);

impl Cache {
    /// The one of this user; an empty one where no home is known.
    pub(super) fn of_user() -> Cache {
        Cache(os::cache_directory().map(|directory| directory.join("score-rs")))
    }

    /// Where it is.
    pub(super) fn directory(&self) -> Option<&PathBuf> {
        self.0.as_ref()
    }

    /// What has this digest.
    pub(super) fn get(&self, host: &dyn Host, digest: &Digest) -> Option<Vec<u8>> {
        let bytes = host.read(&self.path(digest)?).ok()?;
        (Digest::of(&bytes) == *digest).then_some(bytes)
    }

    /// Keeps bytes, where that can be done. Several runs may do so at once: each writes a file of
    /// its own, and all of them hold the same when they take their place.
    pub(super) fn put(&self, digest: &Digest, bytes: &[u8]) -> bool {
        let Some(path) = self.path(digest) else {
            return false;
        };
        let Some(directory) = path.parent() else {
            return false;
        };
        if os::make_directories(directory, 0o700).is_err() {
            return false;
        }
        let temporary = directory.join(format!(".{}.{}", digest.digits(), os::process_number()));
        // A run that was killed may have had the same number.
        os::remove(&temporary);
        let kept = os::write_new(&temporary, bytes, 0o600, false)
            .and_then(|()| os::rename(&temporary, &path));
        if kept.is_err() {
            os::remove(&temporary);
        }
        kept.is_ok()
    }

    fn path(&self, digest: &Digest) -> Option<PathBuf> {
        Some(self.0.as_ref()?.join("sha256").join(digest.digits()))
    }
}
