//! The files that containers of a pod see, independent of how they are mounted.

use std::collections::BTreeMap;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use diagnostics::value::{Map, Value};

use super::kubernetes::{containers, drop_volumes, pods, volumes};
use super::side::{Side, at, text_at};

/// Replaces ConfigMaps, volumes and mounts by the files that a container sees, by path.
pub fn read_files(side: &mut Side) {
    let config_maps: BTreeMap<String, Value> = side
        .objects
        .iter()
        .filter(|(identity, _)| identity.starts_with("v1 ConfigMap "))
        .map(|(_, object)| (text_at(object, &["metadata", "name"]), object.clone()))
        .collect();
    let mut used = Vec::new();
    for pod in pods(side) {
        let volumes = volumes(pod);
        for container in containers(pod) {
            read_files_of(container, &volumes, &config_maps, &mut used);
        }
        let is_file = |name: &str| {
            volumes
                .get(name)
                .is_some_and(|volume| !sources(volume).is_empty())
        };
        drop_volumes(pod, is_file);
    }
    side.objects.retain(|_, object| {
        text_at(object, &["kind"]) != "ConfigMap"
            || !used.contains(&text_at(object, &["metadata", "name"]))
    });
}

/// The sources of the files in a volume.
fn sources(volume: &Value) -> Vec<Value> {
    match volume.get("projected") {
        Some(projected) => projected
            .get("sources")
            .and_then(Value::as_list)
            .unwrap_or_default()
            .to_vec(),
        None if volume.get("configMap").is_some() || volume.get("secret").is_some() => {
            vec![volume.clone()]
        }
        None => Vec::new(),
    }
}

fn read_files_of(
    container: &mut Map,
    volumes: &BTreeMap<String, Value>,
    config_maps: &BTreeMap<String, Value>,
    used: &mut Vec<String>,
) {
    let Some(Value::List(mounts)) = container.get_mut("volumeMounts") else {
        return;
    };
    let mut files = Map::new();
    mounts.retain(|mount| {
        let volume = volumes.get(&text_at(mount, &["name"]));
        let sources = volume.map(sources).unwrap_or_default();
        for source in &sources {
            add_files(source, mount, config_maps, &mut files, used);
        }
        sources.is_empty()
    });
    if mounts.is_empty() {
        container.shift_remove("volumeMounts");
    }
    if !files.is_empty() {
        files.sort_keys();
        container.insert("files".to_owned(), Value::Map(files));
    }
}

/// Adds the files of a ConfigMap or Secret at their mount paths.
fn add_files(
    source: &Value,
    mount: &Value,
    config_maps: &BTreeMap<String, Value>,
    files: &mut Map,
    used: &mut Vec<String>,
) {
    let reference = source.get("configMap").or(source.get("secret")).unwrap();
    let name = reference
        .get("name")
        .or(reference.get("secretName"))
        .map(Value::to_text)
        .unwrap_or_default();
    let config_map = source.get("configMap").and_then(|_| config_maps.get(&name));
    let keys: Vec<(String, String, Option<Value>)> =
        match reference.get("items").and_then(Value::as_list) {
            Some(items) => items
                .iter()
                .map(|item| {
                    (
                        text_at(item, &["key"]),
                        text_at(item, &["path"]),
                        item.get("mode").cloned(),
                    )
                })
                .collect(),
            None => content_keys(config_map)
                .into_iter()
                .map(|key| (key.clone(), key, None))
                .collect(),
        };
    let mount_path = text_at(mount, &["mountPath"]);
    for (key, path, mode) in keys {
        let path_in_container = match mount.get("subPath").map(Value::to_text) {
            Some(sub_path) if sub_path == path => mount_path.clone(),
            Some(_) => continue,
            None => format!("{}/{path}", mount_path.trim_end_matches('/')),
        };
        let content = match config_map {
            Some(config_map) => content(config_map, &key),
            None => Value::from(format!("the key {key} of the secret {name}")),
        };
        let mode = mode.unwrap_or(Value::Null);
        files.insert(
            path_in_container,
            Value::Map(Map::from_iter([
                ("content".to_owned(), content),
                ("mode".to_owned(), mode),
            ])),
        );
    }
    used.extend(config_map.map(|_| name));
}

fn content_keys(config_map: Option<&Value>) -> Vec<String> {
    let part = |key: &str| {
        config_map
            .and_then(|map| map.get(key))
            .and_then(Value::as_map)
            .cloned()
            .unwrap_or_default()
    };
    part("data")
        .keys()
        .chain(part("binaryData").keys())
        .map(str::to_owned)
        .collect()
}

/// The content of a key, always as base64.
fn content(config_map: &Value, key: &str) -> Value {
    let text =
        at(config_map, &["data", key]).map(|text| Value::from(STANDARD.encode(text.to_text())));
    text.or_else(|| at(config_map, &["binaryData", key]).cloned())
        .unwrap_or_default()
}
