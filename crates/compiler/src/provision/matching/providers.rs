//! Checks that each resource has a definition.

use crate::link::{Graph, ResourceNode};
use crate::model::is_name;
use crate::provision::library::{Library, Match};
use diagnostics::report::{Problem, Report};
use diagnostics::source::Span;
use diagnostics::suggestions::{list_known, suggestion};

rules! {
    /// The environment has no provisioner for this type of resource.
    pub NO_PROVISIONER: "no-provisioner", Error;
}

/// Reports each resource without a definition, at its type.
pub(super) fn check(library: &Library, matches: &[Match], graph: &Graph, report: &mut Report) {
    if !matches.contains(&Match::Nothing) {
        return;
    }
    let spans = type_spans(graph);
    for (index, node) in graph.resources.iter().enumerate() {
        if matches[index] == Match::Nothing && is_valid_type(node) {
            report_unprovided(library, node, spans[index].unwrap_or(node.span), report);
        }
    }
}

/// Whether type and class are valid names. Others were reported at the same place.
fn is_valid_type(node: &ResourceNode) -> bool {
    [&node.uid.kind, &node.uid.class]
        .iter()
        .all(|word| is_name(&word.to_ascii_lowercase()))
}

/// The place of each resource's type, in the first workload by name that declares it.
fn type_spans(graph: &Graph) -> Vec<Option<Span>> {
    let mut spans = vec![None; graph.resources.len()];
    for linked in &graph.workloads {
        for (name, index) in &linked.resources {
            let span = linked
                .workload
                .resources
                .get(name)
                .map(|resource| resource.kind.span);
            spans[*index] = spans[*index].or(span);
        }
    }
    spans
}

fn report_unprovided(library: &Library, node: &ResourceNode, place: Span, report: &mut Report) {
    let mut kinds: Vec<&str> = library.kinds().collect();
    kinds.sort_unstable();
    kinds.dedup();
    let same_kind = library
        .definitions()
        .iter()
        .any(|definition| definition.kind == node.uid.kind);
    let message = match same_kind {
        true => format!(
            "no provisioner of type `{}` matches `{}`",
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
