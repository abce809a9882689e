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
    "split-workload"
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
