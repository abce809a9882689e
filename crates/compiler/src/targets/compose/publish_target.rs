//! The destination of a published port: a service, its port and the protocol.

use indexmap::IndexMap;

use super::name_registry::Element;
use super::service::network_service;
use crate::link::Graph;
use crate::model::{Port, Protocol};
use crate::placeholder::resolve::Outputs;
use crate::placeholder::suggestions::output_help;
use crate::plan::{Plan, Resource};
use crate::rules::UNKNOWN_OUTPUT;
use crate::rules::UNKNOWN_PORT;
use crate::rules::UNKNOWN_RESOURCE;
use crate::rules::UNKNOWN_WORKLOAD;
use crate::targets::publish::{Destination, Publish, port_number};
use diagnostics::report::{Problem, Report, Reported};
use diagnostics::source::Spanned;
use diagnostics::suggestions::{closest_match, list_known, list_names, suggestion};
use diagnostics::value::{Map, Value};

rules! {
    /// The resource output in `--publish` is not the name of a service in the Compose file.
    pub NOT_A_SERVICE: "not-a-service", Error;

    /// `--publish` refers to a port that the workload does not declare.
    pub UNDECLARED_PORT: "undeclared-port", Note;
}

/// Finds the service, its port and the protocol that a published port is mapped to; `None` where an
/// error was reported. The service is empty where it is not known.
pub(super) fn find(
    plan: &Plan,
    services: &IndexMap<String, Element>,
    request: &Publish,
    report: &mut Report,
) -> Option<(String, u16, Protocol)> {
    match &request.to {
        Destination::Workload(name) => {
            let workloads: Vec<WorkloadPorts<'_>> = plan
                .workloads
                .iter()
                .map(|workload| (workload.name.value.as_str(), workload.ports.as_slice()))
                .collect();
            let (index, port, protocol) =
                workload_port(&workloads, name, &request.port, report).ok()?;
            Some((network_service(&plan.workloads[index]), port, protocol))
        }
        Destination::Output { uid, output } => {
            let uids: Vec<String> = plan
                .resources
                .iter()
                .map(|resource| resource.uid.to_string())
                .collect();
            let resource = &plan.resources[find_resource(&uids, uid, output, report).ok()?];
            let service = service_of(plan, services, resource, output, report)?;
            let port = service_port(&request.port, report).ok()?;
            Some((service, port, Protocol::Tcp))
        }
    }
}

/// As [`find`], before any resource is provisioned: the values of outputs are not known yet.
pub(super) fn check(
    graph: &Graph,
    request: &Publish,
    report: &mut Report,
) -> Result<Protocol, Reported> {
    match &request.to {
        Destination::Workload(name) => {
            let workloads: Vec<WorkloadPorts<'_>> = graph
                .workloads
                .iter()
                .map(|linked| (linked.workload.name.value.as_str(), linked.ports.as_slice()))
                .collect();
            workload_port(&workloads, name, &request.port, report).map(|(_, _, protocol)| protocol)
        }
        Destination::Output { uid, output } => {
            let uids: Vec<String> = graph
                .resources
                .iter()
                .map(|node| node.uid.to_string())
                .collect();
            find_resource(&uids, uid, output, report)?;
            service_port(&request.port, report).map(|_| Protocol::Tcp)
        }
    }
}

/// The port of a service that an output names; only its number is known.
fn service_port(port: &Spanned<String>, report: &mut Report) -> Result<u16, Reported> {
    port_number(&port.value, "a port number", port.span, report)
}

/// The name of a workload and the ports of its service.
type WorkloadPorts<'a> = (&'a str, &'a [Port]);

/// Finds a workload by name, and its port: the index, the number and the protocol.
fn workload_port(
    workloads: &[WorkloadPorts<'_>],
    name: &Spanned<String>,
    port: &Spanned<String>,
    report: &mut Report,
) -> Result<(usize, u16, Protocol), Reported> {
    let is_named = |(workload, _): &WorkloadPorts<'_>| *workload == name.value;
    let Some(index) = workloads.iter().position(is_named) else {
        return Err(unknown_workload(workloads, name, report));
    };
    port_of(workloads[index], port, report).map(|(port, protocol)| (index, port, protocol))
}

fn unknown_workload(
    workloads: &[WorkloadPorts<'_>],
    name: &Spanned<String>,
    report: &mut Report,
) -> Reported {
    let names = || workloads.iter().map(|(name, _)| *name);
    let help = suggestion(&name.value, names(), || list_known("workload", names()));
    let problem = Problem::new(
        &UNKNOWN_WORKLOAD,
        format!("there is no workload `{}`", name.value),
    );
    report.error(problem.at(name.span).help(help))
}

/// Finds a port of a workload by name or number: the number that its container listens on.
fn port_of(
    workload: WorkloadPorts<'_>,
    reference: &Spanned<String>,
    report: &mut Report,
) -> Result<(u16, Protocol), Reported> {
    let (name, ports) = workload;
    let is_named = |port: &&Port| port.name.value == reference.value;
    if let Some(port) = ports.iter().find(is_named) {
        return Ok((port.target_port, port.protocol));
    }
    if !reference.value.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err(unknown_port(workload, reference, report));
    }
    let number = port_number(&reference.value, "a port", reference.span, report)?;
    if let Some(port) = by_number(ports, number) {
        return Ok((port.target_port, port.protocol));
    }
    let message = format!("the workload `{}` declares no port {number}", name);
    let help = match ports.is_empty() {
        true => "no change is needed if a container listens there".to_owned(),
        false => format!(
            "no change is needed if a container listens there; {}",
            list_ports(ports)
        ),
    };
    let problem = Problem::new(&UNDECLARED_PORT, message).at(reference.span);
    report.push(problem.help(help));
    Ok((number, Protocol::Tcp))
}

/// The declared port with this `targetPort`, else with this `port`. Of several, one of TCP is
/// preferred.
fn by_number(ports: &[Port], number: u16) -> Option<&Port> {
    let find_by = |number_of: &dyn Fn(&Port) -> u16| {
        let matching = ports.iter().filter(|port| number_of(port) == number);
        matching.min_by_key(|port| port.protocol != Protocol::Tcp)
    };
    find_by(&|port| port.target_port).or_else(|| find_by(&|port| port.port))
}

fn unknown_port(
    (name, ports): WorkloadPorts<'_>,
    reference: &Spanned<String>,
    report: &mut Report,
) -> Reported {
    let names = || ports.iter().map(|port| port.name.value.as_str());
    let help = suggestion(&reference.value, names(), || match ports.is_empty() {
        true => {
            "it declares none under `service`: write the port number that its container listens on"
                .to_owned()
        }
        false => list_ports(ports),
    });
    let message = format!("the workload `{}` has no port `{}`", name, reference.value);
    let problem = Problem::new(&UNKNOWN_PORT, message).at(reference.span);
    report.error(problem.help(help))
}

fn list_ports(ports: &[Port]) -> String {
    list_known("port", ports.iter().map(|port| port.name.value.as_str()))
}

/// The index of the resource with this uid.
fn find_resource(
    uids: &[String],
    uid: &Spanned<String>,
    output: &Spanned<String>,
    report: &mut Report,
) -> Result<usize, Reported> {
    if let Some(index) = uids.iter().position(|known| *known == uid.value) {
        return Ok(index);
    }
    let names = || uids.iter().map(String::as_str);
    // The id of a uid may contain dots, so the output may be missing.
    let full_text = format!("{}.{}", uid.value, output.value);
    let help = match closest_match(&uid.value, names()) {
        _ if uids.contains(&full_text) => {
            format!("write `{full_text}.OUTPUT`, with an output that names its service")
        }
        Some(closest) => format!("did you mean `{closest}`?"),
        None if uids.is_empty() => "these workloads need no resources: name a workload".to_owned(),
        None => list_known("resource", names()),
    };
    let problem = Problem::new(
        &UNKNOWN_RESOURCE,
        format!("there is no resource `{}`", uid.value),
    );
    Err(report.error(problem.at(uid.span).help(help)))
}

/// The service that an output names, by the name of the service or of its workload; `None` where an
/// error was reported, empty where the output is not known.
fn service_of(
    plan: &Plan,
    services: &IndexMap<String, Element>,
    resource: &Resource,
    output: &Spanned<String>,
    report: &mut Report,
) -> Option<String> {
    let uid = &resource.uid;
    let outputs = match &resource.provisioned.outputs {
        Outputs::Values(outputs) => outputs,
        Outputs::Unknown => return Some(String::new()),
        Outputs::Environment { .. } | Outputs::ClusterConfig(_) => {
            let problem = Problem::new(
                &NOT_A_SERVICE,
                format!("`{uid}` returns environment variables, none of which names a service"),
            );
            let help = "name a workload, or another resource";
            report.push(problem.at(output.span).help(help));
            return None;
        }
    };
    let Some(value) = outputs.get(&output.value) else {
        let names: Vec<&str> = outputs.keys().collect();
        let help = output_help(&output.value, &names);
        let problem = Problem::new(
            &UNKNOWN_OUTPUT,
            format!("`{uid}` has no output `{}`", output.value),
        );
        report.push(problem.at(output.span).help(help));
        return None;
    };
    let mut service = named_service(plan, services, value);
    if service.is_none() && plan.has_unknown_resource() {
        // That resource may have the service.
        service = Some(String::new());
    }
    if service.is_none() {
        // The value may be a secret, so it is not shown.
        let message = format!(
            "the output `{}` of `{uid}` does not name a Compose service",
            output.value
        );
        let problem = Problem::new(&NOT_A_SERVICE, message).at(output.span);
        report.push(problem.help(help_with_outputs(plan, services, outputs)));
    }
    service
}

fn named_service(
    plan: &Plan,
    services: &IndexMap<String, Element>,
    value: &Value,
) -> Option<String> {
    let name = value.as_str()?;
    if services.contains_key(name) {
        return Some(name.to_owned());
    }
    plan.workloads
        .iter()
        .find(|workload| workload.name.value == name)
        .map(network_service)
}

/// Help for an output that names no service: those that do.
fn help_with_outputs(plan: &Plan, services: &IndexMap<String, Element>, outputs: &Map) -> String {
    let names_service = |value: &Value| named_service(plan, services, value).is_some();
    let names: Vec<&str> = outputs
        .iter()
        .filter(|(_, value)| names_service(value))
        .map(|(name, _)| name.as_str())
        .collect();
    match names.is_empty() {
        true => "none of its outputs does: name a workload, or another resource".to_owned(),
        false => format!("use {}", list_names(names)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use diagnostics::source::{Sources, Span};

    #[test]
    fn a_number_is_the_port_of_a_container_rather_than_of_a_service() {
        let span = Span::new(Sources::default().add("t", ""), 0, 0);
        let port = |name: &str, port, target_port, protocol| Port {
            name: Spanned::new(name.to_owned(), span),
            port,
            target_port,
            protocol,
            span,
        };
        let ports = [
            port("admin", 8080, 9000, Protocol::Tcp),
            port("dns-udp", 53, 53, Protocol::Udp),
            port("dns-tcp", 53, 53, Protocol::Tcp),
            port("web", 80, 8080, Protocol::Tcp),
        ];
        let name = |number| by_number(&ports, number).map(|port| port.name.value.as_str());
        assert_eq!(name(8080), Some("web"));
        assert_eq!(name(9000), Some("admin"));
        assert_eq!(name(80), Some("web"));
        assert_eq!(name(53), Some("dns-tcp"));
        assert_eq!(name(22), None);
    }
}
