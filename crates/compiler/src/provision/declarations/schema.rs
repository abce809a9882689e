//! Declarations as JSON Schema.

use super::declaration::{Declaration, Declarations, Type};
use diagnostics::value::{Map, Value};

impl Declaration {
    /// The JSON Schema of its values.
    pub fn to_schema(&self) -> Value {
        let mut schema = Map::new();
        let mut set = |key: &str, value: Option<Value>| {
            schema.extend(value.map(|value| (key.to_owned(), value)));
        };
        set("description", self.description.as_deref().map(Value::from));
        set("type", self.kind.map(|kind| Value::from(kind.name())));
        for (key, value) in &self.limits {
            // In JSON Schema, bounds are numbers; those of quantities are checked apart.
            let is_quantity = matches!(
                (key.as_str(), value),
                ("minimum" | "maximum", Value::String(_))
            );
            set(key, (!is_quantity).then(|| value.clone()));
        }
        set("items", self.items.as_ref().map(|items| items.to_schema()));
        set("default", self.default.clone());
        let examples = (!self.examples.is_empty()).then(|| Value::List(self.examples.clone()));
        set("examples", examples);
        if self.kind == Some(Type::Object) {
            match self.properties.is_empty() {
                true => set("additionalProperties", Some(Value::Bool(true))),
                false => schema.extend(object_keywords(&self.properties, &Declaration::to_schema)),
            }
        }
        Value::Map(schema)
    }
}

/// The JSON Schema of a mapping with declared entries.
pub fn object_schema(declarations: &Declarations) -> Value {
    object_of(declarations, &Declaration::to_schema)
}

/// As [`object_schema`], with a schema of choice for each entry.
pub(super) fn object_of(
    declarations: &Declarations,
    schema: &dyn Fn(&Declaration) -> Value,
) -> Value {
    let mut object = Map::from_iter([("type".to_owned(), Value::from("object"))]);
    object.extend(object_keywords(declarations, schema));
    Value::Map(object)
}

fn object_keywords(declarations: &Declarations, schema: &dyn Fn(&Declaration) -> Value) -> Map {
    let properties = declarations
        .iter()
        .map(|(name, declaration)| (name.clone(), schema(declaration)));
    let mut keywords = Map::new();
    keywords.insert("properties".to_owned(), Value::Map(properties.collect()));
    let required = declarations
        .iter()
        .filter(|(_, declaration)| declaration.is_required);
    let required: Vec<Value> = required
        .map(|(name, _)| Value::from(name.as_str()))
        .collect();
    if !required.is_empty() {
        keywords.insert("required".to_owned(), Value::List(required));
    }
    keywords.insert("additionalProperties".to_owned(), Value::Bool(false));
    keywords
}
