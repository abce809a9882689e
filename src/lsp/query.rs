//! What a request is about: a place in an open file, and what is known of its project.

use std::cell::OnceCell;
use std::path::{Path, PathBuf};
use std::rc::Rc;

use lsp_types::{Location, Position, Range};

use super::check::Context;
use super::documents::{Document, Tree};
use super::files::uri_of;
use super::names::{Name, Occurrence, ScoreDocument};
use super::place::Place;
use super::platform::Platform;
use compiler::provision::library::Definition;
use diagnostics::source::Span;
use yaml::Node;

/// The Score files of a project, with their trees.
pub(super) type ScoreFiles = Vec<(PathBuf, Rc<Tree>)>;

/// A place in an open file, and what is known of its project.
pub(super) struct Query<'a> {
    pub(super) context: &'a Context,
    pub(super) document: &'a Document,
    pub(super) offset: usize,
    pub(super) platform: Option<&'a Platform>,
    /// Reads the Score files of the project.
    pub(super) read_files: &'a dyn Fn() -> ScoreFiles,
    pub(super) files: OnceCell<ScoreFiles>,
}

impl<'a> Query<'a> {
    pub(super) fn place(&self) -> Place {
        Place::at(&self.document.text, self.offset)
    }

    /// The Score files of the project.
    pub(super) fn files(&self) -> &ScoreFiles {
        self.files.get_or_init(|| (self.read_files)())
    }

    /// The documents of all Score files.
    pub(super) fn all_documents(
        &self,
    ) -> impl Iterator<Item = (&PathBuf, &Tree, ScoreDocument<'_>)> {
        self.files().iter().flat_map(|(path, tree)| {
            let documents = tree.documents.iter();
            documents.map(move |node| {
                (
                    path,
                    &**tree,
                    ScoreDocument {
                        sources: &tree.sources,
                        node,
                    },
                )
            })
        })
    }

    /// The line before the place.
    pub(super) fn before(&self) -> &'a str {
        let text = &self.document.text[..self.offset];
        &text[text.rfind('\n').map_or(0, |index| index + 1)..]
    }

    /// The document of the file that the place is in, of the last text that parsed.
    pub(super) fn score(&self) -> Option<ScoreDocument<'a>> {
        let tree = &self.document.tree;
        let is_before = |node: &&Node| node.span.start as usize <= self.offset;
        let nodes = &tree.documents;
        let node = nodes.iter().rev().find(is_before).or(nodes.first())?;
        Some(ScoreDocument {
            sources: &tree.sources,
            node,
        })
    }

    /// The name at the place, of a text that parses.
    pub(super) fn occurrence(&self) -> Option<(ScoreDocument<'a>, Occurrence)> {
        let score = self.score().filter(|_| self.document.parses)?;
        Some((score, score.occurrence_at(self.offset)?))
    }

    /// The definition of a resource.
    pub(super) fn definition(
        &self,
        score: ScoreDocument<'_>,
        resource: &str,
    ) -> Option<&'a Definition> {
        self.platform?.definition(&score.uid(resource)?)
    }

    /// Where a name of the document is declared. Of a name that others can declare too, the first.
    pub(super) fn declaration(&self, score: ScoreDocument<'_>, name: &Name) -> Option<Location> {
        let (resource, platform) = match name {
            Name::Type { resource }
            | Name::Param { resource, .. }
            | Name::Output { resource, .. } => (resource, self.platform?),
            _ => {
                return self
                    .occurrences_of(score, name)
                    .into_iter()
                    .find_map(|(declares, location)| declares.then_some(location));
            }
        };
        let definition = self.definition(score, resource)?;
        let span = match name {
            Name::Param { name, .. } => platform.param(definition, name),
            Name::Output { name, .. } => platform.output(definition, name),
            _ => definition.uri.span,
        };
        platform.location(span, self.context.encoding, &self.context.reference)
    }

    /// The places of a name, and whether it is declared there: in this document, or in all files of
    /// the project where others can refer to it.
    pub(super) fn occurrences_of(
        &self,
        score: ScoreDocument<'_>,
        name: &Name,
    ) -> Vec<(bool, Location)> {
        let mut found = Vec::new();
        let mut add = |path: &Path, tree: &Tree, document: ScoreDocument<'_>| {
            for (declares, span) in places(document, name) {
                found.extend(location(path, tree, span).map(|location| (declares, location)));
            }
        };
        if name.is_global() {
            let all = self.all_documents();
            all.for_each(|(path, tree, document)| add(path, tree, document));
        } else {
            add(&self.document.path, &self.document.tree, score);
        }
        found
    }

    /// The range of a span of the tree, while the text parses.
    pub(super) fn range(&self, span: Span) -> Range {
        self.document.tree.range(span)
    }

    /// The position of the place.
    pub(super) fn position(&self, offset: usize) -> Position {
        self.document.lines.position(&self.document.text, offset)
    }
}

fn places(score: ScoreDocument<'_>, name: &Name) -> Vec<(bool, Span)> {
    let occurrences = score
        .occurrences()
        .into_iter()
        .filter(|one| one.name == *name);
    occurrences.map(|one| (one.declares, one.span)).collect()
}

/// The location of a span in a file.
pub(super) fn location(path: &Path, tree: &Tree, span: Span) -> Option<Location> {
    Some(Location::new(uri_of(path)?, tree.range(span)))
}
