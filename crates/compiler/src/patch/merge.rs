//! `merge`: mappings merge key by key, `null` deletes, lists merge as the target says, and all else
//! replaces.

use super::rules::INVALID_PATCH;
use super::writer::{DIRECTIVE, Writer, is_deletion, replaces, without_nulls};
use crate::support::places::Step;
use diagnostics::report::{Problem, Report};
use diagnostics::source::Span;
use diagnostics::suggestions::closest_match;
use diagnostics::value::{Map, Value};
use yaml::{Entries, Kind, Node, reader};

/// How parts of an object merge with a patch.
#[derive(Clone, Copy)]
pub struct MergeRules {
    /// How the list at a path of an object merges.
    pub list: fn(ObjectKind<'_>, &[Step]) -> ListMerge,
    /// What brings the value at a path and its change to the same form, where it has several.
    pub same_form: fn(&[Step]) -> Option<SameForm>,
    /// The index that a new key gets in a mapping, which is under another key.
    pub index: fn(Option<&Step>, &Map, &str) -> usize,
}

impl MergeRules {
    /// Whether a change replaces all that is at a path.
    pub(super) fn replaces(
        &self,
        kind: ObjectKind<'_>,
        path: &[Step],
        value: &Value,
        change: &Node,
    ) -> bool {
        let is_other = |key| {
            let values = value.get(key).zip(change.get(key));
            values.is_some_and(|(old, new)| !new.is_null() && *old != new.to_value())
        };
        let rule = change.as_map().map(|_| (self.list)(kind, path));
        replaces(change) || matches!(rule, Some(ListMerge::ReplaceOther(key)) if is_other(key))
    }

    /// Sets a key. `path` leads to it; a new one gets its place among the others.
    pub(super) fn set_key(&self, path: &[Step], map: &mut Map, key: &str, value: Value) {
        match map.get_mut(key) {
            Some(old) => *old = value,
            None => {
                let parent = path.len().checked_sub(2).and_then(|index| path.get(index));
                let index = (self.index)(parent, map, key);
                map.shift_insert(index.min(map.len()), key.to_owned(), value);
            }
        }
    }
}

/// Brings a value and its change to the same form, such as a mapping where one of them is a list.
pub type SameForm = fn(&Node, &Node) -> Option<(Node, Node)>;

/// What an object is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ObjectKind<'a> {
    /// The API version; empty where kinds have none.
    pub api_version: &'a str,
    /// The kind.
    pub kind: &'a str,
}

/// How a list, or another value, merges with another.
#[derive(Debug, Clone, Copy)]
pub enum ListMerge {
    /// The new list replaces the other.
    Replace,
    /// The new value replaces the other, also where only one of them is a list.
    ReplaceAny,
    /// Items that are not there are appended.
    Union,
    /// All items are appended.
    Append,
    /// Items with the same values of these keys merge, others are appended. A key may have a
    /// default.
    Keyed(&'static [(&'static str, Option<&'static str>)]),
    /// An item replaces the one with the same identity, others are appended.
    Unique(fn(&Value) -> String),
    /// No list, but a mapping, which replaces one that has another value of this key.
    ReplaceOther(&'static str),
}

/// Merges a patch into objects of one kind.
pub(super) struct Merge<'a, 'p> {
    pub(super) rules: MergeRules,
    pub(super) kind: ObjectKind<'a>,
    pub(super) writer: &'a mut Writer<'p>,
    pub(super) report: &'a mut Report,
}

impl Merge<'_, '_> {
    /// Merges a change into a value. `key` is where the key of the change is written.
    pub(super) fn value(&mut self, value: &mut Value, change: &Node, key: Option<Span>) {
        let same_form = self.same_form(value, change);
        let change = same_form.as_ref().unwrap_or(change);
        let is_replaced = self
            .rules
            .replaces(self.kind, self.writer.path(), value, change);
        match (&mut *value, &change.kind) {
            _ if is_replaced => *value = self.writer.set(key, change),
            (Value::Map(map), Kind::Map(entries)) => self.map(map, entries),
            (Value::List(items), Kind::List(changes)) => match self.rule() {
                ListMerge::Replace | ListMerge::ReplaceAny => *value = self.writer.set(key, change),
                rule => self.list(items, changes, rule),
            },
            (Value::Map(_) | Value::List(_), _)
                if !matches!(self.rule(), ListMerge::ReplaceAny) =>
            {
                let (kind, other) = (value.kind(), change.kind_name());
                let message = format!("this is {other}, but the object has {kind} here");
                let help = format!("write {kind}, or replace the value by `set`");
                self.invalid(message, help, change.span);
            }
            _ => *value = self.writer.set(key, change),
        }
    }

    fn map(&mut self, map: &mut Map, entries: &Entries) {
        for (key, entry) in entries {
            if key == DIRECTIVE {
                continue;
            }
            self.writer.enter(Step::Key(key.into()));
            match map.get_mut(key).filter(|value| **value != Value::Null) {
                _ if entry.value.is_null() || is_deletion(&entry.value) => {
                    if map.shift_remove(key).is_some() {
                        self.writer.remove(entry.key);
                    }
                }
                Some(value) => self.value(value, &entry.value, Some(entry.key)),
                None => {
                    let value = self.writer.set(Some(entry.key), &entry.value);
                    let path = self.writer.path();
                    self.rules.set_key(path, map, key, value);
                }
            }
            self.writer.leave();
        }
    }

    fn list(&mut self, items: &mut Vec<Value>, changes: &[Node], rule: ListMerge) {
        for change in changes {
            let Ok(identity) = self.identity(change, rule) else {
                continue;
            };
            let position = identity.as_ref().and_then(|identity| {
                items
                    .iter()
                    .position(|item| identity_of(item, rule).as_ref() == Some(identity))
            });
            let index = position.unwrap_or(items.len());
            self.writer.enter(Step::Index(index));
            match items.get_mut(index) {
                _ if is_deletion(change) => {
                    if position.is_some() {
                        items.remove(index);
                        self.writer.remove(change.span);
                    }
                }
                Some(item) if matches!(rule, ListMerge::Keyed(_)) => self.value(item, change, None),
                Some(_) if matches!(rule, ListMerge::Union) => {}
                Some(item) => *item = self.writer.set(None, change),
                None => items.push(self.writer.set(None, change)),
            }
            self.writer.leave();
        }
    }

    fn rule(&self) -> ListMerge {
        (self.rules.list)(self.kind, self.writer.path())
    }

    /// What an item of a change is known by; `None` for one that is always appended.
    fn identity(&mut self, change: &Node, rule: ListMerge) -> Result<Option<String>, ()> {
        if change.is_null() {
            let message = "an item of a list cannot be `null`".to_owned();
            let help = match rule {
                ListMerge::Keyed(keys) => {
                    format!(
                        "to delete an item, write `{{{}: .., $patch: delete}}`",
                        keys[0].0
                    )
                }
                _ => "remove it; to delete an item, write the path of the list and the items that \
                      stay in `set`"
                    .to_owned(),
            };
            self.invalid(message, help, change.span);
            return Err(());
        }
        let ListMerge::Keyed(keys) = rule else {
            return Ok(identity_of(&without_nulls(change).to_value(), rule));
        };
        let has = |(key, default): &&(&str, Option<&str>)| {
            default.is_some() || change.get(key).is_some_and(|value| !value.is_null())
        };
        if let Some((key, _)) = keys.iter().find(|key| !has(key)) {
            let message = format!("an item of this list needs `{key}`, by which its items merge");
            let near = change.as_map().and_then(|map| {
                let near = closest_match(key, map.keys())?;
                Some((near, map.get(near)?.key))
            });
            let (help, place) = match near {
                Some((near, place)) => (format!("write `{key}` instead of `{near}`"), place),
                None => (
                    format!("add `{key}`, or write `- $patch: replace` to replace the whole list"),
                    change.span,
                ),
            };
            self.invalid(message, help, place);
            return Err(());
        }
        Ok(identity_of(&change.to_value(), rule))
    }

    /// The change in the form of the value, where their forms differ; the value may get another.
    fn same_form(&self, value: &mut Value, change: &Node) -> Option<Node> {
        if matches!(
            (&*value, &change.kind),
            (Value::Map(_), Kind::Map(_)) | (Value::List(_), Kind::List(_))
        ) || replaces(change)
        {
            return None;
        }
        let same_form = (self.rules.same_form)(self.writer.path())?;
        let (old, change) = same_form(&Node::from_value(value, change.span), change)?;
        *value = old.to_value();
        Some(change)
    }

    fn invalid(&mut self, message: String, help: String, place: Span) {
        let problem = Problem::new(&INVALID_PATCH, message).at(place);
        self.report.push(problem.help(help));
    }
}

/// What an item is known by.
pub(super) fn identity_of(item: &Value, rule: ListMerge) -> Option<String> {
    match rule {
        ListMerge::Replace
        | ListMerge::ReplaceAny
        | ListMerge::ReplaceOther(_)
        | ListMerge::Append => None,
        ListMerge::Union => Some(item.to_json()),
        ListMerge::Unique(identity) => Some(identity(item)),
        ListMerge::Keyed(keys) => {
            let text = |(key, default): &(&str, Option<&str>)| match item.get(key) {
                Some(value) if *value != Value::Null => Some(value.to_text()),
                _ => default.map(str::to_owned),
            };
            let texts: Option<Vec<String>> = keys.iter().map(text).collect();
            texts.map(|texts| texts.join("\0"))
        }
    }
}

/// Reports directives that there are not.
pub(super) fn check_directives(node: &Node, report: &mut Report) {
    match &node.kind {
        Kind::List(items) => items.iter().for_each(|item| check_directives(item, report)),
        Kind::Map(entries) => {
            for (key, entry) in entries {
                if key == DIRECTIVE {
                    reader::word(&entry.value, &format!("`{DIRECTIVE}`"), &WORDS, report);
                } else if let Some(help) = help_for_directive(key) {
                    let message = format!("patches have no directive `{key}`");
                    let problem = Problem::new(&INVALID_PATCH, message).at(entry.key);
                    report.push(problem.help(help));
                } else {
                    check_directives(&entry.value, report);
                }
            }
        }
        _ => {}
    }
}

const WORDS: [(&str, ()); 3] = [("delete", ()), ("replace", ()), ("merge", ())];

/// What to write instead of a key that is nearly a directive, or one of kubectl.
fn help_for_directive(key: &str) -> Option<String> {
    const FOREIGN: [&str; 3] = [
        "$retainKeys",
        "$setElementOrder/",
        "$deleteFromPrimitiveList/",
    ];
    if key.starts_with('$') && closest_match(key, [DIRECTIVE]).is_some() {
        return Some(format!("did you mean `{DIRECTIVE}`?"));
    }
    let is_foreign = FOREIGN.iter().any(|known| key.starts_with(known));
    is_foreign.then(|| "write `null` for what is to be deleted, or use `set`".to_owned())
}
