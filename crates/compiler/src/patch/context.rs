//! What patches can read.

use crate::plan::Plan;
use diagnostics::value::Value;

/// How patch templates see the documents of a target.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct View {
    /// The name of the documents.
    pub name: &'static str,
    /// Whether they are a list, and not one document.
    pub is_list: bool,
    /// The keys that a single document may have.
    pub keys: &'static [&'static str],
    /// The path of a workload's name in the objects or services of the workload.
    pub workload_name: &'static [&'static str],
}

/// What patch templates can read besides the documents.
pub struct Context<'a> {
    /// How the templates see the documents.
    pub view: View,
    /// The namespace; empty when none is set.
    pub namespace: &'a str,
    /// The name of the target.
    pub target: &'a str,
    /// The `values` of the environment.
    pub values: &'a Value,
    /// The workloads, as written after overrides, and the values of their placeholders.
    pub plan: &'a Plan,
    /// Gives a document that a patch adds what the target gives to all.
    pub complete: &'a dyn Fn(&mut Value),
}
