//! The manifests of provisioners: objects of any kind, checked strictly where the kind is known.

use std::collections::BTreeMap;

use indexmap::IndexMap;

use super::{api_kinds, objects};
use crate::decode::process_text::{NUL_CHARACTER, find_nul};
use crate::plan::{Plan, Resource};
use crate::rules::NAME_COLLISION;
use crate::support::document::Document;
use crate::support::parallel;
use crate::targets::target::Options;
use diagnostics::report::{Problem, Report};
use diagnostics::rule::Rule;
use diagnostics::source::{Sources, Span};
use diagnostics::value::Value;
use yaml::{Kind, Node};

rules! {
    /// Two manifests of the same Kubernetes object differ, and only the later one is written.
    pub DUPLICATE_OBJECT: "duplicate-object", Warning;

    /// A manifest from a definition is not a valid Kubernetes object.
    pub INVALID_MANIFEST: "invalid-manifest", Error;
}

/// The manifests of all resources, in the order of provisioning.
pub(super) fn documents(
    plan: &Plan,
    options: &Options,
    sources: &Sources,
    report: &mut Report,
) -> Vec<Document> {
    let documents = parallel::map_reporting(&plan.resources, report, |resource, report| {
        let Some(Kind::List(items)) = resource
            .provisioned
            .sections
            .get("manifests")
            .map(|tree| &tree.kind)
        else {
            return Vec::new();
        };
        let manifests = items.iter().filter(|item| !item.is_null());
        manifests
            .filter_map(|item| manifest(item, resource, options, sources, report))
            .collect()
    });
    let resources = plan.resources.iter();
    let definitions = resources.map(|resource| resource.provisioned.shared_by);
    merge_shared(definitions.zip(documents))
}

/// The documents in order, with each object of a definition that shares state only once. Such a
/// definition describes, for example, its one server for every resource; only the last description
/// knows of all resources.
fn merge_shared(provisioned: impl Iterator<Item = (Option<Span>, Vec<Document>)>) -> Vec<Document> {
    let mut documents = Vec::new();
    let mut indices: BTreeMap<(Span, Key), usize> = BTreeMap::new();
    for (shared_by, manifests) in provisioned {
        for document in manifests {
            let key = shared_by.map(|definition| (definition, key(&document)));
            match key.as_ref().and_then(|key| indices.get(key)) {
                Some(index) => documents[*index] = document,
                None => {
                    indices.extend(key.map(|key| (key, documents.len())));
                    documents.push(document);
                }
            }
        }
    }
    documents
}

fn manifest(
    item: &Node,
    resource: &Resource,
    options: &Options,
    sources: &Sources,
    report: &mut Report,
) -> Option<Document> {
    let mut report_fault_as = |rule: &'static Rule, span: Span, message: String| {
        let problem = Problem::new(rule, format!("{message} (from `{}`)", resource.uid));
        let problem = problem
            .at(sources.origin(span).unwrap_or(span))
            .secondary(span, "this is the rendered text");
        let problem = problem.secondary(resource.span, "used by this resource");
        report.push(problem.help("fix the manifest in the provisioner's definition"));
    };
    if item.as_map().is_none() {
        report_fault_as(
            &INVALID_MANIFEST,
            item.span,
            format!("a manifest must be a mapping, this is {}", item.kind_name()),
        );
        return None;
    }
    let text = |path: &[&str]| {
        path.iter()
            .try_fold(item, |node, key| node.get(key))
            .and_then(Node::as_str)
    };
    let (Some(api_version), Some(kind)) = (text(&["apiVersion"]), text(&["kind"])) else {
        report_fault_as(
            &INVALID_MANIFEST,
            item.span,
            "a manifest needs `apiVersion` and `kind`".to_owned(),
        );
        return None;
    };
    if text(&["metadata", "name"]).is_none_or(str::is_empty) {
        report_fault_as(
            &INVALID_MANIFEST,
            item.span,
            format!("this {kind} has no `metadata.name`"),
        );
        return None;
    }
    // The content of files may have any character.
    let is_process_text = |key: &str| !["data", "stringData", "binaryData"].contains(&key);
    let nul = item.as_map().and_then(|entries| {
        let mut entries = entries.iter().filter(|(key, _)| is_process_text(key));
        entries.find_map(|(_, entry)| find_nul(&entry.value))
    });
    if let Some(span) = nul {
        report_fault_as(
            &NUL_CHARACTER,
            span,
            format!("this {kind} contains a NUL character"),
        );
        return None;
    }
    let mut report_fault =
        |span: Span, message: String| report_fault_as(&INVALID_MANIFEST, span, message);
    let api_kind = api_kinds::find(api_version, kind);
    let faults = api_kind.map_or_else(Vec::new, |api_kind| (api_kind.check)(item));
    for fault in &faults {
        report_fault(
            fault.span,
            format!("this {kind} does not match its schema: {}", fault.message),
        );
    }
    let mut value = item.to_value();
    let is_namespaced = api_kind.is_some_and(|api_kind| api_kind.is_namespaced);
    if let Some(namespace) = options.namespace.as_ref().filter(|_| is_namespaced) {
        objects::set_namespace(&mut value, namespace);
    }
    faults.is_empty().then_some(Document {
        value,
        origin: Some(resource.span),
    })
}

/// The identity of an object: API version, kind, namespace and name.
type Key = [String; 4];

fn key(document: &Document) -> Key {
    [
        &["apiVersion"][..],
        &["kind"],
        &["metadata", "namespace"],
        &["metadata", "name"],
    ]
    .map(|path| {
        let value = path
            .iter()
            .try_fold(&document.value, |value, key| value.get(key));
        value.and_then(Value::as_str).unwrap_or_default().to_owned()
    })
}

/// Keeps the last manifest of each object, since several resources may describe the same one. Two
/// that differ are a warning, or an error when both belong to workloads, whose documents start at
/// index `first_of_workloads`: each workload needs its own.
pub(super) fn merge_duplicates(
    documents: Vec<Document>,
    first_of_workloads: usize,
    report: &mut Report,
) -> Vec<Document> {
    let mut merged: IndexMap<Key, (usize, Document)> = IndexMap::with_capacity(documents.len());
    for (index, document) in documents.into_iter().enumerate() {
        let key = key(&document);
        match merged
            .get(&key)
            .filter(|(_, first)| first.value != document.value)
        {
            Some((earlier, first)) if *earlier >= first_of_workloads => {
                report_collision(&key, first, &document, report)
            }
            Some((_, first)) => report_duplicate(&key, first, &document, report),
            None => {}
        }
        merged.insert(key, (index, document));
    }
    merged.into_values().map(|(_, document)| document).collect()
}

fn report_collision(key: &Key, first: &Document, second: &Document, report: &mut Report) {
    let message = format!(
        "two workloads would create the same {} `{}`",
        key[1], key[3]
    );
    let problem = with_places(
        Problem::new(&NAME_COLLISION, message),
        first,
        second,
        "the other workload is here",
    );
    let help = "rename one of them, or its Service with `k8s.score.dev/service-name`";
    report.push(problem.help(help));
}

fn report_duplicate(key: &Key, first: &Document, second: &Document, report: &mut Report) {
    let message = format!(
        "the {} `{}` is defined twice with different content; the later definition is used",
        key[1], key[3]
    );
    let problem = Problem::new(&DUPLICATE_OBJECT, message);
    let problem = with_places(problem, first, second, "the earlier one comes from here");
    let help = "rename one of them; a definition can derive the name from `.Guid`";
    report.push(problem.help(help));
}

fn with_places(mut problem: Problem, first: &Document, second: &Document, label: &str) -> Problem {
    if let Some(span) = second.origin {
        problem = problem.at(span);
    }
    if let Some(span) = first.origin {
        problem = problem.secondary(span, label);
    }
    problem
}
