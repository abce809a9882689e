use crate::cli::ExitCode;
use crate::cli::display::terminal::{print, print_message};
use crate::report::lint_levels::required_version::{VERSION, is_in};
use crate::system::error::CliError;

/// The commit that a release was built from.
const COMMIT: Option<&str> = option_env!("SCORE_RS_COMMIT");

/// Exit 0 if this version satisfies a constraint
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  score-rs check-version '>=0.1.0'
  score-rs check-version '>=0.1, <2'
  score-rs check-version '~0.1 || ^2.3'")]
pub(crate) struct Arguments {
    /// Version, or a range with `=`, `!=`, `>`, `>=`, `<`, `<=`, `~` or `^`
    #[arg(value_name = "CONSTRAINT", value_parser = parse_flag)]
    constraint: String,
}

fn parse_flag(text: &str) -> Result<String, String> {
    is_in(text)
        .map(|_| text.to_owned())
        .map_err(|reason| format!("{reason}; write one such as `>=0.1.0`"))
}

/// The version, and for a release its commit.
pub(crate) fn long_version() -> String {
    match COMMIT {
        Some(commit) => format!("{VERSION} ({commit})"),
        None => VERSION.to_owned(),
    }
}

/// Prints the version, as `--version` does.
pub(crate) fn print_version() -> Result<ExitCode, CliError> {
    print(&format!("score-rs {}\n", long_version()))?;
    Ok(ExitCode::Success)
}

pub(crate) fn check(arguments: &Arguments) -> Result<ExitCode, CliError> {
    if is_in(&arguments.constraint).map_err(CliError::Usage)? {
        return Ok(ExitCode::Success);
    }
    let message = format!(
        "score-rs {VERSION} does not satisfy `{}`: install a version that does",
        arguments.constraint
    );
    print_message(&format!("error: {message}"));
    Ok(ExitCode::InvalidInput)
}
