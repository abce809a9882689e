//! Stage 7: every value resolved, every default decided, for no target in particular.
//!
//! - **Promise:** what a target writes comes from the plan and from nothing else.
//! - **Takes:** the graph, the outputs of its resources, the host for files beside a Score file.
//! - **Gives:** a [`Plan`].
//! - **Never:** decides how anything is expressed.

mod container;
mod deferred;
mod files;
pub(crate) mod source;
mod substitute;

use indexmap::IndexMap;

use crate::identity::Identity;
use crate::link::{Graph, LinkedWorkload};
use crate::model::{Annotation, Before, Build, Mode, Port, Probe, Quantities, Ready, Uid};
use crate::placeholder::resolve::{Outputs, Resolved, Scope};
use crate::provision::Provisioned;
use crate::support::host::Host;
use diagnostics::report::{Report, Reported};
use diagnostics::source::{Sources, Span, Spanned};
use diagnostics::value::{Map, Value};

pub use source::check_sources;

/// Everything a target needs to know.
#[derive(Debug)]
pub struct Plan {
    /// Project and environment.
    pub identity: Identity,
    /// The workloads, by name.
    pub workloads: Vec<Workload>,
    /// The resources in the order in which they were provisioned.
    pub resources: Vec<Resource>,
}

/// A workload with everything decided.
#[derive(Debug)]
pub struct Workload {
    /// Its name.
    pub name: Spanned<String>,
    /// What sets its instance apart in selectors.
    pub instance_suffix: String,
    /// Its annotations, in the order written.
    pub annotations: Vec<Annotation>,
    /// Its containers, by name.
    pub containers: Vec<Container>,
    /// The ports of its service, by name.
    pub ports: Vec<Port>,
    /// The resources it uses, as indices in [`Plan::resources`].
    pub resources: Vec<usize>,
    /// The same by the names it uses for them.
    pub resource_names: IndexMap<String, usize>,
    /// Its `metadata`.
    pub metadata: Map,
    /// The document it was compiled from, after overrides.
    pub spec: Value,
}

impl Workload {
    /// For each container those that must be ready before it starts, as indices, with what says so.
    pub fn awaited(&self) -> Vec<Vec<(usize, &Before)>> {
        let mut awaited: Vec<Vec<(usize, &Before)>> = vec![Vec::new(); self.containers.len()];
        for (index, container) in self.containers.iter().enumerate() {
            for before in &container.before {
                // They are sorted by name, so that a workload of many containers needs no search
                // through all of them.
                let target = self
                    .containers
                    .binary_search_by(|other| other.name.value.cmp(&before.container.value));
                if let Ok(target) = target {
                    awaited[target].push((index, before));
                }
            }
        }
        awaited
    }
}

/// A resource and what its provisioner gave for the target.
#[derive(Debug)]
pub struct Resource {
    /// Its identity.
    pub uid: Uid,
    /// Where it was declared.
    pub span: Span,
    /// What the provisioner gave.
    pub provisioned: Provisioned,
}

/// A container with everything decided.
#[derive(Debug)]
pub struct Container {
    /// Its name.
    pub name: Spanned<String>,
    /// The image; `None` when it has no name and only a build makes it.
    pub image: Option<Resolved>,
    /// How the image is made, when somebody has said so.
    pub build: Option<Build>,
    /// Replaces the image's entry point, unless empty.
    pub command: Vec<Resolved>,
    /// Arguments of the entry point.
    pub args: Vec<Resolved>,
    /// Environment variables, by name.
    pub variables: Vec<(Spanned<String>, Resolved)>,
    /// Files, by target.
    pub files: Vec<File>,
    /// Volumes, by target.
    pub volumes: Vec<Volume>,
    /// Containers that wait for this one, by name.
    pub before: Vec<Before>,
    /// What it may use at most.
    pub limits: Quantities,
    /// What it needs.
    pub requests: Quantities,
    /// Whether it must be restarted.
    pub liveness: Option<Probe>,
    /// Whether it can take work.
    pub readiness: Option<Probe>,
}

impl Container {
    /// Whether some container waits for this one to finish, so that it is an init job and does not
    /// keep running.
    pub fn runs_to_completion(&self) -> bool {
        self.before
            .iter()
            .any(|before| before.ready == Ready::Complete)
    }
}

/// A file to place into a container.
#[derive(Debug)]
pub struct File {
    /// The absolute path in the container.
    pub target: Spanned<String>,
    /// What it holds.
    pub content: Content,
    /// The permission bits, when given.
    pub mode: Option<Mode>,
}

/// What a file holds.
#[derive(Debug)]
pub enum Content {
    /// Text, perhaps with secrets.
    Text(Resolved),
    /// Bytes that are not to be read as text.
    Bytes(Vec<u8>),
}

/// A volume mounted into a container.
#[derive(Debug)]
pub struct Volume {
    /// The absolute path in the container.
    pub target: Spanned<String>,
    /// The identity of the resource that provides it.
    pub uid: Uid,
    /// The name that its claim has already, if any.
    pub claim: Option<String>,
    /// Where the workload names the resource.
    pub span: Span,
    /// The resource's outputs, which say what the volume is.
    pub outputs: Map,
    /// A path within the volume.
    pub path: Option<Spanned<String>>,
    /// Whether the container may not write to it.
    pub read_only: bool,
}

/// How files beside a Score file are found.
#[derive(Debug, Clone, Copy)]
pub struct FileRules {
    /// Whether a file outside the project may be read.
    pub allow_outside: bool,
}

/// Decides everything.
#[allow(clippy::too_many_arguments)]
pub fn plan(
    sources: &mut Sources,
    host: &dyn Host,
    graph: Graph,
    provisioned: Vec<Provisioned>,
    identity: &Identity,
    defers_variables: bool,
    rules: FileRules,
    report: &mut Report,
) -> Result<Plan, Reported> {
    let mut planner = Planner {
        sources,
        host,
        provisioned: &provisioned,
        graph: &graph,
        identity,
        defers_variables,
        rules,
    };
    let containers: Vec<_> = report.collect(|report| {
        graph
            .workloads
            .iter()
            .map(|linked| planner.containers(linked, report))
            .collect()
    })?;
    let workloads = graph.workloads.into_iter().zip(containers);
    let workloads = workloads
        .map(|(linked, containers)| workload(linked, containers, identity))
        .collect();
    let resources = graph
        .resources
        .into_iter()
        .zip(provisioned)
        .map(|(node, provisioned)| Resource {
            uid: node.uid,
            span: node.span,
            provisioned,
        })
        .collect();
    Ok(Plan {
        identity: identity.clone(),
        workloads,
        resources,
    })
}

/// What deciding needs at hand.
struct Planner<'a> {
    sources: &'a mut Sources,
    host: &'a dyn Host,
    provisioned: &'a [Provisioned],
    graph: &'a Graph,
    identity: &'a Identity,
    defers_variables: bool,
    rules: FileRules,
}

impl Planner<'_> {
    fn containers(&mut self, linked: &LinkedWorkload, report: &mut Report) -> Vec<Container> {
        let mut containers: Vec<Container> = Vec::with_capacity(linked.workload.containers.len());
        for container in linked.workload.containers.values() {
            containers.extend(self.container(linked, container, report));
        }
        // Sorted, so that the order in which a file lists them changes nothing.
        containers.sort_by(|left, right| left.name.value.cmp(&right.name.value));
        containers
    }
}

fn workload(linked: LinkedWorkload, containers: Vec<Container>, identity: &Identity) -> Workload {
    let mut resources: Vec<usize> = linked.resources.values().copied().collect();
    resources.sort_unstable();
    resources.dedup();
    let workload = linked.workload.into_inner();
    Workload {
        instance_suffix: identity.instance_suffix(&workload.name.value),
        name: workload.name,
        annotations: workload.annotations,
        containers,
        ports: linked.ports,
        resources,
        resource_names: linked.resources,
        metadata: workload.metadata,
        spec: workload.spec,
    }
}

/// Calls `with` with the scope of a workload.
fn in_scope<T>(
    planner: &Planner<'_>,
    linked: &LinkedWorkload,
    defer: bool,
    with: impl FnOnce(&Scope<'_>) -> T,
) -> T {
    let find = |name: &str| outputs_of(planner.provisioned, linked, name);
    let variable = |name: &str| planner.host.variable(name);
    with(&Scope {
        metadata: &linked.workload.metadata,
        outputs: &find,
        variable: &variable,
        defer,
    })
}

fn outputs_of<'a>(
    provisioned: &'a [Provisioned],
    linked: &LinkedWorkload,
    name: &str,
) -> Option<&'a Outputs> {
    provisioned
        .get(*linked.resources.get(name)?)
        .map(|provisioned| &provisioned.outputs)
}
