//! Percent-encoding, as URLs have it.

use std::fmt::Write;

/// What stands for itself in each part of a URL, besides letters and digits (RFC 3986, "Unreserved
/// Characters").
pub const UNRESERVED: &str = "-._~";

/// Encodes each byte of a text but ASCII letters, digits and these ASCII characters.
///
/// ```
/// use diagnostics::percent::{UNRESERVED, encode};
///
/// assert_eq!(encode("a/b ä", UNRESERVED), "a%2Fb%20%C3%A4");
/// assert_eq!(encode("a/b ä", "/"), "a/b%20%C3%A4");
/// ```
pub fn encode(text: &str, plain: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || plain.as_bytes().contains(&byte) {
            out.push(char::from(byte));
        } else {
            // Writing to a string cannot fail.
            _ = write!(out, "%{byte:02X}");
        }
    }
    out
}
