//! Every resource has a definition that provisions it.

use crate::link::{Graph, Node};
use crate::model::is_name;
use crate::provision::library::{Found, Library};
use diagnostics::report::{Problem, Report};
use diagnostics::source::Span;
use diagnostics::suggestions::{list_known, suggestion};

rules! {
    /// No provisioner of the environment makes resources of this type.
    pub NO_PROVISIONER: "no-provisioner", Error;
}

/// Reports each resource without a definition, at its type.
pub(super) fn check(library: &Library, found: &[Found], graph: &Graph, report: &mut Report) {
    if !found.contains(&Found::Nothing) {
        return;
    }
    let places = type_spans(graph);
    for (index, node) in graph.resources.iter().enumerate() {
        if found[index] == Found::Nothing && is_said(node) {
            report_unprovided(
                library,
                node,
                places.get(index).copied().flatten().unwrap_or(node.span),
                report,
            );
        }
    }
}

/// Whether type and class are such that there could be a definition. What cannot be one has been
/// told so at the same place.
fn is_said(node: &Node) -> bool {
    [&node.uid.kind, &node.uid.class]
        .iter()
        .all(|word| is_name(&word.to_ascii_lowercase()))
}

/// Where each resource says its type: in the first workload, by name, that declares it.
fn type_spans(graph: &Graph) -> Vec<Option<Span>> {
    let mut spans = vec![None; graph.resources.len()];
    for linked in &graph.workloads {
        for (name, index) in &linked.resources {
            let span = linked.workload.resources.get(name).map(|own| own.kind.span);
            spans[*index] = spans[*index].or(span);
        }
    }
    spans
}

fn report_unprovided(library: &Library, node: &Node, place: Span, report: &mut Report) {
    let mut kinds: Vec<&str> = library.kinds().collect();
    kinds.sort_unstable();
    kinds.dedup();
    let same_kind = library
        .definitions()
        .iter()
        .any(|definition| definition.kind == node.uid.kind);
    let message = match same_kind {
        true => format!(
            "no provisioner of type `{}` takes `{}`",
            node.uid.kind, node.uid
        ),
        false => format!(
            "there is no provisioner for resources of type `{}`",
            node.uid.kind
        ),
    };
    let help = suggestion(
        &node.uid.kind,
        kinds.iter().copied().filter(|kind| *kind != node.uid.kind),
        || {
            format!(
                "add a definition with `--provisioners FILE`; {}",
                list_known("type", kinds.iter().copied())
            )
        },
    );
    report.push(Problem::new(&NO_PROVISIONER, message).at(place).help(help));
}
