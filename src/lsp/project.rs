//! What was found wrong in the files of a project, and what has to be validated again.
//!
//! A small project is validated as a whole after each change. Of a large one, only the files that a
//! change can concern are, and the whole when nobody types, beside the server.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use lsp_types::{Diagnostic, DiagnosticSeverity};

use super::check::{Check, Checked, Context, Scope, check_alone};
use super::client::Client;
use super::documents::{Document, Documents};
use super::files::{Kind, environment_of, uri_of};
use super::findings::Finding;
use super::related::Related;
use crate::project::environment::{ENVIRONMENTS, FILE};
use crate::system::os;
use crate::system::overlay::Texts;

/// The most Score files of a project that is validated as a whole after each change.
const SMALL: usize = 30;

/// A project with an open file.
#[derive(Debug)]
pub(super) struct Project {
    pub(super) root: PathBuf,
    /// The open files that have changed.
    pub(super) changed: BTreeSet<PathBuf>,
    /// Whether the whole has to be validated again.
    pub(super) is_outdated: bool,
    is_small: bool,
    related: Related,
    results: BTreeMap<Scope, Checked>,
    /// What is wrong with open files that no validation reads.
    alone: BTreeMap<PathBuf, Vec<Finding>>,
    published: BTreeMap<PathBuf, Vec<Diagnostic>>,
}

/// A validation of a whole project, and its result.
pub(super) struct WholeCheck {
    pub(super) root: PathBuf,
    /// The unsaved texts that it sees.
    texts: Texts,
    scopes: BTreeSet<Scope>,
    results: Vec<(Scope, Checked)>,
    related: Related,
}

impl WholeCheck {
    /// Validates. The working directory must be the root.
    pub(super) fn run(mut self, context: &Context) -> WholeCheck {
        if score_files() == 0 {
            return self;
        }
        for scope in std::mem::take(&mut self.scopes) {
            let check = Check {
                root: self.root.clone(),
                scope: scope.clone(),
                files: Vec::new(),
                texts: self.texts.clone(),
            };
            let mut checked = check.run(context);
            let texts = std::mem::take(&mut checked.texts);
            if texts.len() > SMALL {
                self.related = Related::new(texts);
            }
            self.results.push((scope, checked));
        }
        self
    }
}

/// The number of Score files in the working directory.
fn score_files() -> usize {
    os::find_score_files().map_or(0, |found| found.files.len())
}

impl Project {
    /// A project in the working directory. Nothing of it was validated yet.
    pub(super) fn new(root: PathBuf) -> Project {
        Project {
            root,
            changed: BTreeSet::new(),
            is_outdated: true,
            is_small: score_files() <= SMALL,
            related: Related::default(),
            results: BTreeMap::new(),
            alone: BTreeMap::new(),
            published: BTreeMap::new(),
        }
    }

    /// Whether nothing has to be validated before the next answer.
    pub(super) fn is_current(&self) -> bool {
        self.changed.is_empty() && !(self.is_small && self.is_outdated)
    }

    /// The problems of a file, of all scopes, each once.
    pub(super) fn findings(&self, path: &Path) -> Vec<&Finding> {
        let of_scopes = self.results.values();
        let found = of_scopes.filter_map(|checked| checked.findings.get(&Some(path.to_path_buf())));
        let mut findings: Vec<&Finding> = Vec::new();
        for finding in found.chain(self.alone.get(path)).flatten() {
            if !findings.contains(&finding) {
                findings.push(finding);
            }
        }
        findings
    }

    /// A validation of the whole, for the scopes of the open files.
    pub(super) fn whole(&self, documents: &Documents, main: &Scope) -> WholeCheck {
        WholeCheck {
            root: self.root.clone(),
            texts: documents.texts(),
            scopes: self.scopes(documents, main),
            results: Vec::new(),
            related: Related::default(),
        }
    }

    /// Takes over the result of a validation of the whole. What has changed meanwhile has to be
    /// validated again, and so has an open file that it has not read.
    pub(super) fn accept(&mut self, whole: WholeCheck, documents: &Documents, main: &Scope) {
        self.results = whole.results.into_iter().collect();
        self.related = whole.related;
        self.alone.clear();
        self.is_outdated = documents.texts() != whole.texts;
        let open = self.open(documents);
        let again = open.filter(|document| self.is_outdated || !self.is_read(document, main));
        let again: Vec<PathBuf> = again.map(|document| document.path.clone()).collect();
        self.changed.extend(again);
    }

    /// Validates what has to be before the next answer.
    pub(super) fn check_changed(&mut self, documents: &Documents, main: &Scope, context: &Context) {
        if self.is_small && self.is_outdated {
            let whole = self.whole(documents, main).run(context);
            self.changed.clear();
            self.accept(whole, documents, main);
        }
        let changed = std::mem::take(&mut self.changed);
        let open = self.open(documents);
        let changed: Vec<&Document> = open
            .filter(|document| changed.contains(&document.path))
            .collect();
        for document in changed {
            self.check_document(document, documents, main, context);
        }
    }

    /// Validates one file, with those that its problems can depend on.
    fn check_document(
        &mut self,
        document: &Document,
        documents: &Documents,
        main: &Scope,
        context: &Context,
    ) {
        let path = &document.path;
        if document.kind != Kind::Score {
            let mut findings = check_alone(document, context);
            let findings = findings.remove(&Some(path.clone()));
            self.alone
                .insert(path.clone(), findings.unwrap_or_default());
            return;
        }
        let Some(files) = self.related.to(path, &document.text) else {
            return;
        };
        let relative = |path: &PathBuf| path.strip_prefix(&self.root).unwrap_or(path).to_path_buf();
        let check = Check {
            root: self.root.clone(),
            scope: main.clone(),
            files: files.iter().map(relative).collect(),
            texts: documents.texts(),
        };
        let mut checked = check.run(context);
        let result = self.results.entry(main.clone()).or_default();
        for place in [Some(path.clone()), None] {
            match checked.findings.remove(&place) {
                Some(findings) => _ = result.findings.insert(place, findings),
                None => _ = result.findings.remove(&place),
            }
        }
        result.read.insert(path.clone());
    }

    /// How many errors and warnings were sent.
    pub(super) fn counts(&self) -> (usize, usize) {
        let count = |severity| {
            let all = self.published.values().flatten();
            all.filter(|diagnostic| diagnostic.severity == Some(severity))
                .count()
        };
        (
            count(DiagnosticSeverity::ERROR),
            count(DiagnosticSeverity::WARNING),
        )
    }

    /// Sends the problems of the files in `changed`; when the whole was validated, also of all other
    /// files that have others than before.
    pub(super) fn publish(
        &mut self,
        documents: &Documents,
        changed: &BTreeSet<PathBuf>,
        client: &Client,
    ) {
        let mut paths = changed.clone();
        let unplaced = self.unplaced(documents);
        if !self.is_outdated {
            let of_scopes = self.results.values();
            let found = of_scopes.flat_map(|checked| checked.findings.keys().flatten());
            let found = found.chain(self.alone.keys()).chain(unplaced.keys());
            paths.extend(found.chain(self.published.keys()).cloned());
        }
        for path in paths {
            let diagnostics = self.findings(&path).into_iter().map(|one| &one.diagnostic);
            let diagnostics = diagnostics.chain(unplaced.get(&path).into_iter().flatten());
            let diagnostics: Vec<Diagnostic> = diagnostics.cloned().collect();
            let before = self.published.get(&path).map_or(&[][..], Vec::as_slice);
            if changed.contains(&path) || before != diagnostics {
                self.send(path, diagnostics, documents, client);
            }
        }
    }

    fn send(
        &mut self,
        path: PathBuf,
        diagnostics: Vec<Diagnostic>,
        documents: &Documents,
        client: &Client,
    ) {
        let document = documents.get(&path);
        let uri = document.map_or_else(|| uri_of(&path), |document| Some(document.uri.clone()));
        let Some(uri) = uri else {
            return;
        };
        let version = document.map(|document| document.version);
        client.publish(uri, diagnostics.clone(), version);
        match diagnostics.is_empty() {
            true => _ = self.published.remove(&path),
            false => _ = self.published.insert(path, diagnostics),
        }
    }

    /// Forgets a file that was closed, so that only its saved text counts.
    pub(super) fn forget(&mut self, path: &Path) {
        self.alone.remove(path);
        self.changed.remove(path);
    }

    /// Clears all that was sent.
    pub(super) fn clear(&mut self, client: &Client) {
        for path in std::mem::take(&mut self.published).into_keys() {
            if let Some(uri) = uri_of(&path) {
                client.publish(uri, Vec::new(), None);
            }
        }
    }

    /// The problems without a place, by the files at whose beginning they are shown.
    fn unplaced(&self, documents: &Documents) -> BTreeMap<PathBuf, Vec<Diagnostic>> {
        let mut unplaced: BTreeMap<PathBuf, Vec<Diagnostic>> = BTreeMap::new();
        for (scope, checked) in &self.results {
            let Some(findings) = checked.findings.get(&None) else {
                continue;
            };
            if let Some(path) = self.place_of(scope, documents) {
                let diagnostics = findings.iter().map(|finding| finding.diagnostic.clone());
                unplaced.entry(path).or_default().extend(diagnostics);
            }
        }
        unplaced
    }

    /// The file at whose beginning problems without a place are shown.
    fn place_of(&self, scope: &Scope, documents: &Documents) -> Option<PathBuf> {
        let environment = match scope {
            Scope::Environment(name) => Some(self.root.join(ENVIRONMENTS).join(name).join(FILE)),
            Scope::Files | Scope::All => None,
        };
        let first = || {
            self.open(documents)
                .next()
                .map(|document| document.path.clone())
        };
        environment.filter(|path| os::exists(path)).or_else(first)
    }

    fn open<'d>(&self, documents: &'d Documents) -> impl Iterator<Item = &'d Document> + use<'d> {
        let root = self.root.clone();
        documents
            .iter()
            .filter(move |document| document.project == root)
    }

    fn is_read(&self, document: &Document, main: &Scope) -> bool {
        match document.kind {
            Kind::Score => self
                .results
                .get(main)
                .is_some_and(|checked| checked.read.contains(&document.path)),
            _ => self
                .results
                .values()
                .any(|checked| checked.read.contains(&document.path)),
        }
    }

    fn scopes(&self, documents: &Documents, main: &Scope) -> BTreeSet<Scope> {
        let has_environments = os::exists(&self.root.join(ENVIRONMENTS));
        let scope = |document: &Document| match (document.kind, environment_of(&document.path)) {
            (Kind::Score | Kind::Project, _) => main.clone(),
            (_, Some(name)) => Scope::Environment(name.to_owned()),
            (_, None) if has_environments => Scope::All,
            (_, None) => main.clone(),
        };
        self.open(documents).map(scope).collect()
    }
}
