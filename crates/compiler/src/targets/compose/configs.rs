//! Files as `configs` with `content`, so that the Compose file runs without files beside it, as in a
//! clone (Compose specification, `configs`; `content` since Compose 2.23.1).

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};

use super::config_mounts::{Decision, content_reason, decide};
use super::interpolation::literal;
use super::mounted_files::{Files, mounts};
use crate::support::document::Artifact;
use crate::support::parallel;
use crate::targets::target::Options;
use diagnostics::value::{Map, Value};

/// Moves the mounted files of a Compose file into it. Returns the files that are still needed.
pub(super) fn inline(
    document: &mut Value,
    mut artifacts: Vec<Artifact>,
    options: &Options,
    is_secret: &dyn Fn(&str) -> bool,
) -> Vec<Artifact> {
    if artifacts.is_empty() {
        return artifacts;
    }
    let files = Files::new(&artifacts, options);
    let mut configs = Configs {
        directory: options.mounts_in_output.clone(),
        ..Configs::default()
    };
    inline_all(document, &files, &mut configs, is_secret);
    // A definition may name a file elsewhere too, such as in `env_file`.
    let paths = paths_in(document, &options.mounts_in_output);
    let named = paths.iter().flat_map(|path| files.at(path));
    let named: BTreeSet<&str> = named.map(|(_, artifact)| artifact.path.as_str()).collect();
    let Configs { moved, reasons, .. } = &configs;
    let unused: BTreeSet<String> = moved
        .iter()
        .filter(|path| !named.contains(path.as_str()))
        .cloned()
        .collect();
    artifacts.retain(|artifact| !unused.contains(&artifact.path));
    for artifact in &mut artifacts {
        artifact.reason = reasons.get(&artifact.path).copied();
    }
    artifacts
}

/// The configs of a Compose file under construction.
#[derive(Default)]
struct Configs {
    /// The directory for mounted files, as the output names it.
    directory: String,
    entries: Map,
    /// The names of those that are files, by the paths of the files.
    names: BTreeMap<String, String>,
    /// The files and directories that a service has as configs.
    moved: BTreeSet<String>,
    /// Why a file is mounted all the same, by its path.
    reasons: BTreeMap<String, &'static str>,
}

impl Configs {
    /// The name of a file's config, which is its path in the directory for mounted files.
    fn name(&mut self, path: &str, artifact: &Artifact) -> String {
        if let Some(name) = self.names.get(&artifact.path) {
            return name.clone();
        }
        let allowed = |one: char| one.is_ascii_alphanumeric() || ['.', '_', '-'].contains(&one);
        let base = path.strip_prefix(&self.directory).unwrap_or(path);
        let base = base.trim_start_matches('/');
        let base = base.strip_prefix("files/").unwrap_or(base);
        let base = base.replace(|one| !allowed(one), "-");
        let mut name = base.clone();
        let mut number = 1;
        while self.entries.contains_key(&name) {
            number += 1;
            name = format!("{base}-{number}");
        }
        let content = artifact.content.as_deref().unwrap_or_default();
        let content = literal(&String::from_utf8_lossy(content));
        let config = Map::from_iter([("content".to_owned(), content)]);
        self.entries.insert(name.clone(), Value::Map(config));
        self.names.insert(artifact.path.clone(), name.clone());
        name
    }
}

fn inline_all(
    document: &mut Value,
    files: &Files<'_>,
    configs: &mut Configs,
    is_secret: &dyn Fn(&str) -> bool,
) {
    let Some(document) = document.as_map_mut() else {
        return;
    };
    // A patch template may have added some.
    match document.get("configs") {
        None => {}
        Some(Value::Map(entries)) => configs.entries = entries.clone(),
        Some(_) => return,
    }
    let services = document.get_mut("services").and_then(Value::as_map_mut);
    let services = services.into_iter().flat_map(Map::values_mut);
    for service in services.filter_map(Value::as_map_mut) {
        inline_service(service, files, configs, is_secret);
    }
    if !configs.names.is_empty() {
        let entries = std::mem::take(&mut configs.entries);
        document.insert("configs".to_owned(), Value::Map(entries));
    }
}

/// Makes configs of the mounts of a service where that gives the same files.
fn inline_service(
    service: &mut Map,
    files: &Files<'_>,
    configs: &mut Configs,
    is_secret: &dyn Fn(&str) -> bool,
) {
    let mounts = mounts(service);
    let mut entries = Vec::new();
    let decisions = decide(service, &mounts, files, is_secret);
    for (mount, decision) in mounts.iter().zip(&decisions) {
        let Some(mount) = mount else { continue };
        for (path, artifact) in files.at(&mount.source) {
            let reason = match decision {
                Decision::Moves | Decision::Other => None,
                Decision::Stays(reason) => Some(*reason),
                Decision::StaysForContent => content_reason(path, artifact, files, is_secret),
            };
            if let Some(reason) = reason {
                let reasons = &mut configs.reasons;
                reasons.entry(artifact.path.clone()).or_insert(reason);
            }
            if *decision == Decision::Moves {
                configs.moved.insert(artifact.path.clone());
                if artifact.content.is_some() {
                    let target = format!("{}{}", mount.target, &path[mount.source.len()..]);
                    let name = configs.name(path, artifact);
                    entries.push(entry(name, &target, artifact));
                }
            }
        }
    }
    require_sources(service, &decisions);
    if !entries.is_empty() {
        replace_mounts(service, &decisions, entries);
    }
}

/// Makes Compose refuse to start without the files of mounts that stay. In a clone, which lacks
/// them, it would create directories in their place.
fn require_sources(service: &mut Map, decisions: &[Decision]) {
    let Some(Value::List(mounts)) = service.get_mut("volumes") else {
        return;
    };
    let stays = |decision: &Decision| !matches!(decision, Decision::Moves | Decision::Other);
    let staying = mounts.iter_mut().zip(decisions);
    let staying = staying.filter(|(_, decision)| stays(decision));
    for mount in staying.filter_map(|(mount, _)| mount.as_map_mut()) {
        let options = Map::from_iter([("create_host_path".to_owned(), Value::Bool(false))]);
        mount
            .entry("bind".to_owned())
            .or_insert(Value::Map(options));
    }
}

/// The mode of a config without one of its own.
const MODE: u32 = 0o444;

/// A config of a service. The mode and owner are written, since their defaults differ between
/// versions of Compose: 0444 or 0440, and root or the user of the image.
fn entry(name: String, target: &str, artifact: &Artifact) -> Value {
    let mut entry = Map::from_iter([
        ("source".to_owned(), Value::String(name)),
        ("target".to_owned(), literal(target)),
    ]);
    for owner in ["uid", "gid"] {
        entry.insert(owner.to_owned(), Value::from("0"));
    }
    let mode = artifact.mode.unwrap_or(MODE);
    entry.insert("mode".to_owned(), Value::Int(mode.into()));
    Value::Map(entry)
}

/// Removes the mounts that move, and adds the configs in their place.
fn replace_mounts(service: &mut Map, decisions: &[Decision], entries: Vec<Value>) {
    let place = service.get_index_of("volumes").unwrap_or(service.len());
    if let Some(Value::List(volumes)) = service.get_mut("volumes") {
        let mut decisions = decisions.iter();
        volumes.retain(|_| decisions.next() != Some(&Decision::Moves));
        if volumes.is_empty() {
            service.shift_remove("volumes");
        }
    }
    match service.get_mut("configs") {
        Some(Value::List(configs)) => configs.extend(entries),
        _ => drop(service.shift_insert(place, "configs".to_owned(), Value::List(entries))),
    }
}

/// The paths of a document that lead into a directory, each without what follows a colon.
fn paths_in(document: &Value, directory: &str) -> Vec<String> {
    let sections = document.as_map().into_iter().flat_map(Map::values);
    let parts = sections.flat_map(|section| match section {
        Value::Map(parts) => parts.values().collect(),
        whole => vec![whole],
    });
    let parts: Vec<&Value> = parts.collect();
    let paths = parallel::map(parts, |part| {
        let mut paths = Vec::new();
        find_paths(part, directory, &mut paths);
        paths
    });
    paths.concat()
}

fn find_paths(value: &Value, directory: &str, paths: &mut Vec<String>) {
    match value {
        // To look for a sign is quick, and most texts are no path.
        Value::String(text) if text.contains('/') || !directory.contains('/') => {
            let text = match text.contains("$$") {
                true => Cow::Owned(text.replace("$$", "$")),
                false => Cow::Borrowed(text.as_str()),
            };
            if let Some(start) = text.find(directory) {
                let path = text[start..].split(':').next().unwrap_or_default();
                paths.push(path.trim_end_matches('/').to_owned());
            }
        }
        Value::List(items) => {
            for item in items {
                find_paths(item, directory, paths);
            }
        }
        Value::Map(map) => {
            for item in map.values() {
                find_paths(item, directory, paths);
            }
        }
        _ => {}
    }
}
