//! The files of a platform: definitions, environments and patches, each checked by itself.

use std::path::{Path, PathBuf};

use super::lint;
use crate::project::environment::{FILE, check_text, patches};
use crate::system::error::CliError;
use crate::system::os;
use crate::system::text_file;
use compiler::link::Graph;
use compiler::provision::library::{Definition, Provenance};
use compiler::provision::{Library, check_templates};
use compiler::support::host::Host;
use diagnostics::report::{Report, Severity};
use diagnostics::source::{SourceId, Sources};
use yaml::{Kind, Node};

/// The files of a platform.
#[derive(Debug, Default)]
pub(crate) struct Files {
    pub(crate) definitions: Vec<PathBuf>,
    pub(crate) environments: Vec<PathBuf>,
    pub(crate) patches: Vec<PathBuf>,
}

impl Files {
    /// Adds the files below a directory.
    pub(crate) fn add_below(&mut self, directory: &Path) -> Result<(), CliError> {
        let below = |suffix| os::files_below_ending_in(directory, suffix).map_err(CliError::Io);
        self.definitions.extend(below(".provisioners.yaml")?);
        self.patches.extend(below(".patches.yaml")?);
        let environments = below(FILE)?;
        let is_environment = |path: &PathBuf| path.file_name() == Some(FILE.as_ref());
        self.environments
            .extend(environments.into_iter().filter(is_environment));
        Ok(())
    }

    /// Whether there is nothing to check.
    pub(crate) fn is_empty(&self) -> bool {
        self.definitions.is_empty() && self.environments.is_empty()
    }

    /// Checks all files.
    pub(crate) fn check(
        &self,
        host: &dyn Host,
        sources: &mut Sources,
        report: &mut Report,
    ) -> Result<(), CliError> {
        for source in read(&self.environments, host, sources, report)? {
            check_text(sources, source, report);
        }
        for source in read(&self.patches, host, sources, report)? {
            patches::check_text(sources, source, report);
        }
        self.check_definitions(host, sources, report)
    }

    /// Checks the definitions.
    pub(crate) fn check_definitions(
        &self,
        host: &dyn Host,
        sources: &mut Sources,
        report: &mut Report,
    ) -> Result<(), CliError> {
        let mut library = Library::default();
        let mut entries = Vec::new();
        for source in read(&self.definitions, host, sources, report)? {
            library.add(sources, source, Provenance::Project, report);
            entries.extend(entries_of(source, sources));
        }
        let mut templates = Report::default();
        let graph = Graph::default();
        check_templates(sources, &library, &[], &graph, &[], &mut templates);
        // Somebody who asks for definitions wants all of them to be right.
        templates.relevel(|_| Some(Severity::Error));
        report.merge(templates);
        let definitions: Vec<&Definition> = library.definitions().iter().collect();
        lint(&definitions, &entries, sources, report);
        Ok(())
    }
}

fn read(
    paths: &[PathBuf],
    host: &dyn Host,
    sources: &mut Sources,
    report: &mut Report,
) -> Result<Vec<SourceId>, CliError> {
    let read = text_file::read_each(host, paths, sources, report)?;
    Ok(read.into_iter().flatten().collect())
}

/// The entries of a definitions file; its errors were reported.
fn entries_of(source: SourceId, sources: &Sources) -> Vec<Node> {
    let documents = yaml::parse(sources, source, &mut Report::default());
    let lists = documents
        .into_iter()
        .filter_map(|document| match document.kind {
            Kind::List(entries) => Some(entries),
            _ => None,
        });
    lists.flatten().collect()
}
