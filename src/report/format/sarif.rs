//! SARIF 2.1.0, the format of code scanners: one run, a rule with its page for each kind of
//! diagnostic in it.
//!
//! What is about no file, such as a flag, is a notification of the run and no result: GitHub
//! refuses a whole report for one result without a place in a file.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use super::Screen;
use super::location::{Place, percent_encode};
use super::sarif_rules::rule;
use diagnostics::hex;
use diagnostics::report::{Diagnostic, Severity};
use diagnostics::rule::Rule;
use diagnostics::source::{Sources, Span};

/// The directory that all paths start from; whoever reads the report knows where it is.
const BASE: &str = "%SRCROOT%";

pub(super) fn render(sources: &Sources, diagnostics: &[&Diagnostic], screen: &Screen) -> String {
    let rules: Vec<&Rule> = diagnostics
        .iter()
        .map(|diagnostic| diagnostic.rule())
        .collect::<BTreeSet<_>>()
        .into_iter()
        .collect();
    let mut lines = Lines::default();
    let (mut results, mut notifications) = (Vec::new(), Vec::new());
    for diagnostic in diagnostics {
        let shown = Shown {
            sources,
            diagnostic,
            screen,
        };
        match shown.file() {
            Some(span) => results.push(shown.result(span, &rules, &mut lines)),
            None => notifications.push(shown.notification(&rules)),
        }
    }
    let failed = diagnostics
        .iter()
        .any(|own| own.severity() == Severity::Error);
    let mut driver = json!({
        "name": env!("CARGO_PKG_NAME"),
        "version": env!("CARGO_PKG_VERSION"),
        "semanticVersion": env!("CARGO_PKG_VERSION"),
        "rules": rules.iter().map(|own| rule(own)).collect::<Vec<_>>(),
    });
    if let Some(address) = [env!("CARGO_PKG_HOMEPAGE"), env!("CARGO_PKG_REPOSITORY")]
        .iter()
        .find(|own| !own.is_empty())
    {
        driver["informationUri"] = json!(address);
    }
    let report = json!({
        "$schema": "https://json.schemastore.org/sarif-2.1.0.json",
        "version": "2.1.0",
        "runs": [{
            "tool": { "driver": driver },
            "columnKind": "unicodeCodePoints",
            "originalUriBaseIds": { BASE: { "description": { "text": "The directory in which score-rs was run." } } },
            "invocations": [{
                "executionSuccessful": true,
                "exitCode": i32::from(failed),
                "toolConfigurationNotifications": notifications,
            }],
            "results": results,
        }],
    });
    format!(
        "{}\n",
        serde_json::to_string_pretty(&report).unwrap_or_default()
    )
}

/// How often a line was reported for the same reason, which tells equal ones apart.
type Lines = BTreeMap<String, usize>;

/// A diagnostic on its way into the report.
struct Shown<'a> {
    sources: &'a Sources,
    diagnostic: &'a Diagnostic,
    screen: &'a Screen,
}

impl Shown<'_> {
    fn place(&self, span: Span) -> Place {
        Place::new(self.sources, span, &self.screen.directory)
    }

    /// The place in a file to show it at: its own, one that led to it, or one that explains it.
    fn file(&self) -> Option<Span> {
        let spans = self
            .diagnostic
            .span()
            .into_iter()
            .chain(self.diagnostic.related().iter().map(|own| own.span));
        spans.into_iter().find_map(|span| {
            std::iter::successors(Some(span), |span| self.sources.origin(*span))
                .find(|span| self.sources.get(span.source).is_file())
        })
    }

    fn message(&self) -> String {
        let mut message = self.diagnostic.message().to_owned();
        if let Some(help) = self.diagnostic.help() {
            message = format!("{message}; {help}");
        }
        plain(&message)
    }

    fn result(&self, span: Span, rules: &[&Rule], lines: &mut Lines) -> Value {
        let diagnostic = self.diagnostic;
        let place = self.place(span);
        let mut location = json!({ "physicalLocation": physical(&place) });
        if !diagnostic.label().is_empty() {
            location["message"] = json!({ "text": plain(diagnostic.label()) });
        }
        let mut result = json!({
            "ruleId": diagnostic.name(),
            "ruleIndex": rules.binary_search(&diagnostic.rule()).unwrap_or_default(),
            "level": diagnostic.severity().as_str(),
            "message": { "text": self.message() },
            "locations": [location],
            "partialFingerprints": { "primaryLocationLineHash": self.fingerprint(span, &place, lines) },
        });
        let related = self.related(span);
        if !related.is_empty() {
            result["relatedLocations"] = json!(related);
        }
        if let Some(fix) = self.fix() {
            result["fixes"] = json!([fix]);
        }
        result
    }

    /// Places in files that explain it, numbered.
    fn related(&self, shown: Span) -> Vec<Value> {
        let own = self
            .diagnostic
            .span()
            .filter(|span| *span != shown)
            .map(|span| (span, self.diagnostic.label()));
        let others = self
            .diagnostic
            .related()
            .iter()
            .map(|related| (related.span, related.message.as_str()));
        let places = own
            .into_iter()
            .chain(others)
            .filter(|(span, _)| *span != shown);
        let location = |(index, (span, message)): (usize, (Span, &str))| {
            let place = self.place(span);
            let mut location = json!({ "id": index + 1 });
            match place.kind {
                super::location::Kind::File => location["physicalLocation"] = physical(&place),
                _ => location["logicalLocations"] = json!([{ "fullyQualifiedName": place.show() }]),
            }
            if !message.is_empty() {
                location["message"] = json!({ "text": plain(message) });
            }
            location
        };
        places.enumerate().map(location).collect()
    }

    /// The edits, when all are in files; half of a fix is none.
    fn fix(&self) -> Option<Value> {
        let mut changes: BTreeMap<String, (Value, Vec<Value>)> = BTreeMap::new();
        for edit in self.diagnostic.edits() {
            let place = self.place(edit.span);
            if !self.sources.get(edit.span.source).is_file() {
                return None;
            }
            let replacement = json!({ "deletedRegion": region(&place), "insertedContent": { "text": edit.text } });
            let change = changes
                .entry(place.source.clone())
                .or_insert_with(|| (artifact(&place), Vec::new()));
            change.1.push(replacement);
        }
        let changes: Vec<Value> = changes
            .into_values()
            .map(|(artifact, replacements)| json!({ "artifactLocation": artifact, "replacements": replacements }))
            .collect();
        let help = self
            .diagnostic
            .help()
            .unwrap_or("apply the change that mends it");
        (!changes.is_empty())
            .then(|| json!({ "description": { "text": plain(help) }, "artifactChanges": changes }))
    }

    fn notification(&self, rules: &[&Rule]) -> Value {
        let index = rules
            .binary_search(&self.diagnostic.rule())
            .unwrap_or_default();
        let text = match self.diagnostic.span() {
            Some(span) => format!("{}: {}", self.place(span).show(), self.message()),
            None => self.message(),
        };
        let rule = json!({ "id": self.diagnostic.name(), "index": index });
        json!({
            "descriptor": rule,
            "associatedRule": rule,
            "level": self.diagnostic.severity().as_str(),
            "message": { "text": text },
        })
    }

    /// What stays the same when the line moves: the file, the words of the line and what is said of
    /// it. GitHub knows a problem again by this name alone.
    fn fingerprint(&self, span: Span, place: &Place, lines: &mut Lines) -> String {
        let line = match self.sources.is_private(span.source) {
            true => "",
            false => self
                .sources
                .get(span.source)
                .line_at(span.start as usize)
                .trim(),
        };
        let parts = [
            &place.source,
            self.diagnostic.name(),
            self.diagnostic.message(),
            line,
        ];
        let digest = Sha256::digest(parts.join("\0"));
        let hash = hex::encode(&digest[..8]);
        let count = lines.entry(hash.clone()).or_default();
        *count += 1;
        format!("{hash}:{count}")
    }
}

/// A text in which nothing is a link: brackets that are followed by parentheses are one in SARIF.
/// Braces stay single, as other tools leave them and viewers show them; doubled, `${..}` would read
/// as something else.
fn plain(text: &str) -> String {
    match text.contains("](") {
        true => text.replace('[', "\\[").replace(']', "\\]"),
        false => text.to_owned(),
    }
}

fn physical(place: &Place) -> Value {
    json!({ "artifactLocation": artifact(place), "region": region(place) })
}

fn artifact(place: &Place) -> Value {
    let uri = percent_encode(&place.source);
    match uri.starts_with('/') {
        true => json!({ "uri": format!("file://{uri}") }),
        false => json!({ "uri": uri, "uriBaseId": BASE }),
    }
}

fn region(place: &Place) -> Value {
    json!({
        "startLine": place.start.line,
        "startColumn": place.start.column,
        "endLine": place.end.line,
        "endColumn": place.end.column,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_message_makes_a_link() {
        assert_eq!(plain("a [b](1) c"), "a \\[b\\](1) c");
        assert_eq!(
            plain("${resources.db.host} [x]"),
            "${resources.db.host} [x]"
        );
    }
}
