//! Which definition provisions which resource, and whether it can do what is asked of it.
//!
//! - **Promise:** every resource has a definition that knows its params and gives its outputs.
//! - **Takes:** the graph and a library of definitions.
//! - **Gives:** the index of a definition for every resource.
//! - **Never:** runs anything.

mod outputs;
mod params;
mod providers;
mod sharing;
mod templates;
mod unused;

use crate::base::diagnostics::{Report, Reported};
use crate::middle::link::Graph;

use super::library::Library;

pub use templates::check_templates;
pub(super) use templates::is_rendered;
pub use unused::check_unused_resources;

/// The index of a definition in the library.
pub type Binding = usize;

/// Finds a definition for every resource and checks params and outputs against what it declares.
pub fn bind(library: &Library, graph: &Graph, report: &mut Report) -> Result<Vec<Binding>, Reported> {
    report.collect(|report| {
        let found: Vec<Option<Binding>> = graph.resources.iter().map(|node| library.find(&node.uid)).collect();
        providers::check(library, &found, graph, report);
        params::check(library, &found, graph, report);
        outputs::check(library, &found, graph, report);
        sharing::check(library, &found, graph, report);
        found.into_iter().map(|binding| binding.unwrap_or(0)).collect()
    })
}
