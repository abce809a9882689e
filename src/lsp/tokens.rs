//! The parts of placeholders, for colours.

use lsp_types::{SemanticToken, SemanticTokenType, SemanticTokensLegend};

use super::documents::Document;
use super::files::Kind;
use super::names::ScoreDocument;
use compiler::placeholder::Reference;
use diagnostics::source::Span;

/// The kinds of parts, in the order of their numbers.
const TYPES: [SemanticTokenType; 4] = [
    SemanticTokenType::OPERATOR,
    SemanticTokenType::NAMESPACE,
    SemanticTokenType::VARIABLE,
    SemanticTokenType::PROPERTY,
];

pub(super) fn legend() -> SemanticTokensLegend {
    SemanticTokensLegend {
        token_types: TYPES.to_vec(),
        token_modifiers: Vec::new(),
    }
}

/// The parts of all placeholders of a Score file.
pub(super) fn tokens(document: &Document) -> Vec<SemanticToken> {
    if document.kind != Kind::Score || !document.parses {
        return Vec::new();
    }
    let sources = &document.tree.sources;
    let documents = document.tree.documents.iter();
    let placeholders = documents.flat_map(|node| ScoreDocument { sources, node }.placeholders());
    let mut parts: Vec<(Span, u32)> = placeholders
        .flat_map(|(reference, span)| parts(&reference, span, sources.slice(span)))
        .collect();
    parts.sort();
    parts.dedup();
    to_protocol(document, &parts)
}

/// `${`, the root, what follows, and `}`.
fn parts(reference: &Reference, span: Span, written: &str) -> Vec<(Span, u32)> {
    let root = match reference {
        Reference::Metadata(_) => "metadata".len(),
        Reference::Resource { .. } => "resources".len(),
    };
    if !written.starts_with("${") || !written.ends_with('}') || written.contains('\n') {
        return Vec::new();
    }
    let end = written.len() - 1;
    let mut parts = vec![(span.part(0, 2), 0), (span.part(2, (2 + root).min(end)), 1)];
    let mut index = 0;
    while let Some(part) = reference.part(span, index) {
        let is_resource = index == 0 && matches!(reference, Reference::Resource { .. });
        parts.push((part, if is_resource { 2 } else { 3 }));
        index += 1;
    }
    parts.push((span.part(end, end + 1), 0));
    parts
}

/// Each relative to the one before it, as the protocol wants it.
fn to_protocol(document: &Document, parts: &[(Span, u32)]) -> Vec<SemanticToken> {
    let (mut line, mut column) = (0, 0);
    let token = |(span, kind): &(Span, u32)| {
        let range = document
            .lines
            .range(&document.text, span.start as usize, span.end as usize);
        let delta_line = range.start.line - line;
        let delta_start = match delta_line {
            0 => range.start.character - column,
            _ => range.start.character,
        };
        (line, column) = (range.start.line, range.start.character);
        SemanticToken {
            delta_line,
            delta_start,
            length: range.end.character.saturating_sub(range.start.character),
            token_type: *kind,
            token_modifiers_bitset: 0,
        }
    };
    parts.iter().map(token).collect()
}
