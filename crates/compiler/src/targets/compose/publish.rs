//! Ports of the host: each is put on the one service that has the network it leads to.

use super::Project;
use super::host_ports::{HostPorts, taken_by};
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

/// Publishes what was asked for, after every service is there.
pub(super) fn publish(plan: &Plan, asked: &[Publish], project: &mut Project, report: &mut Report) {
    if asked.is_empty() {
        return;
    }
    let mut taken: Vec<HostPorts> = project
        .services
        .iter()
        .flat_map(|(name, service)| taken_by(name, service))
        .collect();
    for one in asked {
        let Ok((service, port, protocol)) = find(plan, &project.services, one, report) else {
            continue;
        };
        if !claim(one, protocol, &mut taken, report) {
            continue;
        }
        // A service that is not there could not be made, which has been reported.
        if let Some(Value::Map(service)) = project
            .services
            .get_mut(&service)
            .map(|service| &mut service.value)
        {
            add(service, mapping(one, port, protocol));
        }
    }
}

/// Checks what was asked for as far as that can be done before resources are provisioned.
pub(super) fn check(graph: &Graph, asked: &[Publish], report: &mut Report) {
    let mut taken = Vec::new();
    for one in asked {
        if let Ok(protocol) = publish_target::check(graph, one, report) {
            claim(one, protocol, &mut taken, report);
        }
    }
}

/// Takes a port of the host; gives whether nobody else has it.
fn claim(
    asked: &Publish,
    protocol: Protocol,
    taken: &mut Vec<HostPorts>,
    report: &mut Report,
) -> bool {
    let ports = (asked.host_port, asked.host_port);
    let own = HostPorts {
        address: asked.address,
        ports,
        protocol,
        span: Some(asked.host),
        by: None,
    };
    if let Some(first) = taken.iter().find(|first| first.meets(&own)) {
        refuse(asked, first, report);
        return false;
    }
    taken.push(own);
    true
}

/// The port in the long form, which no reader of YAML takes for a time of day.
fn mapping(asked: &Publish, port: u16, protocol: Protocol) -> Value {
    let mut map = Map::new();
    let mut put = |key: &str, value: Value| drop(map.insert(key.to_owned(), value));
    put("target", Value::Int(port.into()));
    put("published", Value::String(asked.host_port.to_string()));
    if let Some(address) = asked.address {
        put("host_ip", Value::String(address.to_string()));
    }
    if protocol == Protocol::Udp {
        put("protocol", Value::from("udp"));
    }
    Value::Map(map)
}

/// Adds to the ports of a service, which stand below what it exposes.
fn add(service: &mut Map, port: Value) {
    if let Some(Value::List(ports)) = service.get_mut("ports") {
        return ports.push(port);
    }
    let before = ["expose", "networks", "hostname", "image"]
        .iter()
        .find_map(|key| service.get_index_of(*key));
    let index = before.map_or(service.len(), |index| index + 1);
    service.shift_insert(index, "ports".to_owned(), Value::List(vec![port]));
}

fn refuse(asked: &Publish, first: &HostPorts, report: &mut Report) {
    let message = format!(
        "the port {} of the host is published twice",
        asked.host_port
    );
    let mut problem = Problem::new(&PORT_PUBLISHED_TWICE, message).at(asked.host);
    if let Some(span) = first.span {
        let what = match &first.by {
            Some(service) => format!("the service `{service}`, made for this, publishes it too"),
            None => "the other one is here".to_owned(),
        };
        problem = problem.secondary(span, what);
    }
    report.push(problem.help("take another port of the host for one of the two"));
}
