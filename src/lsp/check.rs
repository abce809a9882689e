//! One validation, of the Score files of a project or of some of them, and of a file by itself.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::Compiler;
use super::documents::Document;
use super::files::Kind;
use super::findings::{Findings, failure, findings};
use super::position::Encoding;
use super::reference::Reference;
use super::schemas::Schemas;
use crate::project::environment::{self, patches};
use crate::report::autofix::ValidationRun;
use crate::report::lint_levels::Levels;
use crate::report::suppressions::Coverage;
use crate::system::error::CliError;
use crate::system::os::Os;
use crate::system::overlay::{OverlayHost, Texts};
use compiler::provision::Library;
use compiler::provision::library::Provenance;
use compiler::support::path::normal;
use diagnostics::report::Report;
use diagnostics::source::{Source, Sources};

/// What files are validated for.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Scope {
    /// No environment.
    Files,
    /// The environment of this name.
    Environment(String),
    /// All environments.
    All,
}

/// What every validation needs.
pub(super) struct Context {
    pub(super) compiler: Box<dyn Compiler>,
    pub(super) encoding: Encoding,
    pub(super) reference: Reference,
    pub(super) schemas: Schemas,
}

/// A validation to run. The working directory must be `root`.
pub(super) struct Check {
    pub(super) root: PathBuf,
    pub(super) scope: Scope,
    /// The Score files, relative to the root; all of the project when there are none.
    pub(super) files: Vec<PathBuf>,
    /// The unsaved texts.
    pub(super) texts: Texts,
}

/// What a validation found.
#[derive(Debug, Default)]
pub(super) struct Checked {
    pub(super) findings: Findings,
    /// The files that it read.
    pub(super) read: BTreeSet<PathBuf>,
    /// The texts of the Score files, for a validation of all.
    pub(super) texts: Vec<(PathBuf, Arc<str>)>,
}

impl Check {
    pub(super) fn run(&self, context: &Context) -> Checked {
        let os = Os::for_validation();
        let host = OverlayHost::new(&os, self.texts.clone());
        let run = context
            .compiler
            .validate(&self.scope, &self.files, &os, &host);
        match run {
            Ok(run) => self.checked(&run, context),
            Err(CliError::Usage(message) | CliError::Io(message)) => Checked {
                findings: Findings::from([(None, vec![failure(message)])]),
                ..Checked::default()
            },
            Err(CliError::Reported) => Checked::default(),
        }
    }

    fn checked(&self, run: &ValidationRun, context: &Context) -> Checked {
        let (sources, report) = (&run.sources, &run.report);
        let read = sources.read_files();
        let path = |source: &Source| normal(&self.root.join(source.name()));
        let read = read.map(|source| (path(source), Arc::from(source.text())));
        let read: Vec<(PathBuf, Arc<str>)> = read.collect();
        let is_score = |(path, text): &(PathBuf, Arc<str>)| Kind::of(path, text) == Kind::Score;
        Checked {
            read: read.iter().map(|(path, _)| path.clone()).collect(),
            texts: match self.files.is_empty() {
                true => read.into_iter().filter(is_score).collect(),
                false => Vec::new(),
            },
            findings: findings(
                sources,
                report,
                &self.root,
                context.encoding,
                &context.reference,
            ),
        }
    }
}

/// The problems of an open file that no validation reads.
pub(super) fn check_alone(document: &Document, context: &Context) -> Findings {
    let (mut sources, mut report) = (Sources::default(), Report::default());
    let source = sources.add_file(document.path.display().to_string(), document.text.clone());
    match document.kind {
        Kind::Environment => environment::check_text(&sources, source, &mut report),
        Kind::Patches => patches::check_text(&sources, source, &mut report),
        Kind::Project => Levels::default().read_text(&sources, source, &mut report),
        Kind::Definitions => {
            let mut library = Library::default();
            library.add(&sources, source, Provenance::Project, &mut report);
        }
        Kind::Score | Kind::Other => return Findings::new(),
    }
    Levels::default().apply(Coverage::Partial, &sources, &mut report);
    let root = document.path.parent().unwrap_or(Path::new("/"));
    findings(
        &sources,
        &report,
        root,
        context.encoding,
        &context.reference,
    )
}
