//! The ports of a workload's service, with those that only a route names.

use std::collections::BTreeMap;

use crate::model::{Params, Port, Protocol, Resource, Workload};
use crate::recovery::Part;
use diagnostics::report::{Problem, Report};
use diagnostics::source::{Span, Spanned};
use diagnostics::value::Value;

rules! {
    /// A route refers to a port that the workload does not declare, so the port is added to its
    /// service.
    pub INFERRED_PORT: "inferred-port", Warning;

    /// A `route` refers to a `targetPort`, where it should refer to the `port` of the service.
    pub ROUTE_TO_TARGET_PORT: "route-to-target-port", Warning;
}

/// The declared ports and one for each route to an undeclared number, sorted by name. Published
/// examples leave such declarations out, and their meaning is clear.
pub(super) fn service_ports(workload: &Workload, report: &mut Report) -> Vec<Port> {
    let mut ports: Vec<Port> = workload.ports.values().cloned().collect();
    for (number, span) in routes(workload).filter_map(routed_port) {
        let text = number.to_string();
        let declared = |port: &Port| port.port == number || port.name.value == text;
        if ports
            .iter()
            .any(|port| declared(port) || port.target_port == number)
        {
            if !ports.iter().any(declared) {
                warn_of_target_port(&ports, number, span, report);
            }
            continue;
        }
        let name = Spanned::new(format!("port-{number}"), span);
        ports.push(Port {
            name,
            port: number,
            target_port: number,
            protocol: Protocol::Tcp,
            span,
        });
        if workload.incomplete.lacks(&Part::Ports) {
            continue;
        }
        let message = format!(
            "no service declares port {number} of this route; it is added as `port-{number}`"
        );
        let help = format!("declare it: `service: {{ports: {{http: {{port: {number}}}}}}}`");
        report.push(Problem::new(&INFERRED_PORT, message).at(span).help(help));
    }
    ports.sort_by(|left, right| left.name.value.cmp(&right.name.value));
    ports
}

fn warn_of_target_port(ports: &[Port], number: u16, span: Span, report: &mut Report) {
    let Some(port) = ports.iter().find(|port| port.target_port == number) else {
        return;
    };
    let message = format!(
        "{number} is a container port; the service exposes it as port {} (`{}`)",
        port.port, port.name.value
    );
    let problem = Problem::new(&ROUTE_TO_TARGET_PORT, message)
        .at(span)
        .secondary(port.span, "it is declared here");
    report.push(problem.help(format!("write `port: {}`", port.port)));
}

/// The indices of the ports by what definitions may call them: their names, their numbers, and
/// container ports that a route names instead. Earlier entries win.
pub(super) fn port_names(workload: &Workload, ports: &[Port]) -> BTreeMap<String, usize> {
    let mut names = BTreeMap::new();
    let mut add = |name: String, index: usize| {
        names.entry(name).or_insert(index);
    };
    for (index, port) in ports.iter().enumerate() {
        add(port.name.value.clone(), index);
    }
    for (index, port) in ports.iter().enumerate() {
        add(port.port.to_string(), index);
    }
    for (number, _) in routes(workload).filter_map(routed_port) {
        if let Some(index) = ports.iter().position(|port| port.target_port == number) {
            add(number.to_string(), index);
        }
    }
    names
}

fn routes(workload: &Workload) -> impl Iterator<Item = &Resource> {
    workload
        .resources
        .values()
        .filter(|resource| resource.kind.value == "route")
}

/// The port number that a route names, as a number or as text, with its place.
fn routed_port(resource: &Resource) -> Option<(u16, Span)> {
    let params = resource.params.as_ref()?;
    let (_, port) = params.value.iter().find(|(key, _)| key.value == "port")?;
    let number: Option<u16> = match &port.value {
        Params::Scalar(Value::Int(number)) => u16::try_from(*number).ok(),
        Params::Text(text) => text.as_plain()?.parse().ok(),
        _ => None,
    };
    Some((number.filter(|number| *number > 0)?, port.span))
}
