//! Reads a tree into any type that implements serde's `Deserialize`, strictly: every unknown field
//! and the first wrong type have a place and a path.

use std::cell::RefCell;
use std::fmt;

use serde::Deserialize;
use serde::de::value::StrDeserializer;
use serde::de::{
    self, DeserializeSeed, Deserializer, IntoDeserializer, MapAccess, SeqAccess, Visitor,
};

use crate::tree::{Kind, Node};
use diagnostics::ordered_map;
use diagnostics::source::Span;
use diagnostics::suggestions::closest_match;

/// An unknown field or a value of a wrong type.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FieldError {
    /// The place of the value, or of the key when the key is unknown.
    pub span: Span,
    /// The way to it, as in `spec.template.containers[0]`.
    pub path: String,
    /// What is wrong, in lower case.
    pub message: String,
}

/// The errors of reading `node` as a `T`.
pub fn check<'de, T: Deserialize<'de>>(node: &'de Node) -> Vec<FieldError> {
    read::<T>(node).1
}

/// Reads `node` as a `T`: the value, unless a type is wrong, and all errors.
pub fn read<'de, T: Deserialize<'de>>(node: &'de Node) -> (Option<T>, Vec<FieldError>) {
    let errors = RefCell::new(Vec::new());
    let result = T::deserialize(Reader {
        node,
        path: &Path::Root,
        errors: &errors,
        key: None,
        fields: &[],
    });
    let mut errors = errors.into_inner();
    match result {
        Ok(value) => (Some(value), errors),
        Err(error) => {
            let fallback = || (node.span, String::new());
            let (span, path) = error.place.unwrap_or_else(fallback);
            errors.push(FieldError {
                span,
                path,
                message: error.message,
            });
            (None, errors)
        }
    }
}

/// The way from the root to a node. It is on the stack, so that it costs nothing without an error.
enum Path<'up> {
    Root,
    Key(&'up Path<'up>, &'up str),
    Index(&'up Path<'up>, usize),
}

impl fmt::Display for Path<'_> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Path::Root => Ok(()),
            Path::Key(Path::Root, key) => formatter.write_str(key),
            Path::Key(up, key) => write!(formatter, "{up}.{key}"),
            Path::Index(up, index) => write!(formatter, "{up}[{index}]"),
        }
    }
}

/// The wrong type that ended a reading.
#[derive(Debug)]
struct ReadError {
    message: String,
    place: Option<(Span, String)>,
}

impl fmt::Display for ReadError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.message)
    }
}

impl std::error::Error for ReadError {}

impl de::Error for ReadError {
    fn custom<T: fmt::Display>(message: T) -> ReadError {
        ReadError {
            message: message.to_string(),
            place: None,
        }
    }
}

struct Reader<'de, 'path> {
    node: &'de Node,
    path: &'path Path<'path>,
    errors: &'path RefCell<Vec<FieldError>>,
    /// The key of the node.
    key: Option<Key<'de>>,
    /// The fields that a mapping may have here, where they are known.
    fields: &'static [&'static str],
}

#[derive(Clone, Copy)]
struct Key<'de> {
    name: &'de str,
    span: Span,
    /// The fields that could be here instead.
    known: &'static [&'static str],
}

impl<'de> Reader<'de, '_> {
    fn visit<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, ReadError> {
        let result = match &self.node.kind {
            Kind::Null => visitor.visit_unit(),
            Kind::Bool(flag) => visitor.visit_bool(*flag),
            Kind::Int(number) => visit_int(*number, visitor),
            Kind::Float(number) => visitor.visit_f64(*number),
            Kind::String(text, _) => visitor.visit_borrowed_str(text),
            Kind::List(items) => visitor.visit_seq(Items {
                reader: &self,
                rest: items.iter().enumerate(),
            }),
            Kind::Map(entries) => visitor.visit_map(Pairs {
                reader: &self,
                rest: entries.iter(),
                value: None,
            }),
        };
        result.map_err(|error| self.with_place(error))
    }

    /// An error that has a place already, of a node inside this one, keeps it.
    fn with_place(&self, error: ReadError) -> ReadError {
        ReadError {
            place: error
                .place
                .or_else(|| Some((self.node.span, self.path.to_string()))),
            ..error
        }
    }
}

fn visit_int<'de, V: Visitor<'de>>(number: i128, visitor: V) -> Result<V::Value, ReadError> {
    match (i64::try_from(number), u64::try_from(number)) {
        (Ok(small), _) => visitor.visit_i64(small),
        (_, Ok(large)) => visitor.visit_u64(large),
        _ => visitor.visit_i128(number),
    }
}

impl<'de> Deserializer<'de> for Reader<'de, '_> {
    type Error = ReadError;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, ReadError> {
        self.visit(visitor)
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, ReadError> {
        match self.node.kind {
            Kind::Null => visitor.visit_none(),
            _ => visitor.visit_some(self),
        }
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        visitor: V,
    ) -> Result<V::Value, ReadError> {
        visitor.visit_newtype_struct(self)
    }

    fn deserialize_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        fields: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, ReadError> {
        Reader { fields, ..self }.visit(visitor)
    }

    /// Serde calls this for a field that the type does not have.
    fn deserialize_ignored_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, ReadError> {
        let path = self.path.to_string();
        let known = |key: Key<'_>| closest_match(key.name, key.known.iter().copied());
        let message = match self.key.and_then(known) {
            Some(near) => format!("there is no field `{path}`; did you mean `{near}`?"),
            None => format!("there is no field `{path}`"),
        };
        self.errors.borrow_mut().push(FieldError {
            span: self.key.map_or(self.node.span, |key| key.span),
            path,
            message,
        });
        visitor.visit_unit()
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        _: &'static str,
        _: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, ReadError> {
        match &self.node.kind {
            Kind::String(text, _) => {
                let name: StrDeserializer<'_, ReadError> = text.as_str().into_deserializer();
                visitor
                    .visit_enum(name)
                    .map_err(|error| self.with_place(error))
            }
            _ => Err(self.with_place(de::Error::custom(format!(
                "expected a name, this is {}",
                self.node.kind_name()
            )))),
        }
    }

    serde::forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf
        unit unit_struct seq tuple tuple_struct map identifier
    }
}

struct Items<'de, 'path> {
    reader: &'path Reader<'de, 'path>,
    rest: std::iter::Enumerate<std::slice::Iter<'de, Node>>,
}

impl<'de> SeqAccess<'de> for Items<'de, '_> {
    type Error = ReadError;

    fn next_element_seed<T: DeserializeSeed<'de>>(
        &mut self,
        seed: T,
    ) -> Result<Option<T::Value>, ReadError> {
        let Some((index, node)) = self.rest.next() else {
            return Ok(None);
        };
        let path = Path::Index(self.reader.path, index);
        seed.deserialize(Reader {
            node,
            path: &path,
            errors: self.reader.errors,
            key: None,
            fields: &[],
        })
        .map(Some)
    }
}

struct Pairs<'de, 'path> {
    reader: &'path Reader<'de, 'path>,
    rest: ordered_map::Iter<'de, crate::tree::Entry>,
    value: Option<(&'de ordered_map::Key, &'de crate::tree::Entry)>,
}

impl<'de> MapAccess<'de> for Pairs<'de, '_> {
    type Error = ReadError;

    fn next_key_seed<K: DeserializeSeed<'de>>(
        &mut self,
        seed: K,
    ) -> Result<Option<K::Value>, ReadError> {
        self.value = self.rest.next();
        let Some((key, _)) = self.value else {
            return Ok(None);
        };
        let name: StrDeserializer<'_, ReadError> = key.as_str().into_deserializer();
        seed.deserialize(name).map(Some)
    }

    fn next_value_seed<V: DeserializeSeed<'de>>(&mut self, seed: V) -> Result<V::Value, ReadError> {
        let Some((key, entry)) = self.value.take() else {
            return Err(de::Error::custom("a value was read before its key"));
        };
        let path = Path::Key(self.reader.path, key);
        let reader = Reader {
            node: &entry.value,
            path: &path,
            errors: self.reader.errors,
            key: Some(Key {
                name: key,
                span: entry.key,
                known: self.reader.fields,
            }),
            fields: &[],
        };
        seed.deserialize(reader)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use diagnostics::report::Report;
    use diagnostics::source::Sources;

    fn errors(yaml: &str) -> Vec<String> {
        let mut sources = Sources::default();
        let id = sources.add("t", yaml);
        let nodes = crate::parse(&sources, id, &mut Report::default());
        check::<k8s_openapi::api::core::v1::PodSpec>(&nodes[0])
            .into_iter()
            .map(|error| {
                format!(
                    "{} {}: {}",
                    sources.position(error.span).line,
                    error.path,
                    error.message
                )
            })
            .collect()
    }

    #[test]
    fn unknown_fields_and_wrong_types_have_a_place() {
        assert_eq!(
            errors("containers:\n- name: a\n  image: b\n"),
            Vec::<String>::new()
        );
        assert_eq!(
            errors("containers:\n- name: a\n  imgae: b\n  stdin: yes\n"),
            [
                "3 containers[0].imgae: there is no field `containers[0].imgae`; did you mean `image`?",
                "4 containers[0].stdin: invalid type: string \"yes\", expected a boolean"
            ]
        );
    }
}
