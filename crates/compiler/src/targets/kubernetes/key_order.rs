//! Typed objects as values, with keys in the order in which people write them.

use std::collections::BTreeMap;

use serde::Serialize;

use diagnostics::value::{Map, Value};

/// Keys that come first, in this order; all others follow by name.
#[rustfmt::skip]
const FIRST: &[&str] = &[
    // An object, and what runs a pod.
    "apiVersion", "kind", "metadata", "name", "namespace", "labels", "annotations", "type", "clusterIP", "schedule", "timeZone",
    "jobTemplate", "replicas", "serviceName", "selector", "strategy", "template", "spec", "accessModes", "storageClassName",
    // A pod, in the order in which its parts start, and a container.
    "enableServiceLinks", "initContainers", "containers", "volumes", "image", "restartPolicy", "command", "args", "env",
    // A file in a pod, and an HTTP probe.
    "secretName", "key", "path", "mode", "mountPath", "subPath", "readOnly",
    // A port, and the rest of a container.
    "port", "containerPort", "targetPort", "protocol", "scheme", "host", "httpHeaders",
    "ports", "resources", "requests", "limits", "startupProbe", "livenessProbe", "readinessProbe", "volumeMounts",
];

/// Labels that come first.
const FIRST_LABELS: &[&str] = &["app.kubernetes.io/name", "app.kubernetes.io/instance"];

/// Mappings whose keys the user chooses: `command` may be the name of a file.
const FREE: [&str; 7] = [
    "labels",
    "annotations",
    "matchLabels",
    "data",
    "binaryData",
    "limits",
    "requests",
];

/// A typed object as a value.
pub(super) fn value(object: &impl Serialize) -> Value {
    // The types of k8s-openapi have only string keys and finite numbers, so this cannot fail.
    let mut value = Value::from(serde_json::to_value(object).unwrap_or_default());
    order(&mut value, false);
    value
}

/// Labels in the order in which people write them.
pub(super) fn labels(labels: BTreeMap<String, String>) -> Map {
    let labels = labels.into_iter();
    let mut labels: Map = labels
        .map(|(label, value)| (label, Value::String(value)))
        .collect();
    sort(&mut labels, FIRST_LABELS);
    labels
}

fn order(value: &mut Value, free: bool) {
    match value {
        Value::List(items) => items.iter_mut().for_each(|item| order(item, false)),
        Value::Map(map) => {
            map.iter_mut()
                .for_each(|(key, item)| order(item, FREE.contains(&key.as_str())));
            sort(map, if free { FIRST_LABELS } else { FIRST });
        }
        _ => {}
    }
}

fn sort(map: &mut Map, first: &[&str]) {
    // A key with a rank needs no comparison by name.
    map.sort_by_cached_key(|key, _| match first.iter().position(|other| other == key) {
        Some(rank) => (rank, String::new()),
        None => (first.len(), key.clone()),
    });
}
