//! Patterns of names: `*` is any text, `?` any character.

use super::rules::INVALID_PATCH;
use diagnostics::report::{Problem, Report};
use diagnostics::source::Spanned;

/// A pattern of names, and its place.
pub(super) type Glob = Spanned<String>;

/// Reports characters that have a meaning in the patterns of other programs.
pub(super) fn check(glob: &Glob, report: &mut Report) {
    if let Some(other) = glob.value.chars().find(|one| "[]{}!|^$".contains(*one)) {
        let message = format!(
            "`{}` is not a valid pattern: it has a `{other}`",
            glob.value
        );
        let help = "write a name, in which `*` is any text and `?` any character";
        report.push(
            Problem::new(&INVALID_PATCH, message)
                .at(glob.span)
                .help(help),
        );
    }
}
