//! The `score-rs` command.

use std::process::ExitCode;

fn main() -> ExitCode {
    ExitCode::from(score_rs::shell::cli::run(std::env::args_os()))
}
