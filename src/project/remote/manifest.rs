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
    /// Of a directory that `oras push` has archived.
    #[serde(rename = "io.deis.oras.content.unpack")]
    unpack: Option<String>,
}

/// What a URL names in an artifact.
#[derive(Debug, PartialEq)]
pub(super) enum Wanted {
    /// The digest of a file.
    File(Digest),
    /// All files: a directory is named, or several files can be meant.
    Tree(Vec<ManifestFile>),
}

/// A layer with a title.
#[derive(Debug, PartialEq)]
pub(super) struct ManifestFile {
    /// Its path.
    pub(super) title: String,
    pub(super) digest: Digest,
    /// Whether it is an archive of the files in this directory.
    pub(super) is_archive: bool,
}

/// The files of an artifact.
pub(super) fn files(manifest: &[u8]) -> Result<Vec<ManifestFile>, String> {
    let manifest: Manifest = serde_json::from_slice(manifest)
        .map_err(|error| format!("its manifest cannot be read: {error}"))?;
    if !manifest.manifests.is_empty() {
        return Err(
            "it is a list of images for several platforms, not an artifact with files".to_owned(),
        );
    }
    let file = |layer: Layer| {
        let annotations = layer.annotations?;
        let title = annotations.title?;
        let digest = Digest::parse(&layer.digest).ok_or_else(|| {
            format!(
                "its file has the digest `{}`, whose algorithm is not supported",
                layer.digest
            )
        });
        Some(digest.map(|digest| ManifestFile {
            digest,
            is_archive: annotations.unpack.as_deref() == Some("true"),
            title,
        }))
    };
    let files: Vec<_> = manifest.layers.into_iter().filter_map(file).collect();
    match files.is_empty() {
        true => Err("it has no named files".to_owned()),
        false => files.into_iter().collect(),
    }
}

/// What is meant: the file with the title `name` or the directory of this name, else the only file
/// with the suffix, else the only one, else all.
pub(super) fn find(
    files: Vec<ManifestFile>,
    name: Option<&str>,
    suffix: &str,
) -> Result<Wanted, String> {
    let titles = || files.iter().map(|file| file.title.as_str());
    let Some(name) = name else {
        // Only the extension counts, as for the Go tools.
        let extension = suffix.rfind('.').map_or(suffix, |dot| &suffix[dot..]);
        let has_archive = files.iter().any(|file| file.is_archive);
        let matching = files.iter().filter(|file| file.title.ends_with(extension));
        let matching: Vec<&ManifestFile> = matching.collect();
        return match (matching.as_slice(), files.as_slice()) {
            ([only], _) if !has_archive => Ok(Wanted::File(only.digest.clone())),
            ([], [only]) if !has_archive => Ok(Wanted::File(only.digest.clone())),
            _ => Ok(Wanted::Tree(files)),
        };
    };
    if let Some(file) = files
        .iter()
        .find(|file| file.title == name && !file.is_archive)
    {
        return Ok(Wanted::File(file.digest.clone()));
    }
    let is_inside = |file: &ManifestFile| {
        let rest = file.title.strip_prefix(name);
        file.is_archive || rest.is_some_and(|rest| rest.starts_with('/'))
    };
    if files.iter().any(is_inside) {
        return Ok(Wanted::Tree(files));
    }
    let others = || format!("it has {}", list_names(titles()));
    Err(format!(
        "it has no file `{name}`; {}",
        suggestion(name, titles(), others)
    ))
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

    fn find_digest(titles: &[&str], name: Option<&str>) -> Result<Option<Digest>, String> {
        match find(files(&manifest(titles))?, name, ".provisioners.yaml")? {
            Wanted::File(digest) => Ok(Some(digest)),
            Wanted::Tree(_) => Ok(None),
        }
    }

    #[test]
    fn a_file_is_found_by_title_suffix_or_alone() {
        assert_eq!(
            find_digest(&["a.yaml", "b.yaml"], Some("b.yaml")),
            Ok(Some(Digest::of(b"b.yaml")))
        );
        assert_eq!(
            find_digest(&["README.md", "b.yaml"], None),
            Ok(Some(Digest::of(b"b.yaml")))
        );
        assert_eq!(
            find_digest(&["a.tpl"], None),
            Ok(Some(Digest::of(b"a.tpl")))
        );
        assert_eq!(find_digest(&["a.yaml", "b.yaml"], None), Ok(None));
        assert_eq!(find_digest(&["a/b.yaml"], Some("a")), Ok(None));
        for (files, name, expected) in [
            (&["a.yaml"][..], Some("b.yaml"), "it has no file `b.yaml`"),
            (&["ab.yaml"], Some("a"), "it has no file `a`"),
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
            let result = files(text.as_bytes());
            assert!(
                result.as_ref().is_err_and(|error| error.contains(expected)),
                "{text}: {result:?}"
            );
        }
    }
}
