//! Standard output and its width.

use std::io::{IsTerminal, stdout};

use crate::system::error::CliError;
use crate::system::os;
use diagnostics::visible::{self, without_commands};

/// The width of a text for people. Long lines are hard to follow, however wide the terminal is.
pub(crate) fn width() -> usize {
    os::terminal_width().unwrap_or(100).clamp(40, 120)
}

/// Writes a text of this program, which may have colours, to standard output.
pub(crate) fn print(text: &str) -> Result<(), CliError> {
    print_bytes(text.as_bytes())
}

/// Writes a result that may have text of the input to standard output, as it is for programs. A
/// terminal shows control characters as escapes.
pub(crate) fn print_data(text: &str) -> Result<(), CliError> {
    match stdout().is_terminal() {
        true => print_text(text),
        false => print_bytes(text.as_bytes()),
    }
}

/// Writes a text for people that may have text of the input to standard output.
pub(crate) fn print_text(text: &str) -> Result<(), CliError> {
    print_bytes(without_commands(&visible::lines(text)).as_bytes())
}

/// Writes one line for people to standard error.
pub(crate) fn print_message(line: &str) {
    let line = visible::line(line);
    os::write_standard_error(&format!("{}\n", without_commands(&line)));
}

/// As [`print`] to a file or program, for bytes that may not be UTF-8.
pub(crate) fn print_bytes(bytes: &[u8]) -> Result<(), CliError> {
    os::write_standard_output(bytes).map_err(|error| {
        let reason = os::reason(&error);
        CliError::Io(format!("cannot write to standard output: {reason}"))
    })
}
