//! The schema of Score files for one environment: its resource types, and their params.

use indexmap::IndexMap;
use serde_json::{Value, json};

use super::schema;
use compiler::provision::Library;
use compiler::provision::declarations::params_schema;
use compiler::provision::library::Definition;

/// The schema of a workload, with a branch for each resource type of the library.
pub fn for_environment(library: &Library) -> Value {
    let text = schema("workload").map_or("{}", |schema| schema.text);
    let mut workload: Value = serde_json::from_str(text).unwrap_or_default();
    let mut types: IndexMap<&str, Vec<&Definition>> = IndexMap::new();
    for definition in library.definitions() {
        types.entry(&definition.kind).or_default().push(definition);
    }
    types.sort_keys();
    let resource = &mut workload["definitions"]["resource"];
    resource["properties"]["type"]["enum"] = types.keys().copied().collect();
    let branches = types
        .iter()
        .filter_map(|(kind, definitions)| branch(kind, definitions));
    resource["allOf"] = branches.collect();
    workload
}

/// What holds for resources of a type; `None` where any params are accepted.
fn branch(kind: &str, definitions: &[&Definition]) -> Option<Value> {
    let params = choice(definitions)?;
    Some(json!({
        "if": {"required": ["type"], "properties": {"type": {"const": kind}}},
        "then": params,
    }))
}

/// What holds for resources that the first of the definitions provisions that matches.
fn choice(definitions: &[&Definition]) -> Option<Value> {
    let (first, rest) = definitions.split_first()?;
    let own = params_of(first);
    let Some(condition) = condition(first) else {
        return own;
    };
    let other = choice(rest);
    if own.is_none() && other.is_none() {
        return None;
    }
    let anything = || json!({});
    Some(json!({
        "if": condition,
        "then": own.unwrap_or_else(anything),
        "else": other.unwrap_or_else(anything),
    }))
}

/// What a resource has that a definition is for; `None` where it is for all of its type.
fn condition(definition: &Definition) -> Option<Value> {
    let mut required = Vec::new();
    let mut properties = serde_json::Map::new();
    for (key, only) in [("class", &definition.class), ("id", &definition.id)] {
        let Some(only) = only else { continue };
        properties.insert(key.to_owned(), json!({"const": only}));
        // Without a class, it is `default`.
        if (key, only.as_str()) != ("class", "default") {
            required.push(key);
        }
    }
    let is_for_all = properties.is_empty();
    (!is_for_all).then(|| json!({"required": required, "properties": properties}))
}

fn params_of(definition: &Definition) -> Option<Value> {
    let declared = definition.supported_params.as_ref()?;
    let mut schema = json!({"properties": {"params": params_schema(declared)}});
    if let Some(description) = &definition.description {
        schema["properties"]["type"] = json!({"description": description});
    }
    if declared.values().any(|declared| declared.is_required) {
        schema["required"] = json!(["params"]);
    }
    Some(schema)
}
