//! Typed objects as values, with keys in the order people write them.

use serde::Serialize;

use crate::base::value::{Map, Value};

/// Keys that come first, in this order; all others follow by name.
const FIRST: [&str; 27] = [
    "apiVersion",
    "kind",
    "metadata",
    "name",
    "namespace",
    "labels",
    "annotations",
    "type",
    "schedule",
    "timeZone",
    "jobTemplate",
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

/// A typed object as a value.
pub(super) fn value(object: &impl Serialize) -> Value {
    // The types of k8s-openapi have string keys and finite numbers only, which JSON can always say.
    let mut value = Value::from(serde_json::to_value(object).unwrap_or_default());
    order(&mut value, false);
    value
}

fn order(value: &mut Value, free: bool) {
    match value {
        Value::List(items) => items.iter_mut().for_each(|item| order(item, false)),
        Value::Map(map) => {
            map.iter_mut().for_each(|(key, item)| order(item, FREE.contains(&key.as_str())));
            if !free {
                sort(map);
            }
        }
        _ => {}
    }
}

fn sort(map: &mut Map) {
    let rank = |key: &str| FIRST.iter().position(|first| *first == key).unwrap_or(FIRST.len());
    map.sort_by(|left, _, right, _| rank(left).cmp(&rank(right)).then_with(|| left.cmp(right)));
}
