//! Which definition provisions which resource, and whether it can do what is asked of it; all before anything runs.

use crate::base::diagnostics::{Problem, Report, Reported};
use crate::base::text::{Span, list_names, nearest, slip, suggestion};
use crate::front::model::{Resource, Workload};
use crate::front::placeholder::Reference;
use crate::middle::link::{Graph, Linked, Node};

use super::library::{Definition, Library};

/// The index of a definition in the library.
pub type Binding = usize;

/// Finds a definition for every resource and checks params and outputs against what it declares.
pub fn bind(library: &Library, graph: &Graph, report: &mut Report) -> Result<Vec<Binding>, Reported> {
    report.collect(|report| {
        let found: Vec<Option<Binding>> = graph.resources.iter().map(|node| library.find(&node.uid)).collect();
        let mut places: Option<Vec<Option<Span>>> = None;
        for (index, (node, binding)) in graph.resources.iter().zip(&found).enumerate() {
            match binding {
                Some(index) => check_params(&library.definitions()[*index], node, graph, report),
                None => {
                    let places = places.get_or_insert_with(|| type_spans(graph));
                    let place = places.get(index).copied().flatten().unwrap_or(node.span);
                    report_unprovided(library, node, place, report);
                }
            }
        }
        for linked in &graph.workloads {
            check_outputs(library, &found, linked, report);
        }
        check_sharing(library, &found, graph, report);
        found.into_iter().map(|binding| binding.unwrap_or(0)).collect()
    })
}

/// The types whose built-in definitions serve the workload that declares the resource, so that a second one gets nothing.
const FOR_ONE_WORKLOAD: [&str; 2] = ["horizontal-pod-autoscaler", "route"];

fn check_sharing(library: &Library, found: &[Option<Binding>], graph: &Graph, report: &mut Report) {
    for (workload, linked) in graph.workloads.iter().enumerate() {
        for (name, index) in &linked.resources {
            let node = &graph.resources[*index];
            let definition = found[*index].map(|binding| &library.definitions()[binding]);
            if workload == node.source_workload || !definition.is_some_and(is_for_one_workload) {
                continue;
            }
            let first = &graph.workloads[node.source_workload].workload.name.value;
            let message = format!("`{}` serves the workload `{first}` only, not this one", node.uid);
            let place = linked.workload.resources.get(name).map_or(node.span, |own| own.name.span);
            let problem =
                Problem::new("not-shared", message).at(place).also(node.span, "it is provisioned for this one");
            report.warning(problem.help("remove `id`, so that each workload has one of its own"));
        }
    }
}

/// One without sections makes nothing for anybody.
fn is_for_one_workload(definition: &Definition) -> bool {
    definition.builtin && FOR_ONE_WORKLOAD.contains(&definition.kind.as_str()) && !definition.sections.is_empty()
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
    let mut kinds: Vec<&str> = library.definitions().iter().map(|definition| definition.kind.as_str()).collect();
    kinds.extend_from_slice(library.offered());
    kinds.sort_unstable();
    kinds.dedup();
    let same_kind = library.definitions().iter().any(|definition| definition.kind == node.uid.kind);
    let message = match same_kind {
        true => format!("no provisioner of type `{}` takes `{}`", node.uid.kind, node.uid),
        false => format!("there is no provisioner for resources of type `{}`", node.uid.kind),
    };
    let help = suggestion(&node.uid.kind, kinds.iter().copied().filter(|kind| *kind != node.uid.kind), || {
        format!("add a definition with `--provisioners FILE`; the types here are {}", list_names(kinds.iter().copied()))
    });
    let _ = report.error(Problem::new("no-provisioner", message).at(place).help(help));
}

fn declared_params<'a>(node: &Node, graph: &'a Graph) -> Option<&'a Resource> {
    let (workload, name) = node.params.as_ref()?;
    graph.workloads.get(*workload)?.workload.resources.get(name)
}

fn check_params(definition: &Definition, node: &Node, graph: &Graph, report: &mut Report) {
    let Some(supported) = &definition.supported_params else { return };
    let params = declared_params(node, graph).and_then(|resource| resource.params.as_ref());
    for (key, _) in params.into_iter().flat_map(|params| &params.value) {
        if supported.contains(&key.value) {
            continue;
        }
        let names = supported.iter().map(String::as_str);
        let help = match nearest(&key.value, names.clone()) {
            Some(near) => format!("did you mean `{near}`?"),
            None if supported.is_empty() => "remove it; this provisioner takes no params".to_owned(),
            None => format!("remove it, or write one of its params: {}", list_names(names)),
        };
        let message = format!("the provisioner of `{}` has no param `{}`", node.uid.kind, key.value);
        let given = |name: &&str| params.is_some_and(|params| params.value.iter().any(|(own, _)| own.value == **name));
        let better = slip(&key.value, supported.iter().map(String::as_str)).filter(|name| !given(name));
        let problem = Problem::new("unknown-param", message).at(key.span).respell(key.span, &key.value, better);
        let _ = report.error(problem.also(definition.uri.span, "the provisioner is defined here").help(help));
    }
}

fn check_outputs(library: &Library, found: &[Option<Binding>], linked: &Linked, report: &mut Report) {
    let workload: &Workload = &linked.workload;
    let in_containers = workload.containers.values().flat_map(|container| container.references());
    let in_params = workload.resources.values().flat_map(Resource::references);
    for (reference, span) in in_containers.chain(in_params) {
        let Reference::Resource { name, path } = reference else { continue };
        let Some(output) = path.first() else { continue };
        let binding = linked.resources.get(name).and_then(|index| found[*index]);
        let Some(definition) = binding.map(|index| &library.definitions()[index]) else { continue };
        let Some(expected) = &definition.expected_outputs else { continue };
        if expected.contains(output) {
            continue;
        }
        let names = expected.iter().map(String::as_str);
        let help = suggestion(output, names.clone(), || format!("write one of its outputs: {}", list_names(names)));
        let message = format!("the resource `{name}` of type `{}` has no output `{output}`", definition.kind);
        let problem = Problem::new("unknown-output", message).at(span);
        let problem = match reference.part(span, 1) {
            Some(word) => problem.respell(word, output, slip(output, expected.iter().map(String::as_str))),
            None => problem,
        };
        let _ = report.error(problem.also(definition.uri.span, "its provisioner is defined here").help(help));
    }
}
