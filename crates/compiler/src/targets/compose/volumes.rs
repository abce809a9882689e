//! Files and volumes as mounts.

use super::interpolation::literal;
use crate::model::Uid;
use crate::placeholder::resolve::Piece;
use crate::plan::{Container, Content, File, Volume, Workload};
use crate::rules::NOT_A_VOLUME;
use crate::rules::SECRET_NOT_ALLOWED;
use crate::support::document::Artifact;
use crate::targets::target::Options;
use diagnostics::report::{Problem, Report, Reported};
use diagnostics::value::{Map, Value};

/// The permission bits of a file for which none are given.
const DEFAULT_MODE: u32 = 0o644;

/// The mounts of a container, and the files to write for them.
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
            // The path in the container is the path below the mounts directory, so two files never
            // meet.
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
            let mode = file.mode.map_or(DEFAULT_MODE, crate::model::Mode::bits);
            let (content, origin) = (Some(content), Some(file.target.span));
            artifacts.push(Artifact {
                path: format!("{}/{path}", options.mounts),
                content,
                mode,
                origin,
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
    for piece in &text.pieces {
        match piece {
            Piece::Plain(plain) => bytes.extend_from_slice(plain.as_bytes()),
            Piece::Secret { .. } | Piece::ConfigMap { .. } | Piece::Deferred(_) => {
                let message = format!(
                    "the file `{}` would need a value that is known only at run time",
                    file.target.value
                );
                let help = "use it in a container's variable instead";
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

/// The problem of a resource that does not say what to mount.
fn no_source(uid: &Uid) -> Problem {
    let message = format!("`{uid}` gives no `source`, so it cannot be mounted");
    let help = "name a resource of type `volume`, or add the output `source` to its provisioner";
    Problem::new(&NOT_A_VOLUME, message).help(help)
}

/// What is wrong with the mount of a resource that gives outputs of these names. By its type it may
/// be a tmpfs.
pub(super) fn fault(uid: &Uid, outputs: &[String]) -> Option<Problem> {
    let gives = |name: &str| outputs.iter().any(|own| own == name);
    (!gives("source") && !gives("type")).then(|| no_source(uid))
}

/// A volume by the outputs of its resource: `type` and `source` (Compose specification,
/// services.volumes long syntax).
fn volume_mount(volume: &Volume, report: &mut Report) -> Option<Value> {
    let output = |key: &str| volume.outputs.get(key).and_then(Value::as_str);
    let kind = output("type").unwrap_or("volume");
    let source = output("source");
    let fault = |message: String, help: &str, report: &mut Report| {
        report.push(
            Problem::new(&NOT_A_VOLUME, message)
                .at(volume.span)
                .help(help),
        );
        None
    };
    match (kind, source) {
        ("volume" | "bind", None) => {
            report.push(no_source(&volume.uid).at(volume.span));
            None
        }
        ("volume" | "bind", Some(source)) => Some(named_mount(kind, source, volume)),
        ("tmpfs", _) if volume.path.is_some() => {
            let message = format!("`{}` is a tmpfs, which has no paths inside it", volume.uid);
            fault(message, "remove `path`", report)
        }
        ("tmpfs", _) => Some(tmpfs_mount(volume)),
        (other, _) => {
            let message = format!(
                "`{}` gives the volume type `{other}`, which Compose does not have",
                volume.uid
            );
            fault(
                message,
                "let its provisioner give `volume`, `bind` or `tmpfs`",
                report,
            )
        }
    }
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

/// The options that the resource gives for its kind of volume; a path within a volume is one of
/// them.
fn mount_options(kind: &str, path: Option<&str>, volume: &Volume) -> Map {
    let mut options = volume
        .outputs
        .get(kind)
        .and_then(Value::as_map)
        .cloned()
        .unwrap_or_default();
    if let Some(path) = path.filter(|_| kind == "volume") {
        let path = path.replace('$', "$$");
        let whole = match options.get("subpath").and_then(Value::as_str) {
            Some(outer) => format!("{}/{path}", outer.trim_end_matches('/')),
            None => path,
        };
        options.insert("subpath".to_owned(), Value::from(whole));
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
