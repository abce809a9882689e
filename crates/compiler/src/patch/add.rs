//! `add`: new objects, one for each object that a patch is for, or one alone.

use super::context::Context;
use super::limit::Limit;
use super::objects::{kinds, objects};
use super::rules::INVALID_PATCH;
use super::selected_object::SelectedObject;
use super::selector_patch::SelectorPatch;
use super::values::{NO_WORKLOAD_HELP, Scope, WorkloadScope, resolve};
use crate::plan::Workload;
use crate::support::document::Document;
use crate::support::places::{Places, Step};
use diagnostics::report::{Problem, Report};
use diagnostics::source::{Sources, Span};
use diagnostics::suggestions::{list_names, suggestion};
use diagnostics::value::{Map, Value};
use yaml::rules::UNKNOWN_KEY;
use yaml::{Entry, Kind, Node};

/// Adds what a patch without a target adds.
pub(super) fn once(
    patch: &SelectorPatch,
    context: &Context<'_>,
    sources: &Sources,
    documents: &mut Vec<Document>,
    report: &mut Report,
) {
    let scope = Scope {
        sources,
        environment: &context.environment,
        workload: WorkloadScope::None {
            object: "what a patch without `target` adds",
            help: NO_WORKLOAD_HELP,
        },
    };
    let node = patch
        .add
        .as_ref()
        .and_then(|node| resolve(node, &scope, report));
    if let Some(node) = node {
        insert(&node, None, context, documents, report);
    }
}

/// Adds what a patch adds for one object.
pub(super) fn for_object(
    patch: &SelectorPatch,
    selected: &SelectedObject<'_>,
    context: &Context<'_>,
    sources: &Sources,
    documents: &mut Vec<Document>,
    report: &mut Report,
) {
    let scope = selected.scope(sources, context);
    let node = patch
        .add
        .as_ref()
        .and_then(|node| resolve(node, &scope, report));
    let Some(node) = node else { return };
    let allowed = report.collect(|report| {
        if patch.is_of_workload {
            check_limit(&node, context, report);
        }
    });
    if allowed.is_ok() {
        insert(&node, Some(selected), context, documents, report);
    }
}

/// Reports objects that a patch of a workload must not add.
fn check_limit(node: &Node, context: &Context<'_>, report: &mut Report) {
    let mut check = |kind: &str, place| Limit::of(context).check_whole(kind, "add", place, report);
    if context.view.kinds.is_empty() {
        let kind = node.get("kind").unwrap_or(node);
        return check(kind.as_str().unwrap_or_default(), kind.span);
    }
    for (section, entry) in node.as_map().into_iter().flatten() {
        if let Some(kind) = context.view.kind_of(section) {
            check(kind, entry.key);
        }
    }
}

fn insert(
    node: &Node,
    selected: Option<&SelectedObject<'_>>,
    context: &Context<'_>,
    documents: &mut Vec<Document>,
    report: &mut Report,
) {
    let workload = selected.and_then(|selected| selected.workload);
    if !context.view.kinds.is_empty() {
        return insert_sections(node, workload, context, documents, report);
    }
    let mut value = node.to_value();
    if let Some(selected) = selected {
        name_after(&mut value, &selected.name);
    }
    (context.view.complete)(&mut value, workload, context.plan);
    let mut places = Places::default();
    places.set_tree(&[], None, node);
    let document = Document {
        value,
        origin: Some(node.span),
        places,
    };
    let added = objects(std::slice::from_ref(&document), context);
    let known = objects(documents, context);
    let mut known = known.iter();
    let same = added
        .first()
        .filter(|added| known.any(|object| object.is_same(added, context.namespace)));
    match same {
        Some(object) => {
            let place = node
                .get("metadata")
                .and_then(|one| one.get("name"))
                .unwrap_or(node);
            report.push(exists(&object.describe(), place.span));
        }
        None => documents.push(document),
    }
}

/// Gives an object without a name that of the object that it is added for.
fn name_after(value: &mut Value, name: &str) {
    let Some(map) = value.as_map_mut() else {
        return;
    };
    if !map.contains_key("metadata") {
        let index = map
            .get_index_of("kind")
            .map_or(map.len(), |index| index + 1);
        map.shift_insert(index, "metadata".to_owned(), Value::map());
    }
    let metadata = map.get_mut("metadata").and_then(Value::as_map_mut);
    if let Some(metadata) = metadata.filter(|metadata| !metadata.contains_key("name")) {
        metadata.shift_insert(0, "name".to_owned(), Value::from(name));
    }
}

/// Adds the entries of sections to the only document.
fn insert_sections(
    node: &Node,
    workload: Option<&Workload>,
    context: &Context<'_>,
    documents: &mut [Document],
    report: &mut Report,
) {
    let Some(document) = documents.first_mut() else {
        return;
    };
    for (section, entry) in node.as_map().into_iter().flatten() {
        let known = || context.view.kinds.iter().map(|(_, section)| *section);
        let Some(kind) = context.view.kind_of(section) else {
            let message = format!("`add` has no key `{section}`");
            let help = suggestion(section, known(), || {
                format!("write one of {}", list_names(known()))
            });
            report.push(Problem::new(&UNKNOWN_KEY, message).at(entry.key).help(help));
            continue;
        };
        let Kind::Map(entries) = &entry.value.kind else {
            yaml::reader::not_a_mapping(&entry.value, &format!("`{section}`"), report);
            continue;
        };
        let root = document.value.as_map_mut();
        let Some(map) = root.and_then(|root| section_mut(root, section)) else {
            continue;
        };
        for (name, entry) in entries {
            if map.contains_key(name) {
                report.push(exists(&format!("`{kind}/{name}`"), entry.key));
                continue;
            }
            let steps = [Step::Key(section.into()), Step::Key(name.into())];
            document
                .places
                .set_tree(&steps, Some(entry.key), &entry.value);
            map.insert(name.clone(), adopted(kind, entry, workload, context));
        }
    }
}

fn section_mut<'m>(root: &'m mut Map, section: &str) -> Option<&'m mut Map> {
    root.entry(section.to_owned())
        .or_insert_with(Value::map)
        .as_map_mut()
}

fn adopted(kind: &str, entry: &Entry, workload: Option<&Workload>, context: &Context<'_>) -> Value {
    let mut value = entry.value.to_value();
    // The first kind is that of what runs.
    let is_runner = kinds(context.view).next() == Some(kind);
    (context.view.complete)(&mut value, workload.filter(|_| is_runner), context.plan);
    value
}

fn exists(description: &str, place: Span) -> Problem {
    let message = format!("there is already {description}");
    let help = "choose another name, or change what is there by `target` and `merge`";
    Problem::new(&INVALID_PATCH, message).at(place).help(help)
}
