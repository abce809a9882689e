//! Warns of resources whose state comes from another definition.

use super::library::Binding;
use super::run::RunContext;
use crate::link::Graph;
use diagnostics::report::{Problem, Report};

rules! {
    /// A resource with stored state now matches another definition than the one that provisioned
    /// it.
    pub CHANGED_PROVISIONER: "changed-provisioner", Warning;
}

/// Reports each resource that an earlier run provisioned by another definition. This is no error,
/// since state is meant to outlive a definition.
pub(super) fn report(
    context: &RunContext<'_>,
    graph: &Graph,
    bindings: &[Binding],
    report: &mut Report,
) {
    for (node, binding) in graph.resources.iter().zip(bindings) {
        let definition = &context.library.definitions()[*binding];
        let Some(previous) = context.previous.provisioners.get(&node.uid.to_string()) else {
            continue;
        };
        if *previous == definition.uri.value {
            continue;
        }
        let message = format!(
            "`{}` was provisioned by `{previous}` so far, now by `{}`",
            node.uid, definition.uri.value
        );
        let help = "see whether it leads to the same data: the new one is given the old one's \
                    state, and what only the old one made is no longer part of the output";
        let problem = Problem::new(&CHANGED_PROVISIONER, message)
            .at(node.span)
            .label("other provisioner")
            .secondary(definition.uri.span, "the definition that is used now");
        report.push(problem.help(help));
    }
}
