//! Finds resources that give only outputs, of which none is used.

use crate::link::{Graph, LinkedWorkload};
use crate::model::{FileContent, Resource, Uid, Workload};
use crate::placeholder::Reference;
use crate::provision::library::{Binding, Definition, Engine, Library};
use diagnostics::report::{Problem, Report};

rules! {
    /// A resource provides only outputs, and nothing uses them.
    pub UNUSED_RESOURCE: "unused-resource", Warning;
}

/// The sections for outputs.
const FOR_OUTPUTS: [&str; 5] = ["source", "defaults", "init", "state", "outputs"];

/// Types that declare a dependency on another workload. This is a use by itself, since the host
/// name may be written elsewhere.
const DEPENDENCIES: [&str; 3] = ["endpoint", "service", "service-port"];

/// Warns of resources that have no effect. `used_elsewhere` says whether something besides the
/// workloads uses an output.
pub fn check_unused_resources(
    library: &Library,
    bindings: &[Option<Binding>],
    graph: &Graph,
    used_elsewhere: &dyn Fn(&Uid) -> bool,
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
        if used[index] || !only_gives_outputs(definition) || used_elsewhere(&node.uid) {
            continue;
        }
        let message = format!(
            "no output of `{}` is used, and it creates nothing else",
            node.uid
        );
        let problem = Problem::new(&UNUSED_RESOURCE, message).at(node.span);
        let output = definition
            .expected_outputs
            .iter()
            .flat_map(|outputs| outputs.keys())
            .next()
            .map_or("OUTPUT", String::as_str);
        let name = name_of(index, graph).unwrap_or("NAME");
        let help = format!("remove it, or use it, as in `${{resources.{name}.{output}}}`");
        let place = definition.uri.span;
        report.push(
            problem
                .secondary(place, "its provisioner only returns outputs")
                .help(help),
        );
    }
}

/// Whether a definition has no effect besides its outputs: no section for a target, and no shared
/// state. The effects of a program are not known.
fn only_gives_outputs(definition: &Definition) -> bool {
    let gives_outputs = matches!(
        definition.engine,
        Engine::LocalEnvironment | Engine::Outputs
    ) || definition.sections.contains_key("outputs");
    gives_outputs
        && !DEPENDENCIES.contains(&definition.kind.as_str())
        && definition.engine != Engine::Command
        && definition
            .sections
            .keys()
            .all(|section| FOR_OUTPUTS.contains(section))
}

/// Marks the resources that a workload uses.
fn mark_used(linked: &LinkedWorkload, used: &mut [bool]) {
    let workload: &Workload = &linked.workload;
    if has_source_files(workload) {
        // These files are not read yet, and may use any of its resources.
        for index in linked.resources.values() {
            used[*index] = true;
        }
        return;
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

/// Whether a workload takes files with placeholders from beside its Score file.
fn has_source_files(workload: &Workload) -> bool {
    let mut files = workload
        .containers
        .values()
        .flat_map(|container| &container.files);
    files.any(|file| matches!(file.content, FileContent::Source { expand: true, .. }))
}

/// The name of a resource in the first workload that declares it.
fn name_of(index: usize, graph: &Graph) -> Option<&str> {
    let names = graph.workloads.iter().flat_map(|linked| &linked.resources);
    names
        .into_iter()
        .find(|(_, resource)| **resource == index)
        .map(|(name, _)| name.as_str())
}
