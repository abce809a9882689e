//! Words that know no Score: places, text, data, YAML, templates, diagnostics.
//!
//! - **Promise:** everything here would serve another configuration compiler as well.
//! - **Takes:** text and plain data.
//! - **Gives:** trees with places, values, rendered templates, reports.
//! - **Never:** names a workload, a resource, a target, or touches the world.

pub mod diagnostics;
pub mod document;
pub mod edits;
pub mod go_template;
pub mod graph;
pub mod host;
pub mod parallel;
pub mod path;
pub mod quantity;
pub mod random;
pub mod secrets;
pub mod text;
pub mod value;
pub mod version;
pub mod yaml;
