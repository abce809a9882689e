//! The variables that a plan leaves open.

use std::collections::BTreeSet;

use super::{Container, Plan};
use crate::placeholder::resolve::{ResolvedText, Segment};

impl Plan {
    /// The variables that are read when the workloads are started.
    pub fn deferred_variables(&self) -> BTreeSet<String> {
        let containers = self
            .workloads
            .iter()
            .flat_map(|workload| &workload.containers);
        let segments = containers.flat_map(texts).flat_map(|text| &text.segments);
        segments
            .filter_map(|segment| match segment {
                Segment::Deferred(variable) => Some(variable.clone()),
                _ => None,
            })
            .collect()
    }
}

/// The texts of a container that may have open variables. Files have none, since their content is
/// written now.
fn texts(container: &Container) -> impl Iterator<Item = &ResolvedText> {
    let variables = container.variables.iter().map(|(_, value)| value);
    container
        .image
        .iter()
        .chain(&container.command)
        .chain(&container.args)
        .chain(variables)
}
