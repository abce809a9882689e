//! Workloads that a patch template rejects by `fail`.

use crate::decode::API_VERSION;
use crate::plan::{Plan, Workload};
use diagnostics::source::Span;
use diagnostics::value::Value;
use go_template::Data;

/// What a template looked at in these iterations: the workload of the innermost one that is over a
/// workload, its objects or services, or the container in it. `name_path` leads to the workload's
/// name in an object or service.
pub(super) fn rejected(
    iterations: &[(Data, Data)],
    plan: &Plan,
    name_path: &[&str],
) -> Option<Span> {
    let found = iterations
        .iter()
        .enumerate()
        .rev()
        .find_map(|(index, (_, item))| Some((index, workload(item, plan, name_path)?)));
    let (index, workload) = found?;
    let container = iterations[index + 1..]
        .iter()
        .find_map(|(key, item)| container(key, item, workload));
    Some(container.unwrap_or(workload.name.span))
}

/// The workload that an item of the template's data is or belongs to.
fn workload<'a>(item: &Data, plan: &'a Plan, name_path: &[&str]) -> Option<&'a Workload> {
    let item = item.to_value()?;
    let text = |path: &[&str]| item.at(path)?.as_str();
    let name = match text(&["apiVersion"]) {
        Some(API_VERSION) => text(&["metadata", "name"]),
        _ => text(name_path),
    }?;
    plan.workload(name)
}

/// The container that an item is, by its key in a mapping or by its name in a list.
fn container(key: &Data, item: &Data, workload: &Workload) -> Option<Span> {
    let item = item.to_value()?;
    let name = match key.as_text() {
        Some(key) => key,
        None => item.get("name").and_then(Value::as_str)?,
    };
    let containers = &workload.containers;
    let container = containers
        .iter()
        .find(|container| container.name.value == name);
    Some(container?.name.span)
}
