//! What definitions of kinds have in common: the names of a kind, and its versions.

use std::sync::Arc;

use super::structural::{self, INVALID_SCHEMA};
use crate::targets::custom_kinds::Version;
use diagnostics::report::{Problem, Report};
use diagnostics::source::Spanned;
use yaml::reader::Fields;
use yaml::{Node, reader};

/// The `spec` of a definition of kinds; a missing one is reported.
pub(super) fn spec<'n>(object: &'n Node, what: &str, report: &mut Report) -> Option<&'n Node> {
    let spec = object.get("spec").filter(|spec| !spec.is_null());
    if spec.is_none() {
        let problem = Problem::new(&INVALID_SCHEMA, format!("this {what} has no `spec`"));
        report.push(problem.at(object.first_key()).help("add its `spec`"));
    }
    spec
}

/// The group, the kind and the versions of a `spec`.
pub(super) fn kind_and_versions(
    fields: &mut Fields<'_>,
    others: &[&'static str],
    report: &mut Report,
) -> Option<(String, Spanned<String>, Vec<Version>)> {
    let group = fields.required("group", report);
    let group = group.and_then(|node| reader::string(node, "`group`", report));
    let kind = fields.required("names", report);
    let kind = kind.and_then(|names| kind_name(names, "`names`", report));
    let versions = fields.required("versions", report);
    let versions = versions.map(|node| reader::list(node, "`versions`", report));
    let versions = versions.into_iter().flatten();
    let versions = versions.filter_map(|node| version(node, others, report));
    let versions = versions.collect();
    Some((group?.value, kind?, versions))
}

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
fn version(node: &Node, others: &[&'static str], report: &mut Report) -> Option<Version> {
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
