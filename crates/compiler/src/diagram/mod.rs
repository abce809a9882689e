//! The graph that `score-rs graph` shows: workloads, the resources that they use, and which
//! workloads call which. [`picture`] groups it into boxes.

pub mod dot;
mod escape;
pub mod mermaid;
pub mod picture;
pub mod svg;

use std::collections::{BTreeMap, BTreeSet};

use crate::link::{LinkedWorkload, ResourceNode};
use crate::model::{Params, Uid};
use crate::placeholder::resolve::{Scope, resolve};
use crate::provision::{ProvisionedResource, routes};
use crate::request::Matches;
use diagnostics::redaction::Redactor;
use diagnostics::report::Report;

/// Workloads and resources, and what connects them.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Diagram {
    /// The workloads by name, those that run elsewhere, and the resources by identity.
    pub nodes: Vec<Node>,
    /// The edges, sorted.
    pub edges: Vec<Edge>,
}

/// A workload or a resource.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Node {
    /// A workload.
    Workload {
        /// Its name.
        name: String,
        /// Whether it is no part of the run.
        is_external: bool,
    },
    /// A resource.
    Resource {
        /// Its identity.
        uid: Uid,
        /// The host and path of a route, where they are known and no secret.
        address: Option<String>,
        /// Whether it gives the address of another workload, so that the edge between the two
        /// workloads shows it.
        is_address: bool,
    },
}

/// Connects two nodes, as indices in [`Diagram::nodes`].
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Edge {
    /// Who uses, needs or calls.
    pub from: usize,
    /// What is used, needed or called.
    pub to: usize,
    /// How they are connected.
    pub relation: Relation,
    /// The names of the resource in the workload, or the ports that are called.
    pub names: BTreeSet<String>,
}

/// How two nodes are connected.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Relation {
    /// A workload has a resource.
    Uses,
    /// The params of a resource have outputs of another one.
    Needs,
    /// A workload has the address of another one.
    Calls,
}

impl Relation {
    /// The name for programs.
    pub fn name(self) -> &'static str {
        match self {
            Relation::Uses => "uses",
            Relation::Needs => "needs",
            Relation::Calls => "calls",
        }
    }
}

impl Node {
    /// The name that is unique among the nodes: of a workload its name, of a resource its UID.
    pub fn name(&self) -> String {
        match self {
            Node::Workload { name, .. } => name.clone(),
            Node::Resource { uid, .. } => uid.to_string(),
        }
    }
}

impl Diagram {
    /// `provisioned` has what each resource of the graph gives, and `secrets` finds what no node shows.
    pub fn new(
        matches: &Matches,
        provisioned: &[ProvisionedResource],
        secrets: Option<&Redactor>,
    ) -> Diagram {
        let graph = &matches.graph;
        let mut diagram = Diagram::default();
        for linked in &graph.workloads {
            diagram.nodes.push(Node::Workload {
                name: linked.workload.name.value.clone(),
                is_external: false,
            });
        }
        let called = provisioned.iter().flat_map(|one| one.calls.ports.keys());
        let external: BTreeSet<&String> = called
            .filter(|name| graph.workload(name).is_none())
            .collect();
        diagram
            .nodes
            .extend(external.into_iter().map(|name| Node::Workload {
                name: name.clone(),
                is_external: true,
            }));
        let mut order: Vec<usize> = (0..graph.resources.len()).collect();
        order.sort_by_key(|index| &graph.resources[*index].uid);
        let mut position = vec![0; order.len()];
        for index in order {
            position[index] = diagram.nodes.len();
            let node = &graph.resources[index];
            diagram.nodes.push(Node::Resource {
                uid: node.uid.clone(),
                address: address(node, matches, provisioned)
                    .filter(|address| secrets.is_none_or(|secrets| !secrets.is_match(address))),
                is_address: provisioned
                    .get(index)
                    .is_some_and(|one| !one.calls.ports.is_empty()),
            });
        }
        diagram.edges = edges(&diagram.nodes, &position, matches, provisioned);
        diagram
    }

    /// The index of the node with a name, or of the only resource with this id.
    pub fn find(&self, name: &str) -> Option<usize> {
        let nodes = || self.nodes.iter().enumerate();
        let mut of_id = nodes()
            .filter(|(_, node)| matches!(node, Node::Resource { uid, .. } if uid.id == name));
        let only = of_id
            .next()
            .filter(|_| of_id.next().is_none())
            .map(|(index, _)| index);
        let mut of_name = nodes().filter(|(_, node)| node.name() == name);
        of_name.next().map(|(index, _)| index).or(only)
    }

    /// The edges that lead from a node.
    pub fn edges_from(&self, node: usize) -> &[Edge] {
        let start = self.edges.partition_point(|edge| edge.from < node);
        let end = self.edges.partition_point(|edge| edge.from <= node);
        &self.edges[start..end]
    }

    /// The workloads that use a resource.
    pub fn users(&self, resource: usize) -> impl Iterator<Item = usize> {
        let edges = self.edges.iter();
        let uses = edges.filter(move |edge| edge.to == resource && edge.relation == Relation::Uses);
        uses.map(|edge| edge.from)
    }

    /// Only a node, what is connected to it, and the edges between these.
    pub fn around(&self, index: usize) -> Diagram {
        let ends = self.edges.iter().map(|edge| (edge.from, edge.to));
        let kept = neighbours(ends, index);
        let new: BTreeMap<usize, usize> = kept
            .iter()
            .enumerate()
            .map(|(new, old)| (*old, new))
            .collect();
        let edges = self.edges.iter().filter_map(|edge| {
            Some(Edge {
                from: *new.get(&edge.from)?,
                to: *new.get(&edge.to)?,
                ..edge.clone()
            })
        });
        Diagram {
            edges: edges.collect(),
            nodes: kept.iter().map(|old| self.nodes[*old].clone()).collect(),
        }
    }
}

/// An index, and all that an edge connects with it.
fn neighbours(edges: impl Iterator<Item = (usize, usize)>, index: usize) -> BTreeSet<usize> {
    let touching = edges.filter(|(from, to)| *from == index || *to == index);
    let ends = touching.flat_map(|(from, to)| [from, to]);
    ends.chain([index]).collect()
}

/// `position` has the node of each resource of the graph.
fn edges(
    nodes: &[Node],
    position: &[usize],
    matches: &Matches,
    provisioned: &[ProvisionedResource],
) -> Vec<Edge> {
    let graph = &matches.graph;
    let by_name: BTreeMap<String, usize> = nodes
        .iter()
        .enumerate()
        .map(|(index, node)| (node.name(), index))
        .collect();
    let mut edges: BTreeMap<(usize, usize, Relation), BTreeSet<String>> = BTreeMap::new();
    for (from, linked) in graph.workloads.iter().enumerate() {
        for (name, resource) in &linked.resources {
            let uses = edges.entry((from, position[*resource], Relation::Uses));
            uses.or_default().insert(name.clone());
            let calls = provisioned.get(*resource).map(|one| &one.calls.ports);
            for (name, ports) in calls.into_iter().flatten() {
                let called = by_name.get(name).filter(|called| **called != from);
                if let Some(called) = called {
                    let calls = edges.entry((from, *called, Relation::Calls));
                    calls.or_default().extend(ports.iter().cloned());
                }
            }
        }
    }
    for (index, node) in graph.resources.iter().enumerate() {
        for need in &node.needs {
            edges
                .entry((position[index], position[*need], Relation::Needs))
                .or_default();
        }
    }
    let edges = edges.into_iter();
    let edge = |((from, to, relation), names)| Edge {
        from,
        to,
        relation,
        names,
    };
    edges.map(edge).collect()
}

/// The host and path that a route is declared with; `None` for other resources, and where the host
/// is a secret.
fn address(
    node: &ResourceNode,
    matches: &Matches,
    provisioned: &[ProvisionedResource],
) -> Option<String> {
    let graph = &matches.graph;
    let is_route = node.uid.kind == routes::TYPE;
    let declaration = node.params.as_ref().filter(|_| is_route)?;
    let linked = &graph.workloads[declaration.workload];
    let text = |name: &str| {
        let mut params = graph.params(node)?.iter();
        let (_, param) = params.find(|(key, _)| key.value == name)?;
        text_of(&param.value, linked, provisioned)
    };
    let path = text("path").unwrap_or_default();
    let slash = match path.starts_with('/') {
        true => "",
        false => "/",
    };
    Some(format!("{}{slash}{path}", text("host")?))
}

/// A param as text.
fn text_of(
    param: &Params,
    linked: &LinkedWorkload,
    provisioned: &[ProvisionedResource],
) -> Option<String> {
    let text = match param {
        Params::Text(text) => text,
        Params::Scalar(value) => return Some(value.to_text()),
        Params::List(_) | Params::Map(_) => return None,
    };
    let outputs = |name: &str| {
        let resource = linked.resources.get(name)?;
        provisioned.get(*resource).map(|one| &one.outputs)
    };
    let scope = Scope {
        metadata: &linked.workload.metadata,
        outputs: &outputs,
        variable: &|_| None,
        defer: false,
    };
    // What is wrong in it was reported when the resource was provisioned.
    let resolved = resolve(text, &scope, &mut Report::default());
    resolved.ok()?.as_plain().map(str::to_owned)
}
