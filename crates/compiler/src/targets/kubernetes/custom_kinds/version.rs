//! What definitions of kinds have in common: the names of a kind, and its versions.

use std::sync::Arc;

use super::structural;
use crate::targets::custom_kinds::Version;
use diagnostics::report::Report;
use diagnostics::source::Spanned;
use yaml::{Node, reader};

/// The name of a kind in `names`.
pub(super) fn kind_name(names: &Node, what: &str, report: &mut Report) -> Option<Spanned<String>> {
    let mut fields = reader::fields(names, what, report)?;
    let kind = fields.required("kind", report);
    for key in ["plural", "singular", "listKind", "shortNames", "categories"] {
        fields.entry(key);
    }
    fields.finish(|_| None, report);
    reader::string(kind?, "`kind`", report)
}

/// Reads a version; `others` are the keys that it may have besides.
pub(super) fn version(
    node: &Node,
    others: &[&'static str],
    report: &mut Report,
) -> Option<Version> {
    let mut fields = reader::fields(node, "a version", report)?;
    let name = fields.required("name", report);
    let name = name.and_then(|node| reader::string(node, "`name`", report));
    let served = fields.required_as("served", "true", report);
    let is_served = served.and_then(|node| reader::boolean(node, "`served`", report));
    let schema = fields.required("schema", report);
    others.iter().for_each(|key| {
        fields.entry(key);
    });
    fields.finish(|_| None, report);
    let mut fields = reader::fields(schema?, "`schema`", report)?;
    let schema = fields.required("openAPIV3Schema", report);
    fields.finish(|_| None, report);
    let schema = schema?;
    structural::check(schema, None, report);
    Some(Version {
        name: name?.value,
        is_served: is_served.unwrap_or(true),
        schema: Arc::new(schema.clone()),
    })
}
