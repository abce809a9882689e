//! The kinds of objects that a change of stored data depends on.

use std::cmp::Ordering;

use compiler::support::quantity::Amount;
use diagnostics::value::Value;

use crate::cli::output::diff::semantic::{Change, Field};

/// The annotation with the resource that an object of Kubernetes is generated for.
const RESOURCE_ANNOTATION: &str = "k8s.score.dev/resource-uid";

/// The annotation with the workload that an object of Kubernetes is generated for.
const WORKLOAD_ANNOTATION: &str = "k8s.score.dev/workload-name";

/// The label with the resource that a service or volume of Compose is generated for.
const RESOURCE_LABEL: &str = "dev.score.compose.res.uid";

/// The keys in `spec` of a StatefulSet that can change: the API server names them when it refuses a
/// change. Before Kubernetes 1.33 it also refuses `revisionHistoryLimit`.
const STATEFUL_SET_KEYS: [&str; 7] = [
    "minReadySeconds",
    "ordinals",
    "persistentVolumeClaimRetentionPolicy",
    "replicas",
    "revisionHistoryLimit",
    "template",
    "updateStrategy",
];

/// The keys in `spec` of a Job that cannot change.
const FIXED_JOB_KEYS: [&str; 5] = [
    "completionMode",
    "completions",
    "podFailurePolicy",
    "selector",
    "template",
];

/// The keys in `spec` of a Pod that can change, besides images.
const CHANGEABLE_POD_KEYS: [&str; 3] = [
    "activeDeadlineSeconds",
    "terminationGracePeriodSeconds",
    "tolerations",
];

/// The keys of a StorageClass that cannot change.
const FIXED_CLASS_KEYS: [&str; 4] = [
    "parameters",
    "provisioner",
    "reclaimPolicy",
    "volumeBindingMode",
];

/// The keys of a service that Compose ignores when it decides whether to recreate its container.
const KEYS_WITHOUT_RECREATION: [&str; 5] =
    ["build", "depends_on", "profiles", "pull_policy", "scale"];

/// A kind of object.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    ComposeService,
    ComposeVolume,
    /// A ConfigMap or Secret.
    Content,
    DaemonSet,
    /// A Deployment or ReplicaSet.
    Deployment,
    Job,
    PersistentVolumeClaim,
    Pod,
    /// A RoleBinding or ClusterRoleBinding.
    RoleBinding,
    /// One of Argo Rollouts.
    Rollout,
    Service,
    StatefulSet,
    StorageClass,
}

impl Kind {
    /// The kind of an object with this name, as [`semantic`](super::super::semantic) names it.
    pub(super) fn of(name: &str, object: &Value) -> Option<Kind> {
        let (kind, _) = name.split_once(' ')?;
        let is_kubernetes = object.get("kind").is_some();
        match kind {
            "services" if !is_kubernetes => Some(Kind::ComposeService),
            "volumes" if !is_kubernetes => Some(Kind::ComposeVolume),
            "ClusterRoleBinding.rbac.authorization.k8s.io"
            | "RoleBinding.rbac.authorization.k8s.io" => Some(Kind::RoleBinding),
            "ConfigMap" | "Secret" => Some(Kind::Content),
            "DaemonSet.apps" => Some(Kind::DaemonSet),
            "Deployment.apps" | "ReplicaSet.apps" => Some(Kind::Deployment),
            "Job.batch" => Some(Kind::Job),
            "PersistentVolumeClaim" => Some(Kind::PersistentVolumeClaim),
            "Rollout.argoproj.io" => Some(Kind::Rollout),
            "Pod" => Some(Kind::Pod),
            "StorageClass.storage.k8s.io" => Some(Kind::StorageClass),
            "Service" => Some(Kind::Service),
            "StatefulSet.apps" => Some(Kind::StatefulSet),
            _ => None,
        }
    }

    /// Whether the name of an object decides where data is stored.
    pub(super) fn stores_data(self, object: &Value) -> bool {
        match self {
            Kind::ComposeVolume | Kind::PersistentVolumeClaim => true,
            Kind::StatefulSet => has_claim_templates(object),
            _ => false,
        }
    }

    /// Whether an object runs containers that mount a volume with data.
    pub(super) fn is_server_with_data(self, object: &Value) -> bool {
        match self {
            Kind::ComposeService => {
                let mounts = object.get("volumes").and_then(Value::as_list);
                self.resource(object).is_some()
                    && mounts.unwrap_or_default().iter().any(is_volume_mount)
            }
            Kind::StatefulSet | Kind::Deployment | Kind::Rollout | Kind::DaemonSet => {
                has_claim_templates(object) || mounts_claim(object)
            }
            _ => false,
        }
    }

    /// The resource that an object is generated for.
    pub(super) fn resource(self, object: &Value) -> Option<String> {
        match self {
            Kind::ComposeService | Kind::ComposeVolume => match object.get("labels")? {
                Value::List(labels) => labels
                    .iter()
                    .filter_map(|label| label.as_str()?.split_once('='))
                    .find(|(key, _)| *key == RESOURCE_LABEL)
                    .map(|(_, uid)| uid.to_owned()),
                labels => text(labels, RESOURCE_LABEL),
            },
            _ => text(annotations(object)?, RESOURCE_ANNOTATION),
        }
    }

    /// The resource or workload that an object is generated for.
    pub(super) fn owner(self, object: &Value) -> Option<String> {
        self.resource(object)
            .or_else(|| text(annotations(object)?, WORKLOAD_ANNOTATION))
    }

    /// Whether the API server of Kubernetes refuses a change of an object that exists.
    pub(super) fn refuses(self, field: &Field, object: &Value) -> bool {
        let key = first_key(&field.path);
        match self {
            Kind::Content => {
                let is_immutable = object.get("immutable") == Some(&Value::Bool(true));
                key == "type" || is_immutable && key != "metadata"
            }
            Kind::RoleBinding => key == "roleRef",
            Kind::StorageClass => FIXED_CLASS_KEYS.contains(&key),
            _ => match field.path.strip_prefix("spec.") {
                Some(path) => self.refuses_in_spec(path, field),
                None => false,
            },
        }
    }

    fn refuses_in_spec(self, path: &str, field: &Field) -> bool {
        let key = first_key(path);
        match self {
            Kind::Pod => !CHANGEABLE_POD_KEYS.contains(&key) && !path.ends_with("].image"),
            Kind::StatefulSet => {
                !STATEFUL_SET_KEYS.contains(&key) && storage_order(field) != Some(Ordering::Equal)
            }
            Kind::PersistentVolumeClaim => match path {
                "resources.requests.storage" => storage_order(field) == Some(Ordering::Less),
                _ => key != "volumeAttributesClassName",
            },
            Kind::Deployment | Kind::DaemonSet => key == "selector",
            Kind::Job => FIXED_JOB_KEYS.contains(&key),
            // Without a value the address stays as it is.
            Kind::Service => key == "clusterIP" && !matches!(field.change, Change::Removed(_)),
            _ => false,
        }
    }

    /// Whether a change enlarges a claim. The API server allows that only for one that is bound and
    /// whose class allows it, which the output does not say.
    pub(super) fn enlarges(self, field: &Field) -> bool {
        self == Kind::PersistentVolumeClaim
            && field.path == "spec.resources.requests.storage"
            && storage_order(field) == Some(Ordering::Greater)
    }

    /// Whether a change recreates containers or pods.
    pub(super) fn recreates(self, field: &Field) -> bool {
        match self {
            Kind::ComposeService => !KEYS_WITHOUT_RECREATION.contains(&first_key(&field.path)),
            Kind::StatefulSet | Kind::Deployment | Kind::Rollout | Kind::DaemonSet => {
                field.path.starts_with("spec.template.")
            }
            _ => false,
        }
    }

    /// The major versions of an image before and after a change that replaces one by another.
    pub(super) fn major_versions(self, field: &Field) -> Option<(u64, u64)> {
        let is_image = match self {
            Kind::ComposeService => field.path == "image",
            _ => {
                field.path.starts_with("spec.template.spec.containers[")
                    && field.path.ends_with("].image")
            }
        };
        let Change::Replaced(Value::String(before), Value::String(after)) = &field.change else {
            return None;
        };
        let ((old_name, old), (new_name, new)) = (name_and_tag(before)?, name_and_tag(after)?);
        let versions = (major_version(old)?, major_version(new)?);
        (is_image && old_name == new_name && versions.0 != versions.1).then_some(versions)
    }
}

/// The first key of a path.
fn first_key(path: &str) -> &str {
    path.split(['.', '[']).next().unwrap_or_default()
}

fn annotations(object: &Value) -> Option<&Value> {
    object.get("metadata")?.get("annotations")
}

fn text(map: &Value, key: &str) -> Option<String> {
    Some(map.get(key)?.as_str()?.to_owned())
}

fn has_claim_templates(object: &Value) -> bool {
    let templates = object
        .get("spec")
        .and_then(|spec| spec.get("volumeClaimTemplates"));
    templates
        .and_then(Value::as_list)
        .is_some_and(|templates| !templates.is_empty())
}

/// Whether the pods of an object mount a PersistentVolumeClaim.
fn mounts_claim(object: &Value) -> bool {
    let volumes = object
        .at(&["spec", "template", "spec", "volumes"])
        .and_then(Value::as_list)
        .unwrap_or_default();
    volumes
        .iter()
        .any(|volume| volume.get("persistentVolumeClaim").is_some())
}

/// Whether an entry of `volumes` of a service mounts a volume with a name.
fn is_volume_mount(mount: &Value) -> bool {
    match mount {
        Value::String(mount) => mount
            .split_once(':')
            .is_some_and(|(source, _)| !source.starts_with(['/', '.', '~'])),
        mount => {
            mount.get("type").and_then(Value::as_str) == Some("volume")
                && mount.get("source").is_some()
        }
    }
}

/// How the new amount of storage compares with the old one, for a change of one.
fn storage_order(field: &Field) -> Option<Ordering> {
    match &field.change {
        Change::Replaced(before, after) if field.path.ends_with(".storage") => {
            Amount::parse(&after.to_text())?.compare(Amount::parse(&before.to_text())?)
        }
        _ => None,
    }
}

/// The last part of an image's name, which a mirror keeps, and its tag.
fn name_and_tag(image: &str) -> Option<(&str, &str)> {
    let image = image.split('@').next().unwrap_or_default();
    image.rsplit('/').next()?.split_once(':')
}

/// The number that a tag begins with: 16 of `16.4-alpine` and of `v16`.
fn major_version(tag: &str) -> Option<u64> {
    let tag = tag.strip_prefix('v').unwrap_or(tag);
    let end = tag
        .find(|character: char| !character.is_ascii_digit())
        .unwrap_or(tag.len());
    let (number, rest) = tag.split_at(end);
    // The hash of a commit may begin with digits.
    let is_version = !rest.starts_with(|next: char| next.is_ascii_alphanumeric());
    number.parse().ok().filter(|_| is_version)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tag_begins_with_a_major_version() {
        for (image, expected) in [
            (
                "mirror.gcr.io/library/postgres:16.4-alpine",
                Some(("postgres", 16)),
            ),
            ("localhost:5000/redis:v7", Some(("redis", 7))),
            ("mssql:2022-latest@sha256:00", Some(("mssql", 2022))),
            ("localhost:5000/redis", None),
            ("a:latest", None),
            ("a:7f3c2a1", None),
            ("a:99999999999999999999", None),
        ] {
            let version =
                name_and_tag(image).and_then(|(name, tag)| Some((name, major_version(tag)?)));
            assert_eq!(version, expected, "{image}");
        }
    }

    #[test]
    fn the_api_server_refuses_what_it_cannot_change() {
        let text = |text: &str| Value::from(text);
        let replaced = |path: &str, before: &str, after: &str| Field {
            path: path.to_owned(),
            before: Vec::new(),
            after: Vec::new(),
            change: Change::Replaced(text(before), text(after)),
        };
        let storage = "spec.resources.requests.storage";
        let template = "spec.volumeClaimTemplates[0].spec.resources.requests.storage";
        for (kind, field, refused) in [
            (Kind::StatefulSet, replaced(template, "1Gi", "2Gi"), true),
            (
                Kind::StatefulSet,
                replaced(template, "1Gi", "1024Mi"),
                false,
            ),
            (
                Kind::StatefulSet,
                replaced("spec.serviceName", "a", "b"),
                true,
            ),
            (
                Kind::StatefulSet,
                replaced("spec.replicas", "1", "2"),
                false,
            ),
            (
                Kind::StatefulSet,
                replaced("spec.template.x", "1", "2"),
                false,
            ),
            (
                Kind::StatefulSet,
                replaced("metadata.labels.a", "1", "2"),
                false,
            ),
            (
                Kind::PersistentVolumeClaim,
                replaced(storage, "1Gi", "2Gi"),
                false,
            ),
            (
                Kind::PersistentVolumeClaim,
                replaced(storage, "2Gi", "1Gi"),
                true,
            ),
            (
                Kind::PersistentVolumeClaim,
                replaced("spec.storageClassName", "a", "b"),
                true,
            ),
            (
                Kind::Deployment,
                replaced("spec.selector.matchLabels.a", "a", "b"),
                true,
            ),
            (
                Kind::Deployment,
                replaced("spec.template.x", "a", "b"),
                false,
            ),
            (
                Kind::DaemonSet,
                replaced("spec.selector.matchLabels.a", "a", "b"),
                true,
            ),
            // A custom kind, of which the API server refuses nothing.
            (
                Kind::Rollout,
                replaced("spec.selector.matchLabels.a", "a", "b"),
                false,
            ),
            (
                Kind::Job,
                replaced("spec.template.spec.containers[a].image", "a", "b"),
                true,
            ),
            (Kind::Job, replaced("spec.parallelism", "1", "2"), false),
            (Kind::RoleBinding, replaced("roleRef.name", "a", "b"), true),
            (Kind::RoleBinding, replaced("subjects", "a", "b"), false),
            (Kind::Content, replaced("type", "a", "b"), true),
            (Kind::Content, replaced("data.a", "a", "b"), false),
            (
                Kind::StorageClass,
                replaced("parameters.type", "a", "b"),
                true,
            ),
            (Kind::Pod, replaced("spec.hostname", "a", "b"), true),
            (
                Kind::Pod,
                replaced("spec.containers[main].image", "a", "b"),
                false,
            ),
            (
                Kind::Service,
                replaced("spec.clusterIP", "10.0.0.1", "None"),
                true,
            ),
            (
                Kind::Service,
                replaced("spec.type", "ClusterIP", "NodePort"),
                false,
            ),
        ] {
            assert_eq!(
                kind.refuses(&field, &Value::Null),
                refused,
                "{kind:?} {}",
                field.path
            );
        }
        let added = |value: &str| Change::Added(text(value));
        let path = || "spec.clusterIP".to_owned();
        let field = |change| Field {
            path: path(),
            before: Vec::new(),
            after: Vec::new(),
            change,
        };
        let refuses = |field| Kind::Service.refuses(&field, &Value::Null);
        assert!(refuses(field(added("None"))));
        assert!(!refuses(field(Change::Removed(text("None")))));
        let grown = replaced(storage, "1Gi", "2Gi");
        assert!(Kind::PersistentVolumeClaim.enlarges(&grown));
        assert!(!Kind::PersistentVolumeClaim.enlarges(&replaced(storage, "2Gi", "1Gi")));
    }
}
