//! Fingerprints of problems, by which code scanners recognize them in the next report.

use std::collections::BTreeMap;

use sha2::{Digest, Sha256};

use super::location::Location;
use diagnostics::hex;
use diagnostics::report::Diagnostic;
use diagnostics::source::{Sources, Span};

/// The fingerprints of a report.
#[derive(Default)]
pub(super) struct Fingerprints {
    /// The number of problems with the same hash so far, which makes equal ones distinct.
    counts: BTreeMap<String, usize>,
}

impl Fingerprints {
    /// The fingerprint of the next problem: a hash of the file, the rule, the marked text and its
    /// line, which stays the same when the line moves or the message is worded differently.
    pub(super) fn next(
        &mut self,
        sources: &Sources,
        diagnostic: &Diagnostic,
        marked: Option<(Span, &Location)>,
    ) -> String {
        let (file, text, line) = match marked {
            None => ("", "", ""),
            Some((span, place)) if sources.is_private(span.source) => (&*place.source, "", ""),
            Some((span, place)) => {
                let line = sources.get(span.source).line_at(span.start as usize);
                (&*place.source, sources.slice(span), line)
            }
        };
        let text = text.lines().next().unwrap_or_default();
        let parts = [file, diagnostic.shown_name(), text, line.trim()];
        let digest = Sha256::digest(parts.join("\0"));
        let hash = hex::encode(&digest[..8]);
        let count = self.counts.entry(hash.clone()).or_default();
        *count += 1;
        format!("{hash}:{count}")
    }
}
