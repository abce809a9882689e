//! Texts in formats where some characters have a meaning.

/// A text with what a format writes instead of some characters. Control characters, which no format
/// has, are replaced.
pub(super) fn escape(text: &str, instead: impl Fn(char) -> Option<&'static str>) -> String {
    let mut escaped = String::new();
    for char in text.chars() {
        match instead(char) {
            Some(text) => escaped += text,
            None if char.is_control() => escaped.push(char::REPLACEMENT_CHARACTER),
            None => escaped.push(char),
        }
    }
    escaped
}
