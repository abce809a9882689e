//! Exit codes, and the one that an error ends with.

use super::display::terminal::print_message;
use crate::system::error::CliError;
use crate::system::os;

/// The exit code of a command.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ExitCode {
    /// The command has done its work.
    Success = 0,
    /// The input has errors, or a check failed.
    InvalidInput = 1,
    /// The command line is wrong.
    Usage = 2,
    /// A file, the network or standard output failed.
    Io = 3,
    /// A comparison found a difference.
    Difference = 4,
}

impl ExitCode {
    /// Ends the process.
    pub fn end(self) -> ! {
        os::exit(self as u8)
    }
}

/// Prints an error that no report has, and returns its exit code.
pub(super) fn print_error(error: CliError) -> ExitCode {
    let (message, code) = match error {
        CliError::Usage(message) => (message, ExitCode::Usage),
        CliError::Io(message) => (message, ExitCode::Io),
        CliError::Reported => return ExitCode::InvalidInput,
    };
    print_message(&format!("error: {message}"));
    code
}
