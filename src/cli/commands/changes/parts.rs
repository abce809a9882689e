//! What differs beside the objects.

use std::collections::{BTreeMap, BTreeSet};

use super::compare::Pair;
use super::review::{
    Amount, Change, Connection, Exception, FileChange, Password, ResourceChange, WorkloadChange,
};
use super::side::Compiled;
use crate::cli::commands::cost::amounts::Amounts;
use crate::project::prices::Prices;
use compiler::diagram::{Diagram, Node, Relation};

impl Pair<'_> {
    /// What `of` gives for each side; what it gives for nothing where a side is missing.
    fn each<'s, T: Default>(&'s self, of: impl Fn(&'s Compiled) -> T) -> [T; 2] {
        [self.before, self.after].map(|side| side.map(&of).unwrap_or_default())
    }
}

/// The keys of both maps, and how they differ; `None` for the same value.
fn changed<K: Ord + Clone, V: PartialEq>(
    [before, after]: &[BTreeMap<K, V>; 2],
) -> Vec<(K, Change)> {
    let keys: BTreeSet<&K> = before.keys().chain(after.keys()).collect();
    let change = |key: &K| match (before.get(key), after.get(key)) {
        (None, _) => Some(Change::Added),
        (_, None) => Some(Change::Removed),
        (old, new) => (old != new).then_some(Change::Changed),
    };
    let changes = keys.into_iter();
    changes
        .filter_map(|key| Some((key.clone(), change(key)?)))
        .collect()
}

/// What limits the comparison.
pub(super) fn notes(pair: &Pair<'_>) -> Vec<String> {
    let mut notes = Vec::new();
    if let (Some(before), Some(after)) = (pair.before, pair.after)
        && before.target.name() != after.target.name()
    {
        notes.push(format!(
            "the target changes from {} to {}",
            before.target.name(),
            after.target.name()
        ));
    }
    let sides = [pair.before, pair.after].into_iter().flatten();
    if sides.into_iter().any(|side| !side.description.is_patched) {
        let note = "patches need what a program gives, so the objects are compared without them";
        notes.push(note.to_owned());
    }
    notes
}

/// The passwords that both sides have, and that differ.
pub(super) fn passwords(pair: &Pair<'_>) -> Vec<Password> {
    let [before, after] = pair.each(|side| {
        let entries = side.description.secrets.iter();
        let values = entries.flat_map(|entry| {
            let values = entry.values.iter();
            values.map(move |(name, value)| ((&entry.resource, name), (&entry.key, value)))
        });
        values.collect::<BTreeMap<_, _>>()
    });
    let change = |((resource, name), (key, value)): (&(&String, &String), &(&String, &String))| {
        let (old_key, old) = before.get(&(*resource, *name))?;
        let text = match () {
            () if old != value => "changes".to_owned(),
            () if old_key != key => format!("is read from `{key}` of the store, not `{old_key}`"),
            () => return None,
        };
        Some(Password {
            resource: (*resource).clone(),
            name: (*name).clone(),
            text,
        })
    };
    after.iter().filter_map(change).collect()
}

fn workload_names(diagram: &Diagram) -> BTreeMap<String, bool> {
    let workload = |node: &Node| match node {
        Node::Workload { name, is_external } => Some((name.clone(), *is_external)),
        Node::Resource { .. } => None,
    };
    diagram.nodes.iter().filter_map(workload).collect()
}

pub(super) fn workloads(pair: &Pair<'_>) -> Vec<WorkloadChange> {
    let names = pair.each(|side| workload_names(&side.description.diagram));
    let changes = changed(&names).into_iter();
    changes
        .map(|(name, change)| WorkloadChange { change, name })
        .collect()
}

/// The resources by UID, with the addresses of routes and who uses them.
fn by_uid(diagram: &Diagram) -> BTreeMap<String, (Option<String>, Vec<String>)> {
    let nodes = diagram.nodes.iter().enumerate();
    let resource = |(index, node): (usize, &Node)| match node {
        Node::Resource { uid, address, .. } => {
            let users = diagram.users(index).map(|user| diagram.nodes[user].name());
            Some((uid.to_string(), (address.clone(), users.collect())))
        }
        Node::Workload { .. } => None,
    };
    nodes.filter_map(resource).collect()
}

/// The resources that differ, and those of which nothing is known.
pub(super) fn resources(pair: &Pair<'_>) -> Vec<ResourceChange> {
    let all = pair.each(|side| by_uid(&side.description.diagram));
    let unknown = pair.each(|side| side.description.unknown.iter().collect::<BTreeSet<_>>());
    let addresses = all.each_ref().map(|side| {
        let addresses = side
            .iter()
            .map(|(uid, (address, _))| (uid.clone(), address));
        addresses.collect::<BTreeMap<_, _>>()
    });
    let mut changes: BTreeMap<String, Change> = changed(&addresses).into_iter().collect();
    for uid in unknown.iter().flatten() {
        // That it is added or removed is known.
        changes.entry((*uid).clone()).or_insert(Change::Unknown);
    }
    let change = |(uid, change): (String, Change)| {
        let [before, after] = &all;
        let (address, used_by) = after.get(&uid).or(before.get(&uid)).cloned()?;
        Some(ResourceChange {
            change,
            route: address.map(|address| pair.secrets.hide(&address)),
            used_by,
            uid,
        })
    };
    changes.into_iter().filter_map(change).collect()
}

/// The edges of the graph that differ, without those that follow from a workload or resource that only
/// one side has.
pub(super) fn connections(pair: &Pair<'_>) -> Vec<Connection> {
    let [before, after] = pair.each(|side| edges(&side.description.diagram));
    let nodes = pair.each(|side| {
        let nodes = side.description.diagram.nodes.iter();
        nodes.map(Node::name).collect::<BTreeSet<_>>()
    });
    let both = |name: &String| nodes.iter().all(|side| side.contains(name));
    let edges = [before, after];
    let changes = changed(&edges).into_iter();
    let known = changes.filter(|((from, relation, to), _)| {
        both(from) && (both(to) || *relation == Relation::Calls)
    });
    known
        .map(|(key, change)| {
            let names = edges[1].get(&key).or(edges[0].get(&key)).cloned();
            let (from, relation, to) = key;
            Connection {
                change,
                from,
                relation: relation.name(),
                to,
                names: names.unwrap_or_default(),
            }
        })
        .collect()
}

fn edges(diagram: &Diagram) -> BTreeMap<(String, Relation, String), Vec<String>> {
    let name = |index: usize| diagram.nodes[index].name();
    let edges = diagram.edges.iter();
    edges
        .map(|edge| {
            let key = (name(edge.from), edge.relation, name(edge.to));
            (key, edge.names.iter().cloned().collect())
        })
        .collect()
}

/// The exceptions from policies that are new.
pub(super) fn exceptions(pair: &Pair<'_>) -> Vec<Exception> {
    let [before, after] = pair.each(|side| side.exceptions.clone());
    let new = after.difference(&before);
    new.map(|one| Exception {
        policy: one.policy.clone(),
        reason: pair.secrets.hide(&one.reason),
        file: one.file.clone(),
        line: pair.secrets.hide(&one.line),
    })
    .collect()
}

/// The amounts that differ, and what is newly not counted.
pub(super) fn cost(pair: &Pair<'_>, prices: Option<&Prices>) -> (Vec<Amount>, Vec<String>) {
    let sides = [pair.before, pair.after].map(|side| {
        let side = side?;
        Amounts::of(&side.description.reasons, side.target, prices)
    });
    let rows = sides.each_ref().map(|amounts| {
        let rows = amounts.iter().flat_map(|amounts| amounts.rows.clone());
        rows.collect::<BTreeMap<&str, String>>()
    });
    let names = sides.iter().flatten().flat_map(|amounts| &amounts.rows);
    let mut names: Vec<&'static str> = names.map(|(name, _)| *name).collect();
    names.sort_unstable();
    names.dedup();
    let amount = |name: &'static str| {
        let [before, after] = rows.each_ref().map(|rows| rows.get(name).cloned());
        (before != after).then_some(Amount {
            amount: name,
            before,
            after,
        })
    };
    let gaps = sides.each_ref().map(|amounts| {
        let gaps = amounts.iter().flat_map(|amounts| amounts.gaps.clone());
        gaps.collect::<BTreeSet<_>>()
    });
    let new = gaps[1].difference(&gaps[0]).cloned();
    (
        names.into_iter().filter_map(amount).collect(),
        new.collect(),
    )
}

/// The files beside the output that differ.
pub(super) fn files(pair: &Pair<'_>) -> Vec<FileChange> {
    let files = pair.each(|side| {
        let artifacts = side.description.artifacts.iter();
        let files = artifacts.filter_map(|file| Some((file.path.clone(), file.content.as_ref()?)));
        files.collect::<BTreeMap<_, _>>()
    });
    let changes = changed(&files).into_iter();
    changes
        .map(|(path, change)| FileChange { change, path })
        .collect()
}
