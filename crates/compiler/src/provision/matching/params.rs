//! Checks that the definition of a resource knows its params.

use std::collections::BTreeSet;

use super::declared_params;
use crate::link::{Graph, ResourceNode};
use crate::provision::changed_number::changed_numbers;
use crate::provision::library::{Binding, Definition, Library};
use diagnostics::report::{Problem, Report, Severity};
use diagnostics::source::Sources;
use diagnostics::suggestions::{closest_match, list_names, unambiguous_typo};

rules! {
    /// A definition supports a param that its templates read under another name.
    pub UNREAD_PARAM: "unread-param", Warning;

    /// A resource has a param that its provisioner does not support.
    pub UNKNOWN_PARAM: "unknown-param", Warning;
}

/// Reports params that `supported_params` does not list, and numbers whose text is changed.
pub(super) fn check(
    sources: &Sources,
    library: &Library,
    bindings: &[Option<Binding>],
    graph: &Graph,
    report: &mut Report,
) {
    let used: BTreeSet<Binding> = bindings.iter().flatten().copied().collect();
    for binding in used {
        check_definition(&library.definitions()[binding], report);
    }
    for (node, binding) in graph.resources.iter().zip(bindings) {
        if let Some(binding) = binding {
            let definition = &library.definitions()[*binding];
            check_params(definition, node, graph, report);
            declared_params::check(definition, node, graph, report);
            changed_numbers(sources, graph, node)
                .filter(|number| number.is_text_in(definition))
                .for_each(|number| number.report(Severity::Error, report));
        }
    }
}

/// Warns the author of a definition whose templates read a param under nearly the name that it
/// supports. One that is not read at all may be there for the definition of another target.
fn check_definition(definition: &Definition, report: &mut Report) {
    let Some(supported) = &definition.supported_params else {
        return;
    };
    let read = definition.read_params();
    let others = || {
        read.iter()
            .copied()
            .filter(|name| !supported.contains_key(*name))
    };
    for name in supported
        .keys()
        .filter(|name| !read.contains(name.as_str()))
    {
        let Some(near) = closest_match(name, others()) else {
            continue;
        };
        let message = format!(
            "`{}` supports the param `{name}`, but its templates read `{near}`",
            definition.uri.value
        );
        let problem = Problem::new(&UNREAD_PARAM, message).at(definition.uri.span);
        report.push(problem.help(format!(
            "write `{name}` in the templates, or `{near}` in `supported_params`"
        )));
    }
}

fn check_params(definition: &Definition, node: &ResourceNode, graph: &Graph, report: &mut Report) {
    let Some(supported) = &definition.supported_params else {
        return;
    };
    let params = graph.params(node);
    for (key, _) in params.into_iter().flatten() {
        if supported.contains_key(&key.value) {
            continue;
        }
        let names = supported.keys().map(String::as_str);
        let help = match closest_match(&key.value, names.clone()) {
            Some(name) => format!("did you mean `{name}`?"),
            None if supported.is_empty() => "remove it; this provisioner has no params".to_owned(),
            None => format!(
                "remove it, or write one of its params: {}",
                list_names(names)
            ),
        };
        let message = format!(
            "the provisioner of `{}` has no param `{}`",
            node.uid.kind, key.value
        );
        let is_set = |name: &&str| {
            params.is_some_and(|params| params.iter().any(|(key, _)| key.value == **name))
        };
        // A fix must not give the param a name that has no effect.
        let better = unambiguous_typo(&key.value, supported.keys().map(String::as_str))
            .filter(|name| !is_set(name) && definition.read_params().contains(*name));
        let problem = Problem::new(&UNKNOWN_PARAM, message)
            .at(key.span)
            .suggest_replacement(key.span, &key.value, better);
        report.push(
            problem
                .secondary(definition.uri.span, "the provisioner is defined here")
                .help(help),
        );
    }
}
