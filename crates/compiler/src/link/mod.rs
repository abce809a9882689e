//! Stage 5: all checked workloads to one graph of resources.
//!
//! - **Promise:** one node per resource identity, each after everything it needs.
//! - **Takes:** checked workloads in any order.
//! - **Gives:** a [`Graph`], the same whatever the order was.
//! - **Never:** asks what may provision a resource.

pub(crate) mod ports;
pub(crate) mod resources;

use std::collections::BTreeMap;

use indexmap::IndexMap;

use crate::check::Checked;
use crate::model::{Port, Uid, Workload};
use diagnostics::report::{Problem, Report};
use diagnostics::source::Span;

rules! {
    /// Two Score files of this run have the same `metadata.name`.
    pub DUPLICATE_WORKLOAD: "duplicate-workload", Error;
}

/// The workloads of a run and everything they need.
#[derive(Debug)]
pub struct Graph {
    /// The workloads, by name.
    pub workloads: Vec<LinkedWorkload>,
    /// The resources, in an order in which each comes after those it needs.
    pub resources: Vec<Node>,
}

/// A workload and where its resources stand in the graph.
#[derive(Debug)]
pub struct LinkedWorkload {
    /// The workload.
    pub workload: Checked<Workload>,
    /// The ports of its service, by name; also those that only a route names.
    pub ports: Vec<Port>,
    /// What definitions may call a port, and its index in `ports`.
    pub port_names: BTreeMap<String, usize>,
    /// For each of its resources, by the name it uses: the index in [`Graph::resources`].
    pub resources: IndexMap<String, usize>,
}

/// A resource, however many workloads share it.
#[derive(Debug)]
pub struct Node {
    /// Its identity.
    pub uid: Uid,
    /// Where it was first declared.
    pub span: Span,
    /// The workload that it is provisioned for: the first by name of those that declare it, unless
    /// it was another before.
    pub source_workload: usize,
    /// Whose declaration gives the params: a workload and the resource's name in it.
    pub params: Option<(usize, String)>,
    /// Whose declaration gives the metadata.
    pub metadata: Option<(usize, String)>,
    /// The resources whose outputs the params use, as indices in [`Graph::resources`].
    pub needs: Vec<usize>,
}

impl Graph {
    /// Lets each resource be provisioned for the workload that it was provisioned for before, as
    /// long as that one uses it: a workload that comes to share a resource renames nothing.
    pub fn keep_sources(&mut self, kept: &BTreeMap<String, String>) {
        for (index, node) in self.resources.iter_mut().enumerate() {
            let Some(name) = kept.get(&node.uid.to_string()) else {
                continue;
            };
            let found = self
                .workloads
                .binary_search_by(|linked| linked.workload.name.value.cmp(name));
            node.source_workload = found
                .ok()
                .filter(|workload| {
                    self.workloads[*workload]
                        .resources
                        .values()
                        .any(|own| *own == index)
                })
                .unwrap_or(node.source_workload);
        }
    }

    /// The workload that each resource with an id of its own is provisioned for, by uid; any other
    /// has only one.
    pub fn sources(&self) -> impl Iterator<Item = (String, String)> {
        let source = |node: &Node| {
            self.workloads[node.source_workload]
                .workload
                .name
                .value
                .clone()
        };
        let named = self
            .resources
            .iter()
            .map(move |node| (&node.uid, source(node)));
        let shared = named.filter(|(uid, source)| !uid.id.starts_with(&format!("{source}.")));
        shared.map(|(uid, source)| (uid.to_string(), source))
    }
}

/// Links workloads.
pub fn link(mut workloads: Vec<Checked<Workload>>, report: &mut Report) -> Graph {
    // A stable sort by name: what comes out does not depend on the order in which files were named.
    workloads.sort_by(|left, right| left.name.value.cmp(&right.name.value));
    check_names(&workloads, report);
    let ports = workloads
        .iter()
        .map(|workload| ports::service_ports(workload, report))
        .collect();
    resources::graph(workloads, ports, report)
}

/// How many of the workloads of one name are marked. A copied directory may hold thousands.
const MARKED: usize = 8;

/// Reports each name that several workloads have, once, at the second of them.
fn check_names(workloads: &[Checked<Workload>], report: &mut Report) {
    for same in workloads.chunk_by(|left, right| left.name.value == right.name.value) {
        let [first, second, others @ ..] = same else {
            continue;
        };
        let name = &second.name.value;
        let problem = match others.len() {
            0 => Problem::new(
                &DUPLICATE_WORKLOAD,
                format!("two workloads are called `{name}`"),
            )
            .secondary(first.name.span, "the other is here")
            .help("rename one of them, or give only one of the files"),
            more => Problem::new(
                &DUPLICATE_WORKLOAD,
                format!("{} workloads are called `{name}`", more + 2),
            )
            .secondary(first.name.span, "the first is here")
            .help("rename all but one of them, or give only one of the files"),
        };
        let marked = &others[..others.len().min(MARKED)];
        let problem = marked
            .iter()
            .enumerate()
            .fold(problem, |problem, (index, other)| {
                let message = match others.len() - marked.len() {
                    rest if rest > 0 && index + 1 == marked.len() => {
                        format!("and here, and in {rest} more places")
                    }
                    _ => "and here".to_owned(),
                };
                problem.secondary(other.name.span, message)
            });
        report.push(problem.at(second.name.span));
    }
}
