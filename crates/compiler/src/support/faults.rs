//! Faults in the parts of a value, each with its path.

use diagnostics::source::Span;
use yaml::deserialize::FieldError;

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
}
