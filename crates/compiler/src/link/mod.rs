//! Stage 5: links all checked workloads to one graph of resources.
//!
//! The [`Graph`] has one node per resource identity, each after all that it needs. It does not
//! depend on the order of the workloads. Which definition provisions a resource is decided later.

pub(crate) mod ports;
pub(crate) mod resources;

use std::collections::{BTreeMap, BTreeSet};

use indexmap::IndexMap;

use crate::check::Checked;
use crate::model::{ParamList, Port, Resource, Uid, Workload};
use crate::support::parallel;
use diagnostics::report::{Problem, Report};
use diagnostics::rule::Rule;
use diagnostics::source::{Span, Spanned};
use diagnostics::suggestions::{list_known, suggestion};

rules! {
    /// Two Score files of this run have the same `metadata.name`.
    pub DUPLICATE_WORKLOAD: "duplicate-workload", Error;
}

/// The workloads of a run and the resources that they need.
#[derive(Debug, Default)]
pub struct Graph {
    /// The workloads, by name.
    pub workloads: Vec<LinkedWorkload>,
    /// The resources, each after those that it needs.
    pub resources: Vec<ResourceNode>,
}

/// A workload and the indices of its resources in the graph.
#[derive(Debug)]
pub struct LinkedWorkload {
    /// The workload.
    pub workload: Checked<Workload>,
    /// The ports of its service, sorted by name, with those that only a route names.
    pub ports: Vec<Port>,
    /// The names by which definitions may look up a port, with its index in `ports`.
    pub port_names: BTreeMap<String, usize>,
    /// Its resources by their names in the workload, as indices in [`Graph::resources`].
    pub resources: IndexMap<String, usize>,
}

/// A resource; several workloads may share it.
#[derive(Debug)]
pub struct ResourceNode {
    /// The identity.
    pub uid: Uid,
    /// The first declaration.
    pub span: Span,
    /// Whether a declaration gives it an id, so that several workloads can use it.
    pub is_shared: bool,
    /// The workload that it is provisioned for: the first by name that declares it, unless an
    /// earlier run provisioned it for another one.
    pub source_workload: usize,
    /// The declaration that gives the params.
    pub params: Option<Declaration>,
    /// The params with the data that a preview gives to the resource; `None` where it gives none.
    pub seeded: Option<ParamList>,
    /// The declaration that gives the metadata.
    pub metadata: Option<Declaration>,
    /// The declaration that gives the `x-` keys.
    pub extensions: Option<Declaration>,
    /// The resources whose outputs its params use, as indices in [`Graph::resources`].
    pub needs: Vec<usize>,
}

/// A declaration of a resource in a workload.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Declaration {
    /// The index of the workload in [`Graph::workloads`].
    pub workload: usize,
    /// The name of the resource in the workload.
    pub name: String,
}

impl Graph {
    /// The resource as it is declared.
    pub fn declared(&self, declaration: &Declaration) -> Option<&Resource> {
        self.workloads
            .get(declaration.workload)?
            .workload
            .resources
            .get(&declaration.name)
    }

    /// The params of a resource.
    pub fn params<'a>(&'a self, node: &'a ResourceNode) -> Option<&'a ParamList> {
        if node.seeded.is_some() {
            return node.seeded.as_ref();
        }
        let params = self.declared(node.params.as_ref()?)?.params.as_ref();
        params.map(|params| &params.value)
    }

    /// The workload of this name.
    pub fn workload(&self, name: &str) -> Option<&LinkedWorkload> {
        let position = self
            .workloads
            .binary_search_by(|linked| linked.workload.name.value.as_str().cmp(name));
        self.workloads.get(position.ok()?)
    }

    /// The problem of a type or UID that no resource has.
    pub(crate) fn no_resource(&self, item: &Spanned<String>, rule: &'static Rule) -> Problem {
        let uids = self.resources.iter().map(|node| &node.uid);
        let names = uids.flat_map(|uid| [uid.kind.clone(), uid.to_string()]);
        let names: BTreeSet<String> = names.collect();
        let known = || names.iter().map(String::as_str);
        let message = format!("no resource has the type or uid `{}`", item.value);
        let help = suggestion(&item.value, known(), || list_known("name", known()));
        Problem::new(rule, message).at(item.span).help(help)
    }

    /// Provisions each resource for the same workload as before, as long as that workload uses it.
    /// Otherwise a new workload that shares the resource could rename its objects. `persisted` is
    /// [`crate::identity::PersistedNames::source_workloads`].
    pub fn keep_source_workloads(&mut self, persisted: &BTreeMap<String, String>) {
        for (index, node) in self.resources.iter_mut().enumerate() {
            let Some(name) = persisted.get(&node.uid.to_string()) else {
                continue;
            };
            let workload = self
                .workloads
                .binary_search_by(|linked| linked.workload.name.value.cmp(name));
            node.source_workload = workload
                .ok()
                .filter(|workload| {
                    self.workloads[*workload]
                        .resources
                        .values()
                        .any(|resource| *resource == index)
                })
                .unwrap_or(node.source_workload);
        }
    }
}

/// Links workloads; conflicts between them are reported.
pub fn link(mut workloads: Vec<Checked<Workload>>, report: &mut Report) -> Graph {
    // Sorted, so that the result does not depend on the order of the files.
    workloads.sort_by(|left, right| left.name.value.cmp(&right.name.value));
    check_names(&workloads, report);
    let ports = parallel::map_reporting(&workloads, report, |workload, report| {
        ports::service_ports(workload, report)
    });
    resources::graph(workloads, ports, report)
}

/// How many further workloads of one name are marked: a copied directory may have thousands.
const MAX_MARKED: usize = 8;

/// Reports each name that several workloads have once, at the second of them.
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
            .help("rename one of them, or pass only one of the files"),
            more => Problem::new(
                &DUPLICATE_WORKLOAD,
                format!("{} workloads are called `{name}`", more + 2),
            )
            .secondary(first.name.span, "the first is here")
            .help("rename all but one of them, or pass only one of the files"),
        };
        let marked = &others[..others.len().min(MAX_MARKED)];
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
