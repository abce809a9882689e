//! Kubernetes manifests: typed objects for the workloads, and the manifests of the provisioners.
//!
//! A plan becomes one document per object, with keys in the order in which people write them. Every
//! object fits its schema, and every name is valid for every legal workload name. The value of a
//! secret is written only into a Secret.

mod added_object;
pub(crate) mod annotations;
pub(crate) mod api_kinds;
mod api_rules;
pub(crate) mod checks;
pub(crate) mod claims;
pub(crate) mod client_side_apply;
mod cluster_names;
mod cron;
pub(crate) mod custom_kinds;
mod defaults;
mod environment;
mod external_secrets;
pub(crate) mod features;
pub(crate) mod files;
pub(crate) mod finish;
pub(crate) mod image;
pub mod job_name;
mod key_order;
mod kustomize;
mod labels;
mod merge_keys;
mod names;
mod object;
mod objects;
pub(crate) mod objects_by_name;
mod pod;
mod previews;
mod probe;
pub(crate) mod provisioner_manifests;
pub(crate) mod publish;
mod reasons;
mod reasons_of_pods;
mod reasons_of_workloads;
mod secret_values;
mod service_accounts;
mod volumes;
pub(crate) mod workload_kind;

pub use self::api_kinds::served_api_version;
pub use self::custom_kinds::unchecked_kind;
use self::secret_values::SecretValues;
use super::publish::Publish;
use super::target::{
    Added, DrawnTwice, Lowered, ObjectName, Options, SecretsSetting, Target, TargetInfo,
    TargetOutput, UniqueName, embed_definitions,
};
use crate::link::Graph;
use crate::model::{Uid, Workload};
use crate::patch::View;
use crate::plan::Plan;
use crate::provision::{ProvisionedResource, Sections};
use crate::support::document::{Document, OutputFile};
use crate::support::parallel;
use crate::support::places::Step;
use crate::support::reasons::Cause;
use objects_by_name::{Object, Owner};
use yaml::{Kind, Node};

use diagnostics::report::{Problem, Report, Reported, Severity};
use diagnostics::source::{SourceId, Sources, Span};
use diagnostics::value::Value;

/// Whether a kind is not part of Kubernetes, so that a cluster needs more for it.
pub fn is_custom_kind(api_version: &str, kind: &str) -> bool {
    !api_kinds::has_schema(api_version, kind)
}

static INFO: TargetInfo = TargetInfo {
    name: "kubernetes",
    default_output: "manifests.yaml",
    finds_default_output: false,
    environment_keys: &[
        "namespace",
        "generateNamespace",
        "podSecurity",
        "schemas",
        "policies",
        "exceptions",
        "namespaceLabels",
        "preview",
    ],
    annotations: &annotations::KEYS,
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
    secrets: &[
        SecretsSetting::Plain,
        SecretsSetting::External,
        SecretsSetting::None,
    ],
    defers_variables: false,
    values: &[],
    patch_view: View {
        name: "Manifests",
        is_list: true,
        keys: &[],
        workload_name: &["metadata", "annotations", labels::WORKLOAD_NAME],
        labels: &["metadata", "labels"],
        kinds: &[],
        merge: merge_keys::RULES,
        complete: added_object::complete,
    },
    defaults: &[
        reasons::DEFAULTS,
        reasons_of_pods::DEFAULTS,
        reasons_of_workloads::DEFAULTS,
    ],
};

/// Kubernetes, from version 1.33.
pub struct Kubernetes;

/// The names of the kinds that are part of Kubernetes.
pub(super) fn known_kinds() -> impl Iterator<Item = &'static str> + Clone {
    api_kinds::known_kinds().map(|(_, kind)| kind)
}

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

    fn workload_of<'a>(&self, document: &'a Document) -> Option<&'a str> {
        object::workload_of(&document.value)
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
    fn stores_data(&self, sections: &Sections) -> bool {
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
        sections.get("manifests").is_some_and(|manifests| {
            let mut objects = items(manifests).iter().flat_map(api_kinds::objects);
            objects.any(has_volume)
        })
    }

    fn shrink(&self, documents: Vec<Document>) -> Vec<Document> {
        previews::shrink(documents)
    }

    fn rename_common(&self, documents: &mut [Document], others: &[Document], options: &Options) {
        cluster_names::rename_common(documents, others, options);
    }

    fn unique_names(&self, document: &Document, options: &Options) -> Vec<UniqueName> {
        previews::unique_names(document, options)
    }

    fn share(
        &self,
        resource: &ProvisionedResource,
        options: &Options,
        place: Span,
    ) -> Result<Sections, String> {
        previews::share(resource, options, place)
    }

    fn check_patched(
        &self,
        documents: Vec<Document>,
        place: Span,
        options: &Options,
        sources: &Sources,
        report: &mut Report,
    ) -> Vec<Document> {
        provisioner_manifests::patched(&documents, place, options, sources, report)
    }

    fn read_schemas(
        &self,
        files: &[SourceId],
        options: &mut Options,
        sources: &Sources,
        report: &mut Report,
    ) {
        options.custom_kinds = custom_kinds::read(files, sources, report);
    }

    fn check_publish(&self, publish: &[Publish], _: &Graph, report: &mut Report) {
        publish::report_unsupported(publish, report);
    }

    fn check_workload(&self, workload: &Workload, report: &mut Report) {
        checks::check_decoded(workload, report);
    }

    fn not_a_volume(&self, uid: &Uid, outputs: &[&str]) -> Option<Problem> {
        volumes::mount_problem(uid, outputs)
    }

    fn check_drawn(&self, drawn: &DrawnTwice<'_>, sources: &Sources, report: &mut Report) {
        external_secrets::check(drawn, sources, report);
    }

    fn lower(
        &self,
        plan: &mut Plan,
        options: &Options,
        sources: &Sources,
        report: &mut Report,
    ) -> Result<TargetOutput, Reported> {
        features::add_variables(plan, options);
        let taken = (!plan.keeps_input).then(|| plan.take_sections());
        let plan = &*plan;
        report.collect(|report| {
            publish::report_unsupported(&options.publish, report);
            let namespace = objects::namespace(options).map(|document| Object {
                document,
                owner: Owner::Environment,
            });
            let mut objects: Vec<Object<'_>> = namespace.into_iter().collect();
            objects.extend(provisioner_manifests::objects(
                plan, taken, options, sources, report,
            ));
            let (mut documents, mut owners): (Vec<Document>, Vec<Owner<'_>>) =
                objects.into_iter().map(Object::split).unzip();
            features::rollout::retarget(&mut documents, plan, &options.features);
            let one_node = claims::of_one_node(&documents);
            claims::check(plan, &documents, &one_node, report);
            let known = sources.secrets().known();
            let features = features::Features::new(options, plan, &documents);
            features.check(plan, report);
            let accounts =
                service_accounts::service_accounts(&plan.workloads, &documents, options, report);
            let secrets = SecretValues::new(&documents, options, known.as_deref());
            let workloads = parallel::map_reporting(&plan.workloads, report, |workload, report| {
                let context = objects::Context {
                    options,
                    one_node: &one_node,
                    secrets: &secrets,
                    features: &features,
                };
                objects::documents(workload, &context, report)
            });
            owners.extend(accounts.iter().map(|_| Owner::Environment));
            documents.extend(accounts);
            for (workload, of_workload) in plan.workloads.iter().zip(workloads) {
                let owner = Owner::Workload(&workload.name.value);
                owners.extend(of_workload.iter().map(|_| owner));
                documents.extend(of_workload);
            }
            let objects = documents.into_iter().zip(owners);
            let mut documents = objects_by_name::merge(objects, sources, report);
            if let Some(store) = &options.secret_store {
                external_secrets::apply(&mut documents, plan, store, report);
            }
            parallel::map_reporting(&documents, report, client_side_apply::check_size);
            TargetOutput {
                documents,
                ..TargetOutput::default()
            }
        })
    }

    fn objects(&self, documents: &[Document]) -> Vec<ObjectName> {
        reasons::objects(documents)
    }

    fn is_same_object(&self, one: &Document, other: &Document) -> bool {
        objects_by_name::key(one) == objects_by_name::key(other)
    }

    fn causes(&self, lowered: &Lowered<'_>, document: &Document, path: &[Step]) -> Vec<Cause> {
        reasons::causes(lowered, document, path)
    }

    fn causes_of_added(&self, lowered: &Lowered<'_>, added: &Added<'_>) -> Vec<Cause> {
        reasons::added(lowered, added)
    }

    fn finish(
        &self,
        documents: &mut [Document],
        plan: &Plan,
        options: &Options,
        sources: &Sources,
        report: &mut Report,
    ) {
        custom_kinds::check(
            &options.custom_kinds,
            documents,
            &plan.resources,
            sources,
            report,
        );
        finish::finish(documents, plan, options, sources, report);
    }
}
