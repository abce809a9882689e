//! One side of a comparison: what a run describes, object by object.

use std::collections::{BTreeMap, BTreeSet};

use score_rs::base::document::Artifact;
use score_rs::base::value::{Map, Value};

use super::case::{Case, Tool};
use super::ours::Given;
use super::run::{Compiled, MOUNTS};

/// The parts of a Compose file that hold named things.
pub const PARTS: [&str; 4] = ["services", "networks", "volumes", "models"];

/// What a run describes.
#[derive(Debug, Clone)]
pub struct Side {
    /// Each object under its identity: API version, kind, namespace and name, or a Compose part and the name in it.
    pub objects: BTreeMap<String, Value>,
    /// Compose: the files that services mount, by their paths below the mounts directory.
    pub files: BTreeMap<String, String>,
    /// Compose: how the file names the mounts directory.
    pub mounts: String,
    /// Compose: the services of resources without outputs, such as routes, which serve workloads to others.
    pub serving: BTreeSet<String>,
}

impl Side {
    /// What score-rs describes.
    pub fn ours(case: &Case, compiled: &Compiled, given: &[Given]) -> Side {
        let files = compiled.artifacts.iter().filter_map(file).collect();
        let serving = given.iter().filter(|own| own.has_no_outputs()).flat_map(Given::services).collect();
        Side { objects: objects(case.tool, &compiled.documents), files, mounts: MOUNTS.to_owned(), serving }
    }

    /// What our definitions give for the resources alone. A later description of a part is the one that counts.
    pub fn given(case: &Case, given: &[Given]) -> Side {
        let parts = given.iter().flat_map(|own| own.objects(case.tool));
        let files = given.iter().flat_map(Given::files);
        Side { objects: parts.collect(), files: files.collect(), mounts: MOUNTS.to_owned(), serving: BTreeSet::new() }
    }

    /// What the Go tool described.
    pub fn theirs(case: &Case) -> Side {
        let mounts = case.state().mounts.unwrap_or_default();
        Side { objects: objects(case.tool, &case.expected()), files: case.mounts(), mounts, serving: BTreeSet::new() }
    }
}

/// A file below the mounts directory of a run, which [`super::run`] calls `mounts`.
fn file(artifact: &Artifact) -> Option<(String, String)> {
    let path = artifact.path.strip_prefix("mounts/")?.to_owned();
    Some((path, String::from_utf8_lossy(artifact.content.as_ref()?).into_owned()))
}

/// The objects of all documents; two of one identity would be a mistake of either tool.
pub fn objects(tool: Tool, documents: &[Value]) -> BTreeMap<String, Value> {
    let named: Vec<(String, Value)> = match tool {
        Tool::Kubernetes => documents.iter().map(|document| (identity(document), document.clone())).collect(),
        Tool::Compose => documents.iter().flat_map(parts).collect(),
    };
    let count = named.len();
    let objects: BTreeMap<_, _> = named.into_iter().collect();
    assert_eq!(objects.len(), count, "an identity is there twice: {:?}", objects.keys());
    objects
}

/// The identity of a Kubernetes object.
pub fn identity(object: &Value) -> String {
    let parts = [&["apiVersion"][..], &["kind"], &["metadata", "namespace"], &["metadata", "name"]];
    parts.map(|path| text_at(object, path)).into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join(" ")
}

fn parts(document: &Value) -> Vec<(String, Value)> {
    let mut found = Vec::new();
    for (key, value) in document.as_map().into_iter().flatten() {
        match value {
            Value::Map(entries) if PARTS.contains(&key.as_str()) => {
                found.extend(entries.iter().map(|(name, part)| (format!("{key} {name}"), part.clone())));
            }
            other => found.push((key.clone(), other.clone())),
        }
    }
    found
}

/// What stands at a path.
pub fn at<'a>(value: &'a Value, path: &[&str]) -> Option<&'a Value> {
    path.iter().try_fold(value, |value, key| value.get(key))
}

/// The text at a path; empty where there is none.
pub fn text_at(value: &Value, path: &[&str]) -> String {
    at(value, path).map(Value::to_text).unwrap_or_default()
}

/// The mapping at a path, to change.
pub fn map_at<'a>(value: &'a mut Value, path: &[&str]) -> Option<&'a mut Map> {
    let found = path.iter().try_fold(value, |value, key| value.as_map_mut()?.get_mut(*key));
    found.and_then(Value::as_map_mut)
}

/// The items of the list at a path, to change.
pub fn list_at<'a>(value: &'a mut Value, path: &[&str]) -> Option<&'a mut Vec<Value>> {
    match path.iter().try_fold(value, |value, key| value.as_map_mut()?.get_mut(*key)) {
        Some(Value::List(items)) => Some(items),
        _ => None,
    }
}
