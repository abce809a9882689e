//! The data of a preview: the param `seed` of its own resources, for which their definitions make a
//! Job.

use crate::link::Graph;
use crate::model::{ParamList, Params, Uid};
use crate::provision::Binding;
use crate::provision::library::{Definition, Engine, Library};
use crate::request::{Preview, Request};
use diagnostics::report::{Problem, Report};
use diagnostics::source::{Span, Spanned};
use yaml::{Kind, Node};

rules! {
    /// A preview cannot give data to a resource.
    pub CANNOT_BE_SEEDED: "cannot-be-seeded", Error;
}

/// The param with the data.
const SEED: &str = "seed";

/// Gives the data to the resources that it is for; a UID has precedence over a type.
pub(super) fn give(request: &Request<'_>, graph: &mut Graph) {
    let (types, uids): (Vec<_>, Vec<_>) = request
        .seeds
        .iter()
        .partition(|(item, _)| !item.value.contains('#'));
    for (item, data) in types.into_iter().chain(uids) {
        for index in 0..graph.resources.len() {
            let uid = &graph.resources[index].uid;
            if Preview::is_meant(item, uid) && shared(request, uid).is_none() {
                let params = seeded(graph, index, item, data);
                graph.resources[index].seeded = Some(params);
            }
        }
    }
}

/// The params of a resource with the data.
fn seeded(graph: &Graph, index: usize, item: &Spanned<String>, data: &Node) -> ParamList {
    let mut params = graph
        .params(&graph.resources[index])
        .cloned()
        .unwrap_or_default();
    params.retain(|(key, _)| key.value != SEED);
    let key = Spanned::new(SEED.to_owned(), item.span);
    params.push((key, Spanned::new(literal(data), data.span)));
    params
}

/// A value as it is written: a command may well contain `${..}` for a shell.
fn literal(node: &Node) -> Params {
    match &node.kind {
        Kind::List(items) => Params::List(items.iter().map(literal).collect()),
        Kind::Map(entries) => {
            let entries = entries.iter();
            let entries = entries.map(|(key, entry)| (key.into(), literal(&entry.value)));
            Params::Map(entries.collect())
        }
        _ => Params::Scalar(node.to_value()),
    }
}

/// The item of `share` that names a resource.
fn shared(request: &Request<'_>, uid: &Uid) -> Option<Span> {
    let preview = request.preview.as_deref()?;
    preview.item_of(uid).map(|item| item.span)
}

fn of_extended(item: &Spanned<String>, shared: Span) -> Problem {
    let message = format!(
        "`{}` has the data of the environment that this one extends",
        item.value
    );
    let problem = Problem::new(&CANNOT_BE_SEEDED, message).at(item.span);
    let problem = problem.secondary(shared, "it is shared here");
    problem.help("remove it from `seed` or from `share`")
}

/// Reports data that no resource of the preview itself takes. `has_all_workloads` when no resource is
/// missing in the graph.
pub(super) fn check(
    request: &Request<'_>,
    has_all_workloads: bool,
    graph: &Graph,
    report: &mut Report,
) {
    for (item, _) in &request.seeds {
        let nodes = graph.resources.iter();
        let uids = nodes.map(|node| &node.uid);
        let meant: Vec<&Uid> = uids.filter(|uid| Preview::is_meant(item, uid)).collect();
        let shared: Vec<Span> = meant
            .iter()
            .filter_map(|uid| shared(request, uid))
            .collect();
        match shared.first() {
            Some(first) if shared.len() == meant.len() => report.push(of_extended(item, *first)),
            None if meant.is_empty() && has_all_workloads && request.is_whole_project => {
                report.push(graph.no_resource(item, &CANNOT_BE_SEEDED));
            }
            _ => {}
        }
    }
}

/// Reports definitions that have no use for the data.
pub(super) fn check_definitions(
    library: &Library,
    bindings: &[Option<Binding>],
    graph: &Graph,
    report: &mut Report,
) {
    for (node, binding) in graph.resources.iter().zip(bindings) {
        let mut params = node.seeded.iter().flatten();
        let key = params.find(|(key, _)| key.value == SEED);
        let definition = binding.map(|binding| &library.definitions()[binding]);
        let Some(((key, _), definition)) = key.zip(definition) else {
            continue;
        };
        if !takes(definition) {
            // That the definition does not support the param is reported, too.
            report.retain(|problem| problem.span() != Some(key.span));
            let message = format!("the provisioner of `{}` has no param `{SEED}`", node.uid);
            let problem = Problem::new(&CANNOT_BE_SEEDED, message).at(key.span);
            let problem = problem.secondary(definition.uri.span, "the provisioner is defined here");
            report.push(problem.help("use a definition that makes a Job for it, or remove it"));
        }
    }
}

/// Whether a definition reads the data. What a program reads is not known.
fn takes(definition: &Definition) -> bool {
    match &definition.supported_params {
        Some(supported) => supported.contains_key(SEED),
        None => definition.engine != Engine::Template || definition.read_params().contains(SEED),
    }
}
