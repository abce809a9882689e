//! The `state.yaml` of the Go tools, as far as it names or remembers anything.

use std::collections::{BTreeMap, BTreeSet};

use score_rs::base::value::{Map, Value};
use score_rs::middle::identity::KeptNames;
use score_rs::middle::provision::State;
use sha2::{Digest, Sha256};

use super::side::{at, text_at};

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
            provisioners: BTreeMap::new(),
            shared: document.get("shared_state").cloned().unwrap_or_default(),
            names: KeptNames {
                guids: texts(&resources, "guid"),
                instance_suffixes: instance_suffixes(document),
                source_workloads: texts(&resources, "source_workload"),
                claims: claims(document),
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

/// The volume claims of each workload by the uid of their resource. `score-k8s` 0.15 names them after the path at which the
/// volume is mounted and keeps no record of it.
fn claims(document: &Value) -> BTreeMap<String, BTreeMap<String, String>> {
    let resources = entries(document, "resources");
    let is_claim = |uid: &str| resources.get(uid).is_some_and(|own| at(own, &["outputs", "claimSpec"]).is_some());
    let mut claims: BTreeMap<String, BTreeMap<String, String>> = BTreeMap::new();
    for (workload, own) in entries(document, "workloads") {
        let spec = own.get("spec").cloned().unwrap_or_default();
        for (target, source) in mounts(&spec) {
            let uid = uid(&workload, &source, &spec);
            if is_claim(&uid) {
                claims.entry(workload.clone()).or_default().entry(uid).or_insert_with(|| claim(&target));
            }
        }
    }
    claims
}

/// The mounted volumes: where, and the name of the resource.
fn mounts(spec: &Value) -> Vec<(String, String)> {
    let containers = entries(spec, "containers");
    let volumes = containers.values().flat_map(|container| entries(container, "volumes"));
    let resource = |source: &str| source.trim_start_matches("${resources.").trim_end_matches('}').to_owned();
    volumes.map(|(target, volume)| (target, resource(&text_at(&volume, &["source"])))).collect()
}

fn uid(workload: &str, name: &str, spec: &Value) -> String {
    let given = |key: &str, otherwise: &str| match text_at(spec, &["resources", name, key]) {
        text if text.is_empty() => otherwise.to_owned(),
        text => text,
    };
    format!("{}.{}#{}", given("type", ""), given("class", "default"), given("id", &format!("{workload}.{name}")))
}

fn claim(target: &str) -> String {
    let hash = Sha256::digest(target);
    hash[..5].iter().fold("vol-".to_owned(), |name, byte| format!("{name}{byte:02x}"))
}
