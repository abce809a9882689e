//! Which definition provisions which resource, and whether it can do what is asked of it.
//!
//! - **Promise:** every resource has a definition that knows its params and gives its outputs, or
//!   there is a report.
//! - **Takes:** the graph and a library of definitions.
//! - **Gives:** the index of a definition for every resource that has one beyond doubt.
//! - **Never:** runs anything.

mod mounts;
mod outputs;
pub(crate) mod params;
pub(crate) mod providers;
pub(crate) mod sharing;
mod templates;
pub(crate) mod unused;

use crate::link::Graph;
use diagnostics::report::Report;

use super::library::{Found, Library};

pub use mounts::check_mounts;
pub use templates::check_templates;
pub(super) use templates::is_rendered;
pub use unused::check_unused_resources;

/// The index of a definition in the library.
pub type Binding = usize;

/// Finds a definition for every resource and checks params and outputs against what it declares.
/// `None` stands for a resource that has none, which is reported, and for one of which that is not
/// known, since part of the library could not be read.
pub fn bind(library: &Library, graph: &Graph, report: &mut Report) -> Vec<Option<Binding>> {
    let found: Vec<Found> = graph
        .resources
        .iter()
        .map(|node| library.find(&node.uid))
        .collect();
    providers::check(library, &found, graph, report);
    let binding = |found: Found| match found {
        Found::Definition(index) => Some(index),
        Found::Nothing | Found::Unsure => None,
    };
    let found: Vec<Option<Binding>> = found.into_iter().map(binding).collect();
    params::check(library, &found, graph, report);
    outputs::check(library, &found, graph, report);
    sharing::check(library, &found, graph, report);
    found
}
