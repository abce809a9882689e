//! YAML with a place for every key and value: parser, typed readers, edits and writers.
//!
//! - [`parse()`]: source text to trees of [`Node`]s; never fails, reports what is wrong
//! - [`pattern`]: the trees of texts that differ only in some words, without parsing each
//! - [`lazy`]: such a tree when somebody looks at it
//! - [`reader`]: typed readers for what people write, which report every mistake
//! - [`deserialize`]: the same through serde, for what programs write
//! - [`scalar_spans`]: the places of parts of a string
//! - [`edit`], [`apply_fixes`]: changes of a text that leave the rest of it as it is
//! - [`mod@write`], [`kyaml`]: values to text
//!
//! ```
//! use diagnostics::report::Report;
//! use diagnostics::source::Sources;
//!
//! let mut sources = Sources::default();
//! let file = sources.add("shop.yaml", "name: shop\nports: [80, 443]\n");
//! let mut report = Report::default();
//! let documents = yaml::parse(&sources, file, &mut report);
//! assert!(report.is_empty());
//!
//! let ports = documents[0].get("ports").unwrap();
//! assert_eq!(ports.kind_name(), "a list");
//! assert_eq!(sources.slice(ports.span), "[80, 443]");
//! assert_eq!(
//!     yaml::write::write_yaml(&documents[0].to_value()),
//!     "name: shop\nports:\n- 80\n- 443\n"
//! );
//! ```

/// Declares the rules of a module; their pages are in `spec/diagnostics`.
macro_rules! rules {
    ($($rule:tt)*) => {
        diagnostics::declare_rules! { "/../../spec/diagnostics/" $($rule)* }
    };
}

pub mod apply_fixes;
mod block;
pub mod comment;
mod common_mistakes;
pub mod deserialize;
pub mod edit;
pub mod kyaml;
pub mod lazy;
pub mod parse;
pub mod pattern;
pub mod reader;
pub mod rules;
#[cfg(any(test, feature = "samples"))]
pub mod samples;
pub mod scalar;
pub mod scalar_spans;
mod syntax_error;
mod syntax_help;
pub mod tree;
pub mod write;

pub use lazy::LazyNode;
pub use parse::{parse, parse_with_comments};
pub use tree::{Entries, Entry, Kind, Node, Style};
