//! Finds the environments of a project, declared and built-in ones.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::rc::Rc;

use super::base::Base;
use super::decode::{check_links, decode};
use super::default::default_environment;
use super::extends::{Directories, ExtendsLink, UNKNOWN_ENVIRONMENT, follow_extends};
use super::file::{EnvironmentFile, ListEntry, unread};
use super::{ENVIRONMENTS, Environment, FILE, TARGETS, built_in};
use crate::project::remote::{
    INVALID_REMOTE_SOURCE, Located, NOT_LOCKED, RemoteDirectory, RemoteRef, Remotes,
};
use crate::system::error::CliError;
use crate::system::os;
use crate::system::text_file::{add_file, add_remote, unreadable};
use compiler::support::host::Host;
use compiler::support::path::normal;
use diagnostics::report::{Problem, Report, Reported};
use diagnostics::source::{Sources, Span};
use diagnostics::suggestions::{closest_match, list_names, suggestion};

rules! {
    /// A directory in `environments/` has no `environment.yaml`, but a file with almost that name.
    pub MISNAMED_ENVIRONMENT: "misnamed-environment", Warning;
}

/// Reads environments, each file once.
pub struct Registry<'a> {
    host: &'a dyn Host,
    /// The number of the preview.
    preview: Option<&'a str>,
    /// The file of each directory that was read; `None` when it has no environment.
    loaded: BTreeMap<Base, Option<Rc<EnvironmentFile>>>,
    /// What environments extend may be remote.
    remotes: &'a Remotes,
    /// The files of remote directories that were found.
    trees: BTreeMap<String, RemoteDirectory>,
}

/// How an environment is named.
pub struct EnvironmentName<'a> {
    /// A name or a path.
    pub name: &'a str,
    /// Where the name is from, for messages; empty for a flag.
    pub origin: &'static str,
}

impl<'a> Registry<'a> {
    /// Reads nothing.
    pub(crate) fn new(host: &'a dyn Host, remotes: &'a Remotes) -> Registry<'a> {
        Registry {
            host,
            preview: None,
            loaded: BTreeMap::new(),
            remotes,
            trees: BTreeMap::new(),
        }
    }

    /// Reads environments for the preview with this number.
    pub fn for_preview(self, number: Option<&'a str>) -> Registry<'a> {
        Registry {
            preview: number,
            ..self
        }
    }

    /// An environment of previews as it is for another one, without what is wrong with it.
    pub fn preview_of(
        &mut self,
        environment: &Environment,
        sources: &mut Sources,
    ) -> Result<Option<Environment>, CliError> {
        let report = &mut Report::default();
        let Some(file) = environment.file() else {
            return Ok(None);
        };
        match self.load(&file.base, sources, report)? {
            Some(file) => self.merge(file, sources, report).map(Some),
            None => Ok(None),
        }
    }

    /// The environment with this name, or the default environment. An error when anything is wrong
    /// with it, which is reported.
    pub fn find(
        &mut self,
        name: Option<&EnvironmentName<'_>>,
        sources: &mut Sources,
        report: &mut Report,
    ) -> Result<Environment, CliError> {
        let environment = self.find_lenient(name, sources, report)?;
        environment.require_complete()?;
        Ok(environment)
    }

    /// As [`Registry::find`], but also returns an incomplete environment.
    pub fn find_lenient(
        &mut self,
        name: Option<&EnvironmentName<'_>>,
        sources: &mut Sources,
        report: &mut Report,
    ) -> Result<Environment, CliError> {
        let Some(name) = name else {
            return self.find_default(sources, report);
        };
        let directory = directory_of(name.name);
        if let Some(file) = self.load_directory(&directory, sources, report)? {
            return self.merge(file, sources, report);
        }
        match built_in(name.name) {
            Some(target) => check_project().map(|()| Environment::built_in(target)),
            None => Err(unknown(name, &directory)),
        }
    }

    fn find_default(
        &mut self,
        sources: &mut Sources,
        report: &mut Report,
    ) -> Result<Environment, CliError> {
        let files = self.read_all(sources, report)?;
        if files.is_empty() {
            check_project()?;
        }
        let mut default_report = Report::default();
        let default = default_environment(&files, &mut default_report);
        let reported = files
            .iter()
            .find_map(|file| file.incomplete.error())
            .or(default_report.result().err());
        report.merge(default_report);
        let is_certain = |file: &EnvironmentFile| {
            reported.is_none()
                || files.len() == 1
                || file.default.as_ref().is_some_and(|flag| flag.value)
        };
        let mut environment = match (default, reported) {
            (Ok(Some(file)), _) if is_certain(&file) => self.merge(file, sources, report)?,
            (Ok(_), None) => Environment::built_in(TARGETS[0]),
            // The part that could not be read may say which one is the default.
            (Err(reported), _) | (Ok(_), Some(reported)) => Environment::unknown(reported),
        };
        // An error in another environment counts too: that one may be the default.
        if let Some(error) = reported {
            environment.incomplete.fail(error);
        }
        Ok(environment)
    }

    /// All declared environments, by name. An error when anything is wrong with one of them.
    pub fn all(
        &mut self,
        sources: &mut Sources,
        report: &mut Report,
    ) -> Result<Vec<Environment>, CliError> {
        let (environments, result) = self.all_lenient(sources, report)?;
        result?;
        Ok(environments)
    }

    /// As [`Registry::all`], but also returns incomplete environments.
    pub fn all_lenient(
        &mut self,
        sources: &mut Sources,
        report: &mut Report,
    ) -> Result<(Vec<Environment>, Result<(), Reported>), CliError> {
        let mut local_report = Report::default();
        let files = self.read_all(sources, &mut local_report)?;
        // Only for its errors, which are in the report.
        let _ = default_environment(&files, &mut local_report);
        let mut environments = Vec::with_capacity(files.len());
        for file in files {
            match self.merge(file, sources, &mut local_report) {
                Ok(environment) => environments.push(environment),
                Err(error) => {
                    report.merge(local_report);
                    return Err(error);
                }
            }
        }
        let result = local_report.result();
        report.merge(local_report);
        Ok((environments, result))
    }

    /// The files of all environments in `environments/`, by name.
    fn read_all(
        &mut self,
        sources: &mut Sources,
        report: &mut Report,
    ) -> Result<Vec<Rc<EnvironmentFile>>, CliError> {
        let mut files = Vec::new();
        for name in os::subdirectories(Path::new(ENVIRONMENTS)).map_err(CliError::Io)? {
            let directory = Path::new(ENVIRONMENTS).join(&name);
            if let Some(path) = misnamed(&directory) {
                warn_of_name(&path, &name, sources, report);
            }
            files.extend(self.load_directory(&directory, sources, report)?);
        }
        Ok(files)
    }

    fn load_directory(
        &mut self,
        directory: &Path,
        sources: &mut Sources,
        report: &mut Report,
    ) -> Result<Option<Rc<EnvironmentFile>>, CliError> {
        self.load(&Base::Directory(normal(directory)), sources, report)
    }

    fn load(
        &mut self,
        base: &Base,
        sources: &mut Sources,
        report: &mut Report,
    ) -> Result<Option<Rc<EnvironmentFile>>, CliError> {
        if let Some(loaded) = self.loaded.get(base) {
            return Ok(loaded.clone());
        }
        let bytes = match base {
            Base::Directory(directory) => read(self.host, directory)?,
            Base::Remote(path) => self.trees.get(&path.url()).and_then(|directory| {
                let file = directory.tree.file(path.join(FILE).path());
                file.map(<[u8]>::to_vec)
            }),
        };
        let file = bytes.map(|bytes| {
            let text = EnvironmentText { base, bytes };
            let mut file = text.decode(self.host, self.preview, sources, report);
            if let Base::Remote(path) = base {
                let tree = self.trees.get(&path.url());
                let is_new = tree.is_some_and(|directory| directory.is_new);
                let checked = report.collect(|report| check_programs(&file, is_new, report));
                checked.unwrap_or_else(|error| file.incomplete.fail(error));
            }
            Rc::new(file)
        });
        self.loaded.insert(base.clone(), file.clone());
        Ok(file)
    }

    /// The directory to read for one that is extended.
    fn find_base(
        &mut self,
        base: Base,
        span: Span,
        sources: &mut Sources,
        report: &mut Report,
    ) -> Result<Base, CliError> {
        let Base::Remote(path) = &base else {
            return Ok(base);
        };
        let url = path.url();
        if let Some(local) = self.remotes.replacement(path, self.host, sources, report)? {
            return Ok(Base::Directory(normal(&local)));
        }
        let remote = RemoteRef {
            text: &url,
            span,
            suffix: FILE,
        };
        match self.remotes.directory(remote, self.host, sources, report)? {
            Located::Directory(directory) => {
                self.trees.insert(url, directory);
                Ok(base)
            }
            Located::File(_) => {
                let message = format!("`{url}` is a file, not the directory of an environment");
                let problem = Problem::new(&UNKNOWN_ENVIRONMENT, message).at(span);
                let help = match path.path().strip_suffix(FILE) {
                    Some(_) => format!("write `{}`", path.join("..").url()),
                    None => format!("name a directory with an `{FILE}`"),
                };
                Err(report.error(problem.help(help)).into())
            }
        }
    }

    fn merge(
        &mut self,
        file: Rc<EnvironmentFile>,
        sources: &mut Sources,
        report: &mut Report,
    ) -> Result<Environment, CliError> {
        let mut directories = RegistryDirectories {
            registry: self,
            sources,
        };
        let chain = follow_extends(file, &mut directories, report)?;
        Ok(Environment::merge(chain, report))
    }
}

/// The registry for [`follow_extends`].
struct RegistryDirectories<'a, 'b> {
    registry: &'a mut Registry<'b>,
    sources: &'a mut Sources,
}

impl Directories for RegistryDirectories<'_, '_> {
    type Failure = CliError;

    fn find(
        &mut self,
        base: Base,
        span: Span,
        report: &mut Report,
    ) -> Result<Result<Base, Reported>, CliError> {
        let (registry, sources) = (&mut self.registry, &mut self.sources);
        let (found, reported) =
            report.observe(|report| registry.find_base(base, span, sources, report));
        match (found, reported) {
            (Ok(base), _) => Ok(Ok(base)),
            (Err(CliError::Reported), Err(reported)) => Ok(Err(reported)),
            // It was reported where another environment extends it.
            (Err(CliError::Reported), Ok(())) => {
                let reported = self.registry.remotes.failure();
                reported.map(Err).ok_or(CliError::Reported)
            }
            (Err(error), _) => Err(error),
        }
    }

    fn load(
        &mut self,
        base: &Base,
        report: &mut Report,
    ) -> Result<Option<Rc<EnvironmentFile>>, CliError> {
        self.registry.load(base, self.sources, report)
    }

    fn names(&self, link: &ExtendsLink) -> Vec<String> {
        match (&link.base, link.from()) {
            (Base::Remote(path), from) => {
                let tree = self.registry.trees.get(&path.url());
                let directories = tree.map(|found| found.tree.directories_with(FILE));
                let directories = directories.into_iter().flatten();
                let names = directories.map(|directory| match from {
                    Base::Remote(_) if !link.is_url() => directory.to_owned(),
                    _ => path.at(directory).url(),
                });
                names.collect()
            }
            (_, Base::Directory(directory)) => names_in(&normal(&directory.join(".."))),
            _ => Vec::new(),
        }
    }
}

/// Whether there may be an environment with a name or path, declared or built in.
pub(crate) fn may_exist(name: &str) -> bool {
    built_in(name).is_some() || os::may_exist(&directory_of(name).join(FILE))
}

/// The names of the environments in a directory, sorted.
fn names_in(directory: &Path) -> Vec<String> {
    let mut names = os::directory_names(directory);
    names.retain(|name| os::exists(&directory.join(name).join(FILE)));
    names
}

/// Rejects a directory of a project that has its environments further up: names and passwords here
/// would be those of another project.
fn check_project() -> Result<(), CliError> {
    let environments = Path::new(ENVIRONMENTS);
    if os::exists(environments) {
        return Ok(());
    }
    let has_some = |directory: &&PathBuf| !names_in(&directory.join(environments)).is_empty();
    match os::ancestors_in_repository().iter().find(has_some) {
        Some(project) => {
            let project = project.display();
            Err(CliError::Usage(format!(
                "this directory has no `{ENVIRONMENTS}`, but `{project}` has: run in that \
                 directory, for example with `-C {project}`"
            )))
        }
        None => Ok(()),
    }
}

/// A file with nearly the right name in a directory without an `environment.yaml`.
fn misnamed(directory: &Path) -> Option<PathBuf> {
    if os::exists(&directory.join(FILE)) {
        return None;
    }
    let mut names = os::entry_names(directory);
    names.retain(|name| {
        [".yaml", ".yml"]
            .iter()
            .any(|extension| name.to_lowercase().ends_with(extension))
    });
    names.sort();
    closest_match(FILE, names.iter().map(String::as_str)).map(|name| directory.join(name))
}

/// Warns that a file is not read. A directory without such a file may be for something else.
fn warn_of_name(path: &Path, name: &str, sources: &mut Sources, report: &mut Report) {
    let path = path.display();
    let problem = Problem::new(
        &MISNAMED_ENVIRONMENT,
        format!("`{path}` is ignored, so there is no environment `{name}`"),
    );
    let start = Span::new(sources.add_file(path.to_string(), ""), 0, 0);
    report.push(problem.at(start).help(format!("rename it to `{FILE}`")));
}

fn is_path(name: &str) -> bool {
    name.contains('/') || name == "." || name == ".."
}

/// The directory of a name or a path, which may also be that of the file.
fn directory_of(name: &str) -> PathBuf {
    match is_path(name) {
        true => normal(Path::new(
            name.strip_suffix(FILE)
                .filter(|rest| rest.ends_with('/'))
                .unwrap_or(name),
        )),
        false => Path::new(ENVIRONMENTS).join(name),
    }
}

/// Reads the environment of a directory; `None` when it has none.
fn read(host: &dyn Host, directory: &Path) -> Result<Option<Vec<u8>>, CliError> {
    let path = directory.join(FILE);
    match host.read(&path) {
        Ok(bytes) => Ok(Some(bytes)),
        // Also when the directory is a file. A link to nothing exists.
        Err(_) if !os::may_exist(&path) => Ok(None),
        Err(error) => Err(unreadable(&path, &error)),
    }
}

/// Reports the programs of a remote environment that cannot run: paths, which are on this machine,
/// and those that nobody has locked after a look at them.
fn check_programs(file: &EnvironmentFile, is_new: bool, report: &mut Report) {
    let programs = file.policies.iter().filter_map(|policy| match policy {
        ListEntry::Inline(program, node) => Some((program, node)),
        ListEntry::Source(_) => None,
    });
    for (program, node) in programs {
        let problem = if program.is_path() {
            let message = "a program of a remote environment cannot be a path";
            Problem::new(&INVALID_REMOTE_SOURCE, message)
                .help("write the name of a program that is installed where policies are checked")
        } else if is_new {
            let message = "this policy runs a program, and its environment is not locked";
            let help = "review the program, then run `score-rs lock`";
            Problem::new(&NOT_LOCKED, message).help(help)
        } else {
            continue;
        };
        report.push(problem.at(node.span));
    }
}

/// The text of an environment, and where it is.
struct EnvironmentText<'a> {
    base: &'a Base,
    bytes: Vec<u8>,
}

impl EnvironmentText<'_> {
    fn decode(
        self,
        host: &dyn Host,
        preview: Option<&str>,
        sources: &mut Sources,
        report: &mut Report,
    ) -> EnvironmentFile {
        let (path, mut local_report) = (self.base.file(), Report::default());
        let (name, source) = match self.base {
            Base::Directory(directory) => {
                let source = add_file(&path, self.bytes, sources, &mut local_report);
                (os::directory_name(directory), source)
            }
            Base::Remote(remote) => {
                let source = add_remote(&path, self.bytes, sources, &mut local_report);
                (remote.name().to_owned(), source)
            }
        };
        let source = source.unwrap_or_else(|| sources.add_file(path, ""));
        let start = Span::new(source, 0, 0);
        let mut file = EnvironmentFile::new(name, self.base.clone(), start);
        match local_report.result() {
            Ok(()) => {
                file = decode(file, preview, sources, &mut local_report);
                check_links(&file, host, &mut local_report);
                if let Err(error) = local_report.result() {
                    file.incomplete.fail(error);
                }
            }
            Err(reported) => file.incomplete = unread(reported),
        }
        report.merge(local_report);
        file
    }
}

fn unknown(environment: &EnvironmentName<'_>, directory: &Path) -> CliError {
    let EnvironmentName { name, origin } = environment;
    if os::is_directory(directory) {
        let directory_text = directory.display();
        let help = match misnamed(directory) {
            Some(path) => format!("rename `{}`", path.display()),
            None => "write one, as in `target: kubernetes`".to_owned(),
        };
        return CliError::Usage(format!(
            "`{name}`{origin} is not an environment: there is no `{FILE}` in `{directory_text}`: {help}"
        ));
    }
    if is_path(name) {
        let path = directory.join(FILE);
        return CliError::Usage(format!(
            "`{name}`{origin} is not an environment: there is no `{}`",
            path.display()
        ));
    }
    let has_it =
        |ancestor: &PathBuf| os::exists(&ancestor.join(ENVIRONMENTS).join(name).join(FILE));
    if let Some(ancestor) = os::ancestors_in_repository()
        .iter()
        .find(|ancestor| has_it(ancestor))
    {
        let ancestor = ancestor.display();
        let help = format!("run in that directory, for example with `-C {ancestor}`");
        return CliError::Usage(format!(
            "there is no environment `{name}`{origin} here, but there is one in `{ancestor}`: {help}"
        ));
    }
    let mut names = names_in(Path::new(ENVIRONMENTS));
    names.extend(TARGETS.iter().map(|target| target.name().to_owned()));
    names.dedup();
    let help = suggestion(name, names.iter().map(String::as_str), || {
        format!(
            "the environments are {}",
            list_names(names.iter().map(String::as_str))
        )
    });
    CliError::Usage(format!("there is no environment `{name}`{origin}: {help}"))
}
