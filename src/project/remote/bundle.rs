//! A bundle: the files of a platform as an artifact, each in a layer with its path as title, as
//! `oras push` writes files and `oras pull` reads them.

use std::collections::BTreeMap;

use super::artifact::{Blob, NewArtifact, Origin};

const TYPE: &str = "application/vnd.score-rs.bundle.v1";
const EMPTY: &str = "application/vnd.oci.empty.v1+json";
const FILE: &str = "application/octet-stream";

/// A bundle with these files, by path.
pub(crate) fn bundle_artifact(
    files: &BTreeMap<String, Vec<u8>>,
    origin: Origin<'_>,
) -> NewArtifact {
    let config = Blob {
        media_type: EMPTY,
        bytes: b"{}".to_vec(),
        title: None,
    };
    let layers = files.iter().map(|(path, bytes)| Blob {
        media_type: FILE,
        bytes: bytes.clone(),
        title: Some(path),
    });
    NewArtifact::new(Some(TYPE), config, layers.collect(), origin)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_digest_never_changes() {
        let file = |path: &str| (path.to_owned(), path.as_bytes().to_vec());
        let files = BTreeMap::from([file("base/environment.yaml"), file("README.md")]);
        let artifact = bundle_artifact(&files, Origin::default());
        assert_eq!(artifact.blobs.len(), 3);
        assert_eq!(
            artifact.digest(),
            "sha256:cc3f86c8afda7d0d1cd3832e8749f9056dd66f9596f342c704eafbbe36821b17"
        );
    }
}
