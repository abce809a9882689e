//! Typed objects as values, with keys in the order in which people write them.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use serde::Serialize;

use crate::support::places::Step;

use diagnostics::value::{Map, Value};

/// Keys that come first, in this order; all others follow by name.
#[rustfmt::skip]
const FIRST: &[&str] = &[
    // An object, and what scales or spreads pods, or protects them.
    "apiVersion", "kind", "metadata", "name", "namespace", "alert", "expr", "for", "labels", "annotations", "scaleTargetRef", "minReplicas", "maxReplicas",
    "maxSkew", "topologyKey", "whenUnsatisfiable", "maxUnavailable", "namespaceSelector", "podSelector", "policyTypes",
    "ingress", "egress", "from", "to",
    // What runs a pod.
    "type", "clusterIP", "schedule", "timeZone", "jobTemplate", "replicas", "serviceName", "selector", "strategy", "template", "spec", "accessModes", "storageClassName",
    // A pod, in the order in which its parts start, and a container.
    "serviceAccountName", "imagePullSecrets", "terminationGracePeriodSeconds", "enableServiceLinks", "initContainers", "containers", "volumes", "image", "restartPolicy", "command", "args", "env",
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
    sort(&mut labels, &LABEL_RANKS);
    labels
}

/// The ranks of the keys that come first.
type Ranks = BTreeMap<&'static str, usize>;

static RANKS: LazyLock<Ranks> = LazyLock::new(|| ranks(FIRST));
static LABEL_RANKS: LazyLock<Ranks> = LazyLock::new(|| ranks(FIRST_LABELS));

fn ranks(first: &[&'static str]) -> Ranks {
    let ranked = first.iter().enumerate();
    ranked.map(|(rank, key)| (*key, rank)).collect()
}

/// The index that a new key gets in a mapping under `parent`: the usual one where the other keys
/// are in their order, else the last.
pub(super) fn index(parent: Option<&Step>, map: &Map, key: &str) -> usize {
    let is_free = matches!(parent, Some(Step::Key(parent)) if FREE.contains(&parent.as_str()));
    let ranks = if is_free { &LABEL_RANKS } else { &RANKS };
    let place = position(ranks, key);
    match map.keys().is_sorted_by_key(|key| position(ranks, key)) {
        true => map
            .keys()
            .filter(|other| position(ranks, other) < place)
            .count(),
        false => map.len(),
    }
}

fn order(value: &mut Value, free: bool) {
    match value {
        Value::List(items) => items.iter_mut().for_each(|item| order(item, false)),
        Value::Map(map) => {
            map.iter_mut()
                .for_each(|(key, item)| order(item, FREE.contains(&key.as_str())));
            sort(map, if free { &LABEL_RANKS } else { &RANKS });
        }
        _ => {}
    }
}

fn sort(map: &mut Map, ranks: &Ranks) {
    map.sort_keys();
    map.sort_by_cached_key(|key, _| position(ranks, key).0);
}

/// What a key is sorted by. One with a rank needs no comparison by name.
fn position<'k>(ranks: &Ranks, key: &'k str) -> (usize, &'k str) {
    match ranks.get(key) {
        Some(rank) => (*rank, ""),
        None => (ranks.len(), key),
    }
}
