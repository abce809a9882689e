//! Kinds that are not part of Kubernetes, as the `schemas` of an environment describe them.
//!
//! An object of such a kind is compared with the schema of its API version after the patches,
//! whoever wrote it. Without `schemas` nothing here runs.

mod crossplane;
mod file;
mod open_api;
pub(crate) mod structural;
/// The note that no schema describes a kind; `None` where one does, where the kind is part of
/// Kubernetes, and where the environment has no schemas.
pub fn unchecked_kind(kinds: &CustomKinds, api_version: &str, kind: &str) -> Option<Problem> {
    let is_known = !kinds.is_given()
        || api_kinds::is_builtin(api_version, kind)
        || kinds.find(api_version, kind).is_some();
    (!is_known).then(|| unchecked(kinds.all(), api_version, kind))
}

fn unchecked(known: &[CustomKind], api_version: &str, kind: &str) -> Problem {
    let group = api_kinds::group(api_version);
    let of_group = known.iter().filter(|known| known.group == group);
    let near = closest_match(kind, of_group.map(|known| known.kind.value.as_str()));
    let of_kind = known.iter().filter(|known| known.kind.value == kind);
    let near_group = closest_match(group, of_kind.map(|known| known.group.as_str()));
    let help = match (near, near_group) {
        (Some(near), _) => format!("did you mean the kind `{near}`?"),
        (None, Some(near)) => format!("did you mean the group `{near}`?"),
        (None, None) => "add the CustomResourceDefinition to `schemas`".to_owned(),
    };
    let message =
        format!("no schema describes `{kind}` of `{api_version}`, so its fields are not checked");
    Problem::new(&UNCHECKED_KIND, message).help(help)
}

#[cfg(test)]
mod tests;
mod version;

use std::collections::BTreeSet;

use super::api_kinds;
use super::provisioner_manifests::INVALID_MANIFEST;
use crate::json_schema::Schemas;
use crate::plan::Resource;
use crate::provision::definition::REQUESTED_BY;
use crate::support::document::Document;
use crate::support::parallel;
use crate::targets::custom_kinds::{CustomKind, CustomKinds};
use diagnostics::report::{Problem, Report};
use diagnostics::source::{SourceId, Sources, Span};
use diagnostics::suggestions::{closest_match, list_names};
use structural::INVALID_SCHEMA;
use yaml::Node;

rules! {
    /// The schema of a kind does not have the API version of an object.
    pub SCHEMA_VERSION: "schema-version", Error;

    /// No schema describes the kind of an object, so its fields are not checked.
    pub UNCHECKED_KIND: "unchecked-kind", Note;
}

/// Reads the files of an environment's `schemas`.
pub(super) fn read(files: &[SourceId], sources: &Sources, report: &mut Report) -> CustomKinds {
    let kinds = parallel::map_reporting(files, report, |file, report| {
        file::read(*file, sources, report)
    });
    let kinds: Vec<CustomKind> = kinds.into_iter().flatten().collect();
    for (index, kind) in kinds.iter().enumerate() {
        let is_same = |other: &&CustomKind| {
            (&other.group, &other.kind.value) == (&kind.group, &kind.kind.value)
        };
        if let Some(first) = kinds[..index].iter().find(is_same) {
            let message = format!("`{}` of `{}` has two schemas", kind.kind.value, kind.group);
            let problem = Problem::new(&INVALID_SCHEMA, message).at(kind.kind.span);
            let problem = problem.secondary(first.kind.span, "the other one is here");
            report.push(problem.help("remove one of them from `schemas`"));
        }
    }
    CustomKinds::new(kinds)
}

/// Compares the documents of an output with the schemas of their kinds. Notes the kinds without
/// a schema.
pub(super) fn check(
    kinds: &CustomKinds,
    documents: &[Document],
    resources: &[Resource],
    sources: &Sources,
    report: &mut Report,
) {
    if !kinds.is_given() {
        return;
    }
    let mut unchecked: BTreeSet<(&str, &str)> = BTreeSet::new();
    for document in documents {
        let text = |key: &str| document.value.get(key).and_then(|value| value.as_str());
        let api_version = text("apiVersion").unwrap_or_default();
        let kind = text("kind").unwrap_or_default();
        if api_kinds::has_schema(api_version, kind) {
            continue;
        }
        let context = Context {
            document,
            api_version,
            kind,
            sources,
        };
        match kinds.find(api_version, kind) {
            Some(known) => context.check(known, report),
            None if is_of_builtin(document, resources) => {}
            None if unchecked.insert((api_version, kind)) => {
                context.note_unchecked(kinds.all(), report);
            }
            None => {}
        }
    }
}

/// Whether a built-in definition made an object, which its author cannot check better.
fn is_of_builtin(document: &Document, resources: &[Resource]) -> bool {
    let mut resources = resources.iter();
    resources.any(|one| one.provisioned.is_builtin && Some(one.span) == document.origin)
}

/// One object of a custom kind.
struct Context<'a> {
    document: &'a Document,
    api_version: &'a str,
    kind: &'a str,
    sources: &'a Sources,
}

impl Context<'_> {
    fn check(&self, known: &CustomKind, report: &mut Report) {
        let tree = self
            .tree()
            .unwrap_or_else(|| Node::from_value(&self.document.value, known.kind.span));
        let version = (self.api_version.split_once('/')).map_or("", |(_, version)| version);
        let served = || known.versions.iter().filter(|version| version.is_served);
        let Some(version) = served().find(|served| served.name == version) else {
            let message = format!("`{}` has no kind `{}`", self.api_version, self.kind);
            let names: Vec<String> = served()
                .map(|served| format!("{}/{}", known.group, served.name))
                .collect();
            let help = match names.as_slice() {
                [] => "serve a version in the schema".to_owned(),
                [only] => format!("write `apiVersion: {only}`"),
                names => {
                    let names = list_names(names.iter().map(String::as_str));
                    format!("write one of {names}")
                }
            };
            let problem = Problem::new(&SCHEMA_VERSION, message).help(help);
            let problem = problem.secondary(known.kind.span, "the schema of the kind is here");
            let place = tree.get("apiVersion").unwrap_or(&tree).span;
            report.push(self.with_places(problem, place));
            return;
        };
        let schemas = Schemas {
            definitions: known.definitions.as_deref(),
        };
        for error in schemas.check(&version.schema, &tree) {
            let message = format!(
                "the API server refuses this {}: {}",
                self.kind, error.message
            );
            let help = match self.sources.origin(error.span) {
                Some(_) => "fix the manifest in the provisioner's definition",
                None => "fix it where the field is set",
            };
            let problem = Problem::new(&INVALID_MANIFEST, message).help(help);
            report.push(self.with_places(problem, error.span));
        }
    }

    fn note_unchecked(&self, known: &[CustomKind], report: &mut Report) {
        let problem = unchecked(known, self.api_version, self.kind);
        let tree = self.tree();
        let place = tree.as_ref().and_then(|tree| tree.get("kind"));
        report.push(match place {
            Some(place) => self.with_places(problem, place.span),
            None => problem,
        });
    }

    /// The object with the places of its parts.
    fn tree(&self) -> Option<Node> {
        let Document {
            value,
            origin,
            places,
        } = self.document;
        let place = places.find(&[]).or(*origin)?;
        Some(places.tree(value, place))
    }

    /// Text that a definition rendered leads to the line that wrote it.
    fn with_places(&self, problem: Problem, span: Span) -> Problem {
        let Some(origin) = self.sources.origin(span) else {
            return problem.at(span);
        };
        let problem = problem
            .at(origin)
            .secondary(span, "this is the rendered text");
        match self.document.origin {
            Some(resource) => problem.secondary(resource, REQUESTED_BY),
            None => problem,
        }
    }
}
