//! What provisioners give: objects of any kind, checked strictly where the kind is known.

use std::collections::BTreeMap;

use indexmap::IndexMap;

use super::{api_kinds, objects};
use crate::plan::{Plan, Resource};
use crate::rules::NAME_COLLISION;
use crate::support::document::Document;
use crate::support::parallel;
use crate::targets::target::Options;
use diagnostics::report::{Problem, Report};
use diagnostics::source::{Sources, Span};
use diagnostics::value::Value;
use yaml::{Kind, Node};

rules! {
    /// Two manifests of the same Kubernetes object differ, and only the later one is written.
    pub DUPLICATE_OBJECT: "duplicate-object", Warning;

    /// A manifest from a definition is not a valid Kubernetes object.
    pub INVALID_MANIFEST: "invalid-manifest", Error;
}

/// The manifests of every resource, in the order of provisioning.
pub(super) fn of_resources(
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
        let given = items.iter().filter(|item| !item.is_null());
        given
            .filter_map(|item| manifest(item, resource, options, sources, report))
            .collect()
    });
    let resources = plan
        .resources
        .iter()
        .map(|resource| resource.provisioned.shared_by);
    renewed(resources.zip(documents))
}

/// The documents in order, each object of a definition that shares state once. Such a definition
/// describes, say, its one server for each resource, and the last time it knows of all of them.
fn renewed(given: impl Iterator<Item = (Option<Span>, Vec<Document>)>) -> Vec<Document> {
    let mut documents = Vec::new();
    let mut described: BTreeMap<(Span, Key), usize> = BTreeMap::new();
    for (shared_by, own) in given {
        for document in own {
            let known = shared_by.map(|definition| (definition, key(&document)));
            match known.as_ref().and_then(|known| described.get(known)) {
                Some(index) => documents[*index] = document,
                None => {
                    described.extend(known.map(|known| (known, documents.len())));
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
    let mut fault = |span: Span, message: String| {
        let problem = Problem::new(
            &INVALID_MANIFEST,
            format!("{message} (from `{}`)", resource.uid),
        );
        let problem = problem
            .at(sources.origin(span).unwrap_or(span))
            .secondary(span, "this is what it rendered to");
        let problem = problem.secondary(resource.span, "this resource asks for it");
        report.push(problem.help("mend the manifest in the provisioner's definition"));
    };
    if item.as_map().is_none() {
        fault(
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
        fault(
            item.span,
            "a manifest needs `apiVersion` and `kind`".to_owned(),
        );
        return None;
    };
    if text(&["metadata", "name"]).is_none_or(str::is_empty) {
        fault(item.span, format!("this {kind} has no `metadata.name`"));
        return None;
    }
    let known = api_kinds::known(api_version, kind);
    let faults = known.map(|known| (known.check)(item)).unwrap_or_default();
    for found in &faults {
        fault(
            found.span,
            format!("this {kind} does not fit its schema: {}", found.message),
        );
    }
    let mut value = item.to_value();
    if let (Some(namespace), true) = (
        &options.namespace,
        known.is_some_and(|known| known.namespaced),
    ) {
        objects::set_namespace(&mut value, namespace);
    }
    faults.is_empty().then_some(Document {
        value,
        origin: Some(resource.span),
    })
}

/// What tells objects apart: API version, kind, namespace and name.
type Key = [String; 4];

fn key(document: &Document) -> Key {
    [
        &["apiVersion"][..],
        &["kind"],
        &["metadata", "namespace"],
        &["metadata", "name"],
    ]
    .map(|path| {
        let found = path
            .iter()
            .try_fold(&document.value, |value, key| value.get(key));
        found.and_then(Value::as_str).unwrap_or_default().to_owned()
    })
}

/// Two manifests of one object: the later wins, since several resources may have it described. That
/// they differ is worth a look. Those of workloads, which come after the first `given`, are each
/// needed: a Service that finds the pods of another workload would be a fault.
pub(super) fn merge_duplicates(
    documents: Vec<Document>,
    given: usize,
    report: &mut Report,
) -> Vec<Document> {
    let mut merged: IndexMap<Key, (usize, Document)> = IndexMap::with_capacity(documents.len());
    for (index, document) in documents.into_iter().enumerate() {
        let key = key(&document);
        match merged
            .get(&key)
            .filter(|(_, first)| first.value != document.value)
        {
            Some((earlier, first)) if *earlier >= given => {
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
    let message = format!("two workloads would both have the {} `{}`", key[1], key[3]);
    let problem = with_places(
        Problem::new(&NAME_COLLISION, message),
        first,
        second,
        "the other workload is here",
    );
    report
        .push(problem.help("rename one of them, or its Service with `k8s.score.dev/service-name`"));
}

fn report_duplicate(key: &Key, first: &Document, second: &Document, report: &mut Report) {
    let message = format!(
        "the {} `{}` is described twice, and differently; the later description is written",
        key[1], key[3]
    );
    let problem = Problem::new(&DUPLICATE_OBJECT, message);
    let problem = with_places(problem, first, second, "the earlier one comes from here");
    report
        .push(problem.help("give one of them another name; a definition can make it from `.Guid`"));
}

fn with_places(mut problem: Problem, first: &Document, second: &Document, words: &str) -> Problem {
    if let Some(span) = second.origin {
        problem = problem.at(span);
    }
    if let Some(span) = first.origin {
        problem = problem.secondary(span, words);
    }
    problem
}
