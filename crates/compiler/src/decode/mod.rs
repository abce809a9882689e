//! Stage 3: the tree of a document to a workload.
//!
//! It takes the tree of one document, after overrides, and returns a [`Workload`] of the parts that
//! could be read, with a record of those that could not. Every key is read or reported, and all
//! type errors are found in one pass. References are not followed, and only the syntax of a value
//! is checked.

mod compose_k8s_hints;
mod container;
pub(crate) mod extensions;
pub(crate) mod files;
pub(crate) mod image;
mod mount_paths;
mod name_rules;
pub(crate) mod probe;
pub(crate) mod process_text;
pub(crate) mod resource;
pub(crate) mod resource_limits;
mod string;
pub(crate) mod volumes;
pub(crate) mod wrong_document;

use indexmap::IndexMap;
use string::string;

use crate::model::{Annotation, Container, Port, Protocol, Workload, is_dns_label};
use crate::recovery::{Incomplete, Part};
use diagnostics::report::{Problem, Report};
use diagnostics::source::{Sources, Span, Spanned};
use diagnostics::suggestions::unambiguous_typo;
use diagnostics::value::{Map, Value};
use yaml::reader::KeyAdvice;
use yaml::{Kind, Node, edit, reader};

rules! {
    /// A key of `metadata` is almost `annotations`, so its content is not used as annotations.
    pub MISSPELLED_ANNOTATIONS: "misspelled-annotations", Warning;

    /// The workload has no container, so there is nothing to run.
    pub NO_CONTAINERS: "no-containers", Error, absence;

    /// The file uses a version of the Score language that this version of score-rs does not
    /// support.
    pub UNSUPPORTED_API_VERSION: "unsupported-api-version", Error;
}

pub(crate) const API_VERSION: &str = "score.dev/v1b1";

/// Reads a document as a workload: all parts that can be read, so that their references are checked
/// in the same run. Problems are in the report, and the parts that are missing because of them in
/// [`Workload::incomplete`].
pub fn decode(sources: &Sources, document: &Node, report: &mut Report) -> Option<Workload> {
    let mut incomplete = Incomplete::default();
    if !matches!(document.kind, Kind::Map(_) | Kind::List(_)) {
        let help = format!("begin it with `apiVersion: {API_VERSION}`");
        reader::wrong_type_with(document, "a workload", "a mapping", &help, report);
        return None;
    }
    if let Some(problem) = wrong_document::not_a_workload(document) {
        report.push(problem);
        return None;
    }
    let written = document;
    let extension_keys = extensions::keys(document);
    let without_extensions =
        (!extension_keys.is_empty()).then(|| extensions::without(document.clone()));
    let document = without_extensions.as_ref().unwrap_or(document);
    let mut fields = reader::fields(document, "a workload", report)?;
    if let Some(version) = fields.required_as("apiVersion", API_VERSION, report) {
        read_api_version(version, report);
    }
    let metadata = fields.required_as("metadata", "{name: NAME}", report);
    let metadata =
        metadata.and_then(|node| read_metadata(sources, fields.key("metadata"), node, report));
    let containers = fields.required_as("containers", "{main: {image: IMAGE}}", report);
    // `services` with `ports` is a typo of `service`, not the services of Compose.
    let has_ports = document
        .get("services")
        .is_some_and(|node| node.get("ports").is_some());
    let of_compose = document.get("services").is_some() && !has_ports;
    let service = fields
        .section("service", report)
        .filter(|_| !of_compose || document.get("service").is_some());
    let resources = fields.section("resources", report);
    let in_spec = document
        .get("spec")
        .is_some_and(|node| node.get("containers").is_some());
    let advice = |key: &str| match key {
        "spec" if in_spec => Some(KeyAdvice::new(
            "move `containers` and its other keys to the top level: a Score file has no `spec`",
            &["containers"],
        )),
        _ => compose_k8s_hints::in_workload(key).filter(|_| !(has_ports && key == "services")),
    };
    if !fields.finish(advice, report) {
        // An unknown key may be meant for any section that is missing.
        let sections = [
            (metadata.is_none(), Part::Metadata),
            (service.is_none(), Part::Ports),
            (containers.is_none(), Part::Containers),
            (resources.is_none(), Part::Resources),
        ];
        let missing = sections.into_iter().filter(|(is_missing, _)| *is_missing);
        missing.for_each(|(_, part)| incomplete.add(part));
    }
    let containers = containers.map(|node| read_containers(sources, node, &mut incomplete, report));
    let (ports, result) =
        report.observe(|report| service.map(|node| read_service(sources, node, report)));
    let ports = ports.unwrap_or_default();
    if result.is_err() {
        incomplete.add(Part::Ports);
    }
    let mut resources = resources
        .map(|node| resource::read_resources(sources, node, &mut incomplete, report))
        .unwrap_or_default();
    for (name, resource) in &mut resources {
        let declared = written.get("resources").and_then(|all| all.get(name));
        resource.extensions.value = declared.map_or_else(Value::map, extensions::values);
    }
    let nameless = || (stand_in(sources, document.span), Map::new(), Vec::new());
    let (name, metadata, annotations) = metadata.unwrap_or_else(nameless);
    // Without `name`, placeholders may refer to what could not be read of `metadata`.
    if !metadata.contains_key("name") {
        incomplete.add(Part::Metadata);
    }
    let containers = containers.unwrap_or_default();
    Some(Workload {
        span: document.span,
        name,
        metadata,
        annotations,
        containers,
        ports,
        resources,
        extension_keys,
        extensions: extensions::values(written),
        spec: Value::Null,
        incomplete,
    })
}

/// A name for a workload without one, so that the rest of it is checked too. No other workload can
/// have it.
fn stand_in(sources: &Sources, document: Span) -> Spanned<String> {
    let file = sources.get(document.source).name();
    Spanned::new(format!("NAMELESS {file}:{}", document.start), document)
}

fn read_api_version(node: &Node, report: &mut Report) {
    if !matches!(node.kind, Kind::String(..)) {
        return reader::wrong_type_with(
            node,
            "`apiVersion`",
            "a string",
            &format!("write `{API_VERSION}`"),
            report,
        );
    }
    let Some(version) = string(node, "`apiVersion`", report) else {
        return;
    };
    if version.value != API_VERSION {
        let problem = Problem::new(
            &UNSUPPORTED_API_VERSION,
            format!("`{}` is not a supported version of Score", version.value),
        );
        let better = match version.value.as_str() {
            "v1b1" => Some(API_VERSION),
            other => unambiguous_typo(other, [API_VERSION]),
        };
        let problem = problem
            .at(version.span)
            .help(format!("write `apiVersion: {API_VERSION}`"));
        report.push(problem.suggest_replacement(version.span, &version.value, better));
    }
}

type Metadata = (Spanned<String>, Map, Vec<Annotation>);

fn read_metadata(
    sources: &Sources,
    key: Option<Span>,
    node: &Node,
    report: &mut Report,
) -> Option<Metadata> {
    let mut fields =
        reader::fields_or_short_form(sources, key, node, "`metadata`", "name", report)?;
    let name = fields
        .required_as("name", "NAME", report)
        .and_then(|name| string(name, "the workload's name", report));
    let annotations = fields
        .section("annotations", report)
        .map(|node| read_annotations(node, report));
    // Every other key is free to use, except a mapping whose key is nearly this one.
    if fields.key("annotations").is_none() {
        warn_of_misspelled_annotations(node, report);
    }
    fields.finish_open(report);
    let metadata = metadata_value(node)?;
    let name = name?;
    name_rules::check_name("workload", &name, report);
    Some((name, metadata, annotations.unwrap_or_default()))
}

/// Metadata as placeholders and definitions see it: annotations without a value are none.
fn metadata_value(node: &Node) -> Option<Map> {
    let Value::Map(mut metadata) = node.to_value() else {
        return None;
    };
    if metadata.get("annotations") == Some(&Value::Null) {
        metadata.shift_remove("annotations");
    }
    Some(metadata)
}

/// Warns of keys that have the form of `annotations` and nearly its name; what stands there has no
/// effect.
fn warn_of_misspelled_annotations(metadata: &Node, report: &mut Report) {
    let Kind::Map(entries) = &metadata.kind else {
        return;
    };
    let is_near = |key: &str, node: &Node| {
        node.as_map().is_some() && unambiguous_typo(key, ["annotations"]).is_some()
    };
    let near: Vec<_> = entries
        .iter()
        .filter(|(key, entry)| is_near(key, &entry.value))
        .collect();
    for (key, entry) in &near {
        let message = format!("`{key}` is not `annotations`, so it sets no annotations");
        let problem = Problem::new(&MISSPELLED_ANNOTATIONS, message)
            .at(entry.key)
            .help("did you mean `annotations`?");
        // Only one of them can become it.
        report.push(problem.suggest_replacement(
            entry.key,
            key,
            (near.len() == 1).then_some("annotations"),
        ));
    }
}

fn read_annotations(node: &Node, report: &mut Report) -> Vec<Annotation> {
    let mut annotations = Vec::new();
    for (key, value) in reader::named_entries(node, "`annotations`", report) {
        name_rules::check_annotation_key(&key, report);
        let what = format!("the annotation `{}`", key.value);
        if let Some(value) = string(value, &what, report) {
            annotations.push(Annotation { key, value });
        }
    }
    annotations
}

/// The keys of a container that are no likely names of one.
const KEYS_OF_A_CONTAINER: [&str; 9] = [
    "image",
    "command",
    "args",
    "variables",
    "files",
    "volumes",
    "before",
    "livenessProbe",
    "readinessProbe",
];

fn read_containers(
    sources: &Sources,
    node: &Node,
    incomplete: &mut Incomplete,
    report: &mut Report,
) -> IndexMap<String, Container> {
    let mut containers = IndexMap::new();
    if is_list_of_named(sources, node, "`containers`", report) {
        incomplete.add(Part::Containers);
        return containers;
    }
    let entries = reader::named_entries_with_members(
        node,
        "`containers`",
        "a container",
        &KEYS_OF_A_CONTAINER,
        report,
    );
    match node.as_map() {
        Some(map) if map.is_empty() => {
            let problem = Problem::new(&NO_CONTAINERS, "a workload needs at least one container")
                .at(node.span);
            report.push(problem.help("add one: `main: {image: IMAGE}`"));
        }
        Some(map) => map
            .keys()
            .for_each(|name| incomplete.add(Part::Container(name.to_owned()))),
        None => incomplete.add(Part::Containers),
    }
    // A container is large, and without this a mapping has room for three.
    containers.reserve_exact(entries.len());
    for (name, node) in entries {
        name_rules::check_name("container", &name, report);
        let (container, result) =
            report.observe(|report| container::read_container(sources, name, node, report));
        if let Some(container) = container {
            if result.is_ok() {
                incomplete.remove(&Part::Container(container.name.value.clone()));
            }
            containers.insert(container.name.value.clone(), container);
        }
    }
    containers
}

/// Whether this is a list of mappings that have names, as Kubernetes has them; it is reported then.
fn is_list_of_named(sources: &Sources, node: &Node, what: &str, report: &mut Report) -> bool {
    let is_list = matches!(&node.kind, Kind::List(items) if items.iter().any(|item| item.get("name").is_some()));
    if is_list {
        let help = "write each `name` as a key, without a dash, and the rest below it";
        let problem = reader::type_problem(node, what, "a mapping").help(help);
        report.push(problem.with_edits(edit::list_to_mapping(sources, node, "name")));
    }
    is_list
}

const KEYS_OF_A_PORT: [&str; 3] = ["port", "targetPort", "protocol"];

fn read_service(sources: &Sources, node: &Node, report: &mut Report) -> IndexMap<String, Port> {
    let mut ports = IndexMap::new();
    let Some(mut fields) = reader::fields(node, "`service`", report) else {
        return ports;
    };
    let ports_node = fields.section("ports", report);
    if let Some(list) = ports_node.filter(|node| matches!(node.kind, Kind::List(_))) {
        let help = "give each port a name, as in `NAME: {port: NUMBER}`, without a dash";
        let problem = reader::type_problem(list, "`service.ports`", "a mapping").help(help);
        report.push(problem.with_edits(edit::list_to_mapping(sources, list, "name")));
    } else if let Some(node) = ports_node {
        for (name, node) in reader::named_entries_with_members(
            node,
            "`service.ports`",
            "a port",
            &KEYS_OF_A_PORT,
            report,
        ) {
            name_rules::check_name("port", &name, report);
            if let Some(port) = read_port(sources, name, node, report) {
                ports.insert(port.name.value.clone(), port);
            }
        }
    }
    let is_mapping = |key: &str| {
        node.get(key)
            .is_some_and(|value| matches!(value.kind, Kind::Map(_)))
    };
    fields.finish(
        |key| compose_k8s_hints::in_service(key, is_mapping(key)),
        report,
    );
    ports
}

fn read_port(
    sources: &Sources,
    name: Spanned<String>,
    node: &Node,
    report: &mut Report,
) -> Option<Port> {
    let what = format!("the port `{}`", name.value);
    let mut fields =
        reader::fields_or_short_form(sources, Some(name.span), node, &what, "port", report)?;
    let port = fields
        .required_as("port", "NUMBER", report)
        .and_then(|node| port_number(node, "`port`", report));
    let target_port = match fields.optional("targetPort", report) {
        Some(node) => port_number(node, "`targetPort`", report),
        None => port,
    };
    let protocol = match fields.optional("protocol", report) {
        Some(node) => read_protocol(node, report),
        None => Some(Protocol::Tcp),
    };
    let unnumbered = !["port", "published", "servicePort"]
        .iter()
        .any(|key| node.get(key).is_some());
    fields.finish(|key| compose_k8s_hints::in_port(key, unnumbered), report);
    Some(Port {
        name,
        port: port?,
        target_port: target_port?,
        protocol: protocol?,
        span: node.span,
    })
}

fn port_number(node: &Node, what: &str, report: &mut Report) -> Option<u16> {
    if let Some((outer, inner)) = node.as_str().and_then(|text| text.split_once(':'))
        && [outer, inner]
            .iter()
            .all(|number| number.parse::<u16>().is_ok())
    {
        let help = format!("write `port: {outer}` and `targetPort: {inner}`, each on its own line");
        reader::wrong_type_with(node, what, "a whole number", &help, report);
        return None;
    }
    if let Some(help) = port_help(node) {
        reader::wrong_type_with(node, what, "a whole number", help, report);
        return None;
    }
    reader::port(node, what, report)
}

/// What to do about a port that is named, or about several in the place of one.
fn port_help(node: &Node) -> Option<&'static str> {
    let range = |text: &str| {
        text.split_once('-').is_some_and(|(low, high)| {
            [low, high]
                .iter()
                .all(|end| end.trim().parse::<u16>().is_ok())
        })
    };
    match &node.kind {
        Kind::List(_) => Some("write one number, and add a named entry for each other port"),
        Kind::String(text, _) if range(text) => {
            Some("write one number, and add a named entry for each other port")
        }
        Kind::String(text, _) if text.parse::<i128>().is_err() && is_dns_label(text) => {
            Some("write a number from 1 to 65535; port names are not supported here")
        }
        _ => None,
    }
}

fn read_protocol(node: &Node, report: &mut Report) -> Option<Protocol> {
    reader::word(
        node,
        "`protocol`",
        &[("TCP", Protocol::Tcp), ("UDP", Protocol::Udp)],
        report,
    )
}
