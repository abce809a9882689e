//! Files that an output needs beside it and that a clone of the repository does not have.

use compiler::emit::OutputText;
use diagnostics::report::{Problem, Report};

use super::destination::Destination;
use super::exposure::tracked_files;
use super::writer::EnvironmentOutput;
use crate::system::os;

rules! {
    /// An output that git tracks needs files in `.score-rs`, which git ignores.
    pub NEEDS_IGNORED_FILES: "needs-ignored-files", Note;
}

/// The most files that are named with their reasons.
const MAX_NAMED: usize = 3;

/// Notes once why an output that git tracks needs files beside it.
pub(crate) fn check(output: &EnvironmentOutput, report: &mut Report) {
    let artifacts = &output.output.artifacts;
    if artifacts.is_empty() || !os::is_in_repository() {
        return;
    }
    let path = match (&output.destination, &output.output.emitted) {
        (Destination::File(path), _) => path.clone(),
        (Destination::Directory { path, .. }, OutputText::Directory { files, .. }) => {
            match files.first() {
                Some(file) => path.join(&file.name),
                None => return,
            }
        }
        _ => return,
    };
    if tracked_files(vec![path.clone()]).is_empty() {
        return;
    }
    let reasons = artifacts
        .iter()
        .filter_map(|artifact| Some(format!("`{}` {}", artifact.path, artifact.reason?)));
    let mut reasons: Vec<String> = reasons.collect();
    let more = reasons.len().saturating_sub(MAX_NAMED);
    reasons.truncate(MAX_NAMED);
    if more > 0 {
        reasons.push(format!("and {more} more"));
    }
    let reasons = match reasons.is_empty() {
        true => String::new(),
        false => format!(": {}", reasons.join(", ")),
    };
    let path = path.display();
    let message = format!("`{path}`, which git tracks, needs files that git ignores{reasons}");
    let problem = Problem::new(&NEEDS_IGNORED_FILES, message);
    report.push(problem.help("run `score-rs generate` in each clone, before `docker compose up`"));
}
