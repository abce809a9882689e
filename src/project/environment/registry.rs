//! The environments of a project: those that are declared, and the built-in ones.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::rc::Rc;

use super::decode::{check_links, decode};
use super::default::by_default;
use super::extends::{Neighbours, chain};
use super::file::{Declaration, Lost};
use super::{ENVIRONMENTS, Environment, FILE, TARGETS, built_in};
use crate::project::inputs::{CliError, read_bytes, unreadable};
use crate::system::os;
use compiler::support::host::{Host, HostError};
use compiler::support::path::normal;
use diagnostics::report::{Problem, Report, Reported};
use diagnostics::source::{Sources, Span};
use diagnostics::suggestions::{closest_match, list_names, suggestion};

rules! {
    /// A directory of an environment has a file that is nearly called `environment.yaml`, and none
    /// that is.
    pub MISNAMED_ENVIRONMENT: "misnamed-environment", Warning;
}

/// Reads environments, each file once.
pub struct Registry<'a> {
    host: &'a dyn Host,
    /// What was read of each directory; `None` when it holds no environment.
    loaded: BTreeMap<PathBuf, Option<Rc<Declaration>>>,
}

/// An environment that somebody names.
pub struct Wanted<'a> {
    /// A name or a path.
    pub name: &'a str,
    /// What named it, where that was no flag: added to messages.
    pub from: &'static str,
}

impl<'a> Registry<'a> {
    /// One that has read nothing yet.
    pub fn new(host: &'a dyn Host) -> Registry<'a> {
        Registry {
            host,
            loaded: BTreeMap::new(),
        }
    }

    /// The environment that is named; without a name, the default one, the only one, or the first
    /// built-in one. Whatever is wrong with it is reported.
    pub fn find(
        &mut self,
        wanted: Option<&Wanted<'_>>,
        sources: &mut Sources,
        report: &mut Report,
    ) -> Result<Environment, CliError> {
        let found = self.find_readable(wanted, sources, report)?;
        found.sound()?;
        Ok(found)
    }

    /// As [`Registry::find`], also where something is wrong: then it knows what it lacks.
    pub fn find_readable(
        &mut self,
        wanted: Option<&Wanted<'_>>,
        sources: &mut Sources,
        report: &mut Report,
    ) -> Result<Environment, CliError> {
        let Some(wanted) = wanted else {
            return self.find_default(sources, report);
        };
        let directory = directory_of(wanted.name);
        if let Some(found) = self.load(&directory, sources, report)? {
            return self.merged(found, sources, report);
        }
        match built_in(wanted.name) {
            Some(target) => Ok(Environment::built_in(target)),
            None => Err(unknown(wanted, &directory)),
        }
    }

    fn find_default(
        &mut self,
        sources: &mut Sources,
        report: &mut Report,
    ) -> Result<Environment, CliError> {
        let declared = self.declared(sources, report)?;
        let mut own = Report::default();
        let default = by_default(&declared, &mut own);
        let wrong = declared
            .iter()
            .find_map(|own| own.lost.anything)
            .or(own.result().err());
        report.merge(own);
        let is_sure = |found: &Declaration| {
            wrong.is_none()
                || declared.len() == 1
                || found.default.as_ref().is_some_and(|flag| flag.value)
        };
        let mut found = match (default, wrong) {
            (Ok(Some(found)), _) if is_sure(&found) => self.merged(found, sources, report)?,
            (Ok(_), None) => Environment::built_in(TARGETS[0]),
            // Which it is may be said where it could not be read.
            (Err(reported), _) | (Ok(_), Some(reported)) => Environment::unknown(reported),
        };
        // Nothing is made while another one is wrong: it may say that it is the default.
        found.lost.anything = found.lost.anything.or(wrong);
        Ok(found)
    }

    /// Every declared environment, by name, after all problems of all of them were reported.
    pub fn all(
        &mut self,
        sources: &mut Sources,
        report: &mut Report,
    ) -> Result<Vec<Environment>, CliError> {
        let (found, sound) = self.all_readable(sources, report)?;
        sound?;
        Ok(found)
    }

    /// As [`Registry::all`], also those with which something is wrong, and whether all is well.
    pub fn all_readable(
        &mut self,
        sources: &mut Sources,
        report: &mut Report,
    ) -> Result<(Vec<Environment>, Result<(), Reported>), CliError> {
        let mut own = Report::default();
        let declared = self.declared(sources, &mut own)?;
        let _ = by_default(&declared, &mut own);
        let mut found = Vec::with_capacity(declared.len());
        for one in declared {
            found.push(self.merged(one, sources, &mut own)?);
        }
        let sound = own.result();
        report.merge(own);
        Ok((found, sound))
    }

    /// What is declared below `environments/`, by name; everything that is wrong in any of the
    /// files is reported.
    fn declared(
        &mut self,
        sources: &mut Sources,
        report: &mut Report,
    ) -> Result<Vec<Rc<Declaration>>, CliError> {
        let mut found = Vec::new();
        for name in os::directories(Path::new(ENVIRONMENTS)) {
            let directory = Path::new(ENVIRONMENTS).join(&name);
            if let Some(path) = misnamed(&directory) {
                warn_of_name(&path, &name, sources, report);
            }
            found.extend(self.load(&directory, sources, report)?);
        }
        Ok(found)
    }

    fn load(
        &mut self,
        directory: &Path,
        sources: &mut Sources,
        report: &mut Report,
    ) -> Result<Option<Rc<Declaration>>, CliError> {
        let directory = normal(directory);
        if let Some(loaded) = self.loaded.get(&directory) {
            return Ok(loaded.clone());
        }
        let own = read(self.host, &directory, sources, report)?.map(Rc::new);
        self.loaded.insert(directory, own.clone());
        Ok(own)
    }

    fn merged(
        &mut self,
        own: Rc<Declaration>,
        sources: &mut Sources,
        report: &mut Report,
    ) -> Result<Environment, CliError> {
        let chain = chain(
            own,
            &mut Around {
                catalogue: self,
                sources,
            },
            report,
        )?;
        Ok(Environment::of(chain, report))
    }
}

/// The catalogue as a chain sees it.
struct Around<'a, 'b> {
    catalogue: &'a mut Registry<'b>,
    sources: &'a mut Sources,
}

impl Neighbours for Around<'_, '_> {
    type Failure = CliError;

    fn load(
        &mut self,
        directory: &Path,
        report: &mut Report,
    ) -> Result<Option<Rc<Declaration>>, CliError> {
        self.catalogue.load(directory, self.sources, report)
    }

    fn names(&self, directory: &Path) -> Vec<String> {
        names_in(directory)
    }
}

/// The names of the environments below a directory, sorted.
fn names_in(directory: &Path) -> Vec<String> {
    let mut names = os::directories(directory);
    names.retain(|name| os::exists(&directory.join(name).join(FILE)));
    names
}

/// A file that was meant to be the `environment.yaml` of a directory that has none.
fn misnamed(directory: &Path) -> Option<PathBuf> {
    if os::exists(&directory.join(FILE)) {
        return None;
    }
    let mut names = os::file_names(directory);
    names.retain(|name| {
        [".yaml", ".yml"]
            .iter()
            .any(|end| name.to_lowercase().ends_with(end))
    });
    names.sort();
    closest_match(FILE, names.iter().map(String::as_str)).map(|name| directory.join(name))
}

/// Says that a file is not read. A directory without such a file may hold something else.
fn warn_of_name(path: &Path, name: &str, sources: &mut Sources, report: &mut Report) {
    let path = path.display();
    let problem = Problem::new(
        &MISNAMED_ENVIRONMENT,
        format!("`{path}` is not read, so there is no environment `{name}`"),
    );
    let start = Span::new(sources.add_file(path.to_string(), ""), 0, 0);
    report.push(problem.at(start).help(format!("rename it to `{FILE}`")));
}

fn is_path(name: &str) -> bool {
    name.contains('/') || name == "." || name == ".."
}

/// The directory that a name or a path leads to; the file itself may be named too.
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

/// Reads the environment of a directory; `None` when there is none.
fn read(
    host: &dyn Host,
    directory: &Path,
    sources: &mut Sources,
    report: &mut Report,
) -> Result<Option<Declaration>, CliError> {
    let path = directory.join(FILE);
    let bytes = match host.read(&path) {
        Ok(bytes) => bytes,
        Err(HostError::NotFound) => return Ok(None),
        // Something lies where a directory is looked for.
        Err(_) if !os::exists(&path) => return Ok(None),
        Err(refusal) => return Err(unreadable(&path, &refusal)),
    };
    let name = os::directory_name(directory);
    let path = path.display().to_string();
    let mut own = Report::default();
    let read = read_bytes(&path, bytes, sources, &mut own);
    let source = read.unwrap_or_else(|| sources.add_file(path, ""));
    let mut declaration = Declaration::new(name, directory.to_path_buf(), Span::new(source, 0, 0));
    match own.result() {
        Ok(()) => {
            declaration = decode(declaration, sources, &mut own);
            check_links(&declaration, host, &mut own);
            declaration.lost.anything = declaration.lost.anything.or(own.result().err());
        }
        Err(reported) => declaration.lost = Lost::all(reported),
    }
    report.merge(own);
    Ok(Some(declaration))
}

fn unknown(wanted: &Wanted<'_>, directory: &Path) -> CliError {
    let Wanted { name, from } = wanted;
    if os::is_directory(directory) {
        let there = directory.display();
        let help = match misnamed(directory) {
            Some(path) => format!("rename `{}`", path.display()),
            None => "write one, as in `target: kubernetes`".to_owned(),
        };
        return CliError::Usage(format!(
            "`{name}`{from} is no environment: there is no `{FILE}` in `{there}`: {help}"
        ));
    }
    if is_path(name) {
        let path = directory.join(FILE);
        return CliError::Usage(format!(
            "`{name}`{from} is no environment: there is no `{}`",
            path.display()
        ));
    }
    let is_there = |above: &PathBuf| os::exists(&above.join(ENVIRONMENTS).join(name).join(FILE));
    if let Some(above) = os::up_to_repository().iter().find(|above| is_there(above)) {
        let above = above.display();
        let help = format!("run where it is, as with `-C {above}`");
        return CliError::Usage(format!(
            "there is no environment `{name}`{from} here, but in `{above}`: {help}"
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
    CliError::Usage(format!("there is no environment `{name}`{from}: {help}"))
}
