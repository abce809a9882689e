//! All stages of the compiler on generated workspaces: `cargo bench --bench pipeline [-- WORKLOADS..]`.
//!
//! For each size and target: the median time of several runs, the time per workload (which stays
//! the same when cost grows linearly), and the share of each stage. Files are read from memory;
//! nothing is written.
#![allow(
    clippy::disallowed_methods,
    clippy::disallowed_types,
    reason = "a benchmark needs a clock"
)]
#![allow(
    clippy::panic,
    clippy::expect_used,
    reason = "a benchmark that cannot run ends"
)]

mod workspace;

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

use std::cell::RefCell;
use std::path::Path;
use std::time::{Duration, Instant};

use compiler::compile::{Request, generate};
use compiler::emit::OutputText;
use compiler::support::host::{Host, HostError};
use compiler::support::random::Key;
use compiler::targets::compose::Compose;
use compiler::targets::kubernetes::Kubernetes;
use compiler::targets::target::{Options, Target};
use diagnostics::report::Report;
use diagnostics::source::Sources;

/// Decoding and checking go file by file, so they are one share.
const STAGES: [&str; 9] = [
    "read",
    "parse",
    "overlay",
    "decode",
    "link",
    "provision",
    "plan",
    "lower",
    "emit",
];

/// A host without files, with a seed.
struct EmptyHost;

impl Host for EmptyHost {
    fn read(&self, _: &Path) -> Result<Vec<u8>, HostError> {
        Err(HostError::NotFound)
    }

    fn seed(&self) -> Result<Key, HostError> {
        Ok(Key::from_seed(b"benchmark"))
    }
}

/// One run: the time of each stage, in the order of `STAGES`, and the size of the output.
fn run(files: &[(String, String)], target: &dyn Target) -> (Vec<Duration>, usize) {
    let marks: RefCell<Vec<(&str, Instant)>> = RefCell::new(vec![("read", Instant::now())]);
    let watch = |stage: &'static str| marks.borrow_mut().push((stage, Instant::now()));
    let mut sources = Sources::default();
    let score_files = files
        .iter()
        .map(|(path, text)| sources.add(path.as_str(), text.as_str()))
        .collect();
    let request = Request {
        score_files,
        options: Options {
            mounts: "mounts".into(),
            mounts_in_output: "./mounts".into(),
            http_probes: true,
            ..Options::default()
        },
        watch: &watch,
        ..Request::new(target)
    };
    let mut report = Report::default();
    let Ok(output) = generate(&mut sources, &EmptyHost, &request, &mut report) else {
        panic!(
            "the workspace does not compile: {:?}",
            report.in_order().first()
        );
    };
    let mut ends = marks.into_inner();
    ends.push(("end", Instant::now()));
    let mut times = vec![Duration::ZERO; STAGES.len()];
    for pair in ends.windows(2) {
        // Patching has no stage of its own here: without patch templates it does nothing.
        let name = if pair[0].0 == "patch" {
            "emit"
        } else {
            pair[0].0
        };
        let stage = STAGES
            .iter()
            .position(|stage| *stage == name)
            .expect("every stage is listed");
        times[stage] += pair[1].1 - pair[0].1;
    }
    let OutputText::One(text) = output.emitted else {
        panic!("one file was asked for")
    };
    (times, text.len())
}

fn median(mut times: Vec<Duration>) -> Duration {
    times.sort_unstable();
    times[times.len() / 2]
}

fn measure(workloads: usize, target: &dyn Target) {
    let files = workspace::workspace(workloads);
    let runs: Vec<(Vec<Duration>, usize)> = (0..(2000 / workloads).clamp(3, 50))
        .map(|_| run(&files, target))
        .collect();
    let total = median(runs.iter().map(|(times, _)| times.iter().sum()).collect());
    let per_workload = total / u32::try_from(workloads).unwrap_or(u32::MAX);
    print!(
        "{workloads:>6} {:<10} {total:>9.1?} {per_workload:>9.1?} {:>7} KiB ",
        target.name(),
        runs[0].1 / 1024
    );
    for (index, stage) in STAGES.iter().enumerate() {
        let share = median(runs.iter().map(|(times, _)| times[index]).collect()).as_secs_f64()
            / total.as_secs_f64();
        if share >= 0.005 {
            print!(" {stage} {:.0}%", share * 100.0);
        }
    }
    println!();
}

fn main() {
    let arguments: Vec<usize> = std::env::args()
        .filter_map(|argument| argument.parse().ok())
        .collect();
    let sizes = if arguments.is_empty() {
        vec![1, 100, 1000]
    } else {
        arguments
    };
    println!(
        "{:>6} {:<10} {:>9} {:>9} {:>11}  share of each stage",
        "files", "target", "median", "per file", "output"
    );
    for size in sizes {
        for target in [&Compose as &dyn Target, &Kubernetes] {
            measure(size, target);
        }
    }
}
