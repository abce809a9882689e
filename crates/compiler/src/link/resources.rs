//! One node per identity, conflicts between declarations, and the order of provisioning.

use std::collections::BTreeMap;

use indexmap::IndexMap;

use super::ports::port_names;
use super::{Graph, LinkedWorkload, Node};
use crate::check::Checked;
use crate::model::{Params, Port, Resource, Uid, Workload};
use crate::placeholder::{Piece, Reference};
use crate::support::graph;
use diagnostics::report::{Problem, Report};
use diagnostics::source::{Span, Spanned};
use diagnostics::value::Map;

rules! {
    /// Workloads share a resource and do not agree what it should be.
    pub RESOURCE_CONFLICT: "resource-conflict", Error;

    /// Resources need each other's outputs in a circle, so that none of them could be made first.
    pub RESOURCE_CYCLE: "resource-cycle", Error;
}

/// How many cycles are told.
const MOST_CYCLES: usize = 20;

/// How many members of a cycle are marked beside the first.
const MARKED: usize = 8;

/// Everything the workloads say about one resource.
#[derive(Default)]
struct Declarations {
    list: Vec<(usize, String)>,
}

pub(super) fn graph(
    workloads: Vec<Checked<Workload>>,
    ports: Vec<Vec<Port>>,
    report: &mut Report,
) -> Graph {
    // Sorted by identity, so that the order of provisioning is the same however the files were
    // given.
    let mut declared: BTreeMap<Uid, Declarations> = BTreeMap::new();
    for (index, workload) in workloads.iter().enumerate() {
        for (name, resource) in &workload.resources {
            let uid = resource.uid(&workload.name.value);
            declared
                .entry(uid)
                .or_default()
                .list
                .push((index, name.clone()));
        }
    }
    let position: BTreeMap<&Uid, usize> = declared
        .keys()
        .enumerate()
        .map(|(index, uid)| (uid, index))
        .collect();
    let mut nodes: Vec<Node> = Vec::with_capacity(declared.len());
    for (uid, declarations) in &declared {
        nodes.push(merge(uid, declarations, &workloads, &position, report));
    }
    let order = order(&nodes, &workloads, report);
    let (resources, new_index) = reorder(nodes, &order);
    let linked = |(workload, ports): (Checked<Workload>, Vec<Port>)| {
        let index = |resource: &Resource| {
            position
                .get(&resource.uid(&workload.name.value))
                .map(|old| new_index[*old])
        };
        let resources: IndexMap<String, usize> = workload
            .resources
            .iter()
            .filter_map(|(name, resource)| Some((name.clone(), index(resource)?)))
            .collect();
        let port_names = port_names(&workload, &ports);
        LinkedWorkload {
            workload,
            ports,
            port_names,
            resources,
        }
    };
    Graph {
        workloads: workloads.into_iter().zip(ports).map(linked).collect(),
        resources,
    }
}

fn resource<'a>(
    workloads: &'a [Checked<Workload>],
    place: &(usize, String),
) -> Option<&'a Resource> {
    workloads.get(place.0)?.resources.get(&place.1)
}

/// Merges the declarations of one resource: params and metadata may come from any one; two
/// different ones conflict.
fn merge(
    uid: &Uid,
    declarations: &Declarations,
    workloads: &[Checked<Workload>],
    position: &BTreeMap<&Uid, usize>,
    report: &mut Report,
) -> Node {
    let mut params: Option<(usize, String)> = None;
    let mut metadata: Option<(usize, String)> = None;
    let mut first_span = None;
    for place in &declarations.list {
        let Some(own) = resource(workloads, place) else {
            continue;
        };
        first_span.get_or_insert(own.name.span);
        if let Some(given) = own.params.as_ref().filter(|given| !given.value.is_empty()) {
            match params
                .as_ref()
                .and_then(|first| resource(workloads, first))
                .and_then(|first| first.params.as_ref())
            {
                None => params = Some(place.clone()),
                Some(first) if same_params(&first.value, &given.value) => {}
                Some(first) => conflict(uid, "params", first.span, given.span, report),
            }
        }
        if let Some(given) = own
            .metadata
            .as_ref()
            .filter(|given| !given.value.is_empty())
        {
            match metadata
                .as_ref()
                .and_then(|first| resource(workloads, first))
                .and_then(|first| first.metadata.as_ref())
            {
                None => metadata = Some(place.clone()),
                Some(first) if same_metadata(first, given) => {}
                Some(first) => conflict(uid, "metadata", first.span, given.span, report),
            }
        }
    }
    let needs = params
        .as_ref()
        .map(|place| needs(workloads, place, position))
        .unwrap_or_default();
    let source_workload = declarations.list.first().map_or(0, |(index, _)| *index);
    let span = first_span.unwrap_or(workloads[source_workload].name.span);
    Node {
        uid: uid.clone(),
        span,
        source_workload,
        params,
        metadata,
        needs,
    }
}

fn same_metadata(first: &Spanned<Map>, second: &Spanned<Map>) -> bool {
    first.value == second.value
}

/// Whether two declarations ask for the same, wherever they were written.
fn same_params(first: &[(Spanned<String>, Params)], second: &[(Spanned<String>, Params)]) -> bool {
    first.len() == second.len()
        && first.iter().all(|(key, one)| {
            second
                .iter()
                .any(|(other, two)| other.value == key.value && same_param(one, two))
        })
}

fn same_param(first: &Params, second: &Params) -> bool {
    match (first, second) {
        (Params::Text(one), Params::Text(two)) => {
            let bare = |piece: &Piece| match piece {
                Piece::Plain(plain) => (Some(plain.clone()), None),
                Piece::Placeholder(reference, _) => (None, Some(reference.clone())),
            };
            one.pieces.iter().map(bare).eq(two.pieces.iter().map(bare))
        }
        (Params::Scalar(one), Params::Scalar(two)) => one == two,
        (Params::List(one), Params::List(two)) => {
            one.len() == two.len() && one.iter().zip(two).all(|(one, two)| same_param(one, two))
        }
        (Params::Map(one), Params::Map(two)) => {
            one.len() == two.len()
                && one.iter().all(|(key, one)| {
                    two.iter()
                        .any(|(other, two)| other == key && same_param(one, two))
                })
        }
        _ => false,
    }
}

fn conflict(uid: &Uid, what: &str, first: Span, second: Span, report: &mut Report) {
    let message = format!("the shared resource `{uid}` is declared with two different {what}");
    let problem = Problem::new(&RESOURCE_CONFLICT, message)
        .at(second)
        .secondary(first, "the others are here");
    report.push(problem.help(format!(
        "give `{what}` in one of the workloads only, or the same in both"
    )));
}

fn needs(
    workloads: &[Checked<Workload>],
    place: &(usize, String),
    position: &BTreeMap<&Uid, usize>,
) -> Vec<usize> {
    let (Some(own), Some(workload)) = (resource(workloads, place), workloads.get(place.0)) else {
        return Vec::new();
    };
    let mut needs: Vec<usize> = own
        .references()
        .into_iter()
        .filter_map(|(reference, _)| match reference {
            Reference::Resource { name, .. } => workload.resources.get(name),
            Reference::Metadata(_) => None,
        })
        .filter_map(|needed| position.get(&needed.uid(&workload.name.value)).copied())
        .collect();
    needs.sort_unstable();
    needs.dedup();
    needs
}

fn order(nodes: &[Node], workloads: &[Checked<Workload>], report: &mut Report) -> Vec<usize> {
    let needs: Vec<Vec<usize>> = nodes.iter().map(|node| node.needs.clone()).collect();
    match graph::order(&needs) {
        Ok(order) => order,
        Err(_) => {
            for cycle in graph::cycles(needs, MOST_CYCLES) {
                report_cycle(nodes, &cycle, workloads, report);
            }
            (0..nodes.len()).collect()
        }
    }
}

fn report_cycle(
    nodes: &[Node],
    cycle: &[usize],
    workloads: &[Checked<Workload>],
    report: &mut Report,
) {
    let Some(first) = cycle.first() else { return };
    let way: Vec<String> = cycle
        .iter()
        .chain([first])
        .map(|index| format!("`{}`", nodes[*index].uid))
        .collect();
    let (message, help) = match way.as_slice() {
        [one, _] => (
            format!("the resource {one} needs an output of its own"),
            "write the param out, or take it from another resource",
        ),
        _ => (
            format!(
                "these resources need each other's outputs: {}",
                way.join(", which needs ")
                    .replacen(", which needs", " needs", 1)
            ),
            "write one of these params out instead of taking it from the other resource",
        ),
    };
    let span_of = |index: &usize| {
        let place = nodes[*index].params.as_ref()?;
        resource(workloads, place)?
            .references()
            .first()
            .map(|(_, span)| *span)
    };
    let mut problem =
        Problem::new(&RESOURCE_CYCLE, message).at(span_of(first).unwrap_or(nodes[*first].span));
    // A longer way is read by its message; marking all of it would bury it.
    for index in cycle[1..].iter().take(MARKED) {
        problem = problem.secondary(span_of(index).unwrap_or(nodes[*index].span), "and here");
    }
    report.push(problem.help(help));
}

/// The nodes in a new order, their edges renumbered, and where each old one went.
fn reorder(nodes: Vec<Node>, order: &[usize]) -> (Vec<Node>, Vec<usize>) {
    let mut new_index = vec![0; nodes.len()];
    for (new, old) in order.iter().enumerate() {
        new_index[*old] = new;
    }
    let mut placed: Vec<(usize, Node)> = nodes.into_iter().enumerate().collect();
    placed.sort_by_key(|(old, _)| new_index[*old]);
    let renumber = |mut node: Node| {
        node.needs
            .iter_mut()
            .for_each(|need| *need = new_index[*need]);
        node
    };
    (
        placed.into_iter().map(|(_, node)| renumber(node)).collect(),
        new_index,
    )
}
