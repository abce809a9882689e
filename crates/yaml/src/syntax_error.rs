//! What is wrong with a text that is not YAML, as data.

use std::ops::Range;

/// A fault in words.
pub(super) struct Fault {
    /// What to mark.
    pub(super) place: Range<usize>,
    /// What is wrong.
    pub(super) message: String,
    /// What to do about it.
    pub(super) help: String,
    /// Where a blank is missing that would mend it.
    pub(super) blank: Option<usize>,
}

/// A fault at a place.
pub(super) fn fault(
    place: Range<usize>,
    message: impl Into<String>,
    help: impl Into<String>,
) -> Fault {
    Fault {
        place,
        message: message.into(),
        help: help.into(),
        blank: None,
    }
}

/// The line that holds a byte, without its line break.
pub(super) fn line_of(text: &str, offset: usize) -> Range<usize> {
    let start = text[..offset].rfind('\n').map_or(0, |end| end + 1);
    let end = text[offset..]
        .find('\n')
        .map_or(text.len(), |length| offset + length);
    start..end
}
