//! Which workloads call which others, so that they start after them.

use std::collections::BTreeMap;

use crate::plan::Plan;
use crate::support::graph;

/// For each workload of the plan the indices of those that it calls, without calls in a circle:
/// Compose refuses services that wait for each other.
pub(super) fn calls(plan: &Plan) -> Vec<Vec<usize>> {
    let workloads = plan.workloads.iter().enumerate();
    let by_name: BTreeMap<&str, usize> = workloads
        .map(|(index, workload)| (workload.name.value.as_str(), index))
        .collect();
    let called: Vec<Vec<usize>> = plan
        .resources
        .iter()
        .map(|resource| {
            let called = resource.provisioned.calls.ports.keys();
            called
                .filter_map(|name| by_name.get(name.as_str()).copied())
                .collect()
        })
        .collect();
    let workloads = plan.workloads.iter().enumerate();
    let mut calls: Vec<Vec<usize>> = workloads
        .map(|(index, workload)| {
            let resources = workload.resources.iter();
            let mut calls: Vec<usize> = resources.flat_map(|one| &called[*one]).copied().collect();
            calls.retain(|other| *other != index);
            calls.sort_unstable();
            calls.dedup();
            calls
        })
        .collect();
    while let Err(circle) = graph::order(&calls) {
        for (member, next) in circle.iter().zip(circle.iter().cycle().skip(1)) {
            calls[*member].retain(|other| other != next);
        }
    }
    calls
}
