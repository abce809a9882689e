//! Names in a Compose file are shared by all workloads and provisioners, so two of a kind are found
//! out.

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

/// A part of the file and who asked for it.
pub(super) struct Named {
    pub(super) value: Value,
    pub(super) span: Option<Span>,
    /// The definition that described it, when that may describe it anew.
    pub(super) shared_by: Option<Span>,
}

impl Named {
    /// A part that stays as it is.
    pub(super) fn new(value: Value, span: Option<Span>) -> Named {
        Named {
            value,
            span,
            shared_by: None,
        }
    }

    /// Whether this is what the same definition says of the part for a later resource. One that
    /// shares state describes, say, its one server for each resource, and the last time it knows of
    /// all of them.
    fn renews(&self, first: &Named) -> bool {
        self.shared_by.is_some() && self.shared_by == first.shared_by
    }
}

/// Adds a part. The same part twice is one, since provisioners may share, say, a volume; two
/// different ones are an error.
pub(super) fn add(
    parts: &mut IndexMap<String, Named>,
    what: &str,
    name: &str,
    part: Named,
    report: &mut Report,
) {
    match parts.get_mut(name) {
        None => {
            parts.insert(name.to_owned(), part);
        }
        Some(first) if part.renews(first) => *first = part,
        Some(first) if first.value == part.value => {}
        Some(first) => {
            let mut problem = Problem::new(
                &NAME_COLLISION,
                format!("two different {what}s are called `{name}`"),
            );
            problem = part.span.map_or(problem.clone(), |span| problem.at(span));
            if let Some(first) = first.span {
                problem = problem.secondary(first, "the other one comes from here");
            }
            report.push(
                problem.help("rename a workload, a container, or what the provisioner makes"),
            );
        }
    }
}

/// Others find a workload by its name, so no service of somebody else's may have that name.
pub(super) fn check_host_names(
    workloads: &[Workload],
    services: &IndexMap<String, Named>,
    report: &mut Report,
) {
    for workload in workloads {
        let name = &workload.name.value;
        let Some(service) = services.get(name) else {
            continue;
        };
        let message = format!(
            "the workload `{name}` and another service would both answer to the host name `{name}`"
        );
        let mut problem = Problem::new(&NAME_COLLISION, message).at(workload.name.span);
        if let Some(span) = service.span {
            problem = problem.secondary(span, "the other service comes from here");
        }
        report.push(problem.help("rename the workload, or what the service is made from"));
    }
}

/// Each file once. Two different ones at one place would overwrite each other, and a file cannot
/// also be a directory.
pub(super) fn settle_artifacts(artifacts: Vec<Artifact>, report: &mut Report) -> Vec<Artifact> {
    let mut settled: IndexMap<String, Artifact> = IndexMap::with_capacity(artifacts.len());
    for artifact in artifacts {
        match settled.get(&artifact.path) {
            Some(first) if first.content == artifact.content => {}
            Some(first) => {
                let message = format!(
                    "two different files would be written to `{}`",
                    artifact.path
                );
                report_collision(message, &artifact, first, report);
            }
            None => {
                settled.insert(artifact.path.clone(), artifact);
            }
        }
    }
    for artifact in settled.values() {
        let parents = artifact
            .path
            .match_indices('/')
            .filter_map(|(index, _)| artifact.path.get(..index));
        for parent in parents
            .filter_map(|parent| settled.get(parent))
            .filter(|parent| parent.content.is_some())
        {
            let message = format!(
                "`{}` would be both a file and the directory of `{}`",
                parent.path, artifact.path
            );
            report_collision(message, artifact, parent, report);
        }
    }
    settled.into_values().collect()
}

fn report_collision(message: String, second: &Artifact, first: &Artifact, report: &mut Report) {
    let mut problem = Problem::new(&FILE_COLLISION, message);
    problem = second
        .origin
        .map_or(problem.clone(), |span| problem.at(span));
    if let Some(span) = first.origin {
        problem = problem.secondary(span, "the other one comes from here");
    }
    report
        .push(problem.help("give one of them another path; a definition can make it from `.Guid`"));
}
