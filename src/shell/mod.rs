//! The world: flags, files, screens.
//!
//! - **Promise:** all files of a run are written, or none; every failure ends in a message and an exit code.
//! - **Takes:** the command line.
//! - **Gives:** an exit code: 0 fine, 1 the input has errors, 2 usage, 3 the world failed.
//! - **Never:** decides what a Score file means.

mod build_flag;
pub mod cli;
mod env_file;
mod environment;
mod fix;
pub mod import;
mod journal;
pub mod levels;
mod os;
mod overlaid;
pub mod pages;
mod project;
mod remote;
pub mod render;
pub mod schemas;
mod silence;
mod state;
mod values;
mod write;

pub use environment::check_text as check_environment;
