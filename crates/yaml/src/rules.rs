//! Rules about YAML that several files report, and the list of all.

use diagnostics::rule::Rule;

rules! {
    /// A number is outside the range that it must be in.
    pub OUT_OF_RANGE: "out-of-range", Error;

    /// A key stands there with nothing after it.
    pub EMPTY_VALUE: "empty-value", Error;

    /// A key that must be there is not.
    pub MISSING_KEY: "missing-key", Error, absence;

    /// A mapping has a key that is not known there.
    pub UNKNOWN_KEY: "unknown-key", Error | Warning;

    /// A key takes one of a few words, and this is none of them.
    pub UNKNOWN_VALUE: "unknown-value", Error;

    /// A value is of another type than the key needs.
    pub WRONG_TYPE: "wrong-type", Error;

    /// The file is not YAML.
    pub YAML_SYNTAX: "yaml-syntax", Error;
}

/// Every rule of this crate.
pub fn all() -> impl Iterator<Item = &'static Rule> {
    [RULES, crate::parse::RULES].into_iter().flatten().copied()
}
