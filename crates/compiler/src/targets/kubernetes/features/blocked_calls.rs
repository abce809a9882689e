//! Calls that the network policies do not allow, since no resource says to whom they are.

use std::collections::{BTreeMap, BTreeSet};

use super::address::{self, Address};
use super::traffic::Traffic;
use crate::features::network_policies::{NetworkPolicies, Peer};
use crate::model::Port;
use crate::placeholder::resolve::{ResolvedText, Segment};
use crate::plan::{Plan, Resource, Workload};
use crate::provision::calls::hosts;
use crate::targets::kubernetes::names;
use diagnostics::report::{Problem, Report};

rules! {
    /// A workload calls what the network policies of the environment do not allow it to call.
    pub BLOCKED_CALL: "blocked-call", Warning;
}

/// The types of resources whose host name is for others.
const FOR_OTHERS: [&str; 2] = ["dns", "route"];

/// The workloads of a run, and who calls them.
pub(super) struct BlockedCalls<'a> {
    plan: &'a Plan,
    traffic: &'a Traffic<'a>,
    /// The workloads by the name of their Service.
    services: BTreeMap<String, &'a str>,
    /// The resources that were looked at.
    seen: BTreeSet<usize>,
}

impl<'a> BlockedCalls<'a> {
    pub(super) fn new(plan: &'a Plan, traffic: &'a Traffic<'a>) -> BlockedCalls<'a> {
        let services = plan.workloads.iter().map(|workload| {
            let name = workload.name.value.as_str();
            (names::service(name, &workload.annotations), name)
        });
        BlockedCalls {
            plan,
            traffic,
            services: services.collect(),
            seen: BTreeSet::new(),
        }
    }

    /// Reports the blocked calls of a workload with these settings.
    pub(super) fn check(
        &mut self,
        workload: &Workload,
        settings: &NetworkPolicies,
        report: &mut Report,
    ) {
        let resources = workload.resources.iter();
        for (index, resource) in resources.zip(self.traffic.resources(workload)) {
            if self.seen.insert(*index) {
                let problem = self.by_resource(resource, settings);
                problem.into_iter().for_each(|problem| report.push(problem));
            }
        }
        let outputs = self.traffic.resources(workload);
        let outputs = outputs.filter_map(|one| one.provisioned.outputs.values());
        let known: BTreeSet<&str> = outputs.flat_map(hosts).collect();
        let containers = workload.containers.iter();
        for (name, text) in containers.flat_map(|container| &container.variables) {
            for address in address::written_in(&plain(text)) {
                if !known.contains(address.host) && !address.is_local() {
                    let problem = self.by_text(&name.value, &address, settings);
                    let problem = problem.map(|problem| problem.at(text.span));
                    problem.into_iter().for_each(|problem| report.push(problem));
                }
            }
        }
    }

    /// The problem of a resource that leads to no pods that are known.
    fn by_resource(&self, resource: &Resource, settings: &NetworkPolicies) -> Option<Problem> {
        let uid = &resource.uid;
        let calls = &resource.provisioned.calls;
        if calls.unclear {
            let message = format!(
                "the definition of `{uid}` looks at all workloads, so no network policy allows \
                 its traffic"
            );
            let help = "look up one workload by its name in the definition, or write `from` and \
                        `to` of `networkPolicies`";
            return Some(
                Problem::new(&BLOCKED_CALL, message)
                    .at(resource.span)
                    .help(help),
            );
        }
        let is_for_others = FOR_OTHERS.contains(&uid.kind.as_str());
        let is_of_run = |name: &String| self.plan.position(name).is_some();
        if !settings.strict || is_for_others || calls.ports.keys().any(is_of_run) {
            return None;
        }
        let outputs = resource.provisioned.outputs.values()?;
        let address = address::of_outputs(outputs)?;
        let is_allowed = address.is_local() || is_allowed(settings, &address);
        if is_allowed || !self.traffic.pods(resource).is_empty() {
            return None;
        }
        let message = format!(
            "the pods behind `{}` of `{uid}` are not known, so no network policy allows \
             connections to them",
            address.host
        );
        let problem = Problem::new(&BLOCKED_CALL, message).at(resource.span);
        Some(problem.help(help(&address)))
    }

    /// The problem of an address in the text of a variable.
    fn by_text(
        &self,
        variable: &str,
        address: &Address<'_>,
        settings: &NetworkPolicies,
    ) -> Option<Problem> {
        let host = address.host;
        let problem = |what: &str| {
            let message = format!(
                "`{variable}` has {what} as a text, so no network policy allows connections to it"
            );
            Problem::new(&BLOCKED_CALL, message)
        };
        let name = host.split('.').next().unwrap_or(host);
        let is_short = !host.contains('.') || host.contains(".svc");
        if let Some(workload) = self.services.get(name).filter(|_| is_short) {
            let help = "declare a resource of type `service` and write its output into the text";
            return Some(problem(&format!("the host of the workload `{workload}`")).help(help));
        }
        let is_blocked = settings.strict && address.is_url && !is_allowed(settings, address);
        is_blocked.then(|| problem(&format!("`{host}`")).help(help(address)))
    }
}

/// Reports a port with metrics that nobody may call besides the workloads.
pub(super) fn check_metrics(
    workload: &Workload,
    port: &Port,
    settings: &NetworkPolicies,
    report: &mut Report,
) {
    if !have_port(&settings.from, Some(port.target_port)) {
        let (name, number) = (&workload.name.value, port.target_port);
        let message = format!(
            "no network policy allows Prometheus to read the metrics of `{name}` at port {number}"
        );
        let problem = Problem::new(&BLOCKED_CALL, message).at(port.span);
        report.push(problem.help(format!(
            "write the namespace of Prometheus into `from` of `networkPolicies` with the port \
             {number}"
        )));
    }
}

/// Whether `to` may be about an address: only its port can be compared.
fn is_allowed(settings: &NetworkPolicies, address: &Address<'_>) -> bool {
    have_port(&settings.to, address.port)
}

fn have_port(entries: &[Peer], port: Option<u16>) -> bool {
    let has_port = |entry: &Peer| {
        entry.ports.is_empty() || port.is_none_or(|port| entry.ports.contains(&port))
    };
    entries.iter().any(has_port)
}

fn help(address: &Address<'_>) -> String {
    let port = address.port.map(|port| format!(" with the port {port}"));
    format!(
        "write its pods or addresses into `to` of `networkPolicies`{}",
        port.unwrap_or_default()
    )
}

/// The parts of a text that are known, apart from each other.
fn plain(text: &ResolvedText) -> String {
    let segments = text.segments.iter().map(|segment| match segment {
        Segment::Plain(text) => text.as_str(),
        _ => "$",
    });
    segments.collect()
}
