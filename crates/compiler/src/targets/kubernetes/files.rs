//! Files as ConfigMaps, or as Secrets if they contain one, each mounted at its own path: the rest of
//! its directory stays visible.

use std::collections::BTreeMap;

use k8s_openapi::ByteString;
use k8s_openapi::api::core::v1::{
    ConfigMap, ConfigMapVolumeSource, KeyToPath, Secret, SecretVolumeSource, Volume, VolumeMount,
};
use k8s_openapi::apimachinery::pkg::apis::meta::v1::ObjectMeta;
use serde::Serialize;

use super::secret_values::SecretValues;
use super::{labels, names};
use crate::identity::short_hash;
use crate::placeholder::resolve::{ResolvedText, Segment, config_map_not_possible};
use crate::plan::{Container, Content, File, Workload};
use crate::rules::SECRET_NOT_ALLOWED;
use diagnostics::report::{Problem, Report, Reported};

rules! {
    /// A file of a container is larger than 1 MiB, the maximum size of a ConfigMap or Secret.
    pub FILE_TOO_LARGE: "file-too-large", Error;
}

/// The maximum size of a ConfigMap or Secret in bytes (Kubernetes, "ConfigMaps", "Secrets").
pub(super) const LARGEST: usize = 1 << 20;

/// One file of a container and what it needs.
pub(super) struct FileMount {
    pub(super) object: Option<FileObject>,
    pub(super) volume: Volume,
    pub(super) mount: VolumeMount,
}

/// The object with a file.
#[derive(Serialize)]
#[serde(untagged)]
pub(super) enum FileObject {
    ConfigMap(ConfigMap),
    Secret(Secret),
}

/// Mounts a file; `None` after a report when Kubernetes cannot have it.
pub(super) fn mount(
    workload: &Workload,
    container: &Container,
    file: &File,
    secrets: &SecretValues<'_>,
    report: &mut Report,
) -> Option<FileMount> {
    let hash = hash(container, file);
    let volume = Volume {
        name: volume_name(&hash),
        ..Volume::default()
    };
    let key = key(&file.target.value);
    let mode = file.mode.and_then(|mode| i32::try_from(mode.bits()).ok());
    let mount = VolumeMount {
        name: volume.name.clone(),
        mount_path: file.target.value.clone(),
        sub_path: Some(key.clone()),
        read_only: Some(true),
        ..VolumeMount::default()
    };
    if let Content::Text(ResolvedText { segments, .. }) = &file.content
        && let [segment] = segments.as_slice()
        && let Some(volume) = existing_object(segment, &volume, &key, mode)
    {
        return Some(FileMount {
            object: None,
            volume,
            mount,
        });
    }
    let name = object_name(workload, container, &hash);
    let items = mode.map(|mode| {
        vec![KeyToPath {
            key: key.clone(),
            path: key.clone(),
            mode: Some(mode),
        }]
    });
    let (content, is_secret) = content(file, secrets, report).ok()?;
    let metadata = labels::metadata(name.clone(), workload);
    let (object, volume) = match is_secret {
        true => (
            FileObject::Secret(secret(metadata, key, content)),
            secret_volume(name, items, volume),
        ),
        false => (
            FileObject::ConfigMap(config_map(metadata, key, content)),
            config_map_volume(name, items, volume),
        ),
    };
    Some(FileMount {
        object: Some(object),
        volume,
        mount,
    })
}

/// What the names of a file's objects end in.
pub(super) fn hash(container: &Container, file: &File) -> String {
    short_hash([
        container.name.value.as_bytes(),
        file.target.value.as_bytes(),
    ])
}

/// The name of a file's volume.
pub(super) fn volume_name(hash: &str) -> String {
    format!("file-{hash}")
}

/// The name of the object with a file.
pub(super) fn object_name(workload: &Workload, container: &Container, hash: &str) -> String {
    format!(
        "{}-{}-file-{hash}",
        workload.name.value, container.name.value
    )
}

fn secret(metadata: ObjectMeta, key: String, content: Vec<u8>) -> Secret {
    Secret {
        metadata,
        type_: Some("Opaque".to_owned()),
        data: Some(BTreeMap::from([(key, ByteString(content))])),
        ..Secret::default()
    }
}

/// A ConfigMap with a content as text where YAML can show it as text, else as bytes.
fn config_map(metadata: ObjectMeta, key: String, content: Vec<u8>) -> ConfigMap {
    let mut config_map = ConfigMap {
        metadata,
        ..ConfigMap::default()
    };
    match String::from_utf8(content) {
        Ok(text) if is_readable(&text) => {
            config_map.data = Some(BTreeMap::from([(key, text)]));
        }
        other => {
            let bytes = other.map_or_else(|error| error.into_bytes(), String::into_bytes);
            config_map.binary_data = Some(BTreeMap::from([(key, ByteString(bytes))]));
        }
    }
    config_map
}

fn secret_volume(name: String, items: Option<Vec<KeyToPath>>, volume: Volume) -> Volume {
    let source = SecretVolumeSource {
        secret_name: Some(name),
        items,
        ..SecretVolumeSource::default()
    };
    Volume {
        secret: Some(source),
        ..volume
    }
}

fn config_map_volume(name: String, items: Option<Vec<KeyToPath>>, volume: Volume) -> Volume {
    let source = ConfigMapVolumeSource {
        name,
        items,
        ..ConfigMapVolumeSource::default()
    };
    Volume {
        config_map: Some(source),
        ..volume
    }
}

/// A volume with one key of a Secret or ConfigMap that exists in the cluster.
fn existing_object(
    segment: &Segment,
    volume: &Volume,
    path: &str,
    mode: Option<i32>,
) -> Option<Volume> {
    let items = |key: &str| {
        Some(vec![KeyToPath {
            key: key.to_owned(),
            path: path.to_owned(),
            mode,
        }])
    };
    match segment {
        Segment::Secret { name, key } => {
            Some(secret_volume(name.clone(), items(key), volume.clone()))
        }
        Segment::ConfigMap { name, key } => {
            Some(config_map_volume(name.clone(), items(key), volume.clone()))
        }
        _ => None,
    }
}

/// The key of a file: the last part of its path, in characters that a key may have.
fn key(target: &str) -> String {
    let last = target
        .trim_end_matches('/')
        .rsplit('/')
        .next()
        .unwrap_or("");
    let allowed = |character: char| character.is_ascii_alphanumeric() || "-_.".contains(character);
    let key: String = last
        .chars()
        .map(|character| if allowed(character) { character } else { '_' })
        .collect();
    match key.as_str() {
        "" | "." | ".." => "file".to_owned(),
        _ => names::shorten(&key, 253),
    }
}

/// The content, and whether it has a secret.
fn content(
    file: &File,
    secrets: &SecretValues<'_>,
    report: &mut Report,
) -> Result<(Vec<u8>, bool), Reported> {
    let (content, is_secret) = match &file.content {
        Content::Bytes(bytes) => (bytes.clone(), false),
        Content::Text(text) => {
            let is_plain = text.as_plain().is_some();
            let text = whole_text(file, text, secrets, report)?;
            let is_secret = !is_plain || secrets.is_in(&text);
            (text.into_bytes(), is_secret)
        }
    };
    let size = content.len();
    if size > LARGEST {
        let message = format!(
            "the file `{}` has {size} bytes; a ConfigMap or Secret holds at most {LARGEST}",
            file.target.value
        );
        let help = "put it into the image, or onto a volume";
        return Err(report.error(
            Problem::new(&FILE_TOO_LARGE, message)
                .at(file.target.span)
                .help(help),
        ));
    }
    Ok((content, is_secret))
}

/// Whether a reviewer can read a text in YAML. That of a file with CRLF is in quotes.
fn is_readable(text: &str) -> bool {
    text.chars()
        .all(|character| !character.is_control() || matches!(character, '\n' | '\r' | '\t'))
}

/// The text with the values of the Secrets that it refers to.
fn whole_text(
    file: &File,
    text: &ResolvedText,
    secrets: &SecretValues<'_>,
    report: &mut Report,
) -> Result<String, Reported> {
    let path = &file.target.value;
    let mut whole = String::new();
    for segment in &text.segments {
        match segment {
            // No variable is left open in a file, and none is referred to.
            Segment::Plain(plain)
            | Segment::Deferred(plain)
            | Segment::Variable { name: plain, .. } => whole.push_str(plain),
            Segment::ConfigMap { name, key } => {
                let what = format!("the file `{path}`, which has other text too,");
                return Err(config_map_not_possible(&what, name, key, text.span, report));
            }
            Segment::Secret { name, key } => {
                let (cause, place) = match (secrets.text(name, key), secrets.forbidden) {
                    (Some(value), None) => {
                        whole.push_str(&value);
                        continue;
                    }
                    (Some(_), Some(place)) => ("this environment has `secrets: none`", place),
                    (None, _) => ("only the cluster knows its value", None),
                };
                let message = format!(
                    "the file `{path}` mixes the key `{key}` of the Secret `{name}` with other text, but {cause}"
                );
                let help = "pass the value in a variable that the program reads, or make it the whole content of a file";
                let mut problem = Problem::new(&SECRET_NOT_ALLOWED, message).at(text.span);
                if let Some(place) = place {
                    problem = problem.secondary(place, "set here");
                }
                return Err(report.error(problem.help(help)));
            }
        }
    }
    Ok(whole)
}
