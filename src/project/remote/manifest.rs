//! What the manifest of an artifact says: which files there are.

use serde::Deserialize;

use super::digest::Digest;
use diagnostics::suggestions::{list_names, suggestion};

/// The kinds of manifest that can be read.
pub(super) const KINDS: &str = "application/vnd.oci.image.manifest.v1+json, application/vnd.docker.distribution.manifest.v2+json";

#[derive(Deserialize)]
struct Manifest {
    #[serde(default)]
    layers: Vec<Layer>,
    /// What a list of manifests has instead.
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

/// The digest of the file that is meant: the one that was named, else the only one of the kind that
/// is wanted, else the only one. What is wrong is told in words.
pub(super) fn find(manifest: &[u8], named: Option<&str>, suffix: &str) -> Result<Digest, String> {
    let manifest: Manifest = serde_json::from_slice(manifest)
        .map_err(|error| format!("its manifest cannot be read: {error}"))?;
    if !manifest.manifests.is_empty() {
        return Err(
            "it is a list of images for several platforms, and no artifact with files".to_owned(),
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
    let digest = match named {
        Some(named) => files
            .iter()
            .find(|(title, _)| *title == named)
            .map(|(_, digest)| *digest)
            .ok_or_else(|| {
                let others = || match files.len() {
                    0 => "it has no files with names".to_owned(),
                    _ => format!("it has {}", list_names(titles())),
                };
                format!(
                    "it has no file `{named}`; {}",
                    suggestion(named, titles(), others)
                )
            })?,
        None => {
            // Here the kind is the last part of the name, as for the Go tools.
            let kind = suffix.rfind('.').map_or(suffix, |dot| &suffix[dot..]);
            let wanted: Vec<&str> = files
                .iter()
                .filter(|(title, _)| title.ends_with(kind))
                .map(|(_, digest)| *digest)
                .collect();
            match (wanted.as_slice(), files.as_slice()) {
                ([only], _) | ([], [(_, only)]) => *only,
                (_, []) => return Err("it has no files with names".to_owned()),
                _ => {
                    return Err(format!(
                        "it has several files, {}: add `#` and one of them",
                        list_names(titles())
                    ));
                }
            }
        }
    };
    Digest::parse(digest)
        .ok_or_else(|| format!("its file has the digest `{digest}`, which is of no known kind"))
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

    fn found(files: &[&str], named: Option<&str>) -> Result<Digest, String> {
        find(&manifest(files), named, ".provisioners.yaml")
    }

    #[test]
    fn the_file_that_is_meant_is_found() {
        assert_eq!(
            found(&["a.yaml", "b.yaml"], Some("b.yaml")),
            Ok(Digest::of(b"b.yaml"))
        );
        assert_eq!(
            found(&["README.md", "b.yaml"], None),
            Ok(Digest::of(b"b.yaml"))
        );
        assert_eq!(found(&["a.tpl"], None), Ok(Digest::of(b"a.tpl")));
        for (files, named, wanted) in [
            (
                &["a.yaml", "b.yaml"][..],
                None,
                "several files, `a.yaml` and `b.yaml`",
            ),
            (&["a.yaml"], Some("b.yaml"), "it has no file `b.yaml`"),
            (&[], Some("b.yaml"), "no files with names"),
            (&[], None, "no files with names"),
        ] {
            let said = found(files, named);
            assert!(
                said.as_ref().is_err_and(|said| said.contains(wanted)),
                "{said:?}"
            );
        }
    }

    #[test]
    fn other_manifests_are_refused() {
        for (text, wanted) in [
            ("<html>", "cannot be read"),
            ("7", "cannot be read"),
            (r#"{"layers": 7}"#, "cannot be read"),
            (r#"{"manifests": [{}]}"#, "several platforms"),
            (r#"{"layers": [{"digest": "x"}]}"#, "no files with names"),
            (
                r#"{"layers": [{"digest": "x", "annotations": {"org.opencontainers.image.title": "a"}}]}"#,
                "no known kind",
            ),
        ] {
            let said = find(text.as_bytes(), None, ".yaml");
            assert!(
                said.as_ref().is_err_and(|said| said.contains(wanted)),
                "{text}: {said:?}"
            );
        }
    }
}
