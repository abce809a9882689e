//! YAML with a place for every key and value.
//!
//! - **Promise:** any text gives a tree or a report; depth, aliases and size are bounded.
//! - **Takes:** source texts.
//! - **Gives:** trees of [`Node`]s in the order they were written, typed readings of them, and places inside strings.
//! - **Never:** guesses what the tree is for.

pub mod comment;
pub mod deserialize;
mod explain;
pub mod kyaml;
pub mod locate;
pub mod parse;
pub mod rewrite;
#[cfg(test)]
pub(crate) mod samples;
pub mod scalar;
pub mod shape;
pub mod tree;
pub mod write;

pub use parse::parse;
pub use tree::{Entries, Entry, Kind, Node, Style};
