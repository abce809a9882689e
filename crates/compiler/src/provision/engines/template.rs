//! `template://` definitions, and what all engines share: the work on one resource, the data that
//! its templates see, and the checks of its outputs.

use std::cell::OnceCell;
use std::collections::BTreeSet;
use std::sync::Arc;

use indexmap::IndexMap;

use super::outputs_file::{Fault, OutputsFile};
use crate::link::{Graph, LinkedWorkload, ResourceNode};
use crate::model::{Port, Protocol, Workload};
use crate::placeholder::Reference;
use crate::placeholder::resolve::{Outputs, SECRET_REFERENCE_HELP, split_secrets};
use crate::provision::calls::Calls;
use crate::provision::changed_number::changed_numbers;
use crate::provision::definition::{Definition, Engine, REQUESTED_BY};
use crate::provision::external::{ExternalWorkload, WorkloadReference};
use crate::provision::routes;
use crate::provision::run::{
    Outcome, ProvisionOutput, ProvisionedResource, Run, RunContext, Sections,
};
use crate::rules::{INVALID_NAME, INVALID_SECRET_REFERENCE};
use diagnostics::report::{Problem, Report, Reported, Severity};
use diagnostics::rule::Rule;
use diagnostics::source::{ReservedSources, Span};
use diagnostics::suggestions::list_names;
use diagnostics::value::{Map, Value};
use go_template::{Data, Template};
use yaml::{LazyNode, Node as Tree};

rules! {
    /// A provisioner does not return an output that its definition declares.
    pub MISSING_OUTPUT: "missing-output", Error | Warning;

    /// A resource was not provisioned, because a resource that it needs failed.
    pub SKIPPED_RESOURCE: "skipped-resource", Note;
}

/// The key of an entry of the lock that is not a default.
const RESERVED_DEFAULT: &str = "checksum";

/// The number of sections that are rendered again to find what depends on stored state.
pub(in crate::provision) const STATE_SECTIONS: usize = 3;

/// The value of `.Environment` in templates.
pub(crate) fn environment_data(name: &str, target: &str, values: &Value) -> Data {
    let fields = vec![
        ("Name", Data::text(name)),
        ("Target", Data::text(target)),
        ("Values", Data::from(values)),
    ];
    Data::structure("Environment", fields)
}

/// The value of `.WorkloadServices` in templates: all workloads by name, with their ports by all
/// names of [`LinkedWorkload::port_names`].
fn workload_services(graph: &Graph, context: &RunContext<'_>) -> Data {
    let requirements = &context.requirements;
    let entry = |linked: &LinkedWorkload| {
        let workload = &linked.workload;
        let name = (requirements.service_name)(workload);
        let ports = linked
            .port_names
            .iter()
            .map(|(name, index)| (name.clone(), port_data(&linked.ports[*index])));
        (
            workload.name.value.clone(),
            service(
                &name,
                &(requirements.object_name)(workload),
                ports.collect(),
            ),
        )
    };
    let external = context.external(graph);
    let external = external.map(|(name, workload)| (name.clone(), external_service(workload)));
    services(graph.workloads.iter().map(entry).chain(external))
}

/// A map of services, in which an unknown name is a service without a name and ports.
fn services(entries: impl IntoIterator<Item = (String, Data)>) -> Data {
    Data::map_of_structures(entries, service("", "", IndexMap::new()))
}

/// The entry of a workload that is not part of the run, with its ports by name and number.
fn external_service(workload: &ExternalWorkload) -> Data {
    let ports = workload.ports.iter().flat_map(|(name, number)| {
        let port = port_fields(name, *number, *number, Protocol::Tcp.name());
        [(name.clone(), port.clone()), (number.to_string(), port)]
    });
    service(&workload.host, &workload.service, ports.collect())
}

fn service(name: &str, object_name: &str, ports: IndexMap<String, Data>) -> Data {
    let ports = Data::map_of_structures(ports, port_fields("", 0, 0, ""));
    let fields = vec![
        ("ServiceName", Data::text(name)),
        ("ObjectName", Data::text(object_name)),
        ("Ports", ports),
    ];
    Data::structure("WorkloadService", fields)
}

fn port_data(port: &Port) -> Data {
    port_fields(
        &port.name.value,
        port.port,
        port.target_port,
        port.protocol.name(),
    )
}

fn port_fields(name: &str, port: u16, target_port: u16, protocol: &str) -> Data {
    let fields = vec![
        ("Name", Data::text(name)),
        ("Port", Data::Int(i64::from(port))),
        ("TargetPort", Data::Int(i64::from(target_port))),
        ("Protocol", Data::text(protocol)),
    ];
    Data::structure("ServicePort", fields)
}

/// Data that a thread computes once for all its resources.
#[derive(Default)]
pub(crate) struct WorkerCache {
    /// `.WorkloadServices`, which is large when there are many workloads.
    services: OnceCell<Data>,
}

/// The resource that is being provisioned, and what is known of it so far.
pub(crate) struct CurrentResource<'a> {
    pub(crate) node: &'a ResourceNode,
    pub(crate) definition: &'a Definition,
    pub(crate) params: Map,
    guid: Data,
    cache: &'a WorkerCache,
    /// `.WorkloadServices`, once a template reads it.
    services: OnceCell<Data>,
    /// What the lock pins, or else the section `defaults`.
    defaults: Value,
    init: Value,
    pub(crate) state: Value,
    /// The shared state before this resource, then with its own changes.
    pub(crate) shared: Arc<Value>,
    /// The places of its rendered sections.
    pub(crate) places: ReservedSources,
    /// What random functions gave, by the section and the number there.
    pub(crate) drawn: Vec<(String, String)>,
    /// The branches of its templates that ran, by section.
    pub(crate) entered: Vec<(&'static str, BTreeSet<u32>)>,
    /// `outputs://` only, after it is read.
    pub(super) file: Option<Arc<OutputsFile>>,
}

impl CurrentResource<'_> {
    /// A problem that keeps the resource from being provisioned.
    pub(crate) fn problem(&self, rule: &'static Rule, cause: &str) -> Problem {
        let message = format!("`{}` cannot be provisioned: {cause}", self.node.uid);
        Problem::new(rule, message).cause(cause)
    }

    /// A problem with an output of a file, at the place that uses it.
    pub(super) fn fault(&self, fault: Fault, place: Span) -> Problem {
        let problem = self.problem(fault.rule, &fault.what).at(place);
        let problem = problem.secondary(self.node.span, REQUESTED_BY);
        problem.help(fault.help)
    }

    /// A problem of a section: its message names the section and the resource.
    pub(crate) fn section_problem(&self, rule: &'static Rule, name: &str, what: &str) -> Problem {
        let message = format!("`{name}` of `{}` {what}", self.node.uid);
        Problem::new(rule, message).cause(format!("`{name}` {what}"))
    }
}

impl Run<'_> {
    /// Provisions one resource by its definition. `outcomes` has those of the resources that it
    /// needs.
    pub(crate) fn provision_one(
        &self,
        cache: &WorkerCache,
        index: usize,
        shared: Arc<Value>,
        outcomes: &[Option<Outcome>],
    ) -> Outcome {
        let node = &self.graph.resources[index];
        if let Some(resource) = self.context.given.get(&node.uid.to_string()) {
            return Outcome {
                output: Some(ProvisionOutput::given(resource)),
                ..Outcome::default()
            };
        }
        let mut report = Report::default();
        let failed = |need: &&usize| output_of(outcomes, **need).is_none();
        if let Some(need) = node.needs.iter().find(failed) {
            report_skipped(node, &self.graph.resources[*need], &mut report);
            return Outcome {
                report,
                ..Outcome::default()
            };
        }
        let is_unknown =
            |need: &usize| output_of(outcomes, *need).is_some_and(ProvisionOutput::is_unknown);
        if node.needs.iter().any(is_unknown) {
            return self.leave_unknown(cache, index, shared);
        }
        let mut stderr = String::new();
        let mut route_params = None;
        let definition = self.definition(index);
        let params = self.params(node, definition, outcomes, &mut report);
        let output = params.and_then(|params| {
            if node.uid.kind == routes::TYPE {
                route_params = Some(params.clone());
            }
            let mut resource = self.current(cache, index, params, shared);
            let mut output = match definition.engine {
                Engine::Template | Engine::Outputs => {
                    self.run_templates(&mut resource, &mut report)
                }
                Engine::LocalEnvironment => self.run_local_env(&mut resource, &mut report),
                Engine::Command => self.run_command(&resource, &mut stderr, &mut report),
            };
            if definition.engine != Engine::Command {
                // After a failure too: the next resource of this thread starts anew.
                let source = &self.source_workload(node).name.value;
                let calls = resource.services.get();
                let calls = calls.map(|services| Calls::read(services, source));
                if let Ok(output) = &mut output {
                    output.resource.calls = calls.unwrap_or_default();
                }
            }
            output
        });
        Outcome {
            stderr,
            params: route_params,
            output: output.ok(),
            report,
        }
    }

    /// The outcome of a resource that depends on what is not known. Its templates still have to
    /// parse.
    pub(crate) fn leave_unknown(
        &self,
        cache: &WorkerCache,
        index: usize,
        shared: Arc<Value>,
    ) -> Outcome {
        let mut outcome = Outcome {
            output: Some(ProvisionOutput::unknown()),
            ..Outcome::default()
        };
        let resource = self.current(cache, index, Map::new(), shared);
        self.report_other_templates(&resource, None, &mut outcome.report);
        outcome
    }

    /// A resource of which nothing is rendered yet.
    fn current<'r>(
        &'r self,
        cache: &'r WorkerCache,
        index: usize,
        params: Map,
        shared: Arc<Value>,
    ) -> CurrentResource<'r> {
        let node = &self.graph.resources[index];
        let definition = self.definition(index);
        CurrentResource {
            node,
            definition,
            params,
            guid: Data::text(self.context.identity.guid(&node.uid)),
            cache,
            services: OnceCell::new(),
            defaults: Value::map(),
            init: Value::map(),
            state: self.context.previous_state(&node.uid.to_string()),
            shared,
            places: self.places[index].clone(),
            drawn: Vec::new(),
            entered: Vec::new(),
            file: None,
        }
    }

    /// The value of `.WorkloadServices`. The embedded definitions look up one workload; where it
    /// runs elsewhere, it is the only one that they see.
    fn services(&self, resource: &CurrentResource<'_>) -> Data {
        let find = || {
            let reference = WorkloadReference::of(resource.definition, resource.node, self.graph);
            let external = reference
                .as_ref()
                .and_then(|reference| reference.external(self.graph, self.context.external));
            if let Some((name, workload)) = external {
                return services([(name.to_owned(), external_service(&workload))]);
            }
            let all = || workload_services(self.graph, self.context);
            resource.cache.services.get_or_init(all).clone()
        };
        resource.services.get_or_init(find).clone()
    }

    /// Renders the sections in the order of the contract: `defaults`, `init`, `state`, `shared`,
    /// `outputs`, then those of the target.
    fn run_templates(
        &self,
        resource: &mut CurrentResource<'_>,
        report: &mut Report,
    ) -> Result<ProvisionOutput, Reported> {
        if resource.definition.engine == Engine::Outputs {
            resource.file = Some(self.read_outputs(resource, report)?);
        }
        let has_state = resource.state != Value::map();
        self.render_state(resource, report)?;
        let depends_on_state = has_state && self.differs_without_state(resource);
        let shared = self.map_section(resource, "shared", report)?;
        if shared != Value::map() {
            Arc::make_mut(&mut resource.shared).merge_patch(&shared);
        }
        let (outputs, outputs_span) = self.outputs(resource, report)?;
        self.check_outputs(resource, &outputs, report)?;
        let sections = self.target_sections(resource, report)?;
        let outputs = match outputs {
            Value::Map(outputs) => outputs,
            _ => Map::new(),
        };
        let shared_by = shared_by(resource, &shared);
        let provisioned = ProvisionedResource {
            outputs: Outputs::Values(outputs),
            sections,
            shared_by,
            defaults: resource.defaults.as_map().cloned().unwrap_or_default(),
            is_builtin: resource.definition.builtin,
            depends_on_state,
            outputs_span,
            calls: Calls::default(),
            drawn: std::mem::take(&mut resource.drawn),
            entered: std::mem::take(&mut resource.entered),
        };
        let state = std::mem::replace(&mut resource.state, Value::Null);
        Ok(ProvisionOutput {
            resource: provisioned,
            state: Some(state),
            shared: Some(shared),
        })
    }

    /// The sections for the target.
    pub(super) fn target_sections(
        &self,
        resource: &mut CurrentResource<'_>,
        report: &mut Report,
    ) -> Result<Sections, Reported> {
        let mut sections = Sections::new();
        for name in self.context.requirements.sections {
            if let Some(tree) = self.section(resource, name, report)? {
                sections.insert(*name, tree);
            }
        }
        sections.shrink_to_fit();
        Ok(sections)
    }

    /// The outputs, and the place of the rendered section or of their file.
    fn outputs(
        &self,
        resource: &mut CurrentResource<'_>,
        report: &mut Report,
    ) -> Result<(Value, Option<Span>), Reported> {
        if let Some(file) = &resource.file
            && !resource.definition.sections.contains_key("outputs")
        {
            let all = report.collect(|report| self.outputs_of_file(resource, file, report))?;
            let all = Value::Map(all);
            let place = file.place.unwrap_or(resource.definition.uri.span);
            let tree = Tree::from_value(&all, place);
            report.collect(|report| self.check_types(resource, &tree, report))?;
            return Ok((all, file.place));
        }
        let section = self.section(resource, "outputs", report)?;
        let span = section.as_ref().map(|section| section.span);
        let outputs = section.map(LazyNode::into_node);
        if let Some(outputs) = &outputs {
            report.collect(|report| self.check_types(resource, outputs, report))?;
        }
        Ok((self.section_value(outputs.map(LazyNode::from)), span))
    }

    /// Renders the sections that the next run may find in the state.
    fn render_state(
        &self,
        resource: &mut CurrentResource<'_>,
        report: &mut Report,
    ) -> Result<(), Reported> {
        resource.defaults = self.defaults(resource, report)?;
        resource.init = self.map_section(resource, "init", report)?;
        resource.state = self.map_section(resource, "state", report)?;
        Ok(())
    }

    /// Whether a run without stored state would give this resource another state.
    fn differs_without_state(&self, resource: &mut CurrentResource<'_>) -> bool {
        let mut other = CurrentResource {
            node: resource.node,
            definition: resource.definition,
            params: resource.params.clone(),
            guid: resource.guid.clone(),
            cache: resource.cache,
            services: resource.services.clone(),
            defaults: Value::map(),
            init: Value::map(),
            state: Value::map(),
            shared: Arc::clone(&resource.shared),
            places: resource.places.clone(),
            drawn: Vec::new(),
            entered: Vec::new(),
            file: resource.file.clone(),
        };
        let rendered = self.render_state(&mut other, &mut Report::default());
        resource.places = other.places;
        resource.services = other.services;
        rendered.is_err() || other.state != resource.state
    }

    /// The defaults of a resource: each as the lock pins it, or else as the definition gives it.
    fn defaults(
        &self,
        resource: &mut CurrentResource<'_>,
        report: &mut Report,
    ) -> Result<Value, Reported> {
        let section = self.section(resource, "defaults", report)?;
        let entries = section.as_deref().and_then(Tree::as_map);
        if let Some(entry) = entries.and_then(|entries| entries.get(RESERVED_DEFAULT)) {
            let what = format!("cannot have the key `{RESERVED_DEFAULT}`");
            let problem = resource.section_problem(&INVALID_NAME, "defaults", &what);
            let help = "rename it: each entry of the lock has this key already";
            return Err(report.error(
                self.in_rendered(problem, Some(entry.key), resource)
                    .help(help),
            ));
        }
        let Value::Map(mut defaults) = self.section_value(section) else {
            return Ok(Value::map());
        };
        let pins = self.context.pins.get(&resource.node.uid.to_string());
        let pins = pins.or_else(|| self.shared_pins(resource, defaults.get("name")?));
        for (name, value) in pins.into_iter().flatten() {
            if let Some(default) = defaults.get_mut(name) {
                *default = value.clone();
            }
        }
        Ok(Value::Map(defaults))
    }

    /// The pins of another resource of this type with the same `name`: both share what it names.
    fn shared_pins(&self, resource: &CurrentResource<'_>, name: &Value) -> Option<&Map> {
        let is_of_type = |uid: &str| {
            let rest = uid.strip_prefix(&resource.node.uid.kind);
            rest.is_some_and(|rest| rest.starts_with('.'))
        };
        let mut pins = self.context.pins.iter();
        pins.find(|(uid, pins)| is_of_type(uid) && pins.get("name") == Some(name))
            .map(|(_, pins)| pins)
    }

    fn map_section(
        &self,
        resource: &mut CurrentResource<'_>,
        name: &'static str,
        report: &mut Report,
    ) -> Result<Value, Reported> {
        let section = self.section(resource, name, report)?;
        Ok(self.section_value(section))
    }

    /// The value of a section whose secrets no message may show; an empty mapping without one.
    fn section_value(&self, section: Option<LazyNode>) -> Value {
        let value = section.map_or_else(Value::map, |tree| tree.into_node().into_value());
        self.keep_secrets_of(&value);
        value
    }

    /// The workload that a resource is provisioned for.
    pub(crate) fn source_workload(&self, node: &ResourceNode) -> &Workload {
        &self.graph.workloads[node.source_workload].workload
    }

    /// The metadata of a resource; an empty mapping without a declaration.
    pub(crate) fn metadata(&self, node: &ResourceNode) -> Value {
        let metadata = node
            .metadata
            .as_ref()
            .and_then(|declaration| self.graph.declared(declaration)?.metadata.as_ref());
        Value::Map(
            metadata
                .map(|metadata| metadata.value.clone())
                .unwrap_or_default(),
        )
    }

    /// The `x-` keys of a resource; an empty mapping if it has none.
    fn extensions(&self, node: &ResourceNode) -> Value {
        let declared = node.extensions.as_ref();
        let resource = declared.and_then(|declaration| self.graph.declared(declaration));
        resource.map_or_else(Value::map, |resource| resource.extensions.value.clone())
    }

    /// The data of a template: a Go struct, so that an unknown field is an error. Fields that the
    /// template cannot read are empty.
    pub(crate) fn data(&self, resource: &CurrentResource<'_>, template: &Template) -> Data {
        let node = resource.node;
        let source = self.source_workload(node);
        let context = self.context;
        let environment = || {
            let name = context.identity.environment.as_str();
            environment_data(name, context.requirements.target, context.values)
        };
        let project = context.identity.project.as_deref().unwrap_or("");
        let fields: [(&str, &dyn Fn() -> Data); 21] = [
            ("Uid", &|| Data::text(node.uid.to_string())),
            ("Type", &|| Data::text(node.uid.kind.as_str())),
            ("Class", &|| Data::text(node.uid.class.as_str())),
            ("Id", &|| Data::text(node.uid.id.as_str())),
            ("Guid", &|| resource.guid.clone()),
            ("Params", &|| Data::from(&resource.params)),
            ("Metadata", &|| Data::from(&self.metadata(node))),
            ("Extensions", &|| Data::from(&self.extensions(node))),
            ("Defaults", &|| Data::from(&resource.defaults)),
            ("Init", &|| Data::from(&resource.init)),
            ("State", &|| Data::from(&resource.state)),
            ("Shared", &|| Data::from(&*resource.shared)),
            ("IsShared", &|| Data::Bool(node.is_shared)),
            ("SourceWorkload", &|| Data::text(source.name.value.as_str())),
            ("WorkloadMetadata", &|| Data::from(&source.metadata)),
            ("WorkloadExtensions", &|| Data::from(&source.extensions)),
            ("WorkloadServices", &|| self.services(resource)),
            ("Namespace", &|| Data::text(context.namespace)),
            ("ComposeProjectName", &|| Data::text(project)),
            ("MountsDirectory", &|| Data::text(context.mounts_directory)),
            ("Environment", &environment),
        ];
        let fields = fields.map(|(name, value)| match template.may_read(name) {
            true => (name, value()),
            false => (name, Data::Missing),
        });
        Data::structure("Data", fields.to_vec())
    }
}

/// The output of a resource; `None` when it failed or was skipped.
pub(in crate::provision) fn output_of(
    outcomes: &[Option<Outcome>],
    resource: usize,
) -> Option<&ProvisionOutput> {
    outcomes.get(resource)?.as_ref()?.output.as_ref()
}

fn report_skipped(node: &ResourceNode, needed: &ResourceNode, report: &mut Report) {
    let message = format!(
        "`{}` was not provisioned, because `{}` failed",
        node.uid, needed.uid
    );
    let problem = Problem::new(&SKIPPED_RESOURCE, message).at(node.span);
    report.push(problem.help("fix the error of that resource first"));
}

/// The place of the definition, if it shared a value.
pub(crate) fn shared_by(resource: &CurrentResource<'_>, shared: &Value) -> Option<Span> {
    shared
        .as_map()
        .filter(|shared| !shared.is_empty())
        .map(|_| resource.definition.uri.span)
}

impl Run<'_> {
    /// Checks that the outputs have all declared names and no reference to a secret that is cut
    /// short.
    pub(crate) fn check_outputs(
        &self,
        resource: &CurrentResource<'_>,
        outputs: &Value,
        report: &mut Report,
    ) -> Result<(), Reported> {
        report.collect(|report| {
            self.check_declared(resource, outputs, report);
            self.check_numbers(resource, outputs, report);
            check_secrets(resource, outputs, report);
        })
    }

    /// Warns of a param whose text YAML changed, if an output has the changed text.
    fn check_numbers(&self, resource: &CurrentResource<'_>, outputs: &Value, report: &mut Report) {
        let outputs = outputs.to_text();
        changed_numbers(self.sources, self.graph, resource.node)
            .filter(|number| !resource.definition.builtin && outputs.contains(&number.text))
            .for_each(|number| number.report(Severity::Warning, report));
    }

    /// A missing output that nothing uses is a warning.
    fn check_declared(&self, resource: &CurrentResource<'_>, outputs: &Value, report: &mut Report) {
        let expected = resource.definition.expected_outputs.iter().flatten();
        let expected = expected.filter(|(_, declaration)| declaration.is_required);
        let names = expected.map(|(name, _)| name);
        let missing = names.filter(|name| outputs.get(name).is_none());
        let (used, unused): (Vec<&String>, Vec<&String>) =
            missing.partition(|name| self.is_used(resource.node, name));
        for (severity, missing) in [(Severity::Error, used), (Severity::Warning, unused)] {
            if !missing.is_empty() {
                let missing = list_names(missing.into_iter().map(String::as_str));
                report.push_as(severity, missing_outputs(resource, missing));
            }
        }
    }

    /// Whether a placeholder of a Score file uses an output.
    pub(super) fn is_used(&self, node: &ResourceNode, output: &str) -> bool {
        let is_node = |index: &usize| self.graph.resources[*index].uid == node.uid;
        self.graph.workloads.iter().any(|linked| {
            linked.workload.references().any(|(reference, _)| {
                matches!(reference, Reference::Resource { name, path }
                    if path.first().is_some_and(|first| first == output)
                        && linked.resources.get(name).is_some_and(is_node))
            })
        })
    }
}

fn missing_outputs(resource: &CurrentResource<'_>, missing: String) -> Problem {
    let message = format!(
        "the provisioner of `{}` declares but does not return {missing}",
        resource.node.uid
    );
    let place = match resource.definition.engine {
        Engine::Command => "`resource_outputs` in the program's output",
        _ => "`outputs`",
    };
    let help = format!("add it to {place}, or remove it from `expected_outputs`");
    let problem = Problem::new(&MISSING_OUTPUT, message).cause(missing);
    at_outputs(resource, problem).help(help)
}

/// Reports references that are cut short at the definition, not at each use.
fn check_secrets(resource: &CurrentResource<'_>, outputs: &Value, report: &mut Report) {
    for (name, value) in outputs.as_map().into_iter().flatten() {
        if split_secrets(&value.to_text()).is_none() {
            let uid = &resource.node.uid;
            let message = format!(
                "the reference to a secret in the output `{name}` of `{uid}` is incomplete"
            );
            let problem = Problem::new(&INVALID_SECRET_REFERENCE, message).cause(name);
            report.push(at_outputs(resource, problem).help(SECRET_REFERENCE_HELP));
        }
    }
}

fn at_outputs(resource: &CurrentResource<'_>, problem: Problem) -> Problem {
    let definition = resource.definition;
    let place = definition
        .sections
        .get("outputs")
        .map_or(definition.uri.span, |section| section.text.span);
    problem
        .at(place)
        .secondary(resource.node.span, REQUESTED_BY)
}
