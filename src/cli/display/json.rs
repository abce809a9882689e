//! Results as JSON for programs.

use serde::Serialize;

/// A JSON document, indented, with a line break at its end.
pub(crate) fn document<T: Serialize + ?Sized>(value: &T) -> String {
    let text = serde_json::to_string_pretty(value).unwrap_or_default();
    format!("{text}\n")
}
