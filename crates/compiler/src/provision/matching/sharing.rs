//! Checks that resources that serve one workload are not shared.

use crate::link::Graph;
use crate::provision::library::{Binding, Definition, Library};
use diagnostics::report::{Problem, Report};

rules! {
    /// Several workloads share a resource whose provisioner supports only one workload.
    pub RESOURCE_NOT_SHAREABLE: "resource-not-shareable", Warning;
}

/// The types whose built-in definitions serve only the workload that a resource is provisioned for.
const FOR_ONE_WORKLOAD: [&str; 2] = ["horizontal-pod-autoscaler", "route"];

/// Warns of resources that several workloads declare and only the first of them can use.
pub(super) fn check(
    library: &Library,
    bindings: &[Option<Binding>],
    graph: &Graph,
    report: &mut Report,
) {
    for (workload, linked) in graph.workloads.iter().enumerate() {
        for (name, index) in &linked.resources {
            let node = &graph.resources[*index];
            let definition = bindings[*index].map(|binding| &library.definitions()[binding]);
            if workload == node.source_workload || !definition.is_some_and(is_for_one_workload) {
                continue;
            }
            let first = &graph.workloads[node.source_workload].workload.name.value;
            let message = format!(
                "`{}` cannot be shared: it serves only the workload `{first}`",
                node.uid
            );
            let place = linked
                .workload
                .resources
                .get(name)
                .map_or(node.span, |resource| resource.name.span);
            let problem = Problem::new(&RESOURCE_NOT_SHAREABLE, message)
                .at(place)
                .secondary(node.span, "it is provisioned for this workload");
            report.push(problem.help("remove `id`, so that each workload has its own"));
        }
    }
}

/// Whether a built-in definition serves one workload. Without sections it serves none.
fn is_for_one_workload(definition: &Definition) -> bool {
    definition.builtin
        && FOR_ONE_WORKLOAD.contains(&definition.kind.as_str())
        && !definition.sections.is_empty()
}
