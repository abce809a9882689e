//! Remote definitions and patch templates, from local servers of the tests.

mod credentials;
mod git;
mod lock;
mod oci;
mod platform;
mod platform_git;
mod platform_mistakes;
mod production;
mod push;
mod registry;
pub mod server;
mod tls;
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

/// The path of a file of definitions on a web server.
const PATH: &str = "/p.provisioners.yaml";

/// Definitions with a digest that depends on the name.
fn bucket(name: &str) -> String {
    format!("- uri: template://platform/bucket\n  type: bucket\n  outputs: |\n    name: {name}\n")
}

/// A project whose environment `local` has these sources, followed by the built-in definitions.
fn project(sources: &[&str]) -> Sandbox {
    let sandbox = Sandbox::with_files(&[("score.yaml", SHOP)]);
    declare(&sandbox, "local", sources);
    sandbox
}

fn declare(sandbox: &Sandbox, name: &str, sources: &[&str]) {
    let lines: String = sources
        .iter()
        .map(|source| format!("- {source}\n"))
        .collect();
    let text = format!("target: compose\noutput: {name}.yaml\nprovisioners:\n{lines}- builtin\n");
    sandbox.write(&format!("environments/{name}/environment.yaml"), text);
}

/// Runs with a cache in the sandbox, and with `git`.
fn run(sandbox: &Sandbox, arguments: &[&str]) -> RunResult {
    run_in(sandbox, arguments, &[])
}

fn run_in(sandbox: &Sandbox, arguments: &[&str], variables: &[(&str, &str)]) -> RunResult {
    let mut command = sandbox.command(arguments);
    command
        .env("XDG_CACHE_HOME", sandbox.path("cache"))
        .env("PATH", "/usr/local/bin:/usr/bin:/bin");
    command
        .env("SCORE_RS_SEED", SEED)
        .envs(variables.iter().copied());
    wait_for_exit(command.spawn().unwrap(), arguments)
}

#[track_caller]
fn succeeds(sandbox: &Sandbox, arguments: &[&str]) -> RunResult {
    let result = run(sandbox, arguments);
    assert_eq!(
        result.code,
        Some(0),
        "{arguments:?}: {}{}",
        result.stdout,
        result.stderr
    );
    result
}

/// Checks that a run fails with this exit code and these messages, and writes nothing.
#[track_caller]
fn fails(sandbox: &Sandbox, arguments: &[&str], code: i32, messages: &[&str]) -> RunResult {
    let before = sandbox.list();
    let result = run(sandbox, arguments);
    let output = format!("{}{}", result.stdout, result.stderr);
    assert_eq!(result.code, Some(code), "{arguments:?}: {output}");
    let in_one_line = in_one_line(&output);
    for message in messages {
        assert!(
            in_one_line.contains(message),
            "{arguments:?} does not print `{message}`: {output}"
        );
    }
    let written: Vec<String> = sandbox
        .list()
        .into_iter()
        .filter(|path| !before.contains(path) && !path.starts_with("cache"))
        .collect();
    assert_eq!(
        written,
        Vec::<String>::new(),
        "{arguments:?} failed and wrote"
    );
    result
}

/// The output without line breaks.
fn in_one_line(output: &str) -> String {
    output
        .split_whitespace()
        .filter(|message| *message != "│")
        .collect::<Vec<_>>()
        .join(" ")
}

/// The first value of a key in the lock file.
fn lock_value(sandbox: &Sandbox, key: &str) -> String {
    let lock = sandbox.read("score-rs.lock");
    let line = lock
        .lines()
        .find_map(|line| line.trim().strip_prefix(&format!("{key}: ")));
    line.unwrap_or_else(|| panic!("no `{key}` in {lock}"))
        .trim_matches(['\'', '"'])
        .to_owned()
}

fn forget_cache(sandbox: &Sandbox) {
    std::fs::remove_dir_all(sandbox.path("cache")).unwrap();
}
