//! What is left open.

use std::collections::BTreeSet;

use super::{Container, Plan};
use crate::placeholder::resolve::{Piece, Resolved};

impl Plan {
    /// The variables that whoever starts the workloads fills in, each once.
    pub fn deferred_variables(&self) -> BTreeSet<String> {
        let containers = self
            .workloads
            .iter()
            .flat_map(|workload| &workload.containers);
        let pieces = containers.flat_map(texts).flat_map(|text| &text.pieces);
        pieces
            .filter_map(|piece| match piece {
                Piece::Deferred(variable) => Some(variable.clone()),
                Piece::Plain(_) | Piece::Secret { .. } | Piece::ConfigMap { .. } => None,
            })
            .collect()
    }
}

/// The texts of a container in which something may be left open; files are written now, so nothing
/// is in them.
fn texts(container: &Container) -> impl Iterator<Item = &Resolved> {
    let variables = container.variables.iter().map(|(_, value)| value);
    container
        .image
        .iter()
        .chain(&container.command)
        .chain(&container.args)
        .chain(variables)
}
