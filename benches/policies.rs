//! What 30 policies cost, 15 of each kind, in the whole process:
//! `cargo bench --bench policies [-- WORKLOADS..]`.
//!
//! Runs without and with them take turns; the shortest of each, their difference and their ratio are
//! printed.
#![allow(
    clippy::disallowed_methods,
    clippy::disallowed_types,
    reason = "a benchmark starts processes and needs a clock"
)]
#![allow(clippy::unwrap_used, reason = "a benchmark that cannot run ends")]

mod workspace;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

const POLICIES: [(&str, &str); 2] = [
    ("kyverno.yaml", include_str!("policies/kyverno.yaml")),
    ("admission.yaml", include_str!("policies/admission.yaml")),
];

fn write(workloads: usize) -> PathBuf {
    let directory = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("policies-{workloads}"));
    let _ = fs::remove_dir_all(&directory);
    let environments = [
        ("free", "target: kubernetes\nnamespace: shop\n"),
        ("asked", "extends: free\npolicies: [policies]\n"),
    ];
    let environments = environments.map(|(name, text)| {
        let path = format!("environments/{name}/environment.yaml");
        (path, text.to_owned())
    });
    let policies = POLICIES.map(|(name, text)| {
        let path = format!("environments/asked/policies/{name}");
        (path, text.to_owned())
    });
    let files = workspace::workspace(workloads).into_iter();
    for (path, text) in files.chain(environments).chain(policies) {
        let path = directory.join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }
    directory
}

fn run(directory: &Path, environment: &str) -> Duration {
    let begin = Instant::now();
    let output = Command::new(env!("CARGO_BIN_EXE_score-rs"))
        .args(["generate", "--stateless", "--env", environment])
        .current_dir(directory)
        .env("SCORE_RS_SEED", "benchmark-4c1e0b96a7d23f58e1b0")
        .stdout(Stdio::null())
        .output()
        .unwrap();
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{errors}");
    begin.elapsed()
}

fn main() {
    let sizes = std::env::args().filter_map(|size| size.parse().ok());
    let mut sizes: Vec<usize> = sizes.collect();
    if sizes.is_empty() {
        sizes = vec![100, 1000];
    }
    for size in sizes {
        let directory = write(size);
        let mut shortest = [Duration::MAX; 2];
        for _ in 0..(3000 / size).clamp(5, 20) {
            for (environment, shortest) in ["free", "asked"].into_iter().zip(&mut shortest) {
                *shortest = run(&directory, environment).min(*shortest);
            }
        }
        let [free, asked] = shortest;
        let ratio = asked.as_secs_f64() / free.as_secs_f64();
        println!(
            "{size:>6} workloads: {free:.1?} without policies, {asked:.1?} with 30: {:.1?} more, {ratio:.2} of it",
            asked.saturating_sub(free)
        );
    }
}
