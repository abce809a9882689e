//! What provisioners give: services, networks, volumes, models, files, and what a workload that
//! uses them waits for.

use super::Project;
use super::name_registry::{Named, add};
use crate::placeholder::resolve::Outputs;
use crate::plan::{Plan, Resource};
use crate::rules::WRONG_SECTION_TYPE;
use crate::support::document::Artifact;
use crate::targets::target::Options;
use diagnostics::report::{Problem, Report};
use diagnostics::source::{Sources, Span};
use diagnostics::value::{Map, Value};
use indexmap::IndexMap;
use yaml::{Kind, Node};

/// The label by which provisioners mark services that run to their end.
const INIT_LABEL: &str = "dev.score.compose.labels.is-init-container";

/// What the services of a workload that uses a resource need.
pub(super) struct Need {
    /// The services to wait for, each with a condition.
    pub(super) waits: Vec<(String, &'static str)>,
    /// Compose runs a model only when a service names it.
    pub(super) models: Vec<String>,
}

/// The needs for each resource of the plan.
pub(super) type Needs = Vec<Need>;

/// Adds everything the provisioners give.
pub(super) fn add_resources(
    plan: &Plan,
    options: &Options,
    sources: &Sources,
    project: &mut Project,
    report: &mut Report,
) -> Needs {
    let mut needs = Vec::with_capacity(plan.resources.len());
    for resource in &plan.resources {
        let mut adding = Adding {
            resource,
            options,
            sources,
            report,
        };
        adding.add_all(project);
        let models = resource
            .provisioned
            .sections
            .get("models")
            .and_then(Node::as_map);
        let models = models
            .into_iter()
            .flatten()
            .map(|(name, _)| name.clone())
            .collect();
        needs.push(Need {
            waits: waits_for(resource),
            models,
        });
    }
    needs
}

struct Adding<'a> {
    resource: &'a Resource,
    options: &'a Options,
    sources: &'a Sources,
    report: &'a mut Report,
}

impl Adding<'_> {
    fn add_all(&mut self, project: &mut Project) {
        self.add_parts(&mut project.services, "services", "service");
        self.add_parts(&mut project.networks, "networks", "network");
        self.add_parts(&mut project.volumes, "volumes", "volume");
        self.add_parts(&mut project.models, "models", "model");
        self.add_artifacts(project, "directories");
        self.add_artifacts(project, "files");
        if let Some(Kind::List(lines)) = self
            .resource
            .provisioned
            .sections
            .get("info_logs")
            .map(|lines| &lines.kind)
        {
            project
                .lowered
                .notes
                .extend(lines.iter().map(|line| line.to_value().to_text()));
        }
    }

    fn add_parts(&mut self, parts: &mut IndexMap<String, Named>, section: &str, what: &str) {
        let Some(entries) = self
            .resource
            .provisioned
            .sections
            .get(section)
            .and_then(Node::as_map)
        else {
            return;
        };
        for (name, entry) in entries {
            let value = match entry.value.to_value() {
                // A bare name is a part with nothing special about it.
                Value::Null => Value::map(),
                value => value,
            };
            if value.as_map().is_none() {
                self.fault(
                    entry.value.span,
                    &format!(
                        "the {what} `{name}` must be a mapping, this is {}",
                        value.kind()
                    ),
                );
                continue;
            }
            let value = if section == "services" {
                with_read_only(value)
            } else {
                value
            };
            let part = Named {
                value,
                span: Some(self.resource.span),
                shared_by: self.resource.provisioned.shared_by,
            };
            add(parts, what, name, part, self.report);
        }
    }

    fn add_artifacts(&mut self, project: &mut Project, section: &str) {
        let Some(entries) = self
            .resource
            .provisioned
            .sections
            .get(section)
            .and_then(Node::as_map)
        else {
            return;
        };
        for (path, entry) in entries {
            let inside = !path.is_empty()
                && !path.starts_with('/')
                && !path.split('/').any(|part| part == ".." || part.is_empty());
            if !inside {
                self.fault(
                    entry.key,
                    &format!("`{path}` leads out of the directory for mounted files"),
                );
                continue;
            }
            let path = format!("{}/{path}", self.options.mounts);
            let origin = Some(self.resource.span);
            let artifact = match &entry.value.kind {
                Kind::String(text, _) if section == "files" => Artifact {
                    path,
                    content: Some(text.clone().into_bytes()),
                    mode: 0o644,
                    origin,
                },
                Kind::Bool(true) if section == "directories" => Artifact {
                    path,
                    content: None,
                    mode: 0o755,
                    origin,
                },
                // In the contract these delete what an earlier run has written; here nothing is
                // left from one.
                Kind::Null | Kind::Bool(false) => continue,
                _ => {
                    let message = format!(
                        "`{section}` cannot hold {} for `{path}`",
                        entry.value.kind_name()
                    );
                    self.fault(entry.value.span, &message);
                    continue;
                }
            };
            project.add_shared_file(artifact, self.resource.provisioned.shared_by);
        }
    }

    /// Reports a fault of the definition, at the template line that wrote it.
    fn fault(&mut self, rendered: Span, message: &str) {
        let problem = Problem::new(
            &WRONG_SECTION_TYPE,
            format!("{message} (from `{}`)", self.resource.uid),
        );
        let problem = problem.at(self.sources.origin(rendered).unwrap_or(rendered));
        let problem = problem
            .secondary(rendered, "this is what it rendered to")
            .secondary(self.resource.span, "this resource asks for it");
        self.report
            .push(problem.help("mend the section in the provisioner's definition"));
    }
}

/// The service with `read_only` where a mount says `readOnly`, as the default definitions of
/// `score-compose` do. That tool passes over keys that it does not know; Compose refuses them.
fn with_read_only(mut service: Value) -> Value {
    let mounts = service
        .as_map_mut()
        .and_then(|service| service.get_mut("volumes"));
    let Some(Value::List(mounts)) = mounts else {
        return service;
    };
    for mount in mounts.iter_mut().filter_map(Value::as_map_mut) {
        if let Some(index) = mount
            .get_index_of("readOnly")
            .filter(|_| !mount.contains_key("read_only"))
            && let Some((_, value)) = mount.shift_remove_index(index)
        {
            mount.shift_insert(index, "read_only".to_owned(), value);
        }
    }
    service
}

/// What a workload that uses a resource waits for. One without outputs, such as a route, serves
/// others: its workload does not wait for it.
fn waits_for(resource: &Resource) -> Vec<(String, &'static str)> {
    let has_outputs = match &resource.provisioned.outputs {
        Outputs::Values(outputs) => !outputs.is_empty(),
        Outputs::Environment { .. } | Outputs::Kept(_) => false,
    };
    let services = resource
        .provisioned
        .sections
        .get("services")
        .and_then(Node::as_map)
        .filter(|_| has_outputs);
    services
        .into_iter()
        .flatten()
        .map(|(name, entry)| (name.clone(), condition(&entry.value.to_value())))
        .collect()
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
    let checked =
        health.is_some_and(|health: &Map| health.get("disable") != Some(&Value::Bool(true)));
    match (in_map || in_list, checked) {
        (true, _) => "service_completed_successfully",
        (false, true) => "service_healthy",
        (false, false) => "service_started",
    }
}
