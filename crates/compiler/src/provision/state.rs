//! The state that a run leaves for the next one.

use std::collections::{BTreeMap, BTreeSet};

use crate::identity::PersistedNames;
use crate::link::Graph;
use crate::provision::pins::Rotations;
use diagnostics::value::Value;

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
