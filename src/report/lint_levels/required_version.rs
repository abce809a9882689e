//! The version of score-rs that a project requires: `version` of the project file.

use diagnostics::report::{Problem, Report};
use diagnostics::source::Spanned;
use go_template::semver::Version;
use yaml::rules::UNKNOWN_VALUE;

rules! {
    /// The project, or a bundle that it uses, requires another version of score-rs.
    pub UNSUPPORTED_VERSION: "unsupported-version", Error;
}

/// The version of this program.
pub(crate) const VERSION: &str = env!("CARGO_PKG_VERSION");

/// Whether this version is in a range. An error says why the text is no range.
pub(crate) fn is_in(range: &str) -> Result<bool, String> {
    Version::parse(VERSION).and_then(|version| version.is_in(range))
}

/// Whether this version may read the project. Reports a range that does not include this version,
/// and an invalid range, with which the project is read.
pub(super) fn check(range: &Spanned<String>, report: &mut Report) -> bool {
    let required = &range.value;
    let result = is_in(required);
    let problem = match &result {
        Ok(true) => return true,
        Ok(false) => {
            let message =
                format!("this project requires score-rs `{required}`, but this is {VERSION}");
            let help = format!("install a version in `{required}`");
            Problem::new(&UNSUPPORTED_VERSION, message).help(help)
        }
        Err(reason) => Problem::new(&UNKNOWN_VALUE, reason)
            .help(format!("write a range of versions, such as `>={VERSION}`")),
    };
    report.push(problem.at(range.span));
    result.is_err()
}
