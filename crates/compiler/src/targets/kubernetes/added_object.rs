//! Objects that patches add.

use super::key_order;
use super::labels::{WORKLOAD_NAME, common, labels};
use super::object::{map_mut, text};
use crate::plan::{Plan, Workload};
use diagnostics::value::Value;

/// Gives an object the labels of all objects, and what marks it as one of a workload.
pub(super) fn complete(object: &mut Value, workload: Option<&Workload>, plan: &Plan) {
    if let Some(workload) = workload {
        add_workload_name(object, workload);
    }
    add_labels(object, plan);
}

/// Says which workload an object belongs to that a patch adds, unless the object says it.
fn add_workload_name(object: &mut Value, workload: &Workload) {
    let object = object.as_map_mut();
    let metadata = object.and_then(|object| object.get_mut("metadata"));
    let Some(metadata) = metadata.and_then(Value::as_map_mut) else {
        return;
    };
    let annotations = metadata.entry("annotations".to_owned());
    if let Some(annotations) = annotations.or_insert_with(Value::map).as_map_mut() {
        let name = annotations.entry(WORKLOAD_NAME.to_owned());
        name.or_insert_with(|| Value::from(workload.name.value.as_str()));
    }
}

/// Gives an object the labels that it does not have: those of the workload that its annotation
/// names, or else those that depend on no workload.
fn add_labels(object: &mut Value, plan: &Plan) {
    let is_list = text(object, &["kind"]).is_some_and(|kind| kind.ends_with("List"));
    if let Some(Value::List(items)) = object
        .as_map_mut()
        .filter(|_| is_list)
        .and_then(|object| object.get_mut("items"))
    {
        return items.iter_mut().for_each(|item| add_labels(item, plan));
    }
    let workload = text(object, &["metadata", "annotations", WORKLOAD_NAME]);
    let missing = match workload.and_then(|name| plan.workload(name)) {
        Some(workload) => labels(workload),
        None => common(plan.identity.project.as_deref()),
    };
    let Some(metadata) = map_mut(object, "metadata") else {
        return;
    };
    if metadata
        .get("labels")
        .is_none_or(|labels| *labels == Value::Null)
    {
        metadata.shift_remove("labels");
        let before = ["namespace", "name"];
        let before = before.iter().find_map(|key| metadata.get_index_of(*key));
        let index = before.map_or(0, |index| index + 1);
        metadata.shift_insert(index, "labels".to_owned(), Value::map());
    }
    let Some(Value::Map(labels)) = metadata.get_mut("labels") else {
        return;
    };
    for (label, value) in key_order::labels(missing) {
        labels.entry(label).or_insert(value);
    }
}
