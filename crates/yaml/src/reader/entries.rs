//! A mapping as a whole: its entries, where their keys are names, and what is no mapping and was
//! meant as one.

use super::{instead, type_problem};
use crate::rules::EMPTY_VALUE;
use crate::rules::UNKNOWN_KEY;
use crate::tree::{Entry, Kind, Node, Style};
use diagnostics::report::{Problem, Report};
use diagnostics::source::Spanned;

/// Reports that `node` is no mapping, with what a mapping would look like.
pub fn not_a_mapping(node: &Node, what: &str, report: &mut Report) {
    let problem = type_problem(node, what, "a mapping");
    let joined = match &node.kind {
        Kind::String(text, Style::Plain) => meant_entry(text),
        _ => None,
    };
    let help = match &node.kind {
        Kind::List(items) if items.iter().any(|item| item.get("name").is_some()) => {
            "write each `name` as a key, without a dash, and the rest below it".to_owned()
        }
        Kind::List(_) => "write `KEY: VALUE` lines, without dashes".to_owned(),
        _ => "write `KEY: VALUE` lines below it".to_owned(),
    };
    let problem = match joined {
        // The whole word is written anew: it becomes a key and a value.
        Some(Meant { entry, help, sure }) => {
            let is_word = node
                .as_str()
                .is_some_and(|text| node.span.word(text.len()) == Some(node.span));
            instead(problem.help(help), node, (sure && is_word).then_some(entry))
        }
        None => problem.help(help),
    };
    report.push(problem);
}

/// Whether a text that stands in the place of a mapping is an attempt at the entry of a key.
pub(super) fn is_entry(text: &str, key: &str) -> bool {
    let wide = text.contains(WIDE_COLON);
    wide || text
        .strip_prefix(key)
        .is_some_and(|rest| rest.trim_start().starts_with([':', '=']))
}

/// The colon of East Asian writing, which an input method leaves behind.
const WIDE_COLON: char = '\u{ff1a}';

/// What a word was meant to be.
struct Meant {
    /// The entry of a mapping.
    entry: String,
    help: String,
    /// Whether only a space is missing.
    sure: bool,
}

/// What a word such as `name:shop` or `name=shop` was meant to be.
fn meant_entry(text: &str) -> Option<Meant> {
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
        ':' => format!("write `{entry}`, with a space after the colon, on a line of its own"),
        '=' => format!("write `{entry}`"),
        _ => format!("write `{entry}`, with a plain colon and a space after it"),
    };
    Some(Meant {
        entry,
        help,
        sure: separator == ':',
    })
}

/// The entries of a mapping whose keys are names of the author's choice. Entries without a value
/// are reported.
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
            report_nothing(
                key,
                entry,
                format!("give `{key}` a value, or remove the key"),
                report,
            );
        } else {
            list.push((Spanned::new(key.clone(), entry.key), &entry.value));
        }
    }
    list
}

pub(super) fn report_nothing(key: &str, entry: &Entry, help: String, report: &mut Report) {
    let problem = Problem::new(&EMPTY_VALUE, format!("`{key}` has no value")).at(entry.key);
    report.push(problem.help(help));
}

/// As [`named_entries`], where the keys of one entry (`members`, of what is called `one`) may have
/// slipped out of it.
pub fn named_entries_with_members<'node>(
    node: &'node Node,
    what: &str,
    one: &str,
    members: &[&str],
    report: &mut Report,
) -> Vec<(Spanned<String>, &'node Node)> {
    let entries = node.as_map().into_iter().flatten();
    let is_mapping = |entry: &Entry| matches!(entry.value.kind, Kind::Map(_));
    let slipped = entries
        .clone()
        .find(|(key, entry)| members.contains(&key.as_str()) && !is_mapping(entry));
    let Some((key, entry)) = slipped else {
        let Kind::Map(_) = &node.kind else {
            return named_entries(node, what, report);
        };
        let member = members.first().copied().unwrap_or_default();
        for (key, entry) in entries.clone().filter(|(_, entry)| entry.value.is_null()) {
            report_nothing(
                key,
                entry,
                format!("write `{member}:` below it, indented, or remove `{key}`"),
                report,
            );
        }
        let full = entries.filter(|(_, entry)| !entry.value.is_null());
        return full
            .map(|(key, entry)| (Spanned::new(key.clone(), entry.key), &entry.value))
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
        .map(|(key, entry)| (Spanned::new(key.clone(), entry.key), &entry.value))
        .collect()
}
