//! The outline of a file, what can be folded in it, and the files that it names.

use std::path::Path;

use lsp_types::{DocumentLink, DocumentSymbol, FoldingRange, Range, SymbolKind};

use super::documents::Document;
use super::files::{Kind, uri_of};
use crate::system::os;
use diagnostics::source::Span;
use yaml::{Entry, Kind as NodeKind, Node};

/// How deep an outline goes.
const DEPTH: usize = 3;

/// The outline of a file.
#[allow(deprecated, reason = "the type still has a field that is deprecated")]
pub(super) fn symbols(document: &Document) -> Vec<DocumentSymbol> {
    let all = document.tree.documents.iter();
    let mut symbols = Vec::new();
    for node in all {
        let name = node
            .get("metadata")
            .and_then(|metadata| metadata.get("name")?.as_str());
        match (document.kind, name) {
            (Kind::Score, Some(name)) => {
                let place = range(document, node.span);
                symbols.push(DocumentSymbol {
                    name: name.to_owned(),
                    detail: None,
                    kind: SymbolKind::MODULE,
                    tags: None,
                    deprecated: None,
                    range: place,
                    selection_range: Range::new(place.start, place.start),
                    children: Some(children(document, node, DEPTH)),
                });
            }
            _ => symbols.extend(children(document, node, DEPTH)),
        }
    }
    symbols
}

#[allow(deprecated, reason = "the type still has a field that is deprecated")]
fn children(document: &Document, node: &Node, depth: usize) -> Vec<DocumentSymbol> {
    let symbol = |name: &str, place: Span, value: &Node| {
        let selection = range(document, place);
        let whole = Range::new(
            selection.start,
            range(document, value.span).end.max(selection.end),
        );
        DocumentSymbol {
            name: name.to_owned(),
            detail: ["type", "image", "port"]
                .iter()
                .find_map(|key| Some(value.get(key)?.to_value().to_text())),
            kind: kind_of(value),
            tags: None,
            deprecated: None,
            range: whole,
            selection_range: selection,
            children: Some(children(document, value, depth - 1)),
        }
    };
    match &node.kind {
        _ if depth == 0 => Vec::new(),
        NodeKind::Map(entries) => {
            let entries = entries.iter();
            let named = entries.filter(|(key, _)| !key.is_empty());
            named
                .map(|(key, entry)| symbol(key, entry.key, &entry.value))
                .collect()
        }
        NodeKind::List(items) => {
            let named = items.iter().filter_map(|item| {
                let name = ["uri", "name", "target", "workload"]
                    .iter()
                    .find_map(|key| item.get(key));
                let name = name?;
                Some(symbol(
                    name.as_str().filter(|text| !text.is_empty())?,
                    name.span,
                    item,
                ))
            });
            named.collect()
        }
        _ => Vec::new(),
    }
}

fn kind_of(value: &Node) -> SymbolKind {
    match &value.kind {
        NodeKind::Map(_) => SymbolKind::STRUCT,
        NodeKind::List(_) => SymbolKind::ARRAY,
        NodeKind::String(..) => SymbolKind::STRING,
        NodeKind::Bool(_) => SymbolKind::BOOLEAN,
        NodeKind::Int(_) | NodeKind::Float(_) => SymbolKind::NUMBER,
        NodeKind::Null => SymbolKind::NULL,
    }
}

/// The values of several lines.
pub(super) fn folding(document: &Document) -> Vec<FoldingRange> {
    let mut found = Vec::new();
    document
        .tree
        .documents
        .iter()
        .for_each(|node| fold(document, node, &mut found));
    found
}

fn fold(document: &Document, node: &Node, found: &mut Vec<FoldingRange>) {
    let Some(entries) = node.as_map() else {
        if let NodeKind::List(items) = &node.kind {
            items.iter().for_each(|item| fold(document, item, found));
        }
        return;
    };
    let tree = &document.tree;
    for Entry { key, value } in entries.values() {
        let start = tree.range(*key).start.line;
        let text = tree.sources.slice(value.span);
        let end = tree
            .range(value.span.part(0, text.trim_end().len()))
            .end
            .line;
        if end > start {
            found.push(FoldingRange {
                start_line: start,
                end_line: end,
                ..FoldingRange::default()
            });
        }
        fold(document, value, found);
    }
}

/// The texts that are paths of files, relative to the file.
pub(super) fn links(document: &Document) -> Vec<DocumentLink> {
    let Some(directory) = document.path.parent() else {
        return Vec::new();
    };
    let mut found = Vec::new();
    for node in &document.tree.documents {
        let part = match document.kind {
            Kind::Score => node.get("containers"),
            Kind::Environment => Some(node),
            _ => None,
        };
        part.into_iter()
            .for_each(|node| link(document, directory, node, &mut found));
    }
    found
}

fn link(document: &Document, directory: &Path, node: &Node, found: &mut Vec<DocumentLink>) {
    match &node.kind {
        NodeKind::Map(entries) => entries
            .values()
            .for_each(|entry| link(document, directory, &entry.value, found)),
        NodeKind::List(items) => items
            .iter()
            .for_each(|item| link(document, directory, item, found)),
        // A word alone is rarely a path, and a file may have the same name.
        NodeKind::String(text, _) if text.contains(['.', '/']) && !text.contains('\n') => {
            let path = directory.join(text);
            if os::file_identity(&path).is_some() {
                found.push(DocumentLink {
                    range: range(document, node.span),
                    target: uri_of(&compiler::support::path::normal(&path)),
                    tooltip: None,
                    data: None,
                });
            }
        }
        _ => {}
    }
}

fn range(document: &Document, span: Span) -> Range {
    document.tree.range(span)
}
