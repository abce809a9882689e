//! How a patch merges into a part of a Compose file: as Compose merges a file with an override file.

use crate::patch::{ListMerge, MergeRules, ObjectKind};
use crate::support::places::Step;
use diagnostics::value::Value;
use yaml::{Entry, Kind, Node, Style};

/// How patches merge into services and the rest.
pub(super) const RULES: MergeRules = MergeRules {
    list,
    long_form,
    index: |_, map, _| map.len(),
};

/// Lists that are not appended, by the path in a service.
const LISTS: &[(&str, ListMerge)] = &[
    ("command", ListMerge::ReplaceAny),
    ("entrypoint", ListMerge::ReplaceAny),
    ("healthcheck.test", ListMerge::ReplaceAny),
    ("annotations", ListMerge::Unique(key)),
    ("build.additional_contexts", ListMerge::Unique(key)),
    ("build.args", ListMerge::Unique(key)),
    ("build.labels", ListMerge::Unique(key)),
    ("build.tags", ListMerge::Union),
    ("cap_add", ListMerge::Union),
    ("cap_drop", ListMerge::Union),
    ("configs", ListMerge::Unique(mount)),
    ("deploy.labels", ListMerge::Unique(key)),
    ("devices", ListMerge::Unique(volume)),
    ("dns", ListMerge::Union),
    ("dns_opt", ListMerge::Union),
    ("dns_search", ListMerge::Union),
    ("env_file", ListMerge::Unique(path_of)),
    ("environment", ListMerge::Unique(key)),
    ("expose", ListMerge::Union),
    ("labels", ListMerge::Unique(key)),
    ("links", ListMerge::Union),
    ("ports", ListMerge::Unique(port)),
    ("profiles", ListMerge::Union),
    ("secrets", ListMerge::Unique(mount)),
    ("sysctls", ListMerge::Unique(key)),
    ("tmpfs", ListMerge::Union),
    ("volumes", ListMerge::Unique(volume)),
];

/// Values that are a list of `KEY=VALUE` or a mapping.
const MAPPINGS: [&str; 9] = [
    "annotations",
    "build.additional_contexts",
    "build.args",
    "build.labels",
    "deploy.labels",
    "environment",
    "extra_hosts",
    "labels",
    "sysctls",
];

/// Values that are a list of names or a mapping, with what a name alone stands for.
const NAMES: [(&str, Option<(&str, &str)>); 3] = [
    ("depends_on", Some(("condition", "service_started"))),
    ("models", None),
    ("networks", None),
];

/// Values that are a text or a list.
const TEXTS: [&str; 6] = [
    "dns",
    "dns_search",
    "env_file",
    "label_file",
    "tmpfs",
    "build.tags",
];

fn list(object: ObjectKind<'_>, path: &[Step]) -> ListMerge {
    let path = text(path);
    if object.kind != "service" {
        return match path.as_str() {
            "labels" => ListMerge::Unique(key),
            _ => ListMerge::Append,
        };
    }
    let mut lists = LISTS.iter();
    let rule = lists
        .find(|(known, _)| *known == path)
        .map(|(_, rule)| *rule);
    let is_network_list = path.starts_with("networks.");
    rule.unwrap_or(match is_network_list {
        true => ListMerge::Union,
        false => ListMerge::Append,
    })
}

fn long_form(object: ObjectKind<'_>, path: &[Step], node: &Node) -> Option<Node> {
    let path = text(path);
    let of_service = object.kind == "service";
    if (of_service && MAPPINGS.contains(&path.as_str())) || path == "labels" {
        return from_list(node, pair);
    }
    let names = NAMES
        .iter()
        .find(|(known, _)| *known == path)
        .filter(|_| of_service);
    if let Some((_, meaning)) = names {
        return from_list(node, |item| {
            Some((item.as_str()?.to_owned(), named(*meaning, item)))
        });
    }
    match &node.kind {
        Kind::String(..) if TEXTS.contains(&path.as_str()) => Some(Node {
            span: node.span,
            kind: Kind::List(vec![node.clone()]),
        }),
        Kind::String(text, _) if path == "build" => {
            Some(mapping(node, [("context".to_owned(), string(text, node))]))
        }
        _ => None,
    }
}

/// A list of entries as a mapping.
fn from_list(node: &Node, entry: impl Fn(&Node) -> Option<(String, Node)>) -> Option<Node> {
    let Kind::List(items) = &node.kind else {
        return None;
    };
    let entries: Option<Vec<_>> = items.iter().map(entry).collect();
    Some(mapping(node, entries?))
}

fn mapping(node: &Node, entries: impl IntoIterator<Item = (String, Node)>) -> Node {
    let entries = entries.into_iter().map(|(key, value)| {
        let entry = Entry {
            key: value.span,
            value,
        };
        (key, entry)
    });
    Node {
        span: node.span,
        kind: Kind::Map(entries.collect()),
    }
}

fn pair(item: &Node) -> Option<(String, Node)> {
    let (key, value) = item.as_str()?.split_once('=')?;
    Some((key.to_owned(), string(value, item)))
}

fn named(meaning: Option<(&str, &str)>, item: &Node) -> Node {
    match meaning {
        Some((key, value)) => mapping(item, [(key.to_owned(), string(value, item))]),
        None => mapping(item, []),
    }
}

fn string(text: &str, node: &Node) -> Node {
    Node {
        span: node.span,
        kind: Kind::String(text.to_owned(), Style::Double),
    }
}

/// A path as in the tables. What is inside a list merges as nothing there says.
fn text(path: &[Step]) -> String {
    let steps = path.iter().map(|step| match step {
        Step::Key(key) => key.as_str(),
        Step::Index(_) => "[]",
    });
    steps.collect::<Vec<_>>().join(".")
}

/// The key of `KEY=VALUE`.
fn key(item: &Value) -> String {
    let text = item.to_text();
    text.split('=').next().unwrap_or_default().to_owned()
}

/// The target of a volume or device: `SOURCE:TARGET:MODE`, `TARGET`, or the long form.
fn volume(item: &Value) -> String {
    if let Some(target) = item.get("target") {
        return target.to_text();
    }
    let text = item.to_text();
    let mut parts = text.split(':');
    let first = parts.next().unwrap_or_default();
    parts.next().unwrap_or(first).to_owned()
}

/// The target of a config or secret; without one, its name.
fn mount(item: &Value) -> String {
    let target = item.get("target").or_else(|| item.get("source"));
    target.unwrap_or(item).to_text()
}

fn path_of(item: &Value) -> String {
    item.get("path").unwrap_or(item).to_text()
}

/// What a published port is known by: its address, its ports and its protocol.
fn port(item: &Value) -> String {
    let part = |key: &str| item.get(key).map(Value::to_text).unwrap_or_default();
    if item.as_map().is_some() {
        let protocol = item
            .get("protocol")
            .map_or_else(|| "tcp".to_owned(), Value::to_text);
        return format!(
            "{}:{}:{}/{protocol}",
            part("host_ip"),
            part("published"),
            part("target")
        );
    }
    let text = item.to_text();
    let (ports, protocol) = text.rsplit_once('/').unwrap_or((&text, "tcp"));
    match ports.matches(':').count() {
        0 => format!("::{ports}/{protocol}"),
        1 => format!(":{ports}/{protocol}"),
        _ => format!("{ports}/{protocol}"),
    }
}
