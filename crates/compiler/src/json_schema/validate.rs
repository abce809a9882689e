//! Compares an object with the schema of its kind, as the API server does.
//!
//! A schema is read as it was written: each keyword is a check. Where the API server would silently
//! drop a field, there is an error. Rules in CEL (`x-kubernetes-validations`) are not evaluated.

use k8s_openapi::apimachinery::pkg::apis::meta::v1::ObjectMeta;

use super::bounds::{self, is_set, list};
use crate::support::faults::{Faults, value};
use diagnostics::suggestions::{closest_match, list_known, list_names};
use yaml::deserialize::{self, FieldError};
use yaml::{Entries, Kind, Node};

/// What messages call an object.
pub(crate) const WHOLE: &str = "the object";

/// What every object and every embedded object has, whatever the schema says.
const OF_ALL_OBJECTS: [&str; 3] = ["apiVersion", "kind", "metadata"];

/// Schemas of one document.
#[derive(Clone, Copy)]
pub(crate) struct Schemas<'a> {
    /// What `$ref` leads to, in an OpenAPI document. In other documents a schema is structural: it
    /// has all fields that there are.
    pub(crate) definitions: Option<&'a Node>,
}

/// A schema, and the one outside of `allOf`, `anyOf`, `oneOf` and `not` that has its defaults.
#[derive(Clone, Copy)]
struct Pair<'a> {
    schema: &'a Node,
    outer: &'a Node,
}

impl<'a> Schemas<'a> {
    /// What the API server refuses or drops in an object of a kind with this schema.
    pub(crate) fn check(self, schema: &'a Node, object: &'a Node) -> Vec<FieldError> {
        let mut faults = Faults::of(WHOLE);
        check_metadata(object, &mut faults);
        self.check_value(self.pair(schema), object, true, &mut faults);
        faults.errors
    }

    /// What is wrong with a value that is no object of the API server.
    pub(crate) fn check_plain(self, schema: &'a Node, node: &'a Node, faults: &mut Faults) {
        self.check_value(self.pair(schema), node, false, faults);
    }

    fn pair(self, schema: &'a Node) -> Pair<'a> {
        let schema = self.resolve(schema);
        Pair {
            schema,
            outer: schema,
        }
    }

    /// The schema that a `$ref` leads to. The API server publishes references in an `allOf` with one
    /// item, which is a check like any other.
    fn resolve(self, schema: &'a Node) -> &'a Node {
        let name = schema.get("$ref").and_then(Node::as_str);
        let name = name.and_then(|path| path.rsplit('/').next());
        let target = name.and_then(|name| self.definitions?.get(name));
        target.unwrap_or(schema)
    }

    /// Checks a value. `is_object` where it is an object with metadata.
    fn check_value(self, pair: Pair<'a>, node: &'a Node, is_object: bool, faults: &mut Faults) {
        let schema = pair.schema;
        if node.is_null() {
            let is_allowed = is_set(pair.outer, "nullable") || value(schema, "type").is_none();
            match schema.get("enum") {
                _ if !is_allowed => faults.add(node.span, "cannot be null"),
                Some(words) => bounds::check("enum", words, schema, node, faults),
                None => {}
            }
            return;
        }
        if let Some(expected) = wrong_type(schema, node) {
            let what = format!("must be {expected}, this is {}", node.kind_name());
            faults.add(node.span, what);
            return;
        }
        for (keyword, entry) in schema.as_map().into_iter().flatten() {
            self.check_keyword(keyword, &entry.value, pair, node, faults);
        }
        if let Some(entries) = node.as_map() {
            let is_embedded = is_set(schema, "x-kubernetes-embedded-resource");
            if is_embedded {
                check_embedded(node, faults);
            }
            self.check_fields(pair, entries, is_object || is_embedded, faults);
        }
    }

    fn check_keyword(
        self,
        keyword: &str,
        argument: &'a Node,
        pair: Pair<'a>,
        node: &'a Node,
        faults: &mut Faults,
    ) {
        match keyword {
            "required" => check_required(argument, pair.outer, node, faults),
            "items" => {
                let item = Pair {
                    schema: self.resolve(argument),
                    outer: self.resolve(pair.outer.get("items").unwrap_or(argument)),
                };
                if let Kind::List(items) = &node.kind {
                    for (index, node) in items.iter().enumerate() {
                        faults.within(&format!("[{index}]"), |faults| {
                            self.check_value(item, node, false, faults);
                        });
                    }
                }
            }
            "allOf" => {
                for schema in list(argument) {
                    self.check_value(self.alternative(pair, schema), node, false, faults);
                }
            }
            "anyOf" | "oneOf" => {
                self.check_alternatives(keyword == "oneOf", argument, pair, node, faults);
            }
            "not" => {
                if self.errors(pair, argument, node).is_empty() {
                    faults.add(node.span, "has what its schema excludes");
                }
            }
            "x-kubernetes-list-type" => bounds::check_list_type(pair.schema, node, faults),
            _ => bounds::check(keyword, argument, pair.schema, node, faults),
        }
    }

    fn alternative(self, pair: Pair<'a>, schema: &'a Node) -> Pair<'a> {
        let resolved = self.resolve(schema);
        let is_reference = !std::ptr::eq(resolved, schema);
        Pair {
            schema: resolved,
            outer: if is_reference { resolved } else { pair.outer },
        }
    }

    fn errors(self, pair: Pair<'a>, schema: &'a Node, node: &'a Node) -> Vec<FieldError> {
        let mut faults = Faults::of(WHOLE);
        self.check_value(self.alternative(pair, schema), node, false, &mut faults);
        faults.errors
    }

    /// Checks `anyOf`, or `oneOf`.
    fn check_alternatives(
        self,
        is_one: bool,
        alternatives: &'a Node,
        pair: Pair<'a>,
        node: &'a Node,
        faults: &mut Faults,
    ) {
        let alternatives = list(alternatives);
        let errors = alternatives.iter().map(|schema| {
            let mut inner = Faults::of(WHOLE);
            inner.path.clone_from(&faults.path);
            self.check_value(self.alternative(pair, schema), node, false, &mut inner);
            inner.errors
        });
        let errors: Vec<_> = errors.collect();
        let fitting: Vec<&Node> = (alternatives.iter().zip(&errors))
            .filter_map(|(schema, errors)| errors.is_empty().then_some(schema))
            .collect();
        match fitting.as_slice() {
            [] => {
                // One alternative may explain all that is wrong, such as a field that is missing.
                let reasons = errors.iter().filter_map(|errors| errors.first());
                let mut reasons: Vec<&str> = reasons.map(|error| error.message.as_str()).collect();
                reasons.dedup();
                let message = format!("fits no alternative: {}", reasons.join(", or "));
                faults.add(node.span, message);
            }
            [_, _, ..] if is_one => {
                let keys = fitting.iter().filter_map(|schema| schema.get("required"));
                let keys: Vec<&str> = keys.flat_map(list).filter_map(Node::as_str).collect();
                let what = match keys.as_slice() {
                    [] => "fits more than one alternative, and must fit one".to_owned(),
                    keys => format!("can have only one of {}", list_names(keys.iter().copied())),
                };
                faults.add(node.span, what);
            }
            _ => {}
        }
    }

    /// Checks the values of a mapping, and reports the fields that the schema does not have.
    fn check_fields(
        self,
        pair: Pair<'a>,
        entries: &'a Entries,
        is_object: bool,
        faults: &mut Faults,
    ) {
        let Pair { schema, outer } = pair;
        let properties = schema.get("properties").and_then(Node::as_map);
        let others = schema.get("additionalProperties");
        let is_structure = std::ptr::eq(schema, outer);
        let is_open = !is_structure
            || is_set(schema, "x-kubernetes-preserve-unknown-fields")
            || is_set(schema, "x-kubernetes-int-or-string")
            || others.is_some_and(|others| others.kind != Kind::Bool(false))
            // In an OpenAPI document, a schema without fields says nothing of them.
            || (self.definitions.is_some() && properties.is_none());
        for (key, entry) in entries {
            let own = properties.and_then(|known| known.get(key));
            let field = own.map(|known| &known.value).or(others);
            let outer_field = outer.get("properties").and_then(|known| known.get(key));
            let outer_field = outer_field.or(outer.get("additionalProperties"));
            if is_object && OF_ALL_OBJECTS.contains(&key.as_str()) && is_structure {
                // `check_metadata` and the reading of manifests look at these.
                continue;
            }
            match field.filter(|field| field.as_map().is_some()) {
                Some(field) => {
                    let schema = self.resolve(field);
                    let outer = match outer_field {
                        Some(outer) if !is_structure => self.resolve(outer),
                        _ => schema,
                    };
                    // The API server drops `null` where a field cannot be null.
                    if entry.value.is_null() && !is_set(outer, "nullable") {
                        continue;
                    }
                    faults.within(key, |faults| {
                        self.check_value(Pair { schema, outer }, &entry.value, false, faults);
                    });
                }
                None if is_open => {}
                None => faults.within(key, |faults| {
                    let keys = properties.into_iter().flat_map(|known| known.keys());
                    let help = match closest_match(key, keys.clone()) {
                        Some(near) => format!("did you mean `{near}`?"),
                        None => list_known("field", keys),
                    };
                    faults.add(entry.key, format!("is not a field of the schema; {help}"));
                }),
            }
        }
    }
}

/// What a value must be according to its schema, where it is something else.
fn wrong_type(schema: &Node, node: &Node) -> Option<&'static str> {
    let is_whole = match node.kind {
        Kind::Int(_) => true,
        Kind::Float(number) => number.fract() == 0.0,
        _ => false,
    };
    let is_number = matches!(node.kind, Kind::Int(_) | Kind::Float(_));
    if is_set(schema, "x-kubernetes-int-or-string") {
        let fits = is_whole || node.as_str().is_some();
        return (!fits).then_some("a whole number or a string");
    }
    let (fits, expected) = match schema.get("type")?.as_str()? {
        "object" => (node.as_map().is_some(), "a mapping"),
        "array" => (matches!(node.kind, Kind::List(_)), "a list"),
        "string" => (node.as_str().is_some(), "a string"),
        "boolean" => (matches!(node.kind, Kind::Bool(_)), "a boolean"),
        "integer" => (is_whole, "a whole number"),
        "number" => (is_number, "a number"),
        _ => return None,
    };
    (!fits).then_some(expected)
}

/// Checks that fields are there, or have a default. A `null` that the API server drops is none.
fn check_required(keys: &Node, outer: &Node, node: &Node, faults: &mut Faults) {
    let Some(entries) = node.as_map() else { return };
    for key in list(keys).iter().filter_map(Node::as_str) {
        let field = outer.get("properties").and_then(|known| known.get(key));
        let has_default = field.is_some_and(|field| field.get("default").is_some());
        let is_nullable = field.is_some_and(|field| is_set(field, "nullable"));
        let entry = entries.get(key);
        let is_given = entry.is_some_and(|entry| is_nullable || !entry.value.is_null());
        if !is_given && !has_default {
            let place = entry.map_or(node.span, |entry| entry.key);
            faults.within(key, |faults| faults.add(place, "is missing"));
        }
    }
}

fn check_metadata(object: &Node, faults: &mut Faults) {
    let Some(metadata) = value(object, "metadata") else {
        return;
    };
    faults.within("metadata", |faults| {
        let errors = deserialize::check::<ObjectMeta>(metadata);
        let errors = errors.into_iter().map(|error| {
            let dot = if error.path.is_empty() { "" } else { "." };
            let message = format!("`{}{dot}{}`: {}", faults.path, error.path, error.message);
            FieldError { message, ..error }
        });
        let errors: Vec<_> = errors.collect();
        faults.errors.extend(errors);
    });
}

/// An object inside an object needs what every object has.
fn check_embedded(node: &Node, faults: &mut Faults) {
    faults.require(node, "apiVersion");
    faults.require(node, "kind");
    check_metadata(node, faults);
}
