//! The interface between the targets and the rest of the compiler.

use super::custom_kinds::CustomKinds;
use super::publish::Publish;
use super::secret_store::SecretStore;
use crate::features::Features;
use crate::link::{Graph, ResourceNode};
use crate::model::{Uid, Workload};
use crate::patch::View;
use crate::plan::Plan;
use crate::provision::{ProvisionedResource, Sections, StoredSecrets};
use crate::support::document::{Artifact, Document, OutputFile};
use crate::support::places::Step;
use crate::support::reasons::{Cause, DefaultRule, WrittenWorkload};
use yaml::Node;

use diagnostics::report::{Problem, Report, Reported, Severity};
use diagnostics::source::{SourceId, Sources, Span, Spanned};
use diagnostics::value::Value;

/// A kind of output: Kubernetes manifests or a Compose file.
pub trait Target: Sync {
    /// What is the same for every run.
    fn info(&self) -> &'static TargetInfo;

    /// The name, as in `target:` of an environment.
    fn name(&self) -> &'static str {
        self.info().name
    }

    /// The host name of a workload.
    fn service_name(&self, workload: &Workload) -> String;

    /// The name of the object that runs a workload.
    fn object_name(&self, workload: &Workload) -> String;

    /// The file name of a document in an output directory, without an extension.
    fn file_stem(&self, document: &Document) -> String;

    /// The workload that a document is for, by a name that can be that of a directory.
    fn workload_of<'a>(&self, _: &'a Document) -> Option<&'a str> {
        None
    }

    /// The file that lists the files of an output directory, for targets that have one.
    fn index(&self, _: &[OutputFile]) -> Option<OutputFile> {
        None
    }

    /// Whether this text is an index as [`Target::index`] generates it, without later changes.
    fn is_generated_index(&self, _: &str) -> bool {
        false
    }

    /// All documents as one value, for a syntax without streams.
    fn to_single_value(&self, documents: Vec<Document>) -> Value;

    /// Reports what this target refuses in a workload and others may accept. The workload may be
    /// incomplete.
    fn check_portability(&self, _: &Workload, _: Severity, _: &mut Report) {}

    /// Reports published ports that are wrong whatever the resources give.
    fn check_publish(&self, publish: &[Publish], graph: &Graph, report: &mut Report);

    /// Reports what [`Target::lower`] would report of a workload whatever its resources give. The
    /// workload may be incomplete.
    fn check_workload(&self, _: &Workload, _: &mut Report) {}

    /// The problem of mounting a resource with outputs of these names, without a place; `None` when
    /// they may be a volume.
    fn not_a_volume(&self, uid: &Uid, outputs: &[&str]) -> Option<Problem>;

    /// Moves files beside the output into the documents where these can have them. Returns the
    /// files that stay.
    fn inline_files(
        &self,
        _documents: &mut [Document],
        artifacts: Vec<Artifact>,
        _options: &Options,
        _is_secret: &dyn Fn(&str) -> bool,
    ) -> Vec<Artifact> {
        artifacts
    }

    /// Moves secrets out of the documents into files beside the output, for targets with
    /// [`SecretsSetting::File`]. Those that cannot be moved stay.
    fn move_secrets(
        &self,
        _documents: &mut [Document],
        _options: &Options,
        _is_secret: &dyn Fn(&str) -> bool,
    ) -> Vec<Artifact> {
        Vec::new()
    }

    /// Checks and completes what patches made of the documents. `place` is that of what comes from
    /// nowhere else.
    fn check_patched(
        &self,
        documents: Vec<Document>,
        _place: Span,
        _options: &Options,
        _sources: &Sources,
        _report: &mut Report,
    ) -> Vec<Document> {
        documents
    }

    /// Leaves out of the documents what runs a workload more than once.
    fn shrink(&self, documents: Vec<Document>) -> Vec<Document> {
        documents
    }

    /// Gives the objects that another output, with the documents `others`, also has another name, where
    /// everything that refers to them is known.
    fn rename_common(&self, _: &mut [Document], _others: &[Document], _: &Options) {}

    /// What no other output may have of this document, for messages: the object itself and its hosts.
    fn unique_names(&self, _: &Document, _: &Options) -> Vec<UniqueName> {
        Vec::new()
    }

    /// The sections by which an environment with another namespace uses a resource of the one with
    /// `options`. `place` is that of what says so.
    ///
    /// # Errors
    ///
    /// Says why that is not possible.
    fn share(
        &self,
        _: &ProvisionedResource,
        _: &Options,
        _place: Span,
    ) -> Result<Sections, String> {
        Err(format!("{} has no resources to share", self.name()))
    }

    /// Whether these sections of a resource store data that outlives its containers.
    fn stores_data(&self, sections: &Sections) -> bool;

    /// Reads the values of the environment that this target uses, besides the definitions.
    fn read_values(&self, _values: &Node, _options: &mut Options, _report: &mut Report) {}

    /// Reads files with schemas of objects that are not part of the target.
    fn read_schemas(
        &self,
        _files: &[SourceId],
        _options: &mut Options,
        _sources: &Sources,
        _report: &mut Report,
    ) {
    }

    /// Reports what depends on random values in another way than a store can give, for targets with
    /// [`SecretsSetting::External`].
    fn check_drawn(&self, _: &DrawnTwice<'_>, _: &Sources, _: &mut Report) {}

    /// Stage 8: a plan to documents and files. It may take the sections that the plan does not keep.
    ///
    /// # Errors
    ///
    /// When any error was reported.
    fn lower(
        &self,
        plan: &mut Plan,
        options: &Options,
        sources: &Sources,
        report: &mut Report,
    ) -> Result<TargetOutput, Reported>;

    /// The objects of documents, in their order.
    fn objects(&self, documents: &[Document]) -> Vec<ObjectName>;

    /// Whether two documents are of the same object.
    fn is_same_object(&self, _one: &Document, _other: &Document) -> bool {
        true
    }

    /// What gave a value of a document as it was lowered.
    fn causes(&self, lowered: &Lowered<'_>, document: &Document, path: &[Step]) -> Vec<Cause>;

    /// What added or changed a value after patches.
    fn causes_of_added(&self, lowered: &Lowered<'_>, added: &Added<'_>) -> Vec<Cause>;

    /// Adds to the documents what depends on how patches left them.
    fn finish(
        &self,
        _documents: &mut [Document],
        _plan: &Plan,
        _options: &Options,
        _sources: &Sources,
        _report: &mut Report,
    ) {
    }
}

/// A name that only one output may have.
#[derive(Debug, PartialEq, Eq)]
pub enum UniqueName {
    /// An object, as a message names it.
    Object(String),
    /// A host.
    Host(String),
    /// A port on all nodes of the cluster.
    NodePort(i128),
}

/// Resources that were provisioned with two sets of stand-ins for random values.
pub struct DrawnTwice<'a> {
    /// The resources.
    pub nodes: &'a [ResourceNode],
    /// What each set gave.
    pub sets: [DrawnSet<'a>; 2],
}

/// What one set of stand-ins gave.
#[derive(Clone, Copy)]
pub struct DrawnSet<'a> {
    /// The resources, in the order of the graph.
    pub resources: &'a [ProvisionedResource],
    /// What finds the stand-ins.
    pub stored: &'a StoredSecrets,
}

/// The documents as a target has lowered them.
pub struct Lowered<'a> {
    /// What they were lowered from.
    pub plan: &'a Plan,
    /// The options.
    pub options: &'a Options,
    /// The documents of the workloads of the plan, after overrides.
    pub trees: &'a [Node],
}

impl<'a> Lowered<'a> {
    /// The document of the workload of a name.
    pub(crate) fn written(&self, name: &str) -> Option<WrittenWorkload<'a>> {
        let index = self.plan.position(name)?;
        let tree = self.trees.get(index)?;
        Some(WrittenWorkload { index, tree })
    }
}

/// A value that was added or changed after patches.
pub struct Added<'a> {
    /// The document as it is written.
    pub document: &'a Document,
    /// The document before.
    pub before: &'a Document,
    /// The way to the value.
    pub path: &'a [Step],
}

/// An object of an output, as people name it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ObjectName {
    /// The kind: that of Kubernetes, or `service`, `volume`, `network`, `config`, `model`, `project`.
    pub kind: String,
    /// The name.
    pub name: String,
    /// The workload that it belongs to.
    pub workload: Option<String>,
    /// The index of its document.
    pub document: usize,
    /// The way to it in the document.
    pub path: Vec<Step>,
}

/// What is the same for every run with a target.
pub struct TargetInfo {
    /// The name, as in `target:` of an environment.
    pub name: &'static str,
    /// The output file when none is named.
    pub default_output: &'static str,
    /// Whether the program that reads the output finds [`TargetInfo::default_output`] by itself,
    /// and no JSON file beside it.
    pub finds_default_output: bool,
    /// The keys of `environment.yaml` that only this target has.
    pub environment_keys: &'static [&'static str],
    /// The annotations of workloads that it reads.
    pub annotations: &'static [&'static str],
    /// The sections that a provisioner may have for this target.
    pub sections: &'static [&'static str],
    /// The embedded definitions: a resource type and the text of its definitions file.
    pub builtins: &'static [(&'static str, &'static str)],
    /// Whether workloads reach each other only by ports that they declare.
    pub reaches_ports_only: bool,
    /// Whether the output runs where others than its author can reach it.
    pub is_shared: bool,
    /// The values of `secrets:` that this target has.
    pub secrets: &'static [SecretsSetting],
    /// Whether variables of the environment can be left to the start of the workload.
    pub defers_variables: bool,
    /// The values of an environment that the target itself reads, whatever definitions do.
    pub values: &'static [&'static str],
    /// How patches see the documents.
    pub patch_view: View,
    /// What score-rs decides itself in the output.
    pub defaults: &'static [&'static [&'static DefaultRule]],
}

/// Where values that are secret are written: what is drawn from the seed, and what a state or a
/// program gives under a key such as `password`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum SecretsSetting {
    /// Into the output.
    #[default]
    Plain,
    /// Into files beside the output, which git ignores.
    File,
    /// Into a store, from which the cluster gets them. A run does not know them.
    External,
    /// Nowhere: a resource that needs one is an error.
    None,
}

impl SecretsSetting {
    /// Every setting.
    pub const ALL: [SecretsSetting; 4] = [
        SecretsSetting::Plain,
        SecretsSetting::File,
        SecretsSetting::External,
        SecretsSetting::None,
    ];

    /// The setting as `secrets:` of an environment has it.
    pub fn name(self) -> &'static str {
        match self {
            SecretsSetting::Plain => "plain",
            SecretsSetting::File => "file",
            SecretsSetting::External => "external",
            SecretsSetting::None => "none",
        }
    }
}

/// What pods of workloads are not allowed to do: a subset of the Pod Security Standards.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum PodSecurity {
    /// Nothing is written.
    None,
    /// What programs do not notice.
    #[default]
    Baseline,
    /// The standard `restricted`, which images must be made for.
    Restricted,
}

impl PodSecurity {
    /// Every setting, with its name in `podSecurity:` of an environment.
    pub const ALL: [(&'static str, PodSecurity); 3] = [
        ("none", PodSecurity::None),
        ("baseline", PodSecurity::Baseline),
        ("restricted", PodSecurity::Restricted),
    ];

    /// The setting as `podSecurity:` of an environment has it.
    pub fn name(self) -> &'static str {
        let mut settings = PodSecurity::ALL.into_iter();
        let named = settings.find(|(_, setting)| *setting == self);
        named.map_or("", |(name, _)| name)
    }
}

/// The options of a target for one run.
#[derive(Debug, Clone, Default)]
pub struct Options {
    /// Kubernetes: the namespace of all objects that have one.
    pub namespace: Option<String>,
    /// Kubernetes: whether the namespace itself is part of the output.
    pub generate_namespace: bool,
    /// Kubernetes: how long the namespace exists, with all that is in it; for ever when `None`.
    pub lifetime: Option<String>,
    /// Kubernetes: what pods of workloads are not allowed to do.
    pub pod_security: PodSecurity,
    /// Kubernetes: the kinds that the environment has schemas of.
    pub custom_kinds: CustomKinds,
    /// What the environment switches on for all workloads.
    pub features: Features,
    /// Where secrets are written.
    pub secrets: SecretsSetting,
    /// Where the environment says so.
    pub secrets_span: Option<Span>,
    /// The store of [`SecretsSetting::External`].
    pub secret_store: Option<SecretStore>,
    /// Compose: the directory of files beside the output, relative to the project.
    pub mounts: String,
    /// Compose: the same directory as the output names it.
    pub mounts_in_output: String,
    /// Compose: the current directory as the output names it, such as `..`.
    pub project_in_output: String,
    /// Compose: published ports; an error on Kubernetes.
    pub publish: Vec<Publish>,
    /// Compose: the restart policy of what keeps running; `on-failure` when `None`.
    pub restart: Option<&'static str>,
    /// Compose: the registry of the images that no definition and no Score file names.
    pub image_registry: Option<Spanned<String>>,
    /// Compose: whether a workload waits until those that it calls are healthy, where they have a
    /// health check.
    pub waits_for_health: bool,
    /// Compose: whether `httpGet` probes become health checks, which need a helper service.
    pub http_probes: bool,
}

/// The result of [`Target::lower`].
#[derive(Debug, Default)]
pub struct TargetOutput {
    /// The documents, in the order of the output.
    pub documents: Vec<Document>,
    /// Files and directories that the documents mount.
    pub artifacts: Vec<Artifact>,
    /// Lines to show to the person who runs the compiler.
    pub notes: Vec<String>,
}

/// The embedded definitions of a target, one file per type.
macro_rules! embed_definitions {
    ($($kind:literal),+ $(,)?) => {
        &[$(($kind, include_str!(concat!("builtin/", $kind, ".provisioners.yaml")))),+]
    };
}

pub(crate) use embed_definitions;
