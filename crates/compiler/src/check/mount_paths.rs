//! Each path in a container is one file or one volume.

use std::collections::BTreeMap;

use crate::model::{Container, Workload};
use diagnostics::report::{Problem, Report};
use diagnostics::source::{Span, Spanned};

rules! {
    /// Two files or volumes of a container are mounted at the same path.
    pub DUPLICATE_MOUNT_PATH: "duplicate-mount-path", Error;
}

pub(super) fn check(workload: &Workload, report: &mut Report) {
    workload
        .containers
        .values()
        .for_each(|container| check_container(container, report));
}

fn check_container(container: &Container, report: &mut Report) {
    let mut seen: BTreeMap<Vec<&str>, Span> = BTreeMap::new();
    let files = container.files.iter().map(|file| &file.target);
    for target in files.chain(container.volumes.iter().map(|volume| &volume.target)) {
        if let Some(first) = seen.insert(parts(target), target.span) {
            let message = format!(
                "`{}` is mounted twice in the container `{}`",
                target.value, container.name.value
            );
            let problem = Problem::new(&DUPLICATE_MOUNT_PATH, message)
                .at(target.span)
                .secondary(first, "the first is here");
            report.push(problem.help("give one of them another path"));
        }
    }
}

/// The parts of a path: those of `/a//b/` and `/a/./b` are equal.
fn parts(target: &Spanned<String>) -> Vec<&str> {
    target
        .value
        .split('/')
        .filter(|part| !matches!(*part, "" | "."))
        .collect()
}
