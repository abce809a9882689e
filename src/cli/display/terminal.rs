//! Standard output and its width.

use crate::system::error::CliError;
use crate::system::os;

/// The width of a text for people. Long lines are hard to follow, however wide the terminal is.
pub(crate) fn width() -> usize {
    os::terminal_width().unwrap_or(100).clamp(40, 120)
}

/// Writes the result of a command to standard output.
pub(crate) fn print(text: &str) -> Result<(), CliError> {
    print_bytes(text.as_bytes())
}

/// As [`print`], for bytes that may not be UTF-8.
pub(crate) fn print_bytes(bytes: &[u8]) -> Result<(), CliError> {
    os::write_standard_output(bytes).map_err(|error| {
        let reason = os::reason(&error);
        CliError::Io(format!("cannot write to standard output: {reason}"))
    })
}
