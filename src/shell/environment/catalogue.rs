//! The environments of a project: those that are declared, and the built-in ones.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::rc::Rc;

use super::chain::{Neighbours, chain};
use super::choose::by_default;
use super::declaration::Declaration;
use super::decode::{check_links, decode};
use super::{ENVIRONMENTS, Environment, FILE, TARGETS, built_in};
use crate::base::diagnostics::{Problem, Report, Reported};
use crate::base::host::{Host, Refusal};
use crate::base::path::normal;
use crate::base::text::{Sources, Span, list_names, nearest, suggestion};
use crate::shell::os;
use crate::shell::project::{Stop, read_bytes, unreadable};

/// What was read of a directory: nothing when it holds no environment.
type Loaded = Result<Option<Rc<Declaration>>, Reported>;

/// Reads environments, each file once.
pub struct Catalogue<'a> {
    host: &'a dyn Host,
    loaded: BTreeMap<PathBuf, Loaded>,
}

/// An environment that somebody names.
pub struct Wanted<'a> {
    /// A name or a path.
    pub name: &'a str,
    /// What named it, where that was no flag: added to messages.
    pub from: &'static str,
}

impl<'a> Catalogue<'a> {
    /// One that has read nothing yet.
    pub fn new(host: &'a dyn Host) -> Catalogue<'a> {
        Catalogue { host, loaded: BTreeMap::new() }
    }

    /// The environment that is named; without a name, the default one, the only one, or the first built-in one.
    pub fn find(
        &mut self,
        wanted: Option<&Wanted<'_>>,
        sources: &mut Sources,
        report: &mut Report,
    ) -> Result<Environment, Stop> {
        let Some(wanted) = wanted else {
            let declared = self.declared(sources, report)?;
            return match by_default(&declared, report)? {
                Some(found) => self.merged(found, sources, report),
                None => Ok(Environment::built_in(TARGETS[0])),
            };
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

    /// Every declared environment, by name, after all problems of all of them were reported.
    pub fn all(&mut self, sources: &mut Sources, report: &mut Report) -> Result<Vec<Environment>, Stop> {
        let declared = self.declared(sources, report);
        // Those that could be read are looked at all the same, so that one run shows every error.
        let readable: Vec<Rc<Declaration>> =
            self.loaded.values().filter_map(|own| own.clone().ok().flatten()).collect();
        let _ = by_default(&readable, report);
        let mut found = Vec::new();
        for own in readable.into_iter().filter(|own| own.directory.starts_with(ENVIRONMENTS)) {
            match self.merged(own, sources, report) {
                Ok(environment) => found.push(environment),
                Err(Stop::Reported) => {}
                Err(stop) => return Err(stop),
            }
        }
        declared?;
        report.failed()?;
        Ok(found)
    }

    /// What is declared below `environments/`, by name; everything that is wrong in any of the files is reported.
    fn declared(&mut self, sources: &mut Sources, report: &mut Report) -> Result<Vec<Rc<Declaration>>, Stop> {
        let mut found = Vec::new();
        let mut broken = Ok(());
        for name in os::directories(Path::new(ENVIRONMENTS)) {
            let directory = Path::new(ENVIRONMENTS).join(&name);
            if let Some(path) = misnamed(&directory) {
                warn_of_name(&path, &name, sources, report);
            }
            match self.load(&directory, sources, report) {
                Ok(own) => found.extend(own),
                Err(Stop::Reported) => broken = Err(Stop::Reported),
                Err(stop) => return Err(stop),
            }
        }
        broken.map(|()| found)
    }

    fn load(
        &mut self,
        directory: &Path,
        sources: &mut Sources,
        report: &mut Report,
    ) -> Result<Option<Rc<Declaration>>, Stop> {
        let directory = normal(directory);
        if let Some(loaded) = self.loaded.get(&directory) {
            return Ok(loaded.clone()?);
        }
        let (own, sound) = read(self.host, &directory, sources, report)?;
        let loaded = sound.map(|()| own.clone());
        self.loaded.insert(directory, loaded.clone());
        if let (Some(own), Err(_)) = (own, &loaded) {
            // What it extends depends on nothing that is wrong in it, and is looked at all the same.
            match chain(own, &mut Around { catalogue: self, sources }, report) {
                Ok(_) | Err(Stop::Reported) => {}
                Err(stop) => return Err(stop),
            }
        }
        Ok(loaded?)
    }

    fn merged(
        &mut self,
        own: Rc<Declaration>,
        sources: &mut Sources,
        report: &mut Report,
    ) -> Result<Environment, Stop> {
        let chain = chain(own, &mut Around { catalogue: self, sources }, report)?;
        Ok(Environment::of(chain, report)?)
    }
}

/// The catalogue as a chain sees it.
struct Around<'a, 'b> {
    catalogue: &'a mut Catalogue<'b>,
    sources: &'a mut Sources,
}

impl Neighbours for Around<'_, '_> {
    type Failure = Stop;

    fn load(&mut self, directory: &Path, report: &mut Report) -> Result<Option<Rc<Declaration>>, Stop> {
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
    names.retain(|name| [".yaml", ".yml"].iter().any(|end| name.to_lowercase().ends_with(end)));
    names.sort();
    nearest(FILE, names.iter().map(String::as_str)).map(|name| directory.join(name))
}

/// Says that a file is not read. A directory without such a file may hold something else.
fn warn_of_name(path: &Path, name: &str, sources: &mut Sources, report: &mut Report) {
    let path = path.display();
    let problem =
        Problem::new("misnamed-environment", format!("`{path}` is not read, so there is no environment `{name}`"));
    let start = Span::new(sources.add_file(path.to_string(), ""), 0, 0);
    report.warning(problem.at(start).help(format!("rename it to `{FILE}`")));
}

fn is_path(name: &str) -> bool {
    name.contains('/') || name == "." || name == ".."
}

/// The directory that a name or a path leads to; the file itself may be named too.
fn directory_of(name: &str) -> PathBuf {
    match is_path(name) {
        true => normal(Path::new(name.strip_suffix(FILE).filter(|rest| rest.ends_with('/')).unwrap_or(name))),
        false => Path::new(ENVIRONMENTS).join(name),
    }
}

/// What could be read of an environment, and whether that is all of it.
type Partly = (Option<Rc<Declaration>>, Result<(), Reported>);

/// Reads the environment of a directory; `None` when there is none.
fn read(host: &dyn Host, directory: &Path, sources: &mut Sources, report: &mut Report) -> Result<Partly, Stop> {
    let path = directory.join(FILE);
    let bytes = match host.read(&path) {
        Ok(bytes) => bytes,
        Err(Refusal::NotFound) => return Ok((None, Ok(()))),
        // Something lies where a directory is looked for.
        Err(_) if !os::exists(&path) => return Ok((None, Ok(()))),
        Err(refusal) => return Err(unreadable(&path, &refusal)),
    };
    let name = os::directory_name(directory);
    let mut own = Report::default();
    let decoded = read_bytes(&path.display().to_string(), bytes, sources, &mut own).map(|source| {
        let declaration = Declaration::new(name, directory.to_path_buf(), Span::new(source, 0, 0));
        let declaration = decode(declaration, sources, &mut own);
        check_links(&declaration, host, &mut own);
        Rc::new(declaration)
    });
    let sound = own.failed();
    report.absorb(own);
    Ok((decoded, sound))
}

fn unknown(wanted: &Wanted<'_>, directory: &Path) -> Stop {
    let Wanted { name, from } = wanted;
    if os::is_directory(directory) {
        let there = directory.display();
        let help = match misnamed(directory) {
            Some(path) => format!("rename `{}`", path.display()),
            None => "write one, as in `target: kubernetes`".to_owned(),
        };
        return Stop::Usage(format!("`{name}`{from} is no environment: there is no `{FILE}` in `{there}`: {help}"));
    }
    if is_path(name) {
        let path = directory.join(FILE);
        return Stop::Usage(format!("`{name}`{from} is no environment: there is no `{}`", path.display()));
    }
    let is_there = |above: &PathBuf| os::exists(&above.join(ENVIRONMENTS).join(name).join(FILE));
    if let Some(above) = os::up_to_repository().iter().find(|above| is_there(above)) {
        let above = above.display();
        let help = format!("run where it is, as with `-C {above}`");
        return Stop::Usage(format!("there is no environment `{name}`{from} here, but in `{above}`: {help}"));
    }
    let mut names = names_in(Path::new(ENVIRONMENTS));
    names.extend(TARGETS.iter().map(|target| target.name().to_owned()));
    names.dedup();
    let help = suggestion(name, names.iter().map(String::as_str), || {
        format!("the environments are {}", list_names(names.iter().map(String::as_str)))
    });
    Stop::Usage(format!("there is no environment `{name}`{from}: {help}"))
}
