//! The version of a file that score-rs writes and reads back.

use diagnostics::report::{Problem, Report};
use diagnostics::rule::Rule;
use yaml::{Node, reader};

/// Reports a version that is newer than this program knows, and returns whether it is not. `what`
/// names the file in the message.
pub(super) fn check_version(
    node: &Node,
    what: &str,
    latest: i128,
    rule: &'static Rule,
    report: &mut Report,
) -> bool {
    let Some(version) = reader::integer(node, "`version`", 1, i128::from(u32::MAX), report) else {
        return true;
    };
    if version > latest {
        let message = format!(
            "this {what} has version {version}, but the latest supported version is {latest}"
        );
        let help = "use the version of score-rs that wrote it, or a later one";
        report.push(Problem::new(rule, message).at(node.span).help(help));
    }
    version <= latest
}
