//! Files as ConfigMaps, each mounted at its own path so that its directory stays visible.

use std::collections::BTreeMap;

use k8s_openapi::ByteString;
use k8s_openapi::api::core::v1::{
    ConfigMap, ConfigMapVolumeSource, KeyToPath, SecretVolumeSource, Volume, VolumeMount,
};

use super::names;
use crate::identity::short_hash;
use crate::placeholder::resolve::{ResolvedText, Segment, config_map_not_possible};
use crate::plan::{Container, Content, File, Workload};
use crate::rules::SECRET_NOT_ALLOWED;
use diagnostics::report::{Problem, Report};

rules! {
    /// A file of a container is larger than 1 MiB, the maximum size of a ConfigMap.
    pub FILE_TOO_LARGE: "file-too-large", Error;
}

/// The most that a ConfigMap holds (Kubernetes, "ConfigMaps").
const LARGEST: usize = 1 << 20;

/// How one file reaches a pod.
pub(super) struct Mounted {
    pub(super) config_map: Option<ConfigMap>,
    pub(super) volume: Volume,
    pub(super) mount: VolumeMount,
}

/// Expresses a file; `None` after a report when Kubernetes cannot have it.
pub(super) fn mounted(
    workload: &Workload,
    container: &Container,
    file: &File,
    report: &mut Report,
) -> Option<Mounted> {
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
        && let [piece] = segments.as_slice()
        && let Some(volume) = kept_elsewhere(piece, &volume_name, &key, mode)
    {
        return Some(Mounted {
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
    let mut config_map = ConfigMap {
        metadata: super::labels::metadata(name, workload),
        ..ConfigMap::default()
    };
    match content(file, report)? {
        Ok(text) => config_map.data = Some(BTreeMap::from([(key, text)])),
        Err(bytes) => config_map.binary_data = Some(BTreeMap::from([(key, ByteString(bytes))])),
    }
    let volume = Volume {
        name: volume_name,
        config_map: Some(source),
        ..Volume::default()
    };
    Some(Mounted {
        config_map: Some(config_map),
        volume,
        mount,
    })
}

/// A volume with one key of a Secret or ConfigMap that is there already.
fn kept_elsewhere(piece: &Segment, volume: &str, path: &str, mode: Option<i32>) -> Option<Volume> {
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
    match piece {
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
        Segment::Plain(_) | Segment::Deferred(_) => None,
    }
}

/// The last part of the path, with only the characters that a key may have.
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

/// The content as text where it can be read as text, else as bytes.
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

/// Control characters survive in YAML only as escapes that nobody can review.
fn is_readable(text: &str) -> bool {
    text.chars()
        .all(|character| !character.is_control() || matches!(character, '\n' | '\t'))
}

fn text_content(file: &File, text: &ResolvedText, report: &mut Report) -> Option<String> {
    let plain = text.as_plain().map(str::to_owned);
    if plain.is_none() {
        let what = &file.target.value;
        let config_map = text.segments.iter().find_map(|piece| match piece {
            Segment::ConfigMap { name, key } => Some((name, key)),
            _ => None,
        });
        match config_map {
            Some((name, key)) => {
                let what = format!("the file `{what}`, which holds other text too,");
                config_map_not_possible(&what, name, key, text.span, report);
            }
            None => {
                let message = format!(
                    "the file `{what}` mixes a secret with other text, which no volume can hold"
                );
                let help = "let the file be the secret alone, or put the secret into a variable";
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
