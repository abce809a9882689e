//! Finds the definition of each resource, and checks that it knows the params and gives the outputs
//! that the workloads use. What does not fit is reported. Nothing is run.

pub(crate) mod declared_params;
pub(crate) mod forbidden;
mod mounts;
mod outputs;
pub(crate) mod params;
pub(crate) mod providers;
pub(crate) mod sharing;
mod templates;
pub(crate) mod unused;
pub(crate) mod workloads;

use crate::link::Graph;
use diagnostics::report::Report;
use diagnostics::source::Sources;

use super::library::{Binding, Library, Match};

pub use forbidden::{check_forbidden, check_setting as check_forbidden_types};
pub use mounts::check_mounts;
pub use params::UNREAD_PARAM;
pub use providers::NO_PROVISIONER;
pub use templates::check_templates;
pub(super) use templates::is_rendered;
pub use unused::check_unused_resources;
pub use workloads::{Surroundings, check_workloads};

/// Finds the definition of each resource and checks params and outputs against it. `None` stands
/// for a resource without a definition, which is reported, and for one whose definition is unknown,
/// since a part of the library could not be read.
pub fn match_definitions(
    sources: &Sources,
    library: &Library,
    graph: &Graph,
    report: &mut Report,
) -> Vec<Option<Binding>> {
    let matches: Vec<Match> = graph
        .resources
        .iter()
        .map(|node| library.find(&node.uid))
        .collect();
    providers::check(library, &matches, graph, report);
    let bindings: Vec<Option<Binding>> = matches
        .into_iter()
        .map(|definition| match definition {
            Match::Definition(index) => Some(index),
            Match::Nothing | Match::Unknown => None,
        })
        .collect();
    params::check(sources, library, &bindings, graph, report);
    outputs::check(library, &bindings, graph, report);
    sharing::check(library, &bindings, graph, report);
    bindings
}
