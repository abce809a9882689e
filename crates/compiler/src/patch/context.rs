//! What patches can read, and how they see the documents of a target.

use super::merge::MergeRules;
use super::patchable::Patchable;
use crate::plan::{Plan, Workload};
use diagnostics::value::Value;

/// How patches see the documents of a target.
#[derive(Clone, Copy)]
pub struct View {
    /// The name of the documents in the data of templates.
    pub name: &'static str,
    /// Whether each document is an object, and the documents a list. Else the only document has
    /// sections of objects.
    pub is_list: bool,
    /// The keys that a single document may have.
    pub keys: &'static [&'static str],
    /// The path of a workload's name in the objects or services of the workload.
    pub workload_name: &'static [&'static str],
    /// The path of the labels in an object.
    pub labels: &'static [&'static str],
    /// The kinds of objects in sections, each with the key of its section; none where the objects
    /// say their kinds themselves.
    pub kinds: &'static [(&'static str, &'static str)],
    /// How a part of an object merges with a patch.
    pub merge: MergeRules,
    /// Gives an added object what all objects of the target have, and what marks it as one of a
    /// workload.
    pub complete: fn(&mut Value, Option<&Workload>, &Plan),
}

impl View {
    /// The kind of the objects in a section.
    pub(super) fn kind_of(&self, section: &str) -> Option<&'static str> {
        let mut kinds = self.kinds.iter();
        let found = kinds.find(|(_, known)| *known == section);
        found.map(|(kind, _)| *kind)
    }

    /// Whether objects may be of this kind. Kinds of Kubernetes begin with a capital letter.
    pub(super) fn may_have(&self, kind: &str) -> bool {
        match self.kinds {
            [] => kind.starts_with(|first: char| first.is_ascii_uppercase()),
            kinds => kinds.iter().any(|(known, _)| *known == kind),
        }
    }
}

/// What patches can read besides the documents.
pub struct Context<'a> {
    /// How patches see the documents.
    pub view: &'a View,
    /// The namespace; empty when none is set.
    pub namespace: &'a str,
    /// The name of the target.
    pub target: &'a str,
    /// The workloads, as written after overrides, and the values of their placeholders.
    pub plan: &'a Plan,
    /// The environment.
    pub environment: Environment<'a>,
    /// Whether the documents are those of the whole project, so that each patch must find some.
    pub is_whole_project: bool,
}

/// What patches can read of the environment.
pub struct Environment<'a> {
    /// Its name.
    pub name: &'a str,
    /// Its values.
    pub values: &'a Value,
    /// Whether all of its values are known.
    pub has_all_values: bool,
    /// What patches of workloads may change; `None` when it allows none.
    pub patchable: Option<&'a Patchable>,
}
