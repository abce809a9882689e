//! The files that are open in the editor, with their unsaved texts.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use lsp_types::{Range, TextDocumentContentChangeEvent, TextDocumentItem, Uri};

use super::files::{Kind, path_of};
use super::position::{Encoding, Lines};
use crate::system::overlay::{Texts, file_key};
use compiler::parse;
use diagnostics::report::Report;
use diagnostics::source::{SourceId, Sources, Span};
use yaml::Node;

/// The trees of a text that parses.
#[derive(Debug)]
pub(super) struct Tree {
    pub(super) sources: Sources,
    pub(super) source: SourceId,
    pub(super) documents: Vec<Node>,
    pub(super) lines: Lines,
}

/// A file that is open.
#[derive(Debug)]
pub(super) struct Document {
    pub(super) uri: Uri,
    pub(super) path: PathBuf,
    /// The directory of the project that it is of.
    pub(super) project: PathBuf,
    pub(super) version: i32,
    pub(super) text: Arc<str>,
    pub(super) lines: Lines,
    pub(super) kind: Kind,
    /// The trees of the last text that parsed.
    pub(super) tree: Tree,
    /// Whether the trees are those of the text.
    pub(super) parses: bool,
}

impl Tree {
    /// The trees of a text, and whether it has no error.
    pub(super) fn read(name: &Path, text: &Arc<str>, encoding: Encoding) -> (Tree, bool) {
        let mut sources = Sources::default();
        let source = sources.add_file(name.display().to_string(), text.clone());
        let mut report = Report::default();
        let mut documents = parse::yaml_documents(&sources, source, &mut report);
        documents.retain(|document| !document.is_null());
        let tree = Tree {
            sources,
            source,
            documents,
            lines: Lines::new(text, encoding),
        };
        (tree, report.result().is_ok())
    }
}

impl Tree {
    /// The text that it is of.
    pub(super) fn text(&self) -> &str {
        self.sources.text(self.source)
    }

    /// The range of a span.
    pub(super) fn range(&self, span: Span) -> Range {
        self.lines
            .range(self.text(), span.start as usize, span.end as usize)
    }
}

impl Document {
    /// A file that was opened.
    pub(super) fn new(
        item: TextDocumentItem,
        path: PathBuf,
        project: PathBuf,
        encoding: Encoding,
    ) -> Document {
        let text: Arc<str> = item.text.into();
        let (tree, parses) = Tree::read(&path, &text, encoding);
        Document {
            lines: Lines::new(&text, encoding),
            kind: Kind::of(&path, &text),
            uri: item.uri,
            path,
            project,
            version: item.version,
            text,
            tree,
            parses,
        }
    }

    /// Applies changes, each to the text that the one before it left.
    fn change(
        &mut self,
        version: i32,
        changes: Vec<TextDocumentContentChangeEvent>,
        encoding: Encoding,
    ) {
        let mut text = self.text.to_string();
        for change in changes {
            match change.range {
                None => text = change.text,
                Some(range) => {
                    let lines = Lines::new(&text, encoding);
                    let start = lines.offset(&text, range.start);
                    let end = lines.offset(&text, range.end).max(start);
                    text.replace_range(start..end, &change.text);
                }
            }
        }
        self.version = version;
        self.text = text.into();
        self.lines = Lines::new(&self.text, encoding);
        self.kind = Kind::of(&self.path, &self.text);
        let (tree, parses) = Tree::read(&self.path, &self.text, encoding);
        self.parses = parses;
        if parses || self.tree.documents.is_empty() {
            self.tree = tree;
        }
    }
}

/// All open files, by their paths.
#[derive(Debug, Default)]
pub(super) struct Documents(BTreeMap<PathBuf, Document>);

impl Documents {
    pub(super) fn open(&mut self, document: Document) {
        self.0.insert(document.path.clone(), document);
    }

    pub(super) fn close(&mut self, path: &Path) {
        self.0.remove(path);
    }

    /// Changes the text of a file; nothing when it is not open.
    pub(super) fn change(
        &mut self,
        path: &Path,
        version: i32,
        changes: Vec<TextDocumentContentChangeEvent>,
        encoding: Encoding,
    ) {
        if let Some(document) = self.0.get_mut(path) {
            document.change(version, changes, encoding);
        }
    }

    pub(super) fn get(&self, path: &Path) -> Option<&Document> {
        self.0.get(path)
    }

    pub(super) fn of(&self, uri: &Uri) -> Option<&Document> {
        self.get(&path_of(uri)?)
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = &Document> {
        self.0.values()
    }

    /// The texts of all of them.
    pub(super) fn texts(&self) -> Texts {
        let text = |document: &Document| (file_key(&document.path), document.text.clone());
        self.iter().map(text).collect()
    }
}

#[cfg(test)]
mod tests {
    use std::str::FromStr;

    use lsp_types::Position;

    use super::*;

    /// Where a change begins and ends, and its text.
    type Change<'t> = ((u32, u32), (u32, u32), &'t str);

    fn changed(text: &str, changes: &[Change<'_>]) -> Document {
        let uri = Uri::from_str("file:///a/score.yaml").unwrap();
        let path = PathBuf::from("/a/score.yaml");
        let item = TextDocumentItem::new(uri, "yaml".to_owned(), 1, text.to_owned());
        let mut document = Document::new(item, path, "/a".into(), Encoding::Utf16);
        let changes = changes.iter().map(|(start, end, text)| {
            let at = |place: &(u32, u32)| Position::new(place.0, place.1);
            TextDocumentContentChangeEvent {
                range: Some(Range::new(at(start), at(end))),
                range_length: None,
                text: (*text).to_owned(),
            }
        });
        document.change(2, changes.collect(), Encoding::Utf16);
        document
    }

    #[test]
    fn each_change_is_of_the_text_before_it() {
        let document = changed("a: 😀b\n", &[((0, 5), (0, 6), "cd"), ((0, 7), (0, 7), "e")]);
        assert_eq!(&*document.text, "a: 😀cde\n");
        // A range that ends before it begins inserts.
        let document = changed("abc", &[((0, 2), (0, 1), "x")]);
        assert_eq!(&*document.text, "abxc");
    }

    #[test]
    fn a_text_that_does_not_parse_keeps_the_last_tree() {
        let document = changed("a: 1\n", &[((0, 3), (0, 4), "[")]);
        assert!(!document.parses);
        assert!(document.tree.documents[0].get("a").is_some());
    }
}
