//! The JSON Schema of the params in a Score file, for editors. It accepts what a run accepts:
//! placeholders in place of any value, and values that are converted.

use super::declaration::{Declaration, Declarations, Type};
use crate::decode::resource_limits::quantity_pattern;
use diagnostics::value::{Map, Value};

/// What a text with a placeholder has.
const PLACEHOLDER: &str = r"\$\{";

/// Syntax of Go's regular expressions that those of JSON Schema do not have.
const ONLY_IN_GO: [&str; 6] = ["(?", "[[:", r"\A", r"\z", r"\Q", r"\p"];

/// The JSON Schema of `params`.
pub fn params_schema(declarations: &Declarations) -> Value {
    let schema = |declared: &Declaration| declared.to_score_schema();
    super::schema::object_of(declarations, &schema)
}

impl Declaration {
    fn to_score_schema(&self) -> Value {
        let mut schema = Map::new();
        let description = self.description.as_deref().map(Value::from);
        let examples = (!self.examples.is_empty()).then(|| Value::List(self.examples.clone()));
        for (key, value) in [
            ("description", description),
            ("default", self.default.clone()),
            ("examples", examples),
        ] {
            schema.extend(value.map(|value| (key.to_owned(), value)));
        }
        let Some(kind) = self.kind else {
            let words = self.words();
            let words = (!words.is_empty()).then(|| Value::List(words.to_vec()));
            let words = words.map(|words| Value::map_of([("enum", words)]));
            schema.extend(words.map(|words| any_of(vec![words, placeholder()])));
            return Value::Map(schema);
        };
        let mut alternatives = vec![self.values(kind), placeholder()];
        let text = match kind {
            Type::Integer => Some("^-?(0|[1-9][0-9]*)$"),
            Type::Number => Some("^-?[0-9]+([.][0-9]+)?$"),
            Type::Boolean => Some("^(true|false)$"),
            Type::String | Type::Object | Type::Array => None,
        };
        alternatives.extend(text.map(text_like));
        if !self.is_required {
            alternatives.push(Value::map_of([("type", "null".into())]));
        }
        schema.extend([any_of(alternatives)]);
        Value::Map(schema)
    }

    /// Values of the declared type, and those that are converted to it.
    fn values(&self, kind: Type) -> Value {
        let mut schema = Map::new();
        let types = match kind {
            Type::String => Value::List(vec!["string".into(), "number".into()]),
            kind => Value::from(kind.name()),
        };
        schema.insert("type".to_owned(), types);
        for (key, value) in &self.limits {
            let value = match (key.as_str(), value) {
                ("enum", Value::List(words)) => Value::List(with_numbers(words)),
                ("pattern", Value::String(text))
                    if ONLY_IN_GO.iter().any(|go| text.contains(go)) =>
                {
                    continue;
                }
                // Editors know other formats, and bounds of quantities are no numbers.
                ("format", _) | ("minimum" | "maximum", Value::String(_)) => continue,
                (_, value) => value.clone(),
            };
            schema.insert(key.clone(), value);
        }
        if let Some(pattern) = self.limit("format").and_then(quantity_pattern) {
            let number = Value::map_of([("type", "number".into())]);
            schema.extend([any_of(vec![number, text_like(&pattern)])]);
        }
        let items = self.items.as_ref().map(|items| items.to_score_schema());
        schema.extend(items.map(|items| ("items".to_owned(), items)));
        if kind == Type::Object && !self.properties.is_empty() {
            let properties = params_schema(&self.properties);
            schema.extend(properties.as_map().cloned().unwrap_or_default());
        }
        Value::Map(schema)
    }
}

fn any_of(alternatives: Vec<Value>) -> (String, Value) {
    ("anyOf".to_owned(), Value::List(alternatives))
}

fn text_like(pattern: &str) -> Value {
    Value::map_of([("type", "string".into()), ("pattern", pattern.into())])
}

fn placeholder() -> Value {
    text_like(PLACEHOLDER)
}

/// The words, and as numbers those that are written like one.
fn with_numbers(words: &[Value]) -> Vec<Value> {
    let numbers = words.iter().filter_map(|word| {
        let text = word.as_str()?;
        let number: i64 = text.parse().ok()?;
        (number.to_string() == text).then(|| Value::Int(number.into()))
    });
    words.iter().cloned().chain(numbers).collect()
}
