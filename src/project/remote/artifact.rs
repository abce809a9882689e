//! An artifact to push to a registry, with a digest that depends on its files alone.

use serde_json::{Map, Value, json};

use super::digest::Digest;

/// The media type of the manifest.
pub(super) const MANIFEST: &str = "application/vnd.oci.image.manifest.v1+json";
/// The annotation with the name of a file or directory.
pub(super) const TITLE: &str = "org.opencontainers.image.title";

/// Annotations of an artifact that say where it comes from.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Origin<'a> {
    /// The URL of the repository.
    pub(crate) source: Option<&'a str>,
    /// A branch or tag with a commit.
    pub(crate) revision: Option<&'a str>,
}

/// An artifact, ready to be pushed.
pub(crate) struct NewArtifact {
    /// The configuration and the layers.
    pub(super) blobs: Vec<Vec<u8>>,
    pub(super) manifest: Vec<u8>,
}

/// A configuration or a layer.
pub(super) struct Blob<'a> {
    pub(super) media_type: &'a str,
    pub(super) bytes: Vec<u8>,
    pub(super) annotations: Vec<(&'a str, String)>,
}

impl NewArtifact {
    /// An artifact of a type, if its configuration does not tell.
    pub(super) fn new(
        artifact_type: Option<&str>,
        config: Blob<'_>,
        layers: Vec<Blob<'_>>,
        origin: Origin<'_>,
    ) -> NewArtifact {
        let origin = [
            ("org.opencontainers.image.source", origin.source),
            ("org.opencontainers.image.revision", origin.revision),
        ];
        let origin = origin.into_iter();
        let annotations =
            annotations(origin.filter_map(|(key, value)| Some((key, value?.to_owned()))));
        let descriptors: Vec<Value> = layers.iter().map(descriptor).collect();
        let mut manifest = json!({
            "schemaVersion": 2,
            "mediaType": MANIFEST,
            "config": descriptor(&config),
            "layers": descriptors,
        });
        if let Some(artifact_type) = artifact_type {
            manifest["artifactType"] = Value::from(artifact_type);
        }
        if !annotations.is_empty() {
            manifest["annotations"] = Value::from(annotations);
        }
        let blobs = std::iter::once(config).chain(layers);
        NewArtifact {
            blobs: blobs.map(|blob| blob.bytes).collect(),
            manifest: manifest.to_string().into_bytes(),
        }
    }

    /// The digest by which it can be pulled.
    pub(crate) fn digest(&self) -> String {
        Digest::of(&self.manifest).to_string()
    }
}

fn annotations<'a>(entries: impl Iterator<Item = (&'a str, String)>) -> Map<String, Value> {
    entries
        .map(|(key, value)| (key.to_owned(), Value::from(value)))
        .collect()
}

fn descriptor(blob: &Blob<'_>) -> Value {
    let mut descriptor = json!({
        "mediaType": blob.media_type,
        "digest": Digest::of(&blob.bytes).to_string(),
        "size": blob.bytes.len(),
    });
    let annotations = annotations(blob.annotations.iter().cloned());
    if !annotations.is_empty() {
        descriptor["annotations"] = Value::from(annotations);
    }
    descriptor
}
