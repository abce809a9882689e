//! Kubernetes manifests: typed objects for workloads, and what the provisioners give, checked
//! strictly.
//!
//! - **Promise:** every object that is built here fits its schema; every name is valid for every
//!   legal workload name.
//! - **Takes:** a plan; before there is one, a graph or a workload of it, to say what would be
//!   wrong.
//! - **Gives:** one document per object, keys in the order people write them.
//! - **Never:** writes a secret's value into anything but a Secret, or an empty mapping that says
//!   nothing.

mod annotations;
mod api_kinds;
pub(crate) mod checks;
mod cron;
mod environment;
pub(crate) mod files;
pub(crate) mod image;
mod key_order;
mod kustomize;
mod labels;
mod names;
mod objects;
mod pod;
mod probe;
pub(crate) mod provisioner_manifests;
pub(crate) mod publish;
mod volumes;
pub(crate) mod workload_kind;

use self::checks::Said;
use super::publish::Publish;
use super::target::{Lowered, Options, Target};
use crate::link::Graph;
use crate::model::{Port, Uid, Workload};
use crate::patch::View;
use crate::plan::Plan;
use crate::support::document::{Document, OutputFile};
use crate::support::parallel;
use diagnostics::report::{Problem, Report, Reported, Severity};
use diagnostics::source::Sources;
use diagnostics::value::Value;

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

/// Kubernetes, from version 1.33.
pub struct Kubernetes;

impl Target for Kubernetes {
    fn name(&self) -> &'static str {
        "kubernetes"
    }

    fn default_output(&self) -> &'static str {
        "manifests.yaml"
    }

    fn sections(&self) -> &'static [&'static str] {
        &["manifests"]
    }

    fn defers_variables(&self) -> bool {
        false
    }

    /// The name of a workload's Service. One without ports has no Service, but existing definitions
    /// give its name all the same and take an empty one for an unknown workload; they can ask for
    /// its ports.
    fn service_name(&self, workload: &Workload, _: &[Port]) -> Option<String> {
        Some(names::service(&workload.name.value, &workload.annotations))
    }

    fn object_name(&self, workload: &Workload) -> String {
        workload_kind::object_name(&workload.name.value, &workload.annotations)
    }

    fn patch_view(&self) -> View {
        View::List("Manifests")
    }

    fn file_stem(&self, document: &Document) -> String {
        kustomize::file_stem(document)
    }

    fn index(&self, files: &[OutputFile]) -> Option<OutputFile> {
        Some(kustomize::kustomization(files))
    }

    fn is_generated_index(&self, text: &str) -> bool {
        kustomize::is_generated(text)
    }

    fn to_single_value(&self, documents: Vec<Document>) -> Value {
        kustomize::list(documents)
    }

    fn builtins(&self) -> &'static [(&'static str, &'static str)] {
        BUILTINS
    }

    fn check_portability(&self, workload: &Workload, severity: Severity, report: &mut Report) {
        checks::check_portability(workload, severity, report);
    }

    fn check_publish(&self, asked: &[Publish], _: &Graph, report: &mut Report) {
        publish::refuse(asked, report);
    }

    fn check_workload(&self, workload: &Workload, report: &mut Report) {
        Said::in_file(workload).check(report);
    }

    fn not_a_volume(&self, uid: &Uid, outputs: &[String]) -> Option<Problem> {
        volumes::fault(uid, outputs)
    }

    fn lower(
        &self,
        plan: &Plan,
        options: &Options,
        sources: &Sources,
        report: &mut Report,
    ) -> Result<Lowered, Reported> {
        report.collect(|report| {
            publish::refuse(&options.publish, report);
            let mut documents: Vec<Document> = objects::namespace(options).into_iter().collect();
            documents.extend(provisioner_manifests::of_resources(
                plan, options, sources, report,
            ));
            let given = documents.len();
            let of_workload =
                |workload: &_, report: &mut _| objects::of_workload(workload, options, report);
            let workloads = parallel::map_reporting(&plan.workloads, report, of_workload);
            documents.extend(workloads.into_iter().flatten());
            Lowered {
                documents: provisioner_manifests::merge_duplicates(documents, given, report),
                ..Lowered::default()
            }
        })
    }
}
