//! Parts of objects, and of those that run the pods of a workload.

use super::labels::WORKLOAD_NAME;
use crate::model::is_dns_name;
use crate::plan::{Plan, Workload};
use crate::support::document::Document;
use diagnostics::value::{Map, Value};

/// The annotation of an object of a resource with the name of the workload that it is for.
const SOURCE_WORKLOAD: &str = "k8s.score.dev/source-workload";
/// The annotation of an object of a resource with its UID.
const RESOURCE_UID: &str = "k8s.score.dev/resource-uid";

/// The workload that an object runs.
pub(super) fn workload<'a>(object: &Value, plan: &'a Plan) -> Option<&'a Workload> {
    let template = template(object)?;
    let path = ["metadata", "annotations", WORKLOAD_NAME];
    let name = object.at(&path).or(template.at(&path))?.as_str()?;
    plan.workload(name)
}

/// The workload that an object belongs to: as one of its own objects, or for a resource that no
/// other workload has.
pub(super) fn workload_of(object: &Value) -> Option<&str> {
    let annotation = |key| text(object, &["metadata", "annotations", key]);
    let of_resource = || {
        let (source, uid) = (annotation(SOURCE_WORKLOAD)?, annotation(RESOURCE_UID)?);
        let (_, id) = uid.split_once('#')?;
        let is_own = id.strip_prefix(source)?.starts_with('.');
        is_own.then_some(source)
    };
    let name = annotation(WORKLOAD_NAME).or_else(of_resource);
    // It becomes a directory.
    name.filter(|name| is_dns_name(name))
}

/// The way to the template of an object's pods; `None` for other objects.
fn template_path(object: &Value) -> Option<&'static [&'static str]> {
    match object.get("kind")?.as_str()? {
        "Deployment" | "StatefulSet" | "Job" | "Rollout" => Some(&["spec", "template"]),
        "CronJob" => Some(&["spec", "jobTemplate", "spec", "template"]),
        _ => None,
    }
}

pub(super) fn template(object: &Value) -> Option<&Value> {
    object.at(template_path(object)?)
}

pub(super) fn template_mut(object: &mut Value) -> Option<&mut Value> {
    let path = template_path(object)?;
    at_mut(object, path)
}

fn at_mut<'a>(value: &'a mut Value, path: &[&str]) -> Option<&'a mut Value> {
    path.iter()
        .try_fold(value, |value, key| value.as_map_mut()?.get_mut(*key))
}

/// The mapping under a key.
pub(super) fn map_mut<'a>(value: &'a mut Value, key: &str) -> Option<&'a mut Map> {
    at_mut(value, &[key])?.as_map_mut()
}

pub(super) fn text<'a>(value: &'a Value, path: &[&str]) -> Option<&'a str> {
    value.at(path)?.as_str()
}

pub(super) fn items<'a>(value: &'a Value, key: &str) -> &'a [Value] {
    let list = value.get(key).and_then(Value::as_list);
    list.unwrap_or_default()
}

/// The objects of a kind.
pub(super) fn of_kind<'a>(
    documents: &'a [Document],
    kind: &'static str,
) -> impl Iterator<Item = &'a Value> {
    let documents = documents.iter().filter(move |one| is_kind(one, kind));
    documents.map(|document| &document.value)
}

pub(super) fn is_kind(document: &Document, kind: &str) -> bool {
    text(&document.value, &["kind"]) == Some(kind)
}

/// The name and the namespace of an object.
pub(super) fn identity(object: &Value) -> (Option<&str>, Option<&str>) {
    (
        text(object, &["metadata", "name"]),
        text(object, &["metadata", "namespace"]),
    )
}

/// The mapping under a key, which is added before one of the keys of `before`; `None` where
/// something else is there.
pub(super) fn map_before<'a>(map: &'a mut Map, key: &str, before: &[&str]) -> Option<&'a mut Map> {
    if map.get(key).is_none_or(|value| *value == Value::Null) {
        insert_before(map, key, Value::map(), before);
    }
    map.get_mut(key)?.as_map_mut()
}

/// Adds a value before the first of the keys of `before`, or at the end.
pub(super) fn insert_before(map: &mut Map, key: &str, value: Value, before: &[&str]) {
    map.shift_remove(key);
    let places = before.iter().filter_map(|other| map.get_index_of(*other));
    let place = places.min().unwrap_or(map.len());
    map.shift_insert(place, key.to_owned(), value);
}
