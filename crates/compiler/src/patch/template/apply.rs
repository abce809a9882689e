//! Applies the operations of patch templates to the documents.

use super::operation::{Operation, Part};
use super::path_error::{self, PathError};
use crate::patch::{MergeRules, View};
use crate::support::document::Document;
use crate::support::places::{Places, Step};
use diagnostics::value::{Map, Value};
use yaml::{Kind, Node};

/// The maximum number of parts of a path.
const DEEPEST: usize = 100;

/// What an operation did.
pub(super) enum Effect {
    /// It removed an item of a list, so that those after it have other indices.
    RemovedItem,
    /// Anything else.
    Other,
}

/// Applies an operation, and records the places of what it writes.
pub(super) fn apply(
    operation: &Operation,
    view: View,
    documents: &mut Vec<Document>,
) -> Result<Effect, PathError> {
    if operation.path.parts.len() > DEEPEST {
        return Err(path_error::too_long(operation));
    }
    let Some(first) = operation.path.parts.first().filter(|_| view.is_list) else {
        let document = documents.first_mut();
        return document.map_or(Ok(Effect::Other), |document| {
            path_error::check_root(operation, view, &document.value)?;
            apply_in(operation, 0, view.merge, document)
        });
    };
    let count = documents.len();
    match first.index() {
        Some(-1) if operation.value.is_some() => {
            let mut document = Document {
                value: Value::Null,
                origin: Some(operation.span),
                places: Places::default(),
            };
            apply_in(operation, 1, view.merge, &mut document)?;
            documents.push(document);
        }
        Some(index) => {
            let found = usize::try_from(index).ok().filter(|index| *index < count);
            let index = found.ok_or_else(|| path_error::no_index(operation, 0, count))?;
            if operation.value.is_none() && operation.path.parts.len() == 1 {
                documents.remove(index);
                return Ok(Effect::RemovedItem);
            } else if let Some(document) = documents.get_mut(index) {
                return apply_in(operation, 1, view.merge, document);
            }
        }
        None => return Err(path_error::not_a_document(operation, documents)),
    }
    Ok(Effect::Other)
}

/// Applies an operation to a document; `depth` parts of its path lead to the document.
fn apply_in(
    operation: &Operation,
    depth: usize,
    rules: MergeRules,
    document: &mut Document,
) -> Result<Effect, PathError> {
    let mut change = Change {
        operation,
        rules,
        steps: Vec::new(),
        created: None,
    };
    change.apply(&mut document.value, depth)?;
    let Change {
        mut steps, created, ..
    } = change;
    let places = &mut document.places;
    match (&operation.value, steps.split_last()) {
        (Some(value), last) => {
            if last.is_none() {
                document.origin = Some(operation.span);
            }
            if let Some(created) = created.and_then(|count| steps.get(..count)) {
                places.set(created, value.span);
            }
            record(places, &mut steps, value);
        }
        (None, Some((Step::Index(index), list))) => {
            places.remove_item(list, *index);
            return Ok(Effect::RemovedItem);
        }
        (None, _) => {}
    }
    Ok(Effect::Other)
}

/// Records the places of a value and of all that is in it.
fn record(places: &mut Places, steps: &mut Vec<Step>, value: &Node) {
    places.set(steps, value.span);
    let inside: Vec<(Step, &Node)> = match &value.kind {
        Kind::Map(entries) => {
            let entries = entries.iter();
            entries
                .map(|(key, entry)| (Step::Key(key.into()), &entry.value))
                .collect()
        }
        Kind::List(items) => {
            let items = items.iter().enumerate();
            items
                .map(|(index, item)| (Step::Index(index), item))
                .collect()
        }
        _ => Vec::new(),
    };
    for (step, value) in inside {
        steps.push(step);
        record(places, steps, value);
        steps.pop();
    }
}

/// An operation that is being applied.
struct Change<'a> {
    operation: &'a Operation,
    rules: MergeRules,
    /// The way so far, from the document.
    steps: Vec<Step>,
    /// How many steps lead to the outermost value that did not exist before.
    created: Option<usize>,
}

impl Change<'_> {
    fn apply(&mut self, here: &mut Value, depth: usize) -> Result<(), PathError> {
        let operation = self.operation;
        let value = operation.value.as_ref();
        let Some(part) = operation.path.parts.get(depth) else {
            *here = value.map(Node::to_value).unwrap_or_default();
            return Ok(());
        };
        if *here == Value::Null && value.is_some() {
            *here = missing(operation, depth, part)?;
            self.created.get_or_insert(self.steps.len());
        }
        match (here, part) {
            (Value::Map(map), _) => self.apply_to_key(map, part.key(), depth),
            (Value::List(items), Part::Name(_)) => self.apply_to_item(items, part, depth),
            (Value::Null, _) if self.is_deletion_at(depth) => Ok(()),
            (here, _) => Err(path_error::not_inside(operation, depth, here)),
        }
    }

    fn is_deletion_at(&self, depth: usize) -> bool {
        self.operation.value.is_none() && depth + 1 == self.operation.path.parts.len()
    }

    fn apply_to_key(&mut self, map: &mut Map, key: &str, depth: usize) -> Result<(), PathError> {
        if self.is_deletion_at(depth) {
            // A missing key is no error: templates delete keys that other tools always write.
            map.shift_remove(key);
            return Ok(());
        }
        if !map.contains_key(key) && (self.operation.value.is_none() || key == "-1") {
            return Err(path_error::no_key(self.operation, depth, map));
        }
        self.steps.push(Step::Key(key.to_owned()));
        if !map.contains_key(key) {
            self.rules.set_key(&self.steps, map, key, Value::Null);
        }
        match map.get_mut(key) {
            Some(value) => self.apply(value, depth + 1),
            None => Ok(()),
        }
    }

    fn apply_to_item(
        &mut self,
        items: &mut Vec<Value>,
        part: &Part,
        depth: usize,
    ) -> Result<(), PathError> {
        let operation = self.operation;
        let number = part.index();
        let number = number.ok_or_else(|| path_error::not_an_index(operation, depth, items))?;
        let count = items.len();
        let sets = operation.value.is_some();
        let index = if sets && (number == -1 || number == 0 && count == 0) {
            items.push(Value::Null);
            self.created.get_or_insert(self.steps.len() + 1);
            count
        } else {
            let found = usize::try_from(number).ok().filter(|index| *index < count);
            found.ok_or_else(|| path_error::no_index(operation, depth, count))?
        };
        self.steps.push(Step::Index(index));
        if self.is_deletion_at(depth) {
            items.remove(index);
        } else if let Some(item) = items.get_mut(index) {
            self.apply(item, depth + 1)?;
        }
        Ok(())
    }
}

/// What a missing value becomes so that a part of a path can be in it: a list for the index of its
/// first item, else a mapping.
fn missing(operation: &Operation, depth: usize, part: &Part) -> Result<Value, PathError> {
    match part.index() {
        Some(0 | -1) => Ok(Value::List(Vec::new())),
        Some(_) => Err(path_error::no_list(operation, depth)),
        None => Ok(Value::map()),
    }
}
