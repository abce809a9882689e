//! Reading a tree into any type that implements serde's `Deserialize`, strictly: unknown fields and
//! wrong types have a place and a path.

use std::cell::RefCell;
use std::fmt;

use serde::Deserialize;
use serde::de::value::StrDeserializer;
use serde::de::{
    self, DeserializeSeed, Deserializer, IntoDeserializer, MapAccess, SeqAccess, Visitor,
};

use crate::tree::{Kind, Node};
use diagnostics::source::Span;

/// What a strict reading found wrong.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fault {
    /// The place of the value, or of the key when the key is unknown.
    pub span: Span,
    /// The way to it, as in `spec.template.containers[0]`.
    pub path: String,
    /// What is wrong, in lower case.
    pub message: String,
}

/// Reads `node` as a `T` and gives every unknown field, and the first wrong type, as faults.
pub fn check<'de, T: Deserialize<'de>>(node: &'de Node) -> Vec<Fault> {
    read::<T>(node).1
}

/// Reads `node` as a `T`, with every fault found on the way.
pub fn read<'de, T: Deserialize<'de>>(node: &'de Node) -> (Option<T>, Vec<Fault>) {
    let faults = RefCell::new(Vec::new());
    let result = T::deserialize(Reader {
        node,
        path: &Path::Root,
        faults: &faults,
        key: None,
    });
    let mut faults = faults.into_inner();
    match result {
        Ok(value) => (Some(value), faults),
        Err(error) => {
            let fallback = || (node.span, String::new());
            let (span, path) = error.place.unwrap_or_else(fallback);
            faults.push(Fault {
                span,
                path,
                message: error.message,
            });
            (None, faults)
        }
    }
}

/// The way from the root to a node, kept on the stack so that it costs nothing until a fault is
/// found.
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

/// Why a reading stopped.
#[derive(Debug)]
struct CliError {
    message: String,
    place: Option<(Span, String)>,
}

impl fmt::Display for CliError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.message)
    }
}

impl std::error::Error for CliError {}

impl de::Error for CliError {
    fn custom<T: fmt::Display>(message: T) -> CliError {
        CliError {
            message: message.to_string(),
            place: None,
        }
    }
}

struct Reader<'de, 'path> {
    node: &'de Node,
    path: &'path Path<'path>,
    faults: &'path RefCell<Vec<Fault>>,
    key: Option<Span>,
}

impl<'de> Reader<'de, '_> {
    fn visit<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, CliError> {
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
        result.map_err(|stop| self.placed(stop))
    }

    /// The innermost place wins: an error that already has one is left alone.
    fn placed(&self, stop: CliError) -> CliError {
        CliError {
            place: stop
                .place
                .or_else(|| Some((self.node.span, self.path.to_string()))),
            ..stop
        }
    }
}

fn visit_int<'de, V: Visitor<'de>>(number: i128, visitor: V) -> Result<V::Value, CliError> {
    match (i64::try_from(number), u64::try_from(number)) {
        (Ok(small), _) => visitor.visit_i64(small),
        (_, Ok(large)) => visitor.visit_u64(large),
        _ => visitor.visit_i128(number),
    }
}

impl<'de> Deserializer<'de> for Reader<'de, '_> {
    type Error = CliError;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, CliError> {
        self.visit(visitor)
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, CliError> {
        match self.node.kind {
            Kind::Null => visitor.visit_none(),
            _ => visitor.visit_some(self),
        }
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        visitor: V,
    ) -> Result<V::Value, CliError> {
        visitor.visit_newtype_struct(self)
    }

    /// A field that the type does not have ends here.
    fn deserialize_ignored_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, CliError> {
        let path = self.path.to_string();
        let message = format!("there is no field `{path}`");
        self.faults.borrow_mut().push(Fault {
            span: self.key.unwrap_or(self.node.span),
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
    ) -> Result<V::Value, CliError> {
        match &self.node.kind {
            Kind::String(text, _) => {
                let name: StrDeserializer<'_, CliError> = text.as_str().into_deserializer();
                visitor.visit_enum(name).map_err(|stop| self.placed(stop))
            }
            _ => Err(self.placed(de::Error::custom(format!(
                "expected a name, this is {}",
                self.node.kind_name()
            )))),
        }
    }

    serde::forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf
        unit unit_struct seq tuple tuple_struct map struct identifier
    }
}

struct Items<'de, 'path> {
    reader: &'path Reader<'de, 'path>,
    rest: std::iter::Enumerate<std::slice::Iter<'de, Node>>,
}

impl<'de> SeqAccess<'de> for Items<'de, '_> {
    type Error = CliError;

    fn next_element_seed<T: DeserializeSeed<'de>>(
        &mut self,
        seed: T,
    ) -> Result<Option<T::Value>, CliError> {
        let Some((index, node)) = self.rest.next() else {
            return Ok(None);
        };
        let path = Path::Index(self.reader.path, index);
        seed.deserialize(Reader {
            node,
            path: &path,
            faults: self.reader.faults,
            key: None,
        })
        .map(Some)
    }
}

struct Pairs<'de, 'path> {
    reader: &'path Reader<'de, 'path>,
    rest: indexmap::map::Iter<'de, String, crate::tree::Entry>,
    value: Option<(&'de String, &'de crate::tree::Entry)>,
}

impl<'de> MapAccess<'de> for Pairs<'de, '_> {
    type Error = CliError;

    fn next_key_seed<K: DeserializeSeed<'de>>(
        &mut self,
        seed: K,
    ) -> Result<Option<K::Value>, CliError> {
        self.value = self.rest.next();
        let Some((key, _)) = self.value else {
            return Ok(None);
        };
        let name: StrDeserializer<'_, CliError> = key.as_str().into_deserializer();
        seed.deserialize(name).map(Some)
    }

    fn next_value_seed<V: DeserializeSeed<'de>>(&mut self, seed: V) -> Result<V::Value, CliError> {
        let Some((key, entry)) = self.value.take() else {
            return Err(de::Error::custom("a value was read before its key"));
        };
        let path = Path::Key(self.reader.path, key);
        let reader = Reader {
            node: &entry.value,
            path: &path,
            faults: self.reader.faults,
            key: Some(entry.key),
        };
        seed.deserialize(reader)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use diagnostics::report::Report;
    use diagnostics::source::Sources;

    fn faults(yaml: &str) -> Vec<String> {
        let mut sources = Sources::default();
        let id = sources.add("t", yaml);
        let nodes = crate::parse(&sources, id, &mut Report::default());
        check::<k8s_openapi::api::core::v1::PodSpec>(&nodes[0])
            .into_iter()
            .map(|fault| {
                format!(
                    "{} {}: {}",
                    sources.position(fault.span).line,
                    fault.path,
                    fault.message
                )
            })
            .collect()
    }

    #[test]
    fn unknown_fields_and_wrong_types_have_a_place() {
        assert_eq!(
            faults("containers:\n- name: a\n  image: b\n"),
            Vec::<String>::new()
        );
        assert_eq!(
            faults("containers:\n- name: a\n  imgae: b\n  stdin: yes\n"),
            [
                "3 containers[0].imgae: there is no field `containers[0].imgae`",
                "4 containers[0].stdin: invalid type: string \"yes\", expected a boolean"
            ]
        );
    }
}
