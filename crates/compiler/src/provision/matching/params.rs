//! Checks that the definition of a resource knows its params.

use crate::link::{Graph, ResourceNode};
use crate::provision::builtin_inputs;
use crate::provision::library::{Binding, Definition, Library};
use diagnostics::report::{Problem, Report};
use diagnostics::suggestions::{closest_match, list_names, unambiguous_typo};

rules! {
    /// A resource has a param that its provisioner does not support.
    pub UNKNOWN_PARAM: "unknown-param", Warning;
}

/// Reports params that `supported_params` does not list.
pub(super) fn check(
    library: &Library,
    bindings: &[Option<Binding>],
    graph: &Graph,
    report: &mut Report,
) {
    for (node, binding) in graph.resources.iter().zip(bindings) {
        if let Some(binding) = binding {
            check_params(&library.definitions()[*binding], node, graph, report);
        }
    }
}

fn check_params(definition: &Definition, node: &ResourceNode, graph: &Graph, report: &mut Report) {
    let Some(supported) = &definition.supported_params else {
        return;
    };
    let params = node
        .params
        .as_ref()
        .and_then(|declaration| graph.declared(declaration)?.params.as_ref());
    if let Some(params) = params {
        builtin_inputs::check_params(definition, &params.value, report);
    }
    for (key, _) in params.into_iter().flat_map(|params| &params.value) {
        if supported.contains(&key.value) {
            continue;
        }
        let names = supported.iter().map(String::as_str);
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
            params.is_some_and(|params| params.value.iter().any(|(key, _)| key.value == **name))
        };
        let better = unambiguous_typo(&key.value, supported.iter().map(String::as_str))
            .filter(|name| !is_set(name));
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
