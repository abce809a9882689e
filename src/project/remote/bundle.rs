//! A bundle: the files of a platform as an artifact. Its layers are those that the program `oras`
//! writes and reads: a file, or an archive of a directory.

use std::collections::{BTreeMap, BTreeSet};

use super::artifact::{Blob, NewArtifact, Origin, TITLE};
use super::digest::Digest;
use super::tar::{gzip, tar};

const TYPE: &str = "application/vnd.score-rs.bundle.v1";
const EMPTY: &str = "application/vnd.oci.empty.v1+json";
const FILE: &str = "application/octet-stream";
const DIRECTORY: &str = "application/vnd.oci.image.layer.v1.tar+gzip";
/// Says that a layer is unpacked to a directory.
const UNPACK: &str = "io.deis.oras.content.unpack";
/// The digest of the tar file.
const CONTENT_DIGEST: &str = "io.deis.oras.content.digest";

/// The files of a layer, by path.
type Files<'a> = Vec<(&'a str, &'a [u8])>;

/// A bundle with these files, by path. An error for a path that is too long.
pub(crate) fn bundle_artifact(
    files: &BTreeMap<String, Vec<u8>>,
    origin: Origin<'_>,
) -> Result<NewArtifact, String> {
    let mut layers: BTreeMap<&str, Files<'_>> = BTreeMap::new();
    for (path, bytes) in files {
        let first = path.split('/').next().unwrap_or(path);
        layers.entry(first).or_default().push((path, bytes));
    }
    let layers = layers.into_iter().map(|(title, files)| match files[..] {
        [(path, bytes)] if path == title => Ok(Blob {
            media_type: FILE,
            bytes: bytes.to_vec(),
            annotations: vec![(TITLE, title.to_owned())],
        }),
        _ => directory(title, &files),
    });
    let config = Blob {
        media_type: EMPTY,
        bytes: b"{}".to_vec(),
        annotations: Vec::new(),
    };
    let layers: Result<Vec<Blob<'_>>, String> = layers.collect();
    Ok(NewArtifact::new(Some(TYPE), config, layers?, origin))
}

fn directory(title: &str, files: &Files<'_>) -> Result<Blob<'static>, String> {
    let parents = |path: &str| -> Vec<String> {
        let ends = path.match_indices('/');
        ends.map(|(end, _)| path[..=end].to_owned()).collect()
    };
    let directories: BTreeSet<String> = files.iter().flat_map(|(path, _)| parents(path)).collect();
    let directories = directories.iter().map(|path| (path.as_str(), &b""[..]));
    // Before the files in them: not every program creates what is missing.
    let tar = tar(directories.chain(files.iter().copied()))?;
    Ok(Blob {
        media_type: DIRECTORY,
        bytes: gzip(&tar),
        annotations: vec![
            (TITLE, title.to_owned()),
            (UNPACK, "true".to_owned()),
            (CONTENT_DIGEST, Digest::of(&tar).to_string()),
        ],
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_digest_never_changes() {
        let file = |path: &str| (path.to_owned(), path.as_bytes().to_vec());
        let files = BTreeMap::from([
            file("base/environment.yaml"),
            file("base/x/y.tpl"),
            file("README.md"),
        ]);
        let artifact = bundle_artifact(&files, Origin::default()).unwrap();
        assert_eq!(artifact.blobs.len(), 3);
        assert_eq!(
            artifact.digest(),
            "sha256:afecbd74e3fd59bb1e7e521972d143482f3e3441c6dd007ce7df1d427b599bb0"
        );
    }
}
