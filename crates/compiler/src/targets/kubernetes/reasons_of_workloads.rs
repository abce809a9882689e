//! What the reasons of an object of a workload start from.

use super::labels::WORKLOAD_NAME;
use super::object::{template, text};
use crate::plan::{Container, File, Workload};
use crate::support::document::Document;
use crate::support::places::Step;
use crate::support::reasons::{Cause, WrittenWorkload, by, default_rules, value_at};
use crate::targets::target::Lowered;
use diagnostics::value::Value;

default_rules! {
    PROTOCOL: "targets.md#service", "a port without `protocol` is a TCP port";
    INFERRED_PORT: "targets.md#service", "a port that only a route names is added as `port-NUMBER`";
}

/// An object of a workload.
pub(super) struct Of<'a> {
    pub(super) lowered: &'a Lowered<'a>,
    pub(super) workload: &'a Workload,
    pub(super) written: WrittenWorkload<'a>,
    pub(super) document: &'a Document,
}

impl<'a> Of<'a> {
    pub(super) fn find(lowered: &'a Lowered<'a>, document: &'a Document) -> Option<Of<'a>> {
        let path = ["metadata", "annotations", WORKLOAD_NAME];
        let workload = lowered.plan.workload(text(&document.value, &path)?)?;
        (document.origin == Some(workload.name.span)).then_some(())?;
        Some(Of {
            lowered,
            workload,
            written: lowered.written(&workload.name.value)?,
            document,
        })
    }

    /// The name of the workload.
    pub(super) fn name(&self) -> Vec<Cause> {
        self.written.value(["metadata", "name"])
    }

    pub(super) fn annotation(&self, key: &str) -> Vec<Cause> {
        self.written.value(["metadata", "annotations", key])
    }

    /// A default of the environment for the workload.
    pub(super) fn default(&self, path: &[&str]) -> Vec<Cause> {
        self.written.default(self.workload.defaults.place(path))
    }

    pub(super) fn files(&self) -> impl Iterator<Item = (&'a Container, &'a File)> {
        let containers = self.workload.containers.iter();
        containers.flat_map(|container| container.files.iter().map(move |file| (container, file)))
    }

    /// A field of the port of this index.
    pub(super) fn port(&self, index: usize, key: &str) -> Vec<Cause> {
        let Some(port) = self.workload.ports.get(index) else {
            return Vec::new();
        };
        let field = |key| {
            self.written
                .value(["service", "ports", &port.name.value, key])
        };
        let port_field = || match field("port") {
            none if none.is_empty() => by(self.written.place(port.span), &INFERRED_PORT),
            port => port,
        };
        match key {
            "name" if field("port").is_empty() => port_field(),
            "name" => self.written.key(["service", "ports", &port.name.value]),
            "port" => port_field(),
            "targetPort" | "containerPort" => match field("targetPort") {
                none if none.is_empty() => port_field(),
                target => target,
            },
            "protocol" => match field("protocol") {
                none if none.is_empty() => vec![Cause::Default(&PROTOCOL)],
                protocol => protocol,
            },
            _ => Vec::new(),
        }
    }

    /// The value at a path of the pods.
    pub(super) fn in_pod(&self, path: &[Step]) -> Option<&'a Value> {
        value_at(template(&self.document.value)?.get("spec")?, path)
    }
}
