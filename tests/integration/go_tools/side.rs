//! One side of a comparison: the output of a run, object by object.

use std::collections::{BTreeMap, BTreeSet};

use compiler::support::document::Artifact;
use diagnostics::value::{Map, Value};

use super::case::{Case, Tool};
use super::ours::ResourceOutput;
use super::run::{Compiled, MOUNTS};

/// The sections of a Compose file with named parts.
pub const PARTS: [&str; 4] = ["services", "networks", "volumes", "models"];

/// The output of a run.
#[derive(Debug, Clone)]
pub struct Side {
    /// The objects by identity: API version, kind, namespace and name, or Compose section and name.
    pub objects: BTreeMap<String, Value>,
    /// Compose: the mounted files, by path in the mounts directory.
    pub files: BTreeMap<String, String>,
    /// Compose: the contents of the configs, by name.
    pub configs: BTreeMap<String, String>,
    /// Compose: the path of the mounts directory in the file.
    pub mounts: String,
    /// Compose: the services of resources without outputs, such as routes.
    pub serving: BTreeSet<String>,
}

impl Side {
    /// The output of score-rs.
    pub fn ours(case: &Case, compiled: &Compiled, resources: &[ResourceOutput]) -> Side {
        let files = compiled.artifacts.iter().filter_map(file).collect();
        let serving = resources
            .iter()
            .filter(|resource| resource.has_no_outputs())
            .flat_map(ResourceOutput::services)
            .collect();
        Side {
            objects: objects(case.tool, &compiled.documents),
            files,
            configs: compiled.documents.iter().flat_map(configs).collect(),
            mounts: MOUNTS.to_owned(),
            serving,
        }
    }

    /// The parts of the resources alone. Of two parts with one identity the later one counts.
    pub fn of_resources(case: &Case, resources: &[ResourceOutput]) -> Side {
        let parts = resources
            .iter()
            .flat_map(|resource| resource.objects(case.tool));
        let files = resources.iter().flat_map(ResourceOutput::files);
        Side {
            objects: parts.collect(),
            files: files.collect(),
            configs: BTreeMap::new(),
            mounts: MOUNTS.to_owned(),
            serving: BTreeSet::new(),
        }
    }

    /// The output of the Go tool.
    pub fn theirs(case: &Case) -> Side {
        let mounts = case.state().mounts.unwrap_or_default();
        Side {
            objects: objects(case.tool, &case.expected()),
            files: case.mounts(),
            configs: BTreeMap::new(),
            mounts,
            serving: BTreeSet::new(),
        }
    }
}

/// A file in the mounts directory, which [`super::run`] calls `mounts`.
fn file(artifact: &Artifact) -> Option<(String, String)> {
    let path = artifact.path.strip_prefix("mounts/")?.to_owned();
    Some((
        path,
        String::from_utf8_lossy(artifact.content.as_ref()?).into_owned(),
    ))
}

/// The contents of the configs of a Compose file, as a container sees them.
fn configs(document: &Value) -> Vec<(String, String)> {
    let configs = document.get("configs").and_then(Value::as_map);
    let configs = configs.into_iter().flatten();
    configs
        .map(|(name, config)| {
            let content = config.get("content").map(Value::to_text);
            (name.into(), content.unwrap_or_default().replace("$$", "$"))
        })
        .collect()
}

/// The objects of all documents. Identities must be unique.
pub fn objects(tool: Tool, documents: &[Value]) -> BTreeMap<String, Value> {
    let named: Vec<(String, Value)> = match tool {
        Tool::Kubernetes => documents
            .iter()
            .map(|document| (identity(document), document.clone()))
            .collect(),
        Tool::Compose => documents.iter().flat_map(parts).collect(),
    };
    let count = named.len();
    let objects: BTreeMap<_, _> = named.into_iter().collect();
    assert_eq!(
        objects.len(),
        count,
        "duplicate identity: {:?}",
        objects.keys()
    );
    objects
}

/// The identity of a Kubernetes object.
pub fn identity(object: &Value) -> String {
    let parts = [
        &["apiVersion"][..],
        &["kind"],
        &["metadata", "namespace"],
        &["metadata", "name"],
    ];
    parts
        .map(|path| text_at(object, path))
        .into_iter()
        .filter(|part| !part.is_empty())
        .collect::<Vec<_>>()
        .join(" ")
}

fn parts(document: &Value) -> Vec<(String, Value)> {
    let mut found = Vec::new();
    for (key, value) in document.as_map().into_iter().flatten() {
        match value {
            Value::Map(entries) if PARTS.contains(&key.as_str()) => {
                found.extend(
                    entries
                        .iter()
                        .map(|(name, part)| (format!("{key} {name}"), part.clone())),
                );
            }
            other => found.push((key.into(), other.clone())),
        }
    }
    found
}

/// The value at a path.
pub fn at<'a>(value: &'a Value, path: &[&str]) -> Option<&'a Value> {
    path.iter().try_fold(value, |value, key| value.get(key))
}

/// The text at a path, or an empty text.
pub fn text_at(value: &Value, path: &[&str]) -> String {
    at(value, path).map(Value::to_text).unwrap_or_default()
}

/// The mutable mapping at a path.
pub fn map_at<'a>(value: &'a mut Value, path: &[&str]) -> Option<&'a mut Map> {
    let found = path
        .iter()
        .try_fold(value, |value, key| value.as_map_mut()?.get_mut(*key));
    found.and_then(Value::as_map_mut)
}

/// The mutable list at a path.
pub fn list_at<'a>(value: &'a mut Value, path: &[&str]) -> Option<&'a mut Vec<Value>> {
    match path
        .iter()
        .try_fold(value, |value, key| value.as_map_mut()?.get_mut(*key))
    {
        Some(Value::List(items)) => Some(items),
        _ => None,
    }
}
