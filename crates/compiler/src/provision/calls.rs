//! Which workloads a resource gives the address of.

use std::collections::{BTreeMap, BTreeSet};

use diagnostics::value::Map;
use go_template::Data;

/// The types of resources whose programs give the host name or URL of a workload.
pub const TYPES: [&str; 3] = ["endpoint", "service", "service-port"];

/// The workloads that the users of a resource can call by it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Calls {
    /// The ports by name of the workload, each by its name or number; none for all ports.
    pub ports: BTreeMap<String, BTreeSet<String>>,
    /// The ports of the workload that the resource is for, as of a route.
    pub own_ports: BTreeSet<String>,
    /// Whether the definition looks at all workloads, so that nobody knows which are called.
    pub unclear: bool,
}

impl Calls {
    /// What the templates of a resource read of `.WorkloadServices` since this was last asked.
    /// `source` is the workload that the resource is for.
    pub(super) fn read(services: &Data, source: &str) -> Calls {
        let reads = services.take_reads();
        let mut calls = Calls {
            unclear: reads.all,
            ..Calls::default()
        };
        for name in reads.keys {
            let service = services.peek(&name);
            let ports = service.and_then(|service| service.peek("Ports"));
            let ports = ports.map(|ports| ports.take_reads()).unwrap_or_default();
            let ports = ports.keys.iter().map(|key| key.to_string()).collect();
            if *name == *source {
                calls.own_ports = ports;
            } else if !reads.all {
                calls.ports.insert(name.to_string(), ports);
            }
        }
        calls
    }

    /// What the outputs of a program say for a resource of a type: the hosts that are services of
    /// workloads. `services` are their names, each with that of its workload.
    pub(super) fn of_program<'w>(
        kind: &str,
        outputs: &Map,
        services: impl Iterator<Item = (String, &'w str)>,
    ) -> Calls {
        let hosts: BTreeSet<&str> = hosts(outputs).collect();
        let called = services.filter(|(service, _)| hosts.contains(service.as_str()));
        let called = called.filter(|_| TYPES.contains(&kind));
        Calls {
            ports: called
                .map(|(_, name)| (name.to_owned(), BTreeSet::new()))
                .collect(),
            ..Calls::default()
        }
    }
}

/// The hosts of outputs that are a host, `HOST:PORT` or a URL; other texts as they are.
pub fn hosts(outputs: &Map) -> impl Iterator<Item = &str> {
    let texts = outputs.values().filter_map(|value| value.as_str());
    texts.map(host)
}

/// The host of a URL or of `HOST:PORT`; other texts as they are.
fn host(text: &str) -> &str {
    let rest = text.split_once("//").map_or(text, |(_, rest)| rest);
    let rest = rest.split(['/', '?']).next().unwrap_or(rest);
    let rest = rest.rsplit('@').next().unwrap_or(rest);
    rest.split(':').next().unwrap_or(rest)
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
            "amqp://user:pass@api:5672/",
        ] {
            assert_eq!(host(text), "api", "{text}");
        }
    }
}
