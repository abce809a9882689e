//! Previews of an environment: the names that must differ between them, and the objects by which
//! they use resources of another namespace.

use std::collections::BTreeSet;

use indexmap::IndexMap;

use super::api_kinds;
use super::object::{is_kind, items, map_mut, text};
use crate::model::is_dns_label;
use crate::placeholder::resolve::{Outputs, Segment, split_secrets};
use crate::provision::{ProvisionedResource, Sections};
use crate::support::document::Document;
use crate::targets::target::{Options, UniqueName};
use diagnostics::source::Span;
use diagnostics::value::{Map, Value};
use yaml::{Kind, Node};

/// The kinds that give a workload more pods, or need more than one.
const FOR_MANY_PODS: [&str; 4] = [
    "HorizontalPodAutoscaler",
    "PodDisruptionBudget",
    "ScaledObject",
    "VerticalPodAutoscaler",
];

/// The kinds with `replicas`, of which there is one by default.
const WITH_REPLICAS: [&str; 4] = ["Deployment", "ReplicaSet", "Rollout", "StatefulSet"];

/// One pod for each workload, and no autoscaler.
pub(super) fn shrink(mut documents: Vec<Document>) -> Vec<Document> {
    let is_any = |one: &Document, kinds: &[&str]| kinds.iter().any(|kind| is_kind(one, kind));
    documents.retain(|one| !is_any(one, &FOR_MANY_PODS));
    let scaled = documents.iter_mut();
    for document in scaled.filter(|one| is_any(one, &WITH_REPLICAS)) {
        if let Some(spec) = map_mut(&mut document.value, "spec") {
            let is_many = |number: &Value| matches!(number, Value::Int(number) if *number > 1);
            if spec.get("replicas").is_some_and(is_many) {
                spec.shift_remove("replicas");
            }
        }
    }
    documents
}

/// The object, its hosts, and its ports on all nodes.
pub(super) fn unique_names(document: &Document, options: &Options) -> Vec<UniqueName> {
    let object = &document.value;
    let field = |path: &[&str]| text(object, path).unwrap_or_default();
    let (api_version, kind) = (field(&["apiVersion"]), field(&["kind"]));
    let name = field(&["metadata", "name"]);
    let namespace = field(&["metadata", "namespace"]);
    let described = match api_kinds::is_namespaced(api_version, kind, &options.custom_kinds) {
        true if namespace.is_empty() => format!("the {kind} `{name}`"),
        true => format!("the {kind} `{name}` in the namespace `{namespace}`"),
        false => format!("the {kind} `{name}`, which belongs to no namespace"),
    };
    let hosts = hosts(object, kind).into_iter().map(UniqueName::Host);
    let is_service = kind == "Service" && api_version == "v1";
    let ports = object.get("spec").filter(|_| is_service);
    let ports = ports.into_iter().flat_map(|spec| items(spec, "ports"));
    let ports = ports.filter_map(|port| match port.get("nodePort") {
        Some(Value::Int(number)) if *number != 0 => Some(UniqueName::NodePort(*number)),
        _ => None,
    });
    [UniqueName::Object(described)]
        .into_iter()
        .chain(hosts)
        .chain(ports)
        .collect()
}

/// The hosts at which an object answers.
fn hosts(object: &Value, kind: &str) -> BTreeSet<String> {
    let spec = object.get("spec").unwrap_or(&Value::Null);
    let of_items = |list: &'static str, key: &'static str| -> Vec<&Value> {
        items(spec, list)
            .iter()
            .filter_map(|item| item.get(key))
            .collect()
    };
    let hosts: Vec<&Value> = match kind {
        "Ingress" => {
            let of_tls = items(spec, "tls").iter();
            let of_tls = of_tls.flat_map(|item| items(item, "hosts"));
            let of_tls = of_tls.filter(|host| !is_wildcard(host));
            of_items("rules", "host")
                .into_iter()
                .chain(of_tls)
                .collect()
        }
        "Certificate" => {
            let names = items(spec, "dnsNames").iter();
            names.filter(|host| !is_wildcard(host)).collect()
        }
        "HTTPRoute" | "GRPCRoute" | "TLSRoute" => items(spec, "hostnames").iter().collect(),
        "Gateway" => of_items("listeners", "hostname"),
        "VirtualService" => items(spec, "hosts").iter().collect(),
        "Route" => spec.get("host").into_iter().collect(),
        _ => Vec::new(),
    };
    let hosts = hosts.into_iter().filter_map(Value::as_str);
    // A name without a dot is that of a Service in the namespace.
    let hosts = hosts.filter(|host| host.contains('.') && !host.contains(".svc"));
    hosts.map(str::to_owned).collect()
}

/// Whether a certificate for this name is for the hosts of several previews.
fn is_wildcard(host: &Value) -> bool {
    host.as_str().is_some_and(|host| host.starts_with("*."))
}

/// The objects by which pods of another namespace use a resource of the one of `options`: a copy of
/// each Secret, and for each Service one of the same name that refers to it, so that outputs and
/// the addresses that a server advertises to its clients need no change.
pub(super) fn share(
    resource: &ProvisionedResource,
    options: &Options,
    place: Span,
) -> Result<Sections, String> {
    let namespace = options.namespace.as_deref().unwrap_or_default();
    let outputs = match &resource.outputs {
        Outputs::Values(outputs) => outputs.clone(),
        Outputs::Unknown | Outputs::Environment { .. } => Map::default(),
        Outputs::ClusterConfig(_) => {
            return Err("it is a Secret or ConfigMap of its namespace".to_owned());
        }
    };
    let manifests: Vec<&Node> = api_kinds::manifests(&resource.sections).collect();
    let named = |kind: &'static str| {
        let manifests = manifests.iter().copied();
        manifests.filter_map(move |manifest| Some((name_of(manifest, kind)?, manifest)))
    };
    for secret in secrets(&outputs) {
        if named("Secret").all(|(name, _)| name != secret) {
            return Err(format!(
                "its Secret `{secret}` is only in the namespace `{namespace}`, and score-rs does \
                 not write it"
            ));
        }
    }
    let mut objects: Vec<Node> = named("Secret")
        .map(|(_, manifest)| moved(manifest))
        .collect();
    let mut services: IndexMap<String, (String, Span)> = IndexMap::new();
    for (name, manifest) in named("Service") {
        let own = manifest
            .get("metadata")
            .and_then(|metadata| metadata.get("namespace"));
        let own = own.and_then(Node::as_str).unwrap_or(namespace);
        services.insert(name.to_owned(), (own.to_owned(), manifest.span));
    }
    // An operator may make the Service.
    let host = outputs.get("host").and_then(Value::as_str);
    if let Some(host) = host.filter(|host| is_dns_label(host) && *host != "localhost") {
        let service = || (namespace.to_owned(), place);
        services.entry(host.to_owned()).or_insert_with(service);
    }
    let services = services.into_iter();
    objects.extend(services.map(|(name, (namespace, span))| alias(&name, &namespace, span)));
    let list = Node {
        span: place,
        kind: Kind::List(objects),
    };
    Ok(Sections::from([("manifests", list.into())]))
}

fn name_of<'n>(manifest: &'n Node, kind: &str) -> Option<&'n str> {
    let is_kind = manifest.get("kind")?.as_str()? == kind;
    let name = manifest.get("metadata")?.get("name")?.as_str()?;
    is_kind.then_some(name)
}

/// The names of the Secrets that outputs refer to.
fn secrets(outputs: &Map) -> BTreeSet<String> {
    let texts = outputs.values().map(Value::to_text);
    let segments = texts.filter_map(|text| split_secrets(&text)).flatten();
    let names = segments.filter_map(|segment| match segment {
        Segment::Secret { name, .. } => Some(name),
        _ => None,
    });
    names.collect()
}

/// An object without its namespace, so that it gets that of the output.
fn moved(manifest: &Node) -> Node {
    let mut manifest = manifest.clone();
    let metadata = manifest
        .as_map_mut()
        .and_then(|object| object.get_mut("metadata")?.value.as_map_mut());
    if let Some(metadata) = metadata {
        metadata.shift_remove("namespace");
    }
    manifest
}

/// A Service that refers to the one of the same name in another namespace.
fn alias(name: &str, namespace: &str, span: Span) -> Node {
    let labels = Value::map_of([("app.kubernetes.io/managed-by", "score-rs".into())]);
    let metadata = Value::map_of([("name", name.into()), ("labels", labels)]);
    let host = format!("{name}.{namespace}.svc.cluster.local");
    let spec = Value::map_of([
        ("type", "ExternalName".into()),
        ("externalName", Value::String(host)),
    ]);
    let object = Value::map_of([
        ("apiVersion", "v1".into()),
        ("kind", "Service".into()),
        ("metadata", metadata),
        ("spec", spec),
    ]);
    Node::from_value(&object, span)
}
