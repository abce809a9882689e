//! The page of each kind of diagnostic, as `spec/diagnostics/` has it.

use diagnostics::report::{Problem, Report};
use diagnostics::source::{Spanned, suggestion};

/// Each name that a diagnostic may have, with its page.
macro_rules! pages {
    ($($name:literal)*) => {
        &[$(($name, include_str!(concat!("../../spec/diagnostics/", $name, ".md")))),*]
    };
}

/// Names and pages, by name. `tests/suite/pages.rs` compares them with the names in the sources.
#[rustfmt::skip]
pub const PAGES: &[(&str, &str)] = pages! {
    "added-by-override"
    "any-output"
    "api-version"
    "before-cycle"
    "before-self"
    "broken-secret"
    "build-form"
    "build-not-used"
    "changed-provisioner"
    "command-failed"
    "comment-syntax"
    "config-map-not-possible"
    "deprecated-form"
    "digest-mismatch"
    "duplicate-key"
    "duplicate-object"
    "duplicate-port"
    "duplicate-target"
    "duplicate-workload"
    "empty-file"
    "empty-image"
    "empty-probe"
    "empty-value"
    "environment-name"
    "extends-cycle"
    "file-collision"
    "file-content"
    "file-source"
    "file-too-large"
    "fixed-level"
    "health-not-checked"
    "healthy-without-probe"
    "image-form"
    "inferred-port"
    "invalid-base64"
    "invalid-manifest"
    "invalid-mode"
    "invalid-name"
    "invalid-quantity"
    "invalid-schedule"
    "invalid-target"
    "invalid-time-zone"
    "liveness-not-used"
    "lock-digest"
    "lock-version"
    "misnamed-environment"
    "misnamed-project-file"
    "missing-image"
    "missing-key"
    "missing-namespace"
    "missing-output"
    "missing-output-name"
    "missing-schedule"
    "misspelt-annotations"
    "misspelt-comment"
    "name-collision"
    "new-seed"
    "no-containers"
    "no-provisioner"
    "no-such-file"
    "no-value"
    "not-a-go-state"
    "not-a-placeholder"
    "not-a-service"
    "not-a-volume"
    "not-a-workload"
    "not-cached"
    "not-locked"
    "not-shared"
    "not-utf8"
    "nul-character"
    "out-of-range"
    "outside-project"
    "override-path"
    "override-without-workload"
    "patch-path"
    "patch-template"
    "placeholder-syntax"
    "port-not-mapped"
    "port-published-twice"
    "probe-ignored"
    "probe-with-two-ways"
    "publish-form"
    "publish-not-possible"
    "remote-source"
    "removed-key"
    "request-above-limit"
    "resource-conflict"
    "resource-cycle"
    "same-output"
    "schedule-not-used"
    "secret-not-possible"
    "section-shape"
    "section-yaml"
    "set-key"
    "skipped-resource"
    "split-workload"
    "state-not-kept"
    "state-passed-over"
    "state-version"
    "target-port"
    "template-error"
    "two-defaults"
    "unclosed-quote"
    "undeclared-port"
    "unknown-container"
    "unknown-engine"
    "unknown-environment"
    "unknown-key"
    "unknown-kind"
    "unknown-metadata"
    "unknown-output"
    "unknown-param"
    "unknown-placeholder-root"
    "unknown-port"
    "unknown-resource"
    "unknown-rule"
    "unknown-value"
    "unknown-workload"
    "unset-variable"
    "unused-allow"
    "unused-annotation"
    "unused-image"
    "unused-resource"
    "unused-value"
    "volume-source"
    "wrong-target"
    "wrong-type"
    "yaml-alias"
    "yaml-key"
    "yaml-size"
    "yaml-syntax"
    "yaml-tag"
};

/// The names of all diagnostics, sorted.
pub fn names() -> impl Iterator<Item = &'static str> + Clone {
    PAGES.iter().map(|(name, _)| *name)
}

/// The page of a diagnostic; `None` for a name that none has.
pub fn page(name: &str) -> Option<&'static str> {
    let index = PAGES.binary_search_by_key(&name, |(own, _)| own).ok()?;
    PAGES.get(index).map(|(_, page)| *page)
}

/// How much problems of a page's kind weigh, as the page says it.
pub fn level(page: &str) -> &str {
    page.lines()
        .find_map(|line| line.strip_prefix("Level: "))
        .unwrap_or_default()
}

/// The sentence with which a page opens, in one line.
pub fn summary(page: &str) -> String {
    let opening = page
        .lines()
        .skip_while(|line| line.is_empty() || line.starts_with('#'));
    opening
        .take_while(|line| !line.is_empty())
        .collect::<Vec<_>>()
        .join(" ")
}

/// Whether what bears this name is an error always.
pub fn is_error(name: &str) -> bool {
    page(name).is_some_and(|page| level(page) == "error")
}

/// The rule of a name; reports when there is none.
pub(crate) fn rule(name: &Spanned<String>, report: &mut Report) -> Option<&'static str> {
    let known = names().find(|known| *known == name.value);
    if known.is_none() {
        let problem = Problem::new("unknown-rule", format!("there is no rule `{}`", name.value))
            .at(name.span);
        let _ = report.error(problem.help(nearest_rule(&name.value)));
    }
    known
}

/// The problem of a name whose problems are errors always.
pub(crate) fn fixed_level(name: &Spanned<String>) -> Problem {
    let problem = Problem::new(
        "fixed-level",
        format!("`{}` is an error and stays one", name.value),
    );
    problem
        .at(name.span)
        .help("remove it here, and mend what it reports")
}

/// What to do about a name that no rule has.
pub(crate) fn nearest_rule(name: &str) -> String {
    suggestion(name, names(), || {
        "the name is the word in brackets behind a message".to_owned()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_opens_with_what_it_is_about() {
        let page = "# name\n\nA sentence\nof two lines.\n\nLevel: note\n\n## Cause\n";
        assert_eq!(
            (summary(page).as_str(), level(page)),
            ("A sentence of two lines.", "note")
        );
        assert_eq!((summary("").as_str(), level("# name\n")), ("", ""));
    }
}
