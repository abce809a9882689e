//! Why a command ends early.

use diagnostics::report::Reported;

/// Why a command ends before its work is done. The message of [`CliError::Usage`] and
/// [`CliError::Io`] is one line without a full stop.
pub(crate) enum CliError {
    /// The command line is wrong; exit code 2.
    Usage(String),
    /// The system refused something, such as to read a file; exit code 3.
    Io(String),
    /// The input has errors, which are in the report; exit code 1.
    Reported,
}

impl From<Reported> for CliError {
    fn from(_: Reported) -> CliError {
        CliError::Reported
    }
}
