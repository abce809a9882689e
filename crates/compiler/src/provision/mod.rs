//! Stage 6: every resource to outputs and target sections, by the library's definitions.
//!
//! - **Promise:** a resource has one outcome, worked out after all that it needs, or its failure is
//!   reported with its place.
//! - **Takes:** the graph, a library of definitions, the state of an earlier run, the host.
//! - **Gives:** outputs and sections per resource, and the state to keep.
//! - **Never:** reads what is in a target's section.

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
use crate::model::{Port, Workload};
use crate::placeholder::resolve::Outputs;
use crate::support::host::Host;
use crate::support::random::Key;
use diagnostic_dedup::Told;
use diagnostics::report::{Report, Reported};
use diagnostics::source::{ReservedSources, Sources, Span};
use diagnostics::value::Value;
use library::Definition;
use yaml::Node as Tree;

pub use library::Library;
pub use matching::{Binding, bind, check_mounts, check_templates, check_unused_resources};
pub use state::{State, Unused};

/// What a target wants of provisioning.
pub struct Wanted<'a> {
    /// The target's name, for templates.
    pub target: &'a str,
    /// The sections that a definition may have for it.
    pub sections: &'a [&'static str],
    /// Whether variables of the environment may be left to whoever starts the workload.
    pub defers_variables: bool,
    /// How others reach a workload.
    pub service_name: &'a ServiceName<'a>,
    /// What the object that runs a workload is called.
    pub object_name: &'a (dyn Fn(&Workload) -> String + Sync),
}

/// Gives the host name at which others reach a workload with these ports; `None` when it cannot be
/// reached.
pub type ServiceName<'a> = dyn Fn(&Workload, &[Port]) -> Option<String> + Sync + 'a;

/// What is the same for every resource of a run.
pub struct Settings<'a> {
    /// Project and environment.
    pub identity: &'a Identity,
    /// The namespace; empty when none is set.
    pub namespace: &'a str,
    /// Where files of provisioners are placed, as the output names it.
    pub mounts_directory: &'a str,
    /// What the environment knows.
    pub values: &'a Value,
    /// The same as it was written.
    pub written_values: Option<&'a Tree>,
    /// How long a `cmd://` program may run.
    pub command_timeout: Duration,
}

/// A resource that was provisioned.
#[derive(Debug, Clone, Default)]
pub struct Provisioned {
    /// What workloads may ask of it.
    pub outputs: Outputs,
    /// The target's sections, unread; their places lie in rendered text that [`Sources::origin`]
    /// leads back to the definition.
    pub sections: IndexMap<&'static str, Tree>,
    /// The place of the definition, when it shared something: then it gives the sections of a later
    /// resource in the knowledge of the earlier ones, and may describe a part of theirs anew.
    pub shared_by: Option<Span>,
}

/// Provisions every resource of the graph, those that are independent at the same time. One that
/// fails is reported, those that need it are skipped and said so, the rest goes on.
#[allow(clippy::too_many_arguments)]
pub fn provision(
    sources: &mut Sources,
    host: &dyn Host,
    library: &Library,
    wanted: &Wanted<'_>,
    settings: &Settings<'_>,
    graph: &Graph,
    bindings: &[Binding],
    previous: &State,
    report: &mut Report,
) -> Result<(Vec<Provisioned>, State), Reported> {
    previous
        .resources
        .values()
        .chain([&previous.shared])
        .for_each(|own| sources.secrets().add_from(own));
    provisioner_change::report(library, graph, bindings, previous, report);
    let sections = |binding: &Binding| library.definitions()[*binding].sections.len();
    let places = bindings
        .iter()
        .map(|binding| sources.reserve(sections(binding)))
        .collect();
    let run = Run {
        sources,
        host,
        library,
        wanted,
        settings,
        graph,
        bindings,
        places,
        previous,
        seed: OnceLock::new(),
    };
    let (outcomes, shared) = scheduler::settle_all(&run);
    report.collect(|report| run.conclude(outcomes, shared, report))
}

/// What every resource of a run is provisioned with.
struct Run<'a> {
    sources: &'a Sources,
    host: &'a dyn Host,
    library: &'a Library,
    wanted: &'a Wanted<'a>,
    settings: &'a Settings<'a>,
    graph: &'a Graph,
    bindings: &'a [Binding],
    /// For each resource, the places of the texts that its sections render to.
    places: Vec<ReservedSources>,
    previous: &'a State,
    /// Asked of the host when something first draws from it.
    seed: OnceLock<Result<Key, String>>,
}

/// What the work on one resource came to.
struct Outcome {
    /// What a program wrote to standard error, when it ended well.
    said: String,
    /// `None` where it failed.
    made: Option<Made>,
    /// What there is to say about it.
    report: Report,
}

/// What a definition made of a resource.
#[derive(Default)]
struct Made {
    provisioned: Provisioned,
    /// What to remember for the next run.
    state: Option<Value>,
    /// A merge patch on what all resources share.
    shared: Option<Value>,
}

impl Run<'_> {
    /// The definition that provisions a resource.
    fn definition(&self, resource: usize) -> &Definition {
        &self.library.definitions()[self.bindings[resource]]
    }

    /// What is remembered of resources that are not part of this run. It may be about some of a
    /// project's files only, and a workload that is gone today may be back tomorrow.
    fn left_alone(&self) -> State {
        let uids: BTreeSet<String> = self
            .graph
            .resources
            .iter()
            .map(|node| node.uid.to_string())
            .collect();
        let mut state = self.previous.clone();
        state.resources.retain(|uid, _| !uids.contains(uid));
        state.provisioners.retain(|uid, _| !uids.contains(uid));
        state
    }

    /// Puts together what the resources came to, in the order of the graph.
    fn conclude(
        &self,
        outcomes: Vec<Outcome>,
        shared: Value,
        report: &mut Report,
    ) -> (Vec<Provisioned>, State) {
        let mut names = self.settings.identity.kept.clone();
        names.source_workloads.extend(self.graph.sources());
        let mut state = self.left_alone();
        state.shared = shared;
        state.names = names;
        let mut provisioned = Vec::with_capacity(outcomes.len());
        let mut told = Told::default();
        for ((index, node), outcome) in self.graph.resources.iter().enumerate().zip(outcomes) {
            report.merge(told.only_new(outcome.report, &node.uid));
            if !outcome.said.is_empty() {
                self.host.log(&outcome.said);
            }
            let Some(made) = outcome.made else { continue };
            if let Some(own) = made.state {
                state.provisioners.insert(
                    node.uid.to_string(),
                    self.definition(index).uri.value.clone(),
                );
                state.resources.insert(node.uid.to_string(), own);
            }
            provisioned.push(made.provisioned);
        }
        (provisioned, state)
    }
}
