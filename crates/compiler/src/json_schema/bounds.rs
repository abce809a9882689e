//! The keywords of a schema that limit one value.

use super::formats;
use crate::support::faults::Faults;
use diagnostics::suggestions::list_names;
use diagnostics::value::Value;
use yaml::{Kind, Node};

/// Checks a value with a keyword of its schema; other keywords limit nothing.
pub(super) fn check(
    keyword: &str,
    argument: &Node,
    schema: &Node,
    node: &Node,
    faults: &mut Faults,
) {
    match keyword {
        "enum" => check_enum(argument, node, faults),
        "pattern" => {
            if let (Some(pattern), Some(text)) = (argument.as_str(), node.as_str())
                && go_template::regex_matches(pattern, text) == Some(false)
            {
                let what = format!("is `{text}`, which does not match `{pattern}`");
                faults.add(node.span, what);
            }
        }
        "format" => check_format(argument, node, faults),
        "minimum" | "maximum" | "multipleOf" => {
            check_number(keyword, argument, schema, node, faults);
        }
        "uniqueItems" if is_set(schema, keyword) => check_unique(node, &Node::to_value, faults),
        _ => check_size(keyword, argument, node, faults),
    }
}

fn check_enum(allowed: &Node, node: &Node, faults: &mut Faults) {
    let allowed = list(allowed);
    if allowed.iter().any(|item| is_same(item, node)) {
        return;
    }
    let texts: Vec<String> = allowed
        .iter()
        .map(|item| item.to_value().to_text())
        .collect();
    let names = texts.iter().map(String::as_str);
    let text = node.to_value().to_text();
    let what = format!("is `{text}`, not one of {}", list_names(names));
    faults.add(node.span, what);
}

/// Whether two values are the same in JSON, where `1` is `1.0`.
fn is_same(one: &Node, other: &Node) -> bool {
    match (number(one), number(other)) {
        (Some(one), Some(other)) => one == other,
        _ => one.to_value() == other.to_value(),
    }
}

fn check_format(format: &Node, node: &Node, faults: &mut Faults) {
    let Some(format) = format.as_str() else {
        return;
    };
    let fits = match (&node.kind, number(node)) {
        (Kind::String(text, _), _) => formats::fits(format, text),
        (_, Some(number)) => formats::fits_number(format, number),
        _ => true,
    };
    if !fits {
        let text = node.to_value().to_text();
        faults.add(
            node.span,
            format!("is `{text}`, which is not of the format `{format}`"),
        );
    }
}

fn check_number(keyword: &str, argument: &Node, schema: &Node, node: &Node, faults: &mut Faults) {
    let (Some(limit), Some(given)) = (number(argument), number(node)) else {
        return;
    };
    let (fits, rule) = match keyword {
        "minimum" if is_set(schema, "exclusiveMinimum") => (given > limit, "more than"),
        "minimum" => (given >= limit, "at least"),
        "maximum" if is_set(schema, "exclusiveMaximum") => (given < limit, "less than"),
        "maximum" => (given <= limit, "at most"),
        _ => ((given / limit).fract() == 0.0, "a multiple of"),
    };
    if !fits {
        faults.add(
            node.span,
            format!("is {given}, and has to be {rule} {limit}"),
        );
    }
}

/// Checks how many characters, items or keys a value has.
fn check_size(keyword: &str, argument: &Node, node: &Node, faults: &mut Faults) {
    let Some(limit) = number(argument) else {
        return;
    };
    let (count, what) = match (keyword, &node.kind) {
        ("minLength" | "maxLength", Kind::String(text, _)) => (text.chars().count(), "characters"),
        ("minItems" | "maxItems", Kind::List(items)) => (items.len(), "items"),
        ("minProperties" | "maxProperties", Kind::Map(entries)) => (entries.len(), "keys"),
        _ => return,
    };
    let count_as_number = count as f64;
    let (fits, rule) = match keyword.starts_with("min") {
        true => (count_as_number >= limit, "at least"),
        false => (count_as_number <= limit, "at most"),
    };
    if !fits {
        let what = format!("has {count} {what}, and has to have {rule} {limit}");
        faults.add(node.span, what);
    }
}

/// Checks a list whose items are unique, or have unique keys.
pub(super) fn check_list_type(schema: &Node, node: &Node, faults: &mut Faults) {
    match schema.get("x-kubernetes-list-type").and_then(Node::as_str) {
        Some("set") => check_unique(node, &Node::to_value, faults),
        Some("map") => {
            let keys = schema
                .get("x-kubernetes-list-map-keys")
                .map_or(&[][..], list);
            let keys: Vec<&str> = keys.iter().filter_map(Node::as_str).collect();
            let fields = schema
                .get("items")
                .and_then(|items| items.get("properties"));
            let default = |key: &str| fields?.get(key)?.get("default");
            let identity = |item: &Node| {
                let parts = keys.iter().map(|key| {
                    let part = item.get(key).or_else(|| default(key));
                    part.map(Node::to_value).unwrap_or_default()
                });
                Value::List(parts.collect())
            };
            check_unique(node, &identity, faults);
        }
        _ => {}
    }
}

fn check_unique(list: &Node, identity: &dyn Fn(&Node) -> Value, faults: &mut Faults) {
    let mut seen: Vec<Value> = Vec::new();
    faults.each(list, |item, faults| {
        let identity = identity(item);
        match seen.contains(&identity) {
            true => faults.add(item.span, "is the same as an earlier item"),
            false => seen.push(identity),
        }
    });
}

fn number(node: &Node) -> Option<f64> {
    match node.kind {
        Kind::Int(number) => Some(number as f64),
        Kind::Float(number) => Some(number),
        _ => None,
    }
}

/// Whether a keyword is `true`.
pub(crate) fn is_set(schema: &Node, keyword: &str) -> bool {
    schema.get(keyword).map(|node| &node.kind) == Some(&Kind::Bool(true))
}

/// The items of a list.
pub(crate) fn list(node: &Node) -> &[Node] {
    match &node.kind {
        Kind::List(items) => items,
        _ => &[],
    }
}
