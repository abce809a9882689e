//! ConfigMap, Secret and Namespace.

use super::forms;
use super::shape::{Check, EMPTY, KindRules, Shape, text, value};
use crate::support::faults::Faults;
use crate::targets::kubernetes::files::LARGEST;
use yaml::Node;

pub(super) const KINDS: &[KindRules] = &[
    ("v1", "ConfigMap", &forms::DNS_NAME, &CONFIG_MAP),
    ("v1", "Secret", &forms::DNS_NAME, &SECRET),
    ("v1", "Namespace", &forms::DNS_LABEL, &NAMESPACE),
];

static CONFIG_MAP: Shape = Shape {
    fields: &[("data", DATA), ("binaryData", DATA)],
    also: &[keys_differ, |node, faults| {
        fits(node, "data", "binaryData", faults);
    }],
    ..EMPTY
};

static SECRET: Shape = Shape {
    fields: &[("data", DATA), ("stringData", DATA)],
    also: &[has_keys_of_type, |node, faults| {
        fits(node, "stringData", "data", faults);
    }],
    ..EMPTY
};

static NAMESPACE: Shape = EMPTY;

const DATA: Check = Check::Keys(&forms::DATA_KEY);

fn keys_differ(node: &Node, faults: &mut Faults) {
    let binary = value(node, "binaryData").and_then(Node::as_map);
    faults.field(node, "data", |data, faults| {
        for (key, entry) in data.as_map().into_iter().flatten() {
            if binary.is_some_and(|binary| binary.contains_key(key)) {
                faults.add(
                    entry.key,
                    format!("has the key `{key}`, as has `binaryData`"),
                );
            }
        }
    });
}

/// Adds a fault where the content is too large. That of `encoded` is base64, with 4 characters for 3
/// bytes.
fn fits(node: &Node, plain: &str, encoded: &str, faults: &mut Faults) {
    let length = |key: &str| -> usize {
        let entries = value(node, key).and_then(Node::as_map);
        let texts = entries.into_iter().flatten();
        texts
            .filter_map(|(_, entry)| entry.value.as_str())
            .map(str::len)
            .sum()
    };
    if length(plain) + length(encoded) / 4 * 3 > LARGEST {
        faults.within("data", |faults| {
            faults.add(
                node.span,
                "is above 1 MiB, the most that the API server stores",
            );
        });
    }
}

/// A Secret of a well-known type has the keys that its readers need.
fn has_keys_of_type(node: &Node, faults: &mut Faults) {
    let has = |key: &str| {
        ["data", "stringData"]
            .iter()
            .filter_map(|data| value(node, data)?.as_map())
            .any(|entries| entries.contains_key(key))
    };
    let keys: &[&str] = match text(node, "type") {
        Some("kubernetes.io/tls") => &["tls.crt", "tls.key"],
        Some("kubernetes.io/dockerconfigjson") => &[".dockerconfigjson"],
        Some("kubernetes.io/dockercfg") => &[".dockercfg"],
        Some("kubernetes.io/ssh-auth") => &["ssh-privatekey"],
        Some("kubernetes.io/basic-auth") if !has("username") => &["password"],
        _ => &[],
    };
    for key in keys.iter().filter(|key| !has(key)) {
        let place = value(node, "type").unwrap_or(node).span;
        faults.within("type", |faults| {
            faults.add(
                place,
                format!("needs the key `{key}` in `data` or `stringData`"),
            );
        });
    }
}
