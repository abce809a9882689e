//! The `score-rs` command.

use std::process::ExitCode;

/// A compiler makes and drops many small trees and texts, which the system's allocator takes a
/// third longer for.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    ExitCode::from(score_rs::cli::run(std::env::args_os()))
}
