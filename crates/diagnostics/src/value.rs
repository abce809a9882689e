//! Plain data: what YAML and JSON can express, with keys in the order in which they were written.

use crate::ordered_map::OrderedMap;
use serde::ser::{Serialize, SerializeMap, SerializeSeq, Serializer};

/// A mapping that keeps the order in which its keys were written.
pub type Map = OrderedMap<Value>;

/// A value without places. Integers keep every digit of the 64-bit range, signed and unsigned.
#[derive(Debug, Clone, PartialEq, Default)]
pub enum Value {
    /// `null`, `~`, or nothing after a colon.
    #[default]
    Null,
    /// `true` or `false`.
    Bool(bool),
    /// A whole number between `i64::MIN` and `u64::MAX`.
    Int(i128),
    /// Any other number.
    Float(f64),
    /// Text.
    String(String),
    /// A sequence.
    List(Vec<Value>),
    /// A mapping.
    Map(Map),
}

impl Value {
    /// An empty mapping.
    pub fn map() -> Value {
        Value::Map(Map::new())
    }

    /// A mapping of these entries.
    pub fn map_of<'k>(entries: impl IntoIterator<Item = (&'k str, Value)>) -> Value {
        Value::Map(entries.into_iter().collect())
    }

    /// The text of a string; `None` for every other kind.
    pub fn as_str(&self) -> Option<&str> {
        match self {
            Value::String(text) => Some(text),
            _ => None,
        }
    }

    /// The entries of a mapping; `None` for every other kind.
    pub fn as_map(&self) -> Option<&Map> {
        match self {
            Value::Map(map) => Some(map),
            _ => None,
        }
    }

    /// The entries of a mapping, to change; `None` for every other kind.
    pub fn as_map_mut(&mut self) -> Option<&mut Map> {
        match self {
            Value::Map(map) => Some(map),
            _ => None,
        }
    }

    /// The items of a sequence; `None` for every other kind.
    pub fn as_list(&self) -> Option<&[Value]> {
        match self {
            Value::List(items) => Some(items),
            _ => None,
        }
    }

    /// The value of `key`; `None` when this is not a mapping or has no such key.
    pub fn get(&self, key: &str) -> Option<&Value> {
        self.as_map().and_then(|map| map.get(key))
    }

    /// The value at the end of these keys, each in the mapping of the one before it.
    pub fn at(&self, path: &[&str]) -> Option<&Value> {
        path.iter().try_fold(self, |value, key| value.get(key))
    }

    /// The kind with its article, for messages.
    pub fn kind(&self) -> &'static str {
        match self {
            Value::Null => "null",
            Value::Bool(_) => "a boolean",
            Value::Int(_) | Value::Float(_) => "a number",
            Value::String(_) => "a string",
            Value::List(_) => "a list",
            Value::Map(_) => "a mapping",
        }
    }

    /// The value as compact JSON with sorted keys. Numbers that JSON has no form for become `null`.
    pub fn to_json(&self) -> String {
        let mut out = String::new();
        write_json(self, &mut out);
        out
    }

    /// The value as part of a longer text: a string as it is, everything else as JSON.
    pub fn to_text(&self) -> String {
        match self {
            Value::String(text) => text.clone(),
            other => other.to_json(),
        }
    }

    /// Lets copies of the mappings in this value share their memory until one of them changes.
    pub fn share(&mut self) {
        match self {
            Value::List(items) => items.iter_mut().for_each(Value::share),
            Value::Map(map) => {
                map.values_mut().for_each(Value::share);
                map.share();
            }
            _ => {}
        }
    }

    /// Takes the mappings of a shared value that are the same here, at the same place. Gives whether
    /// all is the same, so that it would be written with the same text.
    pub fn share_with(&mut self, shared: &Value) -> bool {
        match (&mut *self, shared) {
            (Value::Map(map), Value::Map(shared)) => {
                let is_same_entry =
                    |((key, value), (other, shared)): ((&_, &mut Value), (&_, &_))| {
                        key == other && value.share_with(shared)
                    };
                let same = map.iter_mut().zip(shared).map(is_same_entry);
                // Each is looked at, also where one before it differs.
                let same = same.filter(|is_same| *is_same).count();
                let is_same = same == map.len() && same == shared.len();
                if is_same {
                    map.clone_from(shared);
                }
                is_same
            }
            (Value::List(items), Value::List(shared)) => {
                let same = items.iter_mut().zip(shared);
                let same = same.filter_map(|(item, shared)| item.share_with(shared).then_some(()));
                let same = same.count();
                same == items.len() && same == shared.len()
            }
            // The number zero has two signs, which are equal.
            (Value::Float(one), Value::Float(other)) => one.to_bits() == other.to_bits(),
            (one, other) => one == other,
        }
    }

    /// Applies a JSON merge patch (RFC 7396): mappings merge key by key, `null` deletes, all else
    /// replaces.
    pub fn merge_patch(&mut self, patch: &Value) {
        let Value::Map(changes) = patch else {
            *self = patch.clone();
            return;
        };
        if !matches!(self, Value::Map(_)) {
            *self = Value::map();
        }
        let Value::Map(target) = self else { return };
        for (key, change) in changes {
            if *change == Value::Null {
                target.shift_remove(key);
            } else {
                target.entry(key.clone()).or_default().merge_patch(change);
            }
        }
    }
}

fn write_json(value: &Value, out: &mut String) {
    match value {
        Value::Null => out.push_str("null"),
        Value::Bool(flag) => out.push_str(if *flag { "true" } else { "false" }),
        Value::Int(number) => out.push_str(&number.to_string()),
        Value::Float(number) if number.is_finite() => out.push_str(&number.to_string()),
        Value::Float(_) => out.push_str("null"),
        Value::String(text) => write_json_string(text, out),
        Value::List(items) => {
            out.push('[');
            for (index, item) in items.iter().enumerate() {
                if index > 0 {
                    out.push(',');
                }
                write_json(item, out);
            }
            out.push(']');
        }
        Value::Map(map) => {
            let mut entries: Vec<_> = map.iter().collect();
            entries.sort_by_key(|(key, _)| *key);
            out.push('{');
            for (index, (key, item)) in entries.into_iter().enumerate() {
                if index > 0 {
                    out.push(',');
                }
                write_json_string(key, out);
                out.push(':');
                write_json(item, out);
            }
            out.push('}');
        }
    }
}

fn write_json_string(text: &str, out: &mut String) {
    let is_escaped = |byte: u8| byte < b' ' || byte == b'"' || byte == b'\\';
    if text.bytes().any(is_escaped) {
        out.push_str(&serde_json::Value::from(text).to_string());
    } else {
        out.extend(["\"", text, "\""]);
    }
}

impl From<&str> for Value {
    fn from(text: &str) -> Value {
        Value::String(text.to_owned())
    }
}

impl From<String> for Value {
    fn from(text: String) -> Value {
        Value::String(text)
    }
}

impl From<bool> for Value {
    fn from(flag: bool) -> Value {
        Value::Bool(flag)
    }
}

impl From<i64> for Value {
    fn from(number: i64) -> Value {
        Value::Int(i128::from(number))
    }
}

impl From<Map> for Value {
    fn from(map: Map) -> Value {
        Value::Map(map)
    }
}

impl From<Vec<Value>> for Value {
    fn from(items: Vec<Value>) -> Value {
        Value::List(items)
    }
}

impl From<serde_json::Value> for Value {
    fn from(json: serde_json::Value) -> Value {
        match json {
            serde_json::Value::Null => Value::Null,
            serde_json::Value::Bool(flag) => Value::Bool(flag),
            serde_json::Value::Number(number) => match (number.as_i64(), number.as_u64()) {
                (Some(small), _) => Value::Int(i128::from(small)),
                (_, Some(large)) => Value::Int(i128::from(large)),
                _ => Value::Float(number.as_f64().unwrap_or_default()),
            },
            serde_json::Value::String(text) => Value::String(text),
            serde_json::Value::Array(items) => {
                Value::List(items.into_iter().map(Value::from).collect())
            }
            serde_json::Value::Object(entries) => {
                let entries = entries.into_iter();
                let entries = entries.map(|(key, item)| (key, Value::from(item)));
                Value::Map(Map::from_distinct(entries))
            }
        }
    }
}

impl Serialize for Value {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Value::Null => serializer.serialize_unit(),
            Value::Bool(flag) => serializer.serialize_bool(*flag),
            Value::Int(number) => match i64::try_from(*number) {
                Ok(small) => serializer.serialize_i64(small),
                Err(_) => serializer.serialize_u64(u64::try_from(*number).unwrap_or(u64::MAX)),
            },
            Value::Float(number) => serializer.serialize_f64(*number),
            Value::String(text) => serializer.serialize_str(text),
            Value::List(items) => {
                let mut list = serializer.serialize_seq(Some(items.len()))?;
                for item in items {
                    list.serialize_element(item)?;
                }
                list.end()
            }
            Value::Map(map) => {
                let mut entries = serializer.serialize_map(Some(map.len()))?;
                for (key, item) in map {
                    entries.serialize_entry(key, item)?;
                }
                entries.end()
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn json_is_compact_and_sorted() {
        let map = Map::from_iter([
            ("b".to_owned(), Value::Int(2)),
            ("a".to_owned(), Value::from("x\"y")),
        ]);
        assert_eq!(Value::Map(map).to_json(), r#"{"a":"x\"y","b":2}"#);
        assert_eq!(
            Value::Int(i128::from(u64::MAX)).to_json(),
            "18446744073709551615"
        );
    }

    #[test]
    fn equal_mappings_are_shared_at_every_depth() {
        let value = |name: &str, zero: f64| {
            let inner = || Value::map_of([("port", Value::Int(80)), ("zero", Value::Float(zero))]);
            let name = Value::map_of([("name", name.into())]);
            Value::map_of([
                ("metadata", name),
                ("list", Value::List(vec![inner(), 0.into()])),
            ])
        };
        let mut shared = value("a", 0.0);
        shared.share();
        for (other, is_same) in [
            (value("a", 0.0), true),
            (value("b", 0.0), false),
            (value("a", -0.0), false),
        ] {
            let mut copy = other.clone();
            assert_eq!(copy.share_with(&shared), is_same);
            assert_eq!(
                format!("{:?}", copy.to_json()),
                format!("{:?}", other.to_json())
            );
        }
        let mut short = Value::map_of([("metadata", Value::map_of([("name", "a".into())]))]);
        assert!(!short.share_with(&shared));
        assert_eq!(short.to_json(), r#"{"metadata":{"name":"a"}}"#);
    }

    #[test]
    fn a_merge_patch_replaces_adds_and_deletes() {
        let mut target = Value::Map(Map::from_iter([
            ("keep".to_owned(), Value::Int(1)),
            ("gone".to_owned(), Value::Int(2)),
            (
                "deep".to_owned(),
                Value::Map(Map::from_iter([("a".to_owned(), Value::Int(1))])),
            ),
        ]));
        target.merge_patch(&Value::Map(Map::from_iter([
            ("gone".to_owned(), Value::Null),
            (
                "deep".to_owned(),
                Value::Map(Map::from_iter([("b".to_owned(), Value::Int(2))])),
            ),
        ])));
        assert_eq!(target.to_json(), r#"{"deep":{"a":1,"b":2},"keep":1}"#);
    }
}
