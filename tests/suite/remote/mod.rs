//! Definitions and patch templates from elsewhere, from servers on this machine that are part of
//! the tests.

mod git;
mod locked;
mod registry;
pub mod server;
mod web;

use crate::place::{Ended, Place, SEED, end};

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
fn project(sources: &[&str]) -> Place {
    let place = Place::with(&[("score.yaml", SHOP)]);
    declare(&place, "local", sources);
    place
}

fn declare(place: &Place, name: &str, sources: &[&str]) {
    let lines: String = sources
        .iter()
        .map(|source| format!("- {source}\n"))
        .collect();
    let text = format!("target: compose\noutput: {name}.yaml\nprovisioners:\n{lines}- builtin\n");
    place.write(&format!("environments/{name}/environment.yaml"), text);
}

/// Runs with a cache inside the place, and with `git`.
fn run(place: &Place, arguments: &[&str]) -> Ended {
    run_in(place, arguments, &[])
}

fn run_in(place: &Place, arguments: &[&str], variables: &[(&str, &str)]) -> Ended {
    let mut command = place.command(arguments);
    command
        .env("XDG_CACHE_HOME", place.path("cache"))
        .env("PATH", "/usr/local/bin:/usr/bin:/bin");
    command
        .env("SCORE_RS_SEED", SEED)
        .envs(variables.iter().copied());
    end(command.spawn().unwrap(), arguments)
}

#[track_caller]
fn fine(place: &Place, arguments: &[&str]) -> Ended {
    let ended = run(place, arguments);
    assert_eq!(
        ended.code,
        Some(0),
        "{arguments:?}: {}{}",
        ended.stdout,
        ended.stderr
    );
    ended
}

/// Runs into a failure with this exit code, and with these words in what is said.
#[track_caller]
fn fails(place: &Place, arguments: &[&str], code: i32, words: &[&str]) -> Ended {
    let before = place.list();
    let ended = run(place, arguments);
    let said = format!("{}{}", ended.stdout, ended.stderr);
    assert_eq!(ended.code, Some(code), "{arguments:?}: {said}");
    let in_one_line = in_one_line(&said);
    for word in words {
        assert!(
            in_one_line.contains(word),
            "{arguments:?} does not say `{word}`: {said}"
        );
    }
    let written: Vec<String> = place
        .list()
        .into_iter()
        .filter(|path| !before.contains(path) && !path.starts_with("cache"))
        .collect();
    assert_eq!(
        written,
        Vec::<String>::new(),
        "{arguments:?} failed and wrote"
    );
    ended
}

/// What is said, wherever its lines were broken.
fn in_one_line(said: &str) -> String {
    said.split_whitespace()
        .filter(|word| *word != "│")
        .collect::<Vec<_>>()
        .join(" ")
}

/// The value of a key of the lock, at its first place.
fn locked(place: &Place, key: &str) -> String {
    let lock = place.read("score-rs.lock");
    let line = lock
        .lines()
        .find_map(|line| line.trim().strip_prefix(&format!("{key}: ")));
    line.unwrap_or_else(|| panic!("no `{key}` in {lock}"))
        .trim_matches(['\'', '"'])
        .to_owned()
}

fn forget_cache(place: &Place) {
    std::fs::remove_dir_all(place.path("cache")).unwrap();
}
