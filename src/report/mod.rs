//! Diagnostics as people and programs read them.

pub(crate) mod autofix;
pub mod docs;
pub mod format;
pub mod lint_levels;
pub mod rules;
pub mod schemas;
pub(crate) mod suppressions;
