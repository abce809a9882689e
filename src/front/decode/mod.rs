//! Stage 3: the tree of a document to a workload.
//!
//! - **Promise:** every key of the document is read or reported; all shape errors are found in one pass.
//! - **Takes:** the tree of one document, after overrides.
//! - **Gives:** a [`Workload`].
//! - **Never:** follows a reference, or judges what a value means beside its own form.

mod compute;
mod container;
mod names;
mod probe;
mod resource;

use indexmap::IndexMap;

use crate::base::diagnostics::{Problem, Report, Reported};
use crate::base::text::{Sources, Spanned};
use crate::base::value::{Map, Value};
use crate::base::yaml::{Node, shape};
use crate::front::model::{Annotation, Port, Protocol, Workload};

const API_VERSION: &str = "score.dev/v1b1";

/// Reads a document as a workload.
pub fn decode(sources: &Sources, document: &Node, report: &mut Report) -> Result<Workload, Reported> {
    let workload = report.collect(|report| read_workload(sources, document, report))?;
    // Without a mapping or a name there was an error, so this arm is there for the types alone.
    workload.ok_or_else(|| report.error(Problem::new("wrong-type", "this document is no workload").at(document.span)))
}

fn read_workload(sources: &Sources, document: &Node, report: &mut Report) -> Option<Workload> {
    let mut fields = shape::fields(document, "a workload", report)?;
    if let Some(version) = fields.required("apiVersion", report) {
        read_api_version(version, report);
    }
    let metadata = fields.required("metadata", report).and_then(|node| read_metadata(node, report));
    let containers = match fields.required("containers", report) {
        Some(node) => read_containers(sources, node, report),
        None => IndexMap::new(),
    };
    let ports = fields.optional("service", report).map(|node| read_service(node, report)).unwrap_or_default();
    let resources = match fields.optional("resources", report) {
        Some(node) => resource::read_resources(sources, node, report),
        None => IndexMap::new(),
    };
    fields.finish(elsewhere_in_workload, report);
    let (name, metadata, annotations) = metadata?;
    let spec = document.to_value();
    Some(Workload { span: document.span, name, metadata, annotations, containers, ports, resources, spec })
}

fn elsewhere_in_workload(key: &str) -> Option<&'static str> {
    match key {
        "name" | "annotations" => Some("under `metadata`"),
        "image" | "command" | "args" | "variables" | "files" | "volumes" | "livenessProbe" | "readinessProbe" => {
            Some("under `containers.NAME`")
        }
        "ports" => Some("under `service`"),
        "kind" => Some("in no Score file (it is a Kubernetes key)"),
        _ => None,
    }
}

fn read_api_version(node: &Node, report: &mut Report) {
    let Some(version) = shape::string(node, "`apiVersion`", report) else { return };
    if version.value != API_VERSION {
        let problem =
            Problem::new("api-version", format!("`{}` is no version of Score that is known here", version.value));
        let _ = report.error(problem.at(version.span).help(format!("write `apiVersion: {API_VERSION}`")));
    }
}

type Metadata = (Spanned<String>, Map, Vec<Annotation>);

fn read_metadata(node: &Node, report: &mut Report) -> Option<Metadata> {
    let mut fields = shape::fields(node, "`metadata`", report)?;
    let name = fields.required("name", report).and_then(|name| shape::string(name, "the workload's name", report));
    let annotations = fields.optional("annotations", report).map(|node| read_annotations(node, report));
    // Every other key is the author's own.
    fields.finish_free(report);
    let Value::Map(metadata) = node.to_value() else { return None };
    let name = name?;
    names::check_name("workload", &name, report);
    Some((name, metadata, annotations.unwrap_or_default()))
}

fn read_annotations(node: &Node, report: &mut Report) -> Vec<Annotation> {
    let mut annotations = Vec::new();
    for (key, value) in shape::named_entries(node, "`annotations`", report) {
        names::check_annotation_key(&key, report);
        let what = format!("the annotation `{}`", key.value);
        if let Some(value) = shape::string(value, &what, report) {
            annotations.push(Annotation { key, value });
        }
    }
    annotations
}

fn read_containers(
    sources: &Sources,
    node: &Node,
    report: &mut Report,
) -> IndexMap<String, crate::front::model::Container> {
    let mut containers = IndexMap::new();
    let entries = shape::named_entries(node, "`containers`", report);
    if entries.is_empty() && node.as_map().is_some_and(|map| map.is_empty()) {
        let problem = Problem::new("no-containers", "a workload needs at least one container").at(node.span);
        let _ = report.error(problem.help("add one: `main: {image: IMAGE}`"));
    }
    for (name, node) in entries {
        names::check_name("container", &name, report);
        if let Some(container) = container::read_container(sources, name, node, report) {
            containers.insert(container.name.value.clone(), container);
        }
    }
    containers
}

fn read_service(node: &Node, report: &mut Report) -> IndexMap<String, Port> {
    let mut ports = IndexMap::new();
    let Some(mut fields) = shape::fields(node, "`service`", report) else { return ports };
    if let Some(node) = fields.optional("ports", report) {
        for (name, node) in shape::named_entries(node, "`service.ports`", report) {
            names::check_name("port", &name, report);
            if let Some(port) = read_port(name, node, report) {
                ports.insert(port.name.value.clone(), port);
            }
        }
    }
    fields.finish(|_| None, report);
    ports
}

fn read_port(name: Spanned<String>, node: &Node, report: &mut Report) -> Option<Port> {
    let mut fields = shape::fields(node, &format!("the port `{}`", name.value), report)?;
    let port = fields.required("port", report).and_then(|node| port_number(node, "`port`", report));
    let target_port = match fields.optional("targetPort", report) {
        Some(node) => port_number(node, "`targetPort`", report),
        None => port,
    };
    let protocol = match fields.optional("protocol", report) {
        Some(node) => read_protocol(node, report),
        None => Some(Protocol::Tcp),
    };
    fields.finish(|_| None, report);
    Some(Port { name, port: port?, target_port: target_port?, protocol: protocol?, span: node.span })
}

fn port_number(node: &Node, what: &str, report: &mut Report) -> Option<u16> {
    shape::integer(node, what, 1, 65535, report).and_then(|number| u16::try_from(number).ok())
}

fn read_protocol(node: &Node, report: &mut Report) -> Option<Protocol> {
    let protocol = shape::string(node, "`protocol`", report)?;
    shape::choice(&protocol, "`protocol`", &[("TCP", Protocol::Tcp), ("UDP", Protocol::Udp)], report)
}
