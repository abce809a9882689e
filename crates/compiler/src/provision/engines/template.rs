//! Running one definition for one resource.

use std::cell::OnceCell;
use std::sync::Arc;

use indexmap::IndexMap;

use crate::link::{Graph, LinkedWorkload, Node};
use crate::model::{Port, Workload};
use crate::placeholder::resolve::{Outputs, WHOLE_SECRET, split_secrets};
use crate::provision::library::{Definition, Engine};
use crate::provision::{Made, Outcome, Provisioned, Run, Wanted};
use crate::rules::INVALID_SECRET_REFERENCE;
use diagnostics::report::{Problem, Report, Reported};
use diagnostics::source::{ReservedSources, Span};
use diagnostics::suggestions::list_names;
use diagnostics::value::{Map, Value};
use go_template::Data;
use yaml::Node as Tree;

rules! {
    /// A provisioner does not give an output that its definition promises.
    pub MISSING_OUTPUT: "missing-output", Error;

    /// A resource was not provisioned, because one that it needs failed.
    pub SKIPPED_RESOURCE: "skipped-resource", Note;
}

/// What templates see as `.WorkloadServices`: every workload by name, its ports by every name that
/// they have.
fn workload_services(graph: &Graph, wanted: &Wanted<'_>) -> Data {
    let entry = |linked: &LinkedWorkload| {
        let workload = &linked.workload;
        let name = (wanted.service_name)(workload, &linked.ports).unwrap_or_default();
        let ports = linked
            .port_names
            .iter()
            .map(|(name, index)| (name.clone(), port_data(&linked.ports[*index])));
        (
            workload.name.value.clone(),
            service(&name, &(wanted.object_name)(workload), ports.collect()),
        )
    };
    Data::map_of_structures(
        graph.workloads.iter().map(entry),
        service("", "", IndexMap::new()),
    )
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

/// What one thread keeps between the resources that it works on.
#[derive(Default)]
pub(crate) struct WorkerCache {
    /// The same for all resources, and large where there are many workloads.
    services: OnceCell<Data>,
}

/// What has been worked out about the resource that is being provisioned.
pub(crate) struct Current<'a> {
    pub(crate) node: &'a Node,
    pub(crate) definition: &'a Definition,
    pub(crate) params: Map,
    services: Data,
    init: Value,
    pub(crate) state: Value,
    /// What all resources share, as far as this one may know of it.
    pub(crate) shared: Arc<Value>,
    /// The places of the texts that its sections render to.
    pub(crate) places: ReservedSources,
}

impl Run<'_> {
    /// Provisions one resource by the definition that was found for it. What it needs is among the
    /// outcomes.
    pub(crate) fn one(
        &self,
        desk: &WorkerCache,
        resource: usize,
        shared: Arc<Value>,
        outcomes: &[Option<Outcome>],
    ) -> Outcome {
        let node = &self.graph.resources[resource];
        let mut report = Report::default();
        let failed = |need: &&usize| made_of(outcomes, **need).is_none();
        if let Some(need) = node.needs.iter().find(failed) {
            report_skipped(node, &self.graph.resources[*need], &mut report);
            return Outcome {
                said: String::new(),
                made: None,
                report,
            };
        }
        let mut said = String::new();
        let made = self.params(node, outcomes, &mut report).and_then(|params| {
            let definition = self.definition(resource);
            let state = self
                .previous
                .resources
                .get(&node.uid.to_string())
                .cloned()
                .unwrap_or_else(Value::map);
            let services = desk
                .services
                .get_or_init(|| workload_services(self.graph, self.wanted))
                .clone();
            let places = self.places[resource].clone();
            let init = Value::map();
            let mut current = Current {
                node,
                definition,
                params,
                services,
                init,
                state,
                shared,
                places,
            };
            match definition.engine {
                Engine::Template => self.run_templates(&mut current, &mut report),
                Engine::LocalEnvironment => self.environment(&mut current, &mut report),
                Engine::Command => self.run_command(&current, &mut said, &mut report),
            }
        });
        Outcome {
            said,
            made: made.ok(),
            report,
        }
    }

    /// The sections in the order of the contract: `init`, `state`, `shared`, `outputs`, then the
    /// target's own.
    fn run_templates(
        &self,
        current: &mut Current<'_>,
        report: &mut Report,
    ) -> Result<Made, Reported> {
        current.init = self.map_section(current, "init", report)?;
        current.state = self.map_section(current, "state", report)?;
        let shared = self.map_section(current, "shared", report)?;
        if shared != Value::map() {
            Arc::make_mut(&mut current.shared).merge_patch(&shared);
        }
        let outputs = self.map_section(current, "outputs", report)?;
        check_outputs(current, &outputs, report)?;
        let mut sections: IndexMap<&'static str, Tree> = IndexMap::new();
        for name in self.wanted.sections {
            if let Some(tree) = self.section(current, name, report)? {
                sections.insert(*name, tree);
            }
        }
        let outputs = match outputs {
            Value::Map(outputs) => outputs,
            _ => Map::new(),
        };
        let shared_by = shared_by(current, &shared);
        let provisioned = Provisioned {
            outputs: Outputs::Values(outputs),
            sections,
            shared_by,
        };
        let state = std::mem::replace(&mut current.state, Value::Null);
        Ok(Made {
            provisioned,
            state: Some(state),
            shared: Some(shared),
        })
    }

    fn map_section(
        &self,
        current: &mut Current<'_>,
        name: &'static str,
        report: &mut Report,
    ) -> Result<Value, Reported> {
        let value = self
            .section(current, name, report)?
            .map_or_else(Value::map, |tree| tree.to_value());
        self.sources.secrets().add_from(&value);
        Ok(value)
    }

    /// The workload that a resource is provisioned for.
    pub(crate) fn source_workload(&self, node: &Node) -> &Workload {
        &self.graph.workloads[node.source_workload].workload
    }

    /// A resource's metadata; an empty mapping when nobody gives any.
    pub(crate) fn metadata(&self, node: &Node) -> Value {
        let given = node.metadata.as_ref().and_then(|(workload, name)| {
            self.graph
                .workloads
                .get(*workload)?
                .workload
                .resources
                .get(name)?
                .metadata
                .as_ref()
        });
        Value::Map(
            given
                .map(|metadata| metadata.value.clone())
                .unwrap_or_default(),
        )
    }

    /// The data that a template sees: a Go struct, so that a misspelt field is an error.
    pub(crate) fn data(&self, current: &Current<'_>) -> Data {
        let node = current.node;
        let source = self.source_workload(node);
        let metadata = self.metadata(node);
        let settings = self.settings;
        let environment = vec![
            ("Name", Data::text(settings.identity.environment.as_str())),
            ("Target", Data::text(self.wanted.target)),
            ("Values", Data::from(settings.values)),
        ];
        let fields = vec![
            ("Uid", Data::text(node.uid.to_string())),
            ("Type", Data::text(node.uid.kind.as_str())),
            ("Class", Data::text(node.uid.class.as_str())),
            ("Id", Data::text(node.uid.id.as_str())),
            ("Guid", Data::text(settings.identity.guid(&node.uid))),
            ("Params", Data::from(&Value::Map(current.params.clone()))),
            ("Metadata", Data::from(&metadata)),
            ("Init", Data::from(&current.init)),
            ("State", Data::from(&current.state)),
            ("Shared", Data::from(&*current.shared)),
            ("SourceWorkload", Data::text(source.name.value.as_str())),
            (
                "WorkloadMetadata",
                Data::from(&Value::Map(source.metadata.clone())),
            ),
            ("WorkloadServices", current.services.clone()),
            ("Namespace", Data::text(settings.namespace)),
            (
                "ComposeProjectName",
                Data::text(settings.identity.project.as_deref().unwrap_or("")),
            ),
            ("MountsDirectory", Data::text(settings.mounts_directory)),
            ("Environment", Data::structure("Environment", environment)),
        ];
        Data::structure("Data", fields)
    }
}

/// What a resource was made into; `None` where it failed.
pub(in crate::provision) fn made_of(
    outcomes: &[Option<Outcome>],
    resource: usize,
) -> Option<&Made> {
    outcomes.get(resource)?.as_ref()?.made.as_ref()
}

fn report_skipped(node: &Node, needed: &Node, report: &mut Report) {
    let message = format!(
        "`{}` was not provisioned, because `{}` failed",
        node.uid, needed.uid
    );
    let problem = Problem::new(&SKIPPED_RESOURCE, message).at(node.span);
    report.push(problem.help("mend the error of that resource first"));
}

/// The place of the definition when it shared something.
pub(crate) fn shared_by(current: &Current<'_>, shared: &Value) -> Option<Span> {
    shared
        .as_map()
        .filter(|shared| !shared.is_empty())
        .map(|_| current.definition.uri.span)
}

/// Outputs must be what every workload may rely on: all that are declared, and references to
/// secrets that are whole.
pub(crate) fn check_outputs(
    current: &Current<'_>,
    outputs: &Value,
    report: &mut Report,
) -> Result<(), Reported> {
    report.collect(|report| {
        check_declared(current, outputs, report);
        check_secrets(current, outputs, report);
    })
}

fn check_declared(current: &Current<'_>, outputs: &Value, report: &mut Report) {
    let expected = current.definition.expected_outputs.iter().flatten();
    let missing: Vec<&str> = expected
        .map(String::as_str)
        .filter(|name| outputs.get(name).is_none())
        .collect();
    if missing.is_empty() {
        return;
    }
    let message = format!(
        "the provisioner of `{}` declares but does not give {}",
        current.node.uid,
        list_names(missing)
    );
    let place = match current.definition.engine {
        Engine::Command => "`resource_outputs` of the program's answer",
        _ => "`outputs`",
    };
    let help = format!("add it to {place}, or remove it from `expected_outputs`");
    report.push(about_outputs(current, Problem::new(&MISSING_OUTPUT, message)).help(help));
}

/// A reference that is cut short is told where it was made, and not again at each use.
fn check_secrets(current: &Current<'_>, outputs: &Value, report: &mut Report) {
    for (name, value) in outputs.as_map().into_iter().flatten() {
        if split_secrets(&value.to_text()).is_none() {
            let uid = &current.node.uid;
            let message =
                format!("the reference to a secret in the output `{name}` of `{uid}` is cut short");
            report.push(
                about_outputs(current, Problem::new(&INVALID_SECRET_REFERENCE, message))
                    .help(WHOLE_SECRET),
            );
        }
    }
}

fn about_outputs(current: &Current<'_>, problem: Problem) -> Problem {
    let definition = current.definition;
    let place = definition
        .sections
        .get("outputs")
        .map_or(definition.uri.span, |own| own.text.span);
    problem
        .at(place)
        .secondary(current.node.span, "this resource asks for it")
}
