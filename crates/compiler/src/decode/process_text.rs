//! Texts that a process gets.

use super::string::string;
use diagnostics::report::{Problem, Report};
use diagnostics::source::{Span, Spanned};
use diagnostics::value::Value;
use yaml::{Kind, Node};

rules! {
    /// A string that is passed to a process contains a NUL character.
    pub NUL_CHARACTER: "nul-character", Error;
}

/// A text that is handed to a process, which no text with a NUL character can be.
pub(super) fn process_text(node: &Node, what: &str, report: &mut Report) -> Option<()> {
    no_nul(&string(node, what, report)?, what, report).then_some(())
}

/// The text of a string that a process gets; `None` after a report.
pub(super) fn process_string(
    node: &Node,
    what: &str,
    report: &mut Report,
) -> Option<Spanned<String>> {
    string(node, what, report).filter(|text| no_nul(text, what, report))
}

/// The place of the first key or string with a NUL character in what a provisioner gave.
pub(crate) fn find_nul(node: &Node) -> Option<Span> {
    match &node.kind {
        Kind::String(text, _) => text.contains('\0').then_some(node.span),
        Kind::List(items) => items.iter().find_map(find_nul),
        Kind::Map(entries) => entries.iter().find_map(|(key, entry)| {
            let in_key = key.contains('\0').then_some(entry.key);
            in_key.or_else(|| find_nul(&entry.value))
        }),
        _ => None,
    }
}

/// Whether a value has a NUL character in any string.
pub(crate) fn has_nul(value: &Value) -> bool {
    match value {
        Value::String(text) => text.contains('\0'),
        Value::List(items) => items.iter().any(has_nul),
        Value::Map(entries) => entries
            .iter()
            .any(|(key, item)| key.contains('\0') || has_nul(item)),
        _ => false,
    }
}

pub(super) fn no_nul(text: &Spanned<String>, what: &str, report: &mut Report) -> bool {
    let found = text.value.contains('\0');
    if found {
        let problem =
            Problem::new(&NUL_CHARACTER, format!("{what} contains a NUL character")).at(text.span);
        report.push(problem.help("remove it; programs and file systems do not accept it"));
    }
    !found
}
