//! Values of a running expression. Data of the caller is borrowed, never copied.

use std::cmp::Ordering;
use std::net::IpAddr;
use std::ops::Deref;
use std::rc::Rc;

use diagnostics::value as plain;

use crate::functions::{Cidr, Format, Quantity, Time, Url, Version};
use crate::path::{Path, Step};

/// A value, and where it stands when that is asked for.
#[derive(Debug, Clone)]
pub struct Value<'a> {
    /// What it is.
    pub kind: Kind<'a>,
    /// Where it was read. Values that were computed have none.
    pub(crate) path: Option<Path<'a>>,
}

/// The kinds of values.
#[derive(Debug, Clone)]
#[allow(missing_docs)]
pub enum Kind<'a> {
    Null,
    Bool(bool),
    Int(i64),
    Uint(u64),
    Double(f64),
    Text(Text<'a>),
    Bytes(Rc<[u8]>),
    List(List<'a>),
    Map(Map<'a>),
    Timestamp(Time),
    /// Nanoseconds.
    Duration(i64),
    /// The name of a type.
    Type(&'static str),
    Optional(Option<Rc<Value<'a>>>),
    Quantity(Quantity),
    Url(Rc<Url>),
    Ip(IpAddr),
    Cidr(Cidr),
    Version(Rc<Version>),
    Format(&'static Format),
}

/// A text of the data or of the expression, or a new one.
#[derive(Debug, Clone)]
pub enum Text<'a> {
    /// One that lives longer than the evaluation.
    Borrowed(&'a str),
    /// One that the evaluation made.
    Made(Rc<str>),
}

impl Deref for Text<'_> {
    type Target = str;

    fn deref(&self) -> &str {
        match self {
            Text::Borrowed(text) => text,
            Text::Made(text) => text,
        }
    }
}

impl PartialEq for Text<'_> {
    fn eq(&self, other: &Self) -> bool {
        **self == **other
    }
}

impl Eq for Text<'_> {}

impl PartialOrd for Text<'_> {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Text<'_> {
    fn cmp(&self, other: &Self) -> Ordering {
        (**self).cmp(&**other)
    }
}

/// Items of the data, or of values.
#[derive(Debug, Clone)]
#[allow(missing_docs)]
pub enum List<'a> {
    Data(&'a [plain::Value]),
    Made(Rc<[Value<'a>]>),
}

/// Entries of the data, or of values.
#[derive(Debug, Clone)]
#[allow(missing_docs)]
pub enum Map<'a> {
    Data(&'a plain::Map),
    Made(Rc<[(Value<'a>, Value<'a>)]>),
}

impl<'a> From<Kind<'a>> for Value<'a> {
    fn from(kind: Kind<'a>) -> Value<'a> {
        Value { kind, path: None }
    }
}

impl<'a> Value<'a> {
    /// A new text.
    pub fn text(text: impl Into<Rc<str>>) -> Value<'a> {
        Kind::Text(Text::Made(text.into())).into()
    }

    /// A new list.
    pub fn list(items: Vec<Value<'a>>) -> Value<'a> {
        Kind::List(List::Made(items.into())).into()
    }

    /// An optional with a value, or without.
    pub fn optional(value: Option<Value<'a>>) -> Value<'a> {
        Kind::Optional(value.map(Rc::new)).into()
    }

    /// A value of the data. Whole numbers that do not fit into 64 bits with a sign are floating-point numbers, as
    /// Kubernetes reads JSON.
    pub fn data(data: &'a plain::Value, path: Option<Path<'a>>) -> Value<'a> {
        let kind = match data {
            plain::Value::Null => Kind::Null,
            plain::Value::Bool(flag) => Kind::Bool(*flag),
            plain::Value::Int(number) => match i64::try_from(*number) {
                Ok(number) => Kind::Int(number),
                Err(_) => Kind::Double(*number as f64),
            },
            plain::Value::Float(number) => Kind::Double(*number),
            plain::Value::String(text) => Kind::Text(Text::Borrowed(text)),
            plain::Value::List(items) => Kind::List(List::Data(items)),
            plain::Value::Map(map) => Kind::Map(Map::Data(map)),
        };
        Value { kind, path }
    }

    /// The path of a part of this value, when paths are kept.
    pub(crate) fn path_to(&self, step: impl FnOnce() -> Step<'a>) -> Option<Path<'a>> {
        self.path.as_ref().map(|path| path.join(step()))
    }

    /// An item of this list with its place.
    pub(crate) fn item(&self, item: Value<'a>, index: usize) -> Value<'a> {
        let path = item.path.clone();
        let path = path.or_else(|| self.path_to(|| Step::Index(index)));
        Value { path, ..item }
    }

    /// The items of a list with their places; `None` for every other kind.
    pub(crate) fn items(&self) -> Option<Vec<Value<'a>>> {
        let Kind::List(list) = &self.kind else {
            return None;
        };
        let items = list.iter().enumerate();
        Some(items.map(|(index, item)| self.item(item, index)).collect())
    }

    /// The name of the type, as `type(..)` shows it.
    pub fn type_name(&self) -> &'static str {
        match &self.kind {
            Kind::Null => "null_type",
            Kind::Bool(_) => "bool",
            Kind::Int(_) => "int",
            Kind::Uint(_) => "uint",
            Kind::Double(_) => "double",
            Kind::Text(_) => "string",
            Kind::Bytes(_) => "bytes",
            Kind::List(_) => "list",
            Kind::Map(_) => "map",
            Kind::Timestamp(_) => "google.protobuf.Timestamp",
            Kind::Duration(_) => "google.protobuf.Duration",
            Kind::Type(_) => "type",
            Kind::Optional(_) => "optional_type",
            Kind::Quantity(_) => "kubernetes.Quantity",
            Kind::Url(_) => "kubernetes.URL",
            Kind::Ip(_) => "net.IP",
            Kind::Cidr(_) => "net.CIDR",
            Kind::Version(_) => "kubernetes.Semver",
            Kind::Format(_) => "kubernetes.NamedFormat",
        }
    }

    /// Whether the type is one of the libraries of Kubernetes.
    pub(crate) fn is_of_kubernetes(&self) -> bool {
        matches!(
            self.kind,
            Kind::Quantity(_)
                | Kind::Url(_)
                | Kind::Ip(_)
                | Kind::Cidr(_)
                | Kind::Version(_)
                | Kind::Format(_)
        )
    }

    /// About how much work it is to go through the value: bytes of a text, items of a list or map.
    pub(crate) fn size(&self) -> usize {
        match &self.kind {
            Kind::Text(text) => text.len(),
            Kind::Bytes(bytes) => bytes.len(),
            Kind::List(list) => list.len(),
            Kind::Map(map) => map.len(),
            _ => 1,
        }
    }

    /// How many values are in this one, itself included, up to `most`. A list that holds another one twice, and so on, is small
    /// in memory and endless to walk.
    pub(crate) fn weight(&self, most: u64) -> u64 {
        let walk = |parts: &mut dyn Iterator<Item = Value<'a>>| {
            let mut sum = 1;
            for part in parts {
                if sum >= most {
                    break;
                }
                sum += part.weight(most - sum);
            }
            sum
        };
        match &self.kind {
            Kind::Text(text) => 1 + text.len() as u64 / 10,
            Kind::Bytes(bytes) => 1 + bytes.len() as u64 / 10,
            Kind::List(list) => walk(&mut list.iter()),
            Kind::Map(map) => walk(&mut map.iter().map(|(_, value)| value)),
            Kind::Optional(Some(inner)) => 1 + inner.weight(most),
            _ => 1,
        }
    }

    /// Whether two values are equal. Numbers of different types are when they are the same number; values of other
    /// different types are not.
    pub fn equals(&self, other: &Value<'a>) -> bool {
        match (&self.kind, &other.kind) {
            (Kind::Null, Kind::Null) => true,
            (Kind::Bool(one), Kind::Bool(other)) => one == other,
            (Kind::Text(one), Kind::Text(other)) => one == other,
            (Kind::Bytes(one), Kind::Bytes(other)) => one == other,
            (Kind::List(one), Kind::List(other)) => {
                one.len() == other.len()
                    && one
                        .iter()
                        .zip(other.iter())
                        .all(|(one, other)| one.equals(&other))
            }
            (Kind::Map(one), Kind::Map(other)) => {
                one.len() == other.len()
                    && one.iter().all(|(key, value)| {
                        other.get(&key).is_some_and(|other| value.equals(&other))
                    })
            }
            (Kind::Optional(one), Kind::Optional(other)) => match (one, other) {
                (Some(one), Some(other)) => one.equals(other),
                (None, None) => true,
                _ => false,
            },
            (Kind::Url(one), Kind::Url(other)) => one == other,
            (Kind::Ip(one), Kind::Ip(other)) => one == other,
            (Kind::Cidr(one), Kind::Cidr(other)) => one == other,
            (Kind::Format(one), Kind::Format(other)) => std::ptr::eq(*one, *other),
            (Kind::Type(one), Kind::Type(other)) => one == other,
            (Kind::Quantity(one), Kind::Quantity(other)) => one.compare(other).is_eq(),
            (Kind::Version(one), Kind::Version(other)) => one.compare(other).is_eq(),
            _ => self.compare(other) == Some(Ordering::Equal),
        }
    }

    /// The order of two values of the types that `<` knows; `None` for others, and for what is not a number.
    pub fn compare(&self, other: &Value<'a>) -> Option<Ordering> {
        match (&self.kind, &other.kind) {
            (Kind::Bool(one), Kind::Bool(other)) => Some(one.cmp(other)),
            (Kind::Text(one), Kind::Text(other)) => Some((**one).cmp(&**other)),
            (Kind::Bytes(one), Kind::Bytes(other)) => Some(one.cmp(other)),
            (Kind::Timestamp(one), Kind::Timestamp(other)) => Some(one.utc.cmp(&other.utc)),
            (Kind::Duration(one), Kind::Duration(other)) => Some(one.cmp(other)),
            (Kind::Double(one), Kind::Double(other)) => one.partial_cmp(other),
            // As cel-go does: not exact beyond 2^53.
            (Kind::Double(one), _) => one.partial_cmp(&(other.whole()? as f64)),
            (_, Kind::Double(other)) => (self.whole()? as f64).partial_cmp(other),
            _ => Some(self.whole()?.cmp(&other.whole()?)),
        }
    }

    /// The value of an integer.
    pub(crate) fn whole(&self) -> Option<i128> {
        match self.kind {
            Kind::Int(number) => Some(i128::from(number)),
            Kind::Uint(number) => Some(i128::from(number)),
            _ => None,
        }
    }
}

impl<'a> List<'a> {
    pub(crate) fn len(&self) -> usize {
        match self {
            List::Data(items) => items.len(),
            List::Made(items) => items.len(),
        }
    }

    pub(crate) fn get(&self, index: usize) -> Option<Value<'a>> {
        match self {
            List::Data(items) => items.get(index).map(|item| Value::data(item, None)),
            List::Made(items) => items.get(index).cloned(),
        }
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = Value<'a>> + '_ {
        (0..self.len()).filter_map(|index| self.get(index))
    }
}

impl<'a> Map<'a> {
    pub(crate) fn len(&self) -> usize {
        match self {
            Map::Data(entries) => entries.len(),
            Map::Made(entries) => entries.len(),
        }
    }

    pub(crate) fn get(&self, key: &Value<'a>) -> Option<Value<'a>> {
        match (self, &key.kind) {
            (Map::Data(entries), Kind::Text(key)) => {
                entries.get(&**key).map(|value| Value::data(value, None))
            }
            (Map::Data(_), _) => None,
            (Map::Made(entries), _) => entries
                .iter()
                .find(|(known, _)| known.equals(key))
                .map(|(_, value)| value.clone()),
        }
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = (Value<'a>, Value<'a>)> + '_ {
        (0..self.len()).filter_map(|index| match self {
            Map::Data(entries) => entries.get_index(index).map(|(key, value)| {
                let key = Kind::Text(Text::Borrowed(key));
                (key.into(), Value::data(value, None))
            }),
            Map::Made(entries) => entries.get(index).cloned(),
        })
    }
}
