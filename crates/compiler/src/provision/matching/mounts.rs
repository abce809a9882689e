//! What is mounted gives a volume.

use crate::link::Graph;
use crate::model::{Uid, Workload};
use crate::provision::library::Library;
use crate::recovery::Part;
use diagnostics::report::{Problem, Report};

use super::Binding;

/// Reports each mount of a resource whose embedded definition gives no volume. `fault` says what is
/// wrong with the mount of a resource that gives outputs of these names. What a project's own
/// definition says of its outputs may be out of date.
pub fn check_mounts(
    library: &Library,
    bindings: &[Option<Binding>],
    graph: &Graph,
    fault: &dyn Fn(&Uid, &[String]) -> Option<Problem>,
    report: &mut Report,
) {
    // Without the workload's name, that of the resource is not known, by which the problem calls
    // it.
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
            let Some(index) = linked.resources.get(&mount.resource.value).copied() else {
                continue;
            };
            let definition = bindings[index].map(|binding| &library.definitions()[binding]);
            let outputs = definition
                .filter(|own| own.builtin)
                .and_then(|own| own.expected_outputs.as_ref());
            let problem = outputs.and_then(|outputs| fault(&graph.resources[index].uid, outputs));
            if let Some(problem) = problem {
                report.push(problem.at(mount.resource.span));
            }
        }
    }
}
