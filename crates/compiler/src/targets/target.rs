//! What a target is to the rest of the compiler.

use super::publish::Publish;
use crate::link::Graph;
use crate::model::{Port, Uid, Workload};
use crate::patch::View;
use crate::plan::Plan;
use crate::support::document::{Artifact, Document, OutputFile};
use diagnostics::report::{Problem, Report, Reported, Severity};
use diagnostics::source::Sources;
use diagnostics::value::Value;

/// A kind of output: Kubernetes manifests or a Compose file.
pub trait Target: Sync {
    /// The name, as in `target:` of an environment.
    fn name(&self) -> &'static str;

    /// The file that is written when none is named.
    fn default_output(&self) -> &'static str;

    /// The sections that a provisioner may have for this target.
    fn sections(&self) -> &'static [&'static str];

    /// Whether variables of the environment can be left to whoever starts the workload.
    fn defers_variables(&self) -> bool;

    /// The name at which others reach a workload; `None` when it cannot be reached.
    fn service_name(&self, workload: &Workload, ports: &[Port]) -> Option<String>;

    /// The name of the object that runs a workload.
    fn object_name(&self, workload: &Workload) -> String;

    /// How patch templates see the documents.
    fn patch_view(&self) -> View;

    /// The name of the file of a document where each has its own, without an extension.
    fn file_stem(&self, document: &Document) -> String;

    /// The file that lists the files of a directory; `None` when the target has no such thing.
    fn index(&self, files: &[OutputFile]) -> Option<OutputFile>;

    /// Whether a file that lists the others is as [`Target::index`] made it, and nobody has changed
    /// it since.
    fn is_generated_index(&self, text: &str) -> bool;

    /// All documents as one value, for a syntax without streams.
    fn to_single_value(&self, documents: Vec<Document>) -> Value;

    /// The embedded definitions: a resource type and the text of its definitions file.
    fn builtins(&self) -> &'static [(&'static str, &'static str)];

    /// Reports what this target refuses in a workload and others may accept, with the severity that
    /// the caller gives it. Part of the workload may be missing.
    fn check_portability(&self, _: &Workload, _: Severity, _: &mut Report) {}

    /// Whether ports of the host can lead where they shall, as far as that is known before
    /// resources are provisioned.
    fn check_publish(&self, asked: &[Publish], graph: &Graph, report: &mut Report);

    /// What lowering a workload would report whatever its resources give, said before they are
    /// provisioned. Of the workload a part may be unread.
    fn check_workload(&self, _: &Workload, _: &mut Report) {}

    /// What is wrong with the mount of a resource that gives outputs of these names, wherever it is
    /// mounted; `None` when they may make a volume.
    fn not_a_volume(&self, uid: &Uid, outputs: &[String]) -> Option<Problem>;

    /// Expresses a plan.
    fn lower(
        &self,
        plan: &Plan,
        options: &Options,
        sources: &Sources,
        report: &mut Report,
    ) -> Result<Lowered, Reported>;
}

/// What a run decides about its output.
#[derive(Debug, Clone, Default)]
pub struct Options {
    /// Kubernetes: the namespace of all objects that have one.
    pub namespace: Option<String>,
    /// Kubernetes: whether the namespace itself is part of the output.
    pub generate_namespace: bool,
    /// Compose: the directory of files beside the output, relative to the project.
    pub mounts: String,
    /// Compose: the same directory as the output names it.
    pub mounts_in_output: String,
    /// Compose: the current directory as the output names it, such as `..`.
    pub project_in_output: String,
    /// Compose: ports of the host; Kubernetes refuses them.
    pub publish: Vec<Publish>,
    /// Compose: whether `httpGet` probes become health checks, which needs a helper in each
    /// container.
    pub http_probes: bool,
}

/// What lowering gives.
#[derive(Debug, Default)]
pub struct Lowered {
    /// The documents, in the order in which they are written.
    pub documents: Vec<Document>,
    /// Files and directories that belong to them.
    pub artifacts: Vec<Artifact>,
    /// Lines for the person who runs the compiler.
    pub notes: Vec<String>,
}

/// The embedded definitions of a target, one file per type.
macro_rules! embed_definitions {
    ($($kind:literal),+ $(,)?) => {
        &[$(($kind, include_str!(concat!("builtin/", $kind, ".provisioners.yaml")))),+]
    };
}

pub(crate) use embed_definitions;
