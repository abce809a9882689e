//! Everything that is tested from outside: the shape of the sources, and the binary as a user meets it.
//!
//! It is one binary because each test binary links the whole library again.
// The compiler has one door to the world; its tests play the world and need none.
#![allow(clippy::disallowed_methods, clippy::disallowed_types, clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod adversarial;
mod architecture;
mod autofix;
mod autofix_layouts;
mod bench_workspace;
mod builtin_provisioners;
mod cli;
mod command_provisioners;
mod corpus;
mod crash_recovery;
mod cross_file_rules;
mod determinism;
mod diagnostic_docs;
mod diff;
mod env_file;
mod environments;
mod error_isolation;
mod example;
mod explain;
mod filesystem;
mod fixtures;
mod go_tools;
mod import;
mod import_errors;
mod language;
mod lint_levels;
mod mutations;
mod random;
mod readme;
mod remote;
mod reports;
mod resources;
mod sandbox;
mod scheduler;
mod schemas;
mod state;
mod ui;
