//! Normal forms for Compose files: different notations with the same meaning become equal.

use std::collections::{BTreeMap, BTreeSet};

use diagnostics::value::{Map, Value};

use super::differences::Location;
use super::side::{Side, at, list_at, map_at, text_at};

/// The service of the Go tool that all workloads wait for.
pub const WAIT: &str = "wait-for-resources";

/// The identity of the object of [`gather_waits`].
pub const AWAITED: &str = "what workloads wait for";

/// The helper for HTTP probes, its service and its volume.
pub const HELPER: &str = "score-rs-http-probe";

/// Whether a service belongs to a workload and not to a resource.
pub fn of_workload(service: &Value) -> bool {
    at(service, &["annotations", "compose.score.dev/workload-name"]).is_some()
}

fn services(side: &mut Side) -> impl Iterator<Item = &mut Value> {
    side.objects
        .iter_mut()
        .filter(|(identity, _)| identity.starts_with("services "))
        .map(|(_, service)| service)
}

/// Replaces short forms and numbers by the notation of the Go tool (Compose specification).
pub fn read_short_forms(side: &mut Side) {
    for service in services(side) {
        for path in [&["mem_limit"][..], &["command"], &["entrypoint"]] {
            let Some(map) = service.as_map_mut() else {
                continue;
            };
            match map.get_mut(path[0]) {
                Some(number @ Value::Int(_)) => *number = Value::from(number.to_text()),
                Some(Value::String(word)) if path[0] != "mem_limit" => {
                    let words = word.split_whitespace().map(Value::from).collect();
                    map.insert(path[0].to_owned(), Value::List(words));
                }
                _ => {}
            }
        }
        list_to_map(service, "environment", |entry| {
            entry
                .split_once('=')
                .map(|(name, value)| (name, Value::from(value)))
        });
        list_to_map(service, "models", |name| Some((name, Value::map())));
        for port in list_at(service, &["ports"]).into_iter().flatten() {
            as_text(port, "published");
        }
        for mount in list_at(service, &["volumes"]).into_iter().flatten() {
            if let Some(size) = map_at(mount, &["tmpfs"]) {
                let text = size.get("size").map(Value::to_text);
                size.extend(text.map(|text| ("size".to_owned(), Value::from(text))));
            }
        }
        for (_, option) in map_at(service, &["provider", "options"])
            .into_iter()
            .flatten()
        {
            if matches!(option, Value::String(_)) {
                *option = Value::List(vec![option.clone()]);
            }
        }
        if let Some(service) = service.as_map_mut() {
            service.retain(|_, value| *value != Value::List(Vec::new()));
        }
    }
}

fn as_text(entry: &mut Value, key: &str) {
    if let Some(number @ Value::Int(_)) = entry.as_map_mut().and_then(|entry| entry.get_mut(key)) {
        *number = Value::from(number.to_text());
    }
}

fn list_to_map(service: &mut Value, key: &str, entry: impl Fn(&str) -> Option<(&str, Value)>) {
    let Some(slot) = service
        .as_map_mut()
        .and_then(|service| service.get_mut(key))
    else {
        return;
    };
    if let Some(items) = slot.as_list() {
        let texts: Vec<String> = items.iter().map(Value::to_text).collect();
        let entries = texts
            .iter()
            .filter_map(|text| entry(text))
            .map(|(name, value)| (name.to_owned(), value));
        *slot = Value::Map(entries.collect());
    }
}

/// Replaces configs and mounts of generated files by the files that a container sees, by path.
pub fn read_mounts(side: &mut Side) {
    let (files, configs) = (side.files.clone(), side.configs.clone());
    let directory = format!("{}/", side.mounts);
    let mut used = BTreeSet::new();
    for service in services(side).filter_map(Value::as_map_mut) {
        let mut seen = Map::new();
        if let Some(Value::List(entries)) = service.shift_remove("configs") {
            for entry in entries {
                let content = &configs[&text_at(&entry, &["source"])];
                seen.insert(text_at(&entry, &["target"]), Value::from(content.as_str()));
            }
        }
        if let Some(Value::List(mounts)) = service.get_mut("volumes") {
            mounts.retain(|mount| {
                let source = text_at(mount, &["source"]);
                let target = text_at(mount, &["target"]);
                let found = mounted(&files, source.strip_prefix(&directory), &target);
                used.extend(found.iter().map(|(path, _)| path.clone()));
                let entries = found
                    .iter()
                    .map(|(path, target)| (target.clone(), Value::from(files[path].as_str())));
                seen.extend(entries);
                found.is_empty()
            });
            if mounts.is_empty() {
                service.shift_remove("volumes");
            }
        }
        if !seen.is_empty() {
            seen.sort_keys();
            service.insert("files".to_owned(), Value::Map(seen));
        }
    }
    side.files.retain(|path, _| !used.contains(path));
    side.objects.retain(|identity, _| identity != "configs");
}

/// The files of a mount, with their paths in the container.
fn mounted(
    files: &BTreeMap<String, String>,
    path: Option<&str>,
    target: &str,
) -> Vec<(String, String)> {
    let Some(path) = path else { return Vec::new() };
    files
        .keys()
        .filter_map(|file| {
            let rest = file.strip_prefix(path)?;
            let is_in = rest.is_empty() || rest.starts_with('/');
            is_in.then(|| (file.clone(), format!("{target}{rest}")))
        })
        .collect()
}

/// Moves the dependencies of workloads to one object: with the Go tool every workload waits for one
/// service that waits for everything, with score-rs for its own resources.
pub fn gather_waits(side: &mut Side) {
    let mut awaited = Map::new();
    if let Some(wait) = side.objects.remove(&format!("services {WAIT}")) {
        awaited.extend(dependencies(&wait));
    }
    let helpers = [WAIT, HELPER];
    for service in services(side).filter(|service| of_workload(service)) {
        awaited.extend(
            dependencies(service)
                .into_iter()
                .filter(|(name, _)| !helpers.contains(&name.as_str())),
        );
        let Some(service) = service.as_map_mut() else {
            continue;
        };
        let dependencies = service.get_mut("depends_on").and_then(Value::as_map_mut);
        if dependencies.is_some_and(|dependencies| {
            dependencies.retain(|name, _| name == HELPER);
            dependencies.is_empty()
        }) {
            service.shift_remove("depends_on");
        }
    }
    awaited.sort_keys();
    side.objects.insert(AWAITED.to_owned(), Value::Map(awaited));
}

/// The dependencies of a service, with their conditions.
fn dependencies(service: &Value) -> Vec<(String, Value)> {
    let entries = service
        .get("depends_on")
        .and_then(Value::as_map)
        .into_iter()
        .flatten();
    entries
        .map(|(name, dependency)| {
            (
                name.into(),
                Value::from(text_at(dependency, &["condition"])),
            )
        })
        .collect()
}

/// Whether a content differs because the Go tool overwrote the file with one of the same base name.
pub fn is_overwritten(location: &Location<'_>) -> bool {
    let base_name = |target: &str| target.rsplit('/').next().unwrap_or_default().to_owned();
    let service = location.theirs.objects.get(location.object);
    let files = service
        .and_then(|service| service.get("files"))
        .and_then(Value::as_map);
    let name = base_name(&location.found.path[1]);
    let targets = files.into_iter().flat_map(Map::keys);
    targets.filter(|target| base_name(target) == name).count() > 1
}

/// Whether this is the helper for HTTP probes, or a part of a health check that uses it.
pub fn is_http_probe(location: &Location<'_>) -> bool {
    let Some(ours) = location
        .found
        .ours
        .as_ref()
        .filter(|_| location.found.theirs.is_none())
    else {
        return false;
    };
    let path: Vec<&str> = location.found.path.iter().map(String::as_str).collect();
    match path.as_slice() {
        [] => [format!("services {HELPER}"), format!("volumes {HELPER}")]
            .contains(&location.object.to_owned()),
        ["depends_on"] => {
            ours.to_json()
                == r#"{"score-rs-http-probe":{"condition":"service_completed_successfully"}}"#
        }
        ["healthcheck"] => ours
            .get("test")
            .and_then(Value::as_list)
            .is_some_and(|test| test[1] == Value::from("/.score-rs/busybox")),
        ["volumes"] => ours
            .as_list()
            .is_some_and(|mounts| mounts.iter().all(is_helper_mount)),
        ["volumes", _] => is_helper_mount(ours),
        _ => false,
    }
}

fn is_helper_mount(mount: &Value) -> bool {
    text_at(mount, &["type"]) == "volume"
        && text_at(mount, &["source"]) == HELPER
        && mount.get("read_only") == Some(&Value::Bool(true))
}

/// Whether this contains only limits and reservations of memory and CPUs.
pub fn are_amounts(deploy: &Value) -> bool {
    let keys = |value: &Value| {
        value
            .as_map()
            .into_iter()
            .flatten()
            .map(|(key, _)| key.clone())
            .collect::<Vec<_>>()
    };
    let resources = deploy.get("resources").cloned().unwrap_or_default();
    keys(deploy) == ["resources"]
        && resources
            .as_map()
            .into_iter()
            .flatten()
            .all(|(kind, amounts)| {
                ["limits", "reservations"].contains(&kind.as_str())
                    && keys(amounts)
                        .iter()
                        .all(|key| ["cpus", "memory"].contains(&key.as_str()))
            })
}
