//! The sections of provisioners: services, networks, volumes, models and files, and what a workload
//! that uses a resource waits for.

use super::Project;
use super::name_registry::{self, Element};
use super::schema::{self, INVALID_COMPOSE};
use crate::decode::process_text::{NUL_CHARACTER, find_nul};
use crate::placeholder::resolve::Outputs;
use crate::plan::{Plan, Resource};
use crate::provision::definition::REQUESTED_BY;
use crate::rules::WRONG_SECTION_TYPE;
use crate::support::document::Artifact;
use crate::support::parallel;
use crate::targets::target::Options;
use diagnostics::report::{Problem, Report};
use diagnostics::rule::Rule;
use diagnostics::source::{Sources, Span};
use diagnostics::value::{Map, Value};
use yaml::{Entries, Entry, Kind, Node};

/// The label of services that run to completion.
const INIT_LABEL: &str = "dev.score.compose.labels.is-init-container";

/// What the services of a workload depend on when it uses a resource.
pub(super) struct ServiceDeps {
    /// The services to wait for, each with its condition.
    pub(super) conditions: Vec<(String, &'static str)>,
    /// The models to list: Compose runs a model only when a service lists it.
    pub(super) models: Vec<String>,
}

/// The sections with elements of the file, and what an element of each is.
const SECTIONS: [(&str, &str); 4] = [
    ("services", "service"),
    ("networks", "network"),
    ("volumes", "volume"),
    ("models", "model"),
];

/// What the sections of a resource add to the file and beside it.
#[derive(Default)]
struct Parts {
    /// The elements of each of [`SECTIONS`], by name.
    elements: [Vec<(String, Element)>; SECTIONS.len()],
    artifacts: Vec<Artifact>,
    notes: Vec<String>,
}

/// Adds the sections of all resources. Returns the dependencies of each resource of the plan.
pub(super) fn add_resources(
    plan: &Plan,
    options: &Options,
    sources: &Sources,
    project: &mut Project,
    report: &mut Report,
) -> Vec<ServiceDeps> {
    let parts = parallel::map_reporting(&plan.resources, report, |resource, report| {
        let mut reader = SectionReader {
            resource,
            options,
            sources,
            report,
        };
        let parts = reader.read();
        (deps(resource, &parts), parts)
    });
    let resources = plan.resources.iter().zip(parts);
    let deps = resources.map(|(resource, (deps, parts))| {
        add(project, parts, resource, report);
        deps
    });
    deps.collect()
}

fn add(project: &mut Project, parts: Parts, resource: &Resource, report: &mut Report) {
    let all = [
        &mut project.services,
        &mut project.networks,
        &mut project.volumes,
        &mut project.models,
    ];
    for ((all, elements), (_, what)) in all.into_iter().zip(parts.elements).zip(SECTIONS) {
        for (name, element) in elements {
            name_registry::add(all, what, &name, element, report);
        }
    }
    for artifact in parts.artifacts {
        project.add_shared_file(artifact, resource.provisioned.shared_by);
    }
    project.output.notes.extend(parts.notes);
}

fn deps(resource: &Resource, parts: &Parts) -> ServiceDeps {
    let [services, .., models] = &parts.elements;
    ServiceDeps {
        conditions: conditions(resource, services),
        models: models.iter().map(|(name, _)| name.clone()).collect(),
    }
}

/// Reads the sections of one resource.
struct SectionReader<'a> {
    resource: &'a Resource,
    options: &'a Options,
    sources: &'a Sources,
    report: &'a mut Report,
}

impl<'a> SectionReader<'a> {
    fn read(&mut self) -> Parts {
        let lines = self.resource.provisioned.sections.get("info_logs");
        let notes = match lines.map(|lines| &lines.kind) {
            Some(Kind::List(lines)) => lines.iter().map(|line| line.to_value().to_text()).collect(),
            _ => Vec::new(),
        };
        Parts {
            elements: SECTIONS.map(|(section, what)| self.elements(section, what)),
            artifacts: ["directories", "files"]
                .into_iter()
                .flat_map(|section| self.artifacts(section))
                .collect(),
            notes,
        }
    }

    /// The entries of a section of the resource, if it has any.
    fn entries(&self, section: &str) -> Option<&'a Entries> {
        self.resource.provisioned.sections.get(section)?.as_map()
    }

    fn elements(&mut self, section: &str, what: &str) -> Vec<(String, Element)> {
        let entries = self.entries(section).into_iter().flatten();
        let elements = entries.filter_map(|(name, entry)| {
            let value = self.element(section, what, name, entry)?;
            let element = Element {
                value,
                span: Some(self.resource.span),
                shared_by: self.resource.provisioned.shared_by,
            };
            Some((name.into(), element))
        });
        elements.collect()
    }

    fn element(&mut self, section: &str, what: &str, name: &str, entry: &Entry) -> Option<Value> {
        // A name without a value is an element with default settings.
        if !entry.value.is_null() && entry.value.as_map().is_none() {
            let kind = entry.value.kind_name();
            let message = format!("the {what} `{name}` must be a mapping, this is {kind}");
            self.report_fault(entry.value.span, &message);
            return None;
        }
        let in_name = name.contains('\0').then_some(entry.key);
        if let Some(span) = in_name.or_else(|| find_nul(&entry.value)) {
            let message = format!("the {what} `{name}` contains a NUL character");
            self.report_fault_as(&NUL_CHARACTER, span, &message);
            return None;
        }
        let mut node = entry.value.clone();
        if section == "services" {
            rename_read_only(&mut node);
        }
        for fault in schema::check_element(section, name, &node) {
            self.report_fault_as(&INVALID_COMPOSE, fault.span, &fault.message);
        }
        Some(match node.into_value() {
            Value::Null => Value::map(),
            value => value,
        })
    }

    fn artifacts(&mut self, section: &str) -> Vec<Artifact> {
        let mut artifacts = Vec::new();
        for (path, entry) in self.entries(section).into_iter().flatten() {
            if path.contains('\0') {
                let message = format!("a path in `{section}` contains a NUL character");
                self.report_fault_as(&NUL_CHARACTER, entry.key, &message);
                continue;
            }
            let is_inside = !path.is_empty()
                && !path.starts_with('/')
                && !path.split('/').any(|part| part == ".." || part.is_empty());
            if !is_inside {
                self.report_fault(
                    entry.key,
                    &format!("`{path}` points outside the directory for mounted files"),
                );
                continue;
            }
            let path = format!("{}/{path}", self.options.mounts);
            let origin = Some(self.resource.span);
            let artifact = match &entry.value.kind {
                Kind::String(text, _) if section == "files" => Artifact {
                    path,
                    content: Some(text.clone().into_bytes()),
                    mode: None,
                    origin,
                    reason: None,
                },
                Kind::Bool(true) if section == "directories" => Artifact {
                    path,
                    content: None,
                    mode: None,
                    origin,
                    reason: None,
                },
                // For score-compose these delete files of an earlier run; here none is left.
                Kind::Null | Kind::Bool(false) => continue,
                _ => {
                    let message = format!(
                        "`{section}` cannot contain {} for `{path}`",
                        entry.value.kind_name()
                    );
                    self.report_fault(entry.value.span, &message);
                    continue;
                }
            };
            artifacts.push(artifact);
        }
        artifacts
    }

    /// Reports a fault of the definition, at the template line that rendered it.
    fn report_fault(&mut self, rendered: Span, message: &str) {
        self.report_fault_as(&WRONG_SECTION_TYPE, rendered, message);
    }

    fn report_fault_as(&mut self, rule: &'static Rule, rendered: Span, message: &str) {
        let problem = Problem::new(rule, format!("{message} (from `{}`)", self.resource.uid));
        let problem = problem
            .at_rendered(self.sources, rendered)
            .secondary(self.resource.span, REQUESTED_BY);
        self.report
            .push(problem.help("fix the section in the provisioner's definition"));
    }
}

/// Renames `readOnly` of the mounts of a service to `read_only`. The default definitions of
/// `score-compose` have it: that tool ignores unknown keys, and Compose refuses them.
fn rename_read_only(service: &mut Node) {
    let service = service.as_map_mut();
    let Some(Kind::List(mounts)) = service
        .and_then(|service| service.get_mut("volumes"))
        .map(|mounts| &mut mounts.value.kind)
    else {
        return;
    };
    for mount in mounts.iter_mut().filter_map(Node::as_map_mut) {
        if let Some(index) = mount
            .get_index_of("readOnly")
            .filter(|_| !mount.contains_key("read_only"))
            && let Some((_, entry)) = mount.shift_remove_index(index)
        {
            mount.shift_insert(index, "read_only".to_owned(), entry);
        }
    }
}

/// The services that a workload waits for when it uses a resource, each with its condition. A
/// workload does not wait for a resource without outputs, such as a route.
fn conditions(resource: &Resource, services: &[(String, Element)]) -> Vec<(String, &'static str)> {
    let has_outputs = match &resource.provisioned.outputs {
        Outputs::Values(outputs) => !outputs.is_empty(),
        Outputs::Environment { .. } | Outputs::ClusterConfig(_) | Outputs::Unknown => false,
    };
    let services = services.iter().filter(|_| has_outputs);
    services
        .map(|(name, service)| (name, &service.value))
        .filter(|(_, service)| is_started(service))
        .map(|(name, service)| (name.clone(), condition(service)))
        .collect()
}

/// Whether `docker compose up` starts a service. Compose refuses to wait for one with a profile, and
/// waits for ever for one without containers.
fn is_started(service: &Value) -> bool {
    let has_profile = service
        .get("profiles")
        .and_then(Value::as_list)
        .is_some_and(|profiles| !profiles.is_empty());
    let replicas = service
        .get("deploy")
        .and_then(|deploy| deploy.get("replicas"));
    let scale = service.get("scale").or(replicas);
    !has_profile && scale != Some(&Value::Int(0))
}

/// Whether a health check is turned off (Compose specification, `healthcheck`).
fn is_disabled(health: &Map) -> bool {
    let is_none = match health.get("test") {
        Some(Value::List(items)) => items.first().and_then(Value::as_str) == Some("NONE"),
        _ => false,
    };
    is_none || health.get("disable") == Some(&Value::Bool(true))
}

fn condition(service: &Value) -> &'static str {
    let labels = service.get("labels");
    let in_map = labels
        .and_then(|labels| labels.get(INIT_LABEL))
        .is_some_and(|value| value.to_text() == "true");
    let in_list = labels.and_then(Value::as_list).is_some_and(|labels| {
        labels
            .iter()
            .any(|label| label.as_str() == Some(&format!("{INIT_LABEL}=true")))
    });
    let health = service.get("healthcheck").and_then(Value::as_map);
    let has_health_check = health.is_some_and(|health| !is_disabled(health));
    match (in_map || in_list, has_health_check) {
        (true, _) => "service_completed_successfully",
        (false, true) => "service_healthy",
        (false, false) => "service_started",
    }
}
