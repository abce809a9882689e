//! Which workloads call which others, so that they start after them.

use std::collections::BTreeMap;

use crate::placeholder::resolve::Outputs;
use crate::plan::{Plan, Resource};
use crate::support::graph;

/// The types of resources that give the host name or URL of another workload.
pub(super) const TYPES: [&str; 3] = ["endpoint", "service", "service-port"];

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
        .map(|resource| called_by(resource, &by_name))
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

/// The workloads whose host names are outputs of a resource, or in a URL that is one.
pub(super) fn called_by(resource: &Resource, by_name: &BTreeMap<&str, usize>) -> Vec<usize> {
    let Outputs::Values(outputs) = &resource.provisioned.outputs else {
        return Vec::new();
    };
    if !TYPES.contains(&resource.uid.kind.as_str()) {
        return Vec::new();
    }
    let texts = outputs.values().filter_map(|value| value.as_str());
    texts
        .filter_map(|text| by_name.get(host(text)).copied())
        .collect()
}

/// The host of a URL or of `HOST:PORT`; other texts as they are.
fn host(text: &str) -> &str {
    let rest = text.split_once("//").map_or(text, |(_, rest)| rest);
    rest.split([':', '/']).next().unwrap_or(rest)
}

#[cfg(test)]
mod tests {
    use super::host;

    #[test]
    fn hosts_are_found_in_outputs() {
        for text in [
            "api",
            "api:8080",
            "http://api:8080/v1",
            "http://api/",
            "https://api",
        ] {
            assert_eq!(host(text), "api", "{text}");
        }
    }
}
