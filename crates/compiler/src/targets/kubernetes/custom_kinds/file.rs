//! Reads files with schemas: CustomResourceDefinitions, definitions of Crossplane, and OpenAPI
//! documents.

use super::structural::INVALID_SCHEMA;
use super::version::{kind_and_versions, spec};
use super::{crossplane, open_api};
use crate::targets::custom_kinds::CustomKind;
use crate::targets::kubernetes::api_kinds;
use diagnostics::report::{Problem, Report};
use diagnostics::source::{SourceId, Sources, Span};
use diagnostics::suggestions::{list_names, suggestion};
use yaml::{Node, reader};

const CRD: &str = "CustomResourceDefinition";
const XRD: &str = "CompositeResourceDefinition";

/// The help for a file without a schema.
const HELP: &str =
    "list CustomResourceDefinitions, definitions of Crossplane or OpenAPI v3 documents";

/// The kinds that a file describes. Other objects beside them, as in an installation, are ignored.
pub(super) fn read(file: SourceId, sources: &Sources, report: &mut Report) -> Vec<CustomKind> {
    let (documents, result) = report.observe(|report| yaml::parse(sources, file, report));
    let is_readable = result.is_ok();
    let mut kinds = Vec::new();
    let mut is_schema_file = false;
    for object in documents.iter().flat_map(api_kinds::objects) {
        if object.is_null() {
            continue;
        }
        is_schema_file |= read_object(object, &mut kinds, report);
    }
    if !is_schema_file && is_readable {
        let message = "this file has no schema of a kind".to_owned();
        let place = documents
            .first()
            .map_or(Span::new(file, 0, 0), Node::first_key);
        report.push(Problem::new(&INVALID_SCHEMA, message).at(place).help(HELP));
    }
    kinds
}

/// Reads one object; whether it is, or is meant to be, one that describes kinds.
fn read_object(object: &Node, kinds: &mut Vec<CustomKind>, report: &mut Report) -> bool {
    if object.get("openapi").is_some() {
        kinds.extend(open_api::read(object, report));
        return true;
    }
    let text = |key: &str| object.get(key).and_then(Node::as_str).unwrap_or_default();
    let (api_version, kind) = (text("apiVersion"), text("kind"));
    let group = api_kinds::group(api_version);
    match (group, kind) {
        ("apiextensions.k8s.io", CRD) => {
            if has_version(object, api_version, &["apiextensions.k8s.io/v1"], report) {
                kinds.extend(custom_resource(object, report));
            }
        }
        ("apiextensions.crossplane.io", XRD) => {
            let versions = [
                "apiextensions.crossplane.io/v1",
                "apiextensions.crossplane.io/v2",
            ];
            if has_version(object, api_version, &versions, report) {
                kinds.extend(crossplane::read(object, report).into_iter().flatten());
            }
        }
        ("kustomize.config.k8s.io", _) => {}
        ("apiextensions.k8s.io" | "apiextensions.crossplane.io", _) => {
            let names = match group {
                "apiextensions.k8s.io" => CRD,
                _ => XRD,
            };
            // A Composition is none of these and needs no schema.
            let typo = diagnostics::suggestions::closest_match(kind, [names]);
            let Some(near) = typo else { return false };
            let place = object.get("kind").map_or(object.span, |node| node.span);
            let message = format!("`{api_version}` has no kind `{kind}`");
            let problem = Problem::new(&INVALID_SCHEMA, message).at(place);
            report.push(problem.help(format!("did you mean `{near}`?")));
        }
        (_, CRD | XRD) => {
            let place = object
                .get("apiVersion")
                .map_or(object.first_key(), |node| node.span);
            let known = ["apiextensions.k8s.io/v1", "apiextensions.crossplane.io/v2"];
            let message = format!("`{api_version}` has no kind `{kind}`");
            let help = suggestion(api_version, known, || match kind {
                CRD => format!("write `apiVersion: {}`", known[0]),
                _ => format!("write `apiVersion: {}`", known[1]),
            });
            report.push(Problem::new(&INVALID_SCHEMA, message).at(place).help(help));
        }
        _ => return false,
    }
    true
}

fn has_version(object: &Node, given: &str, known: &[&str], report: &mut Report) -> bool {
    if known.contains(&given) {
        return true;
    }
    let place = object
        .get("apiVersion")
        .map_or(object.span, |node| node.span);
    let message = format!("a schema of `{given}` is not supported");
    let help = format!("use one of {}", list_names(known.iter().copied()));
    report.push(Problem::new(&INVALID_SCHEMA, message).at(place).help(help));
    false
}

/// Reads a CustomResourceDefinition.
fn custom_resource(object: &Node, report: &mut Report) -> Option<CustomKind> {
    let spec = spec(object, CRD, report)?;
    let mut fields = reader::fields(spec, &format!("the `spec` of a {CRD}"), report)?;
    let read = kind_and_versions(&mut fields, &VERSION_KEYS, report);
    let scopes = [("Namespaced", true), ("Cluster", false)];
    let scope = fields.required_as("scope", "Namespaced", report);
    let is_namespaced = scope.and_then(|node| reader::word(node, "`scope`", &scopes, report));
    for key in ["conversion", "preserveUnknownFields"] {
        fields.entry(key);
    }
    fields.finish(|_| None, report);
    let (group, kind, versions) = read?;
    Some(CustomKind {
        group,
        kind,
        is_namespaced,
        versions,
        definitions: None,
    })
}

/// The keys of a version of a CustomResourceDefinition that say nothing about objects.
const VERSION_KEYS: [&str; 6] = [
    "additionalPrinterColumns",
    "deprecated",
    "deprecationWarning",
    "selectableFields",
    "storage",
    "subresources",
];
