//! Workloads that run elsewhere, and the resources whose embedded definitions look up a workload.

use std::collections::BTreeMap;

use super::definition::Definition;
use crate::link::{Graph, ResourceNode};
use crate::model::{ParamList, Params};
use diagnostics::source::Spanned;

/// A workload that is not part of the run.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ExternalWorkload {
    /// The name of its service.
    pub service: String,
    /// The host name by which the workloads of the run reach it.
    pub host: String,
    /// The numbers of its ports, by name; empty when they are not known.
    pub ports: BTreeMap<String, u16>,
}

impl ExternalWorkload {
    /// A workload of which only the name is known.
    pub fn named(name: &str) -> ExternalWorkload {
        ExternalWorkload {
            service: name.to_owned(),
            host: name.to_owned(),
            ports: BTreeMap::new(),
        }
    }
}

/// Workloads that are not part of the run, by name.
pub type ExternalWorkloads = BTreeMap<String, ExternalWorkload>;

/// The types whose embedded definitions look up a workload.
const TYPES: [&str; 3] = ["endpoint", "service", "service-port"];

/// A workload that a resource refers to, as it is written.
pub(super) struct WorkloadReference {
    /// `None` when a required param is missing.
    pub(super) name: Option<Spanned<String>>,
    pub(super) port: Option<Spanned<String>>,
}

impl WorkloadReference {
    /// The reference of a resource with an embedded definition; `None` for other resources and
    /// where a placeholder gives the name or the port.
    pub(super) fn of(
        definition: &Definition,
        node: &ResourceNode,
        graph: &Graph,
    ) -> Option<WorkloadReference> {
        if !definition.builtin || !TYPES.contains(&node.uid.kind.as_str()) {
            return None;
        }
        let params = graph.params(node);
        // A resource has the name of its workload unless a param names the workload.
        let own = node.uid.id.rsplit('.').next().unwrap_or_default();
        let implicit =
            (node.uid.kind != "service-port").then(|| Spanned::new(own.to_owned(), node.span));
        Some(WorkloadReference {
            name: text_param(params, "workload")?.or(implicit),
            port: text_param(params, "port")?,
        })
    }

    /// The workload elsewhere that it is about, and its name; `None` for one of the run. The number
    /// that it asks for is a port of a workload whose ports are not known.
    pub(super) fn external(
        &self,
        graph: &Graph,
        declared: Option<&ExternalWorkloads>,
    ) -> Option<(&str, ExternalWorkload)> {
        let name = self.name.as_ref()?.value.as_str();
        if graph.workload(name).is_some() {
            return None;
        }
        let declared = declared.and_then(|declared| declared.get(name)).cloned();
        let mut workload = declared.unwrap_or_else(|| ExternalWorkload::named(name));
        if let Some(port) = self.port.as_ref().filter(|_| workload.ports.is_empty()) {
            let number = port_number(&port.value);
            workload
                .ports
                .extend(number.map(|number| (port.value.clone(), number)));
        }
        Some((name, workload))
    }
}

/// A port as a number, as templates read it.
pub(super) fn port_number(text: &str) -> Option<u16> {
    text.parse()
        .ok()
        .filter(|port: &u16| *port > 0 && port.to_string() == text)
}

/// The text of a param with its place; empty values count as missing, as `default` of templates
/// takes them. The outer `None` is for a value that is not known yet.
fn text_param(params: Option<&ParamList>, name: &str) -> Option<Option<Spanned<String>>> {
    let entry = params.and_then(|params| params.iter().find(|(key, _)| key.value == name));
    let Some((_, value)) = entry else {
        return Some(None);
    };
    let text = match &value.value {
        Params::Text(text) => text.as_plain()?.to_owned(),
        Params::Scalar(value) => value.to_text(),
        Params::List(_) | Params::Map(_) => return None,
    };
    let is_set = !["", "0", "null", "false"].contains(&text.as_str());
    Some(is_set.then(|| Spanned::new(text, value.span)))
}
