//! The flag that chooses between a table and JSON.

use clap::ValueEnum;
use serde::Serialize;

use crate::cli::display::json;

/// The flag of every command that prints a list.
#[derive(Debug, clap::Args)]
pub(crate) struct ListFormatFlag {
    /// Output format
    #[arg(short, long, value_enum, default_value = "table")]
    format: ListFormat,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum ListFormat {
    /// A table for people
    Table,
    /// A JSON list for programs
    Json,
}

impl ListFormatFlag {
    /// Whether the flag asks for JSON.
    pub(crate) fn is_json(&self) -> bool {
        self.format == ListFormat::Json
    }

    /// The rows as JSON, when the flag asks for JSON.
    pub(crate) fn json<T: Serialize>(&self, rows: &[T]) -> Option<String> {
        self.is_json().then(|| json::document(rows))
    }
}
