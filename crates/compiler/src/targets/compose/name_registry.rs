//! The names in a Compose file and beside it, which all workloads and provisioners share. Two
//! different things with one name are an error.

use indexmap::IndexMap;

use crate::plan::Workload;
use crate::rules::NAME_COLLISION;
use crate::support::document::Artifact;
use diagnostics::report::{Problem, Report};
use diagnostics::source::Span;
use diagnostics::value::Value;

rules! {
    /// Two different files for the Compose project have the same path, or a file and a directory
    /// do.
    pub FILE_COLLISION: "file-collision", Error;
}

/// A service, network, volume or model of the file.
pub(super) struct Element {
    pub(super) value: Value,
    /// The container or resource it comes from.
    pub(super) span: Option<Span>,
    /// Its definition, when that shares state and so may describe it again.
    pub(super) shared_by: Option<Span>,
}

impl Element {
    /// An element that nothing replaces.
    pub(super) fn new(value: Value, span: Option<Span>) -> Element {
        Element {
            value,
            span,
            shared_by: None,
        }
    }

    /// Whether this replaces an earlier element of the same definition. A definition that shares
    /// state describes, for example, its one server for every resource; only the last description
    /// knows of all resources.
    fn replaces(&self, first: &Element) -> bool {
        self.shared_by.is_some() && self.shared_by == first.shared_by
    }
}

/// Adds an element. Provisioners may share a volume, so a second element with the same
/// name and value is no error. `what` names it in messages.
pub(super) fn add(
    elements: &mut IndexMap<String, Element>,
    what: &str,
    name: &str,
    element: Element,
    report: &mut Report,
) {
    match elements.get_mut(name) {
        None => {
            elements.insert(name.to_owned(), element);
        }
        Some(first) if element.replaces(first) => *first = element,
        Some(first) if first.value == element.value => {}
        Some(first) => {
            let mut problem = Problem::new(
                &NAME_COLLISION,
                format!("two different {what}s have the name `{name}`"),
            );
            if let Some(span) = element.span {
                problem = problem.at(span);
            }
            if let Some(span) = first.span {
                problem = problem.secondary(span, "the other one comes from here");
            }
            let help = "rename a workload, a container, or the object of the provisioner";
            report.push(problem.help(help));
        }
    }
}

/// Reports a service with the name of a workload, which is the workload's host name.
pub(super) fn check_host_names(
    workloads: &[Workload],
    services: &IndexMap<String, Element>,
    report: &mut Report,
) {
    for workload in workloads {
        let name = &workload.name.value;
        let Some(service) = services.get(name) else {
            continue;
        };
        let message = format!(
            "the workload `{name}` and another service would both have the host name `{name}`"
        );
        let mut problem = Problem::new(&NAME_COLLISION, message).at(workload.name.span);
        if let Some(span) = service.span {
            problem = problem.secondary(span, "the other service comes from here");
        }
        report.push(problem.help("rename the workload, or the source of the service"));
    }
}

/// Removes equal files with the same path, and reports different ones and a file that would also be
/// a directory.
pub(super) fn merge_artifacts(artifacts: Vec<Artifact>, report: &mut Report) -> Vec<Artifact> {
    let mut merged: IndexMap<String, Artifact> = IndexMap::with_capacity(artifacts.len());
    for artifact in artifacts {
        match merged.get(&artifact.path) {
            Some(first) if first.content == artifact.content => {}
            Some(first) => {
                let message = format!(
                    "two different files would be written to `{}`",
                    artifact.path
                );
                report_collision(message, &artifact, first, report);
            }
            None => {
                merged.insert(artifact.path.clone(), artifact);
            }
        }
    }
    for artifact in merged.values() {
        let parents = artifact
            .path
            .match_indices('/')
            .filter_map(|(index, _)| artifact.path.get(..index));
        for parent in parents
            .filter_map(|parent| merged.get(parent))
            .filter(|parent| parent.content.is_some())
        {
            let message = format!(
                "`{}` would be both a file and the directory of `{}`",
                parent.path, artifact.path
            );
            report_collision(message, artifact, parent, report);
        }
    }
    merged.into_values().collect()
}

fn report_collision(message: String, second: &Artifact, first: &Artifact, report: &mut Report) {
    let mut problem = Problem::new(&FILE_COLLISION, message);
    if let Some(span) = second.origin {
        problem = problem.at(span);
    }
    if let Some(span) = first.origin {
        problem = problem.secondary(span, "the other one comes from here");
    }
    let help = "use another path for one of them; a definition can derive it from `.Guid`";
    report.push(problem.help(help));
}
