//! Which files beside the output a service mounts. They are found in the text of the output, since
//! workloads, definitions and patch templates all mount them.

use std::collections::BTreeMap;
use std::ops::Bound;

use crate::support::document::Artifact;
use crate::targets::target::Options;
use diagnostics::value::{Map, Value};

/// The files and directories beside the output, by their paths as the output names them.
pub(super) struct Files<'a>(BTreeMap<String, &'a Artifact>);

impl<'a> Files<'a> {
    pub(super) fn new(artifacts: &'a [Artifact], options: &Options) -> Files<'a> {
        let named = |artifact: &'a Artifact| {
            let path = artifact.path.strip_prefix(&options.mounts)?;
            Some((format!("{}{path}", options.mounts_in_output), artifact))
        };
        Files(artifacts.iter().filter_map(named).collect())
    }

    /// What is at a path, or in it.
    pub(super) fn at<'p>(
        &'p self,
        path: &'p str,
    ) -> impl Iterator<Item = (&'p str, &'a Artifact)> + 'p {
        let from_here = (Bound::Included(path), Bound::Unbounded);
        let with_prefix = self.0.range::<str, _>(from_here);
        with_prefix
            .take_while(move |(other, _)| other.starts_with(path))
            .filter(move |(other, _)| is_at(other, path))
            .map(|(other, artifact)| (other.as_str(), *artifact))
    }
}

/// Whether a path is another one, or lies in it.
pub(super) fn is_at(path: &str, other: &str) -> bool {
    path.strip_prefix(other)
        .is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}

/// A mount of a service.
pub(super) struct Mount {
    /// The path as the output names it; the name of a volume.
    pub(super) source: String,
    pub(super) target: String,
    pub(super) is_read_only: bool,
    /// Whether it has settings besides, such as those in `bind`.
    pub(super) has_options: bool,
}

impl Mount {
    /// The mount in a mapping, or in the short form `SOURCE:TARGET[:OPTIONS]`.
    pub(super) fn read(mount: &Value) -> Option<Mount> {
        match mount {
            Value::String(short) => {
                let mut parts = short.split(':');
                let (first, second) = (parts.next()?, parts.next());
                let mut options = parts.flat_map(|options| options.split(','));
                let (source, target) = second.map_or(("", first), |target| (first, target));
                Some(Mount {
                    source: path(source),
                    target: path(target),
                    is_read_only: options.clone().any(|option| option == "ro"),
                    has_options: options.any(|option| !["ro", "rw"].contains(&option)),
                })
            }
            mount => {
                let mount = mount.as_map()?;
                let text = |key: &str| path(mount.get(key).and_then(Value::as_str).unwrap_or(""));
                let usual = ["type", "source", "target", "read_only"];
                Some(Mount {
                    source: text("source"),
                    target: text("target"),
                    is_read_only: mount.get("read_only") == Some(&Value::Bool(true)),
                    has_options: mount.keys().any(|key| !usual.contains(&key)),
                })
            }
        }
    }
}

fn path(text: &str) -> String {
    text.trim_end_matches('/').replace("$$", "$")
}

/// The mounts of a service, in order; `None` for what is no mount.
pub(super) fn mounts(service: &Map) -> Vec<Option<Mount>> {
    let volumes = service.get("volumes").and_then(Value::as_list);
    volumes.into_iter().flatten().map(Mount::read).collect()
}
