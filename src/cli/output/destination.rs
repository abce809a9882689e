//! Where an output goes: standard output, a file, or a directory with a file for each object.

use std::ffi::OsStr;
use std::path::{Component, Path, PathBuf};

use crate::project::environment::output_path::without_workload;
use crate::system::error::CliError;
use crate::system::os;
use crate::system::text_file::unreadable;
use compiler::emit::Syntax;
use compiler::support::document::OutputFile;
use compiler::support::host::{Host, HostError, is_really_inside};
use compiler::targets::target::Target;
use diagnostics::report::Report;
use diagnostics::source::Sources;
use yaml::{self, Kind, Node};

/// Where an output goes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Destination {
    Stdout,
    /// A name in an OCI registry.
    Registry(String),
    File(PathBuf),
    Directory {
        path: PathBuf,
        /// Whether the files of a workload are in a directory of their own.
        by_workload: bool,
    },
}

impl Destination {
    /// The destination with this path: `-`, a directory that exists or whose name ends in `/` or
    /// `{workload}`, or a file. Without a path it is the default of the target.
    pub(crate) fn new(path: Option<&Path>, target: &dyn Target, syntax: Syntax) -> Destination {
        let Some(path) = path else {
            let default = PathBuf::from(target.info().default_output);
            return Destination::File(match syntax {
                Syntax::Json => default.with_extension("json"),
                _ => default,
            });
        };
        if path.as_os_str() == "-" {
            return Destination::Stdout;
        }
        if let Some(path) = without_workload(path) {
            return Destination::Directory {
                path,
                by_workload: true,
            };
        }
        let has_slash = path.as_os_str().as_encoded_bytes().ends_with(b"/");
        match has_slash || os::is_directory(path) {
            true => Destination::Directory {
                path: path.to_path_buf(),
                by_workload: false,
            },
            false => Destination::File(path.to_path_buf()),
        }
    }

    /// Whether the files of a workload are in a directory of their own.
    pub(crate) fn is_by_workload(&self) -> bool {
        matches!(
            self,
            Destination::Directory {
                by_workload: true,
                ..
            }
        )
    }

    /// The path as the user wrote it, without `{workload}`.
    pub(crate) fn path(&self) -> &Path {
        match self {
            Destination::Stdout => Path::new("-"),
            Destination::Registry(url) => Path::new(url),
            Destination::File(path) | Destination::Directory { path, .. } => path,
        }
    }

    /// The directory of the output, which also holds the files that it mounts; the current one for
    /// an output that is no file.
    pub(crate) fn directory(&self) -> &Path {
        match self {
            Destination::Stdout | Destination::Registry(_) => Path::new(""),
            Destination::File(path) => path.parent().unwrap_or(Path::new("")),
            Destination::Directory { path, .. } => path,
        }
    }

    /// The path from there to the current directory, by which the output names files of the
    /// project. Compose takes a path as it is written, whatever is a link on the way.
    pub(crate) fn path_to_current_directory(&self) -> Result<PathBuf, CliError> {
        let directory = self.directory();
        if directory
            .components()
            .all(|part| matches!(part, Component::Normal(_) | Component::CurDir))
        {
            return Ok(relative_path(directory, Path::new("")));
        }
        let current = os::current_directory().map_err(|error| {
            CliError::Io(format!(
                "cannot determine the current directory: {}",
                os::reason(&error)
            ))
        })?;
        Ok(relative_path(&current.join(directory), &current))
    }
}

/// The path from one directory to another; both are relative to the same one.
fn relative_path(from: &Path, to: &Path) -> PathBuf {
    let (from, to) = (normal_components(from), normal_components(to));
    let common = from
        .iter()
        .zip(&to)
        .take_while(|(one, other)| one == other)
        .count();
    let up = from.iter().skip(common).map(|_| OsStr::new(".."));
    up.chain(to.iter().skip(common).copied()).collect()
}

/// The names of a path, without `.` and `..`.
fn normal_components(path: &Path) -> Vec<&OsStr> {
    let mut names = Vec::new();
    for part in path.components() {
        match part {
            Component::Normal(name) => names.push(name),
            Component::ParentDir => drop(names.pop()),
            Component::CurDir | Component::RootDir | Component::Prefix(_) => {}
        }
    }
    names
}

/// The other names of a `kustomization.yaml`; Kustomize rejects a directory that has two of them.
const OTHER_INDEX_NAMES: [&str; 2] = ["kustomization.yml", "Kustomization"];

/// The files of an earlier run that the output no longer has: those that its index names. An index
/// that score-rs has not generated is an error, since it must not be replaced.
pub(crate) fn stale_files(
    host: &dyn Host,
    target: &dyn Target,
    directory: &Path,
    index: &OutputFile,
    files: &[OutputFile],
) -> Result<Vec<PathBuf>, CliError> {
    for other in OTHER_INDEX_NAMES.map(|name| directory.join(name)) {
        if os::exists(&other) {
            return Err(foreign_index(&other));
        }
    }
    let path = directory.join(&index.name);
    let text = match host.read(&path) {
        Ok(bytes) => String::from_utf8_lossy(&bytes).into_owned(),
        Err(HostError::NotFound) => return Ok(Vec::new()),
        Err(error) => return Err(unreadable(&path, &error)),
    };
    if !target.is_generated_index(&text) {
        return Err(foreign_index(&path));
    }
    let is_stale = |name: &String| {
        is_listed_file(name, directory, host) && files.iter().all(|file| file.name != *name)
    };
    let names = indexed_files(&text).into_iter().filter(is_stale);
    Ok(names.map(|name| directory.join(name)).collect())
}

fn foreign_index(path: &Path) -> CliError {
    let help = "name another directory, and list it in your own `kustomization.yaml`";
    CliError::Usage(format!(
        "`{}` was not generated by score-rs, or was edited: {help}",
        path.display()
    ))
}

fn indexed_files(text: &str) -> Vec<String> {
    let mut sources = Sources::default();
    let source = sources.add("the list", text);
    let documents = yaml::parse(&sources, source, &mut Report::default());
    let resources = documents
        .first()
        .and_then(|document| document.get("resources"));
    match resources.map(|resources| &resources.kind) {
        Some(Kind::List(items)) => items
            .iter()
            .filter_map(Node::as_str)
            .map(str::to_owned)
            .collect(),
        _ => Vec::new(),
    }
}

/// Whether a name is that of a file in the directory itself, or in the one of a workload: nothing
/// else is removed, whatever the index says.
fn is_listed_file(name: &str, directory: &Path, host: &dyn Host) -> bool {
    let is_name = |part: &str| Path::new(part).file_name().is_some_and(|file| file == part);
    let parts: Vec<&str> = name.split('/').collect();
    parts.len() <= 2
        && parts.into_iter().all(is_name)
        && match Path::new(name).parent() {
            Some(parent) => is_really_inside(&directory.join(parent), directory, host),
            None => false,
        }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_relative_path_leads_from_one_directory_to_another() {
        let rows = [
            ("", "", ""),
            ("deploy/local", "", "../.."),
            ("./deploy", "", ".."),
            ("/home/me/shop/../other", "/home/me/shop", "../shop"),
            ("/tmp/out", "/home/me", "../../home/me"),
            ("/", "/home", "home"),
        ];
        for (from, to, expected) in rows {
            assert_eq!(
                relative_path(Path::new(from), Path::new(to)),
                Path::new(expected),
                "{from} to {to}"
            );
        }
    }
}
