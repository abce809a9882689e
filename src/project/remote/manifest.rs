//! Manifests of OCI artifacts, which list their files.

use serde::Deserialize;

use super::digest::Digest;
use diagnostics::suggestions::{list_names, suggestion};

/// The media types of manifests that can be read.
pub(super) const MEDIA_TYPES: &str = "application/vnd.oci.image.manifest.v1+json, application/vnd.docker.distribution.manifest.v2+json";

#[derive(Deserialize)]
struct Manifest {
    #[serde(default)]
    layers: Vec<Layer>,
    /// Of an image index, which has these instead of layers.
    #[serde(default)]
    manifests: Vec<serde::de::IgnoredAny>,
}

#[derive(Deserialize)]
struct Layer {
    digest: String,
    #[serde(default)]
    annotations: Option<Annotations>,
}

#[derive(Deserialize)]
struct Annotations {
    #[serde(rename = "org.opencontainers.image.title")]
    title: Option<String>,
}

/// The digest of a file: the one with the title `name`, else the only one with the suffix, else the
/// only one.
pub(super) fn find(manifest: &[u8], name: Option<&str>, suffix: &str) -> Result<Digest, String> {
    let manifest: Manifest = serde_json::from_slice(manifest)
        .map_err(|error| format!("its manifest cannot be read: {error}"))?;
    if !manifest.manifests.is_empty() {
        return Err(
            "it is a list of images for several platforms, not an artifact with files".to_owned(),
        );
    }
    let files: Vec<(&str, &str)> = manifest
        .layers
        .iter()
        .filter_map(|layer| {
            Some((
                layer.annotations.as_ref()?.title.as_deref()?,
                layer.digest.as_str(),
            ))
        })
        .collect();
    let titles = || files.iter().map(|(title, _)| *title);
    let digest = match name {
        Some(name) => files
            .iter()
            .find(|(title, _)| *title == name)
            .map(|(_, digest)| *digest)
            .ok_or_else(|| {
                let others = || match files.len() {
                    0 => "it has no named files".to_owned(),
                    _ => format!("it has {}", list_names(titles())),
                };
                format!(
                    "it has no file `{name}`; {}",
                    suggestion(name, titles(), others)
                )
            })?,
        None => {
            // Only the extension counts, as for the Go tools.
            let extension = suffix.rfind('.').map_or(suffix, |dot| &suffix[dot..]);
            let matching: Vec<&str> = files
                .iter()
                .filter(|(title, _)| title.ends_with(extension))
                .map(|(_, digest)| *digest)
                .collect();
            match (matching.as_slice(), files.as_slice()) {
                ([only], _) | ([], [(_, only)]) => *only,
                (_, []) => return Err("it has no named files".to_owned()),
                _ => {
                    return Err(format!(
                        "it has several files, {}: add `#` and one of them",
                        list_names(titles())
                    ));
                }
            }
        }
    };
    Digest::parse(digest).ok_or_else(|| {
        format!("its file has the digest `{digest}`, whose algorithm is not supported")
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn manifest(files: &[&str]) -> Vec<u8> {
        let layer = |title: &&str| {
            let digest = Digest::of(title.as_bytes());
            format!(
                r#"{{"digest":"{digest}","annotations":{{"org.opencontainers.image.title":"{title}"}}}}"#
            )
        };
        let layers: Vec<String> = files.iter().map(layer).collect();
        format!(
            r#"{{"schemaVersion":2,"config":{{}},"layers":[{}]}}"#,
            layers.join(",")
        )
        .into_bytes()
    }

    fn find_digest(files: &[&str], name: Option<&str>) -> Result<Digest, String> {
        find(&manifest(files), name, ".provisioners.yaml")
    }

    #[test]
    fn a_file_is_found_by_title_suffix_or_alone() {
        assert_eq!(
            find_digest(&["a.yaml", "b.yaml"], Some("b.yaml")),
            Ok(Digest::of(b"b.yaml"))
        );
        assert_eq!(
            find_digest(&["README.md", "b.yaml"], None),
            Ok(Digest::of(b"b.yaml"))
        );
        assert_eq!(find_digest(&["a.tpl"], None), Ok(Digest::of(b"a.tpl")));
        for (files, name, expected) in [
            (
                &["a.yaml", "b.yaml"][..],
                None,
                "several files, `a.yaml` and `b.yaml`",
            ),
            (&["a.yaml"], Some("b.yaml"), "it has no file `b.yaml`"),
            (&[], Some("b.yaml"), "no named files"),
            (&[], None, "no named files"),
        ] {
            let result = find_digest(files, name);
            assert!(
                result.as_ref().is_err_and(|error| error.contains(expected)),
                "{result:?}"
            );
        }
    }

    #[test]
    fn other_manifests_are_refused() {
        for (text, expected) in [
            ("<html>", "cannot be read"),
            ("7", "cannot be read"),
            (r#"{"layers": 7}"#, "cannot be read"),
            (r#"{"manifests": [{}]}"#, "several platforms"),
            (r#"{"layers": [{"digest": "x"}]}"#, "no named files"),
            (
                r#"{"layers": [{"digest": "x", "annotations": {"org.opencontainers.image.title": "a"}}]}"#,
                "is not supported",
            ),
        ] {
            let result = find(text.as_bytes(), None, ".yaml");
            assert!(
                result.as_ref().is_err_and(|error| error.contains(expected)),
                "{text}: {result:?}"
            );
        }
    }
}
