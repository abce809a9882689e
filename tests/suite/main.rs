//! Everything that is tested from outside: the shape of the sources, and the binary as a user meets
//! it.
//!
//! It is one binary because each test binary links the whole library again.
// The compiler has one door to the world; its tests play the world and need none.
#![allow(
    clippy::disallowed_methods,
    clippy::disallowed_types,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic
)]

mod builtin;
mod cli;
mod commands;
mod compare;
mod corpus;
mod determinism;
mod env_file;
mod environments;
mod example;
mod explain;
mod fix;
mod fixtures;
mod hostile;
mod import;
mod killed;
mod language;
mod layout;
mod levels;
mod mutations;
mod pages;
mod place;
mod random;
mod readme;
mod recorded;
mod remote;
mod reports;
mod resources;
mod rules;
mod schedule;
mod schemas;
mod sources;
mod state;
mod taking_over;
mod together;
mod workspace;
mod world;
mod wrong;
