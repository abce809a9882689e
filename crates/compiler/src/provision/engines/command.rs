//! `cmd://` definitions: a program that is told about a resource as JSON and answers as JSON.
//!
//! The keys are those that existing programs know; `ServiceName` is spelt as it is because programs
//! rely on it.

use std::path::PathBuf;

use indexmap::IndexMap;

use super::template::Current;
use crate::model::Port;
use crate::placeholder::resolve::Outputs;
use crate::provision::{Made, Provisioned, Run};
use crate::support::host::{Finished, HostError, Program};
use diagnostics::report::{Problem, Report, Reported};
use diagnostics::suggestions::{list_names, suggestion};
use diagnostics::value::{Map, Value};
use yaml::Node as Tree;

rules! {
    /// The program of a `cmd://` provisioner did not give an answer that can be used.
    pub COMMAND_FAILED: "command-failed", Error;
}

/// The keys of an answer that are sections of a target, and what the section is called.
const SECTIONS: [(&str, &str); 7] = [
    ("manifests", "manifests"),
    ("relative_directories", "directories"),
    ("relative_file_contents", "files"),
    ("compose_networks", "networks"),
    ("compose_volumes", "volumes"),
    ("compose_services", "services"),
    ("compose_models", "models"),
];

/// The keys of an answer for every target.
const KEYS: [&str; 3] = ["resource_state", "resource_outputs", "shared_state"];

/// How much of what a failed program said is shown.
const SHOWN: usize = 2_000;

impl Run<'_> {
    /// Runs a program for a resource.
    ///
    /// What it says while it succeeds is added to `said`, also when its answer is refused: it may
    /// be the reason.
    pub(crate) fn run_command(
        &self,
        current: &Current<'_>,
        said: &mut String,
        report: &mut Report,
    ) -> Result<Made, Reported> {
        let program = self.program(current);
        let finished = self.host.run(&program).map_err(|refusal| {
            let (why, help) = match refusal {
                HostError::NotFound => (
                    format!(
                        "there is no program `{}`, or not the one that its first line names",
                        program.path.display()
                    ),
                    "install the program, or correct `uri` in the definition",
                ),
                HostError::Failed(why) => {
                    (why, "let the program run by itself and end in time; `--command-timeout` gives it longer")
                }
            };
            failed(current, &why, help, report)
        })?;
        if !finished.success {
            return Err(refused(current, &finished, report));
        }
        said.push_str(&String::from_utf8_lossy(&finished.errors));
        let answer = read_answer(current, &finished, report)?;
        self.accept(current, answer, report)
    }

    fn program(&self, current: &Current<'_>) -> Program {
        let uri = current.definition.uri.value.as_str();
        let name = uri.strip_prefix("cmd://").unwrap_or(uri);
        let name = name.split('#').next().unwrap_or(name);
        let path = match (name.strip_prefix("~/"), self.host.variable("HOME")) {
            (Some(rest), Some(home)) => PathBuf::from(home).join(rest),
            _ => PathBuf::from(name),
        };
        let arguments = current
            .definition
            .args
            .iter()
            .map(|argument| match argument.as_str() {
                "<mode>" => "provision".to_owned(),
                other => other.to_owned(),
            });
        let input = self.question(current).to_json().into_bytes();
        Program {
            path,
            arguments: arguments.collect(),
            input,
            limit: self.settings.command_timeout,
        }
    }

    /// What the program is told.
    fn question(&self, current: &Current<'_>) -> Value {
        let settings = self.settings;
        let entries = [
            (
                "resource_guid",
                Value::String(settings.identity.guid(&current.node.uid)),
            ),
            ("resource_uid", Value::String(current.node.uid.to_string())),
            ("resource_type", Value::from(current.node.uid.kind.as_str())),
            (
                "resource_class",
                Value::from(current.node.uid.class.as_str()),
            ),
            ("resource_id", Value::from(current.node.uid.id.as_str())),
            ("resource_params", Value::Map(current.params.clone())),
            ("resource_metadata", self.metadata(current.node)),
            (
                "source_workload",
                Value::from(self.source_workload(current.node).name.value.as_str()),
            ),
            (
                "workload_metadata",
                Value::Map(self.source_workload(current.node).metadata.clone()),
            ),
            ("workload_services", self.services_as_value()),
            ("resource_state", current.state.clone()),
            ("shared_state", (*current.shared).clone()),
            ("namespace", Value::from(settings.namespace)),
            (
                "compose_project_name",
                Value::from(settings.identity.project.as_deref().unwrap_or("")),
            ),
            (
                "mount_directory_path",
                Value::from(settings.mounts_directory),
            ),
        ];
        Value::Map(
            entries
                .into_iter()
                .map(|(key, value)| (key.to_owned(), value))
                .collect(),
        )
    }

    fn services_as_value(&self) -> Value {
        let port = |port: &Port| {
            let fields = [
                ("name", Value::from(port.name.value.as_str())),
                ("port", Value::from(i64::from(port.port))),
                ("target_port", Value::from(i64::from(port.target_port))),
                ("protocol", Value::from(port.protocol.name())),
            ];
            Value::Map(
                fields
                    .into_iter()
                    .map(|(key, value)| (key.to_owned(), value))
                    .collect(),
            )
        };
        let services = self.graph.workloads.iter().map(|linked| {
            let name =
                (self.wanted.service_name)(&linked.workload, &linked.ports).unwrap_or_default();
            let ports = linked
                .port_names
                .iter()
                .map(|(name, index)| (name.clone(), port(&linked.ports[*index])));
            let fields = [
                ("ServiceName".to_owned(), Value::String(name)),
                ("ports".to_owned(), Value::Map(ports.collect())),
            ];
            (
                linked.workload.name.value.clone(),
                Value::Map(Map::from_iter(fields)),
            )
        });
        Value::Map(services.collect())
    }

    /// Takes in what the program answered.
    fn accept(
        &self,
        current: &Current<'_>,
        mut answer: Map,
        report: &mut Report,
    ) -> Result<Made, Reported> {
        check_keys(current, &answer, report)?;
        let mut take = |key: &str| {
            answer
                .shift_remove(key)
                .filter(|value| *value != Value::Null)
        };
        let mut map = |key: &str, report: &mut Report| match take(key) {
            None => Ok(Value::map()),
            Some(value @ Value::Map(_)) => Ok(value),
            Some(other) => Err(wrong_shape(current, key, "a mapping", &other, report)),
        };
        let state = map("resource_state", report)?;
        let outputs = map("resource_outputs", report)?;
        let shared = map("shared_state", report)?;
        [&state, &outputs, &shared]
            .into_iter()
            .for_each(|own| self.sources.secrets().add_from(own));
        super::template::check_outputs(current, &outputs, report)?;
        let mut sections: IndexMap<&'static str, Tree> = IndexMap::new();
        for (key, name) in SECTIONS {
            let Some(value) = take(key).filter(|_| self.wanted.sections.contains(&name)) else {
                continue;
            };
            match (&value, name) {
                (Value::List(_), "manifests") => {}
                (Value::Map(_), name) if name != "manifests" => {}
                (other, "manifests") => {
                    return Err(wrong_shape(current, key, "a list", other, report));
                }
                (other, _) => return Err(wrong_shape(current, key, "a mapping", other, report)),
            }
            sections.insert(name, Tree::from_value(&value, current.definition.uri.span));
        }
        let outputs = match outputs {
            Value::Map(outputs) => outputs,
            _ => Map::new(),
        };
        let shared_by = super::template::shared_by(current, &shared);
        let provisioned = Provisioned {
            outputs: Outputs::Values(outputs),
            sections,
            shared_by,
        };
        Ok(Made {
            provisioned,
            state: Some(state),
            shared: Some(shared),
        })
    }
}

fn failed(current: &Current<'_>, why: &str, help: &str, report: &mut Report) -> Reported {
    let message = format!("`{}` cannot be provisioned: {why}", current.node.uid);
    let problem = Problem::new(&COMMAND_FAILED, message).at(current.definition.uri.span);
    report.error(
        problem
            .secondary(current.node.span, "this resource asks for it")
            .help(help),
    )
}

/// A program that says no. What it wrote to standard error is its reason.
fn refused(current: &Current<'_>, finished: &Finished, report: &mut Report) -> Reported {
    let said = String::from_utf8_lossy(&finished.errors);
    let said = said.trim();
    let start = diagnostics::source::floor_char_boundary(said, said.len().saturating_sub(SHOWN));
    let (said, help) = match &said[start..] {
        "" => (
            "it said nothing".to_owned(),
            "let the program say why on standard error",
        ),
        end => (format!("it said: {end}"), "mend what the program says"),
    };
    failed(
        current,
        &format!("its program ended with {}; {said}", finished.how),
        help,
        report,
    )
}

/// The first JSON value of the output; what follows it is ignored, as the contract says.
fn read_answer(
    current: &Current<'_>,
    finished: &Finished,
    report: &mut Report,
) -> Result<Map, Reported> {
    let help = "let the program print one JSON object to standard output";
    let first = serde_json::Deserializer::from_slice(&finished.output)
        .into_iter::<serde_json::Value>()
        .next();
    match first {
        Some(Ok(value)) => match Value::from(value) {
            Value::Map(map) => Ok(map),
            other => Err(failed(
                current,
                &format!("its program answered with {}", other.kind()),
                help,
                report,
            )),
        },
        Some(Err(error)) => Err(failed(
            current,
            &format!("its program's answer is not JSON: {error}"),
            help,
            report,
        )),
        None => Err(failed(
            current,
            "its program answered nothing",
            help,
            report,
        )),
    }
}

fn check_keys(current: &Current<'_>, answer: &Map, report: &mut Report) -> Result<(), Reported> {
    let known = || KEYS.into_iter().chain(SECTIONS.iter().map(|(key, _)| *key));
    let Some(unknown) = answer
        .keys()
        .find(|key| !known().any(|known| known == key.as_str()))
    else {
        return Ok(());
    };
    let help = suggestion(unknown, known(), || {
        format!("remove it; the keys are {}", list_names(known()))
    });
    Err(failed(
        current,
        &format!("its program's answer has an unknown key `{unknown}`"),
        &help,
        report,
    ))
}

fn wrong_shape(
    current: &Current<'_>,
    key: &str,
    wanted: &str,
    found: &Value,
    report: &mut Report,
) -> Reported {
    let why = format!(
        "`{key}` of its program's answer must be {wanted}, this is {}",
        found.kind()
    );
    failed(
        current,
        &why,
        &format!("let the program answer with {wanted} there"),
        report,
    )
}
