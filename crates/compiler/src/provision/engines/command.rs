//! `cmd://` definitions: a program that reads a resource as JSON and answers as JSON.
//!
//! The keys are those of the Go tools, with their spelling, since existing programs rely on them.

use super::template::{CurrentResource, shared_by};
use crate::model::{Port, Protocol};
use crate::placeholder::resolve::Outputs;
use crate::provision::calls::Calls;
use crate::provision::definition::REQUESTED_BY;
use crate::provision::run::{ProvisionOutput, ProvisionedResource, Run, Sections};
use crate::rules::COMMAND_FAILED;
use crate::support::host::{Program, ProgramResult};
use crate::support::program_failure::ProgramFailure;
use diagnostics::report::{Report, Reported};
use diagnostics::suggestions::{list_names, suggestion};
use diagnostics::value::{Map, Value};
use yaml::Node as Tree;

/// The keys of an answer that are sections for a target, with the names of the sections.
const SECTIONS: [(&str, &str); 7] = [
    ("manifests", "manifests"),
    ("relative_directories", "directories"),
    ("relative_file_contents", "files"),
    ("compose_networks", "networks"),
    ("compose_volumes", "volumes"),
    ("compose_services", "services"),
    ("compose_models", "models"),
];

/// The keys of an answer for all targets.
pub(super) const KEYS: [&str; 3] = ["resource_state", "resource_outputs", "shared_state"];

impl Run<'_> {
    /// Runs the program of a resource. `stderr` gets the standard error of a program that succeeds,
    /// even when its output is wrong, since it may explain why.
    pub(crate) fn run_command(
        &self,
        resource: &CurrentResource<'_>,
        stderr: &mut String,
        report: &mut Report,
    ) -> Result<ProvisionOutput, Reported> {
        if !self.context.runs_programs {
            return Ok(ProvisionOutput::unknown());
        }
        if let Some(help) = self.context.host.refuses_programs() {
            return Err(failed(resource, "programs are not run here", help, report));
        }
        self.check_program_params(resource, report)?;
        let program = self.program(resource);
        let result = self.context.host.run(&program).map_err(|error| {
            let key = "`uri` in the definition";
            failed_as(
                resource,
                &ProgramFailure::not_ended(&program.path, error, key),
                report,
            )
        })?;
        if !result.success {
            return Err(failed_as(
                resource,
                &ProgramFailure::exited(&result),
                report,
            ));
        }
        stderr.push_str(&String::from_utf8_lossy(&result.errors));
        let answer = read_answer(resource, &result, report)?;
        self.accept(resource, answer, report)
    }

    fn program(&self, resource: &CurrentResource<'_>) -> Program {
        let uri = resource.definition.uri.value.as_str();
        let name = uri.strip_prefix("cmd://").unwrap_or(uri);
        let name = name.split('#').next().unwrap_or(name);
        let path = self.context.host.program_path(name);
        let arguments = resource
            .definition
            .args
            .iter()
            .map(|argument| match argument.as_str() {
                "<mode>" => "provision".to_owned(),
                other => other.to_owned(),
            });
        let input = self.input(resource).to_json().into_bytes();
        Program {
            path,
            arguments: arguments.collect(),
            input,
            limit: self.context.command_timeout,
        }
    }

    /// The input of the program.
    fn input(&self, resource: &CurrentResource<'_>) -> Value {
        let context = self.context;
        Value::map_of([
            (
                "resource_guid",
                Value::String(context.identity.guid(&resource.node.uid)),
            ),
            ("resource_uid", Value::String(resource.node.uid.to_string())),
            (
                "resource_type",
                Value::from(resource.node.uid.kind.as_str()),
            ),
            (
                "resource_class",
                Value::from(resource.node.uid.class.as_str()),
            ),
            ("resource_id", Value::from(resource.node.uid.id.as_str())),
            ("resource_params", Value::Map(resource.params.clone())),
            ("resource_metadata", self.metadata(resource.node)),
            (
                "source_workload",
                Value::from(self.source_workload(resource.node).name.value.as_str()),
            ),
            (
                "workload_metadata",
                Value::Map(self.source_workload(resource.node).metadata.clone()),
            ),
            ("workload_services", self.services_as_value()),
            ("resource_state", resource.state.clone()),
            ("shared_state", (*resource.shared).clone()),
            ("namespace", Value::from(context.namespace)),
            (
                "compose_project_name",
                Value::from(context.identity.project.as_deref().unwrap_or("")),
            ),
            (
                "mount_directory_path",
                Value::from(context.mounts_directory),
            ),
        ])
    }

    fn services_as_value(&self) -> Value {
        let fields = |name: &str, port: u16, target_port: u16, protocol: Protocol| {
            Value::map_of([
                ("name", name.into()),
                ("port", i64::from(port).into()),
                ("target_port", i64::from(target_port).into()),
                ("protocol", protocol.name().into()),
            ])
        };
        let port = |port: &Port| {
            let name = &port.name.value;
            fields(name, port.port, port.target_port, port.protocol)
        };
        let service = |name: &str, ports: Map| {
            Value::Map(Map::from_iter([
                ("ServiceName".to_owned(), Value::from(name)),
                ("ports".to_owned(), Value::Map(ports)),
            ]))
        };
        let services = self.graph.workloads.iter().map(|linked| {
            let name = (self.context.requirements.service_name)(&linked.workload);
            let ports = linked
                .port_names
                .iter()
                .map(|(name, index)| (name.clone(), port(&linked.ports[*index])));
            (
                linked.workload.name.value.clone(),
                service(&name, ports.collect()),
            )
        });
        let external = self.context.external(self.graph).map(|(name, workload)| {
            let ports = workload.ports.iter().flat_map(|(name, number)| {
                let port = fields(name, *number, *number, Protocol::Tcp);
                [(name.clone(), port.clone()), (number.to_string(), port)]
            });
            (name.clone(), service(&workload.host, ports.collect()))
        });
        Value::Map(services.chain(external).collect())
    }

    /// Reads the answer of the program.
    fn accept(
        &self,
        resource: &CurrentResource<'_>,
        mut answer: Map,
        report: &mut Report,
    ) -> Result<ProvisionOutput, Reported> {
        check_keys(resource, &answer, report)?;
        self.check_program_secrets(resource, &answer, report)?;
        let mut take = |key: &str| {
            answer
                .shift_remove(key)
                .filter(|value| *value != Value::Null)
        };
        let mut map = |key: &str, report: &mut Report| match take(key) {
            None => Ok(Value::map()),
            Some(value @ Value::Map(_)) => Ok(value),
            Some(other) => Err(wrong_type(resource, key, "a mapping", &other, report)),
        };
        let state = map("resource_state", report)?;
        let outputs = map("resource_outputs", report)?;
        let shared = map("shared_state", report)?;
        for value in [&state, &outputs, &shared] {
            self.keep_secrets_of(value);
        }
        self.check_outputs(resource, &outputs, report)?;
        let tree = Tree::from_value(&outputs, resource.definition.uri.span);
        report.collect(|report| self.check_types(resource, &tree, report))?;
        let mut sections = Sections::new();
        let is_wanted = |name: &str| self.context.requirements.sections.contains(&name);
        for (key, name) in SECTIONS {
            let Some(value) = take(key).filter(|_| is_wanted(name)) else {
                continue;
            };
            match (&value, name) {
                (Value::List(_), "manifests") => {}
                (Value::Map(_), name) if name != "manifests" => {}
                (other, "manifests") => {
                    return Err(wrong_type(resource, key, "a list", other, report));
                }
                (other, _) => return Err(wrong_type(resource, key, "a mapping", other, report)),
            }
            let tree = Tree::from_value(&value, resource.definition.uri.span);
            sections.insert(name, tree.into());
        }
        let outputs = match outputs {
            Value::Map(outputs) => outputs,
            _ => Map::new(),
        };
        let shared_by = shared_by(resource, &shared);
        let workloads = self.graph.workloads.iter().map(|linked| &linked.workload);
        let service_name = self.context.requirements.service_name;
        let services = workloads.map(|one| (service_name(one), one.name.value.as_str()));
        let provisioned = ProvisionedResource {
            calls: Calls::of_program(&resource.node.uid.kind, &outputs, services),
            outputs: Outputs::Values(outputs),
            sections,
            shared_by,
            // What a program makes of its state is not known.
            depends_on_state: resource.state != Value::map(),
            ..ProvisionedResource::default()
        };
        Ok(ProvisionOutput {
            resource: provisioned,
            state: Some(state),
            shared: Some(shared),
        })
    }
}

fn failed(resource: &CurrentResource<'_>, why: &str, help: &str, report: &mut Report) -> Reported {
    let problem = resource
        .problem(&COMMAND_FAILED, why)
        .at(resource.definition.uri.span)
        .secondary(resource.node.span, REQUESTED_BY);
    report.error(problem.help(help))
}

fn failed_as(
    resource: &CurrentResource<'_>,
    failure: &ProgramFailure,
    report: &mut Report,
) -> Reported {
    failed(resource, &failure.why, &failure.help, report)
}

/// Reads the first JSON value of the output. The contract says to ignore the rest.
fn read_answer(
    resource: &CurrentResource<'_>,
    result: &ProgramResult,
    report: &mut Report,
) -> Result<Map, Reported> {
    let help = "make the program print one JSON object to standard output";
    let first = serde_json::Deserializer::from_slice(&result.output)
        .into_iter::<serde_json::Value>()
        .next();
    match first {
        Some(Ok(value)) => match Value::from(value) {
            Value::Map(map) => Ok(map),
            other => Err(failed(
                resource,
                &format!("its program printed {}", other.kind()),
                help,
                report,
            )),
        },
        Some(Err(error)) => Err(failed(
            resource,
            &format!("the output of its program is not JSON: {error}"),
            help,
            report,
        )),
        None => Err(failed(
            resource,
            "its program printed nothing",
            help,
            report,
        )),
    }
}

fn check_keys(
    resource: &CurrentResource<'_>,
    answer: &Map,
    report: &mut Report,
) -> Result<(), Reported> {
    let known = || KEYS.into_iter().chain(SECTIONS.iter().map(|(key, _)| *key));
    let Some(unknown) = answer
        .keys()
        .find(|key| !known().any(|known| known == *key))
    else {
        return Ok(());
    };
    let help = suggestion(unknown, known(), || {
        format!("remove it; the keys are {}", list_names(known()))
    });
    Err(failed(
        resource,
        &format!("the output of its program has an unknown key `{unknown}`"),
        &help,
        report,
    ))
}

fn wrong_type(
    resource: &CurrentResource<'_>,
    key: &str,
    expected: &str,
    value: &Value,
    report: &mut Report,
) -> Reported {
    let why = format!(
        "`{key}` in the output of its program must be {expected}, this is {}",
        value.kind()
    );
    failed(
        resource,
        &why,
        &format!("make the program print {expected} there"),
        report,
    )
}
