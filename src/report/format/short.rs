//! One line per diagnostic, for editors, `grep` and narrow terminals.

use std::fmt::Write;

use diagnostics::report::{Diagnostic, location_text};
use diagnostics::source::Sources;
use diagnostics::visible;

pub(super) fn render(sources: &Sources, diagnostics: &[&Diagnostic]) -> String {
    let mut out = String::new();
    for diagnostic in diagnostics {
        let place = diagnostic
            .span()
            .map(|span| format!("{}: ", visible::line(&location_text(sources, span))))
            .unwrap_or_default();
        let help = diagnostic
            .help()
            .map(|help| format!("; {help}"))
            .unwrap_or_default();
        let message = one_line(&format!("{}{help}", diagnostic.message()));
        let word = diagnostic.severity().as_str();
        // Writing to a string cannot fail.
        let _ = writeln!(
            out,
            "{place}{word}: {message} [{}]",
            diagnostic.shown_name()
        );
    }
    out
}

fn one_line(text: &str) -> String {
    visible::line(&text.replace("\r\n", "\n").replace(['\n', '\t'], " ")).into_owned()
}
