//! Stage 7: resolves all values and decides all defaults, for no target in particular.
//!
//! It takes the graph and the outputs of its resources, and reads the files that containers take
//! from beside their Score file. A target writes only what is in the [`Plan`], and decides only
//! how it is written.

pub(crate) mod container;
mod deferred;
mod files;
pub(crate) mod source;
mod substitute;
pub(crate) mod variable_references;

use indexmap::IndexMap;

use crate::defaults::settings::{ProbeDefaults, WorkloadDefaults};
use crate::identity::Identity;
use crate::link::{Graph, LinkedWorkload, ResourceNode};
use crate::model::{Annotation, Before, Build, Mode, Port, Probe, Quantities, Ready, Uid};
use crate::placeholder::resolve::{Outputs, ResolvedText, Scope};
use crate::provision::{ProvisionedResource, Sections, StoredSecrets};
use crate::rules::{DECLARED_HERE, NOT_A_VOLUME};
use crate::support::host::Host;
use crate::support::parallel;
use crate::support::random::Key;
use diagnostics::report::{Problem, Report};
use diagnostics::source::{ReservedSources, Sources, Span, Spanned};
use diagnostics::value::{Map, Value};

pub use crate::support::project_files::FileRules;
pub use source::check_sources;

/// All that a target needs to know.
pub struct Plan {
    /// Project and environment.
    pub identity: Identity,
    /// The workloads, by name.
    pub workloads: Vec<Workload>,
    /// The resources, in the order of provisioning.
    pub resources: Vec<Resource>,
    /// The key for hashes of secrets, when a secret was derived from the seed.
    pub hash_key: Option<Key>,
    /// What finds the values that only a store has; nothing where the environment has none.
    pub stored: StoredSecrets,
    /// Whether texts of containers, and outputs and sections of resources, are needed after lowering.
    /// They take much memory.
    pub keeps_input: bool,
}

impl Plan {
    /// The workload of this name.
    pub fn workload(&self, name: &str) -> Option<&Workload> {
        self.workloads.get(self.position(name)?)
    }

    /// The index of the workload of this name.
    pub fn position(&self, name: &str) -> Option<usize> {
        let workloads = &self.workloads;
        let found = workloads.binary_search_by(|workload| workload.name.value.as_str().cmp(name));
        found.ok()
    }

    /// Takes the sections of each resource.
    pub fn take_sections(&mut self) -> Vec<Sections> {
        let resources = self.resources.iter_mut();
        let sections = resources.map(|one| std::mem::take(&mut one.provisioned.sections));
        sections.collect()
    }

    /// Drops what only lowering needs, unless the plan keeps it.
    pub fn drop_lowered(&mut self) {
        if self.keeps_input {
            return;
        }
        let workloads = self.workloads.iter_mut();
        let containers = workloads.flat_map(|workload| &mut workload.containers);
        let texts = containers.map(|container| {
            let texts = [&mut container.command, &mut container.args].map(std::mem::take);
            let variables = std::mem::take(&mut container.variables);
            (texts, variables, std::mem::take(&mut container.files))
        });
        let resources = self.resources.iter_mut().map(|resource| {
            let left = ProvisionedResource {
                is_builtin: resource.provisioned.is_builtin,
                ..match resource.provisioned.is_unknown() {
                    true => ProvisionedResource::unknown(),
                    false => ProvisionedResource::default(),
                }
            };
            std::mem::replace(&mut resource.provisioned, left)
        });
        let dropped = (texts.collect::<Vec<_>>(), resources.collect::<Vec<_>>());
        parallel::drop_beside(dropped);
    }

    /// Whether nothing is known of a resource, so that parts of the output are missing.
    pub fn has_unknown_resource(&self) -> bool {
        let mut resources = self.resources.iter();
        resources.any(|resource| resource.provisioned.is_unknown())
    }
}

/// A workload with all values resolved.
#[derive(Debug)]
pub struct Workload {
    /// Its name.
    pub name: Spanned<String>,
    /// The imported suffix of its instance label, if any.
    pub instance_suffix: Option<String>,
    /// The name of its project, if that has one.
    pub project: Option<String>,
    /// Its annotations, in the order of the Score file.
    pub annotations: Vec<Annotation>,
    /// Its containers, by name.
    pub containers: Vec<Container>,
    /// The ports of its service, by name.
    pub ports: Vec<Port>,
    /// The resources it uses, as indices in [`Plan::resources`].
    pub resources: Vec<usize>,
    /// The same by their names in the workload.
    pub resource_names: IndexMap<String, usize>,
    /// Its `metadata`.
    pub metadata: Map,
    /// The document it was compiled from, after overrides; nothing where the run has no patches.
    pub spec: Value,
    /// The `x-` keys at the top level of the document, with their values.
    pub extensions: Value,
    /// What the environment says where the document says nothing.
    pub defaults: WorkloadDefaults,
}

impl Workload {
    /// For each container the ones that it waits for: their indices and the `before` entry.
    pub fn awaited(&self) -> Vec<Vec<(usize, &Before)>> {
        let mut awaited: Vec<Vec<(usize, &Before)>> = vec![Vec::new(); self.containers.len()];
        for (index, container) in self.containers.iter().enumerate() {
            for before in &container.before {
                // The containers are sorted by name.
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

/// A resource with its outputs and its sections for the target.
#[derive(Debug)]
pub struct Resource {
    /// The identity.
    pub uid: Uid,
    /// The first declaration.
    pub span: Span,
    /// The result of its provisioner.
    pub provisioned: ProvisionedResource,
}

/// A container with all values resolved.
#[derive(Debug)]
pub struct Container {
    /// Its name.
    pub name: Spanned<String>,
    /// The image; `None` for an image without a name, which is built.
    pub image: Option<ResolvedText>,
    /// How the image is built, if it is.
    pub build: Option<Build>,
    /// Replaces the entry point of the image, unless empty.
    pub command: Vec<ResolvedText>,
    /// Arguments of the entry point.
    pub args: Vec<ResolvedText>,
    /// Environment variables, each behind those that it refers to, else sorted by name.
    pub variables: Vec<(Spanned<String>, ResolvedText)>,
    /// Files, sorted by target.
    pub files: Vec<File>,
    /// Volumes, sorted by target.
    pub volumes: Vec<Volume>,
    /// The containers that wait for this one, sorted by name.
    pub before: Vec<Before>,
    /// The resources that it may use at most.
    pub limits: Quantities,
    /// The resources that it needs.
    pub requests: Quantities,
    /// The probe that decides whether it is restarted.
    pub liveness: Option<Probe>,
    /// The probe that decides whether it gets traffic.
    pub readiness: Option<Probe>,
    /// When it is probed, by the environment.
    pub probes: ProbeDefaults,
}

impl Container {
    /// Whether a probe shows that this container listens on one of these ports.
    pub fn listens_on(&self, ports: &[Port]) -> bool {
        let probes = [&self.readiness, &self.liveness].into_iter().flatten();
        let mut probed = probes.filter_map(|probe| Some(probe.http_get.as_ref()?.port));
        probed.any(|port| ports.iter().any(|other| other.target_port == port))
    }

    /// Whether another container waits for this one to finish, so that it does not keep running.
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
    /// The content.
    pub content: Content,
    /// The permission bits, when given.
    pub mode: Option<Mode>,
}

/// The content of a file.
#[derive(Debug)]
pub enum Content {
    /// Text, possibly with references to secrets.
    Text(ResolvedText),
    /// Bytes that are not text.
    Bytes(Vec<u8>),
}

/// A volume mounted into a container.
#[derive(Debug)]
pub struct Volume {
    /// The absolute path in the container.
    pub target: Spanned<String>,
    /// The identity of its resource.
    pub uid: Uid,
    /// The persisted name of its claim, if any.
    pub claim: Option<String>,
    /// The place of the resource's name in the mount.
    pub span: Span,
    /// The place of the resource's type in the workload.
    pub declared: Span,
    /// The outputs of the resource, which describe the volume.
    pub outputs: Map,
    /// A path in the volume.
    pub path: Option<Spanned<String>>,
    /// Whether the mount is read-only.
    pub read_only: bool,
}

impl Volume {
    /// A problem of a resource that cannot be mounted.
    pub fn problem(&self, message: impl Into<String>) -> Problem {
        not_a_volume(message, self.span, self.declared)
    }
}

/// A problem of a mount at `mount` of a resource with its type at `declared`.
fn not_a_volume(message: impl Into<String>, mount: Span, declared: Span) -> Problem {
    Problem::new(&NOT_A_VOLUME, message)
        .at(mount)
        .secondary(declared, DECLARED_HERE)
}

/// What the plan of each workload depends on.
pub struct PlanContext<'a> {
    /// For files and environment variables.
    pub host: &'a dyn Host,
    /// Project and environment.
    pub identity: &'a Identity,
    /// Whether the target leaves variables open until the workload is started.
    pub defers_variables: bool,
    /// Which files beside a Score file may be read.
    pub file_rules: FileRules,
    /// Whether the plan keeps what only lowering needs.
    pub keeps_input: bool,
}

/// Plans all workloads; what could not be resolved is reported, and stands as
/// [`UNKNOWN`](crate::placeholder::resolve::UNKNOWN) in the plan. `provisioned` has the resources of the graph, in its order.
pub fn plan(
    context: &PlanContext<'_>,
    sources: &mut Sources,
    graph: Graph,
    provisioned: Vec<ProvisionedResource>,
    report: &mut Report,
) -> Plan {
    let Graph {
        workloads,
        resources,
    } = graph;
    let workloads = with_file_numbers(workloads, sources);
    let planner = Planner {
        context,
        sources,
        resources: &resources,
        provisioned: &provisioned,
    };
    // Each workload is dropped when it is planned.
    let workloads = parallel::map_reporting(workloads, report, |(linked, mut files), report| {
        let containers = planner.containers(&linked, &mut files, report);
        workload(linked, containers, context)
    });
    let resources = resources
        .into_iter()
        .zip(provisioned)
        .map(|(node, provisioned)| Resource {
            uid: node.uid,
            span: node.span,
            provisioned,
        })
        .collect();
    Plan {
        identity: context.identity.clone(),
        workloads,
        resources,
        hash_key: context.host.used_seed().map(|key| key.derive("hash")),
        stored: StoredSecrets::default(),
        keeps_input: context.keeps_input,
    }
}

/// The workloads, each with numbers for the files that it takes from beside its Score file.
fn with_file_numbers(
    workloads: Vec<LinkedWorkload>,
    sources: &mut Sources,
) -> Vec<(LinkedWorkload, ReservedSources)> {
    let counts = workloads.iter().map(|linked| {
        let containers = linked.workload.containers.values();
        let files = containers.flat_map(|container| &container.files);
        files.filter(|file| file.content.is_source()).count()
    });
    let counts: Vec<usize> = counts.collect();
    let mut numbers = sources.reserve(counts.iter().sum());
    let workloads = workloads.into_iter().zip(counts);
    workloads
        .map(|(linked, count)| (linked, numbers.take_some(count)))
        .collect()
}

struct Planner<'a> {
    context: &'a PlanContext<'a>,
    sources: &'a Sources,
    resources: &'a [ResourceNode],
    provisioned: &'a [ProvisionedResource],
}

impl Planner<'_> {
    fn containers(
        &self,
        linked: &LinkedWorkload,
        files: &mut ReservedSources,
        report: &mut Report,
    ) -> Vec<Container> {
        let written = linked.workload.containers.values();
        // Collected, one container would take the memory of four.
        let mut containers = Vec::with_capacity(written.len());
        let plan = |container| self.container(linked, container, files, report);
        containers.extend(written.map(plan));
        // Sorted, so that the order in the file does not matter.
        containers.sort_by(|left: &Container, right| left.name.value.cmp(&right.name.value));
        containers
    }

    /// Calls `resolve` with the scope of a workload.
    fn in_scope<T>(
        &self,
        linked: &LinkedWorkload,
        defer: bool,
        resolve: impl FnOnce(&Scope<'_>) -> T,
    ) -> T {
        let outputs = |name: &str| outputs_of(self.provisioned, linked, name);
        let variable = |name: &str| self.context.host.project_variable(name);
        resolve(&Scope {
            metadata: &linked.workload.metadata,
            outputs: &outputs,
            variable: &variable,
            defer,
        })
    }
}

fn workload(
    linked: LinkedWorkload,
    containers: Vec<Container>,
    context: &PlanContext<'_>,
) -> Workload {
    let identity = context.identity;
    let mut resources: Vec<usize> = linked.resources.values().copied().collect();
    resources.sort_unstable();
    resources.dedup();
    let workload = linked.workload.into_inner();
    Workload {
        instance_suffix: identity
            .instance_suffix(&workload.name.value)
            .map(str::to_owned),
        project: identity.project.clone(),
        name: workload.name,
        annotations: workload.annotations,
        containers,
        ports: linked.ports,
        resources,
        resource_names: linked.resources,
        metadata: workload.metadata,
        spec: workload.spec,
        extensions: workload.extensions,
        defaults: WorkloadDefaults::default(),
    }
}

fn outputs_of<'a>(
    provisioned: &'a [ProvisionedResource],
    linked: &LinkedWorkload,
    name: &str,
) -> Option<&'a Outputs> {
    provisioned
        .get(*linked.resources.get(name)?)
        .map(|provisioned| &provisioned.outputs)
}
