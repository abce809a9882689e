//! What the API server of Kubernetes refuses in an object whose fields and types are right: missing
//! values, words, names, numbers and quantities of a wrong form, and values that contradict others.
//!
//! Each kind is a table of its fields, with the names of the types in the Kubernetes API reference.
//! A field that is in no table is not checked. What the server fills in by itself may be missing.

mod access;
mod configuration;
mod containers;
mod forms;
mod metadata;
mod network;
mod pods;
mod routes;
mod runners;
mod scaling;
mod storage;
#[cfg(test)]
mod tests;
mod volumes;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use diagnostics::source::Span;
use yaml::deserialize::FieldError;
use yaml::{Kind, Node};

/// The fields of a type.
struct Shape {
    /// The fields that need a value. Empty text and an empty list or mapping are none.
    required: &'static [&'static str],
    /// What the values of fields have to be.
    fields: &'static [(&'static str, Check)],
    /// What several fields have to be together.
    also: &'static [fn(&Node, &mut Faults)],
}

/// What a value has to be. A value of another type is not checked: the schema says what it has to
/// be.
enum Check {
    /// A value with fields.
    Shape(&'static Shape),
    /// Each item of a list, or each value of a mapping.
    Each(&'static Check),
    /// One of these words.
    Word(&'static [&'static str]),
    /// A text of a form, which its description names.
    Form(&'static forms::Form),
    /// A mapping whose keys are of a form.
    Keys(&'static forms::Form),
    /// A whole number from one to another.
    Number(i128, i128),
    /// A number of bytes or CPUs.
    Quantity,
    /// Anything that a function says nothing about.
    By(fn(&Node, &mut Faults)),
}

/// What is wrong with an object, and the way to the value that is looked at.
#[derive(Default)]
struct Faults {
    path: String,
    errors: Vec<FieldError>,
}

/// The problems of an object, in the order of the tables.
pub(super) fn check(api_version: &str, kind: &str, object: &Node) -> Vec<FieldError> {
    let mut faults = Faults::default();
    if let Some((shape, name)) = shape_of(api_version, kind) {
        faults.within("metadata", |faults| {
            let metadata = object.get("metadata");
            metadata.into_iter().for_each(|node| {
                metadata::OBJECT_META.check(node, faults);
                faults.check_field(node, "name", &Check::Form(name));
            });
        });
        shape.check(object, &mut faults);
    }
    faults.errors
}

/// The problems that a schema found, with what is wrong with values in base64. The API server ignores
/// line breaks in them.
pub(super) fn check_encoded(kind: &str, object: &Node, found: Vec<FieldError>) -> Vec<FieldError> {
    let mut faults = Faults {
        errors: found,
        ..Faults::default()
    };
    let key = match kind {
        "ConfigMap" => "binaryData",
        "Secret" => "data",
        _ => return faults.errors,
    };
    faults.field(object, key, |data, faults| {
        faults.each(data, |value, faults| {
            let Some(text) = value.as_str() else { return };
            faults.errors.retain(|fault| fault.span != value.span);
            if STANDARD.decode(text.replace(['\r', '\n'], "")).is_err() {
                faults.add(value.span, "is not base64");
            }
        });
    });
    faults.errors
}

/// The table of a kind, and the form of its names.
fn shape_of(api_version: &str, kind: &str) -> Option<(&'static Shape, &'static forms::Form)> {
    let tables = [
        access::KINDS,
        configuration::KINDS,
        network::KINDS,
        routes::KINDS,
        runners::KINDS,
        scaling::KINDS,
        storage::KINDS,
    ];
    let mut kinds = tables.into_iter().flatten();
    let (_, _, name, shape) = kinds.find(|known| (known.0, known.1) == (api_version, kind))?;
    Some((*shape, *name))
}

/// A kind of object: its API version, its name, the form of the names of its objects, its table.
type KindRules = (
    &'static str,
    &'static str,
    &'static forms::Form,
    &'static Shape,
);

impl Shape {
    fn check(&self, node: &Node, faults: &mut Faults) {
        if node.as_map().is_none() {
            return;
        }
        for key in self.required {
            faults.require(node, key);
        }
        let is_reported =
            |key: &str| self.required.contains(&key) && value(node, key).is_none_or(is_empty);
        for (key, check) in self.fields.iter().filter(|(key, _)| !is_reported(key)) {
            faults.check_field(node, key, check);
        }
        for check in self.also {
            check(node, faults);
        }
    }
}

impl Check {
    fn check(&self, node: &Node, faults: &mut Faults) {
        match (self, &node.kind) {
            (_, Kind::Null) => {}
            (Check::Shape(shape), _) => shape.check(node, faults),
            (Check::Each(check), _) => faults.each(node, |item, faults| check.check(item, faults)),
            // Empty text is the same as no value.
            (Check::Word(_) | Check::Form(_), Kind::String(text, _)) if text.is_empty() => {}
            (Check::Word(words), Kind::String(word, _)) if !words.contains(&word.as_str()) => {
                let words = diagnostics::suggestions::list_names(words.iter().copied());
                faults.add(node.span, format!("is `{word}`, not one of {words}"));
            }
            (Check::Form(form), Kind::String(text, _)) if !(form.holds)(text) => {
                faults.add(
                    node.span,
                    format!("is `{text}`, which is not {}", form.what),
                );
            }
            (Check::Number(lowest, highest), Kind::Int(number))
                if !(lowest..=highest).contains(&number) =>
            {
                let range = match *highest {
                    i128::MAX => format!("at least {lowest}"),
                    _ => format!("from {lowest} to {highest}"),
                };
                faults.add(node.span, format!("is {number}, and has to be {range}"));
            }
            (Check::Keys(form), _) => faults.check_keys(node, form),
            (Check::Quantity, _) => forms::check_quantity(node, faults),
            (Check::By(check), _) => check(node, faults),
            _ => {}
        }
    }
}

impl Faults {
    /// Adds a fault of the value that is looked at. `what` follows its path.
    fn add(&mut self, span: Span, what: impl std::fmt::Display) {
        self.errors.push(FieldError {
            span,
            path: self.path.clone(),
            message: format!("`{}` {what}", self.path),
        });
    }

    /// Looks at a value inside the one that is looked at.
    fn within(&mut self, key: &str, look: impl FnOnce(&mut Faults)) {
        let length = self.path.len();
        if !self.path.is_empty() && !key.starts_with('[') {
            self.path.push('.');
        }
        self.path.push_str(key);
        look(self);
        self.path.truncate(length);
    }

    /// Looks at the value of a key, if there is one.
    fn field(&mut self, node: &Node, key: &str, look: impl FnOnce(&Node, &mut Faults)) {
        if let Some(value) = value(node, key) {
            self.within(key, |faults| look(value, faults));
        }
    }

    fn check_field(&mut self, node: &Node, key: &str, check: &Check) {
        self.field(node, key, |value, faults| check.check(value, faults));
    }

    /// Adds a fault where a key has no value.
    fn require(&mut self, node: &Node, key: &str) {
        if value(node, key).is_none_or(is_empty) {
            let place = value(node, key).unwrap_or(node);
            self.within(key, |faults| faults.add(place.span, "is missing"));
        }
    }

    /// Looks at each item of a list, or each value of a mapping.
    fn each(&mut self, node: &Node, mut look: impl FnMut(&Node, &mut Faults)) {
        match &node.kind {
            Kind::List(items) => items.iter().enumerate().for_each(|(index, item)| {
                self.within(&format!("[{index}]"), |faults| look(item, faults));
            }),
            Kind::Map(entries) => entries.iter().for_each(|(key, entry)| {
                self.within(key, |faults| look(&entry.value, faults));
            }),
            _ => {}
        }
    }

    fn check_keys(&mut self, node: &Node, form: &forms::Form) {
        for (key, entry) in node.as_map().into_iter().flatten() {
            if !(form.holds)(key) {
                let what = format!("has the key `{key}`, which is not {}", form.what);
                self.add(entry.key, what);
            }
        }
    }

    /// Adds a fault where a key has a value.
    fn forbid(&mut self, node: &Node, key: &str, why: &str) {
        self.field(node, key, |value, faults| {
            if !is_empty(value) {
                faults.add(value.span, format!("cannot be set {why}"));
            }
        });
    }

    /// Adds a fault where other than one of these keys has a value.
    fn exactly_one(&mut self, node: &Node, keys: &[&str]) {
        self.at_most_one(node, keys);
        if keys.iter().all(|key| value(node, key).is_none()) {
            let keys = diagnostics::suggestions::list_names(keys.iter().copied());
            self.add(node.span, format!("needs one of {keys}"));
        }
    }

    /// Adds a fault where more than one of these keys has a value.
    fn at_most_one(&mut self, node: &Node, keys: &[&str]) {
        let mut given = keys.iter().filter(|key| value(node, key).is_some());
        if let (Some(first), Some(second)) = (given.next(), given.next()) {
            self.add(
                node.span,
                format!("cannot have both `{first}` and `{second}`"),
            );
        }
    }

    /// Adds a fault for each item of a list that repeats a key of an earlier one.
    fn unique(&mut self, list: &Node, key: &str) {
        let mut seen = Vec::new();
        self.each(list, |item, faults| {
            faults.field(item, key, |node, faults| {
                match seen.contains(&node.to_value()) {
                    true => faults.add(node.span, "is the same as in an earlier item"),
                    false => seen.push(node.to_value()),
                }
            });
        });
    }
}

/// The value of a key; `null` is none.
fn value<'n>(node: &'n Node, key: &str) -> Option<&'n Node> {
    node.get(key).filter(|value| !value.is_null())
}

/// The text of a key.
fn text<'n>(node: &'n Node, key: &str) -> Option<&'n str> {
    value(node, key)?.as_str()
}

/// The whole number of a key.
fn number(node: &Node, key: &str) -> Option<i128> {
    match value(node, key)?.kind {
        Kind::Int(number) => Some(number),
        _ => None,
    }
}

/// The items of the list of a key.
fn items<'n>(node: &'n Node, key: &str) -> &'n [Node] {
    match value(node, key).map(|value| &value.kind) {
        Some(Kind::List(items)) => items,
        _ => &[],
    }
}

fn is_empty(node: &Node) -> bool {
    match &node.kind {
        Kind::String(text, _) => text.is_empty(),
        Kind::List(items) => items.is_empty(),
        Kind::Map(entries) => entries.is_empty(),
        _ => false,
    }
}
