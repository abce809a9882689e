//! One node per identity, conflicts between declarations, and the order of provisioning.

use super::ports::port_names;
use super::{Declaration, Graph, LinkedWorkload, ResourceNode};
use crate::check::Checked;
use crate::model::{ParamList, Params, Port, Resource, Uid, Workload};
use crate::placeholder::{Piece, Reference};
use crate::support::{graph, parallel};
use diagnostics::report::{Problem, Report};
use diagnostics::source::{Span, Spanned};
use diagnostics::value::Value;

rules! {
    /// Workloads share a resource but define it differently.
    pub RESOURCE_CONFLICT: "resource-conflict", Error;

    /// Resources need each other's outputs in a cycle, so none of them can be provisioned first.
    pub RESOURCE_CYCLE: "resource-cycle", Error;
}

/// How many cycles are reported.
const MAX_CYCLES: usize = 20;

/// How many members of a cycle are marked besides the first.
const MAX_MARKED: usize = 8;

/// A declaration of a resource.
struct Declared {
    uid: Uid,
    declaration: Declaration,
    /// Its index among the resources of its workload.
    index: usize,
}

/// For each workload the indices of its resources, in its order.
type Indices = [Vec<usize>];

pub(super) fn graph(
    workloads: Vec<Checked<Workload>>,
    ports: Vec<Vec<Port>>,
    report: &mut Report,
) -> Graph {
    let declared = parallel::map(workloads.iter().enumerate(), declarations);
    let mut declared: Vec<Declared> = declared.into_iter().flatten().collect();
    // Sorted by identity, so that the order of the files does not change that of provisioning.
    declared.sort_by(|one, other| one.uid.cmp(&other.uid));
    let same: Vec<&[Declared]> = declared
        .chunk_by(|one, other| one.uid == other.uid)
        .collect();
    let mut indices: Vec<Vec<usize>> = workloads
        .iter()
        .map(|workload| vec![0; workload.resources.len()])
        .collect();
    for (index, declarations) in same.iter().enumerate() {
        for one in *declarations {
            indices[one.declaration.workload][one.index] = index;
        }
    }
    let nodes = parallel::map_reporting(same, report, |declarations, report| {
        merge(declarations, &workloads, &indices, report)
    });
    let order = order(&nodes, &workloads, report);
    let (resources, new_index) = reorder(nodes, &order);
    let linked = |((workload, ports), indices): ((Checked<Workload>, Vec<Port>), Vec<usize>)| {
        let indices = indices.into_iter().map(|old| new_index[old]);
        let resources = workload.resources.keys().cloned().zip(indices).collect();
        let port_names = port_names(&workload, &ports);
        LinkedWorkload {
            workload,
            ports,
            port_names,
            resources,
        }
    };
    let workloads: Vec<_> = workloads.into_iter().zip(ports).zip(indices).collect();
    Graph {
        workloads: parallel::map(workloads, linked),
        resources,
    }
}

fn declarations((number, workload): (usize, &Checked<Workload>)) -> Vec<Declared> {
    let resources = workload.resources.iter().enumerate();
    let declared = resources.map(|(index, (name, resource))| Declared {
        uid: resource.uid(&workload.name.value),
        declaration: Declaration {
            workload: number,
            name: name.clone(),
        },
        index,
    });
    declared.collect()
}

fn resource<'a>(
    workloads: &'a [Checked<Workload>],
    declaration: &Declaration,
) -> Option<&'a Resource> {
    workloads
        .get(declaration.workload)?
        .resources
        .get(&declaration.name)
}

/// Merges the declarations of one resource. Any of them may give the params, the metadata and the
/// `x-` keys; different ones conflict.
fn merge(
    declarations: &[Declared],
    workloads: &[Checked<Workload>],
    indices: &Indices,
    report: &mut Report,
) -> ResourceNode {
    let (uid, first) = (&declarations[0].uid, &declarations[0].declaration);
    let declared = || {
        let declarations = declarations.iter().map(|one| &one.declaration);
        declarations
            .filter_map(|declaration| Some((declaration, resource(workloads, declaration)?)))
    };
    let params = declared().filter_map(|(declaration, resource)| {
        let params = resource.params.as_ref()?;
        (!params.value.is_empty()).then_some((declaration, params))
    });
    let params = single(params, same_params, |first, other| {
        conflict(uid, "params", "`params`", first, other, report)
    });
    let metadata = declared().filter_map(|(declaration, resource)| {
        let metadata = resource.metadata.as_ref()?;
        (!metadata.value.is_empty()).then_some((declaration, metadata))
    });
    let metadata = single(
        metadata,
        |first, other| first == other,
        |first, other| conflict(uid, "metadata", "`metadata`", first, other, report),
    );
    let extensions = declared().filter_map(|(declaration, resource)| {
        let extensions = &resource.extensions;
        (extensions.value != Value::map()).then_some((declaration, extensions))
    });
    let extensions = single(
        extensions,
        |first, other| first == other,
        |first, other| conflict(uid, "extensions", "its `x-` keys", first, other, report),
    );
    let needs = params
        .as_ref()
        .map(|declaration| needs(workloads, declaration, indices))
        .unwrap_or_default();
    let source_workload = first.workload;
    let span = declared().next().map_or_else(
        || workloads[source_workload].name.span,
        |(_, resource)| resource.name.span,
    );
    ResourceNode {
        uid: uid.clone(),
        span,
        is_shared: declared().any(|(_, resource)| resource.id.is_some()),
        source_workload,
        params,
        seeded: None,
        metadata,
        extensions,
        needs,
    }
}

/// The first declaration that gives a value. `conflict` gets the places of the first value and of
/// each that is not the same.
fn single<'a, T: 'a>(
    mut values: impl Iterator<Item = (&'a Declaration, &'a Spanned<T>)>,
    same: impl Fn(&T, &T) -> bool,
    mut conflict: impl FnMut(Span, Span),
) -> Option<Declaration> {
    let (declaration, first) = values.next()?;
    for (_, other) in values {
        if !same(&first.value, &other.value) {
            conflict(first.span, other.span);
        }
    }
    Some(declaration.clone())
}

/// Whether two declarations have the same params; their places do not count.
fn same_params(first: &ParamList, second: &ParamList) -> bool {
    first.len() == second.len()
        && first.iter().all(|(key, one)| {
            second
                .iter()
                .any(|(other, two)| other.value == key.value && same_param(&one.value, &two.value))
        })
}

fn same_param(first: &Params, second: &Params) -> bool {
    match (first, second) {
        (Params::Text(one), Params::Text(two)) => {
            let bare = |piece: &Piece| match piece {
                Piece::Plain(plain) | Piece::Variable(plain, _) => (Some(plain.clone()), None),
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

fn conflict(uid: &Uid, what: &str, keys: &str, first: Span, second: Span, report: &mut Report) {
    let message = format!("the shared resource `{uid}` is declared with two different {what}");
    let problem = Problem::new(&RESOURCE_CONFLICT, message)
        .at(second)
        .secondary(first, "the others are here");
    report.push(problem.help(format!(
        "set {keys} in only one of the workloads, or to the same in both"
    )));
}

fn needs(
    workloads: &[Checked<Workload>],
    declaration: &Declaration,
    indices: &Indices,
) -> Vec<usize> {
    let (Some(resource), Some(workload)) = (
        resource(workloads, declaration),
        workloads.get(declaration.workload),
    ) else {
        return Vec::new();
    };
    let mut needs: Vec<usize> = resource
        .references()
        .into_iter()
        .filter_map(|(reference, _)| match reference {
            Reference::Resource { name, .. } => workload.resources.get_index_of(name),
            Reference::Metadata(_) => None,
        })
        .map(|needed| indices[declaration.workload][needed])
        .collect();
    needs.sort_unstable();
    needs.dedup();
    needs
}

fn order(
    nodes: &[ResourceNode],
    workloads: &[Checked<Workload>],
    report: &mut Report,
) -> Vec<usize> {
    let needs: Vec<Vec<usize>> = nodes.iter().map(|node| node.needs.clone()).collect();
    match graph::order(&needs) {
        Ok(order) => order,
        Err(_) => {
            for cycle in graph::cycles(needs, MAX_CYCLES) {
                report_cycle(nodes, &cycle, workloads, report);
            }
            (0..nodes.len()).collect()
        }
    }
}

fn report_cycle(
    nodes: &[ResourceNode],
    cycle: &[usize],
    workloads: &[Checked<Workload>],
    report: &mut Report,
) {
    let Some(first) = cycle.first() else { return };
    let path: Vec<String> = cycle
        .iter()
        .chain([first])
        .map(|index| format!("`{}`", nodes[*index].uid))
        .collect();
    let (message, help) = match path.as_slice() {
        [one, _] => (
            format!("the resource {one} needs its own output"),
            "write a value for the param, or take it from another resource",
        ),
        path => (
            format!(
                "these resources need each other's outputs: {} needs {}",
                path[0],
                path[1..].join(", which needs ")
            ),
            "write a value for one of these params instead of taking it from the other resource",
        ),
    };
    let span_of = |index: &usize| {
        let declaration = nodes[*index].params.as_ref()?;
        resource(workloads, declaration)?
            .references()
            .first()
            .map(|(_, span)| *span)
    };
    let mut problem =
        Problem::new(&RESOURCE_CYCLE, message).at(span_of(first).unwrap_or(nodes[*first].span));
    // The message has the whole path; marking all of a long one would hide it.
    for index in cycle[1..].iter().take(MAX_MARKED) {
        problem = problem.secondary(span_of(index).unwrap_or(nodes[*index].span), "and here");
    }
    report.push(problem.help(help));
}

/// Puts the nodes into a new order and renumbers their edges. Gives the new index of each old one
/// too.
fn reorder(nodes: Vec<ResourceNode>, order: &[usize]) -> (Vec<ResourceNode>, Vec<usize>) {
    let mut new_index = vec![0; nodes.len()];
    for (new, old) in order.iter().enumerate() {
        new_index[*old] = new;
    }
    let mut placed: Vec<(usize, ResourceNode)> = nodes.into_iter().enumerate().collect();
    placed.sort_by_key(|(old, _)| new_index[*old]);
    let renumber = |mut node: ResourceNode| {
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
