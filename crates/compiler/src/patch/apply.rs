//! Applies a patch by selector to the documents.

use super::add;
use super::change;
use super::context::Context;
use super::limit::Limit;
use super::merge::{Merge, MergeRules, ObjectKind};
use super::objects::{ObjectPath, objects};
use super::path::{DeadEnd, Opening, Path, at_mut};
use super::selected_object::SelectedObject;
use super::selector_patch::SelectorPatch;
use super::values::resolve;
use super::writer::{Writer, is_deletion, remove};
use crate::support::document::Document;
use crate::support::places::Step;
use crate::support::reasons::value_at;
use diagnostics::report::Report;
use diagnostics::source::{Sources, Span};
use diagnostics::value::Value;
use yaml::{Entry, Kind, Node};

/// Applies a patch. What is wrong with it whatever the objects are has been reported.
pub(super) fn apply(
    patch: &SelectorPatch,
    context: &Context<'_>,
    sources: &Sources,
    mut documents: Vec<Document>,
    report: &mut Report,
) -> Vec<Document> {
    let selected = match &patch.target {
        Some(_) => select(patch, context, &documents, report),
        None => {
            add::once(patch, context, sources, &mut documents, report);
            return documents;
        }
    };
    let mut reaches = Reaches::new(patch);
    let mut deleted = Vec::new();
    for one in &selected {
        // After the first object with an error, the others would only repeat it.
        let (is_deleted, result) = report.observe(|report| {
            change(
                patch,
                one,
                context,
                sources,
                &mut documents,
                &mut reaches,
                report,
            )
        });
        if is_deleted {
            deleted.push(one.path.clone());
        }
        if result.is_err() {
            return documents;
        }
    }
    if !patch.expects_any {
        reaches.report(context.is_whole_project, report);
    }
    for path in deleted.iter().rev() {
        delete(path, patch.span, &mut documents);
    }
    for one in &selected {
        let (_, result) = report.observe(|report| {
            add::for_object(patch, one, context, sources, &mut documents, report);
        });
        if result.is_err() {
            break;
        }
    }
    documents
}

/// The objects that a patch is for. Reports that there are none.
fn select<'a>(
    patch: &SelectorPatch,
    context: &Context<'a>,
    documents: &[Document],
    report: &mut Report,
) -> Vec<SelectedObject<'a>> {
    let Some(target) = &patch.target else {
        return Vec::new();
    };
    let objects = objects(documents, context);
    let selected: Vec<_> = objects
        .iter()
        .filter(|object| target.fits(object))
        .map(|object| SelectedObject {
            path: object.path.clone(),
            api_version: object.kind.api_version.to_owned(),
            kind: object.kind.kind.to_owned(),
            name: object.name.to_owned(),
            description: object.describe(),
            workload: object
                .workload
                .and_then(|one| context.plan.workload(&one.name.value)),
        })
        .collect();
    match selected.is_empty() {
        _ if patch.expects_any => {}
        true => target.report_nothing(&objects, context.is_whole_project, report),
        false => target.report_misspelled(&objects, report),
    }
    selected
}

/// Changes one object; `true` when it is to be deleted.
fn change(
    patch: &SelectorPatch,
    selected: &SelectedObject<'_>,
    context: &Context<'_>,
    sources: &Sources,
    documents: &mut [Document],
    reaches: &mut Reaches,
    report: &mut Report,
) -> bool {
    let scope = selected.scope(sources, context);
    let Some(document) = documents.get_mut(selected.path.document) else {
        return false;
    };
    // The object is taken out while its places are written.
    let Some(object) = at_mut(&mut document.value, &selected.path.steps) else {
        return false;
    };
    let mut object_value = std::mem::take(object);
    let mut writer = Writer::new(&mut document.places, &selected.path.steps);
    // Only patches of workloads have a limit.
    let mut changes = Vec::new();
    let mut is_deleted = patch.deletes_object;
    if let Some(merge) = patch
        .merge
        .as_ref()
        .and_then(|node| resolve(node, &scope, report))
    {
        is_deleted |= is_deletion(&merge);
        let mut merging = Merge {
            rules: context.view.merge,
            kind: ObjectKind {
                api_version: &selected.api_version,
                kind: &selected.kind,
            },
            writer: &mut writer,
            report,
        };
        if patch.is_of_workload {
            changes.extend(change::of_merge(&merging, &object_value, &merge));
        }
        merging.value(&mut object_value, &merge, None);
    }
    if patch.is_of_workload {
        let paths = patch.set.iter().map(|(path, _)| path).chain(&patch.delete);
        changes.extend(paths.map(|path| change::of_path(patch.each.as_ref(), path)));
    }
    for ((path, node), reach) in patch.set.iter().zip(&mut reaches.set) {
        let Some(node) = resolve(node, &scope, report) else {
            continue;
        };
        for way in reaches.each.ways(patch, &object_value) {
            set(
                &mut object_value,
                &way,
                path,
                &node,
                context.view.merge,
                &mut writer,
                reach,
            );
        }
    }
    for (path, reach) in patch.delete.iter().zip(&mut reaches.delete) {
        for way in reaches.each.ways(patch, &object_value) {
            let inner = value_at(&object_value, &way).unwrap_or(&Value::Null);
            let found = reach.take(path.find(inner));
            for steps in found.unwrap_or_default().iter().rev() {
                let steps = [way.as_slice(), steps].concat();
                writer.within(&steps, |writer| writer.remove(path.span));
                remove(&mut object_value, &steps);
            }
        }
    }
    for operation in &patch.json6902 {
        let value = operation
            .value
            .as_ref()
            .map(|node| resolve(node, &scope, report));
        if matches!(value, Some(None)) {
            continue;
        }
        let value = value.flatten();
        if patch.is_of_workload {
            changes.extend(operation.changes(&object_value));
        }
        if let Err(problem) = operation.apply(
            &mut object_value,
            value.as_ref(),
            context.view.merge,
            &mut writer,
        ) {
            let message = format!("in {}", selected.description);
            report.push(match document.origin {
                Some(place) => problem.secondary(place, message),
                None => *problem,
            });
            break;
        }
    }
    if let Some(object) = at_mut(&mut document.value, &selected.path.steps) {
        *object = object_value;
    }
    if patch.is_of_workload {
        let limit = Limit::of(context);
        match is_deleted {
            true => limit.check_whole(&selected.kind, "delete", patch.kind_place(), report),
            false => limit.check(patch, selected, &changes, report),
        }
    }
    is_deleted
}

/// Sets what a path from `way` on leads to.
fn set(
    object: &mut Value,
    way: &[Step],
    path: &Path,
    node: &Node,
    rules: MergeRules,
    writer: &mut Writer<'_>,
    reach: &mut Reach,
) {
    let inner = value_at(object, way).unwrap_or(&Value::Null);
    let openings = reach.take(path.find_or_create(inner)).unwrap_or_default();
    for Opening { steps, keys } in openings {
        let steps = [way, &steps].concat();
        let Some(container) = at_mut(object, &steps) else {
            continue;
        };
        let Some(((key, place), rest)) = keys.split_first() else {
            *container = writer.within(&steps, |writer| writer.set(None, node));
            continue;
        };
        if *container == Value::Null {
            *container = Value::map();
        }
        let Some(map) = container.as_map_mut() else {
            continue;
        };
        let steps = [steps.as_slice(), &[Step::Key(key.clone())]].concat();
        if node.is_null() {
            if rest.is_empty() && map.shift_remove(key).is_some() {
                writer.within(&steps, |writer| writer.remove(*place));
            }
            continue;
        }
        let node = nest(rest, node);
        let value = writer.within(&steps, |writer| writer.set(Some(*place), &node));
        rules.set_key(&steps, map, key, value);
    }
}

/// A value below keys.
fn nest(keys: &[(String, Span)], node: &Node) -> Node {
    keys.iter().rev().fold(node.clone(), |value, (key, place)| {
        let entry = Entry { key: *place, value };
        Node {
            span: *place,
            kind: Kind::Map([(key.clone(), entry)].into_iter().collect()),
        }
    })
}

fn delete(path: &ObjectPath, span: Span, documents: &mut Vec<Document>) {
    if path.steps.is_empty() {
        documents.remove(path.document);
    } else if let Some(document) = documents.get_mut(path.document) {
        document.places.remove(&path.steps, span);
        remove(&mut document.value, &path.steps);
        // An empty section is not written.
        let (_, section) = path.steps.split_last().unzip();
        let section = section.unwrap_or_default();
        if value_at(&document.value, section)
            .and_then(Value::as_map)
            .is_some_and(|map| map.is_empty())
        {
            remove(&mut document.value, section);
        }
    }
}

/// Whether a path has led somewhere in any object so far.
#[derive(Default)]
struct Reach {
    is_found: bool,
    dead_end: Option<DeadEnd>,
}

impl Reach {
    fn take<T>(&mut self, found: Result<Vec<T>, DeadEnd>) -> Option<Vec<T>> {
        match found {
            Ok(found) => {
                self.is_found |= !found.is_empty();
                Some(found)
            }
            Err(dead_end) => {
                self.dead_end = Some(dead_end.deeper(self.dead_end.take()));
                None
            }
        }
    }

    /// Where the paths of `set` and `delete` begin in an object.
    fn ways(&mut self, patch: &SelectorPatch, object: &Value) -> Vec<Vec<Step>> {
        match &patch.each {
            None => vec![Vec::new()],
            Some(each) => self.take(each.find(object)).unwrap_or_default(),
        }
    }
}

/// The same for all paths of a patch.
struct Reaches {
    each: Reach,
    set: Vec<Reach>,
    delete: Vec<Reach>,
}

impl Reaches {
    fn new(patch: &SelectorPatch) -> Reaches {
        let reaches = |count| std::iter::repeat_with(Reach::default).take(count).collect();
        Reaches {
            each: Reach::default(),
            set: reaches(patch.set.len()),
            delete: reaches(patch.delete.len()),
        }
    }

    /// Reports the paths that led nowhere in all objects.
    fn report(self, is_whole_project: bool, report: &mut Report) {
        let reaches = [self.each].into_iter().chain(self.set).chain(self.delete);
        let dead_ends = reaches
            .filter(|reach| !reach.is_found)
            .filter_map(|reach| reach.dead_end);
        for dead_end in dead_ends.filter(|one| is_whole_project || one.is_typo) {
            report.push(dead_end.problem());
        }
    }
}
