//! Checks that definitions give the outputs that placeholders use.

use crate::link::{Graph, LinkedWorkload};
use crate::placeholder::Reference;
use crate::placeholder::suggestions::output_help;
use crate::provision::library::{Binding, Library};
use crate::support::parallel;
use diagnostics::report::{Problem, Report};
use diagnostics::suggestions::unambiguous_typo;

use crate::rules::UNKNOWN_OUTPUT;

/// Reports outputs that `expected_outputs` does not list.
pub(super) fn check(
    library: &Library,
    bindings: &[Option<Binding>],
    graph: &Graph,
    report: &mut Report,
) {
    parallel::map_reporting(&graph.workloads, report, |linked, report| {
        check_outputs(library, bindings, linked, report);
    });
}

fn check_outputs(
    library: &Library,
    bindings: &[Option<Binding>],
    linked: &LinkedWorkload,
    report: &mut Report,
) {
    for (reference, span) in linked.workload.references() {
        let Reference::Resource { name, path } = reference else {
            continue;
        };
        let Some(output) = path.first() else { continue };
        let binding = linked
            .resources
            .get(name)
            .and_then(|index| bindings[*index]);
        let Some(definition) = binding.map(|index| &library.definitions()[index]) else {
            continue;
        };
        let Some(expected) = &definition.expected_outputs else {
            continue;
        };
        if expected.contains_key(output) {
            continue;
        }
        let names: Vec<&str> = expected.keys().map(String::as_str).collect();
        let help = output_help(output, &names);
        let message = format!(
            "the resource `{name}` of type `{}` has no output `{output}`",
            definition.kind
        );
        let problem = Problem::new(&UNKNOWN_OUTPUT, message).at(span);
        let problem = match reference.part(span, 1) {
            Some(word) => problem.suggest_replacement(
                word,
                output,
                unambiguous_typo(output, expected.keys().map(String::as_str)),
            ),
            None => problem,
        };
        report.push(
            problem
                .secondary(definition.uri.span, "its provisioner is defined here")
                .help(help),
        );
    }
}
