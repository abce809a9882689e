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
    /// validated again.
    pub(super) fn accept(&mut self, whole: WholeCheck, documents: &Documents) {
        self.results = whole.results.into_iter().collect();
        self.related = whole.related;
        self.alone.clear();
        let texts = documents.texts();
        self.is_outdated = texts != whole.texts;
        if self.is_outdated {
            let open = self.open(documents).map(|document| document.path.clone());
            self.changed.extend(open.collect::<Vec<_>>());
        }
    }

    /// Validates what has to be before the next answer.
    pub(super) fn check_changed(&mut self, documents: &Documents, main: &Scope, context: &Context) {
        if self.is_small {
            let whole = self.whole(documents, main).run(context);
            self.accept(whole, documents);
        } else {
            self.is_outdated = true;
        }
        let changed = std::mem::take(&mut self.changed);
        let open: Vec<&Document> = self.open(documents).collect();
        for document in open {
            let is_changed = !self.is_small && changed.contains(&document.path);
            if is_changed || !self.is_read(document, main) {
                self.check_document(document, documents, main, context);
            }
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

    /// Sends the problems of all files that have others than before, and of those in `changed`.
    pub(super) fn publish(
        &mut self,
        documents: &Documents,
        changed: &BTreeSet<PathBuf>,
        client: &Client,
    ) {
        let mut current = self.all_findings(documents);
        let before = self.published.keys().chain(changed).cloned();
        for path in before.collect::<Vec<_>>() {
            current.entry(path).or_default();
        }
        for (path, diagnostics) in current {
            if !changed.contains(&path) && self.published.get(&path) == Some(&diagnostics) {
                continue;
            }
            let document = documents.get(&path);
            let uri = document.map_or_else(|| uri_of(&path), |document| Some(document.uri.clone()));
            if let Some(uri) = uri {
                client.publish(
                    uri,
                    diagnostics.clone(),
                    document.map(|document| document.version),
                );
            }
            match diagnostics.is_empty() {
                true => _ = self.published.remove(&path),
                false => _ = self.published.insert(path, diagnostics),
            }
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

    fn all_findings(&self, documents: &Documents) -> BTreeMap<PathBuf, Vec<Diagnostic>> {
        let of_scopes = self
            .results
            .values()
            .flat_map(|checked| checked.findings.keys());
        let paths: BTreeSet<&PathBuf> = of_scopes.flatten().chain(self.alone.keys()).collect();
        let diagnostics = |path: &PathBuf| {
            let findings = self.findings(path).into_iter();
            findings.map(|finding| finding.diagnostic.clone()).collect()
        };
        let mut all: BTreeMap<PathBuf, Vec<Diagnostic>> = paths
            .into_iter()
            .map(|path| (path.clone(), diagnostics(path)))
            .collect();
        for (scope, checked) in &self.results {
            let unplaced = checked.findings.get(&None).into_iter().flatten();
            if let Some(path) = self.place_of(scope, documents) {
                let list = all.entry(path).or_default();
                list.extend(unplaced.map(|finding| finding.diagnostic.clone()));
            }
        }
        all
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
