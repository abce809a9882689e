//! Workflow commands of GitHub Actions, which become annotations of the changed files.

use std::fmt::Write;

use super::Screen;
use super::location::Place;
use diagnostics::report::{Diagnostic, Severity};
use diagnostics::source::Sources;

pub(super) fn render(sources: &Sources, diagnostics: &[&Diagnostic], screen: &Screen) -> String {
    let mut out = String::new();
    for diagnostic in diagnostics {
        let command = match diagnostic.severity() {
            Severity::Error => "error",
            Severity::Warning => "warning",
            Severity::Note => "notice",
        };
        let place = diagnostic
            .span()
            .map(|span| Place::new(sources, span, &screen.directory));
        let file = place.as_ref().and_then(Place::in_file);
        let mut properties: Vec<(&str, String)> = file.map(properties).unwrap_or_default();
        properties.push((
            "title",
            format!("{} ({})", env!("CARGO_PKG_NAME"), diagnostic.name()),
        ));
        let properties: Vec<String> = properties
            .iter()
            .map(|(key, value)| format!("{key}={}", escape_property(value)))
            .collect();
        let mut message = diagnostic.message().to_owned();
        // An annotation stands at the place in the file; what it is about may be another text,
        // which is named then.
        if let Some(place) = place.as_ref().filter(|place| file != Some(*place)) {
            let _ = write!(message, "\nin {}", place.show());
        }
        for related in diagnostic.related() {
            let place = Place::new(sources, related.span, &screen.directory);
            let _ = write!(message, "\n{}: {}", place.show(), related.message);
        }
        if let Some(help) = diagnostic.help() {
            let _ = write!(message, "\nhelp: {help}");
        }
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

/// GitHub takes columns only where a place begins and ends on one line.
fn properties(place: &Place) -> Vec<(&'static str, String)> {
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

/// A command is one line.
fn escape(text: &str) -> String {
    text.replace('%', "%25")
        .replace('\r', "%0D")
        .replace('\n', "%0A")
}

/// Colons and commas end a property.
fn escape_property(text: &str) -> String {
    escape(text).replace(':', "%3A").replace(',', "%2C")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_ends_a_command_or_a_property_is_escaped() {
        assert_eq!(escape("50% ::\r\n"), "50%25 ::%0D%0A");
        assert_eq!(escape_property("a:b,c%\n"), "a%3Ab%2Cc%25%0A");
    }
}
