//! Differences from Go that are meant; `spec/compatibility.md` has them for users.

use super::{Go, Verdict};
use crate::TemplateError;

/// Why this difference is accepted.
pub(super) fn reason(
    verdict: &Verdict,
    ours: &Result<String, TemplateError>,
) -> Option<&'static str> {
    match (&verdict.go, ours) {
        (Go::Text(_), Err(error)) => refused(&verdict.template, error),
        (Go::Text(go), Ok(ours)) => another_text(&verdict.template, go, ours),
        // What follows from a JSON text that is read otherwise.
        _ => json(&verdict.template),
    }
}

fn refused(template: &str, error: &TemplateError) -> Option<&'static str> {
    let place = template.get(error.start..error.end)?;
    let calls = |names: &[&str]| names.iter().any(|name| place.contains(name));
    if calls(&["b64dec", "b32dec"]) {
        return Some(
            "what cannot be decoded is an error, since its text would end up in a password",
        );
    }
    if calls(&["trunc", "substr", "abbrev", "wrap"])
        && (!template.is_ascii() || template.contains("\\u2"))
    {
        return Some("a text that ends within a character is an error");
    }
    if place.ends_with('i') {
        return Some("there are no complex numbers");
    }
    json(template)
}

fn another_text(template: &str, go: &str, ours: &str) -> Option<&'static str> {
    let calls = |name: &str| template.contains(name);
    if (calls("keys") || calls("values")) && sorted(go) == sorted(ours) {
        return Some(
            "keys and values are in the order of the keys; in Go each run has another order",
        );
    }
    if (calls("deepCopy") || calls("DeepCopy")) && calls("semver") {
        return Some("the copy of a version is that version; in Go it is 0.0.0");
    }
    if (calls("merge") || calls("unset")) && go == "null" && ours == "{}" {
        return Some("a map that is missing is empty in JSON");
    }
    if is_near(go, ours) {
        return Some("decimals of more than 38 digits are rounded after each step");
    }
    json(template)
}

fn json(template: &str) -> Option<&'static str> {
    (template.contains("romJson") && (template.contains("\\ud800") || template.contains("1e999")))
        .then_some("half a surrogate pair and numbers beyond a float are not JSON")
}

fn sorted(text: &str) -> Vec<char> {
    let mut characters: Vec<char> = text.chars().collect();
    characters.sort_unstable();
    characters
}

fn is_near(go: &str, ours: &str) -> bool {
    match (number(go), number(ours)) {
        (Some(go), Some(ours)) => (go - ours).abs() <= go.abs() * 1e-15,
        _ => false,
    }
}

/// The number at the end of the text.
fn number(text: &str) -> Option<f64> {
    text.trim_matches('"').rsplit(' ').next()?.parse().ok()
}
