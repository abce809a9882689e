//! Each path in a container is one file or one volume, and a mount below another one is possible.

use std::collections::BTreeMap;

use crate::model::{Container, Workload};
use diagnostics::report::{Problem, Report};
use diagnostics::source::Spanned;

rules! {
    /// Two files or volumes of a container are mounted at the same path.
    pub DUPLICATE_MOUNT_PATH: "duplicate-mount-path", Error;

    /// A file or volume is mounted below the path of a file, which is no directory.
    pub MOUNT_BELOW_FILE: "mount-below-file", Error;

    /// A file or volume is mounted inside a read-only volume, in which its path cannot be created.
    pub MOUNT_IN_READ_ONLY_VOLUME: "mount-in-read-only-volume", Warning;
}

/// Where a file or a volume of a container is mounted.
struct Mount<'a> {
    target: &'a Spanned<String>,
    parts: Vec<&'a str>,
    kind: Kind,
}

#[derive(Clone, Copy, PartialEq)]
enum Kind {
    File,
    Volume,
    ReadOnlyVolume,
}

pub(super) fn check(workload: &Workload, report: &mut Report) {
    workload
        .containers
        .values()
        .for_each(|container| check_container(container, report));
}

fn check_container(container: &Container, report: &mut Report) {
    let mounts = mounts(container);
    let mut seen: BTreeMap<&[&str], &Mount<'_>> = BTreeMap::new();
    for mount in &mounts {
        if let Some(first) = seen.insert(&mount.parts, mount) {
            let message = format!(
                "`{}` is mounted twice in the container `{}`",
                mount.target.value, container.name.value
            );
            let problem = Problem::new(&DUPLICATE_MOUNT_PATH, message)
                .at(mount.target.span)
                .secondary(first.target.span, "the first is here");
            report.push(problem.help("give one of them another path"));
        }
    }
    for mount in &mounts {
        // The innermost mount around this one is the directory in which its path is created.
        let outer = (1..mount.parts.len())
            .rev()
            .find_map(|length| seen.get(&mount.parts[..length]));
        report_outer(mount, outer.copied(), report);
    }
}

fn mounts(container: &Container) -> Vec<Mount<'_>> {
    let files = container
        .files
        .iter()
        .map(|file| (&file.target, Kind::File));
    let volumes = container
        .volumes
        .iter()
        .map(|volume| match volume.read_only {
            true => (&volume.target, Kind::ReadOnlyVolume),
            false => (&volume.target, Kind::Volume),
        });
    let mounts = files.chain(volumes);
    mounts
        .map(|(target, kind)| Mount {
            target,
            parts: parts(target),
            kind,
        })
        .collect()
}

/// Reports a mount that the one around it does not allow.
fn report_outer(mount: &Mount<'_>, outer: Option<&Mount<'_>>, report: &mut Report) {
    let Some(outer) = outer else { return };
    let (inner, path) = (&mount.target.value, &outer.target.value);
    let problem = match outer.kind {
        Kind::Volume => return,
        Kind::File => Problem::new(
            &MOUNT_BELOW_FILE,
            format!("`{inner}` is below `{path}`, which is a file"),
        )
        .secondary(outer.target.span, "this is a file")
        .help("give one of them another path"),
        Kind::ReadOnlyVolume => {
            let message = format!(
                "`{inner}` is inside the read-only volume `{path}`, in which the container runtime cannot create it"
            );
            Problem::new(&MOUNT_IN_READ_ONLY_VOLUME, message)
                .secondary(outer.target.span, "this volume is read-only")
                .help("mount it elsewhere, or remove `readOnly` of the volume")
        }
    };
    report.push(problem.at(mount.target.span));
}

/// The parts of a path: those of `/a//b/` and `/a/./b` are equal.
fn parts(target: &Spanned<String>) -> Vec<&str> {
    target
        .value
        .split('/')
        .filter(|part| !matches!(*part, "" | "."))
        .collect()
}
