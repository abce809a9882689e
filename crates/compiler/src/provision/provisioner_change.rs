//! A resource whose state another definition has made.

use super::{Binding, Library, State};
use crate::link::Graph;
use diagnostics::report::{Problem, Report};

rules! {
    /// A resource whose state is kept was provisioned by one definition so far, and another one
    /// fits it now.
    pub CHANGED_PROVISIONER: "changed-provisioner", Warning;
}

/// Says of each resource that was provisioned by another definition before what that means. It is
/// no error: the platform changes, and state is made to outlive a definition.
pub(super) fn report(
    library: &Library,
    graph: &Graph,
    bindings: &[Binding],
    previous: &State,
    report: &mut Report,
) {
    for (node, binding) in graph.resources.iter().zip(bindings) {
        let definition = &library.definitions()[*binding];
        let Some(before) = previous.provisioners.get(&node.uid.to_string()) else {
            continue;
        };
        if *before == definition.uri.value {
            continue;
        }
        let message = format!(
            "`{}` was provisioned by `{before}` so far, now by `{}`",
            node.uid, definition.uri.value
        );
        let help = "see whether it leads to the same data: the new one is given the old one's state, and what only the old \
                    one made is no longer part of the output";
        let problem = Problem::new(&CHANGED_PROVISIONER, message)
            .at(node.span)
            .label("other provisioner");
        let place = definition.uri.span;
        report.push(
            problem
                .secondary(place, "the definition that is used now")
                .help(help),
        );
    }
}
