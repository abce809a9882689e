//! A Compose file: one service per container, and the services, networks and volumes of the
//! provisioners.
//!
//! A plan becomes one document, with keys in the order in which people write them, and the files
//! that it mounts. A process sees the text of the Score file in its environment and arguments,
//! every `$` included. A port is published only when the options request it.

mod build;
mod calls;
mod collector;
mod config_mounts;
mod configs;
mod env_files;
mod file_hashes;
pub(crate) mod healthcheck;
mod host_ports;
mod interpolation;
mod merge_rules;
mod mounted_files;
pub(crate) mod name_registry;
mod networks;
mod provisioner_sections;
pub(crate) mod publish;
pub(crate) mod publish_target;
mod quantity;
mod reasons;
pub(crate) mod schema;
pub(crate) mod service;
mod values;
mod volumes;

use std::collections::BTreeMap;

use indexmap::IndexMap;

use self::collector::COLLECTOR;
use self::file_hashes::Hashes;
use self::name_registry::Element;
use super::publish::Publish;
use super::target::{
    Added, Lowered, ObjectName, Options, SecretsSetting, Target, TargetInfo, TargetOutput,
    embed_definitions,
};
use crate::link::Graph;
use crate::model::{Annotation, Uid, Workload};
use crate::patch::View;
use crate::plan::{self, Plan};
use crate::provision::Sections;
use crate::support::document::{Artifact, Document};
use crate::support::parallel;
use crate::support::places::{Places, Step};
use crate::support::reasons::Cause;
use diagnostics::report::{Problem, Report, Reported};
use diagnostics::source::{Sources, Span};
use diagnostics::value::{Map, Value};
use yaml::Node;

rules! {
    /// The schedule of a workload is ignored on Compose: it runs once, when the project starts.
    pub SCHEDULE_IGNORED: "schedule-ignored", Note;
}

static INFO: TargetInfo = TargetInfo {
    name: "compose",
    default_output: "compose.yaml",
    finds_default_output: true,
    environment_keys: &["builds", "publish"],
    annotations: &[],
    sections: &[
        "services",
        "volumes",
        "networks",
        "models",
        "directories",
        "files",
        "info_logs",
    ],
    builtins: embed_definitions!(
        "amqp",
        "dapr-pubsub",
        "dapr-state-store",
        "dapr-subscription",
        "dns",
        "elasticsearch",
        "endpoint",
        "environment",
        "horizontal-pod-autoscaler",
        "kafka-topic",
        "llm-model",
        "mongodb",
        "mssql",
        "mysql",
        "postgres",
        "postgres-instance",
        "redis",
        "route",
        "s3",
        "service",
        "service-port",
        "volume",
    ),
    reaches_ports_only: false,
    is_shared: false,
    secrets: &[
        SecretsSetting::Plain,
        SecretsSetting::File,
        SecretsSetting::None,
    ],
    defers_variables: true,
    values: &["restart", "waitUntil"],
    patch_view: View {
        name: "Compose",
        is_list: false,
        keys: &[
            "name", "services", "networks", "volumes", "configs", "secrets", "models", "include",
            "version",
        ],
        workload_name: &["annotations", service::WORKLOAD_NAME],
        labels: &["labels"],
        kinds: &[
            ("service", "services"),
            ("volume", "volumes"),
            ("network", "networks"),
            ("config", "configs"),
            ("secret", "secrets"),
            ("model", "models"),
        ],
        merge: merge_rules::RULES,
        complete: service::complete,
    },
    defaults: &[reasons::DEFAULTS],
};

/// Docker Compose.
pub struct Compose;

impl Target for Compose {
    fn info(&self) -> &'static TargetInfo {
        &INFO
    }

    /// Every workload has a host name on the project's network, with or without ports.
    fn service_name(&self, workload: &Workload) -> String {
        workload.name.value.clone()
    }

    fn object_name(&self, workload: &Workload) -> String {
        workload.name.value.clone()
    }

    /// The name that Compose looks for.
    fn file_stem(&self, _: &Document) -> String {
        "compose".to_owned()
    }

    /// A Compose file is one document.
    fn to_single_value(&self, documents: Vec<Document>) -> Value {
        documents
            .into_iter()
            .next()
            .map(|document| document.value)
            .unwrap_or_default()
    }

    fn not_a_volume(&self, uid: &Uid, outputs: &[&str]) -> Option<Problem> {
        volumes::mount_problem(uid, outputs)
    }

    fn inline_files(
        &self,
        documents: &mut [Document],
        mut artifacts: Vec<Artifact>,
        options: &Options,
        is_secret: &dyn Fn(&str) -> bool,
    ) -> Vec<Artifact> {
        for document in documents {
            artifacts = configs::inline(&mut document.value, artifacts, options, is_secret);
        }
        artifacts
    }

    fn move_secrets(
        &self,
        documents: &mut [Document],
        options: &Options,
        is_secret: &dyn Fn(&str) -> bool,
    ) -> Vec<Artifact> {
        let documents = documents.iter_mut();
        documents
            .flat_map(|document| env_files::move_secrets(&mut document.value, options, is_secret))
            .collect()
    }

    fn read_values(&self, values: &Node, options: &mut Options, report: &mut Report) {
        values::read(values, options, report);
    }

    fn stores_data(&self, sections: &Sections) -> bool {
        sections
            .get("volumes")
            .and_then(|section| section.as_map())
            .is_some_and(|volumes| !volumes.is_empty())
    }

    fn check_patched(
        &self,
        documents: Vec<Document>,
        place: Span,
        _: &Options,
        sources: &Sources,
        report: &mut Report,
    ) -> Vec<Document> {
        for document in &documents {
            let tree = document.places.tree(&document.value, place);
            for fault in schema::check_file(&tree) {
                let message = format!("{} (after the patches)", fault.message);
                let place = sources.origin(fault.span).unwrap_or(fault.span);
                let problem = Problem::new(&schema::INVALID_COMPOSE, message).at(place);
                report.push(problem.help("fix the patch"));
            }
        }
        documents
    }

    fn check_publish(&self, publish: &[Publish], graph: &Graph, report: &mut Report) {
        publish::check(graph, publish, report);
    }

    fn objects(&self, documents: &[Document]) -> Vec<ObjectName> {
        reasons::objects(documents)
    }

    fn causes(&self, lowered: &Lowered<'_>, document: &Document, path: &[Step]) -> Vec<Cause> {
        reasons::causes(lowered, &document.value, path)
    }

    fn causes_of_added(&self, lowered: &Lowered<'_>, added: &Added<'_>) -> Vec<Cause> {
        reasons::added(lowered, added)
    }

    fn lower(
        &self,
        plan: &mut Plan,
        options: &Options,
        sources: &Sources,
        report: &mut Report,
    ) -> Result<TargetOutput, Reported> {
        collector::add_variables(plan, options);
        report.collect(|report| lower(plan, options, sources, report))
    }
}

/// The annotation with the schedule of a CronJob on Kubernetes.
const SCHEDULE: &str = "k8s.score.dev/schedule";
/// The annotation with the kind of the object on Kubernetes.
const KIND: &str = "k8s.score.dev/kind";
/// The Compose file under construction.
#[derive(Default)]
struct Project {
    services: IndexMap<String, Element>,
    networks: IndexMap<String, Element>,
    volumes: IndexMap<String, Element>,
    models: IndexMap<String, Element>,
    /// The files of definitions that share state, by path and definition, as indices of artifacts.
    shared_files: BTreeMap<(String, Span), usize>,
    output: TargetOutput,
}

impl Project {
    /// Adds a file or directory of a resource. A definition that shares state replaces its earlier
    /// file.
    fn add_shared_file(&mut self, artifact: Artifact, shared_by: Option<Span>) {
        let next = self.output.artifacts.len();
        if let Some(definition) = shared_by {
            let index = *self
                .shared_files
                .entry((artifact.path.clone(), definition))
                .or_insert(next);
            if let Some(earlier) = self.output.artifacts.get_mut(index) {
                *earlier = artifact;
                return;
            }
        }
        self.output.artifacts.push(artifact);
    }
}

fn lower(plan: &Plan, options: &Options, sources: &Sources, report: &mut Report) -> TargetOutput {
    let mut project = Project::default();
    let deps = provisioner_sections::add_resources(plan, options, sources, &mut project, report);
    let calls = calls::calls(plan);
    let is_hidden = options.secrets == SecretsSetting::File;
    let secrets = sources.secrets().known();
    let workloads = plan.workloads.iter().zip(&calls);
    let services = parallel::map_reporting(workloads, report, |(workload, called), report| {
        note_schedule(workload, report);
        let called = called.iter().map(|index| &plan.workloads[*index]);
        let called = called.filter_map(|called| service::condition(called, options));
        let context = service::Context {
            workload,
            called: called.collect(),
            networks: networks::needed(&workload.resources, &plan.resources),
            options,
            secrets: secrets.as_deref().filter(|_| is_hidden),
            deps: &deps,
        };
        context.services(report)
    });
    let mut needs_probe_helper = false;
    for workload in services {
        needs_probe_helper |= workload.needs_probe_helper;
        project.output.artifacts.extend(workload.artifacts);
        for (name, service) in workload.services {
            name_registry::add(&mut project.services, "service", &name, service, report);
        }
    }
    if needs_probe_helper {
        healthcheck::add_helper(&mut project, options, report);
    }
    if let Some((service, page)) = collector::service(plan, options, report) {
        let services = &mut project.services;
        name_registry::add(services, "service", COLLECTOR, service, report);
        project.output.notes.push(page);
    }
    publish::publish(plan, &options.publish, &mut project, report);
    name_registry::check_host_names(&plan.workloads, &project.services, report);
    let artifacts = std::mem::take(&mut project.output.artifacts);
    let artifacts = name_registry::merge_artifacts(artifacts, report);
    let keyed = plan.hash_key.as_ref().zip(secrets.as_deref());
    let hashes = Hashes::new(&artifacts, options, keyed);
    let services = project.services.values_mut();
    parallel::map(services, |service| hashes.add(&mut service.value));
    let document = document(plan, &mut project);
    TargetOutput {
        documents: vec![document],
        artifacts,
        notes: project.output.notes,
    }
}

/// Notes that a schedule is ignored.
fn note_schedule(workload: &plan::Workload, report: &mut Report) {
    if let Some(schedule) = Annotation::find(&workload.annotations, SCHEDULE) {
        let message = format!(
            "Compose has no schedules; `{}` runs once with each `docker compose up`",
            workload.name.value
        );
        let problem = Problem::new(&SCHEDULE_IGNORED, message).at(schedule.value.span);
        report.push(problem.help("no change is needed; `docker compose up` runs it again"));
    }
}

fn document(plan: &Plan, project: &mut Project) -> Document {
    let mut root = Map::new();
    if let Some(name) = &plan.identity.project {
        root.insert("name".to_owned(), Value::from(name.as_str()));
    }
    let parts = [
        ("services", std::mem::take(&mut project.services)),
        ("networks", std::mem::take(&mut project.networks)),
        ("volumes", std::mem::take(&mut project.volumes)),
        ("models", std::mem::take(&mut project.models)),
    ];
    for (key, part) in parts {
        if !part.is_empty() || key == "services" {
            let mut map: Map = part
                .into_iter()
                .map(|(name, element)| (name, element.value))
                .collect();
            map.sort_keys();
            root.insert(key.to_owned(), Value::Map(map));
        }
    }
    Document {
        value: Value::Map(root),
        origin: None,
        places: Places::default(),
    }
}
