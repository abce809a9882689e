//! What `kubectl apply` without `--server-side` loses or cannot apply.

use std::collections::BTreeSet;

use super::object::text;
use crate::model::Port;
use crate::support::document::Document;
use diagnostics::report::{Problem, Report};
use diagnostics::value::Value;
use yaml::{Kind, Node};

rules! {
    /// `kubectl apply` without `--server-side` cannot apply an object of this size.
    pub LARGE_OBJECT: "large-object", Note;

    /// Two ports have one number and different protocols, and `kubectl apply` without
    /// `--server-side` may lose one of them.
    pub PORT_WITH_TWO_PROTOCOLS: "port-with-two-protocols", Warning;
}

/// The most bytes of all annotations of an object. `kubectl apply` stores the object in one.
const MOST_ANNOTATIONS: usize = 256 * 1024;

/// Reports ports of a workload that differ only in their protocols.
pub(super) fn check_ports(ports: &[&Port], report: &mut Report) {
    for (index, port) in ports.iter().enumerate() {
        let has_same_number = |other: &&&Port| {
            other.protocol != port.protocol
                && (other.port == port.port || other.target_port == port.target_port)
        };
        if let Some(first) = ports[..index].iter().find(has_same_number) {
            let (first_name, name) = (&first.name.value, &port.name.value);
            let number = match first.port == port.port {
                true => port.port,
                false => port.target_port,
            };
            let message = format!("`{first_name}` and `{name}` both use port {number}");
            let problem = port_problem(&message).at(port.name.span);
            report.push(problem.secondary(first.name.span, "the other is here"));
        }
    }
}

/// The problem of two ports with one number.
pub(super) fn port_problem(message: &str) -> Problem {
    let message = format!(
        "{message} with different protocols, and `kubectl apply` may lose one of them when they change"
    );
    let help = "apply the output with `kubectl apply --server-side`, and allow this warning";
    Problem::new(&PORT_WITH_TWO_PROTOCOLS, message).help(help)
}

/// The first port of a Service, or of a container of another object, that repeats the number of an
/// earlier one; and this number.
pub(super) fn repeated_port<'n>(kind: &str, object: &'n Node) -> Option<(&'n Node, i128)> {
    match kind {
        "Service" => repeated(object.get("spec")?.get("ports")?, "port"),
        _ => repeated_container_port(object),
    }
}

fn repeated_container_port(node: &Node) -> Option<(&Node, i128)> {
    match &node.kind {
        Kind::Map(entries) => entries.iter().find_map(|(key, entry)| match key.as_str() {
            "ports" => repeated(&entry.value, "containerPort"),
            _ => repeated_container_port(&entry.value),
        }),
        Kind::List(items) => items.iter().find_map(repeated_container_port),
        _ => None,
    }
}

fn repeated<'n>(ports: &'n Node, key: &str) -> Option<(&'n Node, i128)> {
    let Kind::List(ports) = &ports.kind else {
        return None;
    };
    let mut numbers = BTreeSet::new();
    ports.iter().find_map(|port| match port.get(key)?.kind {
        Kind::Int(number) if !numbers.insert(number) => Some((port, number)),
        _ => None,
    })
}

/// Reports an object that does not fit into an annotation of itself.
pub(super) fn check_size(document: &Document, report: &mut Report) {
    if length(&document.value) <= MOST_ANNOTATIONS {
        return;
    }
    let text = |path: &[&str]| text(&document.value, path).unwrap_or_default();
    let message = format!(
        "the {} `{}` is above 256 KiB, which `kubectl apply` cannot apply without `--server-side`",
        text(&["kind"]),
        text(&["metadata", "name"])
    );
    let mut problem = Problem::new(&LARGE_OBJECT, message);
    if let Some(span) = document.origin {
        problem = problem.at(span);
    }
    report.push(problem.help("apply the output with `kubectl apply --server-side`"));
}

/// The number of bytes of all texts in a value.
fn length(value: &Value) -> usize {
    match value {
        Value::String(text) => text.len(),
        Value::List(items) => items.iter().map(length).sum(),
        Value::Map(map) => map
            .iter()
            .map(|(key, value)| key.len() + length(value))
            .sum(),
        _ => 0,
    }
}
