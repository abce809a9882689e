//! Stage 6: provisions every resource of the graph by its definition of the library.
//!
//! Each resource gets its outputs and its sections for the target, after all resources that it
//! needs; a failure is reported with its place. The sections stay opaque: only a target reads them.
//! The stage also gives the state for the next run.

pub(crate) mod definition;
mod diagnostic_dedup;
pub(crate) mod engines;
pub mod library;
pub mod matching;
mod params;
pub(crate) mod provisioner_change;
mod scheduler;
mod state;

use std::collections::BTreeSet;
use std::sync::OnceLock;
use std::time::Duration;

use indexmap::IndexMap;

use crate::identity::Identity;
use crate::link::Graph;
use crate::model::Workload;
use crate::placeholder::resolve::Outputs;
use crate::support::host::Host;
use crate::support::random::Key;
use diagnostic_dedup::DiagnosticDedup;
use diagnostics::report::{Report, Reported};
use diagnostics::source::{Reserved, Sources, Span};
use diagnostics::value::Value;
use library::Definition;
use yaml::Node as Tree;

pub use library::Library;
pub use matching::{
    Binding, check_mounts, check_templates, check_unused_resources, match_definitions,
};
pub use state::{State, UnusedState};

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
    /// The time limit of a `cmd://` program.
    pub command_timeout: Duration,
    /// The state of an earlier run.
    pub previous: &'a State,
}

/// A resource that is provisioned.
#[derive(Debug, Clone, Default)]
pub struct ProvisionedResource {
    /// The outputs that placeholders may use.
    pub outputs: Outputs,
    /// The sections for the target. Their places are in rendered text; [`Sources::origin`] gives the
    /// place in the definition.
    pub sections: IndexMap<&'static str, Tree>,
    /// The place of the definition, if it shared a value. Then a later resource may repeat parts of
    /// the sections of an earlier one, since it knows them.
    pub shared_by: Option<Span>,
}

/// Provisions all resources of the graph; independent ones at the same time. A failure is reported,
/// and resources that need the failed one are skipped with a note. `bindings` has the definition of
/// each resource, in the order of the graph.
pub fn provision(
    context: &RunContext<'_>,
    sources: &mut Sources,
    graph: &Graph,
    bindings: &[Binding],
    report: &mut Report,
) -> Result<(Vec<ProvisionedResource>, State), Reported> {
    for state in context
        .previous
        .resources
        .values()
        .chain([&context.previous.shared])
    {
        sources.secrets().keep_in(state);
    }
    provisioner_change::report(context, graph, bindings, report);
    let definitions = context.library.definitions();
    let places = bindings
        .iter()
        .map(|binding| sources.reserve(definitions[*binding].sections.len()))
        .collect();
    let run = Run {
        context,
        sources,
        graph,
        bindings,
        places,
        seed: OnceLock::new(),
    };
    let (outcomes, shared) = scheduler::provision_all(&run);
    report.collect(|report| run.conclude(outcomes, shared, report))
}

/// The provisioning of one graph.
struct Run<'a> {
    context: &'a RunContext<'a>,
    sources: &'a Sources,
    graph: &'a Graph,
    bindings: &'a [Binding],
    /// For each resource, the places of its rendered sections.
    places: Vec<Reserved>,
    /// Read from the host when a random function is first called.
    seed: OnceLock<Result<Key, String>>,
}

/// The result of the work on one resource.
struct Outcome {
    /// The standard error of a program that succeeded.
    stderr: String,
    /// `None` when the resource failed or was skipped.
    output: Option<ProvisionOutput>,
    /// The problems of the resource.
    report: Report,
}

/// What a definition gives for a resource.
#[derive(Default)]
struct ProvisionOutput {
    resource: ProvisionedResource,
    /// The state of the resource for the next run.
    state: Option<Value>,
    /// A merge patch for the shared state.
    shared: Option<Value>,
}

impl Run<'_> {
    /// The definition of a resource.
    fn definition(&self, resource: usize) -> &Definition {
        &self.context.library.definitions()[self.bindings[resource]]
    }

    /// The earlier state of resources that are not in the graph. It is kept, since a run may be for
    /// some files of the project only.
    fn state_of_others(&self) -> State {
        let uids: BTreeSet<String> = self
            .graph
            .resources
            .iter()
            .map(|node| node.uid.to_string())
            .collect();
        let mut state = self.context.previous.clone();
        state.resources.retain(|uid, _| !uids.contains(uid));
        state.provisioners.retain(|uid, _| !uids.contains(uid));
        state
    }

    /// Collects the outcomes, in the order of the graph.
    fn conclude(
        &self,
        outcomes: Vec<Outcome>,
        shared: Value,
        report: &mut Report,
    ) -> (Vec<ProvisionedResource>, State) {
        let mut state = self.state_of_others();
        state.shared = shared;
        state.names = self.context.identity.persisted.clone();
        state
            .names
            .source_workloads
            .extend(self.graph.source_workloads());
        let mut provisioned = Vec::with_capacity(outcomes.len());
        let mut dedup = DiagnosticDedup::default();
        for ((index, node), outcome) in self.graph.resources.iter().enumerate().zip(outcomes) {
            report.merge(dedup.only_new(outcome.report));
            if !outcome.stderr.is_empty() {
                self.context.host.log(&outcome.stderr);
            }
            let Some(output) = outcome.output else {
                continue;
            };
            if let Some(resource_state) = output.state {
                let uid = node.uid.to_string();
                let uri = self.definition(index).uri.value.clone();
                state.provisioners.insert(uid.clone(), uri);
                state.resources.insert(uid, resource_state);
            }
            provisioned.push(output.resource);
        }
        (provisioned, state)
    }
}
