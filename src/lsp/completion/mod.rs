//! What can be written at a place.

mod placeholder;
mod score;
mod template;

use lsp_types::{
    CompletionItem, CompletionItemKind, CompletionTextEdit, Documentation, MarkupContent,
    MarkupKind, Range, TextEdit,
};

use super::files::Kind;
use super::place::{ITEM, Part, Place};
use super::query::Query;
use super::schemas::{self, Word};
use crate::project::environment::{ENVIRONMENTS, FILE, TARGETS};
use crate::report::rules;
use crate::system::os;
use compiler::parse::COMMENT_PREFIX;
use std::path::Path;

/// Something that can be written.
#[derive(Debug, Default)]
pub(super) struct Item {
    pub(super) label: String,
    /// What is written, if not the label.
    pub(super) text: Option<String>,
    pub(super) kind: Option<CompletionItemKind>,
    pub(super) detail: Option<String>,
    pub(super) about: String,
}

/// What can be written, and how many bytes before the place it replaces.
#[derive(Debug, Default)]
pub(super) struct Items {
    pub(super) list: Vec<Item>,
    pub(super) replaces: usize,
}

impl Item {
    pub(super) fn new(label: impl Into<String>, kind: CompletionItemKind) -> Item {
        Item {
            label: label.into(),
            kind: Some(kind),
            ..Item::default()
        }
    }
}

/// What can be written at the place of a query.
pub(super) fn complete(query: &Query<'_>) -> Vec<CompletionItem> {
    let Items { list, replaces } = items(query);
    let start = query.position(query.offset - replaces);
    let range = Range::new(start, query.position(query.offset));
    list.into_iter()
        .map(|item| to_protocol(item, range))
        .collect()
}

/// The names that can be written at the place of a query.
pub(super) fn labels(query: &Query<'_>) -> Vec<String> {
    items(query)
        .list
        .into_iter()
        .map(|item| item.label)
        .collect()
}

fn items(query: &Query<'_>) -> Items {
    let kind = query.document.kind;
    let place = query.place();
    if let Some(items) = comment(query, &place) {
        return items;
    }
    if let Some(items) = template::items(query) {
        return items;
    }
    if kind == Kind::Score
        && let Some(items) = placeholder::items(query)
    {
        return items;
    }
    if matches!(place.part, Part::Comment | Part::Block) {
        return Items::default();
    }
    let special = match kind {
        Kind::Score => score::items(query, &place),
        Kind::Environment => environment(&place),
        _ => Vec::new(),
    };
    let mut list = special;
    if list.is_empty() {
        list = from_schema(query, &place);
    }
    Items {
        list,
        replaces: query.offset - place.start,
    }
}

/// The names of rules, in a comment for this program.
fn comment(query: &Query<'_>, place: &Place) -> Option<Items> {
    let before = query.before();
    let comment = &before[before.rfind('#').filter(|_| place.part == Part::Comment)? + 1..];
    let words = comment.trim_start().strip_prefix(COMMENT_PREFIX.as_str())?;
    let word = words.rsplit([' ', ',']).next().unwrap_or_default();
    let is_first = !words.trim_start().contains(' ');
    let list = match is_first {
        true => vec![Item::new("allow", CompletionItemKind::KEYWORD)],
        false => allowed_rules(),
    };
    Some(Items {
        list,
        replaces: word.len(),
    })
}

fn allowed_rules() -> Vec<Item> {
    let rules = rules::ALL.iter().filter(|rule| !rule.is_always_error());
    let item = |rule: &&diagnostics::rule::Rule| Item {
        about: rule.summary().to_owned(),
        ..Item::new(rule.name(), CompletionItemKind::VALUE)
    };
    rules.map(item).collect()
}

/// The names of environments, where one is extended.
fn environment(place: &Place) -> Vec<Item> {
    if !place.is(&["extends"]) {
        return Vec::new();
    }
    let mut names = os::directory_names(Path::new(ENVIRONMENTS));
    names.retain(|name| os::exists(&Path::new(ENVIRONMENTS).join(name).join(FILE)));
    names.extend(TARGETS.map(|target| target.name().to_owned()));
    let item = |name| Item::new(name, CompletionItemKind::MODULE);
    names.into_iter().map(item).collect()
}

/// The keys or values that the schema has.
pub(super) fn from_schema(query: &Query<'_>, place: &Place) -> Vec<Item> {
    let schema = query.document.kind.schema();
    let Some(schema) = schema.and_then(|kind| query.context.schemas.get(kind)) else {
        return Vec::new();
    };
    if place.part == Part::Value {
        return values(schemas::values(&schema, &place.path));
    }
    let present = present_keys(query, place);
    let mut keys = schemas::keys(&schema, &place.path);
    keys.retain(|word| !present.contains(&word.name));
    let values = values(schemas::values(&schema, &place.path));
    keys.into_iter().map(key).chain(values).collect()
}

/// The keys that the mapping of a place has already.
fn present_keys(query: &Query<'_>, place: &Place) -> Vec<String> {
    let Some(score) = query
        .score()
        .filter(|_| !place.path.iter().any(|key| key == ITEM))
    else {
        return Vec::new();
    };
    let path: Vec<&str> = place.path.iter().map(String::as_str).collect();
    let typed = &query.document.text[place.start..query.offset];
    let keys = score.keys(&path).into_iter();
    keys.filter(|key| *key != typed)
        .map(str::to_owned)
        .collect()
}

fn values(words: Vec<Word>) -> Vec<Item> {
    let item = |word: Word| Item::new(word.name, CompletionItemKind::VALUE);
    words.into_iter().map(item).collect()
}

/// A key, with its colon.
pub(super) fn key(word: Word) -> Item {
    let colon = if word.has_children { ":" } else { ": " };
    Item {
        text: Some(format!("{}{colon}", word.name)),
        about: word.about,
        ..Item::new(word.name, CompletionItemKind::PROPERTY)
    }
}

fn to_protocol(item: Item, range: Range) -> CompletionItem {
    let text = item.text.unwrap_or_else(|| item.label.clone());
    let about = MarkupContent {
        kind: MarkupKind::Markdown,
        value: item.about,
    };
    let about = (!about.value.is_empty()).then_some(Documentation::MarkupContent(about));
    CompletionItem {
        label: item.label,
        kind: item.kind,
        detail: item.detail,
        documentation: about,
        text_edit: Some(CompletionTextEdit::Edit(TextEdit::new(range, text))),
        ..CompletionItem::default()
    }
}
