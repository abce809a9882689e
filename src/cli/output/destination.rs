//! Where an output goes: standard output, a file, or a directory with a file for each object.

use std::ffi::OsStr;
use std::path::{Component, Path, PathBuf};

use crate::system::error::CliError;
use crate::system::os;
use crate::system::text_file::unreadable;
use compiler::emit::Syntax;
use compiler::support::document::OutputFile;
use compiler::support::host::{Host, HostError};
use compiler::targets::target::Target;
use diagnostics::report::Report;
use diagnostics::source::Sources;
use yaml::{self, Kind, Node};

/// Where an output goes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Place {
    StandardOutput,
    File(PathBuf),
    Directory(PathBuf),
}

impl Place {
    /// What the flag names: `-`, a directory that is there or whose name ends in `/`, or a file.
    /// Without the flag the target knows.
    pub(crate) fn of(named: Option<&Path>, target: &dyn Target, syntax: Syntax) -> Place {
        let Some(path) = named else {
            let usual = PathBuf::from(target.info().default_output);
            return Place::File(if syntax == Syntax::Json {
                usual.with_extension("json")
            } else {
                usual
            });
        };
        if path.as_os_str() == "-" {
            return Place::StandardOutput;
        }
        let named_as_directory = path.as_os_str().as_encoded_bytes().ends_with(b"/");
        match named_as_directory || os::is_directory(path) {
            true => Place::Directory(path.to_path_buf()),
            false => Place::File(path.to_path_buf()),
        }
    }

    /// As the person named it.
    pub(crate) fn path(&self) -> &Path {
        match self {
            Place::StandardOutput => Path::new("-"),
            Place::File(path) | Place::Directory(path) => path,
        }
    }

    /// The directory of what is written, where the files that it mounts are kept; the current one
    /// for standard output.
    pub(crate) fn directory(&self) -> &Path {
        match self {
            Place::StandardOutput => Path::new(""),
            Place::File(path) => path.parent().unwrap_or(Path::new("")),
            Place::Directory(path) => path,
        }
    }
}

impl Place {
    /// The way from there to the current directory, by which the output names what lies there.
    /// Compose takes a path as it is written, whatever is a link on the way.
    pub(crate) fn way_back(&self) -> Result<PathBuf, CliError> {
        let directory = self.directory();
        if directory
            .components()
            .all(|part| matches!(part, Component::Normal(_) | Component::CurDir))
        {
            return Ok(way(directory, Path::new("")));
        }
        let current = os::current_directory().map_err(|why| {
            CliError::Io(format!("cannot find where this is: {}", os::reason(&why)))
        })?;
        Ok(way(&current.join(directory), &current))
    }
}

/// The way from one directory to another; both are given from the same one.
fn way(from: &Path, to: &Path) -> PathBuf {
    let (from, to) = (names(from), names(to));
    let common = from
        .iter()
        .zip(&to)
        .take_while(|(one, other)| one == other)
        .count();
    let up = from.iter().skip(common).map(|_| OsStr::new(".."));
    up.chain(to.iter().skip(common).copied()).collect()
}

/// The directories on the way to a path, without detours.
fn names(path: &Path) -> Vec<&OsStr> {
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

/// Other names of the file that lists what Kustomize shall use; it takes no directory that has two
/// of them.
const OTHER_LISTS: [&str; 2] = ["kustomization.yml", "Kustomization"];

/// The files of an earlier run that a directory holds no more. They are those that its list names;
/// a list that somebody else wrote is not ours to replace.
pub(crate) fn outdated(
    host: &dyn Host,
    target: &dyn Target,
    directory: &Path,
    index: &OutputFile,
    files: &[OutputFile],
) -> Result<Vec<PathBuf>, CliError> {
    for other in OTHER_LISTS.map(|name| directory.join(name)) {
        if os::exists(&other) {
            return Err(not_ours(&other));
        }
    }
    let path = directory.join(&index.name);
    let text = match host.read(&path) {
        Ok(bytes) => String::from_utf8_lossy(&bytes).into_owned(),
        Err(HostError::NotFound) => return Ok(Vec::new()),
        Err(refusal) => return Err(unreadable(&path, &refusal)),
    };
    if !target.is_generated_index(&text) {
        return Err(not_ours(&path));
    }
    let names = listed(&text).into_iter().filter(|name| is_bare(name));
    let gone = names.filter(|name| files.iter().all(|file| file.name != *name));
    Ok(gone.map(|name| directory.join(name)).collect())
}

fn not_ours(path: &Path) -> CliError {
    let help = "name another directory, and list it in your own `kustomization.yaml`";
    CliError::Usage(format!(
        "`{}` is not as score-rs made it: {help}",
        path.display()
    ))
}

fn listed(text: &str) -> Vec<String> {
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

/// Whether a name is that of a file in the directory itself: nothing else is removed, whatever the
/// list says.
fn is_bare(name: &str) -> bool {
    Path::new(name).file_name().is_some_and(|own| own == name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_way_between_directories() {
        let rows = [
            ("", "", ""),
            ("deploy/local", "", "../.."),
            ("./deploy", "", ".."),
            ("/home/me/shop/../other", "/home/me/shop", "../shop"),
            ("/tmp/out", "/home/me", "../../home/me"),
            ("/", "/home", "home"),
        ];
        for (from, to, wanted) in rows {
            assert_eq!(
                way(Path::new(from), Path::new(to)),
                Path::new(wanted),
                "{from} to {to}"
            );
        }
    }
}
