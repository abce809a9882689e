//! The state that a run leaves for the next one.

use std::collections::{BTreeMap, BTreeSet};

use crate::identity::PersistedNames;
use crate::link::Graph;
use crate::provision::pins::Rotations;
use diagnostics::redaction::is_secret_key;
use diagnostics::value::{Map, Value};

/// The state of an environment: what definitions store, and the names that must not change.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct State {
    /// The `state` of each resource, by uid.
    pub resources: BTreeMap<String, Value>,
    /// The `uri` of the definition that gave each of these states, by uid.
    pub provisioners: BTreeMap<String, String>,
    /// The rotation of its passwords that each of these states has, by uid.
    pub rotations: Rotations,
    /// The `shared` state of all resources.
    pub shared: Value,
    /// Names under which things are deployed.
    pub names: PersistedNames,
}

impl State {
    /// Whether nothing is stored.
    pub fn is_empty(&self) -> bool {
        let no_shared = match &self.shared {
            Value::Null => true,
            Value::Map(map) => map.is_empty(),
            _ => false,
        };
        no_shared
            && self.resources.is_empty()
            && self.provisioners.is_empty()
            && self.names == PersistedNames::default()
    }

    /// The stored resources and workloads that are not in the graph any more.
    pub fn unused(&self, graph: &Graph) -> UnusedState {
        let uids: BTreeSet<String> = graph
            .resources
            .iter()
            .map(|node| node.uid.to_string())
            .collect();
        let names = &self.names;
        let stored = [
            names.guids.keys(),
            names.source_workloads.keys(),
            self.provisioners.keys(),
        ];
        let stored = stored.into_iter().flatten().chain(self.resources.keys());
        let resources = stored.filter(|uid| !uids.contains(*uid)).cloned().collect();
        let workloads: BTreeSet<&String> = graph
            .workloads
            .iter()
            .map(|linked| &linked.workload.name.value)
            .collect();
        let stored = names.instance_suffixes.keys().chain(names.claims.keys());
        UnusedState {
            resources,
            workloads: stored
                .filter(|name| !workloads.contains(name))
                .cloned()
                .collect(),
        }
    }

    /// Deletes unused state. The shared state stays, since it does not say whose its parts are.
    pub fn prune(&mut self, unused: &UnusedState) {
        let is_resource = |uid: &String| !unused.resources.contains(uid);
        let is_workload = |name: &String| !unused.workloads.contains(name);
        self.resources.retain(|uid, _| is_resource(uid));
        self.provisioners.retain(|uid, _| is_resource(uid));
        self.rotations.retain(|uid, _| is_resource(uid));
        self.names.guids.retain(|uid, _| is_resource(uid));
        self.names
            .source_workloads
            .retain(|uid, _| is_resource(uid));
        self.names
            .instance_suffixes
            .retain(|name, _| is_workload(name));
        self.names.claims.retain(|name, _| is_workload(name));
    }
}

/// State of things that are gone.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct UnusedState {
    /// Uids of resources that no workload declares any more.
    pub resources: BTreeSet<String>,
    /// Names of workloads that do not exist any more.
    pub workloads: BTreeSet<String>,
}

impl UnusedState {
    /// Whether all of the state is in use.
    pub fn is_empty(&self) -> bool {
        self.resources.is_empty() && self.workloads.is_empty()
    }
}

/// The name of a value inside the one with the name `outer`. It is valid in Go templates, and has
/// no character with a special meaning in a store.
pub(super) fn join(outer: &str, key: &str) -> String {
    let allowed = |character: char| match character.is_ascii_alphanumeric() {
        true => character,
        false => '_',
    };
    let key: String = key.chars().map(allowed).collect();
    match outer {
        "" if key.starts_with(|first: char| first.is_ascii_digit()) => format!("_{key}"),
        "" => key,
        outer => format!("{outer}_{key}"),
    }
}

/// The stored state of a resource without the texts whose names `is_drawn` holds for, and without
/// the entries whose keys speak of secrets.
pub(crate) fn without_secrets(value: &Value, is_drawn: &dyn Fn(&str) -> bool) -> Value {
    fn below(value: &Value, name: &str, is_drawn: &dyn Fn(&str) -> bool) -> Option<Value> {
        match value {
            Value::Map(map) => {
                let entries = map.iter().filter(|(key, _)| !is_secret_key(key));
                let entries = entries.filter_map(|(key, item)| {
                    Some((key.clone(), below(item, &join(name, key), is_drawn)?))
                });
                Some(Value::Map(entries.collect::<Map>()))
            }
            Value::List(items) => {
                let items = items.iter().enumerate();
                let items = items
                    .map(|(index, item)| below(item, &join(name, &index.to_string()), is_drawn));
                items.collect::<Option<Vec<_>>>().map(Value::List)
            }
            other => (!is_drawn(name)).then(|| other.clone()),
        }
    }
    below(value, "", is_drawn).unwrap_or_else(Value::map)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_state_keeps_what_was_not_drawn() {
        let state = serde_json::json!({
            "service": "db-1", "password": "x", "user": "drawn", "deep": {"name": "a", "user": "b"},
        });
        let kept = without_secrets(&Value::from(state), &|name| name == "user");
        let expected = r#"{"deep":{"name":"a","user":"b"},"service":"db-1"}"#;
        assert_eq!(kept.to_json(), expected);
    }
}
