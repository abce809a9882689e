//! Reads CompositeResourceDefinitions of Crossplane: a kind, and in older ones the kind of its claims.

use std::sync::Arc;

use super::version::{kind_and_versions, kind_name, spec};
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
pub(super) fn read(object: &Node, report: &mut Report) -> Option<Vec<CustomKind>> {
    let what = "CompositeResourceDefinition";
    let spec = spec(object, what, report)?;
    let is_new =
        object.get("apiVersion").and_then(Node::as_str) == Some("apiextensions.crossplane.io/v2");
    let mut fields = reader::fields(spec, &format!("the `spec` of a {what}"), report)?;
    let read = kind_and_versions(&mut fields, &VERSION_KEYS, report);
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
    let (group, kind, versions) = read?;
    let with_fields = |names: &[&str]| -> Vec<Version> {
        let versions = versions.iter();
        versions.map(|version| add_fields(version, names)).collect()
    };
    let composite = CustomKind {
        group: group.clone(),
        kind,
        is_namespaced: Some(is_namespaced),
        versions: with_fields(if is_legacy {
            &OF_LEGACY
        } else {
            &["crossplane"]
        }),
        definitions: None,
    };
    let claim = claim.map(|claim| CustomKind {
        group,
        kind: claim,
        is_namespaced: Some(true),
        versions: with_fields(&OF_CLAIMS),
        definitions: None,
    });
    Some([composite].into_iter().chain(claim).collect())
}

/// The version with the fields that Crossplane adds: some of `spec`, whose content is not checked,
/// and `status`, which only Crossplane writes.
fn add_fields(version: &Version, names: &[&str]) -> Version {
    let anything = || Value::map_of([("x-kubernetes-preserve-unknown-fields", Value::Bool(true))]);
    let fields = Value::map_of(names.iter().map(|name| (*name, anything())));
    let spec = Value::map_of([("type", Value::from("object")), ("properties", fields)]);
    let properties = Value::map_of([("spec", spec), ("status", anything())]);
    let added = Value::map_of([("properties", properties)]);
    let mut schema = (*version.schema).clone();
    schema.merge(&Node::from_value(&added, schema.span));
    Version {
        schema: Arc::new(schema),
        ..version.clone()
    }
}
