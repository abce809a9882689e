//! What a run keeps for the reasons of its output.

use std::collections::BTreeMap;

use crate::defaults::Defaults;
use crate::patch::Patch;
use crate::plan::Plan;
use crate::support::document::Document;
use diagnostics::source::Span;
use yaml::Node;

/// What decides values of the output beside Score files and definitions, with its places.
#[derive(Debug, Clone, Default)]
pub struct Settings {
    /// Keys of the environment, or the flags that set the same.
    pub keys: BTreeMap<&'static str, Span>,
    /// The `values` of the environment.
    pub values: Option<Node>,
    /// The `defaults` of the environment.
    pub defaults: Defaults,
    /// The images of the environment and of flags.
    pub images: Vec<Span>,
    /// The patches.
    pub patches: Vec<Patch>,
}

/// What a run keeps of its stages.
#[derive(Debug, Default)]
pub struct Stages {
    /// The documents before overrides.
    pub parsed: Vec<Node>,
    /// The same with overrides.
    pub overlaid: Vec<Node>,
    /// The place of the definition of each resource.
    pub definitions: Vec<Span>,
    /// The documents before patches, if there are patches.
    pub lowered: Option<Vec<Document>>,
    /// The documents with patches.
    pub patched: Vec<Document>,
}

/// What leads from a cause to its places.
pub(super) struct Kept {
    pub(super) stages: Stages,
    pub(super) settings: Settings,
    pub(super) plan: Plan,
}
