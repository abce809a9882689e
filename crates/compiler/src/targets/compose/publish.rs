//! Published ports: each is added to the service that has the network it is mapped to.

use super::Project;
use super::host_ports::{HostPorts, published_by};
use super::publish_target::{self, find};
use crate::link::Graph;
use crate::model::Protocol;
use crate::plan::Plan;
use crate::targets::publish::Publish;
use diagnostics::report::{Problem, Report};
use diagnostics::value::{Map, Value};

rules! {
    /// Two services would use the same port of this machine.
    pub PORT_PUBLISHED_TWICE: "port-published-twice", Error;
}

/// Publishes ports of the services, which are all in the project.
pub(super) fn publish(
    plan: &Plan,
    requests: &[Publish],
    project: &mut Project,
    report: &mut Report,
) {
    if requests.is_empty() {
        return;
    }
    let mut in_use: Vec<HostPorts> = project
        .services
        .iter()
        .flat_map(|(name, service)| published_by(name, service))
        .collect();
    for request in requests {
        let Some((service, port, protocol)) = find(plan, &project.services, request, report) else {
            continue;
        };
        if !claim(request, protocol, &mut in_use, report) {
            continue;
        }
        // A service is missing only where an error was reported, or where it is not known.
        if let Some(Value::Map(service)) = project
            .services
            .get_mut(&service)
            .map(|service| &mut service.value)
        {
            add(service, mapping(request, port, protocol));
        }
    }
}

/// Checks published ports as far as that is possible before resources are provisioned.
pub(super) fn check(graph: &Graph, requests: &[Publish], report: &mut Report) {
    let mut in_use = Vec::new();
    for request in requests {
        if let Ok(protocol) = publish_target::check(graph, request, report) {
            claim(request, protocol, &mut in_use, report);
        }
    }
}

/// Adds a port of the host to those in use. Returns whether it was free; reports it if not.
fn claim(
    request: &Publish,
    protocol: Protocol,
    in_use: &mut Vec<HostPorts>,
    report: &mut Report,
) -> bool {
    let ports = HostPorts {
        address: request.address,
        ports: (request.host_port, request.host_port),
        protocol,
        span: Some(request.host),
        service: None,
    };
    if let Some(first) = in_use.iter().find(|first| first.conflicts_with(&ports)) {
        report_conflict(request, first, report);
        return false;
    }
    in_use.push(ports);
    true
}

/// The port in the long syntax. YAML 1.1 reads the short one as a number in base 60.
fn mapping(request: &Publish, port: u16, protocol: Protocol) -> Value {
    let mut map = Map::new();
    let mut put = |key: &str, value: Value| {
        map.insert(key.to_owned(), value);
    };
    put("target", Value::Int(port.into()));
    put("published", Value::String(request.host_port.to_string()));
    if let Some(address) = request.address {
        put("host_ip", Value::String(address.to_string()));
    }
    if protocol == Protocol::Udp {
        put("protocol", Value::from("udp"));
    }
    Value::Map(map)
}

/// Adds to the ports of a service; a new list follows `expose`.
fn add(service: &mut Map, port: Value) {
    if let Some(Value::List(ports)) = service.get_mut("ports") {
        return ports.push(port);
    }
    let previous = ["expose", "networks", "hostname", "image"]
        .iter()
        .find_map(|key| service.get_index_of(*key));
    let index = previous.map_or(service.len(), |index| index + 1);
    service.shift_insert(index, "ports".to_owned(), Value::List(vec![port]));
}

fn report_conflict(request: &Publish, first: &HostPorts, report: &mut Report) {
    let message = format!("host port {} is published twice", request.host_port);
    let mut problem = Problem::new(&PORT_PUBLISHED_TWICE, message).at(request.host);
    if let Some(span) = first.span {
        let label = match &first.service {
            Some(service) => format!("the service `{service}` of this resource also publishes it"),
            None => "the other one is here".to_owned(),
        };
        problem = problem.secondary(span, label);
    }
    report.push(problem.help("use another host port for one of them"));
}
