//! Measures whole runs of the program: `cargo bench --bench process [-- FILES.. [[BINARY] OLD_BINARY]]`.
//!
//! One line for each number of Score files and each command:
//!
//! - `time`: the shortest of several runs, from start to exit
//! - `cores`: how many cores were busy on average, 100 % for one
//! - `memory`: the most that the program had at once
//!
//! With the path of an older binary the two run in turn, and the line ends with what the new one
//! takes for each second and each megabyte of the old one. On a busy machine only this means
//! something, and waiting for a core makes `cores` small. With two paths the first is measured
//! instead of what cargo builds here. Linux only, since `/proc` is read.
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

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

const COMMANDS: [&[&str]; 6] = [
    &["--version"],
    &["validate"],
    &["validate", "--env", "compose"],
    &["validate", "--env", "kubernetes"],
    &["generate", "--env", "compose", "--stateless"],
    &["generate", "--env", "kubernetes", "--stateless"],
];

/// What the runs of one command with one binary took.
struct Cost {
    shortest: Duration,
    /// From start to exit, of all runs.
    elapsed: Duration,
    /// On all cores, of all runs. The system counts it in hundredths of a second.
    busy: Duration,
    peak_kib: u64,
}

impl Cost {
    fn new() -> Cost {
        Cost {
            shortest: Duration::MAX,
            elapsed: Duration::ZERO,
            busy: Duration::ZERO,
            peak_kib: 0,
        }
    }
}

/// Writes a workspace in the directory of this size.
fn write(workloads: usize) -> PathBuf {
    let directory = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("process-{workloads}"));
    let _ = fs::remove_dir_all(&directory);
    for (path, text) in workspace::workspace(workloads) {
        let path = directory.join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }
    directory
}

fn start(binary: &Path, directory: &Path, arguments: &[&str]) -> Child {
    Command::new(binary)
        .args(arguments)
        .current_dir(directory)
        .env("SCORE_RS_SEED", "benchmark-4c1e0b96a7d23f58e1b0")
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap()
}

/// The time on cores of all processes that this one has started and that ended.
fn time_of_children() -> Duration {
    let stat = fs::read_to_string("/proc/self/stat").unwrap();
    let fields = stat.rsplit(')').next().unwrap().split_whitespace();
    let ticks = fields.skip(13).take(2);
    ticks
        .map(|ticks| Duration::from_millis(10 * ticks.parse::<u64>().unwrap()))
        .sum()
}

/// The most memory that a running process has had, in KiB.
fn peak_kib(process: &Child) -> Option<u64> {
    let status = fs::read_to_string(format!("/proc/{}/status", process.id())).ok()?;
    let line = status
        .lines()
        .find_map(|line| line.strip_prefix("VmHWM:"))?;
    line.split_whitespace().next()?.parse().ok()
}

/// One more run, which counts for the cost. It ends before this returns.
fn run(binary: &Path, directory: &Path, arguments: &[&str], cost: &mut Cost) {
    let before = time_of_children();
    let begin = Instant::now();
    let status = start(binary, directory, arguments).wait().unwrap();
    let elapsed = begin.elapsed();
    cost.shortest = cost.shortest.min(elapsed);
    cost.elapsed += elapsed;
    assert!(
        status.success(),
        "`score-rs {}` failed",
        arguments.join(" ")
    );
    cost.busy += time_of_children() - before;
}

/// Runs of their own for the memory, since looking at it takes time. A short run may end before
/// it is looked at again, so there are several.
fn watch_memory(binary: &Path, directory: &Path, arguments: &[&str], cost: &mut Cost) {
    let mut process = start(binary, directory, arguments);
    while process.try_wait().unwrap().is_none() {
        cost.peak_kib = cost.peak_kib.max(peak_kib(&process).unwrap_or(0));
    }
}

fn measure(binaries: &[PathBuf], workloads: usize, directory: &Path, command: &[&str]) {
    let runs = (3000 / workloads).clamp(3, 100);
    let watched = (300 / workloads).clamp(1, 30);
    let mut costs: Vec<Cost> = binaries.iter().map(|_| Cost::new()).collect();
    for (binary, cost) in binaries.iter().zip(&mut costs) {
        // This fills the file cache too.
        for _ in 0..watched {
            watch_memory(binary, directory, command, cost);
        }
    }
    for _ in 0..runs {
        for (binary, cost) in binaries.iter().zip(&mut costs) {
            run(binary, directory, command, cost);
        }
    }
    let cost = &costs[0];
    let ratio = |one: f64, other: f64| format!("{:.2}", one / other);
    let cores = cost.busy.as_secs_f64() / cost.elapsed.as_secs_f64();
    print!(
        "{workloads:>6} {:<42} {:>9.1?} {:>6.0} % {:>7} MB",
        command.join(" "),
        cost.shortest,
        cores * 100.0,
        cost.peak_kib / 1024
    );
    match costs.get(1) {
        Some(old) => println!(
            "   {} of its {:.1?}, {} of its {} MB",
            ratio(cost.shortest.as_secs_f64(), old.shortest.as_secs_f64()),
            old.shortest,
            ratio(cost.peak_kib as f64, old.peak_kib as f64),
            old.peak_kib / 1024
        ),
        None => println!(),
    }
}

fn main() {
    let arguments: Vec<String> = std::env::args()
        .skip(1)
        .filter(|argument| !argument.starts_with('-'))
        .collect();
    let sizes: Vec<usize> = arguments
        .iter()
        .filter_map(|size| size.parse().ok())
        .collect();
    let paths = arguments
        .iter()
        .filter(|path| path.parse::<usize>().is_err());
    let paths = paths.map(|path| fs::canonicalize(path).unwrap());
    let mut binaries: Vec<PathBuf> = paths.collect();
    if binaries.len() < 2 {
        binaries.insert(0, PathBuf::from(env!("CARGO_BIN_EXE_score-rs")));
    }
    println!(
        "{:>6} {:<42} {:>9} {:>8} {:>10}   of the old binary",
        "files", "command", "time", "cores", "memory"
    );
    let sizes = if sizes.is_empty() {
        vec![1, 100, 1000, 10_000]
    } else {
        sizes
    };
    for size in sizes {
        let directory = write(size);
        for command in COMMANDS {
            measure(&binaries, size, &directory, command);
        }
    }
}
