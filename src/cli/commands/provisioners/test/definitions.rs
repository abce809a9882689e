//! Finds test files and the definitions that they test.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use super::file::{self, Case, DEFINITIONS, SUFFIX, TestFile};
use crate::cli::session::Session;
use crate::project::environment::TARGETS;
use crate::project::environment::source::NO_SUCH_FILE;
use crate::system::error::CliError;
use crate::system::os::{self, Hidden, Os};
use crate::system::text_file;
use compiler::provision::Library;
use compiler::provision::library::{Definition, Provenance};
use compiler::provision::matching::NO_PROVISIONER;
use compiler::support::host::Host;
use compiler::targets::target::Target;
use diagnostics::report::Problem;
use diagnostics::source::{SourceId, Span};
use diagnostics::suggestions::{list_known, suggestion};

/// The files of a run.
pub(super) struct Found {
    pub(super) tests: Vec<PathBuf>,
    pub(super) definitions: Vec<PathBuf>,
}

/// Finds the test files that the command line names, and the definitions beside them.
pub(super) fn find(paths: &[PathBuf]) -> Result<Found, CliError> {
    let mut found = Found {
        tests: Vec::new(),
        definitions: Vec::new(),
    };
    for path in paths {
        if os::is_directory(path) {
            let below = |suffix| os::files_below_ending_in(path, suffix).map_err(CliError::Io);
            found.tests.extend(below(SUFFIX)?);
            found.definitions.extend(below(DEFINITIONS)?);
        } else if !path.to_string_lossy().ends_with(SUFFIX) {
            let path = path.display();
            return Err(CliError::Usage(format!(
                "`{path}` is no test file: its name must end in `{SUFFIX}`"
            )));
        } else {
            found.tests.push(path.clone());
            let directory = path.parent().unwrap_or(Path::new(""));
            found.definitions.extend(beside(directory)?);
        }
    }
    if found.tests.is_empty() {
        let paths = file::shown(paths);
        return Err(CliError::Usage(format!(
            "there is no `*{SUFFIX}` in {paths}: write tests beside the definitions, see spec/definition-tests.md"
        )));
    }
    found.definitions.sort();
    found.definitions.dedup();
    Ok(found)
}

fn beside(directory: &Path) -> Result<Vec<PathBuf>, CliError> {
    os::files_ending_in(directory, &[DEFINITIONS], Hidden::Skipped).map_err(CliError::Io)
}

/// The definitions files of a run, each read once.
#[derive(Default)]
pub(super) struct Definitions {
    libraries: BTreeMap<PathBuf, Option<(SourceId, Library)>>,
}

/// What a test runs with.
pub(super) struct Tested {
    pub(super) sources: Vec<SourceId>,
    pub(super) targets: Vec<&'static dyn Target>,
}

impl Definitions {
    /// The definitions of a file; `None` where it cannot be read, which is reported at `named`.
    pub(super) fn read(
        &mut self,
        path: &Path,
        named: Option<Span>,
        host: &Os,
        session: &mut Session<'_>,
    ) -> Result<Option<&Library>, CliError> {
        if !self.libraries.contains_key(path) {
            let read = read_file(path, named, host, session)?;
            self.libraries.insert(path.to_path_buf(), read);
        }
        let library = self.libraries.get(path).and_then(Option::as_ref);
        Ok(library.map(|(_, library)| library))
    }

    /// The definitions files of a test, and its targets. `None` after an error, which is reported.
    pub(super) fn of_case(
        &mut self,
        file: &TestFile,
        case: &Case,
        host: &Os,
        session: &mut Session<'_>,
    ) -> Result<Option<Tested>, CliError> {
        let directory = file.path.parent().unwrap_or(Path::new(""));
        let paths = file::definitions(file, &beside(directory)?);
        let named = file.definitions.iter().flatten();
        let named: Vec<Span> = named.map(|name| name.span).collect();
        for (index, path) in paths.iter().enumerate() {
            self.read(path, named.get(index).copied(), host, session)?;
        }
        let read = paths
            .iter()
            .filter_map(|path| self.libraries.get(path)?.as_ref());
        let read: Vec<&(SourceId, Library)> = read.collect();
        let mut definitions = read.iter().flat_map(|(_, library)| library.definitions());
        let uid = super::trial::uid(case);
        let Some(definition) = definitions.find(|definition| definition.is_for(&uid)) else {
            // After an error of a file, the definition may be what was not read.
            if read.len() == paths.len() && read.iter().all(|(_, library)| library.is_complete()) {
                session.report.push(no_definition(case, &paths, &read));
            }
            return Ok(None);
        };
        Ok(Some(Tested {
            targets: targets(case, definition),
            sources: read.iter().map(|(source, _)| *source).collect(),
        }))
    }
}

fn read_file(
    path: &Path,
    named: Option<Span>,
    host: &Os,
    session: &mut Session<'_>,
) -> Result<Option<(SourceId, Library)>, CliError> {
    let Session {
        sources, report, ..
    } = session;
    if let Some(span) = named
        && host.read(path).is_err()
    {
        let message = format!("there is no file `{}`", path.display());
        let help = "correct the path, which is relative to the test file";
        report.push(Problem::new(&NO_SUCH_FILE, message).at(span).help(help));
        return Ok(None);
    }
    let Some(source) = text_file::read(host, path, sources, report)? else {
        return Ok(None);
    };
    let mut library = Library::default();
    library.add(sources, source, Provenance::Project, report);
    Ok(Some((source, library)))
}

fn no_definition(case: &Case, paths: &[PathBuf], read: &[&(SourceId, Library)]) -> Problem {
    let definitions = read.iter().flat_map(|(_, library)| library.definitions());
    let mut kinds: Vec<&str> = definitions
        .map(|definition| definition.kind.as_str())
        .collect();
    kinds.dedup();
    let kind = &case.kind;
    let place = match paths {
        [] => "beside the test file".to_owned(),
        paths => format!("in {}", file::shown(paths)),
    };
    let message = format!("there is no definition for `{}` {place}", kind.value);
    let known = list_known("type", kinds.iter().copied());
    let help = match kinds.contains(&kind.value.as_str()) {
        true => "correct `class` or `id`, which its definition limits".to_owned(),
        false => suggestion(&kind.value, kinds, || known),
    };
    Problem::new(&NO_PROVISIONER, message)
        .at(kind.span)
        .help(help)
}

/// The target that a test names, or those that the definition has sections for.
fn targets(case: &Case, definition: &Definition) -> Vec<&'static dyn Target> {
    if let Some(target) = case.target {
        return vec![target];
    }
    let is_for = |target: &&&'static dyn Target| {
        let sections = target.info().sections;
        let mut names = definition.sections.keys();
        names.any(|name| sections.contains(name))
    };
    let targets: Vec<&'static dyn Target> = TARGETS.iter().filter(is_for).copied().collect();
    match targets.is_empty() {
        true => TARGETS.to_vec(),
        false => targets,
    }
}
