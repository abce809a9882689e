//! Which mounts of a service can be `configs`.
//!
//! Compose copies a config with `content` into the new container. Where such a copy is refused, is
//! hidden or is another file, the mount stays.

use super::mounted_files::{Files, Mount, is_at};
use crate::support::document::Artifact;
use diagnostics::value::{Map, Value};

/// The reason of a file that holds a secret.
pub(super) const SECRET: &str = "contains a secret";

/// In bytes. A larger file would make the Compose file hard to read.
const MAX_SIZE: usize = 64 << 10;

/// What becomes of a mount.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Decision {
    /// Its files become configs.
    Moves,
    /// It stays, whatever its files are.
    Stays(&'static str),
    /// It stays for one of its files, which has a [`content_reason`].
    StaysForContent,
    /// It has no generated files.
    Other,
}

/// Decides for each mount of a service.
pub(super) fn decide(
    service: &Map,
    mounts: &[Option<Mount>],
    files: &Files<'_>,
    is_secret: &dyn Fn(&str) -> bool,
) -> Vec<Decision> {
    let tmpfs = tmpfs_targets(service);
    let root_is_fixed = root_is_fixed(service);
    let overlaps = |index: usize, target: &str| {
        let others = mounts.iter().enumerate();
        let others = others.filter(|(other, _)| *other != index);
        let targets = others.filter_map(|(_, mount)| Some(&mount.as_ref()?.target));
        targets
            .chain(&tmpfs)
            .any(|other| is_at(target, other) || is_at(other, target))
    };
    let decision = |(index, mount): (usize, &Option<Mount>)| {
        let Some(mount) = mount else {
            return Decision::Other;
        };
        let mut mounted = files.at(&mount.source).peekable();
        if mounted.peek().is_none() {
            return Decision::Other;
        }
        let is_directory = files
            .at(&mount.source)
            .any(|(path, _)| path != mount.source);
        if root_is_fixed {
            Decision::Stays("is in a container with a read-only root")
        } else if overlaps(index, &mount.target) {
            Decision::Stays("is inside another mount")
        } else if mount.has_options {
            Decision::Stays("is mounted with options")
        } else if is_directory && !mount.is_read_only {
            Decision::Stays("is in a directory that is mounted writable")
        } else if mounted.any(|(path, one)| content_reason(path, one, files, is_secret).is_some()) {
            Decision::StaysForContent
        } else {
            Decision::Moves
        }
    };
    mounts.iter().enumerate().map(decision).collect()
}

/// Whether nothing can be copied into the root of a container, as far as the service says.
fn root_is_fixed(service: &Map) -> bool {
    let is_set = |key: &str| !matches!(service.get(key), None | Some(Value::Bool(false)));
    is_set("read_only") || is_set("extends")
}

/// The targets of `tmpfs`, which is a text or a list of `TARGET[:OPTIONS]`.
fn tmpfs_targets(service: &Map) -> Vec<String> {
    let items = match service.get("tmpfs") {
        Some(Value::List(items)) => items.as_slice(),
        Some(text) => std::slice::from_ref(text),
        None => &[],
    };
    let texts = items.iter().filter_map(Value::as_str);
    let targets = texts.filter_map(|text| text.split(':').next());
    targets
        .map(|target| target.trim_end_matches('/').to_owned())
        .collect()
}

/// Why a file or directory cannot be a config, whatever mounts it.
pub(super) fn content_reason(
    path: &str,
    artifact: &Artifact,
    files: &Files<'_>,
    is_secret: &dyn Fn(&str) -> bool,
) -> Option<&'static str> {
    let Some(content) = artifact.content.as_deref() else {
        let is_empty = files.at(path).all(|(_, inner)| inner.content.is_none());
        return is_empty.then_some("is an empty directory");
    };
    let Ok(text) = std::str::from_utf8(content) else {
        return Some("is not text");
    };
    let is_unsafe = |one: char| one.is_control() && !['\n', '\t'].contains(&one);
    let reasons = [
        (is_secret(text), SECRET),
        // Compose takes it for a config without content.
        (text.is_empty(), "is empty"),
        (text.contains('\r'), "has carriage returns"),
        (text.contains(is_unsafe), "is not text"),
        (text.len() > MAX_SIZE, "is larger than 64 KiB"),
    ];
    let reason = reasons.iter().find(|(applies, _)| *applies);
    reason.map(|(_, reason)| *reason)
}
