//! Tables of the fields of a type, and how an object is compared with them.

use super::forms::{Form, is_quantity};
pub(super) use crate::support::faults::{Faults, is_empty, value};
use diagnostics::suggestions::list_names;
use yaml::{Kind, Node};

/// The fields of a type.
pub(super) struct Shape {
    /// The fields that need a value. Empty text and an empty list or mapping are none.
    pub(super) required: &'static [&'static str],
    /// What the values of fields have to be.
    pub(super) fields: &'static [(&'static str, Check)],
    /// What several fields have to be together.
    pub(super) also: &'static [fn(&Node, &mut Faults)],
}

/// A type about which nothing is known.
pub(super) const EMPTY: Shape = Shape {
    required: &[],
    fields: &[],
    also: &[],
};

/// What a value has to be. A value of another type is not checked: the schema says what it has to
/// be.
pub(super) enum Check {
    /// A value with fields.
    Shape(&'static Shape),
    /// Each item of a list, or each value of a mapping.
    Each(&'static Check),
    /// One of these words.
    Word(&'static [&'static str]),
    /// A text of a form, which its description names.
    Form(&'static Form),
    /// A mapping whose keys are of a form.
    Keys(&'static Form),
    /// A whole number from one to another.
    Number(i128, i128),
    /// A number of bytes or CPUs.
    Quantity,
    /// Anything that a function says nothing about.
    By(fn(&Node, &mut Faults)),
}

/// A kind of object: its API version, its name, the form of the names of its objects, its table.
pub(super) type KindRules = (&'static str, &'static str, &'static Form, &'static Shape);

impl Shape {
    pub(super) fn check(&self, node: &Node, faults: &mut Faults) {
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
    pub(super) fn check(&self, node: &Node, faults: &mut Faults) {
        match (self, &node.kind) {
            (_, Kind::Null) => {}
            (Check::Shape(shape), _) => shape.check(node, faults),
            (Check::Each(check), _) => faults.each(node, |item, faults| check.check(item, faults)),
            // Empty text is the same as no value.
            (Check::Word(_) | Check::Form(_), Kind::String(text, _)) if text.is_empty() => {}
            (Check::Word(words), Kind::String(word, _)) if !words.contains(&word.as_str()) => {
                let words = list_names(words.iter().copied());
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
            (Check::Quantity, _) => check_quantity(node, faults),
            (Check::By(check), _) => check(node, faults),
            _ => {}
        }
    }
}

impl Faults {
    /// Looks at the value of a key, if there is one.
    pub(super) fn field(&mut self, node: &Node, key: &str, look: impl FnOnce(&Node, &mut Faults)) {
        if let Some(value) = value(node, key) {
            self.within(key, |faults| look(value, faults));
        }
    }

    pub(super) fn check_field(&mut self, node: &Node, key: &str, check: &Check) {
        self.field(node, key, |value, faults| check.check(value, faults));
    }

    pub(super) fn check_keys(&mut self, node: &Node, form: &Form) {
        for (key, entry) in node.as_map().into_iter().flatten() {
            if !(form.holds)(key) {
                let what = format!("has the key `{key}`, which is not {}", form.what);
                self.add(entry.key, what);
            }
        }
    }

    /// Adds a fault where a key has a value.
    pub(super) fn forbid(&mut self, node: &Node, key: &str, why: &str) {
        self.field(node, key, |value, faults| {
            if !is_empty(value) {
                faults.add(value.span, format!("cannot be set {why}"));
            }
        });
    }

    /// Adds a fault where other than one of these keys has a value.
    pub(super) fn exactly_one(&mut self, node: &Node, keys: &[&str]) {
        self.at_most_one(node, keys);
        self.at_least_one(node, keys);
    }

    /// Adds a fault where none of these keys has a value.
    pub(super) fn at_least_one(&mut self, node: &Node, keys: &[&str]) {
        if keys.iter().all(|key| value(node, key).is_none()) {
            let keys = list_names(keys.iter().copied());
            self.add(node.span, format!("needs one of {keys}"));
        }
    }

    /// Adds a fault where more than one of these keys has a value.
    pub(super) fn at_most_one(&mut self, node: &Node, keys: &[&str]) {
        let mut given = keys.iter().filter(|key| value(node, key).is_some());
        if let (Some(first), Some(second)) = (given.next(), given.next()) {
            self.add(
                node.span,
                format!("cannot have both `{first}` and `{second}`"),
            );
        }
    }

    /// Adds a fault for each item of a list that repeats a key of an earlier one.
    pub(super) fn unique(&mut self, list: &Node, key: &str) {
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

/// The rules of an object with a `spec` of this shape.
macro_rules! with_spec {
    ($($name:ident: $spec:ident;)+) => {
        $(static $name: Shape = Shape {
            required: &["spec"],
            fields: &[("spec", Check::Shape(&$spec))],
            ..EMPTY
        };)+
    };
}
pub(super) use with_spec;

/// The text of a key.
pub(super) fn text<'n>(node: &'n Node, key: &str) -> Option<&'n str> {
    value(node, key)?.as_str()
}

/// The whole number of a key.
pub(super) fn number(node: &Node, key: &str) -> Option<i128> {
    match value(node, key)?.kind {
        Kind::Int(number) => Some(number),
        _ => None,
    }
}

/// The items of the list of a key.
pub(super) fn items<'n>(node: &'n Node, key: &str) -> &'n [Node] {
    match value(node, key).map(|value| &value.kind) {
        Some(Kind::List(items)) => items,
        _ => &[],
    }
}

/// Adds a fault where a value is no quantity, or a negative one.
fn check_quantity(node: &Node, faults: &mut Faults) {
    match &node.kind {
        Kind::String(text, _) if !is_quantity(text) => {
            let what = format!("is `{text}`, which is not a quantity such as `500m` or `128Mi`");
            faults.add(node.span, what);
        }
        Kind::String(text, _) if text.starts_with('-') => faults.add(node.span, "is negative"),
        Kind::Int(number) if *number < 0 => faults.add(node.span, "is negative"),
        _ => {}
    }
}
