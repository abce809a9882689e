//! Accounts, roles and their bindings.

use super::forms;
use super::shape::{Check, EMPTY, KindRules, Shape, items, text};
use crate::support::faults::Faults;
use yaml::Node;

pub(super) const KINDS: &[KindRules] = &[
    ("v1", "ServiceAccount", &forms::DNS_NAME, &SERVICE_ACCOUNT),
    (VERSION, "Role", &forms::PATH_SEGMENT, &ROLE),
    (VERSION, "ClusterRole", &forms::PATH_SEGMENT, &CLUSTER_ROLE),
    (VERSION, "RoleBinding", &forms::PATH_SEGMENT, &ROLE_BINDING),
    (
        VERSION,
        "ClusterRoleBinding",
        &forms::PATH_SEGMENT,
        &CLUSTER_ROLE_BINDING,
    ),
];

const VERSION: &str = "rbac.authorization.k8s.io/v1";

static SERVICE_ACCOUNT: Shape = EMPTY;

static ROLE: Shape = Shape {
    fields: &[
        ("rules", Check::Each(&Check::Shape(&POLICY_RULE))),
        ("rules", Check::Each(&Check::Shape(&NAMESPACED_RULE))),
    ],
    ..EMPTY
};

static CLUSTER_ROLE: Shape = Shape {
    fields: &[("rules", Check::Each(&Check::Shape(&POLICY_RULE)))],
    ..EMPTY
};

static POLICY_RULE: Shape = Shape {
    required: &["verbs"],
    also: &[|node, faults| {
        if items(node, "nonResourceURLs").is_empty() {
            faults.require(node, "apiGroups");
            faults.require(node, "resources");
        } else {
            faults.forbid(node, "resources", "beside `nonResourceURLs`");
        }
    }],
    ..EMPTY
};

static NAMESPACED_RULE: Shape = Shape {
    also: &[|node, faults| faults.forbid(node, "nonResourceURLs", "in a Role")],
    ..EMPTY
};

static ROLE_BINDING: Shape = Shape {
    required: &["roleRef"],
    fields: &[
        ("roleRef", Check::Shape(&ROLE_REF)),
        ("subjects", Check::Each(&Check::Shape(&SUBJECT))),
    ],
    ..EMPTY
};

static CLUSTER_ROLE_BINDING: Shape = Shape {
    required: &["roleRef"],
    fields: &[
        ("roleRef", Check::Shape(&CLUSTER_ROLE_REF)),
        ("subjects", Check::Each(&Check::Shape(&SUBJECT))),
        ("subjects", Check::Each(&Check::By(has_namespace))),
    ],
    ..EMPTY
};

static ROLE_REF: Shape = Shape {
    required: &["kind", "name"],
    fields: &[
        ("apiGroup", Check::Word(&["rbac.authorization.k8s.io"])),
        ("kind", Check::Word(&["Role", "ClusterRole"])),
        ("name", Check::Form(&forms::PATH_SEGMENT)),
    ],
    ..EMPTY
};

static CLUSTER_ROLE_REF: Shape = Shape {
    required: &["kind", "name"],
    fields: &[
        ("apiGroup", Check::Word(&["rbac.authorization.k8s.io"])),
        ("kind", Check::Word(&["ClusterRole"])),
        ("name", Check::Form(&forms::PATH_SEGMENT)),
    ],
    ..EMPTY
};

static SUBJECT: Shape = Shape {
    required: &["kind", "name"],
    fields: &[("kind", Check::Word(&["User", "Group", "ServiceAccount"]))],
    also: &[|node, faults| {
        let expected = match text(node, "kind") {
            Some("ServiceAccount") => "",
            Some("User" | "Group") => "rbac.authorization.k8s.io",
            _ => return,
        };
        if expected.is_empty() {
            faults.check_field(node, "name", &Check::Form(&forms::DNS_NAME));
        }
        if text(node, "apiGroup").is_some_and(|group| !group.is_empty() && group != expected) {
            faults.field(node, "apiGroup", |node, faults| {
                faults.add(node.span, format!("has to be `{expected}` for this `kind`"));
            });
        }
    }],
};

fn has_namespace(subject: &Node, faults: &mut Faults) {
    if text(subject, "kind") == Some("ServiceAccount") {
        faults.require(subject, "namespace");
    }
}
