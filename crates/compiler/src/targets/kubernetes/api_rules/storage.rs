//! Claims of volumes, and storage classes.

use super::containers::RESOURCES;
use super::forms;
use super::metadata::OBJECT_META;
use super::shape::{Check, EMPTY, KindRules, Shape, items, value, with_spec};
use crate::support::faults::Faults;
use crate::support::quantity::Amount;
use yaml::Node;

pub(super) const KINDS: &[KindRules] = &[
    ("v1", "PersistentVolumeClaim", &forms::DNS_NAME, &CLAIM),
    (
        "storage.k8s.io/v1",
        "StorageClass",
        &forms::DNS_NAME,
        &STORAGE_CLASS,
    ),
];

/// The access modes of Kubernetes (`PersistentVolumeClaimSpec.accessModes`).
const ACCESS_MODES: [&str; 4] = [
    "ReadWriteOnce",
    "ReadOnlyMany",
    "ReadWriteMany",
    "ReadWriteOncePod",
];

with_spec! {
    CLAIM: CLAIM_SPEC;
}

/// A claim template of a StatefulSet.
pub(super) static CLAIM_TEMPLATE: Shape = Shape {
    required: &["spec"],
    fields: &[
        ("metadata", Check::Shape(&CLAIM_TEMPLATE_META)),
        ("metadata", Check::Shape(&OBJECT_META)),
        ("spec", Check::Shape(&CLAIM_SPEC)),
    ],
    ..EMPTY
};

static CLAIM_TEMPLATE_META: Shape = Shape {
    required: &["name"],
    fields: &[("name", Check::Form(&forms::DNS_LABEL))],
    ..EMPTY
};

static CLAIM_SPEC: Shape = Shape {
    required: &["accessModes", "resources"],
    fields: &[
        ("accessModes", Check::Each(&Check::Word(&ACCESS_MODES))),
        ("resources", Check::Shape(&RESOURCES)),
        ("resources", Check::By(requests_storage)),
        ("storageClassName", Check::Form(&forms::DNS_NAME)),
        ("volumeMode", Check::Word(&["Filesystem", "Block"])),
    ],
    also: &[|node, faults| {
        let modes = items(node, "accessModes");
        let alone = |mode: &Node| mode.as_str() == Some("ReadWriteOncePod");
        if modes.len() > 1 && modes.iter().any(alone) {
            faults.field(node, "accessModes", |node, faults| {
                faults.add(
                    node.span,
                    "cannot have another mode beside `ReadWriteOncePod`",
                );
            });
        }
    }],
};

fn requests_storage(resources: &Node, faults: &mut Faults) {
    let storage = value(resources, "requests").and_then(|requests| value(requests, "storage"));
    let place = storage.unwrap_or(resources).span;
    faults.within("requests.storage", |faults| match storage {
        None => faults.add(place, "is missing"),
        Some(storage) => {
            let amount = Amount::parse(&storage.to_value().to_text());
            if amount.is_some_and(Amount::is_zero) {
                faults.add(place, "has to be above 0");
            }
        }
    });
}

static STORAGE_CLASS: Shape = Shape {
    required: &["provisioner"],
    fields: &[
        ("provisioner", Check::Form(&forms::ANNOTATION_KEY)),
        ("reclaimPolicy", Check::Word(&["Delete", "Retain"])),
        (
            "volumeBindingMode",
            Check::Word(&["Immediate", "WaitForFirstConsumer"]),
        ),
    ],
    ..EMPTY
};
