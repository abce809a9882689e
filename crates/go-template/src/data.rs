//! The values of a running template: Go's kinds, as far as a template can tell them apart.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

use crate::semver::Version;
use diagnostics::value::{self, Value};

/// How deep values may nest wherever they are walked, since a map may contain itself.
pub(super) const MAX_DEPTH: usize = 200;

/// How many values a walk may visit. A value that contains another one twice, and so on, is small
/// in memory and endless to walk.
const MAX_NODES: usize = 1_000_000;

/// A run-time value.
#[derive(Debug, Clone, Default)]
pub enum Data {
    /// No value: prints `<no value>`, and its fields are missing too.
    #[default]
    Missing,
    /// `nil` in a list, a map or a field. Its fields are an error.
    Nil,
    /// `true` or `false`.
    Bool(bool),
    /// Go's `int`.
    Int(i64),
    /// Go's `int64`, which is another type than `int`.
    Int64(i64),
    /// One byte of a string.
    Uint8(u8),
    /// A whole number too large for `int`.
    Uint64(u64),
    /// Go's `float64`.
    Float(f64),
    /// A string.
    Text(Rc<str>),
    /// A slice.
    List(List),
    /// A map with string keys.
    Map(Map),
    /// A Go struct. A field that it does not have is an error.
    Struct(Rc<Structure>),
    /// What `semver` gives, and with no pointer what its methods give.
    Version {
        /// The version.
        version: Rc<Version>,
        /// Whether it is Go's `*semver.Version`.
        is_pointer: bool,
    },
}

/// The Go type of the items of a list or the values of a map.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Element {
    Any,
    Text,
    Int,
    Lists,
    Structs(&'static str),
}

/// A slice, which does not change: functions that add items make a new one.
#[derive(Debug, Clone)]
pub struct List(Rc<ListBody>);

#[derive(Debug)]
struct ListBody {
    element: Element,
    items: Vec<Data>,
    /// Whether it is Go's nil slice, which is empty too, and `null` in JSON.
    is_nil: bool,
}

/// A map with string keys. Clones share it: `set`, `unset` and `merge` change it in place.
#[derive(Debug, Clone)]
pub struct Map(Rc<MapBody>);

#[derive(Debug)]
struct MapBody {
    element: Element,
    zero: Data,
    entries: RefCell<BTreeMap<Rc<str>, Data>>,
    /// Only of a map of structs.
    reads: Option<RefCell<Reads>>,
}

/// What templates read of a map.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Reads {
    /// The keys that were looked up, also those that the map does not have; after `all` every key.
    pub keys: BTreeSet<Rc<str>>,
    /// Whether all entries were read, as `range` does.
    pub all: bool,
}

/// A Go struct.
#[derive(Debug)]
pub struct Structure {
    /// The name of the type, for messages.
    pub name: &'static str,
    /// The fields in the order of their declaration.
    pub fields: Vec<(&'static str, Data)>,
}

impl Data {
    /// A string.
    pub fn text(text: impl Into<Rc<str>>) -> Data {
        Data::Text(text.into())
    }

    /// A list of anything.
    pub fn list(items: Vec<Data>) -> Data {
        Data::List(List::new(Element::Any, items))
    }

    /// A map of anything.
    pub fn map<K: Into<Rc<str>>>(entries: impl IntoIterator<Item = (K, Data)>) -> Data {
        Data::Map(Map::from_entries(
            entries
                .into_iter()
                .map(|(key, item)| (key.into(), item))
                .collect(),
        ))
    }

    /// A struct called `name` with these fields.
    pub fn structure(name: &'static str, fields: Vec<(&'static str, Data)>) -> Data {
        Data::Struct(Rc::new(Structure { name, fields }))
    }

    /// A map of structs. `index` gives `zero` for a key that is missing. It keeps what templates
    /// read of it ([`Data::take_reads`]).
    pub fn map_of_structures<K: Into<Rc<str>>>(
        entries: impl IntoIterator<Item = (K, Data)>,
        zero: Data,
    ) -> Data {
        let name = if let Data::Struct(body) = &zero {
            body.name
        } else {
            "struct"
        };
        let entries = entries
            .into_iter()
            .map(|(key, item)| (key.into(), item))
            .collect();
        Data::Map(Map(Rc::new(MapBody {
            element: Element::Structs(name),
            zero,
            entries: RefCell::new(entries),
            reads: Some(RefCell::default()),
        })))
    }

    /// What was read of a map of structs since this was last asked; nothing for other values.
    pub fn take_reads(&self) -> Reads {
        let Data::Map(Map(map)) = self else {
            return Reads::default();
        };
        let reads = map.reads.as_ref().map(RefCell::take);
        let mut reads = reads.unwrap_or_default();
        if reads.all {
            reads.keys.extend(map.entries.borrow().keys().cloned());
        }
        reads
    }

    /// The entry of a map or the field of a struct, without counting as read.
    pub fn peek(&self, name: &str) -> Option<Data> {
        match self {
            Data::Map(map) => map.0.entries.borrow().get(name).cloned(),
            Data::Struct(body) => {
                let mut fields = body.fields.iter();
                let field = fields.find(|(field, _)| *field == name);
                field.map(|(_, item)| item.clone())
            }
            _ => None,
        }
    }

    /// A list of strings, which is another type than a list of anything.
    pub(super) fn texts<T: Into<Rc<str>>>(items: impl IntoIterator<Item = T>) -> Data {
        Data::List(List::new(
            Element::Text,
            items.into_iter().map(Data::text).collect(),
        ))
    }

    /// Whether Go's templates count this as true: all but missing, zero and empty values.
    pub fn truth(&self) -> bool {
        match self {
            Data::Missing | Data::Nil => false,
            Data::Bool(flag) => *flag,
            Data::Int(number) | Data::Int64(number) => *number != 0,
            Data::Uint8(number) => *number != 0,
            Data::Uint64(number) => *number != 0,
            Data::Float(number) => *number != 0.0,
            Data::Text(text) => !text.is_empty(),
            Data::List(list) => !list.items().is_empty(),
            Data::Map(map) => map.len() > 0,
            Data::Struct(_) | Data::Version { .. } => true,
        }
    }

    /// The Go type, as `%T` prints it.
    pub fn type_name(&self) -> String {
        match self {
            Data::Missing | Data::Nil => "<nil>".to_owned(),
            Data::Bool(_) => "bool".to_owned(),
            Data::Int(_) => "int".to_owned(),
            Data::Int64(_) => "int64".to_owned(),
            Data::Uint8(_) => "uint8".to_owned(),
            Data::Uint64(_) => "uint64".to_owned(),
            Data::Float(_) => "float64".to_owned(),
            Data::Text(_) => "string".to_owned(),
            Data::List(list) => format!("[]{}", list.0.element.name()),
            Data::Map(map) => format!("map[string]{}", map.0.element.name()),
            Data::Struct(body) => body.name.to_owned(),
            Data::Version { is_pointer, .. } => {
                let pointer = if *is_pointer { "*" } else { "" };
                format!("{pointer}semver.Version")
            }
        }
    }

    /// The Go kind, as sprig's `kindOf` prints it.
    pub(super) fn kind_name(&self) -> String {
        match self {
            Data::Missing | Data::Nil => "invalid".to_owned(),
            Data::List(_) => "slice".to_owned(),
            Data::Map(_) => "map".to_owned(),
            Data::Version {
                is_pointer: true, ..
            } => "ptr".to_owned(),
            Data::Struct(_) | Data::Version { .. } => "struct".to_owned(),
            other => other.type_name(),
        }
    }

    /// The text of a string; `None` for every other kind.
    pub fn as_text(&self) -> Option<&str> {
        match self {
            Data::Text(text) => Some(text),
            _ => None,
        }
    }

    /// The value as plain data. Missing and nil become null, structs become mappings. `None` when
    /// it is too large or nested too deep, as a map that contains itself is.
    pub fn to_value(&self) -> Option<Value> {
        let mut nodes = MAX_NODES;
        self.to_value_within(MAX_DEPTH, &mut nodes)
    }

    fn to_value_within(&self, depth: usize, nodes: &mut usize) -> Option<Value> {
        let deeper = depth.checked_sub(1)?;
        *nodes = nodes.checked_sub(1)?;
        Some(match self {
            Data::Missing | Data::Nil => Value::Null,
            Data::Bool(flag) => Value::Bool(*flag),
            Data::Int(number) | Data::Int64(number) => Value::Int(i128::from(*number)),
            Data::Uint8(number) => Value::Int(i128::from(*number)),
            Data::Uint64(number) => Value::Int(i128::from(*number)),
            Data::Float(number) => Value::Float(*number),
            Data::Text(text) => Value::String(text.to_string()),
            Data::Version { version, .. } => Value::String(version.to_string()),
            Data::List(list) => {
                let items = list
                    .items()
                    .iter()
                    .map(|item| item.to_value_within(deeper, nodes));
                Value::List(items.collect::<Option<_>>()?)
            }
            Data::Map(map) => {
                let entries = map.entries().into_iter();
                let entries = entries.map(|(key, item)| {
                    Some((key.to_string(), item.to_value_within(deeper, nodes)?))
                });
                Value::Map(entries.collect::<Option<value::Map>>()?)
            }
            Data::Struct(body) => {
                let fields = body.fields.iter();
                let fields = fields.map(|(name, item)| {
                    Some(((*name).to_owned(), item.to_value_within(deeper, nodes)?))
                });
                Value::Map(fields.collect::<Option<value::Map>>()?)
            }
        })
    }
}

impl From<&Value> for Data {
    /// Numbers have the types that Go's YAML reader gives them: `int` where it fits, else `uint64`,
    /// else `float64`.
    fn from(value: &Value) -> Data {
        match value {
            Value::Null => Data::Nil,
            Value::Bool(flag) => Data::Bool(*flag),
            Value::Int(number) => match (i64::try_from(*number), u64::try_from(*number)) {
                (Ok(small), _) => Data::Int(small),
                (_, Ok(large)) => Data::Uint64(large),
                _ => Data::Float(*number as f64),
            },
            Value::Float(number) => Data::Float(*number),
            Value::String(text) => Data::text(text.as_str()),
            Value::List(items) => Data::list(items.iter().map(Data::from).collect()),
            Value::Map(map) => Data::from(map),
        }
    }
}

impl From<&value::Map> for Data {
    fn from(map: &value::Map) -> Data {
        let entries = map.iter();
        Data::map(entries.map(|(key, item)| (key.as_str(), Data::from(item))))
    }
}

impl Element {
    fn name(self) -> &'static str {
        match self {
            Element::Any => "interface {}",
            Element::Text => "string",
            Element::Int => "int",
            Element::Lists => "[]interface {}",
            Element::Structs(name) => name,
        }
    }
}

impl List {
    pub(super) fn new(element: Element, items: Vec<Data>) -> List {
        List(Rc::new(ListBody {
            element,
            items,
            is_nil: false,
        }))
    }

    /// The list, or the nil slice where it is empty: what Go makes of a slice that was only declared.
    pub(super) fn nil_if_empty(element: Element, items: Vec<Data>) -> List {
        let is_nil = items.is_empty();
        List(Rc::new(ListBody {
            element,
            items,
            is_nil,
        }))
    }

    pub(super) fn is_nil(&self) -> bool {
        self.0.is_nil
    }

    pub(super) fn items(&self) -> &[Data] {
        &self.0.items
    }

    pub(super) fn element(&self) -> Element {
        self.0.element
    }
}

impl Map {
    pub(super) fn from_entries(entries: BTreeMap<Rc<str>, Data>) -> Map {
        Map::typed(Element::Any, entries)
    }

    pub(super) fn typed(element: Element, entries: BTreeMap<Rc<str>, Data>) -> Map {
        let zero = if element == Element::Text {
            Data::text("")
        } else {
            Data::Nil
        };
        Map(Rc::new(MapBody {
            element,
            zero,
            entries: RefCell::new(entries),
            reads: None,
        }))
    }

    /// Whether this is Go's `map[string]interface {}`, the only map that sprig's dictionary
    /// functions take.
    pub(super) fn holds_anything(&self) -> bool {
        self.0.element == Element::Any
    }

    pub(super) fn len(&self) -> usize {
        self.0.entries.borrow().len()
    }

    pub(super) fn get(&self, key: &str) -> Option<Data> {
        if let Some(reads) = &self.0.reads
            && !reads.borrow().keys.contains(key)
        {
            reads.borrow_mut().keys.insert(key.into());
        }
        self.0.entries.borrow().get(key).cloned()
    }

    /// What `index` gives for a missing key.
    pub(super) fn zero(&self) -> Data {
        self.0.zero.clone()
    }

    pub(super) fn set(&self, key: Rc<str>, item: Data) {
        // The old value is dropped after the borrow ends, since it may contain this map.
        let old = self.0.entries.borrow_mut().insert(key, item);
        drop(old);
    }

    pub(super) fn remove(&self, key: &str) {
        let old = self.0.entries.borrow_mut().remove(key);
        drop(old);
    }

    /// A copy of the entries, sorted by key, so that the map can change meanwhile.
    pub(super) fn entries(&self) -> Vec<(Rc<str>, Data)> {
        if let Some(reads) = &self.0.reads {
            reads.borrow_mut().all = true;
        }
        self.0
            .entries
            .borrow()
            .iter()
            .map(|(key, item)| (key.clone(), item.clone()))
            .collect()
    }

    pub(super) fn is_same(&self, other: &Map) -> bool {
        Rc::ptr_eq(&self.0, &other.0)
    }
}

// A template may nest values so deep that a recursive drop overflows the stack, so they are dropped
// in a loop.
impl Drop for ListBody {
    fn drop(&mut self) {
        drop_all(std::mem::take(&mut self.items));
    }
}

impl Drop for MapBody {
    fn drop(&mut self) {
        drop_all(
            std::mem::take(self.entries.get_mut())
                .into_values()
                .collect(),
        );
    }
}

fn drop_all(mut waiting: Vec<Data>) {
    while let Some(item) = waiting.pop() {
        match item {
            Data::List(List(body)) => {
                if let Some(mut body) = Rc::into_inner(body) {
                    waiting.append(&mut body.items);
                }
            }
            Data::Map(Map(body)) => {
                if let Some(mut body) = Rc::into_inner(body) {
                    waiting.extend(std::mem::take(body.entries.get_mut()).into_values());
                }
            }
            _ => {}
        }
    }
}
