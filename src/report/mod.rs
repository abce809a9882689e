//! What happens to diagnostics after the compiler: lint levels, suppressions, fixes and formats.

pub(crate) mod autofix;
pub mod format;
pub mod lint_levels;
pub mod rules;
pub mod schemas;
pub(crate) mod suppressions;
