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
            "the provisioner of `{}` changed from `{previous}` to `{}`",
            node.uid, definition.uri.value
        );
        let help = "check that no data is lost: the new provisioner gets the state of the old \
                    one, and objects that only the old one created are no longer in the output";
        let problem = Problem::new(&CHANGED_PROVISIONER, message)
            .at(node.span)
            .label("other provisioner")
            .secondary(definition.uri.span, "the definition that is used now");
        report.push(problem.help(help));
    }
}
