use std::collections::{BTreeMap, BTreeSet};

use crate::identity::KeptNames;
use crate::link::Graph;
use diagnostics::value::Value;

/// What one run leaves for the next: what provisioners have asked to remember, and the names that
/// must not change.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct State {
    /// The `state` of each resource, by uid.
    pub resources: BTreeMap<String, Value>,
    /// The `uri` of the definition that gave each of these states, by uid.
    pub provisioners: BTreeMap<String, String>,
    /// The `shared` state of all.
    pub shared: Value,
    /// Names under which things are deployed.
    pub names: KeptNames,
}

impl State {
    /// Whether there is nothing to remember.
    pub fn is_empty(&self) -> bool {
        let shared = match &self.shared {
            Value::Null => true,
            Value::Map(map) => map.is_empty(),
            _ => false,
        };
        shared
            && self.resources.is_empty()
            && self.provisioners.is_empty()
            && self.names == KeptNames::default()
    }

    /// What is remembered of resources and workloads that are not in the graph any more: uids
    /// first, then workloads.
    pub fn unused(&self, graph: &Graph) -> Unused {
        let uids: BTreeSet<String> = graph
            .resources
            .iter()
            .map(|node| node.uid.to_string())
            .collect();
        let names = &self.names;
        let kept = [
            names.guids.keys(),
            names.source_workloads.keys(),
            self.provisioners.keys(),
        ];
        let kept = kept.into_iter().flatten().chain(self.resources.keys());
        let resources = kept.filter(|uid| !uids.contains(*uid)).cloned().collect();
        let workloads: BTreeSet<&String> = graph
            .workloads
            .iter()
            .map(|linked| &linked.workload.name.value)
            .collect();
        let kept = names.instance_suffixes.keys().chain(names.claims.keys());
        Unused {
            resources,
            workloads: kept
                .filter(|name| !workloads.contains(name))
                .cloned()
                .collect(),
        }
    }

    /// Forgets what is unused. What resources share stays: nobody knows which of it was whose.
    pub fn prune(&mut self, unused: &Unused) {
        let resource = |uid: &String| !unused.resources.contains(uid);
        let workload = |name: &String| !unused.workloads.contains(name);
        self.resources.retain(|uid, _| resource(uid));
        self.provisioners.retain(|uid, _| resource(uid));
        self.names.guids.retain(|uid, _| resource(uid));
        self.names.source_workloads.retain(|uid, _| resource(uid));
        self.names
            .instance_suffixes
            .retain(|name, _| workload(name));
        self.names.claims.retain(|name, _| workload(name));
    }
}

/// What is remembered of things that are gone.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Unused {
    /// Uids of resources that no workload has any more.
    pub resources: BTreeSet<String>,
    /// Names of workloads that are gone.
    pub workloads: BTreeSet<String>,
}

impl Unused {
    /// Whether everything that is remembered is still there.
    pub fn is_empty(&self) -> bool {
        self.resources.is_empty() && self.workloads.is_empty()
    }
}
