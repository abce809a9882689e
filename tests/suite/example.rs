//! The shop in `examples/`: three environments, twelve workloads, and what is committed of them.
//!
//! Run with `UPDATE_FIXTURES=1` to accept what comes out now; then read each line that changed.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use crate::fixtures::read_files;
use crate::place::{Ended, Place, end};

const OUTPUTS: [&str; 3] = ["compose.yaml", "deploy/prod.yaml", "deploy/staging.yaml"];

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("examples/shop")
}

/// A fresh clone, without what somebody's own runs have kept or made.
fn clone(place: &Place, below: &str) {
    let files = read_files(&root());
    let kept = files
        .iter()
        .filter(|(path, _)| !path.starts_with(".score-rs") && !OUTPUTS.contains(&path.as_str()));
    kept.for_each(|(path, text)| place.write(&format!("{below}{path}"), text));
}

fn generate(place: &Place, below: &str) -> Ended {
    let path = place.path(below);
    let arguments = [
        "-C",
        path.to_str().unwrap(),
        "generate",
        "--all-environments",
        "--message-format",
        "short",
    ];
    let ended = end(
        place
            .command(&arguments)
            .env("SCORE_RS_SEED", "shop")
            .spawn()
            .unwrap(),
        &arguments,
    );
    assert_eq!(ended.code, Some(0), "{}", ended.stderr);
    ended
}

fn outputs(place: &Place, below: &str) -> BTreeMap<&'static str, String> {
    OUTPUTS
        .iter()
        .map(|path| (*path, place.read(&format!("{below}{path}"))))
        .collect()
}

#[test]
fn a_fresh_clone_gives_the_committed_bytes_on_any_path_and_twice() {
    let place = Place::new();
    clone(&place, "");
    let elsewhere = "another/path with spaces/";
    let other = Place::new();
    clone(&other, elsewhere);
    generate(&place, "");
    generate(&other, elsewhere);
    let first = outputs(&place, "");
    assert_eq!(first, outputs(&other, elsewhere));
    generate(&place, "");
    assert_eq!(first, outputs(&place, ""));
    for (path, text) in first {
        let committed = root().join(path);
        if std::env::var_os("UPDATE_FIXTURES").is_some_and(|value| value == "1") {
            std::fs::write(&committed, &text).unwrap();
        }
        let same = std::fs::read_to_string(&committed).unwrap() == text;
        assert!(
            same,
            "{path} is not as it is committed; accept it with UPDATE_FIXTURES=1 and read the difference"
        );
    }
}

#[test]
fn a_changed_provisioner_changes_what_it_makes_and_nothing_else() {
    let place = Place::new();
    clone(&place, "");
    generate(&place, "");
    let before = outputs(&place, "");
    let path = "environments/staging/postgres.provisioners.yaml";
    place.write(
        path,
        place.read(path).replace(
            "      spec:\n",
            "        labels: {team: data}\n      spec:\n",
        ),
    );
    generate(&place, "");
    let after = outputs(&place, "");
    assert_eq!(before["compose.yaml"], after["compose.yaml"]);
    for path in ["deploy/staging.yaml", "deploy/prod.yaml"] {
        let diff = similar::TextDiff::from_lines(&before[path], &after[path]);
        let changed = diff
            .iter_all_changes()
            .filter(|change| change.tag() != similar::ChangeTag::Equal);
        let lines: Vec<String> = changed
            .map(|change| format!("{}{}", change.tag(), change.value()))
            .collect();
        assert_eq!(
            lines,
            ["+  labels:\n", "+    team: data\n"].repeat(3),
            "{path}: three databases"
        );
    }
}

#[test]
fn it_uses_most_of_what_there_is() {
    let place = Place::new();
    clone(&place, "");
    let types = |command: &[&str], key: &str| -> BTreeSet<String> {
        let listed: serde_json::Value = serde_json::from_str(&place.run(command).stdout).unwrap();
        listed
            .as_array()
            .unwrap()
            .iter()
            .map(|row| row[key].as_str().unwrap().to_owned())
            .collect()
    };
    let used = types(&["resources", "list", "-e", "prod", "-f", "json"], "type");
    let mut missing = types(
        &["provisioners", "list", "-e", "prod", "-f", "json"],
        "type",
    );
    missing.retain(|kind| !used.contains(kind));
    assert_eq!(
        missing.into_iter().collect::<Vec<_>>(),
        ["postgres-instance"]
    );
}
