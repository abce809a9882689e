//! Names in a Compose file are shared by all workloads and provisioners, so two of a kind are found out.

use std::collections::BTreeMap;

use indexmap::IndexMap;

use crate::base::diagnostics::{Problem, Report};
use crate::base::document::Artifact;
use crate::base::text::Span;
use crate::base::value::Value;

/// A part of the file and who asked for it.
pub(super) struct Named {
    pub(super) value: Value,
    pub(super) span: Option<Span>,
}

/// Adds a part. The same part twice is one, since provisioners may share, say, a volume; two different ones are an error.
pub(super) fn add(
    parts: &mut IndexMap<String, Named>,
    what: &str,
    name: &str,
    value: Value,
    span: Option<Span>,
    report: &mut Report,
) {
    match parts.get(name) {
        None => {
            parts.insert(name.to_owned(), Named { value, span });
        }
        Some(first) if first.value == value => {}
        Some(first) => {
            let mut problem = Problem::new("name-collision", format!("two different {what}s are called `{name}`"));
            problem = span.map_or(problem.clone(), |span| problem.at(span));
            if let Some(first) = first.span {
                problem = problem.also(first, "the other one comes from here");
            }
            let _ = report.error(problem.help("rename a workload, a container, or what the provisioner makes"));
        }
    }
}

/// Two files at one place would overwrite each other, and a file cannot also be a directory.
pub(super) fn check_artifacts(artifacts: &[Artifact], report: &mut Report) {
    let mut seen: BTreeMap<&str, &Artifact> = BTreeMap::new();
    let files = artifacts.iter().filter(|artifact| artifact.content.is_some());
    for artifact in files.clone() {
        if seen.insert(&artifact.path, artifact).is_some_and(|other| other.content != artifact.content) {
            let problem =
                Problem::new("file-collision", format!("two different files would be written to `{}`", artifact.path));
            let _ = report.error(problem.help("give one of them another target"));
        }
    }
    for artifact in artifacts {
        let parents = artifact.path.match_indices('/').filter_map(|(index, _)| artifact.path.get(..index));
        for parent in parents.filter(|parent| seen.contains_key(parent)) {
            let message = format!("`{parent}` would be both a file and the directory of `{}`", artifact.path);
            let _ = report.error(Problem::new("file-collision", message).help("give one of them another target"));
        }
    }
}
