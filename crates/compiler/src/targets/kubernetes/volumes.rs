//! Volumes: a pod's own, or claims of a StatefulSet.

use k8s_openapi::api::core::v1::{
    PersistentVolumeClaim, PersistentVolumeClaimSpec, Volume, VolumeMount,
};
use k8s_openapi::apimachinery::pkg::apis::meta::v1::ObjectMeta;
use serde::Deserialize;

use crate::identity::short_hash;
use crate::model::Uid;
use crate::plan;
use crate::rules::NOT_A_VOLUME;
use diagnostics::report::{Problem, Report, Reported};
use diagnostics::value::{Map, Value};
use yaml::{Node, deserialize};

/// The name of a resource's volume: the same in every container of a pod, so that they share it. An
/// existing claim keeps its name, since its data depends on it.
pub(super) fn name(volume: &plan::Volume) -> String {
    volume
        .claim
        .clone()
        .unwrap_or_else(|| format!("vol-{}", short_hash([volume.uid.to_string().as_bytes()])))
}

/// The mount of a volume in a container.
pub(super) fn mount(volume: &plan::Volume) -> VolumeMount {
    VolumeMount {
        name: name(volume),
        mount_path: volume.target.value.clone(),
        sub_path: volume.path.as_ref().map(|path| path.value.clone()),
        read_only: volume.read_only.then_some(true),
        ..VolumeMount::default()
    }
}

/// What a mount refers to.
pub(super) enum Backing {
    Volume(Box<Volume>),
    Claim(Box<PersistentVolumeClaim>),
}

/// Reads the outputs of a volume's resource: `source` is a volume source, `claimSpec` the spec of a
/// claim template. `null` counts as missing.
pub(super) fn backing(
    volume: &plan::Volume,
    is_stateful: bool,
    report: &mut Report,
) -> Result<Backing, Reported> {
    let output = |name: &str| {
        volume
            .outputs
            .get(name)
            .filter(|value| **value != Value::Null)
    };
    match (output("source"), output("claimSpec")) {
        (Some(source), None) => {
            pod_volume(volume, source, report).map(|volume| Backing::Volume(Box::new(volume)))
        }
        (None, Some(spec)) if is_stateful => {
            claim(volume, spec, report).map(|claim| Backing::Claim(Box::new(claim)))
        }
        (None, Some(_)) => {
            let message = format!(
                "`{}` returns a volume claim, which only a StatefulSet can have",
                volume.uid
            );
            let help = "add the annotation `k8s.score.dev/kind: StatefulSet` to the workload, or use another class of volume";
            Err(report.error(volume.problem(message).help(help)))
        }
        _ => {
            let (message, help) = no_source(&volume.uid);
            Err(report.error(volume.problem(message).help(help)))
        }
    }
}

/// The message and the help about a resource that has neither output, or both.
fn no_source(uid: &Uid) -> (String, &'static str) {
    let message =
        format!("`{uid}` needs one of the outputs `source` and `claimSpec` to be mounted");
    (
        message,
        "use a resource of type `volume`, or fix its provisioner",
    )
}

/// The problem of mounting a resource with outputs of these names; `None` when there is none.
pub(super) fn mount_problem(uid: &Uid, outputs: &[&str]) -> Option<Problem> {
    let has = |name: &str| outputs.contains(&name);
    (!has("source") && !has("claimSpec")).then(|| {
        let (message, help) = no_source(uid);
        Problem::new(&NOT_A_VOLUME, message).help(help)
    })
}

fn pod_volume(
    volume: &plan::Volume,
    source: &Value,
    report: &mut Report,
) -> Result<Volume, Reported> {
    let Some(fields) = source.as_map() else {
        let message = format!(
            "the output `source` of `{}` must be a volume source, this is {}",
            volume.uid,
            source.kind()
        );
        let help = "make its provisioner return a volume source, such as `emptyDir: {}`";
        return Err(report.error(volume.problem(message).help(help)));
    };
    let mut spec = Map::from_iter([("name".to_owned(), Value::String(name(volume)))]);
    spec.extend(fields.clone());
    read_output(volume, "source", Value::Map(spec), report)
}

fn claim(
    volume: &plan::Volume,
    spec: &Value,
    report: &mut Report,
) -> Result<PersistentVolumeClaim, Reported> {
    let spec: PersistentVolumeClaimSpec = read_output(volume, "claimSpec", spec.clone(), report)?;
    let metadata = ObjectMeta {
        name: Some(name(volume)),
        ..ObjectMeta::default()
    };
    Ok(PersistentVolumeClaim {
        metadata,
        spec: Some(spec),
        ..PersistentVolumeClaim::default()
    })
}

/// Reads an output as a type of Kubernetes.
fn read_output<T: for<'de> Deserialize<'de>>(
    volume: &plan::Volume,
    output: &str,
    value: Value,
    report: &mut Report,
) -> Result<T, Reported> {
    let tree = Node::from_value(&value, volume.span);
    let (object, faults) = deserialize::read::<T>(&tree);
    match (object, faults.first()) {
        (Some(object), None) => Ok(object),
        (_, fault) => {
            let why = fault.map_or_else(String::new, |fault| format!(": {}", fault.message));
            let message = format!(
                "the output `{output}` of `{}` is not valid in Kubernetes{why}",
                volume.uid
            );
            let help = "fix the output in the resource's provisioner";
            Err(report.error(volume.problem(message).help(help)))
        }
    }
}
