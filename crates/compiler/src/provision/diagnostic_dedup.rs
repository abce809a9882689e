//! A slip in a definition shows at every resource that it provisions, and is told at the first.

use std::collections::BTreeSet;

use crate::model::Uid;
use diagnostics::report::Report;
use diagnostics::source::Span;

/// What has been said about definitions: the name of a problem, its place, and its message without
/// the resource.
#[derive(Default)]
pub(super) struct Told(BTreeSet<(&'static str, Option<Span>, String)>);

impl Told {
    /// What the work on a resource has to say that was not said of one before.
    pub(super) fn only_new(&mut self, mut report: Report, uid: &Uid) -> Report {
        let uid = format!("`{uid}`");
        let mut own = Vec::new();
        report.retain(|diagnostic| {
            let what = (
                diagnostic.name(),
                diagnostic.span(),
                diagnostic.message().replace(&uid, ""),
            );
            let new = !self.0.contains(&what);
            own.push(what);
            new
        });
        self.0.extend(own);
        report
    }
}
