//! Reports a mistake in a definition once, however many resources the definition provisions.

use std::collections::BTreeSet;

use diagnostics::report::Report;
use diagnostics::rule::Rule;
use diagnostics::source::Span;

/// The problems of definitions that were reported: rule, place and cause.
#[derive(Default)]
pub(super) struct DiagnosticDedup(BTreeSet<(&'static Rule, Option<Span>, String)>);

impl DiagnosticDedup {
    /// Leaves out the problems that another resource has reported.
    pub(super) fn only_new(&mut self, mut report: Report) -> Report {
        let mut keys = Vec::new();
        report.retain(|diagnostic| {
            let key = (
                diagnostic.rule(),
                diagnostic.span(),
                diagnostic.cause().to_owned(),
            );
            let is_new = !self.0.contains(&key);
            keys.push(key);
            is_new
        });
        self.0.extend(keys);
        report
    }
}
