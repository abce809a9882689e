//! The state file in YAML. `spec/state.md` describes it.

use std::collections::BTreeMap;

use crate::project::checksum;
use crate::project::format_version::check_version;
use compiler::identity::PersistedNames;
use compiler::parse::{self, EMPTY_FILE};
use compiler::provision::State;
use diagnostics::report::{Problem, Report};
use diagnostics::source::{SourceId, Sources, Span};
use diagnostics::value::{Map, Value};
use yaml::rules::YAML_SYNTAX;
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
    match documents.first().filter(|document| !document.is_null()) {
        Some(document) => read_document(document, &mut state, &mut local_report),
        None if local_report.result().is_ok() => local_report.push(empty(source)),
        None => {}
    }
    if let Some(second) = documents.get(1) {
        let message = "a state is one document, and this is a second one";
        let problem = Problem::new(&YAML_SYNTAX, message).at(second.span);
        local_report.push(problem.help("restore the file from a backup"));
    }
    let is_valid = local_report.result().is_ok();
    report.merge(local_report);
    is_valid.then_some(state)
}

/// A state file that has lost its content.
fn empty(source: SourceId) -> Problem {
    let help =
        "restore it from a backup, or delete it if nothing runs that needs its passwords and names";
    Problem::new(&EMPTY_FILE, "this state file has no content")
        .at(Span::new(source, 0, 0))
        .help(help)
}

const RESTORE_HELP: &str =
    "restore the file from a backup, or delete this line if you edited the file and it is right";

fn read_document(document: &Node, state: &mut State, report: &mut Report) {
    let Some(mut fields) = reader::fields(document, "the state", report) else {
        return;
    };
    if let Some(node) = fields.required("version", report)
        && !check_version(node, "state", VERSION, &UNSUPPORTED_STATE_VERSION, report)
    {
        // Nothing is known about the rest.
        return;
    }
    checksum::check(&[], document, &mut fields, RESTORE_HELP, report);
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
    let rotation = fields
        .optional("rotation", report)
        .and_then(|node| reader::integer(node, "`rotation`", 1, i128::from(u32::MAX), report))
        .and_then(|count| u32::try_from(count).ok());
    state
        .rotations
        .extend(rotation.map(|count| (uid.to_owned(), count)));
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
    let document = checksum::with_checksum(&[], document);
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
    for (uid, count) in &state.rotations {
        list.entry(uid.clone())
            .or_default()
            .insert("rotation".to_owned(), Value::Int(i128::from(*count)));
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
            rotations in proptest::collection::btree_map(".{1,12}", 1_u32.., 0..3),
        ) {
            let names = PersistedNames { guids, instance_suffixes, source_workloads, claims };
            let state = State { resources, provisioners, rotations, shared, names };
            prop_assert_eq!(read_text(&write(&state)), (Some(state), Vec::new()));
        }
    }

    /// The text that a corruption of `text` leads to, by its description.
    fn corruptions(text: &str) -> Vec<(String, Vec<u8>)> {
        let bytes = text.as_bytes();
        let lines: Vec<&[u8]> = bytes.split_inclusive(|byte| *byte == b'\n').collect();
        let mut list = Vec::new();
        for end in 0..bytes.len() {
            list.push((format!("truncated at {end}"), bytes[..end].to_vec()));
            list.push((
                format!("zeros from {end}"),
                [&bytes[..end], &vec![0; bytes.len() - end][..]].concat(),
            ));
            for bit in 0..8 {
                let mut flipped = bytes.to_vec();
                flipped[end] ^= 1 << bit;
                list.push((format!("bit {bit} of byte {end} flipped"), flipped));
            }
        }
        for start in 0..lines.len() {
            for end in start + 1..=lines.len() {
                let rest = [lines[..start].concat(), lines[end..].concat()].concat();
                list.push((format!("lines {start}..{end} deleted"), rest));
            }
            for other in start + 1..lines.len() {
                let mut swapped = lines.clone();
                swapped.swap(start, other);
                list.push((
                    format!("lines {start} and {other} swapped"),
                    swapped.concat(),
                ));
            }
        }
        list
    }

    /// The corruptions that read as another state without an error.
    fn silent_changes(state: &State) -> Vec<String> {
        let is_silent = |corrupted: Vec<u8>| {
            let text = String::from_utf8(corrupted).ok();
            let read = text.and_then(|text| read_text(&text).0);
            read.is_some_and(|read| read != *state)
        };
        corruptions(&write(state))
            .into_iter()
            .filter(|(_, corrupted)| is_silent(corrupted.clone()))
            .map(|(corruption, _)| corruption)
            .collect()
    }

    #[test]
    fn corruption_is_reported_or_changes_nothing() {
        let text = "version: 1
resources:
  postgres.default#shop.db:
    provisioner: builtin://postgres
    state: {password: k3J9xQ, user: 'u 1', port: 5432, on: true}
  token.default#shop.token:
    guid: 7f0c
    state:
      value: |
        first
        second
      items: [1, 2.5, null]
workloads:
  shop:
    instanceSuffix: abc123
shared:
  seen: [a, b]
";
        let state = read_text(text).0.unwrap();
        assert_eq!(silent_changes(&state), Vec::<String>::new());
        // The check can fail: without a checksum many corruptions are not detected.
        let unprotected = text.replace("k3J9xQ", "k3J9xR");
        assert!(read_text(&unprotected).0.is_some_and(|read| read != state));
    }

    /// The checksum of such a number is that of the integer, so that `0.0` cut to `0` is no damage.
    fn has_whole_float(value: &Value) -> bool {
        match value {
            Value::Float(number) => number.fract() == 0.0,
            Value::List(items) => items.iter().any(has_whole_float),
            Value::Map(map) => map.values().any(has_whole_float),
            _ => false,
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(8))]
        #[test]
        fn corruption_of_any_state_is_reported(
            resources in proptest::collection::btree_map("[a-z#.]{1,6}", any_value(), 1..3),
        ) {
            prop_assume!(!resources.values().any(has_whole_float));
            let state = State { resources, ..State::default() };
            prop_assert_eq!(silent_changes(&state), Vec::<String>::new());
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
        for text in ["", "# Was\n", "---\n", "null\n"] {
            assert_eq!(
                read_text(text),
                (
                    None,
                    vec!["empty-file: this state file has no content".to_owned()]
                ),
                "{text}"
            );
        }
        let second = read_text("version: 1\n---\nversion: 1\n").1;
        assert_eq!(
            second,
            ["yaml-syntax: a state is one document, and this is a second one"]
        );
        let edited = "checksum: 0123456789abcdef\nversion: 1\n";
        assert_eq!(
            read_text(edited).1,
            ["checksum-mismatch: the content does not match this checksum"]
        );
        assert_eq!(
            read_text("version: 1").0,
            Some(State::default()),
            "people may write one without a checksum"
        );
        assert!(read_text("version: [").0.is_none());
    }
}
