//! The artifact that Flux reads from a registry: one layer, a tar file with the manifests.

use serde_json::json;

use super::artifact::{Blob, NewArtifact, Origin};
use super::digest::Digest;
use super::tar::{gzip, tar};

const CONFIG: &str = "application/vnd.cncf.flux.config.v1+json";
const CONTENT: &str = "application/vnd.cncf.flux.content.v1.tar+gzip";
/// The name of the file in the layer.
const FILE: &str = "manifests.yaml";

/// An artifact with these manifests.
pub(crate) fn flux_artifact(manifests: &str, origin: Origin<'_>) -> NewArtifact {
    // The name of the file is not too long.
    let tar = tar(std::iter::once((FILE, manifests.as_bytes()))).unwrap_or_default();
    let config = json!({
        "architecture": "",
        "config": {},
        "os": "",
        "rootfs": {"type": "layers", "diff_ids": [Digest::of(&tar).to_string()]},
    });
    let blob = |media_type, bytes| Blob {
        media_type,
        bytes,
        annotations: Vec::new(),
    };
    let config = blob(CONFIG, config.to_string().into_bytes());
    NewArtifact::new(None, config, vec![blob(CONTENT, gzip(&tar))], origin)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::Value;

    #[test]
    fn the_digest_never_changes() {
        let origin = Origin {
            source: Some("https://example.com/shop.git"),
            revision: Some("main@sha1:0000000000000000000000000000000000000000"),
        };
        let artifact = flux_artifact("kind: Service\n", origin);
        let manifest: Value = serde_json::from_slice(&artifact.manifest).unwrap();
        assert_eq!(manifest["layers"][0]["mediaType"], CONTENT);
        assert_eq!(manifest["layers"][0]["size"], artifact.blobs[1].len());
        let annotations = manifest["annotations"].as_object().unwrap();
        assert_eq!(annotations.len(), 2);
        assert_eq!(
            artifact.digest(),
            "sha256:14b5f27040b5d00a1d669843a40384564c089e40e722fdb8fd0b0acb341e628d"
        );
        let plain = flux_artifact("kind: Service\n", Origin::default());
        assert!(
            !String::from_utf8(plain.manifest)
                .unwrap()
                .contains("annotations")
        );
    }
}
