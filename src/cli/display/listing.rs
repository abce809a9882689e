//! Lists of things, as a table for people or as JSON for programs.

use clap::ValueEnum;
use serde::Serialize;

use compiler::provision::library::Definition;
use diagnostics::report::location_text;
use diagnostics::source::Sources;

/// The flag of every command that lists things.
#[derive(Debug, clap::Args)]
pub(crate) struct Listing {
    /// For people or for programs
    #[arg(short, long, value_enum, default_value = "table")]
    format: Form,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Form {
    Table,
    Json,
}

impl Listing {
    /// The rows as JSON, when that is asked for.
    pub(crate) fn json<T: Serialize>(&self, rows: &[T]) -> Option<String> {
        let json = || {
            format!(
                "{}\n",
                serde_json::to_string_pretty(rows).unwrap_or_default()
            )
        };
        (self.format == Form::Json).then(json)
    }
}

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

/// Where the definitions that come with this program are.
pub(crate) const BUILT_IN: &str = "built-in";

/// Where a definition was written: the file and line of the project's own.
pub(crate) fn source(definition: &Definition, sources: &Sources) -> String {
    if definition.builtin {
        return BUILT_IN.to_owned();
    }
    let place = location_text(sources, definition.uri.span);
    // The column is that of a key in a list and tells nothing.
    place
        .rsplit_once(':')
        .map_or(place.clone(), |(line, _)| line.to_owned())
}
