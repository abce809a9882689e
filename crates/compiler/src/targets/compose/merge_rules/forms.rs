//! Values that have several forms, such as a list or a mapping.

use crate::patch::SameForm;
use diagnostics::ordered_map::Key;
use yaml::{Entries, Entry, Kind, Node, Style};

type Both = Option<(Node, Node)>;

/// What brings a value and its change to the same form, by the path in a service or another part.
pub(super) const FORMS: &[(&str, SameForm)] = &[
    ("annotations", pairs),
    ("build", builds),
    ("build.additional_contexts", pairs),
    ("build.args", pairs),
    ("build.extra_hosts", hosts),
    ("build.extra_hosts.*", lists),
    ("build.labels", pairs),
    ("depends_on", dependencies),
    ("deploy.labels", pairs),
    ("dns", lists),
    ("dns_search", lists),
    ("env_file", lists),
    ("environment", pairs),
    ("extra_hosts", hosts),
    ("extra_hosts.*", lists),
    ("gpus", gpus),
    ("label_file", lists),
    ("labels", pairs),
    ("models", names),
    ("networks", names),
    ("sysctls", pairs),
    ("tmpfs", lists),
];

/// A text, or a list of texts. Of two texts both are in the list.
fn lists(value: &Node, change: &Node) -> Both {
    let list = |node: &Node| match &node.kind {
        Kind::List(_) => node.clone(),
        _ => like(node, Kind::List(vec![node.clone()])),
    };
    Some((list(value), list(change)))
}

/// `all`, or a list of devices.
fn gpus(value: &Node, change: &Node) -> Both {
    let devices = |node: &Node| match &node.kind {
        Kind::String(count, _) => {
            let mut map = Entries::default();
            insert(&mut map, "count", string(count, node));
            like(node, Kind::List(vec![like(node, Kind::Map(map))]))
        }
        _ => node.clone(),
    };
    Some((devices(value), devices(change)))
}

/// A list of `KEY=VALUE`, or a mapping. A mapping of a change deletes a key without a value, so that a
/// change with such a key in a list makes both lists.
fn pairs(value: &Node, change: &Node) -> Both {
    let has_key_alone = |item: &Node| item.as_str().is_some_and(|text| !text.contains('='));
    match &change.kind {
        Kind::List(items) if items.iter().any(has_key_alone) => {
            Some((list_of_pairs(value)?, change.clone()))
        }
        _ => Some((
            mapping(value, pair, insert)?,
            mapping(change, pair, insert)?,
        )),
    }
}

fn pair(item: &Node) -> Option<(&str, Node)> {
    let text = item.as_str()?;
    Some(match text.split_once('=') {
        Some((key, value)) => (key, string(value, item)),
        None => (text, like(item, Kind::Null)),
    })
}

fn list_of_pairs(node: &Node) -> Option<Node> {
    let item = |(key, entry): (&Key, &Entry)| match &entry.value.kind {
        Kind::Null => string(key, node),
        _ => string(&format!("{key}={}", entry.value.to_value().to_text()), node),
    };
    let items = node.as_map()?.iter().map(item).collect();
    Some(like(node, Kind::List(items)))
}

/// A list of `HOST=ADDRESS` or `HOST:ADDRESS`, or a mapping with one or more addresses for each.
fn hosts(value: &Node, change: &Node) -> Both {
    let host = |item| {
        let text = Node::as_str(item)?;
        let (host, address) = text.split_once('=').or_else(|| text.split_once(':'))?;
        Some((host, string(address, item)))
    };
    let grouped = |node| mapping(node, host, append);
    Some((grouped(value)?, grouped(change)?))
}

/// A list of names, or a mapping.
fn names(value: &Node, change: &Node) -> Both {
    let name = |item| {
        Some((
            Node::as_str(item)?,
            like(item, Kind::Map(Entries::default())),
        ))
    };
    Some((
        mapping(value, name, insert)?,
        mapping(change, name, insert)?,
    ))
}

/// As names, which stand for services that have been started, and are required.
fn dependencies(value: &Node, change: &Node) -> Both {
    let long = |node: &Node, other: &Node| {
        let dependency = |item| {
            let name = Node::as_str(item)?;
            let mut map = Entries::default();
            insert(&mut map, "condition", string("service_started", item));
            if other
                .get(name)
                .is_some_and(|other| other.get("required").is_some())
            {
                insert(&mut map, "required", like(item, Kind::Bool(true)));
            }
            Some((name, like(item, Kind::Map(map))))
        };
        mapping(node, dependency, insert)
    };
    Some((long(value, change)?, long(change, value)?))
}

/// A text, which is the context, or a mapping.
fn builds(value: &Node, change: &Node) -> Both {
    let build = |node: &Node| match &node.kind {
        Kind::String(text, _) => {
            let mut map = Entries::default();
            insert(&mut map, "context", string(text, node));
            Some(like(node, Kind::Map(map)))
        }
        Kind::Map(_) => Some(node.clone()),
        _ => None,
    };
    Some((build(value)?, build(change)?))
}

/// A list of entries as a mapping.
fn mapping<'n>(
    node: &'n Node,
    entry: impl Fn(&'n Node) -> Option<(&'n str, Node)>,
    add: fn(&mut Entries, &str, Node),
) -> Option<Node> {
    let items = match &node.kind {
        Kind::List(items) => items,
        Kind::Map(_) => return Some(node.clone()),
        _ => return None,
    };
    let mut map = Entries::default();
    for item in items {
        let (key, value) = entry(item)?;
        add(&mut map, key, value);
    }
    Some(like(node, Kind::Map(map)))
}

fn insert(map: &mut Entries, key: &str, value: Node) {
    let key_place = value.span;
    map.insert(
        key.to_owned(),
        Entry {
            key: key_place,
            value,
        },
    );
}

/// Adds a value to those of a key.
fn append(map: &mut Entries, key: &str, value: Node) {
    match map.get_mut(key).map(|entry| &mut entry.value) {
        None => insert(map, key, value),
        Some(Node {
            kind: Kind::List(values),
            ..
        }) => values.push(value),
        Some(first) => *first = like(first, Kind::List(vec![first.clone(), value])),
    }
}

fn string(text: &str, node: &Node) -> Node {
    like(node, Kind::String(text.to_owned(), Style::Double))
}

/// A node at the place of another.
fn like(node: &Node, kind: Kind) -> Node {
    Node {
        span: node.span,
        kind,
    }
}
