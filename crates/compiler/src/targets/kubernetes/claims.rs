//! Claims that only the pods of one node can mount, and volumes without a claim.
//!
//! The access modes are known of the claims that the manifests of a run have.

use std::collections::{BTreeMap, BTreeSet};

use super::annotations::KIND;
use super::object::{identity, items, of_kind, text};
use super::workload_kind::object_name;
use crate::model::Annotation;
use crate::placeholder::resolve::Outputs;
use crate::plan::{Plan, Volume, Workload};
use crate::rules::DECLARED_HERE;
use crate::support::document::Document;
use diagnostics::report::{Problem, Report};
use diagnostics::value::Value;

rules! {
    /// Several pods use a claim that only the pods of one node can mount.
    pub SHARED_CLAIM: "shared-claim", Warning;

    /// A volume without a size is an empty directory in each new pod, although it lasts on Compose.
    pub VOLUME_NOT_KEPT: "volume-not-kept", Note;
}

/// The access modes with which only the pods of one node can mount a claim.
const ONE_NODE: [&str; 2] = ["ReadWriteOnce", "ReadWriteOncePod"];

/// The access modes with which pods on several nodes can mount a claim.
const SEVERAL_NODES: [&str; 2] = ["ReadOnlyMany", "ReadWriteMany"];

const OTHER_MODE: &str = "use an access mode such as `ReadWriteMany`, if the storage class has it";

/// The names of the claims among these objects that only the pods of one node can mount.
pub(super) fn of_one_node(documents: &[Document]) -> BTreeSet<String> {
    let is_of_one_node = |mode: &Value| mode.as_str().is_some_and(|mode| ONE_NODE.contains(&mode));
    named(documents, |modes| {
        !modes.is_empty() && modes.iter().all(is_of_one_node)
    })
}

/// The names of the claims among these objects that pods on several nodes can mount.
pub(super) fn of_several_nodes(documents: &[Document]) -> BTreeSet<String> {
    let is_shared = |mode: &Value| {
        mode.as_str()
            .is_some_and(|mode| SEVERAL_NODES.contains(&mode))
    };
    named(documents, |modes| modes.iter().any(is_shared))
}

/// The names of the claims whose access modes are as `holds` says.
fn named(documents: &[Document], holds: impl Fn(&[Value]) -> bool) -> BTreeSet<String> {
    let claims = of_kind(documents, "PersistentVolumeClaim");
    let claims = claims.filter(|claim| {
        let spec = claim.get("spec").unwrap_or(&Value::Null);
        holds(items(spec, "accessModes"))
    });
    let names = claims.filter_map(|claim| identity(claim).0);
    names.map(str::to_owned).collect()
}

/// The name of the claim in a volume, or in the source of one.
pub(super) fn claim_name(source: &Value) -> Option<&str> {
    text(source, &["persistentVolumeClaim", "claimName"])
}

/// The workloads that mount a claim, each with its first mount.
type Users<'a> = Vec<(&'a Workload, &'a Volume)>;

/// Reports claims of [`of_one_node`] that several pods mount, and volumes that no claim keeps.
/// `documents` are the manifests of the resources.
pub(super) fn check(
    plan: &Plan,
    documents: &[Document],
    of_one_node: &BTreeSet<String>,
    report: &mut Report,
) {
    let mut claims: BTreeMap<&str, Users<'_>> = BTreeMap::new();
    for workload in &plan.workloads {
        let containers = workload.containers.iter();
        for mount in containers.flat_map(|container| &container.volumes) {
            let claim = mount.outputs.get("source").and_then(claim_name);
            if let Some(claim) = claim.filter(|claim| of_one_node.contains(*claim)) {
                let users = claims.entry(claim).or_default();
                if users
                    .last()
                    .is_none_or(|(last, _)| last.name != workload.name)
                {
                    users.push((workload, mount));
                }
            }
        }
    }
    let scaled = scaled(documents);
    for users in claims.values() {
        let problem = match users.as_slice() {
            [] => None,
            [(workload, mount)] => several_pods(workload, mount, &scaled),
            [(first, first_mount), (second, mount), ..] => {
                let (first, second) = (&first.name.value, &second.name.value);
                let problem = shared(mount, &format!("`{first}` and `{second}`"))
                    .secondary(first_mount.span, "the other workload mounts it here");
                Some(problem.help(format!(
                    "{OTHER_MODE}, or give each workload a volume of its own"
                )))
            }
        };
        problem.into_iter().for_each(|problem| report.push(problem));
    }
    report_not_kept(plan, report);
}

/// The kinds and names of the objects that autoscalers scale.
fn scaled(documents: &[Document]) -> BTreeSet<(&str, &str)> {
    fn target(scaler: &Value) -> Option<(&str, &str)> {
        let key = |key: &str| text(scaler, &["spec", "scaleTargetRef", key]);
        Some((key("kind")?, key("name")?))
    }
    of_kind(documents, "HorizontalPodAutoscaler")
        .filter_map(target)
        .collect()
}

/// The problem of the only workload that mounts a claim, if it has several pods.
fn several_pods(
    workload: &Workload,
    mount: &Volume,
    scaled: &BTreeSet<(&str, &str)>,
) -> Option<Problem> {
    let kind = Annotation::find(&workload.annotations, KIND);
    let kind = kind.map_or("Deployment", |kind| kind.value.value.as_str());
    let name = &workload.name.value;
    if kind == "StatefulSet" {
        let help = "for one volume per replica, remove `id` of the resource, or return `claimSpec` from a provisioner of yours";
        return Some(shared(mount, &format!("all replicas of `{name}`")).help(help));
    }
    let object = object_name(name, &workload.annotations);
    scaled.contains(&(kind, object.as_str())).then(|| {
        shared(
            mount,
            &format!("the replicas that an autoscaler gives `{name}`"),
        )
        .help(format!("{OTHER_MODE}, or remove the autoscaler"))
    })
}

fn shared(mount: &Volume, users: &str) -> Problem {
    let message = format!(
        "{users} share `{}`, which only one node at a time can mount",
        mount.uid
    );
    Problem::new(&SHARED_CLAIM, message)
        .at(mount.span)
        .secondary(mount.declared, DECLARED_HERE)
}

/// Reports volumes of the embedded definition that are an empty directory: on Compose they last.
fn report_not_kept(plan: &Plan, report: &mut Report) {
    for resource in plan
        .resources
        .iter()
        .filter(|resource| resource.provisioned.is_builtin)
    {
        let Outputs::Values(outputs) = &resource.provisioned.outputs else {
            continue;
        };
        if outputs
            .get("source")
            .and_then(|source| source.get("emptyDir"))
            .is_none()
        {
            continue;
        }
        let message = format!(
            "`{}` is an empty directory in each new pod, as it has no size",
            resource.uid
        );
        let problem = Problem::new(&VOLUME_NOT_KEPT, message).at(resource.span);
        report.push(problem.help("to keep its data, set a size, as in `params: {storage: 1Gi}`"));
    }
}
