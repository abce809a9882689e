//! The command `score-rs`.
//!
//! - [`cli`]: commands, flags, and what they print and write
//! - `lsp`: the language server
//! - [`project`]: the files of a project: Score files, environments, state, remote sources, what
//!   was imported
//! - [`report`]: diagnostics as people and programs read them: formats, levels, suppressions,
//!   pages, fixes
//! - [`system`]: the operating system: files, programs, network, clock, randomness
//!
//! Each uses those below it. What a Score file means is decided in the crate `compiler`.

/// Declares the rules of a module; their pages are in `spec/diagnostics`.
macro_rules! rules {
    ($($rule:tt)*) => {
        diagnostics::declare_rules! { "/spec/diagnostics/" $($rule)* }
    };
}

pub mod cli;
mod lsp;
pub mod project;
pub mod report;
pub mod system;
