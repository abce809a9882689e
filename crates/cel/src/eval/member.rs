//! Fields, items and entries.

use super::{Evaluator, Outcome, error};
use crate::Failure;
use crate::path::Step;
use crate::tree::Node;
use crate::value::{Kind, Text, Value};

impl<'a> Evaluator<'_, 'a> {
    /// A field, an item or an entry of a value; of an optional, that of what it holds.
    pub(super) fn member(
        &self,
        node: &Node,
        of: Value<'a>,
        key: Value<'a>,
        optional: bool,
    ) -> Outcome<'a> {
        let (of, optional) = match of.kind {
            Kind::Optional(None) => return Ok(of),
            Kind::Optional(Some(inner)) => ((*inner).clone(), true),
            _ => (of, optional),
        };
        let path = of.path_to(|| step(&key));
        self.check_known(path.as_ref())?;
        let found = match &of.kind {
            Kind::Map(_) | Kind::List(_) => find(&of, &key),
            // What has no fields at all has not this one.
            _ if optional => Ok(None),
            _ => find(&of, &key),
        };
        let found = found.map_err(|message| error(node, message))?;
        self.read(path.as_ref(), found.is_none());
        match (found, optional) {
            (Some(found), false) => Ok(Value {
                path: found.path.or(path),
                ..found
            }),
            (Some(found), true) => {
                let path = found.path.or(path);
                Ok(Value::optional(Some(Value { path, ..found })))
            }
            (None, true) => Ok(Value::optional(None)),
            (None, false) => Err(error(node, missing(&of, &key))),
        }
    }

    /// `key in map` reads the entry.
    pub(super) fn look_up(&self, key: &Value<'a>, of: &Value<'a>) -> Result<(), Failure<'a>> {
        if let (Kind::Map(map), Kind::Text(_)) = (&of.kind, &key.kind) {
            let path = of.path_to(|| step(key));
            self.check_known(path.as_ref())?;
            self.read(path.as_ref(), map.get(key).is_none());
        }
        Ok(())
    }
}

fn step<'a>(key: &Value<'a>) -> Step<'a> {
    match (&key.kind, index_of(key)) {
        (Kind::Text(text), _) => Step::Key(text.clone()),
        (_, Some(index)) => Step::Index(index),
        _ => Step::Key(Text::Borrowed("")),
    }
}

/// A whole number as an index.
fn index_of(key: &Value<'_>) -> Option<usize> {
    match key.kind {
        Kind::Double(number) => usize::try_from(number as i64).ok(),
        _ => usize::try_from(key.whole()?).ok(),
    }
}

/// The part of `of` at `key`; `None` when there is none.
fn find<'a>(of: &Value<'a>, key: &Value<'a>) -> Result<Option<Value<'a>>, String> {
    match &of.kind {
        Kind::Map(map) => Ok(map.get(key)),
        Kind::List(list) => match key.kind {
            Kind::Double(number) if number.fract() != 0.0 || number.abs() >= 1e15 => {
                Err(format!("{number} is not an index of a list"))
            }
            Kind::Int(_) | Kind::Uint(_) | Kind::Double(_) => {
                Ok(index_of(key).and_then(|index| list.get(index)))
            }
            _ => Err(format!("`{}` is not an index of a list", key.type_name())),
        },
        _ => Err(format!("`{}` has no fields", of.type_name())),
    }
}

fn missing(of: &Value<'_>, key: &Value<'_>) -> String {
    match (&of.kind, &key.kind) {
        (Kind::List(list), _) => format!("the list of {} items has no such index", list.len()),
        (_, Kind::Text(text)) => format!("there is no `{}`", diagnostics::visible::line(text)),
        _ => "there is no such key".to_owned(),
    }
}
