//! The ports of a workload's service, with those that a route needs and the author forgot.

use crate::base::diagnostics::{Problem, Report};
use crate::base::text::{Span, Spanned};
use crate::base::value::Value;
use crate::front::model::{Params, Port, Protocol, Resource, Workload};

/// The declared ports, sorted by name, and one more for every route to a number that none of them has. Published
/// examples leave the declaration out, and what they mean is clear.
pub(super) fn service_ports(workload: &Workload, report: &mut Report) -> Vec<Port> {
    let mut ports: Vec<Port> = workload.ports.values().cloned().collect();
    for resource in workload.resources.values().filter(|resource| resource.kind.value == "route") {
        let Some((number, span)) = routed_port(resource) else { continue };
        let text = number.to_string();
        if ports.iter().any(|port| port.port == number || port.name.value == text) {
            continue;
        }
        let name = Spanned::new(format!("port-{number}"), span);
        ports.push(Port { name, port: number, target_port: number, protocol: Protocol::Tcp, span });
        let message =
            format!("no service declares the port {number} that this route names; it is published as `port-{number}`");
        let help = format!("declare it: `service: {{ports: {{http: {{port: {number}}}}}}}`");
        report.warning(Problem::new("inferred-port", message).at(span).help(help));
    }
    ports.sort_by(|left, right| left.name.value.cmp(&right.name.value));
    ports
}

/// The port that a route names by number, written as a number or as text.
fn routed_port(resource: &Resource) -> Option<(u16, Span)> {
    let params = resource.params.as_ref()?;
    let (key, port) = params.value.iter().find(|(key, _)| key.value == "port")?;
    match port {
        Params::Scalar(Value::Int(number)) => Some((u16::try_from(*number).ok().filter(|port| *port > 0)?, key.span)),
        Params::Text(text) => Some((text.as_plain()?.parse().ok().filter(|port| *port > 0)?, text.span)),
        _ => None,
    }
}
