//! Rules about YAML that several files report, and the list of all.

use diagnostics::rule::Rule;

rules! {
    /// A number is outside its allowed range.
    pub OUT_OF_RANGE: "out-of-range", Error;

    /// A key has no value.
    pub EMPTY_VALUE: "empty-value", Error | Warning;

    /// A required key is missing.
    pub MISSING_KEY: "missing-key", Error, absence;

    /// A mapping has an unknown key.
    pub UNKNOWN_KEY: "unknown-key", Error;

    /// A key with a fixed set of values has another value.
    pub UNKNOWN_VALUE: "unknown-value", Error;

    /// A value has the wrong type.
    pub WRONG_TYPE: "wrong-type", Error;

    /// The file is not valid YAML.
    pub YAML_SYNTAX: "yaml-syntax", Error;
}

/// Every rule of this crate.
pub fn all() -> impl Iterator<Item = &'static Rule> {
    [RULES, crate::parse::RULES].into_iter().flatten().copied()
}
