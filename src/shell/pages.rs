//! The page of each kind of diagnostic, as `spec/diagnostics/` has it.

/// Each name that a diagnostic may have, with its page.
macro_rules! pages {
    ($($name:literal)*) => {
        &[$(($name, include_str!(concat!("../../spec/diagnostics/", $name, ".md")))),*]
    };
}

/// Names and pages, by name. `tests/suite/pages.rs` compares them with the names in the sources.
#[rustfmt::skip]
pub const PAGES: &[(&str, &str)] = pages! {
    "before-cycle"
    "changed-provisioner"
    "name-collision"
    "new-seed"
    "no-containers"
    "no-provisioner"
    "no-value"
    "not-a-go-state"
    "not-a-service"
    "not-a-volume"
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
    "removed-key"
    "resource-conflict"
    "resource-cycle"
    "schedule-not-used"
    "secret-not-possible"
    "section-shape"
    "section-yaml"
    "set-key"
    "skipped-resource"
    "split-workload"
    "state-not-kept"
    "state-version"
    "target-port"
    "template-error"
    "unclosed-quote"
    "undeclared-port"
    "unknown-container"
    "unknown-engine"
    "unknown-key"
    "unknown-kind"
    "unknown-metadata"
    "unknown-output"
    "unknown-param"
    "unknown-placeholder-root"
    "unknown-port"
    "unknown-resource"
    "unknown-value"
    "unknown-workload"
    "unset-variable"
    "unused-annotation"
    "unused-image"
    "volume-source"
    "wrong-type"
    "yaml-alias"
    "yaml-key"
    "yaml-size"
    "yaml-syntax"
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
