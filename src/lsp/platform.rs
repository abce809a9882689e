//! What the chosen environment offers: the types of resources, with their params and outputs.

use std::collections::BTreeSet;

use lsp_types::Location;

use super::files::uri_of;
use super::position::{Encoding, Lines};
use super::reference::Reference;
use crate::system::os;
use compiler::model::Uid;
use compiler::provision::Library;
use compiler::provision::library::{Definition, Match};
use compiler::targets::target::Target;
use diagnostics::report::Report;
use diagnostics::source::{Sources, Span};
use yaml::{Kind, Node};

/// An environment with its definitions.
pub(crate) struct Platform {
    pub(crate) environment: String,
    pub(crate) target: &'static dyn Target,
    pub(crate) library: Library,
    pub(crate) sources: Sources,
}

impl Platform {
    /// The definition of a resource.
    pub(super) fn definition(&self, uid: &Uid) -> Option<&Definition> {
        match self.library.find(uid) {
            Match::Definition(index) => self.library.definitions().get(index),
            Match::Nothing | Match::Unknown => None,
        }
    }

    /// The types, each with its first definition.
    pub(super) fn types(&self) -> Vec<&Definition> {
        let mut seen = BTreeSet::new();
        let definitions = self.library.definitions().iter();
        definitions
            .filter(|definition| seen.insert(&definition.kind))
            .collect()
    }

    /// The texts of the project that may read annotations.
    pub(super) fn texts(&self) -> Vec<&str> {
        let definitions = self.library.definitions().iter();
        let sources: BTreeSet<_> = definitions
            .map(|definition| definition.uri.span.source)
            .collect();
        sources
            .into_iter()
            .map(|source| self.sources.text(source))
            .collect()
    }

    /// Where a definition is, in a file that an editor can open.
    pub(super) fn location(
        &self,
        span: Span,
        encoding: Encoding,
        reference: &Reference,
    ) -> Option<Location> {
        let source = self.sources.get(span.source);
        let uri = match source.is_file() {
            true => uri_of(&os::current_directory().ok()?.join(source.name()))?,
            false => {
                let name = source.name().strip_prefix("built-in ")?;
                let target = self.target.name();
                reference.uri(&format!("definitions/{target}/{name}"), source.text())?
            }
        };
        let lines = Lines::new(source.text(), encoding);
        let range = lines.range(source.text(), span.start as usize, span.end as usize);
        Some(Location::new(uri, range))
    }

    /// Where a definition says that it supports a param, or reads it.
    pub(super) fn param(&self, definition: &Definition, name: &str) -> Span {
        let declared = definition.supported_params.as_ref();
        let declared = declared.and_then(|params| params.get(name));
        let declared = declared.map(|param| param.place);
        let read = || self.find(self.entry(definition)?.span, &format!(".Params.{name}"));
        declared.or_else(read).unwrap_or(definition.uri.span)
    }

    /// Where a definition gives an output.
    pub(super) fn output(&self, definition: &Definition, name: &str) -> Span {
        let entry = self.entry(definition);
        let given = entry.as_ref().and_then(|entry| {
            let outputs = entry.get("outputs")?.span;
            let at = self.find(outputs, &format!("\n{name}:"));
            at.or_else(|| self.find(outputs, &format!(" {name}:")))
        });
        let given = given.map(|span| span.part(1, name.len() + 1));
        let declared = || {
            let outputs = definition.expected_outputs.as_ref()?;
            outputs.get(name).map(|output| output.place)
        };
        given.or_else(declared).unwrap_or(definition.uri.span)
    }

    /// The entry of the definitions file.
    fn entry(&self, definition: &Definition) -> Option<Node> {
        let uri = definition.uri.span;
        let documents = yaml::parse(&self.sources, uri.source, &mut Report::default());
        let entries = documents
            .into_iter()
            .filter_map(|document| match document.kind {
                Kind::List(entries) => Some(entries),
                _ => None,
            });
        entries
            .flatten()
            .find(|entry| entry.get("uri").is_some_and(|node| node.span == uri))
    }

    fn find(&self, span: Span, text: &str) -> Option<Span> {
        let start = self.sources.slice(span).find(text)?;
        Some(span.part(start, start + text.len()))
    }
}
