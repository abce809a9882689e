//! The networks of the services of workloads: that of the project, and those on which only services
//! of their resources are.

use crate::plan::Resource;
use diagnostics::value::{Map, Value};
use yaml::{Entries, Node};

/// The network on which every service is that names none (Compose specification, `networks`).
const DEFAULT: &str = "default";

/// The networks that a workload joins to reach the services of its resources, sorted.
pub(super) fn needed(used: &[usize], resources: &[Resource]) -> Vec<String> {
    let services = used.iter().filter_map(|index| {
        let sections = &resources[*index].provisioned.sections;
        sections.get("services")?.as_map()
    });
    let mut networks: Vec<String> = services
        .flat_map(|services| {
            let names = services.iter().map(|(name, _)| name);
            names.flat_map(|name| networks(name, services, services.len()))
        })
        .collect();
    networks.sort_unstable();
    networks.dedup();
    networks
}

/// The networks of a service that is not on that of the project. With `network_mode: service:NAME`
/// it has those of another service; with another mode it is on none. `depth` ends a circle.
fn networks(name: &str, services: &Entries, depth: usize) -> Vec<String> {
    let Some(service) = services.get(name).map(|entry| &entry.value) else {
        return Vec::new();
    };
    if let Some(mode) = service.get("network_mode").and_then(Node::as_str) {
        let owner = mode.strip_prefix("service:").filter(|_| depth > 0);
        return owner.map_or_else(Vec::new, |owner| networks(owner, services, depth - 1));
    }
    let names: Vec<String> = match service.get("networks").map(Node::to_value) {
        Some(Value::Map(networks)) => networks.keys().map(str::to_owned).collect(),
        Some(Value::List(networks)) => networks.iter().map(Value::to_text).collect(),
        _ => Vec::new(),
    };
    match names.iter().any(|name| name == DEFAULT) {
        true => Vec::new(),
        false => names,
    }
}

/// The section of a service, with the workload's name as an alias on every network: the host name of
/// the container is its service's name. Empty where Compose does the same without it.
pub(super) fn section(networks: &[String], alias: Option<&str>) -> Value {
    if networks.is_empty() && alias.is_none() {
        return Value::Null;
    }
    let aliases = |alias: &str| ("aliases".to_owned(), Value::List(vec![Value::from(alias)]));
    let network = Value::Map(alias.map(aliases).into_iter().collect());
    let names = std::iter::once(DEFAULT).chain(networks.iter().map(String::as_str));
    Value::Map(Map::from_iter(
        names.map(|name| (name.to_owned(), network.clone())),
    ))
}
