//! One Score file to checked workloads.
//!
//! - **Promise:** every problem of a file is found in one run, each with its place.
//! - **Takes:** the tree of one YAML document, and what overrides it.
//! - **Gives:** a [`check::Checked`] workload.
//! - **Never:** looks at another workload, a resource's outputs, a target, or the world.

pub mod check;
pub mod decode;
mod documents;
pub mod lost;
pub mod model;
pub mod overlay;
pub mod placeholder;

pub use check::check;
pub use decode::decode;
pub use documents::documents;
pub use overlay::overlay;
