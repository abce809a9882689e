//! Adds to a hand-written entity what it lacks.

use diagnostics::value::{Map, Value};
use yaml::edit::addition::Additions;
use yaml::{Kind, Node};

/// What an entity lacks and cannot get where it is written, as paths of keys.
pub(super) type Lacking = Vec<Vec<String>>;

/// Adds the keys of `map` that a node does not have, and the items of lists. What is written stays.
/// `path` leads to the node.
pub(super) fn complete(
    node: &Node,
    map: &Map,
    path: &[String],
    additions: &mut Additions<'_>,
    lacking: &mut Lacking,
) {
    let below = |key: &str| [path, &[key.to_owned()]].concat();
    let mut entries = Map::new();
    for (key, value) in map {
        match node.as_map().and_then(|entries| entries.get(key)) {
            None => _ = entries.insert(key.clone(), value.clone()),
            // An alias is written elsewhere.
            Some(entry) if node.span.contains(entry.value.span) => {
                complete_value(&entry.value, value, &below(key), additions, lacking);
            }
            Some(_) => lacking.push(below(key)),
        }
    }
    if !entries.is_empty() && !additions.entries(node, &entries) {
        lacking.extend(entries.keys().map(below));
    }
}

fn complete_value(
    node: &Node,
    value: &Value,
    path: &[String],
    additions: &mut Additions<'_>,
    lacking: &mut Lacking,
) {
    match (&node.kind, value) {
        (Kind::Map(_), Value::Map(map)) => complete(node, map, path, additions, lacking),
        (Kind::List(items), Value::List(wanted)) => {
            let key = path.last().map_or("", String::as_str);
            let written: Vec<Value> = items.iter().map(Node::to_value).collect();
            let is_missing = |item: &&Value| !written.iter().any(|one| is_same(key, one, item));
            let missing: Vec<Value> = wanted.iter().filter(is_missing).cloned().collect();
            if !missing.is_empty() && !additions.items(node, &missing) {
                lacking.push(path.to_owned());
            }
        }
        (_, Value::Map(_) | Value::List(_)) => lacking.push(path.to_owned()),
        // A text that somebody has written counts.
        _ => {}
    }
}

/// Whether two items of the list with this key are the same: links have the same URL, and
/// references lead to the same entity.
fn is_same(key: &str, one: &Value, other: &Value) -> bool {
    let kind = match key {
        "links" => return one.get("url").is_some() && one.get("url") == other.get("url"),
        "providesApis" | "consumesApis" => "api",
        "dependsOn" => "component",
        _ => return one == other,
    };
    match (one.as_str(), other.as_str()) {
        (Some(one), Some(other)) => reference(one, kind) == reference(other, kind),
        _ => false,
    }
}

/// A reference to an entity in full and in lower case.
fn reference(text: &str, kind: &str) -> String {
    let (kind, rest) = text.split_once(':').unwrap_or((kind, text));
    let (namespace, name) = rest.split_once('/').unwrap_or(("default", rest));
    format!("{kind}:{namespace}/{name}").to_ascii_lowercase()
}
