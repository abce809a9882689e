//! Stage 6: every resource to outputs and target sections, by the library's definitions.
//!
//! - **Promise:** a resource is provisioned once, after everything it needs, or its failure is reported with its place.
//! - **Takes:** the graph, a library of definitions, the state of an earlier run, the host.
//! - **Gives:** outputs and sections per resource, and the state to keep.
//! - **Never:** reads what is in a target's section.

pub mod bind;
mod command;
mod engine;
mod kept;
pub mod library;
mod params;
mod section;
mod state;

use std::cell::OnceCell;
use std::time::Duration;

use indexmap::IndexMap;

use crate::base::diagnostics::{Problem, Report, Reported};
use crate::base::go_template::Data;
use crate::base::host::Host;
use crate::base::random::Key;
use crate::base::text::Sources;
use crate::base::value::Value;
use crate::base::yaml::Node as Tree;
use crate::front::model::{Port, Workload};
use crate::middle::identity::Identity;
use crate::middle::link::{Graph, Node};
use crate::middle::resolve::Outputs;

pub use bind::{Binding, bind};
pub use library::Library;
pub use state::State;

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
    pub object_name: &'a dyn Fn(&Workload) -> String,
}

/// Gives the host name at which others reach a workload with these ports; `None` when it cannot be reached.
pub type ServiceName<'a> = dyn Fn(&Workload, &[Port]) -> Option<String> + 'a;

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
    /// How long a `cmd://` program may run.
    pub command_timeout: Duration,
}

/// A resource that was provisioned.
#[derive(Debug, Clone, Default)]
pub struct Provisioned {
    /// What workloads may ask of it.
    pub outputs: Outputs,
    /// The target's sections, unread; their places lie in rendered text that [`Sources::origin`] leads back to the
    /// definition.
    pub sections: IndexMap<&'static str, Tree>,
}

/// Provisions every resource of the graph. One that fails is reported, those that need it are skipped and said so, the
/// rest goes on.
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
    let services = engine::workload_services(graph, wanted);
    let mut run = Run {
        sources,
        host,
        library,
        wanted,
        settings,
        graph,
        previous,
        services,
        state: State { shared: Value::map(), ..State::default() },
        seed: OnceCell::new(),
        done: Vec::with_capacity(graph.resources.len()),
    };
    if previous.shared.as_map().is_some() {
        run.state.shared = previous.shared.clone();
    }
    report.collect(|report| run.all(bindings, report))?;
    let provisioned = run.done.into_iter().flatten().collect();
    Ok((provisioned, run.state))
}

/// A run over the graph, as far as it has got.
struct Run<'a> {
    sources: &'a mut Sources,
    host: &'a dyn Host,
    library: &'a Library,
    wanted: &'a Wanted<'a>,
    settings: &'a Settings<'a>,
    graph: &'a Graph,
    previous: &'a State,
    /// The same for all resources, so it is built once.
    services: Data,
    state: State,
    /// Asked of the host when something first draws from it.
    seed: OnceCell<Result<Key, String>>,
    /// By the index of the resource; `None` where it failed.
    done: Vec<Option<Provisioned>>,
}

impl Run<'_> {
    fn all(&mut self, bindings: &[Binding], report: &mut Report) {
        for (node, binding) in self.graph.resources.iter().zip(bindings) {
            let failed = node.needs.iter().find(|need| self.done[**need].is_none());
            let provisioned = match failed {
                Some(need) => {
                    self.report_skipped(node, &self.graph.resources[*need], report);
                    None
                }
                None => self.one(node, *binding, report).ok(),
            };
            self.done.push(provisioned);
        }
    }

    fn report_skipped(&self, node: &Node, needed: &Node, report: &mut Report) {
        let message = format!("`{}` was not provisioned, because `{}` failed", node.uid, needed.uid);
        let problem = Problem::new("skipped-resource", message).at(node.span);
        report.note(problem.help("mend the error of that resource first"));
    }
}
