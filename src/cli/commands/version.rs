use crate::cli::flags::reporting::print;
use crate::cli::{FINE, WRONG_INPUT};
use crate::system::error::CliError;
use crate::system::os;
use go_template::semver::Version;

/// The version of this program.
const OWN: &str = env!("CARGO_PKG_VERSION");

/// Succeed when this version of score-rs is one that a script or project needs
///
/// Exit status: 0 it is, 1 it is not, 2 wrong usage.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  score-rs check-version '>=0.1.0'
  score-rs check-version '>=0.1, <2'
  score-rs check-version '~0.1 || ^2.3'")]
pub(crate) struct Arguments {
    /// A version, or a range of versions with `=`, `!=`, `>`, `>=`, `<`, `<=`, `~` or `^`
    #[arg(value_name = "CONSTRAINT", value_parser = parse_flag)]
    constraint: String,
}

fn parse_flag(text: &str) -> Result<String, String> {
    let read = Version::parse(OWN).and_then(|own| own.is_in(text));
    read.map(|_| text.to_owned())
        .map_err(|why| format!("{why}; write one such as `>=0.1.0`"))
}

/// Prints the version, as `--version` does.
pub(crate) fn show() -> Result<u8, CliError> {
    print(&format!("score-rs {OWN}\n"))?;
    Ok(FINE)
}

pub(crate) fn check(arguments: &Arguments) -> Result<u8, CliError> {
    let met = Version::parse(OWN)
        .and_then(|own| own.is_in(&arguments.constraint))
        .map_err(CliError::Usage)?;
    if met {
        return Ok(FINE);
    }
    let message = format!(
        "this is score-rs {OWN}, and `{}` is needed: install such a version",
        arguments.constraint
    );
    os::write_standard_error(&format!("error: {message}\n"));
    Ok(WRONG_INPUT)
}
