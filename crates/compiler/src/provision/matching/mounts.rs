//! Checks that mounted resources give a volume.

use crate::link::Graph;
use crate::model::{Uid, Workload};
use crate::provision::declarations;
use crate::provision::library::{Binding, Library};
use crate::recovery::Part;
use crate::rules::DECLARED_HERE;
use diagnostics::report::{Problem, Report};

/// Reports each mount of a resource whose embedded definition gives no volume. `not_a_volume` gives
/// the problem of a resource with these outputs. Definitions of the project are not checked, since
/// the outputs that they declare may be out of date.
pub fn check_mounts(
    library: &Library,
    bindings: &[Option<Binding>],
    graph: &Graph,
    not_a_volume: &dyn Fn(&Uid, &[&str]) -> Option<Problem>,
    report: &mut Report,
) {
    // The message has the uid of the resource, which may need the name of the workload.
    for linked in graph
        .workloads
        .iter()
        .filter(|linked| !linked.workload.incomplete.lacks(&Part::Metadata))
    {
        let workload: &Workload = &linked.workload;
        for mount in workload
            .containers
            .values()
            .flat_map(|container| &container.volumes)
        {
            let name = &mount.resource.value;
            let (Some(index), Some(resource)) = (
                linked.resources.get(name).copied(),
                workload.resources.get(name),
            ) else {
                continue;
            };
            let definition = bindings[index].map(|binding| &library.definitions()[binding]);
            let outputs = definition
                .filter(|definition| definition.builtin)
                .and_then(|definition| definition.expected_outputs.as_ref());
            let problem = outputs.and_then(|outputs| {
                let names = declarations::names(Some(outputs)).unwrap_or_default();
                not_a_volume(&graph.resources[index].uid, &names)
            });
            if let Some(problem) = problem {
                let problem = problem.at(mount.resource.span);
                report.push(problem.secondary(resource.kind.span, DECLARED_HERE));
            }
        }
    }
}
