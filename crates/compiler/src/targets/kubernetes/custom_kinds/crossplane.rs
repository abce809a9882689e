//! Reads CompositeResourceDefinitions of Crossplane: a kind, and in older ones the kind of its claims.

use std::sync::Arc;

use super::version::{kind_name, version};
use crate::targets::custom_kinds::{CustomKind, Version};
use diagnostics::report::Report;
use diagnostics::value::Value;
use yaml::{Node, reader};

/// The keys of a version that say nothing about objects.
const VERSION_KEYS: [&str; 4] = [
    "additionalPrinterColumns",
    "deprecated",
    "deprecationWarning",
    "referenceable",
];

/// What Crossplane adds to `spec` of composite resources of the first version and of the scope
/// `LegacyCluster`.
const OF_LEGACY: [&str; 10] = [
    "claimRef",
    "compositionRef",
    "compositionRevisionRef",
    "compositionRevisionSelector",
    "compositionSelector",
    "compositionUpdatePolicy",
    "environmentConfigRefs",
    "publishConnectionDetailsTo",
    "resourceRefs",
    "writeConnectionSecretToRef",
];

/// What Crossplane adds to `spec` of claims.
const OF_CLAIMS: [&str; 9] = [
    "compositeDeletePolicy",
    "compositionRef",
    "compositionRevisionRef",
    "compositionRevisionSelector",
    "compositionSelector",
    "compositionUpdatePolicy",
    "publishConnectionDetailsTo",
    "resourceRef",
    "writeConnectionSecretToRef",
];

/// The kinds of a definition.
pub(super) fn read(object: &Node, report: &mut Report) -> Vec<CustomKind> {
    let mut kinds = Vec::new();
    if let Some(spec) = object.get("spec") {
        let is_new = object.get("apiVersion").and_then(Node::as_str)
            == Some("apiextensions.crossplane.io/v2");
        read_spec(spec, is_new, &mut kinds, report);
    }
    kinds
}

fn read_spec(spec: &Node, is_new: bool, kinds: &mut Vec<CustomKind>, report: &mut Report) {
    let what = "the `spec` of a CompositeResourceDefinition";
    let Some(mut fields) = reader::fields(spec, what, report) else {
        return;
    };
    let group = fields.required("group", report);
    let group = group.and_then(|node| reader::string(node, "`group`", report));
    let kind = fields.required("names", report);
    let kind = kind.and_then(|names| kind_name(names, "`names`", report));
    let claim = fields.optional("claimNames", report);
    let claim = claim.and_then(|names| kind_name(names, "`claimNames`", report));
    let scopes = [
        ("Namespaced", (true, false)),
        ("Cluster", (false, false)),
        ("LegacyCluster", (false, true)),
    ];
    let scope = fields.optional("scope", report);
    let scope = scope.and_then(|node| reader::word(node, "`scope`", &scopes, report));
    let (is_namespaced, is_legacy) = scope.unwrap_or((is_new, !is_new));
    let versions = fields.required("versions", report);
    let versions = versions.map(|node| reader::list(node, "`versions`", report));
    for key in [
        "connectionSecretKeys",
        "conversion",
        "defaultCompositeDeletePolicy",
        "defaultCompositionRef",
        "defaultCompositionUpdatePolicy",
        "enforcedCompositionRef",
        "metadata",
    ] {
        fields.entry(key);
    }
    fields.finish(|_| None, report);
    let versions = versions.into_iter().flatten();
    let versions: Vec<Version> = versions
        .filter_map(|node| version(node, &VERSION_KEYS, report))
        .collect();
    let (Some(group), Some(kind)) = (group, kind) else {
        return;
    };
    let with_fields = |names: &[&str]| -> Vec<Version> {
        let versions = versions.iter();
        versions.map(|version| add_fields(version, names)).collect()
    };
    kinds.push(CustomKind {
        group: group.value.clone(),
        kind,
        is_namespaced: Some(is_namespaced),
        versions: with_fields(if is_legacy {
            &OF_LEGACY
        } else {
            &["crossplane"]
        }),
        definitions: None,
    });
    kinds.extend(claim.map(|claim| CustomKind {
        group: group.value,
        kind: claim,
        is_namespaced: Some(true),
        versions: with_fields(&OF_CLAIMS),
        definitions: None,
    }));
}

/// The version with the fields that Crossplane adds: some of `spec`, whose content is not checked,
/// and `status`, which only Crossplane writes.
fn add_fields(version: &Version, names: &[&str]) -> Version {
    let anything = || map([("x-kubernetes-preserve-unknown-fields", Value::Bool(true))]);
    let fields = map(names.iter().map(|name| (*name, anything())));
    let spec = map([("type", Value::from("object")), ("properties", fields)]);
    let properties = map([("spec", spec), ("status", anything())]);
    let added = map([("properties", properties)]);
    let mut schema = (*version.schema).clone();
    schema.merge(&Node::from_value(&added, schema.span));
    Version {
        schema: Arc::new(schema),
        ..version.clone()
    }
}

fn map<'a>(entries: impl IntoIterator<Item = (&'a str, Value)>) -> Value {
    let entries = entries.into_iter();
    Value::Map(
        entries
            .map(|(key, value)| (key.to_owned(), value))
            .collect(),
    )
}
