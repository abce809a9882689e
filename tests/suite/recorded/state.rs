//! The `state.yaml` of the Go tools, as far as it names or remembers anything.

use std::collections::{BTreeMap, BTreeSet};

use score_rs::base::value::{Map, Value};
use score_rs::middle::identity::KeptNames;
use score_rs::middle::provision::State;

/// What a Go tool kept of a run.
pub struct Recorded {
    /// What is carried into our run.
    pub state: State,
    /// The Score files of its workloads, each once.
    pub score_files: BTreeSet<String>,
    /// The outputs of each resource, by uid; those of the `environment` are not kept.
    pub outputs: BTreeMap<String, Value>,
    /// Compose: the name of the project.
    pub project: Option<String>,
    /// Compose: where the tool wrote the files that services mount.
    pub mounts: Option<String>,
}

impl Recorded {
    pub fn read(document: &Value) -> Recorded {
        let text = |key: &str| document.get(key).and_then(Value::as_str).map(str::to_owned);
        let resources = entries(document, "resources");
        let state = State {
            resources: by_uid(&resources, "state"),
            shared: document.get("shared_state").cloned().unwrap_or_default(),
            names: KeptNames {
                guids: texts(&resources, "guid"),
                instance_suffixes: instance_suffixes(document),
                claims: BTreeMap::new(),
            },
        };
        let outputs = by_uid(&resources, "outputs");
        let score_files = texts(&entries(document, "workloads"), "file").into_values().collect();
        Recorded { state, score_files, outputs, project: text("compose_project"), mounts: text("mounts_directory") }
    }
}

fn entries(document: &Value, key: &str) -> Map {
    document.get(key).and_then(Value::as_map).cloned().unwrap_or_default()
}

fn by_uid(resources: &Map, key: &str) -> BTreeMap<String, Value> {
    resources.iter().filter_map(|(uid, own)| Some((uid.clone(), own.get(key)?.clone()))).collect()
}

fn texts(entries: &Map, key: &str) -> BTreeMap<String, String> {
    entries.iter().filter_map(|(name, own)| Some((name.clone(), own.get(key)?.as_str()?.to_owned()))).collect()
}

/// The Go tool keeps the `-` before the suffix with it.
fn instance_suffixes(document: &Value) -> BTreeMap<String, String> {
    let suffixes = texts(&entries(document, "workloads"), "instance_suffix");
    suffixes.into_iter().map(|(name, suffix)| (name, suffix.trim_start_matches('-').to_owned())).collect()
}
