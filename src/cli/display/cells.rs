//! Cells that several tables have.

use compiler::provision::library::Definition;
use diagnostics::source::{Sources, Span};

/// The place of what comes with this program.
pub(crate) const BUILT_IN: &str = "built-in";

/// Names in a cell; `*` stands for any, `-` for none.
pub(crate) fn names(list: Option<&[impl AsRef<str>]>) -> String {
    match list {
        None => "*".to_owned(),
        Some([]) => "-".to_owned(),
        Some(names) => names
            .iter()
            .map(AsRef::as_ref)
            .collect::<Vec<_>>()
            .join(","),
    }
}

/// The file and line of a definition of the project.
pub(crate) fn definition_source(definition: &Definition, sources: &Sources) -> String {
    match definition.builtin {
        true => BUILT_IN.to_owned(),
        false => file_and_line(definition.uri.span, sources),
    }
}

/// The file and line of a place.
pub(crate) fn file_and_line(span: Span, sources: &Sources) -> String {
    let (file, line) = (sources.get(span.source), sources.position(span).line);
    format!("{}:{line}", file.name())
}
