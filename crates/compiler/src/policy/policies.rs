//! The policies of an environment, and what it says about them.

use super::admission::{AdmissionPolicy, Binding};
use super::kyverno::KyvernoPolicy;
use super::program::PolicyProgram;
use diagnostics::source::Spanned;
use diagnostics::value::Value;

/// Whether Score files can have exceptions from policies.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Exceptions {
    /// With a reason.
    #[default]
    Allowed,
    /// They are errors.
    None,
}

impl Exceptions {
    /// Every setting, with its name in `exceptions:` of an environment.
    pub const ALL: [(&'static str, Exceptions); 2] =
        [("allowed", Exceptions::Allowed), ("none", Exceptions::None)];

    /// The setting as `exceptions:` of an environment has it.
    pub fn name(self) -> &'static str {
        match self {
            Exceptions::Allowed => "allowed",
            Exceptions::None => "none",
        }
    }
}

/// What an environment says besides its policies.
#[derive(Debug, Clone, Default)]
pub struct Settings {
    /// Whether Score files can have exceptions.
    pub exceptions: Exceptions,
    /// The labels of the namespace; `None` when they are not known.
    pub namespace_labels: Option<Value>,
}

/// The policies of an environment; `None` without the key `policies`.
#[derive(Debug, Default)]
pub struct Policies(pub(super) Option<Box<Loaded>>);

/// What the files have.
#[derive(Debug)]
pub(super) struct Loaded {
    pub(super) kyverno: Vec<KyvernoPolicy>,
    pub(super) admission: Vec<AdmissionPolicy>,
    pub(super) bindings: Vec<Binding>,
    pub(super) programs: Vec<PolicyProgram>,
    /// Other objects in the files, which may be parameters.
    pub(super) others: Vec<Value>,
    pub(super) settings: Settings,
}

impl Policies {
    /// Whether the environment has the key `policies`.
    pub fn is_given(&self) -> bool {
        self.0.is_some()
    }
}

impl Loaded {
    /// The names of all policies.
    pub(super) fn names(&self) -> impl Iterator<Item = &Spanned<String>> {
        let programs = self.programs.iter().map(|program| &program.name);
        self.names_in_files().chain(programs)
    }

    /// The names of the policies that are no programs.
    pub(super) fn names_in_files(&self) -> impl Iterator<Item = &Spanned<String>> {
        let kyverno = self.kyverno.iter().map(|policy| &policy.name);
        let admission = self.admission.iter().map(|policy| &policy.name);
        kyverno.chain(admission)
    }
}
