//! Files as ConfigMaps, each mounted at its own path: the rest of its directory stays visible.

use std::collections::BTreeMap;

use k8s_openapi::ByteString;
use k8s_openapi::api::core::v1::{
    ConfigMap, ConfigMapVolumeSource, KeyToPath, SecretVolumeSource, Volume, VolumeMount,
};

use super::{labels, names};
use crate::identity::short_hash;
use crate::placeholder::resolve::{ResolvedText, Segment, config_map_not_possible};
use crate::plan::{Container, Content, File, Workload};
use crate::rules::SECRET_NOT_ALLOWED;
use diagnostics::report::{Problem, Report};

rules! {
    /// A file of a container is larger than 1 MiB, the maximum size of a ConfigMap.
    pub FILE_TOO_LARGE: "file-too-large", Error;
}

/// The maximum size of a ConfigMap in bytes (Kubernetes, "ConfigMaps").
const LARGEST: usize = 1 << 20;

/// One file of a container and the objects it needs.
pub(super) struct FileMount {
    pub(super) config_map: Option<ConfigMap>,
    pub(super) volume: Volume,
    pub(super) mount: VolumeMount,
}

/// Mounts a file; `None` after a report when Kubernetes cannot have it.
pub(super) fn mount(
    workload: &Workload,
    container: &Container,
    file: &File,
    report: &mut Report,
) -> Option<FileMount> {
    let hash = short_hash([
        container.name.value.as_bytes(),
        file.target.value.as_bytes(),
    ]);
    let volume_name = format!("file-{hash}");
    let key = key(&file.target.value);
    let mode = file.mode.and_then(|mode| i32::try_from(mode.bits()).ok());
    let mount = VolumeMount {
        name: volume_name.clone(),
        mount_path: file.target.value.clone(),
        sub_path: Some(key.clone()),
        read_only: Some(true),
        ..VolumeMount::default()
    };
    if let Content::Text(ResolvedText { segments, .. }) = &file.content
        && let [segment] = segments.as_slice()
        && let Some(volume) = existing_object(segment, &volume_name, &key, mode)
    {
        return Some(FileMount {
            config_map: None,
            volume,
            mount,
        });
    }
    let name = format!(
        "{}-{}-file-{hash}",
        workload.name.value, container.name.value
    );
    let items = mode.map(|mode| {
        vec![KeyToPath {
            key: key.clone(),
            path: key.clone(),
            mode: Some(mode),
        }]
    });
    let source = ConfigMapVolumeSource {
        name: name.clone(),
        items,
        ..ConfigMapVolumeSource::default()
    };
    let mut config_map = config_map(file, key, report)?;
    config_map.metadata = labels::metadata(name, workload);
    let volume = Volume {
        name: volume_name,
        config_map: Some(source),
        ..Volume::default()
    };
    Some(FileMount {
        config_map: Some(config_map),
        volume,
        mount,
    })
}

/// A ConfigMap with the content of a file under `key`, without metadata.
fn config_map(file: &File, key: String, report: &mut Report) -> Option<ConfigMap> {
    let mut config_map = ConfigMap::default();
    match content(file, report)? {
        Ok(text) => config_map.data = Some(BTreeMap::from([(key, text)])),
        Err(bytes) => config_map.binary_data = Some(BTreeMap::from([(key, ByteString(bytes))])),
    }
    Some(config_map)
}

/// A volume with one key of a Secret or ConfigMap that exists in the cluster.
fn existing_object(
    segment: &Segment,
    volume: &str,
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
    let volume = Volume {
        name: volume.to_owned(),
        ..Volume::default()
    };
    match segment {
        Segment::Secret { name, key } => {
            let source = SecretVolumeSource {
                secret_name: Some(name.clone()),
                items: items(key),
                ..Default::default()
            };
            Some(Volume {
                secret: Some(source),
                ..volume
            })
        }
        Segment::ConfigMap { name, key } => {
            let source = ConfigMapVolumeSource {
                name: name.clone(),
                items: items(key),
                ..Default::default()
            };
            Some(Volume {
                config_map: Some(source),
                ..volume
            })
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

/// The content as text where YAML can show it as text, else as bytes.
fn content(file: &File, report: &mut Report) -> Option<Result<String, Vec<u8>>> {
    let content = match &file.content {
        Content::Bytes(bytes) => match std::str::from_utf8(bytes) {
            Ok(text) if is_readable(text) => Ok(text.to_owned()),
            _ => Err(bytes.clone()),
        },
        Content::Text(text) => {
            let text = text_content(file, text, report)?;
            if is_readable(&text) {
                Ok(text)
            } else {
                Err(text.into_bytes())
            }
        }
    };
    let size = content.as_ref().map_or_else(Vec::len, String::len);
    if size > LARGEST {
        let message = format!(
            "the file `{}` has {size} bytes; a ConfigMap holds at most {LARGEST}",
            file.target.value
        );
        let help = "put it into the image, or onto a volume";
        report.push(
            Problem::new(&FILE_TOO_LARGE, message)
                .at(file.target.span)
                .help(help),
        );
        return None;
    }
    Some(content)
}

/// Whether YAML can show a text without escapes.
fn is_readable(text: &str) -> bool {
    text.chars()
        .all(|character| !character.is_control() || matches!(character, '\n' | '\t'))
}

fn text_content(file: &File, text: &ResolvedText, report: &mut Report) -> Option<String> {
    let plain = text.as_plain().map(str::to_owned);
    if plain.is_none() {
        let what = &file.target.value;
        let config_map = text.segments.iter().find_map(|segment| match segment {
            Segment::ConfigMap { name, key } => Some((name, key)),
            _ => None,
        });
        match config_map {
            Some((name, key)) => {
                let what = format!("the file `{what}`, which has other text too,");
                config_map_not_possible(&what, name, key, text.span, report);
            }
            None => {
                let message = format!(
                    "the file `{what}` mixes a secret with other text, which a Secret volume cannot do"
                );
                let help =
                    "make the secret the whole content of the file, or put it into a variable";
                report.push(
                    Problem::new(&SECRET_NOT_ALLOWED, message)
                        .at(text.span)
                        .help(help),
                );
            }
        }
    }
    plain
}
