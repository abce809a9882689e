//! Faults in the parts of a value, each with its path.

use diagnostics::source::Span;
use yaml::deserialize::FieldError;
use yaml::{Kind, Node};

/// The faults of a value, and the path of the part that is being checked.
pub(crate) struct Faults {
    /// What messages call the whole.
    whole: &'static str,
    pub(crate) path: String,
    pub(crate) errors: Vec<FieldError>,
}

impl Faults {
    /// No faults of what messages call `whole`.
    pub(crate) fn of(whole: &'static str) -> Faults {
        Faults {
            whole,
            path: String::new(),
            errors: Vec::new(),
        }
    }

    /// Adds a fault of the part that is being checked. `what` follows its path.
    pub(crate) fn add(&mut self, span: Span, what: impl std::fmt::Display) {
        let message = match self.path.as_str() {
            "" => format!("{} {what}", self.whole),
            path => format!("`{path}` {what}"),
        };
        self.errors.push(FieldError {
            span,
            path: self.path.clone(),
            message,
        });
    }

    /// Checks a part of the part that is being checked.
    pub(crate) fn within(&mut self, key: &str, look: impl FnOnce(&mut Faults)) {
        let length = self.path.len();
        if !self.path.is_empty() && !key.starts_with('[') {
            self.path.push('.');
        }
        self.path.push_str(key);
        look(self);
        self.path.truncate(length);
    }

    /// Adds a fault where a key has no value.
    pub(crate) fn require(&mut self, node: &Node, key: &str) {
        if value(node, key).is_none_or(is_empty) {
            let place = value(node, key).unwrap_or(node);
            self.within(key, |faults| faults.add(place.span, "is missing"));
        }
    }

    /// Looks at each item of a list, or each value of a mapping.
    pub(crate) fn each(&mut self, node: &Node, mut look: impl FnMut(&Node, &mut Faults)) {
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
}

/// The value of a key; `null` is none.
pub(crate) fn value<'n>(node: &'n Node, key: &str) -> Option<&'n Node> {
    node.get(key).filter(|value| !value.is_null())
}

pub(crate) fn is_empty(node: &Node) -> bool {
    match &node.kind {
        Kind::String(text, _) => text.is_empty(),
        Kind::List(items) => items.is_empty(),
        Kind::Map(entries) => entries.is_empty(),
        _ => false,
    }
}
