//! The Code Quality report of GitLab, which it shows in merge requests.

use serde_json::{Value, json};

use super::RenderOptions;
use super::fingerprint::Fingerprints;
use super::location::{Location, file_span};
use diagnostics::report::{Diagnostic, Severity};
use diagnostics::source::Sources;

pub(super) fn render(
    sources: &Sources,
    diagnostics: &[&Diagnostic],
    options: &RenderOptions,
) -> String {
    let mut fingerprints = Fingerprints::default();
    let issues: Vec<Value> = diagnostics
        .iter()
        .map(|diagnostic| issue(sources, diagnostic, options, &mut fingerprints))
        .collect();
    format!(
        "{}\n",
        serde_json::to_string_pretty(&issues).unwrap_or_default()
    )
}

fn issue(
    sources: &Sources,
    diagnostic: &Diagnostic,
    options: &RenderOptions,
    fingerprints: &mut Fingerprints,
) -> Value {
    let span = file_span(sources, diagnostic);
    let place = span.map(|span| Location::new(sources, span, options.in_repository()));
    let marked = span.zip(place.as_ref());
    let severity = match diagnostic.severity() {
        Severity::Error => "major",
        Severity::Warning => "minor",
        Severity::Note => "info",
    };
    let help = diagnostic.help().map(|help| format!("; {help}"));
    // GitLab requires a path; a problem without a file is one of the whole project.
    let (path, line) = place
        .as_ref()
        .map_or((".", 1), |place| (&*place.source, place.start.line));
    json!({
        "description": format!("{}{}", diagnostic.message(), help.unwrap_or_default()),
        "check_name": diagnostic.shown_name(),
        "fingerprint": fingerprints.next(sources, diagnostic, marked),
        "severity": severity,
        "location": { "path": path, "lines": { "begin": line } },
    })
}
