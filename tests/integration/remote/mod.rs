//! Definitions and patch templates from elsewhere, from servers on this machine that are part of the tests.

mod git;
mod lock;
mod registry;
pub mod server;
mod web;

use crate::sandbox::{RunResult, SEED, Sandbox, wait_for_exit};

const SHOP: &str = "apiVersion: score.dev/v1b1
metadata: {name: shop}
containers:
  main:
    image: example.com/shop:1
    variables: {BUCKET: '${resources.files.name}'}
resources:
  files: {type: bucket}
";

/// Definitions of which each has another digest.
fn bucket(name: &str) -> String {
    format!("- uri: template://platform/bucket\n  type: bucket\n  outputs: |\n    name: {name}\n")
}

/// A project whose environment `local` asks these sources, and then what is built in.
fn project(sources: &[&str]) -> Sandbox {
    let sandbox = Sandbox::with_files(&[("score.yaml", SHOP)]);
    declare(&sandbox, "local", sources);
    sandbox
}

fn declare(sandbox: &Sandbox, name: &str, sources: &[&str]) {
    let lines: String = sources.iter().map(|source| format!("- {source}\n")).collect();
    let text = format!("target: compose\noutput: {name}.yaml\nprovisioners:\n{lines}- builtin\n");
    sandbox.write(&format!("environments/{name}/environment.yaml"), text);
}

/// Runs with a cache inside the place, and with `git`.
fn run(sandbox: &Sandbox, arguments: &[&str]) -> RunResult {
    run_in(sandbox, arguments, &[])
}

fn run_in(sandbox: &Sandbox, arguments: &[&str], variables: &[(&str, &str)]) -> RunResult {
    let mut command = sandbox.command(arguments);
    command.env("XDG_CACHE_HOME", sandbox.path("cache")).env("PATH", "/usr/local/bin:/usr/bin:/bin");
    command.env("SCORE_RS_SEED", SEED).envs(variables.iter().copied());
    wait_for_exit(command.spawn().unwrap(), arguments)
}

#[track_caller]
fn fine(sandbox: &Sandbox, arguments: &[&str]) -> RunResult {
    let result = run(sandbox, arguments);
    assert_eq!(result.code, Some(0), "{arguments:?}: {}{}", result.stdout, result.stderr);
    result
}

/// Runs into a failure with this exit code, and with these words in what is said.
#[track_caller]
fn fails(sandbox: &Sandbox, arguments: &[&str], code: i32, words: &[&str]) -> RunResult {
    let before = sandbox.list();
    let result = run(sandbox, arguments);
    let said = format!("{}{}", result.stdout, result.stderr);
    assert_eq!(result.code, Some(code), "{arguments:?}: {said}");
    let in_one_line = in_one_line(&said);
    for word in words {
        assert!(in_one_line.contains(word), "{arguments:?} does not say `{word}`: {said}");
    }
    let written: Vec<String> =
        sandbox.list().into_iter().filter(|path| !before.contains(path) && !path.starts_with("cache")).collect();
    assert_eq!(written, Vec::<String>::new(), "{arguments:?} failed and wrote");
    result
}

/// What is said, wherever its lines were broken.
fn in_one_line(said: &str) -> String {
    said.split_whitespace().filter(|word| *word != "│").collect::<Vec<_>>().join(" ")
}

/// The value of a key of the lock, at its first place.
fn locked(sandbox: &Sandbox, key: &str) -> String {
    let lock = sandbox.read("score-rs.lock");
    let line = lock.lines().find_map(|line| line.trim().strip_prefix(&format!("{key}: ")));
    line.unwrap_or_else(|| panic!("no `{key}` in {lock}")).trim_matches(['\'', '"']).to_owned()
}

fn forget_cache(sandbox: &Sandbox) {
    std::fs::remove_dir_all(sandbox.path("cache")).unwrap();
}
