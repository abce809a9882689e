//! The objects of a workload.

use std::collections::{BTreeMap, BTreeSet};

use k8s_openapi::api::apps::v1::{
    Deployment, DeploymentSpec, DeploymentStrategy, StatefulSet, StatefulSetSpec,
};
use k8s_openapi::api::batch::v1::{CronJob, CronJobSpec, Job, JobSpec, JobTemplateSpec};
use k8s_openapi::api::core::v1::{Namespace, PodTemplateSpec, Service, ServicePort, ServiceSpec};
use k8s_openapi::apimachinery::pkg::apis::meta::v1::{LabelSelector, ObjectMeta};
use k8s_openapi::apimachinery::pkg::util::intstr::IntOrString;
use serde::Serialize;

use super::annotations::{self, Annotations};
use super::checks::{check_planned, check_ports};
use super::features::Features;
use super::labels::{WORKLOAD_NAME, labels, metadata, selector};
use super::object::map_mut;
use super::pod::{Pod, pod};
use super::secret_values::SecretValues;
use super::workload_kind::Kind;
use super::{defaults, key_order, labels, names};
use crate::plan::Workload;
use crate::support::document::Document;
use crate::support::places::Places;
use crate::targets::target::Options;
use crate::{catalog, features};
use diagnostics::report::{Report, Severity};
use diagnostics::source::Span;
use diagnostics::value::Value;

/// The annotation by which kube-janitor knows when to delete a namespace.
pub(super) const LIFETIME: &str = "janitor/ttl";

/// The Namespace, when the options request it.
pub(super) fn namespace(options: &Options) -> Option<Document> {
    let name = options
        .namespace
        .as_ref()
        .filter(|_| options.generate_namespace)?;
    let lifetime = options.lifetime.as_ref();
    let metadata = ObjectMeta {
        name: Some(name.clone()),
        annotations: lifetime
            .map(|lifetime| BTreeMap::from([(LIFETIME.to_owned(), lifetime.clone())])),
        ..ObjectMeta::default()
    };
    Some(document(
        &Namespace {
            metadata,
            ..Namespace::default()
        },
        None,
        None,
    ))
}

/// What the objects of a workload depend on besides the workload.
pub(super) struct Context<'a> {
    pub(super) options: &'a Options,
    /// The claims that only the pods of one node can mount.
    pub(super) one_node: &'a BTreeSet<String>,
    pub(super) secrets: &'a SecretValues<'a>,
    pub(super) features: &'a Features<'a>,
}

/// The objects of one workload: the ConfigMaps and Secrets of its files, its Service, what runs it, and
/// those of features.
pub(super) fn documents(
    workload: &Workload,
    context: &Context<'_>,
    report: &mut Report,
) -> Vec<Document> {
    let one_node = context.one_node;
    let mut documents = Vec::new();
    check_ports(&workload.ports, Severity::Error, report);
    let Some(kind) = check_planned(workload, report) else {
        return documents;
    };
    let kind = context.features.kind(workload, kind, report);
    let stateful = kind == Kind::StatefulSet;
    let mut pod = pod(workload, stateful, context.secrets, report);
    pod.spec.topology_spread_constraints = context.features.spread(workload, &kind);
    context.features.annotate(workload, &mut pod.annotations);
    let stays = is_on_one_node(&pod, one_node);
    let features = context.features.objects(workload, &kind, stays);
    let replicas = context.features.replicas(workload, &kind, stays);
    defaults::complete(&mut pod.spec, workload);
    let namespace = context.options.namespace.as_deref();
    let origin = Some(workload.name.span);
    for file in pod.files.drain(..) {
        documents.push(document(&file, namespace, origin));
    }
    if !workload.ports.is_empty() {
        let name = names::service(&workload.name.value, &workload.annotations);
        documents.push(document(&service(workload, name), namespace, origin));
    }
    match kind {
        Kind::Deployment => {
            documents.push(document(
                &deployment(workload, pod, replicas, one_node),
                namespace,
                origin,
            ));
        }
        Kind::Rollout => {
            let deployment = deployment(workload, pod, replicas, one_node);
            let rollout = context
                .features
                .rollout(workload, &deployment, stays, report);
            documents.extend(rollout.map(|value| complete(value, namespace, origin)));
        }
        Kind::StatefulSet => {
            let headless = headless(workload);
            let set = stateful_set(workload, pod, replicas, headless.metadata.name.clone());
            documents.push(document(&headless, namespace, origin));
            documents.push(document(&set, namespace, origin));
        }
        Kind::Job => documents.push(document(&job(workload, pod), namespace, origin)),
        Kind::CronJob {
            schedule,
            time_zone,
        } => {
            let job = job_spec(workload, pod);
            documents.push(document(
                &cron_job(workload, job, schedule, time_zone),
                namespace,
                origin,
            ));
        }
    }
    let features = features.into_iter();
    documents.extend(features.map(|(object, place)| {
        let mut document = complete(object, namespace, origin);
        document.places.set(&[], place);
        document
    }));
    documents
}

pub(super) fn document(
    object: &impl Serialize,
    namespace: Option<&str>,
    origin: Option<Span>,
) -> Document {
    complete(key_order::value(object), namespace, origin)
}

fn complete(mut value: Value, namespace: Option<&str>, origin: Option<Span>) -> Document {
    if let Some(namespace) = namespace {
        set_namespace(&mut value, namespace);
    }
    // Some types always have a status, which means nothing before the object exists.
    if let Some(map) = value.as_map_mut() {
        map.shift_remove("status");
    }
    Document {
        value,
        origin,
        places: Places::default(),
    }
}

/// Sets the namespace of an object that has none, after its name.
pub(super) fn set_namespace(object: &mut Value, namespace: &str) {
    let Some(metadata) = map_mut(object, "metadata") else {
        return;
    };
    let unset = metadata
        .get("namespace")
        .is_none_or(|name| *name == Value::Null || name.as_str() == Some(""));
    if unset {
        metadata.shift_remove("namespace");
        let after_name = metadata.get_index_of("name").map_or(0, |index| index + 1);
        metadata.shift_insert(after_name, "namespace".to_owned(), Value::from(namespace));
    }
}

/// The annotations of the Score file that are not only for score-rs, and the name of the workload.
fn workload_annotations(workload: &Workload) -> BTreeMap<String, String> {
    let annotations = workload.annotations.iter().filter(|annotation| {
        let key = annotation.key.value.as_str();
        let prefixes = [catalog::PREFIX, features::PREFIX];
        !annotations::KEYS.contains(&key) && !prefixes.iter().any(|prefix| key.starts_with(prefix))
    });
    let mut annotations: BTreeMap<String, String> = annotations
        .map(|annotation| (annotation.key.value.clone(), annotation.value.value.clone()))
        .collect();
    annotations.insert(WORKLOAD_NAME.to_owned(), workload.name.value.clone());
    labels::add(&mut annotations, &workload.defaults.annotations);
    annotations
}

/// The metadata of the object that runs a workload. Tools such as Argo CD and Reloader read
/// annotations there.
fn runner_metadata(name: String, workload: &Workload) -> ObjectMeta {
    ObjectMeta {
        annotations: Some(workload_annotations(workload)),
        ..metadata(name, workload)
    }
}

fn template(workload: &Workload, mut pod: Pod) -> PodTemplateSpec {
    // What the Score file says stays.
    pod.annotations.extend(workload_annotations(workload));
    let metadata = ObjectMeta {
        labels: Some(labels(workload)),
        annotations: Some(pod.annotations),
        ..ObjectMeta::default()
    };
    PodTemplateSpec {
        metadata: Some(metadata),
        spec: Some(pod.spec),
    }
}

fn label_selector(workload: &Workload) -> LabelSelector {
    LabelSelector {
        match_labels: Some(selector(workload)),
        ..LabelSelector::default()
    }
}

/// Whether the pods mount a claim that only the pods of one node can mount.
fn is_on_one_node(pod: &Pod, one_node: &BTreeSet<String>) -> bool {
    let claims = pod.spec.volumes.iter().flatten();
    let mut claims = claims.filter_map(|volume| volume.persistent_volume_claim.as_ref());
    claims.any(|claim| one_node.contains(&claim.claim_name))
}

/// A new pod on another node could never start while the old one has such a claim, so the old one
/// goes first.
fn strategy(pod: &Pod, one_node: &BTreeSet<String>) -> Option<DeploymentStrategy> {
    is_on_one_node(pod, one_node).then(|| DeploymentStrategy {
        type_: Some("Recreate".to_owned()),
        ..DeploymentStrategy::default()
    })
}

fn deployment(
    workload: &Workload,
    pod: Pod,
    replicas: Option<i32>,
    one_node: &BTreeSet<String>,
) -> Deployment {
    let spec = DeploymentSpec {
        replicas,
        strategy: strategy(&pod, one_node).or_else(|| defaults::strategy(workload)),
        selector: label_selector(workload),
        template: template(workload, pod),
        ..DeploymentSpec::default()
    };
    Deployment {
        metadata: runner_metadata(workload.name.value.clone(), workload),
        spec: Some(spec),
        status: None,
    }
}

fn stateful_set(
    workload: &Workload,
    mut pod: Pod,
    replicas: Option<i32>,
    service_name: Option<String>,
) -> StatefulSet {
    let claims = std::mem::take(&mut pod.claims);
    let spec = StatefulSetSpec {
        replicas,
        selector: label_selector(workload),
        service_name,
        template: template(workload, pod),
        volume_claim_templates: (!claims.is_empty()).then_some(claims),
        ..StatefulSetSpec::default()
    };
    StatefulSet {
        metadata: runner_metadata(names::stateful_set(&workload.name.value), workload),
        spec: Some(spec),
        status: None,
    }
}

/// A container that fails is restarted in its pod; each restart counts against the job's limit.
fn job_spec(workload: &Workload, mut pod: Pod) -> JobSpec {
    pod.spec.restart_policy = Some("OnFailure".to_owned());
    JobSpec {
        template: template(workload, pod),
        ttl_seconds_after_finished: Annotations::of(workload).job_ttl(),
        ..JobSpec::default()
    }
}

fn job(workload: &Workload, pod: Pod) -> Job {
    let spec = Some(job_spec(workload, pod));
    Job {
        metadata: runner_metadata(workload.name.value.clone(), workload),
        spec,
        status: None,
    }
}

fn cron_job(
    workload: &Workload,
    job: JobSpec,
    schedule: String,
    time_zone: Option<String>,
) -> CronJob {
    let job_template = JobTemplateSpec {
        metadata: None,
        spec: Some(job),
    };
    let spec = CronJobSpec {
        schedule,
        time_zone,
        job_template,
        ..CronJobSpec::default()
    };
    CronJob {
        metadata: runner_metadata(names::cron_job(&workload.name.value), workload),
        spec: Some(spec),
        status: None,
    }
}

fn service(workload: &Workload, name: String) -> Service {
    let ports = workload.ports.iter().map(|port| ServicePort {
        name: Some(port.name.value.clone()),
        port: i32::from(port.port),
        target_port: Some(IntOrString::Int(i32::from(port.target_port))),
        protocol: Some(port.protocol.name().to_owned()),
        ..ServicePort::default()
    });
    let spec = ServiceSpec {
        selector: Some(selector(workload)),
        ports: Some(ports.collect()),
        ..ServiceSpec::default()
    };
    Service {
        metadata: metadata(name, workload),
        spec: Some(spec),
        status: None,
    }
}

/// The Service that gives each pod of a StatefulSet a host name.
fn headless(workload: &Workload) -> Service {
    let mut service = service(workload, names::headless(&workload.name.value));
    if let Some(spec) = &mut service.spec {
        spec.cluster_ip = Some("None".to_owned());
        spec.ports = spec.ports.take().filter(|ports| !ports.is_empty());
    }
    service
}
