//! A workload with every field of the language.

use std::collections::{BTreeMap, BTreeSet};

use proptest::prelude::*;
use proptest::sample::{Index, select};
use serde_json::{Map, Value, json};

use super::container::{Draft, container, present_entries};
use super::texts::{any_text, name, text};

/// Types with built-in definitions on both targets, and an output of each.
const BUILTIN: &[(&str, &str)] = &[
    ("amqp", "url"),
    ("dns", "host"),
    ("kafka-topic", "name"),
    ("mongodb", "connection"),
    ("mssql", "connection"),
    ("mysql", "password"),
    ("postgres", "url"),
    ("postgres-instance", "password"),
    ("redis", "url"),
    ("s3", "secret_key"),
];

/// A workload without the parts that depend on other workloads.
#[derive(Debug, Clone)]
pub struct Parts {
    pub containers: BTreeMap<String, Draft>,
    pub metadata: Map<String, Value>,
    pub ports: BTreeMap<String, Value>,
    pub resources: BTreeMap<String, Value>,
    pub kind: Option<&'static str>,
    /// The order in which the containers may wait for each other.
    pub order: Vec<Index>,
    pub route: bool,
}

pub fn parts() -> BoxedStrategy<Parts> {
    let kind = prop::option::of(select(&["Deployment", "StatefulSet", "Job", "CronJob"][..]));
    let resources = prop::collection::btree_map(name(), resource(), 0..4);
    let containers = prop::collection::btree_map(name(), container(), 1..4);
    (
        containers,
        metadata(),
        ports(),
        resources,
        kind,
        prop::collection::vec(any::<Index>(), 4),
        any::<bool>(),
    )
        .prop_map(
            |(containers, metadata, ports, resources, kind, order, route)| Parts {
                containers,
                metadata,
                ports,
                resources,
                kind,
                order,
                route,
            },
        )
        .boxed()
}

/// The metadata beside the name.
fn metadata() -> BoxedStrategy<Map<String, Value>> {
    let key = prop_oneof![
        "[A-Za-z0-9]([A-Za-z0-9_.-]{0,61}[A-Za-z0-9])?",
        "[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\\.example/[A-Za-z0-9]([A-Za-z0-9_.-]{0,61}[A-Za-z0-9])?",
        select(&["on", "1e3", "null", "0755", "team.example/owner"][..]).prop_map(str::to_owned),
    ];
    let annotations = prop::option::of(prop::collection::btree_map(key, any_text(), 0..4));
    let free = prop_oneof![
        any_text().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        Just(json!({"b": [null, 1.5]}))
    ];
    (annotations, any_text(), any_text(), free)
        .prop_map(|(annotations, extra, dotted, free)| {
            let annotations = annotations.map(|annotations| json!(annotations));
            present_entries([
                ("annotations", annotations),
                ("extra", Some(json!(extra))),
                ("a.b", Some(json!(dotted))),
                ("free", Some(free)),
            ])
        })
        .boxed()
}

fn ports() -> BoxedStrategy<BTreeMap<String, Value>> {
    let number = || prop_oneof![1..=65535_u16, select(&[1, 80, 8080, 65535_u16][..])];
    let protocol = prop::option::of(select(&["TCP", "UDP"][..]).prop_map(Value::from));
    let port =
        (number(), prop::option::of(number()), protocol).prop_map(|(port, target, protocol)| {
            let target = target.map(Value::from);
            Value::Object(present_entries([
                ("port", Some(json!(port))),
                ("targetPort", target),
                ("protocol", protocol),
            ]))
        });
    prop::collection::btree_map(name(), port, 0..5)
        .prop_map(|mut ports| {
            // Port and protocol must be unique.
            let mut seen = BTreeSet::new();
            ports.retain(|_, port| {
                seen.insert((
                    port["port"].to_string(),
                    port.get("protocol") == Some(&json!("UDP")),
                ))
            });
            ports
        })
        .boxed()
}

fn resource() -> BoxedStrategy<Value> {
    let class =
        prop::option::of(select(&["default", "on", "A--9", "1e3"][..]).prop_map(Value::from));
    let shared = prop::option::of(select(&["all", "a.b-c.9", "null"][..]).prop_map(Value::from));
    let builtin = (
        select(BUILTIN),
        class.clone(),
        shared.clone(),
        prop::option::of(any_text()),
    )
        .prop_map(|((kind, _), class, id, note)| {
            // Shared resources must have equal metadata.
            let metadata = if id.is_some() {
                None
            } else {
                note.map(|note| json!({ "note": note }))
            };
            let has_params = !["dns", "kafka-topic"].contains(&kind);
            let params = has_params.then(|| json!({ "storage": "3Gi" }));
            Value::Object(present_entries([
                ("type", Some(json!(kind))),
                ("class", class),
                ("id", id),
                ("metadata", metadata),
                ("params", params),
            ]))
        });
    let volume = (class, shared).prop_map(|(class, id)| {
        Value::Object(present_entries([
            ("type", Some(json!("volume"))),
            ("class", class),
            ("id", id),
        ]))
    });
    // Its outputs are its params as JSON. Go does not escape characters that are invalid in YAML.
    let is_invalid_in_yaml = |letter: char| {
        matches!(
            letter,
            '\u{7f}'..='\u{9f}' | '\u{feff}' | '\u{fffe}' | '\u{ffff}'
        )
    };
    let plain = text().prop_filter("not a valid output", move |text| {
        !text.contains(is_invalid_in_yaml)
            && !text.contains("${metadata.extra}")
            && !text.contains("${metadata.a")
    });
    let echo = (plain, any::<i32>()).prop_map(|(text, number)| {
        json!({ "type": "echo", "params": { "text": text, "number": number, "deep": { "b": [text], "a": null } } })
    });
    prop_oneof![2 => builtin, 2 => volume, 3 => echo].boxed()
}

/// The output of a resource that a variable references.
pub fn output(resource: &Value) -> Option<&'static str> {
    let kind = resource["type"].as_str().unwrap();
    if kind == "echo" {
        return Some("text");
    }
    BUILTIN
        .iter()
        .find(|(known, _)| *known == kind)
        .map(|(_, output)| *output)
}
