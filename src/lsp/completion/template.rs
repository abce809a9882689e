//! Templates: the fields of their data, and functions.

use std::collections::BTreeSet;

use lsp_types::CompletionItemKind;

use super::{Item, Items};
use crate::lsp::files::Kind;
use crate::lsp::query::Query;
use crate::lsp::templates::{Typed, fields, functions, typed};

/// What can follow in an action of a template that is not closed; `None` outside of one.
pub(super) fn items(query: &Query<'_>) -> Option<Items> {
    let kind = query.document.kind;
    if !matches!(kind, Kind::Definitions | Kind::Other) {
        return None;
    }
    let (typed, replaces) = typed(query.before())?;
    let list = match typed {
        Typed::Function => of_functions(kind),
        Typed::Field(path) => of_fields(query, &path),
    };
    Some(Items { list, replaces })
}

fn of_functions(kind: Kind) -> Vec<Item> {
    let item = |(name, takes): (&str, String)| Item {
        detail: Some(format!("{name} {takes}")),
        ..Item::new(name, CompletionItemKind::FUNCTION)
    };
    functions(kind).into_iter().map(item).collect()
}

fn of_fields(query: &Query<'_>, path: &[&str]) -> Vec<Item> {
    let known = fields(query.document.kind, path)
        .into_iter()
        .map(|word| Item {
            about: word.about,
            ..Item::new(word.name, CompletionItemKind::FIELD)
        });
    let own = own_fields(query, path);
    let own = own
        .into_iter()
        .map(|name| Item::new(name, CompletionItemKind::FIELD));
    known.chain(own).collect()
}

/// The fields that the definition around the place gives: its params, and the keys that its sections
/// render to.
fn own_fields(query: &Query<'_>, path: &[&str]) -> BTreeSet<String> {
    let section = match path {
        ["Params"] => "supported_params",
        ["Init"] => "init",
        ["State"] => "state",
        ["Shared"] => "shared",
        ["Defaults"] => "defaults",
        _ => return BTreeSet::new(),
    };
    let tree = &query.document.tree;
    let entries = tree
        .documents
        .iter()
        .filter_map(|document| match &document.kind {
            yaml::Kind::List(entries) => Some(entries),
            _ => None,
        });
    let mut entries = entries
        .flatten()
        .filter(|entry| entry.span.start as usize <= query.offset);
    let Some(node) = entries.next_back().and_then(|entry| entry.get(section)) else {
        return BTreeSet::new();
    };
    match &node.kind {
        yaml::Kind::List(names) => names
            .iter()
            .filter_map(|name| name.as_str().map(str::to_owned))
            .collect(),
        yaml::Kind::Map(entries) => entries.keys().map(str::to_owned).collect(),
        yaml::Kind::String(text, _) => text.lines().filter_map(top_key).collect(),
        _ => BTreeSet::new(),
    }
}

/// The key that a line of a section begins with.
fn top_key(line: &str) -> Option<String> {
    let (key, _) = line.split_once(':')?;
    let is_name = !key.is_empty()
        && key
            .chars()
            .all(|letter| letter.is_ascii_alphanumeric() || letter == '_');
    is_name.then(|| key.to_owned())
}
