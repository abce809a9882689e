//! What policies are asked of.

use std::collections::BTreeSet;

use crate::reasons::Reasons;
use crate::targets::target::Target;
use diagnostics::source::{SourceId, Span};

/// What is asked, and of what.
pub(crate) struct Subject<'a> {
    /// The documents, and why each value is what it is.
    pub(crate) reasons: &'a Reasons,
    pub(crate) target: &'a dyn Target,
    /// Whether parts are missing since nothing is known of a resource.
    pub(crate) is_partial: bool,
    pub(crate) score_files: &'a [SourceId],
    /// The comments for this program, in any file.
    pub(crate) comments: BTreeSet<Span>,
}
