//! Strings and characters between quotes, as Go writes them.

use std::fmt::Write;

/// `%q`: between double quotes, with escapes for what is not printable, or not ASCII.
pub(super) fn quote(text: &str, only_ascii: bool) -> String {
    let mut out = String::with_capacity(text.len() + 2);
    out.push('"');
    for character in text.chars() {
        push(&mut out, character, '"', only_ascii);
    }
    out.push('"');
    out
}

/// Whether `%#q` can write the text between backquotes.
pub(super) fn can_backquote(text: &str) -> bool {
    let is_special = |c: char| (c.is_ascii_control() && c != '\t') || matches!(c, '`' | '\u{feff}');
    !text.contains(is_special)
}

/// `%q` of a number: the character between single quotes.
pub(super) fn quote_character(character: char, only_ascii: bool) -> String {
    let mut out = String::from("'");
    push(&mut out, character, '\'', only_ascii);
    out.push('\'');
    out
}

fn push(out: &mut String, character: char, quote: char, only_ascii: bool) {
    match character {
        '\\' => out.push_str("\\\\"),
        '\n' => out.push_str("\\n"),
        '\r' => out.push_str("\\r"),
        '\t' => out.push_str("\\t"),
        '\x07' => out.push_str("\\a"),
        '\x08' => out.push_str("\\b"),
        '\x0c' => out.push_str("\\f"),
        '\x0b' => out.push_str("\\v"),
        _ if character == quote => {
            out.push('\\');
            out.push(character);
        }
        _ if is_printable(character) && (character.is_ascii() || !only_ascii) => {
            out.push(character)
        }
        _ => push_code(out, u32::from(character)),
    }
}

fn push_code(out: &mut String, code: u32) {
    // Writing to a string cannot fail.
    let _ = match code {
        0..0x80 => write!(out, "\\x{code:02x}"),
        0x80..0x1_0000 => write!(out, "\\u{code:04x}"),
        _ => write!(out, "\\U{code:08x}"),
    };
}

/// Rust escapes in debug output what Go calls unprintable; after another character it lets
/// combining marks through.
pub(super) fn is_printable(character: char) -> bool {
    if character.is_ascii() {
        return (' '..='~').contains(&character);
    }
    let mut both = String::from("a");
    both.push(character);
    both.escape_debug().count() == 2
}
