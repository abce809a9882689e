//! Pods that are called.

use std::collections::BTreeMap;

use k8s_openapi::apimachinery::pkg::util::intstr::IntOrString;

use crate::model;
use crate::plan::Workload;
use crate::targets::kubernetes::labels;
use crate::targets::kubernetes::object::{items, template, text};
use diagnostics::value::Value;

/// Labels that select pods.
pub(super) type Labels = BTreeMap<String, String>;

/// A port of a pod, by number or name, and its protocol.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Port(pub(super) IntOrString, pub(super) String);

/// Pods, and the ports of theirs that are called.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Pods {
    /// Their namespace, if it is known.
    pub(super) namespace: Option<String>,
    pub(super) labels: Labels,
    pub(super) ports: Vec<Port>,
}

impl Pods {
    /// The pods of a workload.
    pub(super) fn of_workload(workload: &Workload, ports: Vec<Port>) -> Pods {
        Pods {
            namespace: None,
            labels: labels::selector(workload),
            ports,
        }
    }

    /// The pods of a Service.
    pub(super) fn of_service(object: &Value) -> Option<Pods> {
        let spec = object
            .get("spec")
            .filter(|_| text(object, &["kind"]) == Some("Service"))?;
        let ports = items(spec, "ports").iter();
        let ports = ports.filter_map(|port| {
            let target = port.get("targetPort").or(port.get("port"))?;
            Some(Port(number_or_name(target)?, protocol(port)))
        });
        Pods::of(object, spec.get("selector")?, ports)
    }

    /// The pods of a StatefulSet and its like.
    pub(super) fn of_runner(object: &Value) -> Option<Pods> {
        let containers = items(template(object)?.get("spec")?, "containers").iter();
        let ports = containers.flat_map(|container| items(container, "ports"));
        let ports = ports.filter_map(|port| {
            Some(Port(
                number_or_name(port.get("containerPort")?)?,
                protocol(port),
            ))
        });
        Pods::of(
            object,
            object.at(&["spec", "selector", "matchLabels"])?,
            ports,
        )
    }

    fn of(object: &Value, labels: &Value, ports: impl Iterator<Item = Port>) -> Option<Pods> {
        Some(Pods {
            namespace: text(object, &["metadata", "namespace"]).map(str::to_owned),
            labels: selector(labels)?,
            ports: distinct(ports),
        })
    }
}

pub(super) fn pod_port(port: &model::Port) -> Port {
    let number = IntOrString::Int(i32::from(port.target_port));
    Port(number, port.protocol.name().to_owned())
}

fn selector(labels: &Value) -> Option<Labels> {
    let labels = labels.as_map()?.iter();
    let labels: Labels = labels
        .map(|(key, value)| (key.into(), value.to_text()))
        .collect();
    (!labels.is_empty()).then_some(labels)
}

fn number_or_name(port: &Value) -> Option<IntOrString> {
    match port {
        Value::Int(number) => Some(IntOrString::Int((*number).try_into().ok()?)),
        Value::String(name) => Some(IntOrString::String(name.clone())),
        _ => None,
    }
}

fn protocol(port: &Value) -> String {
    text(port, &["protocol"]).unwrap_or("TCP").to_owned()
}

pub(super) fn distinct(ports: impl IntoIterator<Item = Port>) -> Vec<Port> {
    let mut all: Vec<Port> = Vec::new();
    for port in ports {
        if !all.contains(&port) {
            all.push(port);
        }
    }
    all
}

/// The pods with all their ports, each once. A port of pods without a list of ports is any.
pub(super) fn merged(pods: impl IntoIterator<Item = Pods>) -> Vec<Pods> {
    let mut all: Vec<Pods> = Vec::new();
    for pods in pods {
        match all
            .iter_mut()
            .find(|other| (&other.namespace, &other.labels) == (&pods.namespace, &pods.labels))
        {
            Some(other) => other.ports = distinct(other.ports.drain(..).chain(pods.ports)),
            None => all.push(pods),
        }
    }
    all
}
