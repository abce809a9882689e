//! The manifests of provisioners, and what patches make of the objects: objects of any kind, checked
//! strictly where the kind is known.

use std::collections::BTreeMap;

use super::objects_by_name::{Object, Owner, key};
use super::{api_kinds, client_side_apply, objects};
use crate::decode::process_text::{NUL_CHARACTER, find_nul};
use crate::plan::{Plan, Resource};
use crate::provision::Sections;
use crate::provision::definition::REQUESTED_BY;
use crate::support::document::Document;
use crate::support::parallel;
use crate::support::places::Places;
use crate::targets::target::Options;
use diagnostics::report::{Problem, Report};
use diagnostics::rule::Rule;
use diagnostics::source::{Sources, Span};
use yaml::{Kind, LazyNode, Node};

rules! {
    /// A manifest from a definition is not a valid Kubernetes object.
    pub INVALID_MANIFEST: "invalid-manifest", Error;
}

/// The manifests of all resources, in the order of provisioning. Sections taken from the plan are
/// dropped as soon as they are read.
pub(super) fn objects<'a>(
    plan: &'a Plan,
    taken: Option<Vec<Sections>>,
    options: &Options,
    sources: &Sources,
    report: &mut Report,
) -> Vec<Object<'a>> {
    let mut taken = taken.into_iter().flatten().map(Some).collect::<Vec<_>>();
    taken.resize_with(plan.resources.len(), || None);
    let resources = plan.resources.iter().zip(taken);
    let objects = parallel::map_reporting(resources, report, |(resource, taken), report| {
        let context = Context {
            origin: Origin::Definition(resource),
            options,
            sources,
        };
        let section = match taken {
            Some(mut sections) => sections.shift_remove("manifests"),
            None => resource.provisioned.sections.get("manifests").cloned(),
        };
        let pattern = section.as_ref().and_then(LazyNode::pattern);
        let likes = pattern
            .iter()
            .filter_map(|pattern| pattern.value().as_list());
        let likes = likes.flatten().map(Some).chain(std::iter::repeat(None));
        let manifests = match section.map(|section| section.into_node().kind) {
            Some(Kind::List(items)) => items,
            _ => Vec::new(),
        };
        let manifests = manifests.into_iter().zip(likes);
        let manifests = manifests.filter(|(manifest, _)| !manifest.is_null());
        let objects = manifests.flat_map(|(manifest, like)| {
            let objects = api_kinds::into_objects(manifest).into_iter();
            objects.map(move |object| (object, like))
        });
        let objects = objects.filter_map(|(manifest, like)| {
            let owner = Owner::Resource {
                uid: &resource.uid,
                manifest: manifest.span,
            };
            let mut document = context.document(manifest, report)?;
            if let Some(like) = like {
                document.value.share_with(like);
            }
            Some(Object { document, owner })
        });
        objects.collect()
    });
    let resources = plan.resources.iter();
    let definitions = resources.map(|resource| resource.provisioned.shared_by);
    merge_shared(definitions.zip(objects))
}

/// The objects after the patches. Patches may add objects, also in lists. What comes from nowhere
/// else is from `place`.
pub(super) fn patched(
    documents: &[Document],
    place: Span,
    options: &Options,
    sources: &Sources,
    report: &mut Report,
) -> Vec<Document> {
    let documents = parallel::map_reporting(documents, report, |document, report| {
        let context = Context {
            origin: Origin::Patched(document.origin),
            options,
            sources,
        };
        let place = document.origin.unwrap_or(place);
        let tree = document.places.tree(&document.value, place);
        let is_list = api_kinds::listed(&tree).is_some();
        let objects = api_kinds::into_objects(tree).into_iter();
        let objects = objects.filter_map(|object| {
            let mut places = Places::default();
            match is_list {
                false => places.clone_from(&document.places),
                true => places.set_tree(&[], None, &object),
            }
            let checked = context.document(object, report)?;
            Some(Document { places, ..checked })
        });
        objects.collect::<Vec<_>>()
    });
    documents.into_iter().flatten().collect()
}

/// The objects in order, with each object of a definition that shares state only once. Such a
/// definition describes, for example, its one server for every resource; only the last description
/// knows of all resources.
fn merge_shared<'a>(
    provisioned: impl Iterator<Item = (Option<Span>, Vec<Object<'a>>)>,
) -> Vec<Object<'a>> {
    let mut objects = Vec::new();
    let mut indices: BTreeMap<(Span, [String; 4]), usize> = BTreeMap::new();
    for (shared_by, manifests) in provisioned {
        for object in manifests {
            let key =
                shared_by.map(|definition| (definition, key(&object.document).map(str::to_owned)));
            match key.as_ref().and_then(|key| indices.get(key)) {
                Some(index) => objects[*index] = object,
                None => {
                    indices.extend(key.map(|key| (key, objects.len())));
                    objects.push(object);
                }
            }
        }
    }
    objects
}

/// What manifests are read with.
struct Context<'r> {
    origin: Origin<'r>,
    options: &'r Options,
    sources: &'r Sources,
}

/// Who wrote a manifest.
enum Origin<'r> {
    /// The definition of this resource.
    Definition(&'r Resource),
    /// Patches, of an object that comes from there.
    Patched(Option<Span>),
}

impl Context<'_> {
    /// The object of a manifest, unless something is wrong with it.
    fn document(&self, manifest: Node, report: &mut Report) -> Option<Document> {
        let kind = self.check_head(&manifest, report)?;
        if let Some(span) = find_nul_outside_data(&manifest) {
            let message = format!("this {kind} contains a NUL character");
            self.report(&NUL_CHARACTER, span, message, report);
            return None;
        }
        let api_version = text(&manifest, &["apiVersion"]).unwrap_or_default();
        let faults = api_kinds::check(api_version, kind, &manifest);
        for fault in &faults {
            let message = format!("the API server refuses this {kind}: {}", fault.message);
            self.report(&INVALID_MANIFEST, fault.span, message, report);
        }
        if faults.is_empty()
            && let Origin::Definition(_) = self.origin
            && let Some((port, number)) = client_side_apply::repeated_port(kind, &manifest)
        {
            let message = format!("this {kind} has port {number} twice");
            report.push(self.with_places(client_side_apply::port_problem(&message), port.span));
        }
        if !faults.is_empty() {
            return None;
        }
        let namespace =
            self.options.namespace.as_ref().filter(|_| {
                api_kinds::is_namespaced(api_version, kind, &self.options.custom_kinds)
            });
        let places = self.places(&manifest);
        let mut value = manifest.into_value();
        if let Some(namespace) = namespace {
            objects::set_namespace(&mut value, namespace);
        }
        Some(Document {
            value,
            origin: match self.origin {
                Origin::Definition(resource) => Some(resource.span),
                Origin::Patched(origin) => origin,
            },
            places,
        })
    }

    /// The places of an object's parts, where its schema is compared with it later.
    fn places(&self, manifest: &Node) -> Places {
        if !self.options.custom_kinds.is_given() {
            return Places::default();
        }
        Places::of(manifest, None)
    }

    /// Checks what every object has, and returns its kind.
    fn check_head<'n>(&self, manifest: &'n Node, report: &mut Report) -> Option<&'n str> {
        let kind = text(manifest, &["kind"]);
        for path in [&["apiVersion"][..], &["kind"], &["metadata", "name"]] {
            let node = path.iter().try_fold(manifest, |node, key| node.get(key));
            let is_wrong = |node: &&Node| !node.is_null() && node.as_str().is_none();
            if let Some(node) = node.filter(is_wrong) {
                let (path, what) = (path.join("."), node.kind_name());
                let message = format!("`{path}` must be a string, this is {what}");
                self.report(&INVALID_MANIFEST, node.span, message, report);
                return None;
            }
        }
        let message = if manifest.as_map().is_none() {
            let what = manifest.kind_name();
            format!("a manifest must be a mapping, this is {what}")
        } else if kind.is_none() || text(manifest, &["apiVersion"]).is_none() {
            "a manifest needs `apiVersion` and `kind`".to_owned()
        } else if text(manifest, &["metadata", "name"]).is_none_or(str::is_empty) {
            format!("this {} has no `metadata.name`", kind.unwrap_or_default())
        } else {
            return kind;
        };
        self.report(&INVALID_MANIFEST, manifest.span, message, report);
        None
    }

    fn report(&self, rule: &'static Rule, span: Span, message: String, report: &mut Report) {
        let (origin, help) = match self.origin {
            Origin::Definition(resource) => (
                format!("from `{}`", resource.uid),
                "fix the manifest in the provisioner's definition",
            ),
            // A definition may have made it, or a patch that removed something.
            Origin::Patched(origin) => {
                let help = match origin == Some(span) {
                    true => "fix the definition of this resource, or the patches of its objects",
                    false => "fix the patch",
                };
                ("after the patches".to_owned(), help)
            }
        };
        let problem = Problem::new(rule, format!("{message} ({origin})")).help(help);
        report.push(self.with_places(problem, span));
    }

    fn with_places(&self, problem: Problem, span: Span) -> Problem {
        match self.origin {
            Origin::Definition(resource) => problem
                .at(self.sources.origin(span).unwrap_or(span))
                .secondary(span, "this is the rendered text")
                .secondary(resource.span, REQUESTED_BY),
            Origin::Patched(_) => problem.at(self.sources.origin(span).unwrap_or(span)),
        }
    }
}

fn text<'n>(manifest: &'n Node, path: &[&str]) -> Option<&'n str> {
    let mut keys = path.iter();
    keys.try_fold(manifest, |node, key| node.get(key))?.as_str()
}

/// The place of a NUL character outside of the content of files, which may have any character.
fn find_nul_outside_data(manifest: &Node) -> Option<Span> {
    let is_process_text = |key: &str| !["data", "stringData", "binaryData"].contains(&key);
    let entries = manifest.as_map()?.iter();
    let mut entries = entries.filter(|(key, _)| is_process_text(key));
    entries.find_map(|(_, entry)| find_nul(&entry.value))
}
