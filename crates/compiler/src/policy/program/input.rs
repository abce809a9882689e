//! What a program reads: the objects as they are written, as a YAML stream.

use crate::support::document::Document;
use crate::support::parallel;
use diagnostics::redaction::{MASK, Redactor};
use diagnostics::source::Sources;
use diagnostics::value::Value;
use yaml::write::write_yaml;

/// [`MASK`] in base64, as the `data` of a Secret has it.
const ENCODED_MASK: &str = "KioqKioqKio=";

/// The objects, with [`MASK`] for secrets.
pub(super) fn write(documents: &[Document], shows_secrets: bool, sources: &Sources) -> String {
    let redactor = sources.secrets().redactor();
    let texts = parallel::map(documents, |document| match shows_secrets {
        true => write_yaml(&document.value),
        false => write_yaml(&masked_object(&document.value, redactor.as_deref())),
    });
    texts.join("---\n")
}

fn masked_object(object: &Value, redactor: Option<&Redactor>) -> Value {
    let mut masked = match redactor {
        Some(redactor) => masked(object, redactor),
        None => object.clone(),
    };
    let is_secret = object.get("kind").and_then(Value::as_str) == Some("Secret");
    if let Some(object) = masked.as_map_mut().filter(|_| is_secret) {
        for (key, mask) in [("data", ENCODED_MASK), ("stringData", MASK)] {
            let data = object.get_mut(key).and_then(Value::as_map_mut);
            for (_, value) in data.into_iter().flatten() {
                *value = Value::from(mask);
            }
        }
    }
    masked
}

fn masked(value: &Value, redactor: &Redactor) -> Value {
    let inside = |value: &Value| masked(value, redactor);
    match value {
        Value::String(text) => Value::String(redactor.hide(text)),
        Value::List(items) => Value::List(items.iter().map(inside).collect()),
        Value::Map(map) => {
            let entries = map.iter();
            let entries = entries.map(|(key, value)| (redactor.hide(key), inside(value)));
            Value::Map(entries.collect())
        }
        // A number can have the digits of a secret.
        other if redactor.is_match(&other.to_text()) => Value::from(MASK),
        other => other.clone(),
    }
}
