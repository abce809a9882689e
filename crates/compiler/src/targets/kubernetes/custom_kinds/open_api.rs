//! Reads OpenAPI v3 documents as the API server publishes them: schemas that name their kinds.

use std::collections::BTreeSet;
use std::sync::Arc;

use super::structural::INVALID_SCHEMA;
use crate::json_schema::list;
use crate::targets::custom_kinds::{CustomKind, Version};
use diagnostics::report::{Problem, Report};
use diagnostics::source::Spanned;
use yaml::{Entries, Node};

const KINDS: &str = "x-kubernetes-group-version-kind";

/// The group, version and kind in a list of them.
type Gvk<'a> = (&'a str, &'a str, &'a str);

/// The kinds of a document, each with the versions that it describes.
pub(super) fn read(document: &Node, report: &mut Report) -> Vec<CustomKind> {
    let version = document.get("openapi");
    let is_third = |node: &Node| node.as_str().is_some_and(|text| text.starts_with("3."));
    if let Some(version) = version.filter(|version| !is_third(version)) {
        let message = "only documents of OpenAPI 3 are supported".to_owned();
        let problem = Problem::new(&INVALID_SCHEMA, message).at(version.span);
        report.push(problem.help("use a document with `openapi: 3.0.0`"));
        return Vec::new();
    }
    let components = document.get("components");
    let schemas = components.and_then(|components| components.get("schemas"));
    let Some((schemas, entries)) = schemas.and_then(|node| Some((node, node.as_map()?))) else {
        let message = "this document has no `components.schemas`".to_owned();
        let place = version.map_or(document.span, |node| node.span);
        let problem = Problem::new(&INVALID_SCHEMA, message).at(place);
        report.push(problem.help("use a document that describes kinds"));
        return Vec::new();
    };
    check_references(schemas, entries, report);
    let definitions = Arc::new(schemas.clone());
    let scopes = Scopes::of(document);
    let mut kinds: Vec<CustomKind> = Vec::new();
    for entry in entries.values() {
        let names = entry.value.get(KINDS).map_or(&[][..], list);
        // A schema of several kinds is a part of others, such as `DeleteOptions`.
        let [name] = names else { continue };
        let Some((group, version, kind)) = gvk(name) else {
            let message = format!("`{KINDS}` needs `group`, `version` and `kind`");
            let problem = Problem::new(&INVALID_SCHEMA, message).at(name.span);
            report.push(problem.help("write all three"));
            continue;
        };
        let version = Version {
            name: version.to_owned(),
            is_served: true,
            schema: Arc::new(entry.value.clone()),
        };
        let known = |known: &&mut CustomKind| known.group == group && known.kind.value == kind;
        match kinds.iter_mut().find(known) {
            Some(known) => known.versions.push(version),
            None => kinds.push(CustomKind {
                group: group.to_owned(),
                kind: Spanned::new(kind.to_owned(), name.span),
                is_namespaced: scopes.is_namespaced(group, kind),
                versions: vec![version],
                definitions: Some(Arc::clone(&definitions)),
            }),
        }
    }
    if kinds.is_empty() {
        let message = format!("no schema of this document has `{KINDS}`");
        let problem = Problem::new(&INVALID_SCHEMA, message).at(schemas.span);
        report.push(problem.help("name the kind of each schema with it"));
    }
    kinds
}

fn gvk(node: &Node) -> Option<Gvk<'_>> {
    let text = |key: &str| node.get(key).and_then(Node::as_str);
    Some((text("group")?, text("version")?, text("kind")?))
}

/// Which kinds have a namespace, by the paths of a document.
struct Scopes<'a> {
    /// The groups and kinds of all paths.
    all: BTreeSet<(&'a str, &'a str)>,
    /// Those of paths with a namespace.
    namespaced: BTreeSet<(&'a str, &'a str)>,
}

impl<'a> Scopes<'a> {
    fn of(document: &'a Node) -> Scopes<'a> {
        let mut scopes = Scopes {
            all: BTreeSet::new(),
            namespaced: BTreeSet::new(),
        };
        let paths = document.get("paths").and_then(Node::as_map);
        for (path, entry) in paths.into_iter().flatten() {
            let operations = entry.value.as_map().into_iter().flat_map(Entries::values);
            let kinds = operations.filter_map(|operation| gvk(operation.value.get(KINDS)?));
            for (group, _, kind) in kinds {
                scopes.all.insert((group, kind));
                if path.contains("/namespaces/{") {
                    scopes.namespaced.insert((group, kind));
                }
            }
        }
        scopes
    }

    fn is_namespaced(&self, group: &str, kind: &str) -> Option<bool> {
        let key = (group, kind);
        self.all
            .contains(&key)
            .then(|| self.namespaced.contains(&key))
    }
}

/// Reports references that lead nowhere.
fn check_references(node: &Node, schemas: &Entries, report: &mut Report) {
    for entry in node.as_map().into_iter().flat_map(Entries::values) {
        check_references(&entry.value, schemas, report);
    }
    list(node)
        .iter()
        .for_each(|item| check_references(item, schemas, report));
    let Some((place, path)) = node
        .get("$ref")
        .and_then(|node| Some((node, node.as_str()?)))
    else {
        return;
    };
    let name = path.strip_prefix("#/components/schemas/");
    if name.is_none_or(|name| !schemas.contains_key(name)) {
        let near =
            name.and_then(|name| diagnostics::suggestions::closest_match(name, schemas.keys()));
        let help = match near {
            Some(near) => format!("did you mean `#/components/schemas/{near}`?"),
            None => "refer to a schema in `components.schemas` of this document".to_owned(),
        };
        let message = format!("there is no schema `{path}`");
        report.push(
            Problem::new(&INVALID_SCHEMA, message)
                .at(place.span)
                .help(help),
        );
    }
}
