//! The version of score-rs that a bundle needs: `version` in its `score-rs.yaml`.

use super::tree::Tree;
use crate::report::lint_levels::required_version::{UNSUPPORTED_VERSION, VERSION, is_in};
use diagnostics::report::{Problem, Report};
use diagnostics::source::{Sources, Span};
use yaml::rules::UNKNOWN_VALUE;

/// The file with the version, at the root of a bundle.
pub(crate) const FILE: &str = "score-rs.yaml";

/// Reports a bundle that does not support this version. `used` is where it is named.
pub(super) fn check(
    tree: &Tree,
    url: &str,
    used: Span,
    sources: &mut Sources,
    report: &mut Report,
) {
    let Some(text) = tree.file(FILE).map(String::from_utf8_lossy) else {
        return;
    };
    let name = super::address::TreePath::of(url).map(|path| path.join(FILE).url());
    let source = sources.add(name.unwrap_or_default(), text);
    for document in yaml::parse(sources, source, report) {
        let version = document.get("version");
        if let Some((range, node)) = version.and_then(|node| Some((node.as_str()?, node))) {
            let problem = match is_in(range) {
                Ok(true) => continue,
                Ok(false) => {
                    let message =
                        format!("`{url}` needs score-rs `{range}`, but this is {VERSION}");
                    let help = format!(
                        "install a version in `{range}`, or name another version of the bundle"
                    );
                    Problem::new(&UNSUPPORTED_VERSION, message).help(help)
                }
                Err(reason) => Problem::new(&UNKNOWN_VALUE, reason)
                    .help("name another version of the bundle, and tell its authors"),
            };
            report.push(problem.at(node.span).secondary(used, "used here"));
        }
    }
}
