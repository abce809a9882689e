//! `resources`: what a workload needs.

use super::string::string;
use indexmap::IndexMap;

use super::{compose_k8s_hints, name_rules};
use crate::model::{ParamList, Params, Resource};
use crate::placeholder::{self, Mode};
use crate::recovery::{Incomplete, Part};
use diagnostics::report::{Problem, Report};
use diagnostics::source::{Sources, Spanned};
use diagnostics::value::{Map, Value};
use yaml::{Entry, Kind, Node, edit, reader};

rules! {
    /// A key was removed from the Score language and is ignored.
    pub REMOVED_KEY: "removed-key", Warning;
}

const KEYS_OF_A_RESOURCE: [&str; 4] = ["type", "class", "id", "params"];

pub(super) fn read_resources(
    sources: &Sources,
    node: &Node,
    incomplete: &mut Incomplete,
    report: &mut Report,
) -> IndexMap<String, Resource> {
    let mut resources = IndexMap::new();
    match node.as_map() {
        Some(map) => map
            .keys()
            .for_each(|name| incomplete.add(Part::Resource(name.to_owned()))),
        None => incomplete.add(Part::Resources),
    }
    if super::is_list_of_named(sources, node, "`resources`", report) {
        return resources;
    }
    let entries = reader::named_entries_with_members(
        node,
        "`resources`",
        "a resource",
        &KEYS_OF_A_RESOURCE,
        report,
    );
    resources.reserve_exact(entries.len());
    for (name, node) in entries {
        name_rules::check_name("resource", &name, report);
        if let Some(resource) = read_resource(sources, name, node, report) {
            incomplete.remove(&Part::Resource(resource.name.value.clone()));
            resources.insert(resource.name.value.clone(), resource);
        }
    }
    resources
}

fn read_resource(
    sources: &Sources,
    name: Spanned<String>,
    node: &Node,
    report: &mut Report,
) -> Option<Resource> {
    let what = format!("the resource `{}`", name.value);
    let mut fields =
        reader::fields_or_short_form(sources, Some(name.span), node, &what, "type", report)?;
    let kind = fields
        .required_as("type", "TYPE", report)
        .and_then(|node| string(node, "`type`", report));
    let class = fields
        .optional("class", report)
        .and_then(|node| string(node, "`class`", report));
    let id = fields
        .optional("id", report)
        .and_then(|node| string(node, "`id`", report));
    let metadata = fields.section("metadata", report);
    let annotations = metadata
        .and_then(|node| node.get("annotations"))
        .filter(|node| !node.is_null())
        .map(|node| super::read_annotations(node, report));
    let metadata = metadata.and_then(|node| read_metadata(node, report));
    let params = fields.section("params", report);
    let params = params.and_then(|node| read_params(sources, node, report));
    let has_params = fields.key("params").is_some();
    if let Some(entry) = fields.entry("properties") {
        report_properties(sources, node, entry, has_params, report);
    }
    fields.finish(compose_k8s_hints::in_resource, report);
    let kind = kind?;
    name_rules::check_type("type", &kind, report);
    class
        .iter()
        .for_each(|class| name_rules::check_type("class", class, report));
    id.iter().for_each(|id| name_rules::check_id(id, report));
    Some(Resource {
        extensions: Spanned::new(Value::map(), name.span),
        name,
        kind,
        class,
        id,
        annotations: annotations.unwrap_or_default(),
        metadata,
        params,
    })
}

/// The keys of a property where it declares an output.
const KEYS_OF_A_PROPERTY: [&str; 5] = ["type", "required", "default", "secret", "description"];

/// Reports `properties`. Declarations of outputs can be removed, and inputs become params.
fn report_properties(
    sources: &Sources,
    node: &Node,
    entry: &Entry,
    has_params: bool,
    report: &mut Report,
) {
    let is_declaration = |property: &Node| match &property.kind {
        Kind::Null => true,
        Kind::Map(entries) => entries.keys().all(|key| KEYS_OF_A_PROPERTY.contains(&key)),
        _ => false,
    };
    let properties = || entry.value.as_map().into_iter().flatten();
    let count = properties()
        .filter(|(_, property)| is_declaration(&property.value))
        .count();
    let message = "`properties` was removed from Score and is ignored";
    let problem = Problem::new(&REMOVED_KEY, message).at(entry.key);
    let all = properties().count();
    report.push(match entry.value.kind {
        Kind::Null | Kind::Map(_) if count == all => problem
            .with_edits(edit::remove_entry(sources, node, entry))
            .help("remove it; the provisioner of the type defines its outputs"),
        Kind::Map(_) if count == 0 && !has_params => problem
            .suggest_replacement(entry.key, "properties", Some("params"))
            .help("rename it to `params`, which has the inputs of a provisioner"),
        _ => problem.help(
            "move inputs to `params`, and remove the outputs, which the provisioner of the type defines",
        ),
    });
}

fn read_metadata(node: &Node, report: &mut Report) -> Option<Spanned<Map>> {
    let mut fields = reader::fields(node, "`metadata`", report)?;
    if let Some(annotations) = fields.section("annotations", report) {
        super::read_annotations(annotations, report);
    }
    fields.finish_open(report);
    super::metadata_value(node).map(|map| Spanned::new(map, node.span))
}

fn read_params(sources: &Sources, node: &Node, report: &mut Report) -> Option<Spanned<ParamList>> {
    let Some(entries) = node.as_map() else {
        reader::not_a_mapping(node, "`params`", report);
        return None;
    };
    let list = entries
        .iter()
        .map(|(key, entry)| {
            let param = read_param(sources, &entry.value, report);
            (
                Spanned::new(key.into(), entry.key),
                Spanned::new(param, entry.value.span),
            )
        })
        .collect();
    Some(Spanned::new(list, node.span))
}

fn read_param(sources: &Sources, node: &Node, report: &mut Report) -> Params {
    match &node.kind {
        Kind::String(..) => Params::Text(placeholder::text(sources, node, Mode::Strict, report)),
        Kind::List(items) => Params::List(
            items
                .iter()
                .map(|item| read_param(sources, item, report))
                .collect(),
        ),
        Kind::Map(entries) => Params::Map(
            entries
                .iter()
                .map(|(key, entry)| (key.into(), read_param(sources, &entry.value, report)))
                .collect(),
        ),
        _ => Params::Scalar(node.to_value()),
    }
}
