//! Stage 6: provisions every resource of the graph by its definition of the library.
//!
//! Each resource gets its outputs and its sections for the target, after all resources that it
//! needs; a failure is reported with its place. The sections stay opaque: only a target reads them.
//! The stage also gives the state for the next run.

pub(crate) mod builtin_inputs;
pub(crate) mod calls;
pub(crate) mod changed_number;
pub mod declarations;
pub(crate) mod definition;
mod diagnostic_dedup;
pub(crate) mod engines;
mod external;
pub mod library;
pub mod matching;
mod not_definitions;
mod params;
mod patterns;
mod pins;
pub(crate) mod provisioner_change;
pub(crate) mod routes;
mod run;
mod scheduler;
pub(crate) mod state;
pub(crate) mod stored;
mod template_help;

use std::collections::BTreeSet;
use std::sync::OnceLock;

use crate::link::Graph;
use crate::placeholder::resolve::without_secret_references;
use definition::Engine;
use diagnostic_dedup::DiagnosticDedup;
use diagnostics::report::Report;
use diagnostics::source::Sources;
use diagnostics::value::Value;
use run::{Outcome, ProvisionOutput, Run};

pub use builtin_inputs::check_values;
pub use calls::Calls;
pub use definition::FUNCTIONS;
pub use engines::template::MISSING_OUTPUT;
pub use external::{ExternalWorkload, ExternalWorkloads};
pub use library::{Binding, Library};
pub use matching::{
    Surroundings, check_forbidden, check_forbidden_types, check_mounts, check_templates,
    check_unused_resources, check_workloads, match_definitions,
};
pub use pins::{Pins, Rotations};
pub use run::{ProvisionedResource, RunContext, Sections, TargetRequirements, WorkloadName};
pub use state::{State, UnusedState};
pub use stored::{StoredSecret, StoredSecrets};

/// Provisions all resources of the graph; independent ones at the same time. A failure is reported,
/// and resources that need the failed one are skipped with a note; what they would give is unknown.
/// `bindings` has the definition of each resource, in the order of the graph.
pub fn provision(
    context: &RunContext<'_>,
    sources: &mut Sources,
    graph: &Graph,
    bindings: &[Binding],
    report: &mut Report,
) -> (Vec<ProvisionedResource>, State) {
    for state in context
        .previous
        .resources
        .values()
        .chain([&context.previous.shared])
    {
        let secrets = sources.secrets();
        secrets.add_from(&without_secret_references(state));
    }
    provisioner_change::report(context, graph, bindings, report);
    let definitions = context.library.definitions();
    let previous = &context.previous.resources;
    let nodes = graph.resources.iter();
    let counts = nodes.zip(bindings).map(|(node, binding)| {
        let again = match previous.contains_key(&node.uid.to_string()) {
            true => engines::template::STATE_SECTIONS,
            false => 0,
        };
        let definition = &definitions[*binding];
        let file = usize::from(definition.engine == Engine::Outputs);
        definition.sections.len() + file + again
    });
    let counts: Vec<usize> = counts.collect();
    let mut all = sources.reserve(counts.iter().sum());
    let places = counts.iter().map(|count| all.take_some(*count)).collect();
    let run = Run {
        context,
        sources,
        graph,
        bindings,
        places,
        seed: OnceLock::new(),
    };
    let (outcomes, shared) = scheduler::provision_all(&run);
    run.conclude(outcomes, shared, report)
}

impl Run<'_> {
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
        state.rotations.retain(|uid, _| !uids.contains(uid));
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
        let mut provisioned = Vec::with_capacity(outcomes.len());
        let mut dedup = DiagnosticDedup::default();
        self.check_routes(&outcomes, report);
        for ((index, node), outcome) in self.graph.resources.iter().enumerate().zip(outcomes) {
            report.merge(dedup.only_new(outcome.report));
            if !outcome.stderr.is_empty() {
                let text = self.sources.secrets().hide(&outcome.stderr);
                self.context.host.log(&text);
            }
            let output = outcome.output.unwrap_or_else(ProvisionOutput::unknown);
            if let Some(resource_state) = output.state {
                let uid = node.uid.to_string();
                let uri = self.definition(index).uri.value.clone();
                state.provisioners.insert(uid.clone(), uri);
                let rotation = self.context.rotations.get(&uid);
                state
                    .rotations
                    .extend(rotation.map(|count| (uid.clone(), *count)));
                state.resources.insert(uid, resource_state);
            }
            provisioned.push(output.resource);
        }
        (provisioned, state)
    }
}
