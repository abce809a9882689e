//! What can be done about a problem: the edits that fix it, what may have been meant, and a comment
//! that allows it.

use std::collections::BTreeMap;
use std::path::PathBuf;

use lsp_types::{
    AnnotatedTextEdit, CodeAction, CodeActionKind, CodeActionOrCommand, DocumentChanges,
    NumberOrString, OneOf, OptionalVersionedTextDocumentIdentifier, Range, TextDocumentEdit,
    TextEdit, WorkspaceEdit,
};

use super::documents::Document;
use super::files::uri_of;
use super::findings::Finding;
use diagnostics::suggestions::closest_match;
use yaml::{Kind, Node, Style};

/// Gives the names that can be written up to an offset.
pub(super) type Labels<'a> = dyn Fn(usize) -> Vec<String> + 'a;

/// The actions for the problems in a range of a file.
pub(super) fn actions(
    document: &Document,
    range: Range,
    findings: &[&Finding],
    labels: &Labels<'_>,
) -> Vec<CodeActionOrCommand> {
    let touches = |finding: &&&Finding| {
        let place = finding.diagnostic.range;
        place.start <= range.end && range.start <= place.end
    };
    let mut actions = Vec::new();
    for finding in findings.iter().filter(touches) {
        let fix = fix(finding);
        match fix {
            Some(fix) => actions.push(fix),
            None => actions.extend(suggestion(document, finding, labels)),
        }
        actions.extend(allow(document, finding));
    }
    actions.extend(fix_all(document, findings));
    actions
        .into_iter()
        .map(CodeActionOrCommand::CodeAction)
        .collect()
}

/// The edits of a problem.
fn fix(finding: &Finding) -> Option<CodeAction> {
    let (_, first) = finding.edits.first()?;
    let is_word = finding.edits.len() == 1
        && !first.new_text.trim().is_empty()
        && !first.new_text.contains('\n');
    let title = match is_word {
        true => format!("Replace with `{}`", first.new_text.trim()),
        false => format!("Fix `{}`", name(finding)),
    };
    Some(quick_fix(title, finding, finding.edits.clone(), true))
}

/// The known name that is closest to what is written.
fn suggestion(document: &Document, finding: &Finding, labels: &Labels<'_>) -> Option<CodeAction> {
    let Range { start, end } = finding.diagnostic.range;
    let (lines, text) = (&document.lines, &document.text);
    let (start, end) = (lines.offset(text, start), lines.offset(text, end));
    let written = text.get(start..end)?;
    let (word_start, word_end, closest) = parts(written).into_iter().find_map(|(from, to)| {
        let word = &written[from..to];
        let known = labels(start + to);
        let known = known.iter().map(String::as_str);
        let closest = closest_match(word, known).filter(|closest| *closest != word)?;
        Some((start + from, start + to, closest.to_owned()))
    })?;
    let range = lines.range(text, word_start, word_end);
    let edit = TextEdit::new(range, closest.clone());
    let edits = vec![(document.path.clone(), edit)];
    let title = format!("Replace with `{closest}`");
    Some(quick_fix(title, finding, edits, false))
}

/// The parts of a marked text that may be a wrong name: the parts of a placeholder, the last first,
/// or all of any other text.
fn parts(written: &str) -> Vec<(usize, usize)> {
    let is_quote = |letter| matches!(letter, '"' | '\'');
    let from = written.len() - written.trim_start_matches(is_quote).len();
    let to = written.trim_end_matches(is_quote).len().max(from);
    let Some(inner) = written[from..to].strip_prefix("${") else {
        return vec![(from, to)];
    };
    let mut start = from + "${".len();
    let mut parts = Vec::new();
    for part in inner.trim_end_matches('}').split('.') {
        parts.push((start, start + part.len()));
        start += part.len() + 1;
    }
    parts.reverse();
    parts
}

/// A comment in front of the line, which allows the problem there.
fn allow(document: &Document, finding: &Finding) -> Option<CodeAction> {
    let line = finding.diagnostic.range.start.line as usize;
    let start = document.lines.start(line);
    let is_in_text = document
        .tree
        .documents
        .iter()
        .any(|node| is_in_block(node, start));
    if !finding.can_be_allowed || is_in_text {
        return None;
    }
    let text = document.lines.line(&document.text, line);
    let indent = &text[..text.len() - text.trim_start().len()];
    let comment = format!("{indent}# score-rs: allow {}\n", name(finding));
    let edit = TextEdit::new(document.lines.range(&document.text, start, start), comment);
    let edits = vec![(document.path.clone(), edit)];
    let title = format!("Allow `{}` here", name(finding));
    Some(quick_fix(title, finding, edits, false))
}

/// Whether an offset is in a text of several lines, where a comment is part of the text.
fn is_in_block(node: &Node, offset: usize) -> bool {
    let is_inside = (node.span.start as usize..node.span.end as usize).contains(&offset);
    match &node.kind {
        Kind::String(_, Style::Plain) => false,
        Kind::String(..) => is_inside && node.span.start as usize != offset,
        Kind::List(items) => items.iter().any(|item| is_in_block(item, offset)),
        Kind::Map(entries) => entries
            .values()
            .any(|entry| is_in_block(&entry.value, offset)),
        _ => false,
    }
}

/// All edits of the file that do not touch each other.
fn fix_all(document: &Document, findings: &[&Finding]) -> Option<CodeAction> {
    let mut edits: Vec<(PathBuf, TextEdit)> = Vec::new();
    for finding in findings {
        let is_free = |(path, edit): &(PathBuf, TextEdit)| {
            *path == document.path
                && edits.iter().all(|(_, other)| {
                    other.range.end < edit.range.start || edit.range.end < other.range.start
                })
        };
        if finding.edits.iter().all(is_free) {
            edits.extend(finding.edits.iter().cloned());
        }
    }
    (!edits.is_empty()).then(|| CodeAction {
        title: "Fix all that is unambiguous".to_owned(),
        kind: Some(CodeActionKind::SOURCE_FIX_ALL),
        edit: Some(workspace_edit(edits)),
        ..CodeAction::default()
    })
}

fn quick_fix(
    title: String,
    finding: &Finding,
    edits: Vec<(PathBuf, TextEdit)>,
    is_preferred: bool,
) -> CodeAction {
    CodeAction {
        title,
        kind: Some(CodeActionKind::QUICKFIX),
        diagnostics: Some(vec![finding.diagnostic.clone()]),
        edit: Some(workspace_edit(edits)),
        is_preferred: is_preferred.then_some(true),
        ..CodeAction::default()
    }
}

fn workspace_edit(edits: Vec<(PathBuf, TextEdit)>) -> WorkspaceEdit {
    let mut by_file: BTreeMap<PathBuf, Vec<OneOf<TextEdit, AnnotatedTextEdit>>> = BTreeMap::new();
    for (path, edit) in edits {
        by_file.entry(path).or_default().push(OneOf::Left(edit));
    }
    let edit = |(path, edits): (PathBuf, Vec<_>)| {
        let text_document = OptionalVersionedTextDocumentIdentifier {
            uri: uri_of(&path)?,
            version: None,
        };
        Some(TextDocumentEdit {
            text_document,
            edits,
        })
    };
    let edits = by_file.into_iter().filter_map(edit).collect();
    WorkspaceEdit {
        document_changes: Some(DocumentChanges::Edits(edits)),
        ..WorkspaceEdit::default()
    }
}

fn name(finding: &Finding) -> &str {
    match &finding.diagnostic.code {
        Some(NumberOrString::String(name)) => name,
        _ => "",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_parts_of_a_placeholder_may_be_wrong() {
        let words = |written: &'static str| -> Vec<&str> {
            let parts = parts(written).into_iter();
            parts.map(|(from, to)| &written[from..to]).collect()
        };
        assert_eq!(words("${resources.db.hots}"), ["hots", "db", "resources"]);
        assert_eq!(words("\"a.b/c\""), ["a.b/c"]);
        assert_eq!(words(""), [""]);
        assert_eq!(words("'"), [""]);
    }
}
