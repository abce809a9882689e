//! The `state.yaml` of the Go tools: what names and values of deployed objects depend on.

use std::collections::{BTreeMap, BTreeSet};

use sha2::{Digest, Sha256};

use compiler::identity::PersistedNames;
use compiler::parse;
use compiler::provision::State;
use diagnostics::hex;
use diagnostics::report::{Problem, Report};
use diagnostics::source::{SourceId, Sources};
use diagnostics::value::{Map, Value};

rules! {
    /// The `state.yaml` given to `score-rs import` was not written by `score-k8s` or
    /// `score-compose`.
    pub INVALID_IMPORT_STATE: "invalid-import-state", Error;
}

/// A Go tool.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Tool {
    /// `score-k8s`.
    Kubernetes,
    /// `score-compose`.
    Compose,
}

impl Tool {
    /// The name of the tool.
    pub fn name(self) -> &'static str {
        match self {
            Tool::Kubernetes => "score-k8s",
            Tool::Compose => "score-compose",
        }
    }

    /// The name of its target, which is also the default name of the imported environment.
    pub fn target(self) -> &'static str {
        match self {
            Tool::Kubernetes => "kubernetes",
            Tool::Compose => "compose",
        }
    }
}

/// The state of a Go tool.
#[derive(Debug)]
pub struct GoState {
    /// The tool that wrote it.
    pub tool: Tool,
    /// The state for score-rs.
    pub state: State,
    /// The Score files of its workloads.
    pub score_files: BTreeSet<String>,
    /// Compose: the name of the project.
    pub project: Option<String>,
    /// Compose: the directory of the files that services mount.
    pub mounts: Option<String>,
    /// The patch templates, in the order in which they are applied.
    pub patches: Vec<String>,
}

impl GoState {
    /// Reads the text of a `state.yaml`; `None` after an error.
    pub fn read(sources: &Sources, source: SourceId, report: &mut Report) -> Option<GoState> {
        let documents = report
            .collect(|report| parse::yaml_documents(sources, source, report))
            .ok()?;
        let document = documents.first()?;
        let value = document.to_value();
        if value.get("workloads").is_none() || value.get("resources").is_none() {
            let problem = Problem::new(
                &INVALID_IMPORT_STATE,
                "this is not a `state.yaml` of `score-k8s` or `score-compose`",
            );
            let help = "name the directory `.score-k8s` or `.score-compose` of a project";
            report.push(problem.at(document.span).help(help));
            return None;
        }
        // `from_value` ignores what it cannot read, so the schema is checked first.
        report
            .collect(|report| super::go_state_schema::check(document, report))
            .ok()?;
        Some(GoState::from_value(&value))
    }

    /// Only the state of `score-compose` has a project and a directory for mounts.
    fn from_value(document: &Value) -> GoState {
        let text = |key: &str| document.get(key).and_then(Value::as_str).map(str::to_owned);
        let resources = entries(document, "resources");
        let states = by_uid(&resources, "state");
        let mut provisioners = texts(&resources, "provisioner");
        provisioners.retain(|uid, _| states.contains_key(uid));
        let state = State {
            resources: states,
            provisioners,
            rotations: BTreeMap::new(),
            shared: document
                .get("shared_state")
                .cloned()
                .filter(|shared| *shared != Value::map())
                .unwrap_or_default(),
            names: PersistedNames {
                guids: texts(&resources, "guid"),
                instance_suffixes: instance_suffixes(document),
                source_workloads: source_workloads(&resources),
                claims: claims(document),
            },
        };
        let score_files = texts(&entries(document, "workloads"), "file")
            .into_values()
            .collect();
        let (project, mounts) = (text("compose_project"), text("mounts_directory"));
        let tool = if project.is_some() || mounts.is_some() {
            Tool::Compose
        } else {
            Tool::Kubernetes
        };
        let patches = document
            .get("patching_templates")
            .and_then(Value::as_list)
            .unwrap_or_default();
        let patches = patches
            .iter()
            .filter_map(Value::as_str)
            .map(str::to_owned)
            .collect();
        GoState {
            tool,
            state,
            score_files,
            project,
            mounts,
            patches,
        }
    }
}

fn entries(document: &Value, key: &str) -> Map {
    document
        .get(key)
        .and_then(Value::as_map)
        .cloned()
        .unwrap_or_default()
}

/// A value of each resource that is not empty.
fn by_uid(resources: &Map, key: &str) -> BTreeMap<String, Value> {
    resources
        .iter()
        .filter_map(|(uid, resource)| Some((uid.into(), resource.get(key)?.clone())))
        .filter(|(_, value)| *value != Value::Null && *value != Value::map())
        .collect()
}

fn texts(entries: &Map, key: &str) -> BTreeMap<String, String> {
    entries
        .iter()
        .filter_map(|(name, entry)| Some((name.into(), entry.get(key)?.as_str()?.to_owned())))
        .collect()
}

/// The source workloads of shared resources; any other resource has only one workload.
fn source_workloads(resources: &Map) -> BTreeMap<String, String> {
    let mut sources = texts(resources, "source_workload");
    sources.retain(|uid, source| {
        uid.split_once('#')
            .is_some_and(|(_, id)| !id.starts_with(&format!("{source}.")))
    });
    sources
}

/// The Go tool stores the suffix with a `-` before it.
fn instance_suffixes(document: &Value) -> BTreeMap<String, String> {
    let suffixes = texts(&entries(document, "workloads"), "instance_suffix");
    suffixes
        .into_iter()
        .map(|(name, suffix)| (name, suffix.trim_start_matches('-').to_owned()))
        .collect()
}

/// The volume claims of each workload by the uid of their resource. `score-k8s` 0.15 derives their
/// names from the mount path and does not store them.
fn claims(document: &Value) -> BTreeMap<String, BTreeMap<String, String>> {
    let resources = entries(document, "resources");
    let is_claim = |uid: &str| {
        resources
            .get(uid)
            .and_then(|resource| resource.get("outputs")?.get("claimSpec"))
            .is_some()
    };
    let mut claims: BTreeMap<String, BTreeMap<String, String>> = BTreeMap::new();
    for (workload, entry) in entries(document, "workloads") {
        let spec = entry.get("spec").cloned().unwrap_or_default();
        for (target, source) in mounts(&spec) {
            let uid = uid(&workload, &source, &spec);
            if is_claim(&uid) {
                claims
                    .entry(workload.clone().into())
                    .or_default()
                    .entry(uid)
                    .or_insert_with(|| claim(&target));
            }
        }
    }
    claims
}

/// The mounted volumes: the mount path and the name of the resource.
fn mounts(spec: &Value) -> Vec<(String, String)> {
    let containers = entries(spec, "containers");
    let volumes = containers
        .values()
        .flat_map(|container| entries(container, "volumes"));
    let source = |volume: &Value| Some(volume.get("source")?.as_str()?.to_owned());
    let mounts = volumes.filter_map(|(target, volume)| Some((target, source(&volume)?)));
    mounts
        .map(|(target, source)| (target.into(), resource_name(&source).to_owned()))
        .collect()
}

fn resource_name(source: &str) -> &str {
    source
        .strip_prefix("${resources.")
        .and_then(|rest| rest.strip_suffix('}'))
        .unwrap_or(source)
}

fn uid(workload: &str, name: &str, spec: &Value) -> String {
    let resource = spec
        .get("resources")
        .and_then(|resources| resources.get(name));
    let text_or = |key: &str, default: String| {
        let text = resource
            .and_then(|resource| resource.get(key)?.as_str())
            .filter(|text| !text.is_empty());
        text.map_or(default, str::to_owned)
    };
    let id = text_or("id", format!("{workload}.{name}"));
    format!(
        "{}.{}#{id}",
        text_or("type", String::new()),
        text_or("class", "default".to_owned())
    )
}

fn claim(target: &str) -> String {
    let hash = Sha256::digest(target);
    format!("vol-{}", hex::encode(&hash[..5]))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// In the form of `score-k8s` 0.15.
    const STATE: &str = r#"
workloads:
  store:
    spec:
      containers: {main: {volumes: {/data: {source: "${resources.disk}"}}}}
      resources: {disk: {type: volume}, token: {type: token, id: shared}}
    file: score.yaml
    instance_suffix: "-0123456789"
resources:
  volume.default#store.disk: {guid: one, source_workload: store, state: {}, outputs: {claimSpec: {}}}
  token.default#shared: {guid: two, source_workload: store, provisioner: template://a, state: {value: old}, outputs: {}}
shared_state: {seen: 4}
patching_templates: [a, b]
"#;

    fn read(text: &str) -> (Option<GoState>, usize) {
        let mut sources = Sources::default();
        let id = sources.add("state.yaml", text);
        let mut report = Report::default();
        let state = GoState::read(&sources, id, &mut report);
        (state, report.in_order().len())
    }

    #[test]
    fn all_parts_are_read() {
        let go_state = read(STATE).0.unwrap();
        assert_eq!(
            (go_state.tool, go_state.project, go_state.mounts),
            (Tool::Kubernetes, None, None)
        );
        assert_eq!((go_state.score_files.len(), go_state.patches.len()), (1, 2));
        let State {
            resources,
            provisioners,
            shared,
            names,
            ..
        } = go_state.state;
        assert_eq!(
            resources["token.default#shared"].to_json(),
            r#"{"value":"old"}"#
        );
        assert_eq!(
            (resources.len(), provisioners.len(), shared.to_json()),
            (1, 1, r#"{"seen":4}"#.to_owned())
        );
        assert_eq!((names.guids.len(), names.source_workloads.len()), (2, 1));
        assert_eq!(names.instance_suffixes["store"], "0123456789");
        assert_eq!(
            names.claims["store"]["volume.default#store.disk"],
            "vol-bd47413b5c"
        );
    }

    #[test]
    fn invalid_states_are_reported() {
        for text in ["a: b", "[1]", "a: [", "workloads: {}"] {
            let (state, problems) = read(text);
            assert!(state.is_none() && problems == 1, "{text}");
        }
        assert!(read("").0.is_none());
    }
}
