//! What policies are asked of.

use std::collections::BTreeSet;
use std::time::Duration;

use crate::reasons::Reasons;
use crate::support::host::Host;
use crate::targets::custom_kinds::CustomKinds;
use crate::targets::kubernetes::api_kinds;
use crate::targets::target::Target;
use diagnostics::source::{SourceId, Span};
use diagnostics::value::Value;

/// What is asked, and of what.
pub(crate) struct Subject<'a> {
    /// The documents, and why each value is what it is.
    pub(crate) reasons: &'a Reasons,
    pub(crate) target: &'a dyn Target,
    /// The name of the environment.
    pub(crate) environment: &'a str,
    /// How programs run; `None` when they do not.
    pub(crate) runner: Option<Runner<'a>>,
    /// Whether parts are missing since nothing is known of a resource.
    pub(crate) is_partial: bool,
    pub(crate) score_files: &'a [SourceId],
    /// The kinds that the environment has schemas of.
    pub(crate) custom_kinds: &'a CustomKinds,
    /// The comments for this program, in any file.
    pub(crate) comments: BTreeSet<Span>,
}

/// How programs run.
#[derive(Clone, Copy)]
pub(crate) struct Runner<'a> {
    pub(crate) host: &'a dyn Host,
    /// The time limit of a program.
    pub(crate) limit: Duration,
}

impl Subject<'_> {
    /// Whether an object belongs to a namespace.
    pub(super) fn is_namespaced(&self, object: &Value) -> bool {
        let text = |key: &str| object.get(key).and_then(Value::as_str).unwrap_or_default();
        api_kinds::is_namespaced(text("apiVersion"), text("kind"), self.custom_kinds)
    }
}
