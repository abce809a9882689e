//! A syntax error: what is wrong with a text that is not YAML.

use std::ops::Range;

/// A syntax error with a message and help.
pub(super) struct SyntaxError {
    /// What to mark.
    pub(super) place: Range<usize>,
    /// What is wrong.
    pub(super) message: String,
    /// What to do about it.
    pub(super) help: String,
    /// Where a blank is missing, if that is all that is wrong.
    pub(super) missing_blank: Option<usize>,
}

/// A syntax error that more than a blank would fix.
pub(super) fn syntax_error(
    place: Range<usize>,
    message: impl Into<String>,
    help: impl Into<String>,
) -> SyntaxError {
    SyntaxError {
        place,
        message: message.into(),
        help: help.into(),
        missing_blank: None,
    }
}

/// The line that a byte is in, without its line break.
pub(super) fn line_of(text: &str, offset: usize) -> Range<usize> {
    let start = text[..offset].rfind('\n').map_or(0, |end| end + 1);
    let end = text[offset..]
        .find('\n')
        .map_or(text.len(), |length| offset + length);
    start..end
}
