//! Which pods call which, as the graph and the objects of the definitions say it.

use std::collections::BTreeMap;

use super::address::{self, Address};
use super::pods::{Labels, Pods, Port, distinct, merged, pod_port};
use super::routes::backends;
use crate::plan::{Plan, Resource, Workload};
use crate::provision::calls::{TYPES, hosts};
use crate::provision::routes::TYPE as ROUTE;
use crate::support::document::Document;
use crate::targets::kubernetes::api_kinds::manifests;
use crate::targets::kubernetes::object::{of_kind, text};
use crate::targets::kubernetes::{labels, names};
use diagnostics::value::Value;

/// The calls of a run.
pub(super) struct Traffic<'a> {
    plan: &'a Plan,
    /// The namespace of the workloads.
    namespace: Option<&'a str>,
    /// The Services of the definitions, by name.
    services: BTreeMap<&'a str, Vec<&'a Value>>,
    /// For each workload who calls it, and by which ports.
    callers: Vec<Vec<Pods>>,
    /// For each workload the ports that routes lead to.
    routed: Vec<Vec<Port>>,
}

impl<'a> Traffic<'a> {
    /// `provisioned` are the objects of the definitions.
    pub(super) fn new(
        plan: &'a Plan,
        namespace: Option<&'a str>,
        provisioned: &'a [Document],
    ) -> Traffic<'a> {
        let mut services: BTreeMap<&str, Vec<&Value>> = BTreeMap::new();
        for service in of_kind(provisioned, "Service") {
            let name = text(service, &["metadata", "name"]).unwrap_or_default();
            services.entry(name).or_default().push(service);
        }
        let mut routes: BTreeMap<&str, Vec<String>> = BTreeMap::new();
        for (service, port) in provisioned.iter().flat_map(|one| backends(&one.value)) {
            routes.entry(service).or_default().push(port);
        }
        let mut traffic = Traffic {
            plan,
            namespace,
            services,
            callers: vec![Vec::new(); plan.workloads.len()],
            routed: vec![Vec::new(); plan.workloads.len()],
        };
        for (index, workload) in plan.workloads.iter().enumerate() {
            let own = [
                names::service(&workload.name.value, &workload.annotations),
                names::headless(&workload.name.value),
            ];
            let ports = own
                .iter()
                .filter_map(|name| routes.get(name.as_str()))
                .flatten();
            let ports = ports.flat_map(|port| ports_by_key(workload, port));
            let read = traffic
                .resources(workload)
                .filter(|one| one.uid.kind == ROUTE);
            let read = read.flat_map(|route| &route.provisioned.calls.own_ports);
            let read = read.flat_map(|key| ports_by_key(workload, key));
            traffic.routed[index] = distinct(ports.chain(read));
            for (called, ports) in traffic.called(workload) {
                traffic.callers[called].push(Pods::of_workload(workload, ports));
            }
        }
        traffic
    }

    /// Who calls a workload.
    pub(super) fn callers(&self, workload: &Workload) -> &[Pods] {
        let callers = self
            .plan
            .position(&workload.name.value)
            .and_then(|index| self.callers.get(index));
        callers.map(Vec::as_slice).unwrap_or_default()
    }

    /// The ports that routes lead to.
    pub(super) fn routed(&self, workload: &Workload) -> &[Port] {
        let routed = self
            .plan
            .position(&workload.name.value)
            .and_then(|index| self.routed.get(index));
        routed.map(Vec::as_slice).unwrap_or_default()
    }

    /// What a workload calls: other workloads, and the pods of its resources.
    pub(super) fn callees(&self, workload: &Workload) -> Vec<Pods> {
        let called = self.called(workload).into_iter();
        let workloads =
            called.map(|(index, ports)| Pods::of_workload(&self.plan.workloads[index], ports));
        let own = labels::selector(workload);
        let pods = self.resources(workload).flat_map(|one| self.pods(one));
        merged(workloads.chain(pods.filter(|pods| pods.labels != own)))
    }

    /// The pods of a resource: those of the Services whose names its outputs have, and those of its
    /// own manifests.
    pub(super) fn pods(&self, resource: &Resource) -> Vec<Pods> {
        let outputs = resource.provisioned.outputs.values();
        let hosts = outputs.into_iter().flat_map(hosts);
        let named = hosts
            .flat_map(|host| self.services(host))
            .filter_map(Pods::of_service);
        let own: Vec<Value> = manifests(&resource.provisioned.sections)
            .map(yaml::Node::to_value)
            .collect();
        let mut pods: Vec<Pods> = named
            .chain(own.iter().filter_map(Pods::of_service))
            .collect();
        if pods.is_empty() {
            pods.extend(own.iter().filter_map(Pods::of_runner));
        }
        if pods.is_empty() {
            pods.extend(self.outside(resource));
        }
        for pods in &mut pods {
            let other = pods.namespace.take();
            pods.namespace = other.filter(|name| Some(name.as_str()) != self.namespace);
        }
        merged(pods)
    }

    /// The pods of a workload that runs elsewhere: those of the namespace of its host. Which ports
    /// of theirs its Service leads to is not known.
    fn outside(&self, resource: &Resource) -> Option<Pods> {
        let mut called = resource.provisioned.calls.ports.keys();
        called.find(|name| self.plan.position(name).is_none())?;
        let outputs = resource.provisioned.outputs.values()?;
        let address = match TYPES.contains(&resource.uid.kind.as_str()) {
            // Each of their outputs has the host, some under the key `name`.
            true => Address::of_host(hosts(outputs).next()?),
            false => address::of_outputs(outputs)?,
        };
        Some(Pods {
            namespace: address.namespace(self.namespace)?.map(str::to_owned),
            labels: Labels::new(),
            ports: Vec::new(),
        })
    }

    /// The Services that have a host name.
    fn services<'h>(&'h self, host: &'h str) -> impl Iterator<Item = &'a Value> + use<'a, 'h> {
        let (name, rest) = host.split_once('.').unwrap_or((host, ""));
        let namespace = rest
            .split('.')
            .next()
            .filter(|namespace| !namespace.is_empty());
        let services = self.services.get(name).into_iter().flatten().copied();
        services.filter(move |service| {
            let own = text(service, &["metadata", "namespace"]);
            namespace.is_none_or(|namespace| own.is_none_or(|own| own == namespace))
        })
    }

    pub(super) fn resources<'w>(
        &self,
        workload: &'w Workload,
    ) -> impl Iterator<Item = &'a Resource> + use<'a, 'w> {
        let resources = &self.plan.resources;
        workload
            .resources
            .iter()
            .filter_map(|index| resources.get(*index))
    }

    /// The workloads of the run that a workload calls by its resources, and which ports.
    pub(super) fn called(&self, workload: &Workload) -> BTreeMap<usize, Vec<Port>> {
        let mut called: BTreeMap<usize, Vec<Port>> = BTreeMap::new();
        for resource in self.resources(workload) {
            for (name, keys) in &resource.provisioned.calls.ports {
                let index = self.plan.position(name);
                let Some(index) = index.filter(|_| *name != workload.name.value) else {
                    continue;
                };
                let other = &self.plan.workloads[index];
                let ports = keys.iter().flat_map(|key| ports_by_key(other, key));
                let mut ports: Vec<Port> = ports.collect();
                if ports.is_empty() {
                    ports.extend(other.ports.iter().map(pod_port));
                }
                let all = called.entry(index).or_default();
                *all = distinct(std::mem::take(all).into_iter().chain(ports));
            }
        }
        called.retain(|_, ports| !ports.is_empty());
        called
    }
}

/// The ports of a workload's pods that a port of its Service leads to, by its name or number.
fn ports_by_key<'w>(workload: &'w Workload, key: &'w str) -> impl Iterator<Item = Port> + 'w {
    let is_meant =
        move |port: &&crate::model::Port| port.name.value == key || port.port.to_string() == key;
    let by_target = move |port: &&crate::model::Port| port.target_port.to_string() == key;
    let none = !workload.ports.iter().any(|port| is_meant(&port));
    let ports = workload.ports.iter();
    let ports = ports.filter(move |port| is_meant(port) || none && by_target(port));
    ports.map(pod_port)
}
