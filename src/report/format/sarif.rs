//! SARIF 2.1.0, the format of code scanners: one run with the rules of its diagnostics.
//!
//! A diagnostic without a place in a file, such as of a flag, is a notification of the run instead
//! of a result: GitHub rejects a report with such a result.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};

use super::RenderOptions;
use super::fingerprint::Fingerprints;
use super::location::{Location, file_span, percent_encode};
use super::sarif_rules::rule;
use diagnostics::report::{Diagnostic, Severity};
use diagnostics::rule::Rule;
use diagnostics::source::{Sources, Span};

/// The base directory of all paths, which the reader of the report knows.
const BASE: &str = "%SRCROOT%";

/// A rule and the name that is shown: policies have names of their own.
type Named<'a> = (&'a Rule, &'a str);

pub(super) fn render(
    sources: &Sources,
    diagnostics: &[&Diagnostic],
    options: &RenderOptions,
) -> String {
    let rules: Vec<Named<'_>> = diagnostics
        .iter()
        .map(|diagnostic| (diagnostic.rule(), diagnostic.shown_name()))
        .collect::<BTreeSet<_>>()
        .into_iter()
        .collect();
    let mut fingerprints = Fingerprints::default();
    let (mut results, mut notifications) = (Vec::new(), Vec::new());
    for diagnostic in diagnostics {
        let item = Item {
            sources,
            diagnostic,
            options,
        };
        match file_span(sources, diagnostic) {
            Some(span) => results.push(item.result(span, &rules, &mut fingerprints)),
            None => notifications.push(item.notification(&rules)),
        }
    }
    let failed = diagnostics
        .iter()
        .any(|diagnostic| diagnostic.severity() == Severity::Error);
    let mut driver = json!({
        "name": env!("CARGO_PKG_NAME"),
        "version": env!("CARGO_PKG_VERSION"),
        "semanticVersion": env!("CARGO_PKG_VERSION"),
        "rules": rules.iter().map(|(used, name)| rule(used, name)).collect::<Vec<_>>(),
    });
    if let Some(url) = [env!("CARGO_PKG_HOMEPAGE"), env!("CARGO_PKG_REPOSITORY")]
        .iter()
        .find(|url| !url.is_empty())
    {
        driver["informationUri"] = json!(url);
    }
    let report = json!({
        "$schema": "https://json.schemastore.org/sarif-2.1.0.json",
        "version": "2.1.0",
        "runs": [{
            "tool": { "driver": driver },
            "columnKind": "unicodeCodePoints",
            "originalUriBaseIds": { BASE: { "description": { "text": "The root of the repository; outside a repository, the directory in which score-rs was run." } } },
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

/// A diagnostic to render.
struct Item<'a> {
    sources: &'a Sources,
    diagnostic: &'a Diagnostic,
    options: &'a RenderOptions,
}

impl Item<'_> {
    fn location(&self, span: Span) -> Location {
        Location::new(self.sources, span, self.options.in_repository())
    }

    fn message(&self) -> String {
        let mut message = self.diagnostic.message().to_owned();
        if let Some(help) = self.diagnostic.help() {
            message = format!("{message}; {help}");
        }
        without_links(&message)
    }

    fn result(&self, span: Span, rules: &[Named<'_>], fingerprints: &mut Fingerprints) -> Value {
        let diagnostic = self.diagnostic;
        let place = self.location(span);
        let mut location = json!({ "physicalLocation": physical(&place) });
        if !diagnostic.label().is_empty() {
            location["message"] = json!({ "text": without_links(diagnostic.label()) });
        }
        let marked = Some((span, &place));
        let fingerprint = fingerprints.next(self.sources, diagnostic, marked);
        let mut result = json!({
            "ruleId": diagnostic.shown_name(),
            "ruleIndex": rules.binary_search(&(diagnostic.rule(), diagnostic.shown_name())).unwrap_or_default(),
            "level": diagnostic.severity().as_str(),
            "message": { "text": self.message() },
            "locations": [location],
            "partialFingerprints": { "primaryLocationLineHash": fingerprint },
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

    /// Other locations that explain it, with numbers.
    fn related(&self, shown: Span) -> Vec<Value> {
        let main = self
            .diagnostic
            .span()
            .filter(|span| *span != shown)
            .map(|span| (span, self.diagnostic.label()));
        let others = self
            .diagnostic
            .related()
            .iter()
            .map(|related| (related.span, related.message.as_str()));
        let places = main
            .into_iter()
            .chain(others)
            .filter(|(span, _)| *span != shown);
        let location = |(index, (span, message)): (usize, (Span, &str))| {
            let place = self.location(span);
            let mut location = json!({ "id": index + 1 });
            match place.kind {
                super::location::Kind::File => location["physicalLocation"] = physical(&place),
                _ => location["logicalLocations"] = json!([{ "fullyQualifiedName": place.show() }]),
            }
            if !message.is_empty() {
                location["message"] = json!({ "text": without_links(message) });
            }
            location
        };
        places.enumerate().map(location).collect()
    }

    /// The edits; `None` unless all of them are in files.
    fn fix(&self) -> Option<Value> {
        let mut changes: BTreeMap<String, (Value, Vec<Value>)> = BTreeMap::new();
        for edit in self.diagnostic.edits() {
            let place = self.location(edit.span);
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
            .unwrap_or("apply the change that fixes it");
        (!changes.is_empty())
            .then(|| json!({ "description": { "text": without_links(help) }, "artifactChanges": changes }))
    }

    fn notification(&self, rules: &[Named<'_>]) -> Value {
        let index = rules
            .binary_search(&(self.diagnostic.rule(), self.diagnostic.shown_name()))
            .unwrap_or_default();
        let text = match self.diagnostic.span() {
            Some(span) => format!("{}: {}", self.location(span).show(), self.message()),
            None => self.message(),
        };
        let rule = json!({ "id": self.diagnostic.shown_name(), "index": index });
        json!({
            "descriptor": rule,
            "associatedRule": rule,
            "level": self.diagnostic.severity().as_str(),
            "message": { "text": text },
        })
    }
}

/// A text without links: brackets before parentheses are one in SARIF. Braces are not doubled,
/// since other tools and viewers do not do that either.
fn without_links(text: &str) -> String {
    match text.contains("](") {
        true => text.replace('[', "\\[").replace(']', "\\]"),
        false => text.to_owned(),
    }
}

fn physical(place: &Location) -> Value {
    json!({ "artifactLocation": artifact(place), "region": region(place) })
}

fn artifact(place: &Location) -> Value {
    let uri = percent_encode(&place.source);
    match uri.starts_with('/') {
        true => json!({ "uri": format!("file://{uri}") }),
        false => json!({ "uri": uri, "uriBaseId": BASE }),
    }
}

fn region(place: &Location) -> Value {
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
    fn links_are_escaped() {
        assert_eq!(without_links("a [b](1) c"), "a \\[b\\](1) c");
        assert_eq!(
            without_links("${resources.db.host} [x]"),
            "${resources.db.host} [x]"
        );
    }
}
