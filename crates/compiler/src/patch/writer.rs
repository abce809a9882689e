//! What a patch writes into an object, and the record of where it was written.

use super::path;
use crate::support::places::{Places, Step};
use diagnostics::ordered_map::Key;
use diagnostics::source::Span;
use diagnostics::value::Value;
use yaml::{Entry, Kind, Node};

/// The key that says how a mapping or a list is merged, as in kustomize.
pub(super) const DIRECTIVE: &str = "$patch";

/// A place in a document that is about to be written.
pub(super) struct Writer<'a> {
    places: &'a mut Places,
    path: Vec<Step>,
    /// How many steps lead to the object.
    object: usize,
}

impl<'a> Writer<'a> {
    pub(super) fn new(places: &'a mut Places, object: &[Step]) -> Writer<'a> {
        Writer {
            places,
            path: object.to_vec(),
            object: object.len(),
        }
    }

    /// The way from the object.
    pub(super) fn path(&self) -> &[Step] {
        &self.path[self.object..]
    }

    pub(super) fn enter(&mut self, step: Step) {
        self.path.push(step);
    }

    pub(super) fn leave(&mut self) {
        self.path.pop();
    }

    /// Records that a new value is here, and gives it.
    pub(super) fn set(&mut self, key: Option<Span>, node: &Node) -> Value {
        let node = without_nulls(node);
        self.places.set_tree(&self.path, key, &node);
        node.to_value()
    }

    /// As [`Writer::set`], for a value that is written with each `null` that it has.
    pub(super) fn set_as_is(&mut self, node: &Node) -> Value {
        self.places.set_tree(&self.path, None, node);
        node.to_value()
    }

    /// Records that the value here is removed.
    pub(super) fn remove(&mut self, span: Span) {
        self.places.remove(&self.path, span);
    }

    /// Records that an item is inserted here.
    pub(super) fn insert_item(&mut self) {
        if let Some((Step::Index(index), list)) = self.path.split_last() {
            self.places.insert_item(list, *index);
        }
    }

    /// Runs `write` for a way in the object.
    pub(super) fn within<T>(&mut self, steps: &[Step], write: impl FnOnce(&mut Self) -> T) -> T {
        let length = self.path.len();
        self.path.extend_from_slice(steps);
        let result = write(self);
        self.path.truncate(length);
        result
    }
}

/// Removes the value at a way; `None` where there is none.
pub(super) fn remove(value: &mut Value, steps: &[Step]) -> Option<Value> {
    let (last, parent) = steps.split_last()?;
    match (path::at_mut(value, parent)?, last) {
        (Value::Map(map), Step::Key(key)) => map.shift_remove(key),
        (Value::List(items), Step::Index(index)) if *index < items.len() => {
            Some(items.remove(*index))
        }
        _ => None,
    }
}

/// A tree without the entries that only delete, and without directives.
pub(super) fn without_nulls(node: &Node) -> Node {
    let kind = match &node.kind {
        Kind::Map(entries) => {
            let entries = entries.iter().filter(|(key, entry)| {
                let is_nothing = entry.value.is_null() || is_deletion(&entry.value);
                key.as_str() != DIRECTIVE && !is_nothing
            });
            let entry = |(key, entry): (&Key, &Entry)| {
                let entry = Entry {
                    key: entry.key,
                    value: without_nulls(&entry.value),
                };
                (key.clone(), entry)
            };
            Kind::Map(entries.map(entry).collect())
        }
        Kind::List(items) => {
            let is_item = |item: &&Node| !is_deletion(item) && !is_replacement_alone(item);
            Kind::List(items.iter().filter(is_item).map(without_nulls).collect())
        }
        kind => kind.clone(),
    };
    Node {
        span: node.span,
        kind,
    }
}

/// Whether a mapping says that what it stands for is deleted.
pub(super) fn is_deletion(node: &Node) -> bool {
    has_directive(node, "delete")
}

/// Whether a mapping, or an item of a list, says that it replaces all that is there.
pub(super) fn replaces(node: &Node) -> bool {
    match &node.kind {
        Kind::List(items) => items.iter().any(is_replacement_alone),
        _ => is_replacement(node),
    }
}

fn is_replacement(node: &Node) -> bool {
    has_directive(node, "replace")
}

/// Whether an item only says that its list replaces.
fn is_replacement_alone(item: &Node) -> bool {
    is_replacement(item) && item.as_map().is_some_and(|map| map.len() == 1)
}

fn has_directive(node: &Node, directive: &str) -> bool {
    node.get(DIRECTIVE).and_then(Node::as_str) == Some(directive)
}
