//! What the API server refuses in the schema of a CustomResourceDefinition: it must be structural,
//! which means that all fields and their types are outside of `allOf`, `anyOf`, `oneOf` and `not`.

use crate::json_schema::is_set;
use diagnostics::report::{Problem, Report};
use diagnostics::source::Span;
use diagnostics::suggestions::{closest_match, list_names, suggestion};
use yaml::{Kind, Node};

rules! {
    /// A file in `schemas` is not a schema that Kubernetes accepts.
    pub INVALID_SCHEMA: "invalid-schema", Error;
}

/// The type of a keyword's value.
#[derive(Clone, Copy, PartialEq)]
enum Value {
    Any,
    Boolean,
    Text,
    Number,
    List,
    Mapping,
    Schema,
    Schemas,
    /// A mapping whose values are schemas.
    Fields,
    /// A schema or a boolean.
    SchemaOrBoolean,
}

/// The keywords that a schema may have.
const KEYWORDS: [(&str, Value); 40] = [
    ("type", Value::Text),
    ("properties", Value::Fields),
    ("additionalProperties", Value::SchemaOrBoolean),
    ("items", Value::Schema),
    ("required", Value::List),
    ("default", Value::Any),
    ("nullable", Value::Boolean),
    ("description", Value::Text),
    ("title", Value::Text),
    ("example", Value::Any),
    ("externalDocs", Value::Mapping),
    ("enum", Value::List),
    ("format", Value::Text),
    ("pattern", Value::Text),
    ("minimum", Value::Number),
    ("maximum", Value::Number),
    ("exclusiveMinimum", Value::Boolean),
    ("exclusiveMaximum", Value::Boolean),
    ("multipleOf", Value::Number),
    ("minLength", Value::Number),
    ("maxLength", Value::Number),
    ("minItems", Value::Number),
    ("maxItems", Value::Number),
    ("minProperties", Value::Number),
    ("maxProperties", Value::Number),
    ("uniqueItems", Value::Boolean),
    ("allOf", Value::Schemas),
    ("anyOf", Value::Schemas),
    ("oneOf", Value::Schemas),
    ("not", Value::Schema),
    ("x-kubernetes-preserve-unknown-fields", Value::Boolean),
    ("x-kubernetes-embedded-resource", Value::Boolean),
    ("x-kubernetes-int-or-string", Value::Boolean),
    ("x-kubernetes-list-type", Value::Text),
    ("x-kubernetes-list-map-keys", Value::List),
    ("x-kubernetes-map-type", Value::Text),
    ("x-kubernetes-validations", Value::List),
    // Crossplane and generators of schemas write these, and the API server ignores them.
    ("x-kubernetes-group-version-kind", Value::Any),
    ("x-kubernetes-patch-strategy", Value::Any),
    ("x-kubernetes-patch-merge-key", Value::Any),
];

/// Keywords of JSON Schema that the API server refuses.
const REFUSED: [&str; 10] = [
    "$ref",
    "additionalItems",
    "definitions",
    "dependencies",
    "deprecated",
    "discriminator",
    "id",
    "patternProperties",
    "readOnly",
    "xml",
];

/// Keywords that are only outside of `allOf`, `anyOf`, `oneOf` and `not`.
const OUTSIDE: [&str; 7] = [
    "additionalProperties",
    "default",
    "description",
    "nullable",
    "title",
    "x-kubernetes-embedded-resource",
    "x-kubernetes-preserve-unknown-fields",
];

const TYPES: [&str; 6] = ["array", "boolean", "integer", "number", "object", "string"];

const LIST_TYPES: [&str; 3] = ["atomic", "map", "set"];

/// Reports what is wrong with a schema. `outer` is the schema around `allOf`, `anyOf`, `oneOf` or
/// `not`, for a schema inside.
pub(super) fn check(schema: &Node, outer: Option<&Node>, report: &mut Report) {
    let Some(entries) = schema.as_map() else {
        let message = format!("a schema must be a mapping, this is {}", schema.kind_name());
        return push(schema.span, message, "write a schema here", report);
    };
    for (keyword, entry) in entries {
        if outer.is_some() && OUTSIDE.contains(&keyword.as_str()) {
            let message = format!(
                "`{keyword}` must be outside of `allOf`, `anyOf`, `oneOf` and `not` in a structural schema"
            );
            push(
                entry.key,
                message,
                &format!("move or remove `{keyword}`"),
                report,
            );
            continue;
        }
        match KEYWORDS.iter().find(|(known, _)| known == keyword) {
            Some((_, expected)) => {
                check_keyword(keyword, &entry.value, *expected, schema, outer, report);
            }
            None => unknown_keyword(keyword, entry.key, report),
        }
    }
    if outer.is_none() {
        check_structure(schema, report);
    }
}

fn unknown_keyword(keyword: &str, key: Span, report: &mut Report) {
    let known = KEYWORDS.iter().map(|(known, _)| *known);
    if REFUSED.contains(&keyword) {
        let message = format!("the API server refuses `{keyword}` in a schema");
        return push(key, message, "write the schema without it", report);
    }
    let help = suggestion(keyword, known, || "remove it".to_owned());
    push(
        key,
        format!("a schema has no keyword `{keyword}`"),
        &help,
        report,
    );
}

fn check_keyword(
    keyword: &str,
    node: &Node,
    expected: Value,
    schema: &Node,
    outer: Option<&Node>,
    report: &mut Report,
) {
    if let Some(what) = wrong_type(node, expected) {
        let message = format!("`{keyword}` must be {what}, this is {}", node.kind_name());
        return push(node.span, message, &format!("write {what} here"), report);
    }
    let structure = outer.unwrap_or(schema);
    match (expected, &node.kind) {
        (Value::Schemas, Kind::List(items)) => {
            items
                .iter()
                .for_each(|item| check(item, Some(structure), report));
        }
        (Value::Schema, _) if keyword == "not" => check(node, Some(structure), report),
        (Value::Schema | Value::SchemaOrBoolean, Kind::Map(_)) => {
            let inner = outer.map(|outer| outer.get(keyword).unwrap_or(outer));
            check(node, inner, report);
        }
        (Value::SchemaOrBoolean, Kind::Bool(false)) => {
            let message = "`additionalProperties` cannot be `false` in a structural schema";
            push(node.span, message.to_owned(), "remove it", report);
        }
        (Value::Fields, Kind::Map(fields)) => {
            let own = outer.map(|outer| outer.get("properties"));
            for (name, field) in fields {
                let declared = own.map(|own| own.and_then(|own| own.get(name)));
                match declared {
                    Some(None) => {
                        let message = format!(
                            "the field `{name}` must be declared outside of `allOf`, `anyOf`, `oneOf` and `not`, too"
                        );
                        let help =
                            format!("declare `{name}` in `properties` of the schema around it");
                        push(field.key, message, &help, report);
                    }
                    declared => check(&field.value, declared.flatten(), report),
                }
            }
        }
        (Value::Text, Kind::String(text, _)) => check_word(keyword, text, node.span, report),
        (Value::Boolean, Kind::Bool(true)) if keyword == "uniqueItems" => {
            let message = "the API server refuses `uniqueItems: true` in a schema".to_owned();
            push(
                node.span,
                message,
                "write `x-kubernetes-list-type: set` instead",
                report,
            );
        }
        _ => {}
    }
}

fn wrong_type(node: &Node, expected: Value) -> Option<&'static str> {
    let (fits, what) = match (expected, &node.kind) {
        (Value::Any, _) => return None,
        (Value::Boolean, kind) => (matches!(kind, Kind::Bool(_)), "`true` or `false`"),
        (Value::Text, kind) => (matches!(kind, Kind::String(..)), "a string"),
        (Value::Number, kind) => (matches!(kind, Kind::Int(_) | Kind::Float(_)), "a number"),
        (Value::List | Value::Schemas, kind) => (matches!(kind, Kind::List(_)), "a list"),
        (Value::Mapping | Value::Fields | Value::Schema, kind) => {
            (matches!(kind, Kind::Map(_)), "a mapping")
        }
        (Value::SchemaOrBoolean, kind) => (
            matches!(kind, Kind::Map(_) | Kind::Bool(_)),
            "a schema or `true`",
        ),
    };
    (!fits).then_some(what)
}

fn check_word(keyword: &str, text: &str, span: Span, report: &mut Report) {
    let words: &[&str] = match keyword {
        "type" => &TYPES,
        "x-kubernetes-list-type" => &LIST_TYPES,
        "pattern" if !go_template::is_regex(text) => {
            let message = format!("`{text}` is not a regular expression of Go");
            return push(span, message, "fix the expression", report);
        }
        _ => return,
    };
    if !words.contains(&text) {
        let message = format!("`{keyword}` cannot be `{text}`");
        let help = match closest_match(text, words.iter().copied()) {
            Some(near) => format!("did you mean `{near}`?"),
            None => format!("write one of {}", list_names(words.iter().copied())),
        };
        push(span, message, &help, report);
    }
}

/// Checks what the keywords of a schema are together.
fn check_structure(schema: &Node, report: &mut Report) {
    let has = |keyword: &str| schema.get(keyword).is_some();
    let is_free = [
        "x-kubernetes-int-or-string",
        "x-kubernetes-preserve-unknown-fields",
    ];
    if !has("type") && !is_free.iter().any(|keyword| is_set(schema, keyword)) {
        let message = "this schema has no `type`, so that it is not structural".to_owned();
        let place = schema.first_key();
        let help = "add `type`, or `x-kubernetes-preserve-unknown-fields: true`";
        push(place, message, help, report);
    }
    if let Some(entry) = schema
        .as_map()
        .and_then(|map| map.get("additionalProperties"))
        && has("properties")
    {
        let message =
            "a structural schema cannot have both `properties` and `additionalProperties`";
        push(entry.key, message.to_owned(), "remove one of them", report);
    }
    let list_type = schema
        .as_map()
        .and_then(|map| map.get("x-kubernetes-list-type"));
    if let Some(entry) = list_type.filter(|entry| entry.value.as_str() == Some("map"))
        && !has("x-kubernetes-list-map-keys")
    {
        let message = "a list of the type `map` needs `x-kubernetes-list-map-keys`".to_owned();
        push(
            entry.key,
            message,
            "add the keys that identify an item",
            report,
        );
    }
}

fn push(span: Span, message: String, help: &str, report: &mut Report) {
    report.push(Problem::new(&INVALID_SCHEMA, message).at(span).help(help));
}
