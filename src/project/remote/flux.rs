//! The artifact that Flux reads from a registry: one layer, a tar file with the manifests. Equal
//! input gives equal bytes, on any machine and with any version of a compression library.

use serde_json::{Map, Value, json};

use super::digest::Digest;

/// The media type of the manifest.
pub(super) const MANIFEST: &str = "application/vnd.oci.image.manifest.v1+json";
const CONFIG: &str = "application/vnd.cncf.flux.config.v1+json";
const CONTENT: &str = "application/vnd.cncf.flux.content.v1.tar+gzip";
/// The name of the file in the layer.
const FILE: &str = "manifests.yaml";
/// The size of a block of a tar file.
const BLOCK: usize = 512;
/// The most bytes in a stored block of a gzip file.
const STORED: usize = 0xffff;

/// Annotations of an artifact that say where it comes from.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Origin<'a> {
    /// The URL of the repository.
    pub(crate) source: Option<&'a str>,
    /// A branch or tag with a commit.
    pub(crate) revision: Option<&'a str>,
}

/// An artifact, ready to be pushed.
pub(crate) struct FluxArtifact {
    /// The configuration and the layer.
    pub(super) blobs: [Vec<u8>; 2],
    pub(super) manifest: Vec<u8>,
}

impl FluxArtifact {
    /// An artifact with these manifests.
    pub(crate) fn new(manifests: &str, origin: Origin<'_>) -> FluxArtifact {
        let tar = tar(manifests.as_bytes());
        let layer = gzip(&tar);
        let config = json!({
            "architecture": "",
            "config": {},
            "os": "",
            "rootfs": {"type": "layers", "diff_ids": [Digest::of(&tar).to_string()]},
        });
        let config = config.to_string().into_bytes();
        let annotations = [
            ("org.opencontainers.image.source", origin.source),
            ("org.opencontainers.image.revision", origin.revision),
        ];
        let annotations = annotations.into_iter();
        let annotations: Map<String, Value> = annotations
            .filter_map(|(key, value)| Some((key.to_owned(), Value::from(value?))))
            .collect();
        let mut manifest = json!({
            "schemaVersion": 2,
            "mediaType": MANIFEST,
            "config": descriptor(CONFIG, &config),
            "layers": [descriptor(CONTENT, &layer)],
        });
        if !annotations.is_empty() {
            manifest["annotations"] = Value::from(annotations);
        }
        FluxArtifact {
            blobs: [config, layer],
            manifest: manifest.to_string().into_bytes(),
        }
    }

    /// The digest by which it can be pulled.
    pub(crate) fn digest(&self) -> String {
        Digest::of(&self.manifest).to_string()
    }
}

fn descriptor(media_type: &str, bytes: &[u8]) -> Value {
    json!({
        "mediaType": media_type,
        "digest": Digest::of(bytes).to_string(),
        "size": bytes.len(),
    })
}

/// A tar file (POSIX ustar) with one file of no owner and no time.
fn tar(content: &[u8]) -> Vec<u8> {
    let mut header = [0_u8; BLOCK];
    let mut set = |start: usize, text: &str| {
        header[start..start + text.len()].copy_from_slice(text.as_bytes());
    };
    set(0, FILE);
    set(100, "0000644\0");
    set(108, "0000000\0");
    set(116, "0000000\0");
    set(124, &format!("{:011o}\0", content.len()));
    set(136, "00000000000\0");
    // The checksum counts as spaces in itself.
    set(148, "        ");
    set(156, "0");
    set(257, "ustar\x0000");
    let checksum: u32 = header.iter().copied().map(u32::from).sum();
    header[148..156].copy_from_slice(format!("{checksum:06o}\0 ").as_bytes());
    let mut tar = header.to_vec();
    tar.extend_from_slice(content);
    // To a whole block, and two empty ones at the end.
    tar.resize(tar.len().next_multiple_of(BLOCK) + 2 * BLOCK, 0);
    tar
}

/// A gzip file (RFC 1952) of stored blocks, without a name and a time. Manifests are small, and
/// what a library compresses to differs from version to version.
fn gzip(content: &[u8]) -> Vec<u8> {
    let mut out = vec![0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 0xff];
    let last = content.len().div_ceil(STORED).saturating_sub(1);
    for (index, block) in content.chunks(STORED).enumerate() {
        out.push(u8::from(index == last));
        // A block has at most `STORED` bytes.
        let length = u16::try_from(block.len()).unwrap_or(u16::MAX);
        out.extend(length.to_le_bytes());
        out.extend((!length).to_le_bytes());
        out.extend_from_slice(block);
    }
    out.extend(crc32(content).to_le_bytes());
    out.extend((content.len() as u32).to_le_bytes());
    out
}

fn crc32(bytes: &[u8]) -> u32 {
    const POLYNOMIAL: u32 = 0xedb8_8320;
    let step = |crc: u32| (crc >> 1) ^ (POLYNOMIAL * (crc & 1));
    !bytes.iter().fold(!0, |crc, byte| {
        (0..8).fold(crc ^ u32::from(*byte), |crc, _| step(crc))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_digest_never_changes() {
        let origin = Origin {
            source: Some("https://example.com/shop.git"),
            revision: Some("main@sha1:0000000000000000000000000000000000000000"),
        };
        let artifact = FluxArtifact::new("kind: Service\n", origin);
        let manifest: Value = serde_json::from_slice(&artifact.manifest).unwrap();
        assert_eq!(manifest["layers"][0]["mediaType"], CONTENT);
        assert_eq!(manifest["layers"][0]["size"], artifact.blobs[1].len());
        let annotations = manifest["annotations"].as_object().unwrap();
        assert_eq!(annotations.len(), 2);
        assert_eq!(
            artifact.digest(),
            "sha256:14b5f27040b5d00a1d669843a40384564c089e40e722fdb8fd0b0acb341e628d"
        );
        let plain = FluxArtifact::new("kind: Service\n", Origin::default());
        assert!(
            !String::from_utf8(plain.manifest)
                .unwrap()
                .contains("annotations")
        );
    }

    #[test]
    fn checksums_are_those_of_gzip() {
        assert_eq!(crc32(b"123456789"), 0xcbf4_3926);
        assert_eq!(crc32(b""), 0);
        let long = gzip(&vec![7; STORED + 1]);
        assert_eq!(long.len(), 10 + 5 + STORED + 5 + 1 + 8);
        assert_eq!((long[10], long[10 + 5 + STORED]), (0, 1));
    }
}
