//! What a published port leads to: a service, its port, and the protocol.

use indexmap::IndexMap;

use super::name_registry::Named;
use super::service::network_service;
use crate::link::Graph;
use crate::model::{Port, Protocol};
use crate::placeholder::resolve::Outputs;
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

/// The service, its port and the protocol that a port of the host leads to.
pub(super) fn find(
    plan: &Plan,
    services: &IndexMap<String, Named>,
    asked: &Publish,
    report: &mut Report,
) -> Result<(String, u16, Protocol), Reported> {
    match &asked.to {
        Destination::Workload(name) => {
            let known: Vec<Listening<'_>> = plan
                .workloads
                .iter()
                .map(|own| (own.name.value.as_str(), own.ports.as_slice()))
                .collect();
            let (index, port, protocol) = workload_port(&known, name, &asked.port, report)?;
            Ok((network_service(&plan.workloads[index]), port, protocol))
        }
        Destination::Output { uid, output } => {
            let uids: Vec<String> = plan
                .resources
                .iter()
                .map(|resource| resource.uid.to_string())
                .collect();
            let resource = &plan.resources[known_resource(&uids, uid, output, report)?];
            let service = service_of(plan, services, resource, output, report)?;
            let port = port_number(
                &asked.port.value,
                "the number of a port",
                asked.port.span,
                report,
            )?;
            Ok((service, port, Protocol::Tcp))
        }
    }
}

/// As [`find`], before any resource is provisioned: what an output holds is not known then.
pub(super) fn check(
    graph: &Graph,
    asked: &Publish,
    report: &mut Report,
) -> Result<Protocol, Reported> {
    match &asked.to {
        Destination::Workload(name) => {
            let known: Vec<Listening<'_>> = graph
                .workloads
                .iter()
                .map(|own| (own.workload.name.value.as_str(), own.ports.as_slice()))
                .collect();
            workload_port(&known, name, &asked.port, report).map(|(_, _, protocol)| protocol)
        }
        Destination::Output { uid, output } => {
            let uids: Vec<String> = graph
                .resources
                .iter()
                .map(|node| node.uid.to_string())
                .collect();
            known_resource(&uids, uid, output, report)?;
            port_number(
                &asked.port.value,
                "the number of a port",
                asked.port.span,
                report,
            )
            .map(|_| Protocol::Tcp)
        }
    }
}

/// The name of a workload and the ports of its service.
type Listening<'a> = (&'a str, &'a [Port]);

/// Which workload it is, and its port.
fn workload_port(
    known: &[Listening<'_>],
    name: &Spanned<String>,
    port: &Spanned<String>,
    report: &mut Report,
) -> Result<(usize, u16, Protocol), Reported> {
    let Some(index) = known.iter().position(|(own, _)| *own == name.value) else {
        return Err(unknown_workload(known, name, report));
    };
    port_of(known[index], port, report).map(|(port, protocol)| (index, port, protocol))
}

fn unknown_workload(
    known: &[Listening<'_>],
    name: &Spanned<String>,
    report: &mut Report,
) -> Reported {
    let names = || known.iter().map(|(own, _)| *own);
    let help = suggestion(&name.value, names(), || list_known("workload", names()));
    let problem = Problem::new(
        &UNKNOWN_WORKLOAD,
        format!("there is no workload `{}`", name.value),
    );
    report.error(problem.at(name.span).help(help))
}

/// A port of a workload as its container listens on it.
fn port_of(
    workload: Listening<'_>,
    wanted: &Spanned<String>,
    report: &mut Report,
) -> Result<(u16, Protocol), Reported> {
    let (name, ports) = workload;
    if let Some(port) = ports.iter().find(|port| port.name.value == wanted.value) {
        return Ok((port.target_port, port.protocol));
    }
    if !wanted.value.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err(unknown_port(workload, wanted, report));
    }
    let number = port_number(&wanted.value, "a port", wanted.span, report)?;
    if let Some(port) = by_number(ports, number) {
        return Ok((port.target_port, port.protocol));
    }
    let message = format!("the workload `{}` declares no port {number}", name);
    let help = match ports.is_empty() {
        true => "nothing needs to be done if a container listens there".to_owned(),
        false => format!(
            "nothing needs to be done if a container listens there; {}",
            list_ports(ports)
        ),
    };
    report.push(
        Problem::new(&UNDECLARED_PORT, message)
            .at(wanted.span)
            .help(help),
    );
    Ok((number, Protocol::Tcp))
}

/// The declared port that a number means: one that a container listens on, else one that others
/// connect to; of two with different protocols that of TCP.
fn by_number(ports: &[Port], number: u16) -> Option<&Port> {
    let first = |wanted: &dyn Fn(&Port) -> u16| {
        let found = ports.iter().filter(|port| wanted(port) == number);
        found.min_by_key(|port| port.protocol != Protocol::Tcp)
    };
    first(&|port| port.target_port).or_else(|| first(&|port| port.port))
}

fn unknown_port(
    (name, ports): Listening<'_>,
    wanted: &Spanned<String>,
    report: &mut Report,
) -> Reported {
    let names = || ports.iter().map(|port| port.name.value.as_str());
    let help = suggestion(&wanted.value, names(), || match ports.is_empty() {
        true => "it declares none under `service`: write the number that its container listens on"
            .to_owned(),
        false => list_ports(ports),
    });
    let message = format!("the workload `{}` has no port `{}`", name, wanted.value);
    report.error(
        Problem::new(&UNKNOWN_PORT, message)
            .at(wanted.span)
            .help(help),
    )
}

fn list_ports(ports: &[Port]) -> String {
    list_known("port", ports.iter().map(|port| port.name.value.as_str()))
}

/// Which of the resources it is.
fn known_resource(
    uids: &[String],
    uid: &Spanned<String>,
    output: &Spanned<String>,
    report: &mut Report,
) -> Result<usize, Reported> {
    if let Some(index) = uids.iter().position(|own| *own == uid.value) {
        return Ok(index);
    }
    let names = || uids.iter().map(String::as_str);
    let whole = format!("{}.{}", uid.value, output.value);
    let help = match closest_match(&uid.value, names()) {
        _ if uids.contains(&whole) => {
            format!("write `{whole}.OUTPUT`, with an output that names its service")
        }
        Some(near) => format!("did you mean `{near}`?"),
        None if uids.is_empty() => "these workloads need no resources: name a workload".to_owned(),
        None => list_known("resource", names()),
    };
    let problem = Problem::new(
        &UNKNOWN_RESOURCE,
        format!("there is no resource `{}`", uid.value),
    );
    Err(report.error(problem.at(uid.span).help(help)))
}

/// The service that an output names: by its own name, or by that of the workload it belongs to.
fn service_of(
    plan: &Plan,
    services: &IndexMap<String, Named>,
    resource: &Resource,
    output: &Spanned<String>,
    report: &mut Report,
) -> Result<String, Reported> {
    let uid = &resource.uid;
    let outputs = match &resource.provisioned.outputs {
        Outputs::Values(outputs) => outputs,
        Outputs::Environment { .. } | Outputs::ClusterConfig(_) => {
            let problem = Problem::new(
                &NOT_A_SERVICE,
                format!("`{uid}` gives variables, and none names a service"),
            );
            return Err(report.error(
                problem
                    .at(output.span)
                    .help("name a workload, or another resource"),
            ));
        }
    };
    let Some(value) = outputs.get(&output.value) else {
        let names = || outputs.keys().map(String::as_str);
        let help = suggestion(&output.value, names(), || {
            format!("write one of its outputs: {}", list_names(names()))
        });
        let problem = Problem::new(
            &UNKNOWN_OUTPUT,
            format!("`{uid}` has no output `{}`", output.value),
        );
        return Err(report.error(problem.at(output.span).help(help)));
    };
    named_service(plan, services, value).ok_or_else(|| {
        // What the output holds may be a secret, so it is not shown.
        let message = format!(
            "the output `{}` of `{uid}` does not name a service of the Compose file",
            output.value
        );
        let problem = Problem::new(&NOT_A_SERVICE, message).at(output.span);
        report.error(problem.help(naming_outputs(plan, services, outputs)))
    })
}

fn named_service(plan: &Plan, services: &IndexMap<String, Named>, value: &Value) -> Option<String> {
    let name = value.as_str()?;
    if services.contains_key(name) {
        return Some(name.to_owned());
    }
    plan.workloads
        .iter()
        .find(|workload| workload.name.value == name)
        .map(network_service)
}

/// What to write in place of an output that names no service.
fn naming_outputs(plan: &Plan, services: &IndexMap<String, Named>, outputs: &Map) -> String {
    let naming = outputs
        .iter()
        .filter(|(_, value)| named_service(plan, services, value).is_some());
    let naming: Vec<&str> = naming.map(|(name, _)| name.as_str()).collect();
    match naming.is_empty() {
        true => "none of its outputs does: name a workload, or another resource".to_owned(),
        false => format!("take {}", list_names(naming)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use diagnostics::source::{Sources, Span};

    #[test]
    fn a_number_is_a_port_of_the_container_before_it_is_one_of_the_service() {
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
