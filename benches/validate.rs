//! The whole process of `score-rs validate`, as a hook runs it:
//! `cargo bench --bench validate [-- WORKLOADS..]`.
//!
//! For each size, without an environment and with each: the median time of several runs from start
//! to exit, files found and read from disk. The first run of each warms the file cache and does not
//! count.
#![allow(
    clippy::disallowed_methods,
    clippy::disallowed_types,
    reason = "a benchmark starts processes and needs a clock"
)]
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a benchmark that cannot run ends"
)]

mod workspace;

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

/// Writes a workspace in the directory of this size.
fn write(workloads: usize) -> PathBuf {
    let directory = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("validate-{workloads}"));
    let _ = std::fs::remove_dir_all(&directory);
    for (path, text) in workspace::workspace(workloads) {
        let path = directory.join(path);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    }
    directory
}

fn run(directory: &Path, arguments: &[&str]) -> Duration {
    let start = Instant::now();
    let status = Command::new(env!("CARGO_BIN_EXE_score-rs"))
        .args(arguments)
        .current_dir(directory)
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status()
        .unwrap();
    let time = start.elapsed();
    assert!(status.success(), "the workspace is not valid");
    time
}

fn main() {
    let arguments: Vec<usize> = std::env::args()
        .filter_map(|argument| argument.parse().ok())
        .collect();
    let sizes = if arguments.is_empty() {
        vec![1, 1000]
    } else {
        arguments
    };
    println!("{:>6} {:<36} {:>9}", "files", "command", "median");
    for size in sizes {
        let directory = write(size);
        for command in [
            &["validate"][..],
            &["validate", "--env", "compose"],
            &["validate", "--env", "kubernetes"],
        ] {
            let runs = (2000 / size).clamp(11, 101);
            run(&directory, command);
            let mut times: Vec<Duration> = (0..runs).map(|_| run(&directory, command)).collect();
            times.sort_unstable();
            println!(
                "{size:>6} {:<36} {:>9.1?}",
                command.join(" "),
                times[runs / 2]
            );
        }
    }
}
