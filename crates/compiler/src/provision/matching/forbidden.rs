//! Types of resources that the environment forbids.

use std::collections::BTreeSet;

use super::providers::type_spans;
use crate::link::Graph;
use diagnostics::report::{Problem, Report};
use diagnostics::source::Span;
use yaml::{Node, reader};

rules! {
    /// The environment forbids resources of this type.
    pub FORBIDDEN_TYPE: "forbidden-type", Error;
}

/// Reports what is wrong with the types that an environment forbids.
pub fn check_setting(node: &Node, report: &mut Report) {
    let Some(types) = node.as_map() else {
        reader::wrong_type(node, "`forbiddenTypes`", "a mapping", report);
        return;
    };
    // `null` allows a type again that the extended environment forbids.
    for (kind, entry) in types.iter().filter(|(_, entry)| !entry.value.is_null()) {
        reader::string(&entry.value, &format!("the sentence for `{kind}`"), report);
    }
}

/// Reports each resource of a forbidden type, with the help text of the environment. Returns the
/// places of these types, for which nothing else is reported.
pub fn check_forbidden(
    forbidden: Option<&Node>,
    graph: &Graph,
    report: &mut Report,
) -> BTreeSet<Span> {
    let mut places = BTreeSet::new();
    let Some(forbidden) = forbidden.and_then(Node::as_map) else {
        return places;
    };
    for (node, span) in graph.resources.iter().zip(type_spans(graph)) {
        let (kind, place) = (&node.uid.kind, span.unwrap_or(node.span));
        let Some(entry) = forbidden.get(kind) else {
            continue;
        };
        let message = format!("the environment forbids resources of type `{kind}`");
        let problem = Problem::new(&FORBIDDEN_TYPE, message)
            .at(place)
            .secondary(entry.key, "forbidden here");
        report.push(problem.help(entry.value.as_str().unwrap_or_default()));
        places.insert(place);
    }
    places
}
