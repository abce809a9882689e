//! Required keys that an override deletes: each is reported at the deletion.

use yaml::Node;

/// Puts the keys that a workload needs and that `change` has deleted back without a value, at the
/// place of the change.
pub(super) fn keep(document: &mut Node, change: &Node) {
    ["apiVersion", "metadata", "containers"]
        .iter()
        .for_each(|key| restore(document, change, key));
    below(document, change, "metadata", |metadata, change| {
        restore(metadata, change, "name")
    });
    for (section, key) in [("containers", "image"), ("resources", "type")] {
        below(document, change, section, |section, change| {
            let names: Vec<&str> = change
                .as_map()
                .into_iter()
                .flat_map(|entries| entries.keys())
                .collect();
            names.into_iter().for_each(|name| {
                below(section, change, name, |one, change| {
                    restore(one, change, key)
                })
            });
        });
    }
}

fn below(document: &mut Node, change: &Node, key: &str, then: impl FnOnce(&mut Node, &Node)) {
    let entry = document
        .as_map_mut()
        .and_then(|entries| entries.get_mut(key));
    if let (Some(entry), Some(change)) = (entry, change.get(key)) {
        then(&mut entry.value, change);
    }
}

fn restore(node: &mut Node, change: &Node, key: &str) {
    let deleted = change
        .as_map()
        .and_then(|entries| entries.get(key))
        .filter(|entry| entry.value.is_null());
    if let (Some(entries), Some(deleted)) = (node.as_map_mut(), deleted) {
        entries
            .entry(key.to_owned())
            .or_insert_with(|| deleted.clone());
    }
}
