//! The state file in YAML. `spec/state.md` describes it.

use std::collections::BTreeMap;

use crate::project::format_version::check_version;
use compiler::identity::PersistedNames;
use compiler::parse;
use compiler::provision::State;
use diagnostics::report::Report;
use diagnostics::source::{SourceId, Sources};
use diagnostics::value::{Map, Value};
use yaml::write::write_yaml;
use yaml::{self, Node, reader};

rules! {
    /// The stored state has the format of a later version of score-rs.
    pub UNSUPPORTED_STATE_VERSION: "unsupported-state-version", Error;
}

/// Increased when an older version would misread a newer state.
const VERSION: i128 = 1;

const HEAD: &str = "# The state of score-rs; it may contain passwords. `score-rs resources prune` deletes unused entries.\n";

/// Reads the text of a state file; `None` after an error.
pub(super) fn read(sources: &Sources, source: SourceId, report: &mut Report) -> Option<State> {
    let mut local_report = Report::default();
    let documents = parse::yaml_documents(sources, source, &mut local_report);
    let mut state = State::default();
    if let Some(document) = documents.first().filter(|document| !document.is_null()) {
        read_document(document, &mut state, &mut local_report);
    }
    let is_valid = local_report.result().is_ok();
    report.merge(local_report);
    is_valid.then_some(state)
}

fn read_document(document: &Node, state: &mut State, report: &mut Report) {
    let Some(mut fields) = reader::fields(document, "the state", report) else {
        return;
    };
    if let Some(node) = fields.required("version", report) {
        check_version(node, "state", VERSION, &UNSUPPORTED_STATE_VERSION, report);
    }
    for (uid, node) in entries(fields.optional("resources", report), "`resources`", report) {
        read_resource(&uid, node, state, report);
    }
    for (name, node) in entries(fields.optional("workloads", report), "`workloads`", report) {
        read_workload(&name, node, &mut state.names, report);
    }
    state.shared = fields
        .entry("shared")
        .map(|entry| entry.value.to_value())
        .unwrap_or_default();
    fields.finish(|_| None, report);
}

fn entries<'node>(
    node: Option<&'node Node>,
    what: &str,
    report: &mut Report,
) -> Vec<(String, &'node Node)> {
    let list = node
        .map(|node| reader::named_entries(node, what, report))
        .unwrap_or_default();
    list.into_iter()
        .map(|(key, node)| (key.value, node))
        .collect()
}

fn read_resource(uid: &str, node: &Node, state: &mut State, report: &mut Report) {
    let Some(mut fields) = reader::fields(node, &format!("`{uid}`"), report) else {
        return;
    };
    let mut text = |key: &'static str, into: &mut BTreeMap<String, String>| {
        let text = fields
            .optional(key, report)
            .and_then(|node| reader::string(node, &format!("`{key}`"), report));
        into.extend(text.map(|text| (uid.to_owned(), text.value)));
    };
    text("provisioner", &mut state.provisioners);
    text("guid", &mut state.names.guids);
    text("sourceWorkload", &mut state.names.source_workloads);
    let value = fields.entry("state").map(|entry| entry.value.to_value());
    state
        .resources
        .extend(value.map(|value| (uid.to_owned(), value)));
    fields.finish(|_| None, report);
}

fn read_workload(name: &str, node: &Node, names: &mut PersistedNames, report: &mut Report) {
    let Some(mut fields) = reader::fields(node, &format!("the workload `{name}`"), report) else {
        return;
    };
    let suffix = fields.optional("instanceSuffix", report);
    let suffix = suffix.and_then(|node| reader::string(node, "`instanceSuffix`", report));
    names
        .instance_suffixes
        .extend(suffix.map(|suffix| (name.to_owned(), suffix.value)));
    let mut claims = BTreeMap::new();
    for (uid, node) in entries(fields.optional("claims", report), "`claims`", report) {
        let claim = reader::string(node, &format!("the claim of `{uid}`"), report);
        claims.extend(claim.map(|claim| (uid, claim.value)));
    }
    if !claims.is_empty() {
        names.claims.insert(name.to_owned(), claims);
    }
    fields.finish(|_| None, report);
}

/// The text of a state file.
pub(super) fn write(state: &State) -> String {
    let mut document = Map::new();
    document.insert("version".to_owned(), Value::Int(VERSION));
    let mut add = |key: &str, map: BTreeMap<String, Map>| {
        if !map.is_empty() {
            let map = map
                .into_iter()
                .map(|(key, entry)| (key, Value::Map(entry)))
                .collect();
            document.insert(key.to_owned(), Value::Map(map));
        }
    };
    add("resources", resources(state));
    add("workloads", workloads(&state.names));
    if state.shared != Value::Null {
        document.insert("shared".to_owned(), state.shared.clone());
    }
    format!("{HEAD}{}", write_yaml(&Value::Map(document)))
}

fn resources(state: &State) -> BTreeMap<String, Map> {
    let mut list: BTreeMap<String, Map> = BTreeMap::new();
    let names = [
        ("provisioner", &state.provisioners),
        ("guid", &state.names.guids),
        ("sourceWorkload", &state.names.source_workloads),
    ];
    for (key, texts) in names {
        for (uid, text) in texts {
            list.entry(uid.clone())
                .or_default()
                .insert(key.to_owned(), Value::from(text.as_str()));
        }
    }
    for (uid, value) in &state.resources {
        list.entry(uid.clone())
            .or_default()
            .insert("state".to_owned(), value.clone());
    }
    list
}

fn workloads(names: &PersistedNames) -> BTreeMap<String, Map> {
    let mut list: BTreeMap<String, Map> = BTreeMap::new();
    for (name, suffix) in &names.instance_suffixes {
        list.entry(name.clone())
            .or_default()
            .insert("instanceSuffix".to_owned(), Value::from(suffix.as_str()));
    }
    for (name, claims) in &names.claims {
        let claims = claims
            .iter()
            .map(|(uid, claim)| (uid.clone(), Value::from(claim.as_str())))
            .collect();
        list.entry(name.clone())
            .or_default()
            .insert("claims".to_owned(), Value::Map(claims));
    }
    list
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use yaml::samples::any_value;

    fn read_text(text: &str) -> (Option<State>, Vec<String>) {
        let mut sources = Sources::default();
        let id = sources.add("state.yaml", text);
        let mut report = Report::default();
        let state = read(&sources, id, &mut report);
        (
            state,
            report
                .in_order()
                .iter()
                .map(|one| format!("{}: {}", one.name(), one.message()))
                .collect(),
        )
    }

    fn texts() -> impl Strategy<Value = BTreeMap<String, String>> {
        proptest::collection::btree_map(".{1,12}", ".{0,12}", 0..4)
    }

    proptest! {
        #[test]
        fn a_written_state_reads_the_same(
            resources in proptest::collection::btree_map(".{1,12}", any_value(), 0..4),
            (provisioners, guids, source_workloads, instance_suffixes) in (texts(), texts(), texts(), texts()),
            claims in proptest::collection::btree_map("[a-z]{1,9}", proptest::collection::btree_map(".{1,9}", ".{0,9}", 1..3), 0..3),
            shared in any_value(),
        ) {
            let names = PersistedNames { guids, instance_suffixes, source_workloads, claims };
            let state = State { resources, provisioners, shared, names };
            prop_assert_eq!(read_text(&write(&state)), (Some(state), Vec::new()));
        }
    }

    #[test]
    fn invalid_states_are_reported() {
        assert_eq!(
            read_text("version: 2").1,
            [
                "unsupported-state-version: this state has version 2, but the latest supported version is 1"
            ]
        );
        assert_eq!(
            read_text("version: 1\nresource: {}").1,
            ["unknown-key: the state has no key `resource`"]
        );
        assert_eq!(
            read_text("version: 1\nresources: {a: {guid: 7}}").1,
            ["wrong-type: `guid` must be a string, this is a number"]
        );
        assert_eq!(read_text("").0, Some(State::default()));
        assert!(read_text("version: [").0.is_none());
    }
}
