//! Workflow commands of GitHub Actions, which it shows as annotations of files.

use std::fmt::Write;

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
    let mut out = String::new();
    for diagnostic in diagnostics {
        let command = match diagnostic.severity() {
            Severity::Error => "error",
            Severity::Warning => "warning",
            Severity::Note => "notice",
        };
        let place = diagnostic
            .span()
            .map(|span| Location::new(sources, span, options.in_repository()));
        let file = place.as_ref().and_then(Location::in_file);
        let mut properties: Vec<(&str, String)> = file.map(properties).unwrap_or_default();
        properties.push((
            "title",
            format!("{} ({})", env!("CARGO_PKG_NAME"), diagnostic.shown_name()),
        ));
        let properties: Vec<String> = properties
            .iter()
            .map(|(key, value)| format!("{key}={}", escape_property(&visible::line(value))))
            .collect();
        // The annotation is at a place in a file. The problem may be in another text, which the
        // message then names.
        let other = place.as_ref().filter(|place| Some(*place) != file);
        let message = full_message(sources, diagnostic, options, other);
        // Writing to a string cannot fail.
        let _ = writeln!(
            out,
            "::{command} {}::{}",
            properties.join(","),
            escape(&message)
        );
    }
    out
}

/// GitHub takes columns only for a range within one line.
fn properties(place: &Location) -> Vec<(&'static str, String)> {
    let (start, end) = (place.start, place.end);
    let mut list = vec![
        ("file", place.source.clone()),
        ("line", start.line.to_string()),
        ("endLine", end.line.to_string()),
    ];
    if start.line == end.line {
        list.extend([
            ("col", start.column.to_string()),
            ("endColumn", end.column.to_string()),
        ]);
    }
    list
}

/// Escapes a message, since a command is one line.
fn escape(text: &str) -> String {
    text.replace('%', "%25")
        .replace('\r', "%0D")
        .replace('\n', "%0A")
}

/// As [`escape`], also for colons and commas, which end a property.
fn escape_property(text: &str) -> String {
    escape(text).replace(':', "%3A").replace(',', "%2C")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn separators_are_escaped() {
        assert_eq!(escape("50% ::\r\n"), "50%25 ::%0D%0A");
        assert_eq!(escape_property("a:b,c%\n"), "a%3Ab%2Cc%25%0A");
    }
}
