//! Mappings whose keys are names of the author's choice, and values in the place of a mapping.

use super::{replace_value, type_problem};
use crate::rules::EMPTY_VALUE;
use crate::rules::UNKNOWN_KEY;
use crate::tree::{Entry, Kind, Node, Style};
use diagnostics::report::{Problem, Report, Severity};
use diagnostics::source::Spanned;

/// Reports that `node` is not a mapping, with help on how to write one.
pub fn not_a_mapping(node: &Node, what: &str, report: &mut Report) {
    let problem = type_problem(node, what, "a mapping");
    let entry = match &node.kind {
        Kind::String(text, Style::Plain) => intended_entry(text),
        _ => None,
    };
    let help = match &node.kind {
        Kind::List(items) if items.iter().any(|item| item.get("name").is_some()) => {
            "write each `name` as a key, without a dash, and the rest below it".to_owned()
        }
        Kind::List(_) => "write `KEY: VALUE` lines, without dashes".to_owned(),
        _ => "write `KEY: VALUE` lines below it".to_owned(),
    };
    let problem = match entry {
        Some(IntendedEntry {
            entry,
            help,
            is_certain,
        }) => {
            let is_word = node
                .as_str()
                .is_some_and(|text| node.span.word(text.len()) == Some(node.span));
            let entry = (is_certain && is_word).then_some(entry);
            replace_value(problem.help(help), node, entry)
        }
        None => problem.help(help),
    };
    report.push(problem);
}

/// Whether a text in the place of a mapping is an attempt to write an entry with this key.
pub(super) fn is_entry(text: &str, key: &str) -> bool {
    text.contains(WIDE_COLON)
        || text
            .strip_prefix(key)
            .is_some_and(|rest| rest.trim_start().starts_with([':', '=']))
}

/// The full-width colon that East Asian input methods write.
const WIDE_COLON: char = '\u{ff1a}';

/// The entry of a mapping that a word is an attempt at.
struct IntendedEntry {
    entry: String,
    help: String,
    /// Whether only a space is missing, so that a fix may add it.
    is_certain: bool,
}

/// The entry that a word such as `name:shop` or `name=shop` is an attempt at.
fn intended_entry(text: &str) -> Option<IntendedEntry> {
    let (key, rest) = text.split_at(text.find([':', '=', WIDE_COLON])?);
    let separator = rest.chars().next()?;
    let value = rest[separator.len_utf8()..].trim();
    let key = key.trim();
    let is_key = !key.is_empty()
        && key
            .chars()
            .all(|character| character.is_ascii_alphanumeric() || character == '_');
    if !is_key || value.is_empty() || value.contains('\n') || rest.starts_with(":/") {
        return None;
    }
    let entry = format!("{key}: {value}");
    let help = match separator {
        ':' => format!("write `{entry}`, with a space after the colon, on its own line"),
        '=' => format!("write `{entry}`"),
        _ => format!("write `{entry}`, with a plain colon and a space after it"),
    };
    Some(IntendedEntry {
        entry,
        help,
        is_certain: separator == ':',
    })
}

/// The entries of a mapping whose keys are names of the author's choice. Entries without a value
/// are reported and left out.
pub fn named_entries<'node>(
    node: &'node Node,
    what: &str,
    report: &mut Report,
) -> Vec<(Spanned<String>, &'node Node)> {
    let Kind::Map(entries) = &node.kind else {
        not_a_mapping(node, what, report);
        return Vec::new();
    };
    let mut list = Vec::new();
    for (key, entry) in entries {
        if entry.value.is_null() {
            report_empty_value(
                key,
                Severity::Error,
                entry,
                format!("give `{key}` a value, or remove the key"),
                report,
            );
        } else {
            list.push((Spanned::new(key.into(), entry.key), &entry.value));
        }
    }
    list
}

pub(super) fn report_empty_value(
    key: &str,
    severity: Severity,
    entry: &Entry,
    help: String,
    report: &mut Report,
) {
    let problem = Problem::new(&EMPTY_VALUE, format!("`{key}` has no value")).at(entry.key);
    report.push_as(severity, problem.help(help));
}

/// As [`named_entries`], where the author may have left out the names. `members` are the keys of
/// one entry, which is called `one` in messages, as in "a port".
pub fn named_entries_with_members<'node>(
    node: &'node Node,
    what: &str,
    one: &str,
    members: &[&str],
    report: &mut Report,
) -> Vec<(Spanned<String>, &'node Node)> {
    let entries = node.as_map().into_iter().flatten();
    let is_mapping = |entry: &Entry| matches!(entry.value.kind, Kind::Map(_));
    let misplaced = entries
        .clone()
        .find(|(key, entry)| members.contains(&key.as_str()) && !is_mapping(entry));
    let Some((key, entry)) = misplaced else {
        let Kind::Map(_) = &node.kind else {
            return named_entries(node, what, report);
        };
        let member = members.first().copied().unwrap_or_default();
        for (key, entry) in entries.clone().filter(|(_, entry)| entry.value.is_null()) {
            report_empty_value(
                key,
                Severity::Error,
                entry,
                format!("write `{member}:` below it, indented, or remove `{key}`"),
                report,
            );
        }
        let full = entries.filter(|(_, entry)| !entry.value.is_null());
        return full
            .map(|(key, entry)| (Spanned::new(key.into(), entry.key), &entry.value))
            .collect();
    };
    let help = match entries.clone().find(|(_, entry)| entry.value.is_null()) {
        Some((name, _)) => format!("indent it below `{name}:`, with the lines that belong to it"),
        None => format!("write the name of {one} above it, and indent it below that name"),
    };
    let problem = Problem::new(
        &UNKNOWN_KEY,
        format!("`{key}` is a key of {one}, not the name of one"),
    );
    report.push(problem.at(entry.key).help(help));
    let others =
        entries.filter(|(key, entry)| !members.contains(&key.as_str()) && is_mapping(entry));
    others
        .map(|(key, entry)| (Spanned::new(key.into(), entry.key), &entry.value))
        .collect()
}
