//! The JSON Schemas of files, for keys, values and their documentation.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use serde_json::Value;

use super::place::ITEM;
use crate::report::schemas::schema;

/// The schemas that were looked at.
#[derive(Debug, Default)]
pub(super) struct Schemas(Mutex<BTreeMap<&'static str, Arc<Value>>>);

/// A key or value with its documentation.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Word {
    pub(super) name: String,
    pub(super) about: String,
    pub(super) has_children: bool,
}

impl Schemas {
    /// The schema of a kind of file.
    pub(super) fn get(&self, kind: &'static str) -> Option<Arc<Value>> {
        let mut known = self.0.lock().ok()?;
        if !known.contains_key(kind) {
            let parsed = serde_json::from_str(schema(kind)?.text).ok()?;
            known.insert(kind, Arc::new(parsed));
        }
        known.get(kind).cloned()
    }
}

/// The keys that a mapping at a path may have.
pub(super) fn keys(root: &Value, path: &[String]) -> Vec<Word> {
    let mut words = Vec::new();
    for node in nodes(root, path) {
        let properties = node.get("properties").and_then(Value::as_object);
        for (name, property) in properties.into_iter().flatten() {
            let is_hidden = ["doNotSuggest", "deprecated"]
                .iter()
                .any(|key| property[*key] == true);
            if !is_hidden && !words.iter().any(|word: &Word| word.name == *name) {
                let mut variants = Vec::new();
                expand(root, property, &mut variants);
                let has_children = |variant: &&Value| {
                    ["properties", "additionalProperties", "patternProperties"]
                        .iter()
                        .any(|key| variant[*key].is_object())
                };
                words.push(Word {
                    name: name.clone(),
                    about: about(root, property),
                    has_children: variants.iter().any(has_children),
                });
            }
        }
    }
    words
}

/// The values that a path may have: those of a list of values, or examples.
pub(super) fn values(root: &Value, path: &[String]) -> Vec<Word> {
    let nodes = nodes(root, path);
    let lists = |key: &str| -> Vec<&Value> {
        let lists = nodes.iter().filter_map(|node| node.get(key)?.as_array());
        lists.flatten().collect()
    };
    let mut values = lists("enum");
    values.extend(nodes.iter().filter_map(|node| node.get("const")));
    let truth = [Value::Bool(true), Value::Bool(false)];
    if nodes.iter().any(|node| node["type"] == "boolean") {
        values.extend(&truth);
    }
    if values.is_empty() {
        values = lists("examples");
    }
    let word = |value: &Value| match value {
        Value::String(text) => Some(text.clone()),
        Value::Bool(_) | Value::Number(_) => Some(value.to_string()),
        _ => None,
    };
    let mut words: Vec<String> = values.into_iter().filter_map(word).collect();
    words.dedup();
    let word = |name: String| Word {
        name,
        about: String::new(),
        has_children: false,
    };
    words.into_iter().map(word).collect()
}

/// The documentation of a path.
pub(super) fn documentation(root: &Value, path: &[String]) -> Option<String> {
    let (last, parents) = path.split_last()?;
    let parents = nodes(root, parents);
    let described = parents.iter().flat_map(|parent| children(parent, last));
    described
        .map(|node| about(root, node))
        .find(|about| !about.is_empty())
}

/// The title and description of a schema, or of what it refers to.
fn about(root: &Value, node: &Value) -> String {
    let mut variants = Vec::new();
    expand(root, node, &mut variants);
    let text = |key: &str| {
        variants
            .iter()
            .find_map(|variant| variant.get(key)?.as_str())
    };
    match (text("title"), text("description")) {
        (Some(title), Some(description)) => format!("**{title}**\n\n{description}"),
        (title, description) => title.or(description).unwrap_or_default().to_owned(),
    }
}

/// The schemas of the values at a path.
fn nodes<'s>(root: &'s Value, path: &[String]) -> Vec<&'s Value> {
    let mut nodes = Vec::new();
    expand(root, root, &mut nodes);
    for key in path {
        let mut next = Vec::new();
        for child in nodes.iter().flat_map(|node| children(node, key)) {
            expand(root, child, &mut next);
        }
        nodes = next;
    }
    nodes
}

/// The schemas of a key of a mapping, or of the items of a list.
fn children<'s>(node: &'s Value, key: &str) -> Vec<&'s Value> {
    if key == ITEM {
        return node.get("items").into_iter().collect();
    }
    match node
        .get("properties")
        .and_then(|properties| properties.get(key))
    {
        Some(property) => vec![property],
        None => {
            let additional = node.get("additionalProperties");
            additional
                .filter(|schema| schema.is_object())
                .into_iter()
                .collect()
        }
    }
}

/// A schema and all that it consists of.
fn expand<'s>(root: &'s Value, node: &'s Value, found: &mut Vec<&'s Value>) {
    if found.iter().any(|other| std::ptr::eq(*other, node)) {
        return;
    }
    found.push(node);
    let reference = node.get("$ref").and_then(Value::as_str);
    if let Some(target) = reference.and_then(|name| root.pointer(name.strip_prefix('#')?)) {
        expand(root, target, found);
    }
    for key in ["allOf", "anyOf", "oneOf"] {
        let parts = node.get(key).and_then(Value::as_array);
        parts
            .into_iter()
            .flatten()
            .for_each(|part| expand(root, part, found));
    }
    for key in ["then", "else"] {
        node.get(key)
            .into_iter()
            .for_each(|part| expand(root, part, found));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn path(text: &str) -> Vec<String> {
        text.split('.')
            .filter(|key| !key.is_empty())
            .map(str::to_owned)
            .collect()
    }

    fn names(words: Vec<Word>) -> Vec<String> {
        words.into_iter().map(|word| word.name).collect()
    }

    #[test]
    fn keys_and_values_are_those_of_the_schema() {
        let schemas = Schemas::default();
        let workload = schemas.get("workload").unwrap();
        let top = names(keys(&workload, &[]));
        assert_eq!(
            top,
            [
                "apiVersion",
                "containers",
                "metadata",
                "resources",
                "service"
            ]
        );
        let container = names(keys(&workload, &path("containers.main")));
        assert!(
            container.contains(&"livenessProbe".to_owned()),
            "{container:?}"
        );
        let resource = names(keys(&workload, &path("resources.db")));
        assert_eq!(resource, ["class", "id", "metadata", "params", "type"]);
        let ready = names(values(&workload, &path("containers.main.before.web.ready")));
        assert_eq!(ready, ["started", "healthy", "complete"]);
        let about = documentation(&workload, &path("containers.main.image")).unwrap();
        assert!(
            about.starts_with("**Image**\n\nThe image to run."),
            "{about}"
        );
    }

    #[test]
    fn lists_have_the_keys_of_their_items() {
        let schemas = Schemas::default();
        let definitions = schemas.get("provisioners").unwrap();
        let keys = names(keys(&definitions, &path("-")));
        assert!(keys.contains(&"expected_outputs".to_owned()), "{keys:?}");
        let environment = schemas.get("environment").unwrap();
        assert_eq!(
            names(values(&environment, &path("target"))),
            ["kubernetes", "compose"]
        );
    }
}
