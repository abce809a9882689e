//! The tree: values, and where each was written.

use diagnostics::ordered_map::OrderedMap;

use diagnostics::source::Span;
use diagnostics::value::{Map, Value};

/// A value and its place.
#[derive(Debug, Clone, PartialEq)]
pub struct Node {
    /// The place of the whole value.
    pub span: Span,
    /// What it is.
    pub kind: Kind,
}

/// The entries of a mapping, in the order in which they were written.
pub type Entries = OrderedMap<Entry>;

/// A value of a mapping and the place of its key.
#[derive(Debug, Clone, PartialEq)]
pub struct Entry {
    /// The place of the key.
    pub key: Span,
    /// The value.
    pub value: Node,
}

/// The form of a string, which decides where its characters are in the source.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Style {
    /// Without quotes.
    Plain,
    /// In single quotes.
    Single,
    /// In double quotes.
    Double,
    /// A literal block, after `|`.
    Literal,
    /// A folded block, after `>`.
    Folded,
}

/// What a node is.
#[derive(Debug, Clone, PartialEq)]
pub enum Kind {
    /// Nothing, `null` or `~`.
    Null,
    /// `true` or `false`.
    Bool(bool),
    /// A whole number in the 64-bit range.
    Int(i128),
    /// Any other number.
    Float(f64),
    /// Text.
    String(String, Style),
    /// A sequence.
    List(Vec<Node>),
    /// A mapping.
    Map(Entries),
}

impl Node {
    /// The kind with its article, for messages.
    pub fn kind_name(&self) -> &'static str {
        match &self.kind {
            Kind::Null => "null",
            Kind::Bool(_) => "a boolean",
            Kind::Int(_) | Kind::Float(_) => "a number",
            Kind::String(..) => "a string",
            Kind::List(_) => "a list",
            Kind::Map(_) => "a mapping",
        }
    }

    /// The first key of a mapping, which is enough to find it; the whole of anything else.
    pub fn first_key(&self) -> Span {
        let first = self.as_map().and_then(|entries| entries.values().next());
        first.map_or(self.span, |entry| entry.key)
    }

    /// Whether nothing was written, or `null`.
    pub fn is_null(&self) -> bool {
        self.kind == Kind::Null
    }

    /// The text of a string.
    pub fn as_str(&self) -> Option<&str> {
        match &self.kind {
            Kind::String(text, _) => Some(text),
            _ => None,
        }
    }

    /// The entries of a mapping.
    pub fn as_map(&self) -> Option<&Entries> {
        match &self.kind {
            Kind::Map(entries) => Some(entries),
            _ => None,
        }
    }

    /// The entries of a mapping, to change.
    pub fn as_map_mut(&mut self) -> Option<&mut Entries> {
        match &mut self.kind {
            Kind::Map(entries) => Some(entries),
            _ => None,
        }
    }

    /// The value of `key`, when this is a mapping that has it.
    pub fn get(&self, key: &str) -> Option<&Node> {
        self.as_map()
            .and_then(|entries| entries.get(key))
            .map(|entry| &entry.value)
    }

    /// Merges a change: mappings key by key, `null` deletes, all else replaces. Each part has the
    /// place of the text that it came from.
    pub fn merge(&mut self, change: &Node) {
        match (&mut self.kind, &change.kind) {
            (Kind::Map(entries), Kind::Map(changes)) => {
                for (key, entry) in changes {
                    match entries.get_mut(key) {
                        _ if entry.value.is_null() => {
                            entries.shift_remove(key);
                        }
                        Some(merged) => {
                            merged.key = entry.key;
                            merged.value.merge(&entry.value);
                        }
                        None => {
                            entries.insert(key.clone(), entry.clone());
                        }
                    }
                }
            }
            _ => *self = change.clone(),
        }
    }

    /// Plain data as a tree in which every node has the same place, so that computed data is read
    /// like written data.
    pub fn from_value(value: &Value, span: Span) -> Node {
        let kind = match value {
            Value::Null => Kind::Null,
            Value::Bool(flag) => Kind::Bool(*flag),
            Value::Int(number) => Kind::Int(*number),
            Value::Float(number) => Kind::Float(*number),
            Value::String(text) => Kind::String(text.clone(), Style::Plain),
            Value::List(items) => Kind::List(
                items
                    .iter()
                    .map(|item| Node::from_value(item, span))
                    .collect(),
            ),
            Value::Map(map) => Kind::Map(Entries::from_distinct(map.iter().map(|(key, item)| {
                let value = Node::from_value(item, span);
                (key.clone(), Entry { key: span, value })
            }))),
        };
        Node { span, kind }
    }

    /// The same data without places.
    pub fn to_value(&self) -> Value {
        match &self.kind {
            Kind::Null => Value::Null,
            Kind::Bool(flag) => Value::Bool(*flag),
            Kind::Int(number) => Value::Int(*number),
            Kind::Float(number) => Value::Float(*number),
            Kind::String(text, _) => Value::String(text.clone()),
            Kind::List(items) => Value::List(items.iter().map(Node::to_value).collect()),
            Kind::Map(entries) => {
                let entries = entries.iter();
                let entries = entries.map(|(key, entry)| (key.clone(), entry.value.to_value()));
                Value::Map(Map::from_distinct(entries))
            }
        }
    }

    /// As [`Node::to_value`], of a tree that is not needed any more.
    pub fn into_value(self) -> Value {
        match self.kind {
            Kind::Null => Value::Null,
            Kind::Bool(flag) => Value::Bool(flag),
            Kind::Int(number) => Value::Int(number),
            Kind::Float(number) => Value::Float(number),
            Kind::String(text, _) => Value::String(text),
            Kind::List(items) => {
                // Collected, the shorter values would keep the memory of the nodes.
                let mut values = Vec::with_capacity(items.len());
                values.extend(items.into_iter().map(Node::into_value));
                Value::List(values)
            }
            Kind::Map(entries) => {
                let entries = entries.into_iter();
                let entries = entries.map(|(key, entry)| (key, entry.value.into_value()));
                Value::Map(Map::from_distinct(entries))
            }
        }
    }
}
