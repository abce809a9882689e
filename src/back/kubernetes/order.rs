//! Typed objects as values, with keys in the order people write them.

use serde::Serialize;

use crate::base::value::{Map, Value};

/// Keys that come first, in this order; all others follow by name.
const FIRST: [&str; 24] = [
    "apiVersion",
    "kind",
    "metadata",
    "name",
    "namespace",
    "labels",
    "annotations",
    "type",
    "replicas",
    "serviceName",
    "selector",
    "template",
    "spec",
    "image",
    "restartPolicy",
    "command",
    "args",
    "env",
    "ports",
    "resources",
    "startupProbe",
    "livenessProbe",
    "readinessProbe",
    "volumeMounts",
];

/// Mappings whose keys are the user's own and stay in their order.
const FREE: [&str; 7] = ["labels", "annotations", "matchLabels", "data", "binaryData", "limits", "requests"];

/// A typed object as a value. Empty mappings that the type insists on are left out: they say nothing.
pub(super) fn value(object: &impl Serialize) -> Value {
    // The types of k8s-openapi have string keys and finite numbers only, which JSON can always say.
    let json = serde_json::to_value(object).unwrap_or_default();
    ordered(json, false)
}

fn ordered(json: serde_json::Value, free: bool) -> Value {
    match json {
        serde_json::Value::Null => Value::Null,
        serde_json::Value::Bool(flag) => Value::Bool(flag),
        serde_json::Value::Number(number) => match (number.as_i64(), number.as_u64()) {
            (Some(small), _) => Value::Int(i128::from(small)),
            (_, Some(large)) => Value::Int(i128::from(large)),
            _ => Value::Float(number.as_f64().unwrap_or_default()),
        },
        serde_json::Value::String(text) => Value::String(text),
        serde_json::Value::Array(items) => Value::List(items.into_iter().map(|item| ordered(item, false)).collect()),
        serde_json::Value::Object(entries) => Value::Map(ordered_map(entries, free)),
    }
}

fn ordered_map(entries: serde_json::Map<String, serde_json::Value>, free: bool) -> Map {
    let mut map: Map = entries
        .into_iter()
        .map(|(key, item)| {
            let free = FREE.contains(&key.as_str());
            (key, ordered(item, free))
        })
        .collect();
    if !free {
        let rank = |key: &str| FIRST.iter().position(|first| *first == key).unwrap_or(FIRST.len());
        map.sort_by(|left, _, right, _| rank(left).cmp(&rank(right)).then_with(|| left.cmp(right)));
    }
    map
}
