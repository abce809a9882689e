//! A Compose file: one service per container, and what the provisioners add.
//!
//! - **Promise:** what a process sees in its environment and arguments is the text of the Score
//!   file, dollar for dollar.
//! - **Takes:** a plan; before there is one, a graph or a workload of it, to say what would be
//!   wrong.
//! - **Gives:** one document in the order people write it, and the files it mounts.
//! - **Never:** publishes a port that nobody asked for.

mod build;
pub(crate) mod healthcheck;
mod host_ports;
mod interpolation;
pub(crate) mod name_registry;
mod provisioner_sections;
pub(crate) mod publish;
pub(crate) mod publish_target;
mod quantity;
pub(crate) mod service;
mod volumes;

use std::collections::BTreeMap;

use indexmap::IndexMap;

use super::publish::Publish;
use super::target::{Lowered, Options, Target};
use crate::link::Graph;
use crate::model::{Annotation, Port, Uid, Workload};
use crate::patch::View;
use crate::plan::{self, Plan};
use crate::support::document::{Artifact, Document, OutputFile};
use diagnostics::report::{Problem, Report, Reported};
use diagnostics::source::{Sources, Span};
use diagnostics::value::{Map, Value};

rules! {
    /// The schedule of a workload is ignored on Compose: it runs once, when the project starts.
    pub SCHEDULE_IGNORED: "schedule-ignored", Note;
}

const BUILTINS: &[(&str, &str)] = crate::targets::target::embed_definitions!(
    "amqp",
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
);

/// Docker Compose.
pub struct Compose;

impl Target for Compose {
    fn name(&self) -> &'static str {
        "compose"
    }

    fn default_output(&self) -> &'static str {
        "compose.yaml"
    }

    fn sections(&self) -> &'static [&'static str] {
        &[
            "services",
            "volumes",
            "networks",
            "models",
            "directories",
            "files",
            "info_logs",
        ]
    }

    fn defers_variables(&self) -> bool {
        true
    }

    /// Every workload has a host name on the project's network, with or without declared ports.
    fn service_name(&self, workload: &Workload, _: &[Port]) -> Option<String> {
        Some(workload.name.value.clone())
    }

    fn object_name(&self, workload: &Workload) -> String {
        workload.name.value.clone()
    }

    fn patch_view(&self) -> View {
        View::One("Compose")
    }

    /// Compose reads this name when none is given.
    fn file_stem(&self, _: &Document) -> String {
        "compose".to_owned()
    }

    fn index(&self, _: &[OutputFile]) -> Option<OutputFile> {
        None
    }

    fn is_generated_index(&self, _: &str) -> bool {
        false
    }

    /// A project is one document.
    fn to_single_value(&self, documents: Vec<Document>) -> Value {
        documents
            .into_iter()
            .next()
            .map(|document| document.value)
            .unwrap_or_default()
    }

    fn builtins(&self) -> &'static [(&'static str, &'static str)] {
        BUILTINS
    }

    fn not_a_volume(&self, uid: &Uid, outputs: &[String]) -> Option<Problem> {
        volumes::fault(uid, outputs)
    }

    fn check_publish(&self, asked: &[Publish], graph: &Graph, report: &mut Report) {
        publish::check(graph, asked, report);
    }

    fn lower(
        &self,
        plan: &Plan,
        options: &Options,
        sources: &Sources,
        report: &mut Report,
    ) -> Result<Lowered, Reported> {
        report.collect(|report| lower(plan, options, sources, report))
    }
}

/// The annotation by which Kubernetes runs a workload at certain times.
const SCHEDULE: &str = "k8s.score.dev/schedule";

/// The file while it is being put together.
#[derive(Default)]
struct Project {
    services: IndexMap<String, name_registry::Named>,
    networks: IndexMap<String, name_registry::Named>,
    volumes: IndexMap<String, name_registry::Named>,
    models: IndexMap<String, name_registry::Named>,
    /// The files of definitions that share state: where in the list of artifacts each definition's
    /// own is.
    shared_files: BTreeMap<(String, Span), usize>,
    lowered: Lowered,
}

impl Project {
    /// Adds a file or directory of a resource. A definition that shares state may write its own
    /// file anew.
    fn add_shared_file(&mut self, artifact: Artifact, shared_by: Option<Span>) {
        let next = self.lowered.artifacts.len();
        if let Some(definition) = shared_by {
            let own = *self
                .shared_files
                .entry((artifact.path.clone(), definition))
                .or_insert(next);
            if let Some(known) = self.lowered.artifacts.get_mut(own) {
                *known = artifact;
                return;
            }
        }
        self.lowered.artifacts.push(artifact);
    }
}

fn lower(plan: &Plan, options: &Options, sources: &Sources, report: &mut Report) -> Lowered {
    let mut project = Project::default();
    let needs = provisioner_sections::add_resources(plan, options, sources, &mut project, report);
    let mut probed = false;
    for workload in &plan.workloads {
        note_schedule(workload, report);
        let mut lowering = service::Lowering {
            workload,
            options,
            needs: &needs,
            project: &mut project,
            probed: &mut probed,
        };
        lowering.add_services(report);
    }
    if probed {
        healthcheck::add_helper(&mut project, report);
    }
    publish::publish(plan, &options.publish, &mut project, report);
    name_registry::check_host_names(&plan.workloads, &project.services, report);
    project.lowered.artifacts =
        name_registry::settle_artifacts(std::mem::take(&mut project.lowered.artifacts), report);
    let document = document(plan, &mut project);
    let Project { mut lowered, .. } = project;
    lowered.documents.push(document);
    lowered
}

/// A workload that Kubernetes runs by the clock.
fn note_schedule(workload: &plan::Workload, report: &mut Report) {
    if let Some(own) = Annotation::find(&workload.annotations, SCHEDULE) {
        let message = format!(
            "Compose has no schedules; `{}` runs once, when the project is started",
            workload.name.value
        );
        let problem = Problem::new(&SCHEDULE_IGNORED, message).at(own.value.span);
        report.push(problem.help("nothing needs to be done; `docker compose run` runs it again"));
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
                .map(|(name, named)| (name, named.value))
                .collect();
            map.sort_keys();
            root.insert(key.to_owned(), Value::Map(map));
        }
    }
    Document {
        value: Value::Map(root),
        origin: None,
    }
}
