//! Objects of the output by their identity: two origins cannot both have an object of one kind,
//! namespace and name.

use std::collections::BTreeSet;

use indexmap::IndexMap;

use super::api_kinds;
use super::object::text;
use crate::model::Uid;
use crate::rules::NAME_COLLISION;
use crate::support::document::Document;
use crate::support::parallel;
use diagnostics::report::{Problem, Report};
use diagnostics::source::{Sources, Span};

rules! {
    /// Two manifests of the same Kubernetes object differ, and only the later one is written.
    pub DUPLICATE_OBJECT: "duplicate-object", Warning;
}

/// An object of the output.
pub(super) struct Object<'a> {
    pub(super) document: Document,
    pub(super) owner: Owner<'a>,
}

impl<'a> Object<'a> {
    pub(super) fn split(self) -> (Document, Owner<'a>) {
        (self.document, self.owner)
    }
}

/// What an object is generated for.
#[derive(Clone, Copy)]
pub(super) enum Owner<'a> {
    /// The environment, which wants a Namespace.
    Environment,
    /// A resource, by the manifest at this place in the text that its definition rendered.
    Resource { uid: &'a Uid, manifest: Span },
    /// A workload.
    Workload(&'a str),
}

impl Owner<'_> {
    fn describe(self) -> String {
        match self {
            Owner::Environment => "the environment".to_owned(),
            Owner::Resource { uid, .. } => format!("the resource `{uid}`"),
            Owner::Workload(name) => format!("the workload `{name}`"),
        }
    }

    /// Whether two owners cannot have the same object. One definition may describe an object for
    /// several resources.
    fn excludes(self, other: Owner<'_>, sources: &Sources) -> bool {
        match (self, other) {
            (Owner::Environment, _) | (_, Owner::Environment) => false,
            (Owner::Resource { .. }, Owner::Resource { .. }) => {
                self.manifest(sources) != other.manifest(sources)
            }
            _ => true,
        }
    }

    /// The place of the manifest in the definition.
    fn manifest(self, sources: &Sources) -> Option<Span> {
        match self {
            Owner::Resource { manifest, .. } => sources.origin(manifest).or(Some(manifest)),
            _ => None,
        }
    }
}

/// The identity of an object: API group, kind, namespace and name.
pub(super) type Key<'a> = [&'a str; 4];

pub(super) fn key(document: &Document) -> Key<'_> {
    let text = |path: &[&str]| text(&document.value, path).unwrap_or_default();
    [
        api_kinds::group(text(&["apiVersion"])),
        text(&["kind"]),
        text(&["metadata", "namespace"]),
        text(&["metadata", "name"]),
    ]
}

/// Keeps the last manifest of each object, since several resources may describe the same one.
/// Reports those that differ, once for two owners.
pub(super) fn merge<'a>(
    objects: impl Iterator<Item = (Document, Owner<'a>)>,
    sources: &Sources,
    report: &mut Report,
) -> Vec<Document> {
    let objects: Vec<Object<'_>> = objects
        .map(|(document, owner)| Object { document, owner })
        .collect();
    // The last object of each identity, at the place of the first.
    let mut merged: IndexMap<Key<'_>, usize> = IndexMap::with_capacity(objects.len());
    let mut reported = BTreeSet::new();
    let keys = parallel::map(&objects, |object| key(&object.document));
    for (index, (object, key)) in objects.iter().zip(keys).enumerate() {
        let earlier = merged.insert(key, index);
        if let Some(first) = earlier.and_then(|index| objects.get(index))
            && first.document.value != object.document.value
        {
            let problem = if !first.owner.excludes(object.owner, sources) {
                duplicate(&key)
            } else if reported.insert([first.owner, object.owner].map(Owner::describe)) {
                collision(&key, first, object)
            } else {
                continue;
            };
            report.push(with_places(problem, first, object, sources));
        }
    }
    let merged: Vec<usize> = merged.into_values().collect();
    let objects = objects.into_iter();
    let mut documents: Vec<_> = objects.map(|object| Some(object.document)).collect();
    let documents = merged.into_iter().map(|index| documents[index].take());
    documents.flatten().collect()
}

fn collision(key: &Key<'_>, first: &Object<'_>, second: &Object<'_>) -> Problem {
    let message = format!(
        "{} and {} would both create the {} `{}`",
        first.owner.describe(),
        second.owner.describe(),
        key[1],
        key[3]
    );
    let help = match (first.owner, second.owner) {
        (Owner::Workload(_), _) => {
            "rename one of them, or its Service with `k8s.score.dev/service-name`"
        }
        (_, Owner::Workload(_)) if key[1] == "Service" => {
            "rename the workload, or its Service with `k8s.score.dev/service-name`"
        }
        (_, Owner::Workload(_)) => "rename the workload",
        _ => "give one of them another name; a definition can derive it from `.Guid`",
    };
    Problem::new(&NAME_COLLISION, message).help(help)
}

fn duplicate(key: &Key<'_>) -> Problem {
    let message = format!(
        "the {} `{}` is defined twice with different content; the later definition is used",
        key[1], key[3]
    );
    let help = "rename one of them; a definition can derive the name from `.Guid`";
    Problem::new(&DUPLICATE_OBJECT, message).help(help)
}

/// Adds the places of two objects: what they are generated for, and the manifests of definitions.
fn with_places(
    mut problem: Problem,
    first: &Object<'_>,
    second: &Object<'_>,
    sources: &Sources,
) -> Problem {
    if let Some(span) = second.document.origin {
        problem = problem.at(span);
    }
    if let Some(span) = first.document.origin {
        problem = problem.secondary(span, "the other one comes from here");
    }
    let mut manifests: Vec<Span> = [first.owner, second.owner]
        .into_iter()
        .filter_map(|owner| owner.manifest(sources))
        .collect();
    manifests.dedup();
    manifests.into_iter().fold(problem, |problem, manifest| {
        problem.secondary(manifest, "defined here")
    })
}
