//! The compiler: Score workload files to Kubernetes manifests or a Compose file.
//!
//! [`compile`] runs the stages in order, on what a [`request`] asks for:
//!
//! 1. [`parse`]: source text to trees with a place for every key and value
//! 2. [`overlay`]: trees and what overrides them to trees
//! 3. [`decode`]: a tree to a workload of the [`model`]
//! 4. [`check`]: a workload to the same, marked as checked
//! 5. [`link`]: all workloads to one graph of the resources that they need
//! 6. [`provision`]: a definition for each resource, its outputs and sections
//! 7. [`plan`]: every value resolved, for no target in particular
//! 8. [`targets`]: a plan to documents of Kubernetes or Compose
//! 9. [`patch`]: documents to documents, by the platform's patch templates
//! 10. [`emit`]: documents to text
//!
//! Several stages share [`placeholder`], [`identity`] (names that are derived) and [`recovery`]
//! (what an error may have hidden). [`support`] has the [`support::host::Host`], the only door to
//! files, programs, clocks and randomness.
//!
//! A stage uses those before it and none after it; `tests/stage_order.rs` checks this.

/// Declares the rules of a module; their pages are in `spec/diagnostics`.
macro_rules! rules {
    ($($rule:tt)*) => {
        diagnostics::declare_rules! { "/../../spec/diagnostics/" $($rule)* }
    };
}

pub mod catalog;
pub mod check;
pub mod compile;
pub mod decode;
pub mod defaults;
pub mod diagram;
pub mod emit;
pub mod features;
pub mod identity;
mod json_schema;
pub mod link;
pub mod model;
pub mod overlay;
pub mod parse;
pub mod patch;
pub mod placeholder;
pub mod plan;
pub mod policy;
pub mod provision;
pub mod reasons;
pub mod recovery;
pub mod request;
pub mod rules;
mod secrets;
pub mod support;
pub mod targets;
