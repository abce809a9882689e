//! The mounts of a service: files and volumes.

use super::interpolation::literal;
use crate::model::Uid;
use crate::placeholder::resolve::Segment;
use crate::plan::{Container, Content, File, Volume, Workload};
use crate::rules::NOT_A_VOLUME;
use crate::rules::SECRET_NOT_ALLOWED;
use crate::support::document::Artifact;
use crate::targets::target::Options;
use diagnostics::report::{Problem, Report, Reported};
use diagnostics::value::{Map, Value};

/// The mounts of a container. The files for them are added to `artifacts`.
pub(super) fn mounts(
    workload: &Workload,
    container: &Container,
    options: &Options,
    artifacts: &mut Vec<Artifact>,
    report: &mut Report,
) -> Vec<Value> {
    let mut mounts = Vec::new();
    for file in &container.files {
        if let Ok(content) = content(file, report) {
            // The path in the container is part of the path, so no two files have the same one.
            let target = file
                .target
                .value
                .split('/')
                .filter(|part| !part.is_empty() && *part != ".")
                .collect::<Vec<_>>()
                .join("/");
            let path = format!(
                "files/{}/{}/{target}",
                workload.name.value, container.name.value
            );
            let mode = file.mode.map(crate::model::Mode::bits);
            let (content, origin) = (Some(content), Some(file.target.span));
            artifacts.push(Artifact {
                path: format!("{}/{path}", options.mounts),
                content,
                mode,
                origin,
                reason: None,
            });
            let source = format!("{}/{path}", options.mounts_in_output);
            mounts.push(mount("bind", literal(&source), &file.target.value, true));
        }
    }
    for volume in &container.volumes {
        mounts.extend(volume_mount(volume, report));
    }
    mounts
}

fn mount(kind: &str, source: Value, target: &str, read_only: bool) -> Value {
    let mut map = Map::from_iter([
        ("type".to_owned(), Value::from(kind)),
        ("source".to_owned(), source),
        ("target".to_owned(), literal(target)),
    ]);
    if read_only {
        map.insert("read_only".to_owned(), Value::Bool(true));
    }
    Value::Map(map)
}

fn content(file: &File, report: &mut Report) -> Result<Vec<u8>, Reported> {
    let text = match &file.content {
        Content::Bytes(bytes) => return Ok(bytes.clone()),
        Content::Text(text) => text,
    };
    let mut bytes = Vec::new();
    for segment in &text.segments {
        match segment {
            Segment::Plain(plain) => bytes.extend_from_slice(plain.as_bytes()),
            _ => {
                let message = format!(
                    "the file `{}` needs a value that is known only at run time",
                    file.target.value
                );
                let help = "use the value in a container's variable instead";
                return Err(report.error(
                    Problem::new(&SECRET_NOT_ALLOWED, message)
                        .at(text.span)
                        .help(help),
                ));
            }
        }
    }
    Ok(bytes)
}

/// The message and the help about mounting a resource without a `source`.
fn no_source(uid: &Uid) -> (String, &'static str) {
    let message = format!("`{uid}` has no output `source`, so it cannot be mounted");
    let help = "use a resource of type `volume`, or add the output `source` to its provisioner";
    (message, help)
}

/// The problem of mounting a resource with outputs of these names; `None` when there is none. A
/// resource with a `type` may be a tmpfs, which needs no source.
pub(super) fn mount_problem(uid: &Uid, outputs: &[&str]) -> Option<Problem> {
    let has = |name: &str| outputs.contains(&name);
    (!has("source") && !has("type")).then(|| {
        let (message, help) = no_source(uid);
        Problem::new(&NOT_A_VOLUME, message).help(help)
    })
}

/// The mount of a volume, from the outputs `type` and `source` of its resource (Compose
/// specification, services.volumes long syntax).
fn volume_mount(volume: &Volume, report: &mut Report) -> Option<Value> {
    let output = |key: &str| volume.outputs.get(key).and_then(Value::as_str);
    let kind = output("type").unwrap_or("volume");
    let source = output("source");
    let uid = &volume.uid;
    let (message, help) = match (kind, source) {
        ("volume" | "bind", None) => no_source(uid),
        ("volume" | "bind", Some(source)) => return Some(named_mount(kind, source, volume)),
        ("tmpfs", _) if volume.path.is_some() => {
            let message = format!("`{uid}` is a tmpfs, which does not support `path`");
            (message, "remove `path`")
        }
        ("tmpfs", _) => return Some(tmpfs_mount(volume)),
        (other, _) => {
            let message =
                format!("`{uid}` has the volume type `{other}`, which Compose does not support");
            (
                message,
                "make its provisioner return `volume`, `bind` or `tmpfs`",
            )
        }
    };
    report.push(volume.problem(message).help(help));
    None
}

fn named_mount(kind: &str, source: &str, volume: &Volume) -> Value {
    let path = volume.path.as_ref().map(|path| path.value.as_str());
    let source = match (kind, path) {
        ("bind", Some(path)) => Value::from(format!(
            "{}/{}",
            source.trim_end_matches('/'),
            path.replace('$', "$$")
        )),
        _ => Value::from(source),
    };
    let mut mount = mount(kind, source, &volume.target.value, volume.read_only);
    let options = mount_options(kind, path, volume);
    if let Some(map) = mount.as_map_mut().filter(|_| !options.is_empty()) {
        map.insert(kind.to_owned(), Value::Map(options));
    }
    mount
}

/// The options for this type of volume: those of the resource, and the path within the volume.
fn mount_options(kind: &str, path: Option<&str>, volume: &Volume) -> Map {
    let mut options = volume
        .outputs
        .get(kind)
        .and_then(Value::as_map)
        .cloned()
        .unwrap_or_default();
    if let Some(path) = path.filter(|_| kind == "volume") {
        let path = path.replace('$', "$$");
        let subpath = match options.get("subpath").and_then(Value::as_str) {
            Some(parent) => format!("{}/{path}", parent.trim_end_matches('/')),
            None => path,
        };
        options.insert("subpath".to_owned(), Value::from(subpath));
    }
    options
}

fn tmpfs_mount(volume: &Volume) -> Value {
    let mut map = Map::from_iter([
        ("type".to_owned(), Value::from("tmpfs")),
        ("target".to_owned(), literal(&volume.target.value)),
    ]);
    if volume.read_only {
        map.insert("read_only".to_owned(), Value::Bool(true));
    }
    if let Some(options) = volume.outputs.get("tmpfs") {
        map.insert("tmpfs".to_owned(), options.clone());
    }
    Value::Map(map)
}
