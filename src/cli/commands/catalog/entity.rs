//! An entity of Backstage.

use diagnostics::value::{Map, Value};
use yaml::Node;

/// The annotation of an entity that score-rs replaces and removes.
pub(super) const MANAGED: &str = "score-rs.dev/managed";
const API_VERSION: &str = "backstage.io/v1alpha1";

/// A component, an API, a resource or the system.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Entity {
    pub(super) kind: &'static str,
    pub(super) name: String,
    /// Its `metadata` without the name, and its `spec`.
    pub(super) metadata: Map,
    pub(super) spec: Map,
}

/// What makes an entity the same as another one: kind, namespace and name, in lower case.
pub(super) type Identity = (String, String, String);

impl Entity {
    pub(super) fn new(kind: &'static str, name: &str) -> Entity {
        Entity {
            kind,
            name: name.to_owned(),
            metadata: Map::new(),
            spec: Map::new(),
        }
    }

    /// Adds a key of `spec`, where there is a value.
    pub(super) fn spec(mut self, key: &str, value: Option<&str>) -> Entity {
        self.spec
            .extend(value.map(|value| (key.to_owned(), Value::from(value))));
        self
    }

    /// Adds a list of `spec`, unless it is empty.
    pub(super) fn list(mut self, key: &str, items: Vec<String>) -> Entity {
        let items: Vec<Value> = items.into_iter().map(Value::from).collect();
        let list = (!items.is_empty()).then(|| (key.to_owned(), Value::from(items)));
        self.spec.extend(list);
        self
    }

    /// Adds a sentence on one line.
    pub(super) fn description(mut self, text: Option<&str>) -> Entity {
        let words = text.map(|text| text.split_whitespace().collect::<Vec<_>>().join(" "));
        let words = words.filter(|words| !words.is_empty());
        let entry = words.map(|words| ("description".to_owned(), Value::from(words)));
        self.metadata.extend(entry);
        self
    }

    pub(super) fn identity(&self) -> Identity {
        identity(self.kind, "default", &self.name)
    }

    /// The entity as a mapping that a hand-written one is completed with.
    pub(super) fn value(&self) -> Value {
        self.with_metadata(self.metadata.clone())
    }

    /// The entity as score-rs writes it.
    pub(super) fn managed_value(&self) -> Value {
        let mut metadata = self.metadata.clone();
        let annotations = metadata.entry("annotations".to_owned());
        if let Value::Map(annotations) = annotations.or_insert_with(Value::map) {
            annotations.insert(MANAGED.to_owned(), Value::from("true"));
        }
        let order = ["description", "annotations", "tags", "links"];
        metadata.sort_by_cached_key(|key, _| order.iter().position(|one| one == key));
        self.with_metadata(metadata)
    }

    fn with_metadata(&self, metadata: Map) -> Value {
        let name = ("name".into(), Value::from(self.name.as_str()));
        let metadata: Map = std::iter::once(name).chain(metadata).collect();
        Value::map_of([
            ("apiVersion", Value::from(API_VERSION)),
            ("kind", Value::from(self.kind)),
            ("metadata", Value::from(metadata)),
            ("spec", Value::from(self.spec.clone())),
        ])
    }
}

fn identity(kind: &str, namespace: &str, name: &str) -> Identity {
    let lower = str::to_ascii_lowercase;
    (lower(kind), lower(namespace), lower(name))
}

/// The identity of a written entity; `None` for what is no entity.
pub(super) fn identity_of(document: &Node) -> Option<Identity> {
    let metadata = document.get("metadata")?;
    let namespace = metadata.get("namespace").and_then(Node::as_str);
    let name = metadata.get("name")?.as_str()?;
    let kind = document.get("kind")?.as_str()?;
    Some(identity(kind, namespace.unwrap_or("default"), name))
}

/// Whether score-rs has written an entity.
pub(super) fn is_managed(document: &Node) -> bool {
    let annotations = document
        .get("metadata")
        .and_then(|node| node.get("annotations"));
    let mark = annotations.and_then(|node| node.get(MANAGED));
    mark.and_then(Node::as_str) == Some("true")
}
