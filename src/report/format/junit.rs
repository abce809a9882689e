//! JUnit XML, which most CI systems show as test results: a suite for each file, a test case for
//! each problem. Errors are failures; warnings and notes are skipped tests, which fail nothing.

use std::fmt::Write;

use indexmap::IndexMap;

use super::RenderOptions;
use super::full_message::full_message;
use super::location::Location;
use diagnostics::report::{Diagnostic, Severity};
use diagnostics::source::Sources;
use diagnostics::visible;

pub(super) fn render(
    sources: &Sources,
    diagnostics: &[&Diagnostic],
    options: &RenderOptions,
) -> String {
    let mut suites: IndexMap<String, Suite> = IndexMap::new();
    for diagnostic in diagnostics {
        let place = diagnostic
            .span()
            .map(|span| Location::new(sources, span, options.in_repository()));
        let file = place.as_ref().and_then(Location::in_file);
        let name = file.map_or(env!("CARGO_PKG_NAME"), |file| &file.source);
        let suite = suites.entry(name.to_owned()).or_default();
        suite.count(diagnostic.severity());
        let text = full_message(sources, diagnostic, options, place.as_ref());
        suite.cases += &test_case(diagnostic, place.as_ref(), file, &text);
    }
    if suites.is_empty() {
        suites.insert(env!("CARGO_PKG_NAME").to_owned(), Suite::without_problems());
    }
    let mut all = Suite::default();
    for (name, suite) in &suites {
        all.add(name, suite);
    }
    format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites name=\"score-rs\" {}>\n{}</testsuites>\n",
        all.counts(),
        all.cases
    )
}

/// Test cases and their numbers.
#[derive(Default)]
struct Suite {
    tests: usize,
    failures: usize,
    cases: String,
}

impl Suite {
    /// Some CI systems refuse a report without a test.
    fn without_problems() -> Suite {
        Suite {
            tests: 1,
            failures: 0,
            cases: "    <testcase name=\"no problems\" classname=\"score-rs\"/>\n".to_owned(),
        }
    }

    fn count(&mut self, severity: Severity) {
        self.tests += 1;
        self.failures += usize::from(severity == Severity::Error);
    }

    fn add(&mut self, name: &str, suite: &Suite) {
        self.tests += suite.tests;
        self.failures += suite.failures;
        let (name, counts, cases) = (escape(name), suite.counts(), &suite.cases);
        // Writing to a string cannot fail.
        let _ = writeln!(
            self.cases,
            "  <testsuite name=\"{name}\" {counts}>\n{cases}  </testsuite>"
        );
    }

    fn counts(&self) -> String {
        let (tests, failures) = (self.tests, self.failures);
        format!("tests=\"{tests}\" failures=\"{failures}\"")
    }
}

fn test_case(
    diagnostic: &Diagnostic,
    place: Option<&Location>,
    file: Option<&Location>,
    text: &str,
) -> String {
    let rule = diagnostic.shown_name();
    let name = match place {
        Some(place) => format!("{rule} {}", place.show()),
        None => rule.to_owned(),
    };
    let severity = diagnostic.severity();
    let element = match severity {
        Severity::Error => "failure",
        Severity::Warning | Severity::Note => "skipped",
    };
    let message = format!("{}: {}", severity.as_str(), diagnostic.message());
    let attributes = match file {
        Some(file) => {
            let (path, line) = (escape(&file.source), file.start.line);
            format!("classname=\"{path}\" file=\"{path}\" line=\"{line}\"")
        }
        None => "classname=\"score-rs\"".to_owned(),
    };
    let (name, message, text) = (escape(&name), escape(&message), markup(text));
    format!(
        "    <testcase name=\"{name}\" {attributes}>
      <{element} message=\"{message}\">{text}</{element}>
    </testcase>\n"
    )
}

/// Escapes a text for an attribute: one line, without control characters.
pub(crate) fn escape(text: &str) -> String {
    markup(&visible::line(text))
}

/// Escapes a text without control characters. XML cannot have two of the others.
fn markup(text: &str) -> String {
    text.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
        .replace('"', "&quot;")
        .replace(['\u{fffe}', '\u{ffff}'], "\u{fffd}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn markup_is_escaped() {
        assert_eq!(
            escape("<a b=\"c\">&\u{ffff}\u{1b}\n"),
            "&lt;a b=&quot;c&quot;&gt;&amp;\u{fffd}\\x1b\\n"
        );
    }
}
