//! What a configuration compiler says about its input, and where.
//!
//! - [`source`]: texts with names, places in them, lines and columns.
//! - [`rule`]: a kind of problem, with its name, severity, summary and page.
//! - [`report`]: a diagnostic, and everything that a run has found.
//! - [`suggestions`]: the name that a misspelled one is meant to be.
//! - [`redaction`]: texts that no message may show.
//! - [`value`]: plain data, as YAML and JSON have it.

pub mod hex;
pub mod redaction;
pub mod report;
pub mod rule;
pub mod source;
pub mod suggestions;
pub mod value;
