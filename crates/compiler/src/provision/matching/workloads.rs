//! Checks the workloads and ports that resources refer to.

use crate::link::{Graph, LinkedWorkload, ResourceNode};
use crate::model::Protocol;
use crate::overlay::typos::are_of_one_row;
use crate::provision::external::{ExternalWorkloads, WorkloadReference, port_number};
use crate::provision::library::{Binding, Library};
use crate::rules::{UNKNOWN_PORT, UNKNOWN_WORKLOAD};
use diagnostics::report::{Problem, Report};
use diagnostics::source::Spanned;
use diagnostics::suggestions::{closest_match, list_known, suggestion, unambiguous_typo};

rules! {
    /// A resource refers to a workload that is not part of the run and is taken to run elsewhere.
    pub EXTERNAL_WORKLOAD: "external-workload", Warning;
}

/// What the resources of a run may refer to besides its workloads.
#[derive(Clone, Copy)]
pub struct Surroundings<'a> {
    /// The workloads elsewhere; `None` when none are declared.
    pub external: Option<&'a ExternalWorkloads>,
    /// Whether only a workload with ports can be reached.
    pub reaches_ports_only: bool,
}

/// Reports references to workloads and ports that do not exist. Call it only where all workloads
/// are known.
pub fn check_workloads(
    library: &Library,
    bindings: &[Option<Binding>],
    graph: &Graph,
    surroundings: Surroundings<'_>,
    report: &mut Report,
) {
    for (node, binding) in graph.resources.iter().zip(bindings) {
        let definition = binding.map(|binding| &library.definitions()[binding]);
        let reference =
            definition.and_then(|definition| WorkloadReference::of(definition, node, graph));
        if let Some(reference) = reference {
            let check = Check {
                node,
                graph,
                surroundings,
                port: reference.port.as_ref(),
            };
            check.run(&reference, report);
        }
    }
}

struct Check<'a> {
    node: &'a ResourceNode,
    graph: &'a Graph,
    surroundings: Surroundings<'a>,
    /// The port that the resource asks for.
    port: Option<&'a Spanned<String>>,
}

/// The ports that a workload is known to have.
struct KnownPorts<'a> {
    /// What they may be called.
    names: Vec<&'a str>,
    has_tcp: bool,
}

impl Check<'_> {
    fn run(&self, reference: &WorkloadReference, report: &mut Report) {
        let needs_port = self.node.uid.kind == "service-port";
        // Without one of them, the declaration of the params reports it.
        let Some(name) = reference
            .name
            .as_ref()
            .filter(|_| !needs_port || self.port.is_some())
        else {
            return;
        };
        if let Some(linked) = self.graph.workload(&name.value) {
            return self.check_known(linked, name, report);
        }
        let declared = self.surroundings.external;
        match declared.map(|declared| declared.get(&name.value)) {
            Some(Some(workload)) if !workload.ports.is_empty() => {
                let numbers: Vec<String> = workload.ports.values().map(u16::to_string).collect();
                let names = workload.ports.keys().chain(&numbers);
                let ports = KnownPorts {
                    names: names.map(String::as_str).collect(),
                    has_tcp: true,
                };
                self.check_port(&ports, name, report);
            }
            Some(Some(_)) => self.check_number(name, report),
            Some(None) => self.report_unknown(name, report),
            None => match self.typo(&name.value) {
                Some(_) => self.report_unknown(name, report),
                None => self.assume(name, report),
            },
        }
    }

    fn check_known(&self, linked: &LinkedWorkload, name: &Spanned<String>, report: &mut Report) {
        if linked.ports.is_empty() && self.surroundings.reaches_ports_only {
            let message = format!(
                "the workload `{}` has no ports, so it cannot be reached by name",
                name.value
            );
            let problem = Problem::new(&UNKNOWN_PORT, message).at(name.span);
            report.push(problem.help(format!("add `service.ports` to `{}`", name.value)));
            return;
        }
        let is_tcp = |port: &crate::model::Port| port.protocol == Protocol::Tcp;
        let ports = KnownPorts {
            names: linked.port_names.keys().map(String::as_str).collect(),
            has_tcp: linked.ports.iter().any(is_tcp),
        };
        self.check_port(&ports, name, report);
    }

    fn check_port(&self, ports: &KnownPorts<'_>, name: &Spanned<String>, report: &mut Report) {
        let workload = &name.value;
        let is_endpoint = self.node.uid.kind == "endpoint";
        let Some(port) = self.port else {
            if is_endpoint && !ports.has_tcp {
                let message = format!("the workload `{workload}` has no TCP port");
                let problem = Problem::new(&UNKNOWN_PORT, message).at(name.span);
                report.push(problem.help("add `port: NUMBER` to the params of this resource"));
            }
            return;
        };
        // Score files give the port of a mock that their other environments run.
        let is_number = is_endpoint && port_number(&port.value).is_some();
        if ports.names.contains(&port.value.as_str()) || is_number {
            return;
        }
        let message = format!("the workload `{workload}` has no port `{}`", port.value);
        let names = || ports.names.iter().copied();
        let known = || list_known("port", names());
        // A number that is close to another one is not a typo of it.
        let help = match port_number(&port.value) {
            Some(_) => known(),
            None => suggestion(&port.value, names(), known),
        };
        report.push(
            Problem::new(&UNKNOWN_PORT, message)
                .at(port.span)
                .help(help),
        );
    }

    /// For a workload whose ports are not known.
    fn check_number(&self, name: &Spanned<String>, report: &mut Report) {
        let place = match self.port {
            Some(port) if port_number(&port.value).is_some() => return,
            Some(port) => port.span,
            None if self.node.uid.kind == "service" => return,
            None => name.span,
        };
        let message = format!(
            "the ports of `{}` are not known, since it is not part of this run",
            name.value
        );
        let port = self.port.map_or("http", |port| &port.value);
        let help = format!(
            "set the param `port` to its number, or declare it in `environment.yaml`: \
             `externalWorkloads: {{{}: {{ports: {{{port}: NUMBER}}}}}}`",
            name.value
        );
        report.push(Problem::new(&UNKNOWN_PORT, message).at(place).help(help));
    }

    fn assume(&self, name: &Spanned<String>, report: &mut Report) {
        let workload = &name.value;
        let message = format!(
            "`{workload}` is not a workload of this run; it is taken to run elsewhere as `{workload}`"
        );
        let help = suggestion(workload, self.others(), || {
            "pass its Score file too, or declare it in `externalWorkloads` of the environment"
                .to_owned()
        });
        report.push(
            Problem::new(&EXTERNAL_WORKLOAD, message)
                .at(name.span)
                .help(help),
        );
        self.check_number(name, report);
    }

    fn report_unknown(&self, name: &Spanned<String>, report: &mut Report) {
        let message = format!("there is no workload `{}`", name.value);
        let declared = self.surroundings.external.into_iter().flatten();
        let names = || {
            let declared = declared.clone().map(|(name, _)| name.as_str());
            self.others().chain(declared)
        };
        let help = match closest_match(&name.value, names()) {
            Some(near) => format!("did you mean `{near}`?"),
            None => format!(
                "declare it in `externalWorkloads` of the environment; {}",
                list_known("workload", names())
            ),
        };
        report.push(
            Problem::new(&UNKNOWN_WORKLOAD, message)
                .at(name.span)
                .help(help),
        );
    }

    /// The workload of the run that a name is a typo of.
    fn typo(&self, name: &str) -> Option<&str> {
        unambiguous_typo(name, self.others()).filter(|typo| !are_of_one_row(name, typo))
    }

    /// The names of the workloads of the run but the resource's own, which it does not call.
    fn others(&self) -> impl Iterator<Item = &str> {
        let workloads = self.graph.workloads.iter().enumerate();
        workloads
            .filter(|(index, _)| *index != self.node.source_workload)
            .map(|(_, linked)| linked.workload.name.value.as_str())
    }
}
