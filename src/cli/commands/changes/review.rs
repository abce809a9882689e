//! What a review says, in every format. Secrets are hidden in all of it.

use serde::Serialize;

use crate::cli::output::diff::stored_data::effects::Effect;
use diagnostics::value::Value;

/// What changed since a revision.
#[derive(Serialize)]
pub(super) struct Review<'a> {
    pub(super) against: &'a str,
    pub(super) environments: Vec<EnvironmentReview>,
}

/// What changed in an environment.
#[derive(Serialize, Default)]
#[serde(rename_all = "camelCase")]
pub(super) struct EnvironmentReview {
    pub(super) name: String,
    pub(super) status: Status,
    /// Why a side could not be compiled.
    pub(super) problems: Vec<Problem>,
    /// What limits the comparison, and what changes all of it.
    pub(super) notes: Vec<String>,
    pub(super) effects: Vec<Effect>,
    pub(super) passwords: Vec<Password>,
    pub(super) workloads: Vec<WorkloadChange>,
    pub(super) resources: Vec<ResourceChange>,
    pub(super) connections: Vec<Connection>,
    pub(super) images: Vec<Image>,
    pub(super) exceptions: Vec<Exception>,
    pub(super) cost: Vec<Amount>,
    pub(super) not_counted: Vec<String>,
    pub(super) objects: Vec<ObjectChange>,
    pub(super) files: Vec<FileChange>,
}

#[derive(Serialize, Debug, Clone, Copy, PartialEq, Eq, Default)]
#[serde(rename_all = "lowercase")]
pub(super) enum Status {
    /// Nothing that is known differs.
    #[default]
    Same,
    Changed,
    New,
    Removed,
    /// One of the sides could not be compiled, so that nothing is compared.
    Failed,
}

/// How something differs.
#[derive(Serialize, Debug, Clone, Copy, PartialEq, Eq)]
#[serde(rename_all = "lowercase")]
pub(super) enum Change {
    Added,
    Removed,
    Changed,
    /// A program gives it, which does not run for a review.
    Unknown,
}

impl Change {
    pub(super) fn sign(self) -> char {
        match self {
            Change::Added => '+',
            Change::Removed => '-',
            Change::Changed => '~',
            Change::Unknown => '?',
        }
    }
}

#[derive(Serialize)]
pub(super) struct Problem {
    /// The revision that has them; `None` for the project as it is.
    pub(super) revision: Option<String>,
    /// One in each line; empty where they are not of this environment alone.
    pub(super) text: String,
}

#[derive(Serialize)]
pub(super) struct Password {
    pub(super) resource: String,
    pub(super) name: String,
    pub(super) text: String,
}

#[derive(Serialize)]
pub(super) struct WorkloadChange {
    pub(super) change: Change,
    pub(super) name: String,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct ResourceChange {
    pub(super) change: Change,
    pub(super) uid: String,
    /// The host and path of a route.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) route: Option<String>,
    pub(super) used_by: Vec<String>,
}

/// An edge of the graph.
#[derive(Serialize)]
pub(super) struct Connection {
    pub(super) change: Change,
    pub(super) from: String,
    pub(super) relation: &'static str,
    pub(super) to: String,
    pub(super) names: Vec<String>,
}

/// An image that is new.
#[derive(Serialize)]
pub(super) struct Image {
    pub(super) image: String,
    pub(super) objects: Vec<String>,
}

/// An exception from a policy that is new.
#[derive(Serialize)]
pub(super) struct Exception {
    pub(super) policy: String,
    pub(super) reason: String,
    pub(super) file: String,
    pub(super) line: String,
}

/// An amount that differs.
#[derive(Serialize)]
pub(super) struct Amount {
    pub(super) amount: &'static str,
    pub(super) before: Option<String>,
    pub(super) after: Option<String>,
}

#[derive(Serialize)]
pub(super) struct ObjectChange {
    pub(super) change: Change,
    pub(super) object: String,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(super) reasons: Vec<Reason>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(super) fields: Vec<FieldChange>,
}

#[derive(Serialize)]
pub(super) struct FieldChange {
    pub(super) change: Change,
    pub(super) path: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) before: Option<Value>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) after: Option<Value>,
    pub(super) reasons: Vec<Reason>,
    /// For people, in lines.
    #[serde(skip)]
    pub(super) text: String,
}

/// What decided a value.
#[derive(Serialize, Clone, PartialEq, Eq)]
pub(super) struct Reason {
    pub(super) kind: &'static str,
    /// Where it is written.
    pub(super) place: String,
    pub(super) text: String,
}

#[derive(Serialize)]
pub(super) struct FileChange {
    pub(super) change: Change,
    pub(super) path: String,
}

impl EnvironmentReview {
    /// Whether anything that is known differs.
    pub(super) fn has_changes(&self) -> bool {
        let resources = self.resources.iter();
        let mut known = resources.filter(|one| one.change != Change::Unknown);
        known.next().is_some()
            || !(self.objects.is_empty()
                && self.files.is_empty()
                && self.passwords.is_empty()
                && self.workloads.is_empty()
                && self.connections.is_empty()
                && self.exceptions.is_empty())
    }
}
