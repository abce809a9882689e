//! A resource that gives nothing but outputs is asked for one.

use crate::link::{Graph, LinkedWorkload};
use crate::model::{FileContent, Resource, Uid, Workload};
use crate::placeholder::Reference;
use crate::provision::library::{Definition, Engine, Library};
use diagnostics::report::{Problem, Report};

use super::Binding;

rules! {
    /// A resource gives nothing but outputs, and nothing asks for one.
    pub UNUSED_RESOURCE: "unused-resource", Warning;
}

/// The sections that give outputs, or prepare them.
const FOR_OUTPUTS: [&str; 4] = ["source", "init", "state", "outputs"];

/// Types that say on which other workload this one depends. To have said so is a use, with the host
/// name written out elsewhere.
const DEPENDENCIES: [&str; 3] = ["endpoint", "service", "service-port"];

/// Warns of resources that nothing would miss. `elsewhere` says whether something beside the
/// workloads asks for an output.
pub fn check_unused_resources(
    library: &Library,
    bindings: &[Option<Binding>],
    graph: &Graph,
    elsewhere: &dyn Fn(&Uid) -> bool,
    report: &mut Report,
) {
    let mut used = vec![false; graph.resources.len()];
    for linked in &graph.workloads {
        mark_used(linked, &mut used);
    }
    for (index, node) in graph.resources.iter().enumerate() {
        let Some(definition) = bindings[index].map(|binding| &library.definitions()[binding])
        else {
            continue;
        };
        if used[index] || !only_gives_outputs(definition) || elsewhere(&node.uid) {
            continue;
        }
        let message = format!(
            "nothing uses an output of `{}`, and it makes nothing else",
            node.uid
        );
        let problem = Problem::new(&UNUSED_RESOURCE, message).at(node.span);
        let outputs = definition
            .expected_outputs
            .iter()
            .flatten()
            .next()
            .map_or("OUTPUT", String::as_str);
        let name = name_of(index, graph).unwrap_or("NAME");
        let help = format!("remove it, or use it, as in `${{resources.{name}.{outputs}}}`");
        let place = definition.uri.span;
        report.push(
            problem
                .secondary(place, "its provisioner gives outputs only")
                .help(help),
        );
    }
}

/// Whether provisioning makes nothing that anybody would notice without asking for an output: no
/// section of any target, and nothing that is shared with other resources. What a program does is
/// not known.
fn only_gives_outputs(definition: &Definition) -> bool {
    let gives = definition.engine == Engine::LocalEnvironment
        || definition.sections.contains_key("outputs");
    gives
        && !DEPENDENCIES.contains(&definition.kind.as_str())
        && definition.engine != Engine::Command
        && definition
            .sections
            .keys()
            .all(|section| FOR_OUTPUTS.contains(section))
}

/// Marks every resource that a workload names somewhere.
fn mark_used(linked: &LinkedWorkload, used: &mut [bool]) {
    let workload: &Workload = &linked.workload;
    if takes_placeholders_from_files(workload) {
        // Those files have not been read yet, so any of its resources may be named there.
        return linked
            .resources
            .values()
            .for_each(|index| used[*index] = true);
    }
    let in_containers = workload
        .containers
        .values()
        .flat_map(|container| container.references());
    let in_params = workload.resources.values().flat_map(Resource::references);
    let references = in_containers
        .chain(in_params)
        .filter_map(|(reference, _)| match reference {
            Reference::Resource { name, .. } => Some(name),
            Reference::Metadata(_) => None,
        });
    let volumes = workload
        .containers
        .values()
        .flat_map(|container| &container.volumes);
    for name in references.chain(volumes.map(|volume| &volume.resource.value)) {
        if let Some(index) = linked.resources.get(name) {
            used[*index] = true;
        }
    }
}

fn takes_placeholders_from_files(workload: &Workload) -> bool {
    let mut files = workload
        .containers
        .values()
        .flat_map(|container| &container.files);
    files.any(|file| matches!(file.content, FileContent::Source { expand: true, .. }))
}

/// What the first workload that declares a resource calls it.
fn name_of(index: usize, graph: &Graph) -> Option<&str> {
    let names = graph.workloads.iter().flat_map(|linked| &linked.resources);
    names
        .into_iter()
        .find(|(_, own)| **own == index)
        .map(|(name, _)| name.as_str())
}
