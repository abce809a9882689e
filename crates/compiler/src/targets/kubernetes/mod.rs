//! Kubernetes manifests: typed objects for the workloads, and the manifests of the provisioners.
//!
//! A plan becomes one document per object, with keys in the order in which people write them. Every
//! object fits its schema, and every name is valid for every legal workload name. The value of a
//! secret is written only into a Secret.

mod annotations;
mod api_kinds;
pub(crate) mod checks;
pub(crate) mod claims;
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
mod secret_values;
mod volumes;
pub(crate) mod workload_kind;

use self::secret_values::SecretValues;
use super::publish::Publish;
use super::target::{Options, SecretsSetting, Target, TargetInfo, TargetOutput, embed_definitions};
use crate::link::Graph;
use crate::model::{Uid, Workload};
use crate::patch::View;
use crate::plan::Plan;
use crate::support::document::{Document, OutputFile};
use crate::support::parallel;
use indexmap::IndexMap;
use yaml::{Kind, Node};

use diagnostics::report::{Problem, Report, Reported, Severity};
use diagnostics::source::Sources;
use diagnostics::value::Value;

static INFO: TargetInfo = TargetInfo {
    name: "kubernetes",
    default_output: "manifests.yaml",
    finds_default_output: false,
    environment_keys: &["namespace", "generateNamespace"],
    sections: &["manifests"],
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
    reaches_ports_only: true,
    is_shared: true,
    secrets: &[SecretsSetting::Plain, SecretsSetting::None],
    defers_variables: false,
    patch_view: View {
        name: "Manifests",
        is_list: true,
        workload_name: &["metadata", "annotations", labels::WORKLOAD_NAME],
    },
};

/// Kubernetes, from version 1.33.
pub struct Kubernetes;

impl Target for Kubernetes {
    fn info(&self) -> &'static TargetInfo {
        &INFO
    }

    /// The name of a workload's Service. A workload without ports has no Service, but still gets
    /// the name: existing definitions take an empty name for an unknown workload.
    fn service_name(&self, workload: &Workload) -> String {
        names::service(&workload.name.value, &workload.annotations)
    }

    fn object_name(&self, workload: &Workload) -> String {
        workload_kind::object_name(&workload.name.value, &workload.annotations)
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

    fn check_portability(&self, workload: &Workload, severity: Severity, report: &mut Report) {
        checks::check_portability(workload, severity, report);
    }

    /// A claim for a volume, or an object with templates of claims.
    fn stores_data(&self, sections: &IndexMap<&'static str, Node>) -> bool {
        fn items(list: &Node) -> &[Node] {
            match &list.kind {
                Kind::List(items) => items,
                _ => &[],
            }
        }
        let has_volume = |manifest: &Node| {
            let spec = manifest.get("spec");
            let claims = spec.and_then(|spec| spec.get("volumeClaimTemplates"));
            manifest.get("kind").and_then(Node::as_str) == Some("PersistentVolumeClaim")
                || claims.is_some_and(|claims| !items(claims).is_empty())
        };
        sections
            .get("manifests")
            .is_some_and(|manifests| items(manifests).iter().any(has_volume))
    }

    fn check_publish(&self, publish: &[Publish], _: &Graph, report: &mut Report) {
        publish::report_unsupported(publish, report);
    }

    fn check_workload(&self, workload: &Workload, report: &mut Report) {
        checks::check_decoded(workload, report);
    }

    fn not_a_volume(&self, uid: &Uid, outputs: &[String]) -> Option<Problem> {
        volumes::mount_problem(uid, outputs)
    }

    fn lower(
        &self,
        plan: &Plan,
        options: &Options,
        sources: &Sources,
        report: &mut Report,
    ) -> Result<TargetOutput, Reported> {
        report.collect(|report| {
            publish::report_unsupported(&options.publish, report);
            let mut documents: Vec<Document> = objects::namespace(options).into_iter().collect();
            documents.extend(provisioner_manifests::documents(
                plan, options, sources, report,
            ));
            let first_of_workloads = documents.len();
            let one_node = claims::of_one_node(&documents);
            claims::check(plan, &documents, &one_node, report);
            let known = sources.secrets().known();
            let key = plan.hash_key.as_ref();
            let secrets = SecretValues::new(&documents, options, known.as_ref(), key);
            let workloads = parallel::map_reporting(&plan.workloads, report, |workload, report| {
                objects::documents(workload, options, &one_node, &secrets, report)
            });
            documents.extend(workloads.into_iter().flatten());
            let documents =
                provisioner_manifests::merge_duplicates(documents, first_of_workloads, report);
            TargetOutput {
                documents,
                ..TargetOutput::default()
            }
        })
    }
}
