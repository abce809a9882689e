//! The `state.yaml` of the Go tools, as `score-rs import` reads it, and the outputs that it does
//! not need.

use std::collections::{BTreeMap, BTreeSet};

use compiler::provision::State;
use diagnostics::report::Report;
use diagnostics::source::Sources;
use diagnostics::value::Value;
use score_rs::project::import;

use super::yaml;

/// The state that a Go tool stored after a run.
pub struct GoState {
    /// The imported state.
    pub state: State,
    /// The Score files of the workloads.
    pub score_files: BTreeSet<String>,
    /// The outputs of each resource, by uid; the Go tools do not store those of `environment`.
    pub outputs: BTreeMap<String, Value>,
    /// Compose: the name of the project.
    pub project: Option<String>,
    /// Compose: the directory of mounted files.
    pub mounts: Option<String>,
}

impl GoState {
    pub fn read(text: &str) -> GoState {
        let mut sources = Sources::default();
        let id = sources.add("state.yaml", text);
        let mut report = Report::default();
        let recorded =
            import::GoState::read(&sources, id, &mut report).expect("a state of a Go tool");
        let resources = yaml(text)[0]
            .get("resources")
            .and_then(Value::as_map)
            .cloned()
            .unwrap_or_default();
        let outputs = resources
            .iter()
            .filter_map(|(uid, resource)| Some((uid.into(), resource.get("outputs")?.clone())));
        let import::GoState {
            state,
            score_files,
            project,
            mounts,
            ..
        } = recorded;
        GoState {
            state,
            score_files,
            outputs: outputs.collect(),
            project,
            mounts,
        }
    }
}
