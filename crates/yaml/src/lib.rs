//! YAML with a place for every key and value.
//!
//! - **Promise:** any text gives a tree or a report; depth, aliases and size are bounded.
//! - **Takes:** source texts.
//! - **Gives:** trees of [`Node`]s in the order they were written, typed readings of them, and
//!   places inside strings.
//! - **Never:** guesses what the tree is for.

/// Declares the rules of a module; their pages are in `spec/diagnostics`.
macro_rules! rules {
    ($($rule:tt)*) => {
        diagnostics::declare_rules! { "/../../spec/diagnostics/" $($rule)* }
    };
}

pub mod apply_fixes;
pub mod block;
pub mod comment;
pub mod common_mistakes;
pub mod deserialize;
pub mod edit;
pub mod kyaml;
pub mod parse;
pub mod reader;
pub mod rules;
#[cfg(any(test, feature = "samples"))]
pub mod samples;
pub mod scalar;
pub mod scalar_spans;
pub mod syntax_error;
pub mod syntax_help;
pub mod tree;
pub mod write;

pub use parse::{parse, parse_with_comments};
pub use tree::{Entries, Entry, Kind, Node, Style};
