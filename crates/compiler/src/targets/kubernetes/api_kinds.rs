//! What is known of kinds of objects: which belong to no namespace, and the schemas of those that are
//! part of Kubernetes.

use k8s_openapi::api::apps::v1::{DaemonSet, Deployment, ReplicaSet, StatefulSet};
use k8s_openapi::api::autoscaling::v2::HorizontalPodAutoscaler;
use k8s_openapi::api::batch::v1::{CronJob, Job};
use k8s_openapi::api::core::v1::{
    ConfigMap, LimitRange, Namespace, PersistentVolume, PersistentVolumeClaim, Pod, ResourceQuota,
    Secret, Service, ServiceAccount,
};
use k8s_openapi::api::networking::v1::{Ingress, IngressClass, NetworkPolicy};
use k8s_openapi::api::policy::v1::PodDisruptionBudget;
use k8s_openapi::api::rbac::v1::{ClusterRole, ClusterRoleBinding, Role, RoleBinding};
use k8s_openapi::api::scheduling::v1::PriorityClass;
use k8s_openapi::api::storage::v1::StorageClass;

use super::api_rules;
use crate::provision::Sections;
use crate::targets::custom_kinds::CustomKinds;
use diagnostics::suggestions::closest_match;
use yaml::deserialize::{self, FieldError};
use yaml::{Kind, Node};

/// A kind of object that is part of Kubernetes itself.
struct ApiKind {
    api_version: &'static str,
    kind: &'static str,
    /// Lists everything that the kind's schema does not allow.
    check: fn(&Node) -> Vec<FieldError>,
}

macro_rules! api_kinds {
    ($($kind:ident $api_version:literal),+ $(,)?) => {
        &[$(ApiKind {
            api_version: $api_version,
            kind: stringify!($kind),
            check: |node| deserialize::check::<$kind>(node),
        }),+]
    };
}

const API_KINDS: &[ApiKind] = api_kinds![
    ConfigMap "v1",
    LimitRange "v1",
    Namespace "v1",
    PersistentVolume "v1",
    PersistentVolumeClaim "v1",
    Pod "v1",
    ResourceQuota "v1",
    Secret "v1",
    Service "v1",
    ServiceAccount "v1",
    DaemonSet "apps/v1",
    Deployment "apps/v1",
    ReplicaSet "apps/v1",
    StatefulSet "apps/v1",
    HorizontalPodAutoscaler "autoscaling/v2",
    CronJob "batch/v1",
    Job "batch/v1",
    Ingress "networking.k8s.io/v1",
    IngressClass "networking.k8s.io/v1",
    NetworkPolicy "networking.k8s.io/v1",
    PodDisruptionBudget "policy/v1",
    ClusterRole "rbac.authorization.k8s.io/v1",
    ClusterRoleBinding "rbac.authorization.k8s.io/v1",
    Role "rbac.authorization.k8s.io/v1",
    RoleBinding "rbac.authorization.k8s.io/v1",
    PriorityClass "scheduling.k8s.io/v1",
    StorageClass "storage.k8s.io/v1",
];

/// The well-known kinds of objects that belong to no namespace, by API group. The API server drops the
/// namespace of such an object, so a kind that is not here is taken for one with a namespace.
const CLUSTER_SCOPED: &[(&str, &[&str])] = &[
    (
        "",
        &["ComponentStatus", "Namespace", "Node", "PersistentVolume"],
    ),
    (
        "admissionregistration.k8s.io",
        &[
            "MutatingAdmissionPolicy",
            "MutatingAdmissionPolicyBinding",
            "MutatingWebhookConfiguration",
            "ValidatingAdmissionPolicy",
            "ValidatingAdmissionPolicyBinding",
            "ValidatingWebhookConfiguration",
        ],
    ),
    (
        "apiextensions.crossplane.io",
        &["CompositeResourceDefinition", "Composition"],
    ),
    ("apiextensions.k8s.io", &["CustomResourceDefinition"]),
    ("apiregistration.k8s.io", &["APIService"]),
    (
        "argoproj.io",
        &["ClusterAnalysisTemplate", "ClusterWorkflowTemplate"],
    ),
    ("cert-manager.io", &["ClusterIssuer"]),
    (
        "certificates.k8s.io",
        &["CertificateSigningRequest", "ClusterTrustBundle"],
    ),
    (
        "cilium.io",
        &["CiliumClusterwideNetworkPolicy", "CiliumNode"],
    ),
    (
        "external-secrets.io",
        &[
            "ClusterExternalSecret",
            "ClusterPushSecret",
            "ClusterSecretStore",
        ],
    ),
    (
        "flowcontrol.apiserver.k8s.io",
        &["FlowSchema", "PriorityLevelConfiguration"],
    ),
    ("gateway.networking.k8s.io", &["GatewayClass"]),
    ("karpenter.sh", &["NodeClaim", "NodePool"]),
    ("keda.sh", &["ClusterTriggerAuthentication"]),
    ("kyverno.io", &["ClusterCleanupPolicy", "ClusterPolicy"]),
    (
        "networking.k8s.io",
        &["IPAddress", "IngressClass", "ServiceCIDR"],
    ),
    ("node.k8s.io", &["RuntimeClass"]),
    (
        "pkg.crossplane.io",
        &["Configuration", "Function", "Provider"],
    ),
    (
        "policy.networking.k8s.io",
        &["AdminNetworkPolicy", "BaselineAdminNetworkPolicy"],
    ),
    (
        "rbac.authorization.k8s.io",
        &["ClusterRole", "ClusterRoleBinding"],
    ),
    ("resource.k8s.io", &["DeviceClass", "ResourceSlice"]),
    ("scheduling.k8s.io", &["PriorityClass"]),
    (
        "snapshot.storage.k8s.io",
        &["VolumeSnapshotClass", "VolumeSnapshotContent"],
    ),
    (
        "storage.k8s.io",
        &[
            "CSIDriver",
            "CSINode",
            "StorageClass",
            "VolumeAttachment",
            "VolumeAttributesClass",
        ],
    ),
    ("trust.cert-manager.io", &["Bundle"]),
];

/// The API group of an API version; that of the core API is empty.
pub(super) fn group(api_version: &str) -> &str {
    api_version.split_once('/').map_or("", |(group, _)| group)
}

/// Whether objects of a kind belong to a namespace. The schemas of the environment know better than
/// the table.
pub(crate) fn is_namespaced(api_version: &str, kind: &str, custom: &CustomKinds) -> bool {
    let group = group(api_version);
    let is_well_known = || {
        let mut known = CLUSTER_SCOPED.iter();
        known.any(|(known, kinds)| *known == group && kinds.contains(&kind))
    };
    let declared = custom.is_namespaced(api_version, kind);
    declared.unwrap_or_else(|| !is_well_known())
}

/// Whether the schema of a kind is part of Kubernetes.
pub(super) fn has_schema(api_version: &str, kind: &str) -> bool {
    let mut known = API_KINDS.iter();
    known.any(|known| known.api_version == api_version && known.kind == kind)
}

/// The objects of a manifest: those in a list, such as one of the kind `List`, else itself.
pub(crate) fn objects(manifest: &Node) -> Vec<&Node> {
    match listed(manifest) {
        Some(items) => items.iter().flat_map(objects).collect(),
        None => vec![manifest],
    }
}

/// As [`objects`], of a manifest that is not needed any more.
pub(super) fn into_objects(manifest: Node) -> Vec<Node> {
    if listed(&manifest).is_none() {
        return vec![manifest];
    }
    let items = match manifest.kind {
        Kind::Map(mut entries) => entries.shift_remove("items"),
        _ => None,
    };
    match items.map(|items| items.value.kind) {
        Some(Kind::List(items)) => items.into_iter().flat_map(into_objects).collect(),
        _ => Vec::new(),
    }
}

/// The items of a list of objects.
pub(super) fn listed(manifest: &Node) -> Option<&[Node]> {
    let kind = manifest.get("kind")?.as_str()?;
    match &manifest.get("items")?.kind {
        Kind::List(items) if kind.ends_with("List") => Some(items),
        _ => None,
    }
}

/// Other kinds that are part of Kubernetes, by API version.
const OTHER_KINDS: &[(&str, &[&str])] = &[
    (
        "v1",
        &[
            "Binding",
            "ComponentStatus",
            "Endpoints",
            "Event",
            "Node",
            "PodTemplate",
            "ReplicationController",
        ],
    ),
    (
        "admissionregistration.k8s.io/v1",
        &[
            "MutatingWebhookConfiguration",
            "ValidatingAdmissionPolicy",
            "ValidatingAdmissionPolicyBinding",
            "ValidatingWebhookConfiguration",
        ],
    ),
    ("apiextensions.k8s.io/v1", &["CustomResourceDefinition"]),
    ("apiregistration.k8s.io/v1", &["APIService"]),
    ("apps/v1", &["ControllerRevision"]),
    ("autoscaling/v1", &["HorizontalPodAutoscaler", "Scale"]),
    ("certificates.k8s.io/v1", &["CertificateSigningRequest"]),
    ("coordination.k8s.io/v1", &["Lease"]),
    ("discovery.k8s.io/v1", &["EndpointSlice"]),
    ("events.k8s.io/v1", &["Event"]),
    ("node.k8s.io/v1", &["RuntimeClass"]),
    ("policy/v1", &["Eviction"]),
    (
        "storage.k8s.io/v1",
        &["CSIDriver", "CSINode", "VolumeAttachment"],
    ),
];

/// The API versions and names of the kinds that are part of Kubernetes.
pub(super) fn known_kinds() -> impl Iterator<Item = (&'static str, &'static str)> + Clone {
    let others = OTHER_KINDS.iter();
    let others = others.flat_map(|(version, kinds)| kinds.iter().map(|kind| (*version, *kind)));
    let with_schema = API_KINDS.iter().map(|kind| (kind.api_version, kind.kind));
    with_schema.chain(others)
}

/// Whether a kind is part of Kubernetes.
pub(super) fn is_builtin(api_version: &str, kind: &str) -> bool {
    known_kinds().any(|known| known == (api_version, kind))
}

/// The API version that serves a kind of Kubernetes, where another one is written that no longer does.
pub fn served_api_version(api_version: &str, kind: &str) -> Option<&'static str> {
    let group = group(api_version);
    let is_builtin =
        !group.contains('.') || known_kinds().any(|(version, _)| self::group(version) == group);
    if !is_builtin || self::is_builtin(api_version, kind) {
        return None;
    }
    let mut of_kind = known_kinds().filter(|(_, name)| *name == kind);
    of_kind.next().map(|(version, _)| version)
}

/// What is wrong with a kind that Kubernetes does not have in an API version, such as one that was
/// removed. Custom kinds have a group with a dot.
fn check_version(api_version: &str, kind: &str, object: &Node) -> Option<FieldError> {
    let group = group(api_version);
    let is_builtin =
        !group.contains('.') || known_kinds().any(|(version, _)| self::group(version) == group);
    if !is_builtin || known_kinds().any(|known| known == (api_version, kind)) {
        return None;
    }
    let mut of_kind = known_kinds().filter(|(_, name)| *name == kind);
    let (key, message) = match of_kind.next() {
        Some((version, _)) => (
            "apiVersion",
            format!("`{api_version}` has no such kind, but `{version}` has"),
        ),
        None => {
            let near = closest_match(kind, known_kinds().map(|(_, kind)| kind));
            // Newer versions of Kubernetes have more kinds in groups with a dot.
            if near.is_none() && group.contains('.') {
                return None;
            }
            let help = near.map_or_else(String::new, |near| format!("; did you mean `{near}`?"));
            let message = format!("`{api_version}` has no kind `{kind}`{help}");
            ("kind", message)
        }
    };
    Some(FieldError {
        span: object.get(key).unwrap_or(object).span,
        path: key.to_owned(),
        message,
    })
}

/// Lists what is wrong with an object of a kind that is part of Kubernetes: what its schema does not
/// allow, else what the API server refuses besides.
pub(super) fn check(api_version: &str, kind: &str, object: &Node) -> Vec<FieldError> {
    if let Some(fault) = check_version(api_version, kind, object) {
        return vec![fault];
    }
    let known = |known: &&ApiKind| known.api_version == api_version && known.kind == kind;
    let faults = match API_KINDS.iter().find(known) {
        Some(api_kind) => api_rules::check_encoded(kind, object, (api_kind.check)(object)),
        None => Vec::new(),
    };
    match faults.is_empty() {
        true => api_rules::check(api_version, kind, object),
        false => faults,
    }
}

/// The objects that the sections of a resource have manifests of.
pub(super) fn manifests(sections: &Sections) -> impl Iterator<Item = &Node> {
    let section = sections.get("manifests");
    let items = match section.map(|tree| &tree.kind) {
        Some(Kind::List(items)) => items.as_slice(),
        _ => &[],
    };
    let manifests = items.iter().filter(|item| !item.is_null());
    manifests.flat_map(objects)
}

#[cfg(test)]
mod tests {
    use super::*;
    use diagnostics::report::Report;
    use diagnostics::source::Sources;

    fn parse(text: &str) -> Node {
        let mut sources = Sources::default();
        let id = sources.add("t", text);
        yaml::parse(&sources, id, &mut Report::default()).remove(0)
    }

    #[test]
    fn an_unknown_kind_has_a_namespace() {
        for (api_version, kind, expected) in [
            ("v1", "ConfigMap", true),
            ("v1", "Namespace", false),
            ("rbac.authorization.k8s.io/v1", "ClusterRole", false),
            ("external-secrets.io/v1beta1", "ExternalSecret", true),
            ("external-secrets.io/v1", "ClusterSecretStore", false),
            ("example.com/v1", "Namespace", true),
            ("example.com/v1", "Anything", true),
        ] {
            assert_eq!(
                is_namespaced(api_version, kind, &CustomKinds::default()),
                expected,
                "{api_version} {kind}"
            );
        }
    }

    #[test]
    fn the_items_of_lists_are_objects() {
        let list = parse(
            "{kind: List, items: [{kind: A}, {kind: ConfigMapList, items: [{kind: B}, {kind: C}]}]}",
        );
        let kinds: Vec<_> = objects(&list)
            .iter()
            .map(|object| object.get("kind"))
            .collect();
        let kinds: Vec<_> = kinds
            .into_iter()
            .flatten()
            .filter_map(Node::as_str)
            .collect();
        assert_eq!(kinds, ["A", "B", "C"]);
        let custom = parse("{kind: AllowList, spec: {}}");
        assert_eq!(objects(&custom), [&custom]);
    }

    #[test]
    fn a_kind_has_an_api_version() {
        for (api_version, kind, expected) in [
            (
                "extensions/v1beta1",
                "Deployment",
                "has no such kind, but `apps/v1` has",
            ),
            ("v1", "Deployment", "has no such kind, but `apps/v1` has"),
            (
                "networking.k8s.io/v1beta1",
                "Ingress",
                "has no such kind, but `networking.k8s.io/v1` has",
            ),
            (
                "batch/v1beta1",
                "CronJob",
                "has no such kind, but `batch/v1` has",
            ),
            (
                "autoscaling/v2beta2",
                "HorizontalPodAutoscaler",
                "has no such kind, but `autoscaling/v2` has",
            ),
            (
                "apps/v1",
                "Deploymnet",
                "`apps/v1` has no kind `Deploymnet`; did you mean `Deployment`?",
            ),
            (
                "policy/v1beta1",
                "PodSecurityPolicy",
                "`policy/v1beta1` has no kind `PodSecurityPolicy`",
            ),
            ("autoscaling/v1", "HorizontalPodAutoscaler", ""),
            ("serving.knative.dev/v1", "Service", ""),
            ("networking.k8s.io/v1", "IPAddress", ""),
            ("storage.k8s.io/v1", "CSIStorageCapacity", ""),
        ] {
            let object = parse("{apiVersion: a, kind: b}");
            let fault = check_version(api_version, kind, &object);
            let message = fault.map(|fault| fault.message).unwrap_or_default();
            assert!(
                message.ends_with(expected),
                "{api_version} {kind}: {message}"
            );
            assert_eq!(
                message.is_empty(),
                expected.is_empty(),
                "{api_version} {kind}"
            );
        }
    }
}
