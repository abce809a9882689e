//! Paths of operations that lead nowhere.

use super::operation::Operation;
use crate::patch::View;
use crate::support::document::Document;
use diagnostics::suggestions::{closest_match, list_names};
use diagnostics::value::{Map, Value};

/// Why an operation cannot be applied, and what to do.
pub(super) struct PathError {
    pub(super) message: String,
    pub(super) help: String,
}

fn error(message: impl Into<String>, help: impl Into<String>) -> PathError {
    PathError {
        message: message.into(),
        help: help.into(),
    }
}

pub(super) fn too_long(operation: &Operation) -> PathError {
    let count = operation.path.parts.len();
    error(
        format!("the path has too many parts: {count}"),
        "set a mapping or list instead of a value that is so deep in one",
    )
}

/// Reports a path that does not begin as the paths in this document do.
pub(super) fn check_root(operation: &Operation, view: View, root: &Value) -> Result<(), PathError> {
    let path = &operation.path;
    let Some(first) = path.parts.first() else {
        return Ok(());
    };
    let key = first.key();
    let is_known = root.get(key).is_some() || view.keys.contains(&key) || key.starts_with("x-");
    if is_known {
        return Ok(());
    }
    let entries = root.as_map().into_iter().flatten();
    let parent = entries.clone().find(|(_, value)| value.get(key).is_some());
    let near = closest_match(key, view.keys.iter().copied());
    let help = match (parent, near) {
        (Some((parent, _)), _) => format!("write `{parent}.{}`", path.text()),
        (None, Some(near)) => format!("did you mean `{}`?", path.with(0, near)),
        (None, None) => {
            let mut keys = entries.map(|(key, _)| key.as_str());
            let example = keys.next().unwrap_or("services");
            format!("begin it with a key, as in `{example}.NAME`")
        }
    };
    let message = format!(
        "a path begins with a key of `.{}`, and `{key}` is none",
        view.name
    );
    Err(error(message, help))
}

/// A path that does not begin with the index of a document.
pub(super) fn not_a_document(operation: &Operation, documents: &[Document]) -> PathError {
    let path = &operation.path;
    let first = path.parts.first().map_or("", |part| part.key());
    let kind = |document: &Document| {
        document
            .value
            .get("kind")
            .and_then(Value::as_str)
            .map(str::to_owned)
    };
    let kinds: Vec<String> = documents.iter().filter_map(kind).collect();
    let kind_index = closest_match(first, kinds.iter().map(String::as_str)).and_then(|near| {
        documents
            .iter()
            .position(|document| kind(document).as_deref() == Some(near))
    });
    let with_key = documents
        .iter()
        .position(|document| document.value.get(first).is_some());
    let example = match (kind_index, with_key) {
        (Some(index), _) => path.with(0, &index.to_string()),
        (None, Some(index)) => format!("{index}.{}", path.text()),
        (None, None) => "0.metadata.name".to_owned(),
    };
    error(
        format!("a path begins with the index of an object, and `{first}` is none"),
        format!(
            "begin it with an index, as in `{example}`, or with that of a `range` over `.Manifests`"
        ),
    )
}

/// An index that a list of `count` items does not have.
pub(super) fn no_index(operation: &Operation, depth: usize, count: usize) -> PathError {
    let index = operation
        .path
        .parts
        .get(depth)
        .map_or("", |part| part.key());
    let what = if depth == 0 { "object" } else { "item" };
    let plural = if count == 1 { "" } else { "s" };
    let range = match count {
        1 => "write the index 0".to_owned(),
        _ => format!("write an index from 0 to {}", count.saturating_sub(1)),
    };
    let help = match (count, operation.value.is_some()) {
        (0, true) => "write `-1` to add one".to_owned(),
        (0, false) => "remove the operation".to_owned(),
        (_, true) => format!("{range}, or `-1` to add one at the end"),
        (_, false) => range,
    };
    error(
        format!("the list has {count} {what}{plural}, so there is no index {index}"),
        help,
    )
}

/// A part of a path that has to be an index.
pub(super) fn not_an_index(operation: &Operation, depth: usize, items: &[Value]) -> PathError {
    let part = operation
        .path
        .parts
        .get(depth)
        .map_or("", |part| part.key());
    let is_named = |item: &Value| item.get("name").and_then(Value::as_str) == Some(part);
    let example = match items.iter().position(is_named) {
        Some(index) => operation.path.with(depth, &index.to_string()),
        None => operation.path.with(depth, &format!("0.{part}")),
    };
    error(
        format!(
            "`{}` is a list, and `{part}` is not an index",
            operation.path.up_to(depth)
        ),
        format!("write an index, as in `{example}`"),
    )
}

/// A list that does not exist and would begin with another index than the first one.
pub(super) fn no_list(operation: &Operation, depth: usize) -> PathError {
    let path = &operation.path;
    let index = path.parts.get(depth).map_or("", |part| part.key());
    let digits = index.trim_start_matches('-');
    error(
        format!(
            "`{}` does not exist, so there is no index {index}",
            path.up_to(depth)
        ),
        format!(
            "write `{}` for the first item of a new list, or `{}` for a key of digits",
            path.with(depth, "0"),
            path.with(depth, &format!(":{digits}"))
        ),
    )
}

/// A key that a mapping does not have and that cannot be added.
pub(super) fn no_key(operation: &Operation, depth: usize, map: &Map) -> PathError {
    let path = &operation.path;
    let key = path.parts.get(depth).map_or("", |part| part.key());
    if operation.value.is_some() {
        return error(
            format!(
                "`{}` is a mapping, so nothing can be added at its end",
                path.up_to(depth)
            ),
            "write a key instead of `-1`",
        );
    }
    let help = match closest_match(key, map.keys()) {
        Some(near) => format!("did you mean `{}`?", path.with(depth, near)),
        None if map.is_empty() => "remove the operation: there is nothing to delete".to_owned(),
        None => format!("write one of {}", list_names(map.keys())),
    };
    error(format!("there is no `{key}`"), help)
}

/// A path that continues inside a value that has no parts.
pub(super) fn not_inside(operation: &Operation, depth: usize, here: &Value) -> PathError {
    let part = operation
        .path
        .parts
        .get(depth)
        .map_or("", |part| part.key());
    let help = match operation.value {
        Some(_) => format!("set all of `{}`", operation.path.up_to(depth)),
        None => format!("end the path at `{}`", operation.path.up_to(depth)),
    };
    error(format!("there is no `{part}` inside {}", here.kind()), help)
}
