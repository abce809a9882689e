//! The values of params in their declared types. YAML decides by its looks what `17` is, an
//! annotation or an environment variable is always text, and only the definition knows what is meant.

use super::declaration::{Declaration, Declarations, Type};
use diagnostics::value::{Map, Value};

impl Declaration {
    /// A value in the declared type, where it is written like one: `"3"` is an integer, and `17` is
    /// text. Any other value stays as it is. Defaults of its parts are added.
    pub(in crate::provision) fn convert(&self, value: Value) -> Value {
        match (self.kind, value) {
            (Some(Type::String), value @ (Value::Int(_) | Value::Float(_))) => {
                Value::String(value.to_text())
            }
            (Some(Type::Integer), Value::Float(number)) if is_whole(number) => {
                Value::Int(number as i128)
            }
            (Some(kind), Value::String(text)) => {
                read_as(kind, &text).unwrap_or(Value::String(text))
            }
            (_, Value::List(items)) => match &self.items {
                Some(declared) => {
                    let items = items.into_iter().map(|item| declared.convert(item));
                    Value::List(items.collect())
                }
                None => Value::List(items),
            },
            (_, Value::Map(map)) => {
                let converted = map.into_iter().map(|(key, value)| {
                    let value = match self.properties.get(key.as_str()) {
                        Some(declared) => declared.convert(value),
                        None => value,
                    };
                    (key, value)
                });
                let mut map: Map = converted.collect();
                add_defaults(&self.properties, &mut map);
                Value::Map(map)
            }
            (_, value) => value,
        }
    }
}

/// Adds the defaults of what is not set.
pub(in crate::provision) fn add_defaults(declarations: &Declarations, map: &mut Map) {
    for (name, declaration) in declarations {
        let Some(default) = &declaration.default else {
            continue;
        };
        if map.get(name).is_none_or(|value| *value == Value::Null) {
            map.insert(name.clone(), default.clone());
        }
    }
}

fn is_whole(number: f64) -> bool {
    number.fract() == 0.0 && number.abs() < 1e15
}

fn read_as(kind: Type, text: &str) -> Option<Value> {
    match kind {
        Type::Integer => {
            let number: i64 = text.parse().ok()?;
            (number.to_string() == text).then(|| Value::Int(number.into()))
        }
        Type::Number => {
            let is_plain = text.bytes().all(|byte| b"0123456789.-".contains(&byte));
            let number: f64 = text.parse().ok().filter(|_| is_plain)?;
            read_as(Type::Integer, text).or(Some(Value::Float(number)))
        }
        Type::Boolean => Some(Value::Bool(text.parse().ok()?)),
        Type::String | Type::Object | Type::Array => None,
    }
}
