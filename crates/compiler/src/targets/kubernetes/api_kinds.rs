//! The kinds of objects that are part of Kubernetes: whether they have a namespace, and their
//! schemas.

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

use yaml::Node;
use yaml::deserialize::{FieldError, check};

/// A kind of object that is part of Kubernetes itself.
pub(super) struct ApiKind {
    api_version: &'static str,
    kind: &'static str,
    /// Whether objects of the kind belong to a namespace.
    pub(super) is_namespaced: bool,
    /// Lists everything that the kind's schema does not allow.
    pub(super) check: fn(&Node) -> Vec<FieldError>,
}

macro_rules! api_kinds {
    ($($kind:ident $api_version:literal $namespaced:literal),+ $(,)?) => {
        &[$(ApiKind {
            api_version: $api_version,
            kind: stringify!($kind),
            is_namespaced: $namespaced,
            check: |node| check::<$kind>(node),
        }),+]
    };
}

const API_KINDS: &[ApiKind] = api_kinds![
    ConfigMap "v1" true,
    LimitRange "v1" true,
    Namespace "v1" false,
    PersistentVolume "v1" false,
    PersistentVolumeClaim "v1" true,
    Pod "v1" true,
    ResourceQuota "v1" true,
    Secret "v1" true,
    Service "v1" true,
    ServiceAccount "v1" true,
    DaemonSet "apps/v1" true,
    Deployment "apps/v1" true,
    ReplicaSet "apps/v1" true,
    StatefulSet "apps/v1" true,
    HorizontalPodAutoscaler "autoscaling/v2" true,
    CronJob "batch/v1" true,
    Job "batch/v1" true,
    Ingress "networking.k8s.io/v1" true,
    IngressClass "networking.k8s.io/v1" false,
    NetworkPolicy "networking.k8s.io/v1" true,
    PodDisruptionBudget "policy/v1" true,
    ClusterRole "rbac.authorization.k8s.io/v1" false,
    ClusterRoleBinding "rbac.authorization.k8s.io/v1" false,
    Role "rbac.authorization.k8s.io/v1" true,
    RoleBinding "rbac.authorization.k8s.io/v1" true,
    PriorityClass "scheduling.k8s.io/v1" false,
    StorageClass "storage.k8s.io/v1" false,
];

/// Finds a kind; `None` for a custom resource.
pub(super) fn find(api_version: &str, kind: &str) -> Option<&'static ApiKind> {
    API_KINDS
        .iter()
        .find(|known| known.api_version == api_version && known.kind == kind)
}
