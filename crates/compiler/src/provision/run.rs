//! What the work on each resource starts from, and what it gives.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::OnceLock;
use std::time::Duration;

use indexmap::IndexMap;

use super::calls::Calls;
use super::external::{ExternalWorkload, ExternalWorkloads};
use super::library::{Binding, Definition, Library};
use super::pins::{Pins, Rotations};
use super::state::{State, without_secrets};
use crate::identity::Identity;
use crate::link::Graph;
use crate::model::Workload;
use crate::placeholder::resolve::Outputs;
use crate::support::host::Host;
use crate::support::project_files::FileRules;
use crate::support::random::Key;
use diagnostics::report::Report;
use diagnostics::source::{ReservedSources, Sources, Span};
use diagnostics::value::{Map, Value};
use yaml::{LazyNode, Node as Tree};

/// What a target requires of provisioning.
pub struct TargetRequirements<'a> {
    /// The name of the target, for templates.
    pub target: &'a str,
    /// The sections that a definition may have for the target.
    pub sections: &'a [&'static str],
    /// Gives the host name of a workload.
    pub service_name: &'a WorkloadName<'a>,
    /// Gives the name of the object that runs a workload.
    pub object_name: &'a WorkloadName<'a>,
}

/// Gives a name of a workload.
pub type WorkloadName<'a> = dyn Fn(&Workload) -> String + Sync + 'a;

/// What is the same for all resources of a run.
pub struct RunContext<'a> {
    /// For programs, environment variables and the seed.
    pub host: &'a dyn Host,
    /// The definitions.
    pub library: &'a Library,
    /// What the target requires.
    pub requirements: TargetRequirements<'a>,
    /// Project and environment.
    pub identity: &'a Identity,
    /// The namespace; empty when none is set.
    pub namespace: &'a str,
    /// The directory for files of provisioners, as the output names it.
    pub mounts_directory: &'a str,
    /// The values of the environment.
    pub values: &'a Value,
    /// The same with their places.
    pub written_values: Option<&'a Tree>,
    /// The workloads elsewhere that the environment declares.
    pub external: Option<&'a ExternalWorkloads>,
    /// Whether random functions give stand-ins for values that only a store has.
    pub has_stand_ins: bool,
    /// Which files definitions may read.
    pub file_rules: FileRules,
    /// Whether programs run; what they would give is unknown otherwise.
    pub runs_programs: bool,
    /// The time limit of a `cmd://` program.
    pub command_timeout: Duration,
    /// The state of an earlier run.
    pub previous: &'a State,
    /// The pinned defaults of resources.
    pub pins: &'a Pins,
    /// The rotations of resources.
    pub rotations: &'a Rotations,
    /// The resources of other environments that this one has, by their uids.
    pub given: &'a BTreeMap<String, ProvisionedResource>,
}

impl RunContext<'_> {
    /// The workloads elsewhere that the environment declares and the run does not have.
    pub(super) fn external(
        &self,
        graph: &Graph,
    ) -> impl Iterator<Item = (&String, &ExternalWorkload)> {
        let declared = self.external.into_iter().flatten();
        declared.filter(|(name, _)| graph.workload(name).is_none())
    }

    /// The stored state of a resource, without its passwords when they were rotated since it was
    /// stored.
    pub(super) fn previous_state(&self, uid: &str) -> Value {
        match self.previous.resources.get(uid) {
            None => Value::map(),
            Some(state) if self.previous.rotations.get(uid) == self.rotations.get(uid) => {
                state.clone()
            }
            Some(state) => without_secrets(state, &|_| false),
        }
    }
}

/// Sections of a definition, as they are rendered for a resource.
pub type Sections = IndexMap<&'static str, LazyNode>;

/// A resource that is provisioned.
#[derive(Debug, Clone, Default)]
pub struct ProvisionedResource {
    /// The outputs that placeholders may use.
    pub outputs: Outputs,
    /// The sections for the target. Their places are in rendered text; [`Sources::origin`] gives
    /// the place in the definition.
    pub sections: Sections,
    /// The place of the definition, if it shared a value. Then a later resource may repeat parts of
    /// the sections of an earlier one, since it knows them.
    pub shared_by: Option<Span>,
    /// The defaults that it was provisioned with, to be pinned.
    pub defaults: Map,
    /// Whether its definition is embedded in this program.
    pub is_builtin: bool,
    /// Whether stored state gave it other values than a run without state would have.
    pub depends_on_state: bool,
    /// The place of the rendered outputs, or of the file that has them; `None` of a program.
    pub outputs_span: Option<Span>,
    /// The workloads that its users can call by it.
    pub calls: Calls,
    /// What random functions gave, by the section and the number there.
    pub drawn: Vec<(String, String)>,
    /// The branches of its templates that ran, by section; see [`go_template::Branch`].
    pub entered: Vec<(&'static str, BTreeSet<u32>)>,
}

impl ProvisionedResource {
    /// One of which nothing is known.
    pub(crate) fn unknown() -> ProvisionedResource {
        ProvisionedResource {
            outputs: Outputs::Unknown,
            ..ProvisionedResource::default()
        }
    }

    /// Whether nothing is known of it.
    pub(crate) fn is_unknown(&self) -> bool {
        self.outputs == Outputs::Unknown
    }

    /// Drops what only tests of definitions and lists of secrets ask for.
    pub(crate) fn drop_trace(&mut self) {
        self.drawn = Vec::new();
        self.entered = Vec::new();
    }
}

/// The provisioning of one graph.
pub(super) struct Run<'a> {
    pub(super) context: &'a RunContext<'a>,
    pub(super) sources: &'a Sources,
    pub(super) graph: &'a Graph,
    pub(super) bindings: &'a [Binding],
    /// For each resource, the places of its rendered sections.
    pub(super) places: Vec<ReservedSources>,
    /// Read from the host when a random function is first called.
    pub(super) seed: OnceLock<Result<Key, String>>,
}

/// The result of the work on one resource.
#[derive(Default)]
pub(super) struct Outcome {
    /// The standard error of a program that succeeded.
    pub(super) stderr: String,
    /// The params of a route.
    pub(super) params: Option<Map>,
    /// `None` when the resource failed or was skipped.
    pub(super) output: Option<ProvisionOutput>,
    /// The problems of the resource.
    pub(super) report: Report,
}

/// What a definition gives for a resource.
#[derive(Default)]
pub(super) struct ProvisionOutput {
    pub(super) resource: ProvisionedResource,
    /// The state of the resource for the next run.
    pub(super) state: Option<Value>,
    /// A merge patch for the shared state.
    pub(super) shared: Option<Value>,
}

impl ProvisionOutput {
    /// What a resource gives of which nothing is known.
    pub(super) fn unknown() -> ProvisionOutput {
        ProvisionOutput {
            resource: ProvisionedResource::unknown(),
            ..ProvisionOutput::default()
        }
    }

    /// What a resource of another environment gives.
    pub(super) fn given(resource: &ProvisionedResource) -> ProvisionOutput {
        ProvisionOutput {
            resource: resource.clone(),
            ..ProvisionOutput::default()
        }
    }

    /// Whether nothing is known of it.
    pub(super) fn is_unknown(&self) -> bool {
        self.resource.is_unknown()
    }
}

impl Run<'_> {
    /// The definition of a resource.
    pub(super) fn definition(&self, resource: usize) -> &Definition {
        &self.context.library.definitions()[self.bindings[resource]]
    }
}
