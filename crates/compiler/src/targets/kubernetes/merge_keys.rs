//! How lists of objects merge with a patch: the merge keys of the Kubernetes API, which `kubectl` and
//! kustomize use too. A list that is not here has none, so it is replaced.

#[cfg(test)]
mod tests;

use super::features::rollout::ROLLOUT;
use super::key_order;
use crate::patch::{ListMerge, MergeRules, ObjectKind};
use crate::support::places::Step;

/// How patches merge into objects.
pub(super) const RULES: MergeRules = MergeRules {
    list,
    same_form: |_| None,
    index: key_order::index,
};

const NAME: ListMerge = ListMerge::Keyed(&[("name", None)]);

/// The lists of every object.
const METADATA: &[(&str, ListMerge)] = &[
    ("metadata.finalizers", ListMerge::Union),
    (
        "metadata.ownerReferences",
        ListMerge::Keyed(&[("uid", None)]),
    ),
];

/// The lists of the spec of a pod.
const POD: &[(&str, ListMerge)] = &[
    ("containers", NAME),
    ("ephemeralContainers", NAME),
    ("hostAliases", ListMerge::Keyed(&[("ip", None)])),
    ("imagePullSecrets", NAME),
    ("initContainers", NAME),
    ("resourceClaims", NAME),
    ("schedulingGates", NAME),
    (
        "topologySpreadConstraints",
        ListMerge::Keyed(&[("topologyKey", None), ("whenUnsatisfiable", None)]),
    ),
    ("volumes", NAME),
];

/// The lists of a container.
const CONTAINER: &[(&str, ListMerge)] = &[
    ("env", NAME),
    (
        "ports",
        ListMerge::Keyed(&[("containerPort", None), ("protocol", Some("TCP"))]),
    ),
    ("volumeDevices", ListMerge::Keyed(&[("devicePath", None)])),
    ("volumeMounts", ListMerge::Keyed(&[("mountPath", None)])),
];

/// Where kinds have the spec of a pod.
const PODS: &[(&str, &str)] = &[
    ("CronJob", "spec.jobTemplate.spec.template."),
    ("DaemonSet", "spec.template."),
    ("Deployment", "spec.template."),
    ("Job", "spec.template."),
    ("Pod", ""),
    ("PodTemplate", "template."),
    ("ReplicaSet", "spec.template."),
    ("ReplicationController", "spec.template."),
    ("Rollout", "spec.template."),
    ("StatefulSet", "spec.template."),
];

/// Other lists, by kind.
const OTHERS: &[(&str, &str, ListMerge)] = &[
    (
        "Service",
        "spec.ports",
        ListMerge::Keyed(&[("port", None), ("protocol", Some("TCP"))]),
    ),
    ("ServiceAccount", "secrets", NAME),
    ("MutatingWebhookConfiguration", "webhooks", NAME),
    (
        "MutatingWebhookConfiguration",
        "webhooks[].matchConditions",
        NAME,
    ),
    ("ValidatingAdmissionPolicy", "spec.matchConditions", NAME),
    ("ValidatingAdmissionPolicy", "spec.variables", NAME),
    ("ValidatingWebhookConfiguration", "webhooks", NAME),
    (
        "ValidatingWebhookConfiguration",
        "webhooks[].matchConditions",
        NAME,
    ),
];

fn list(object: ObjectKind<'_>, path: &[Step]) -> ListMerge {
    // Custom kinds may have the names of these, and have no merge keys. A Rollout replaces
    // a Deployment, so its template merges in the same way.
    let is_rollout = [object.api_version, object.kind] == ROLLOUT;
    if !is_rollout && !super::api_kinds::is_builtin(object.api_version, object.kind) {
        return ListMerge::Replace;
    }
    let path = text(path);
    let of = |table: &[(&str, ListMerge)], path: &str| {
        let mut table = table.iter();
        table
            .find(|(known, _)| *known == path)
            .map(|(_, rule)| *rule)
    };
    let in_pod = || {
        let (_, pod) = PODS.iter().find(|(kind, _)| *kind == object.kind)?;
        let in_template = path.strip_prefix(pod)?;
        let Some(in_spec) = in_template.strip_prefix("spec.") else {
            return of(METADATA, in_template);
        };
        of(POD, in_spec).or_else(|| {
            let (list, in_container) = in_spec.split_once("[].")?;
            list.ends_with("ontainers")
                .then(|| of(CONTAINER, in_container))?
        })
    };
    let mut others = OTHERS.iter();
    let other = others.find(|(kind, known, _)| *kind == object.kind && *known == path);
    let rule = of(METADATA, &path)
        .or(other.map(|(.., rule)| *rule))
        .or_else(in_pod);
    rule.unwrap_or(ListMerge::Replace)
}

/// A path as in the tables.
fn text(path: &[Step]) -> String {
    let mut text = String::new();
    for step in path {
        match step {
            Step::Key(key) if text.is_empty() => text.push_str(key),
            Step::Key(key) => text.extend([".", key]),
            Step::Index(_) => text.push_str("[]"),
        }
    }
    text
}
