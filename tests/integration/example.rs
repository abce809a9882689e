//! The shop in `examples/`: three environments, twelve workloads, and what is committed of them.
//!
//! Run with `UPDATE_FIXTURES=1` to accept what comes out now; then read each line that changed.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use crate::fixtures::read_files;
use crate::sandbox::{RunResult, Sandbox, wait_for_exit};

const OUTPUTS: [&str; 3] = ["compose.yaml", "deploy/prod.yaml", "deploy/staging.yaml"];

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("examples/shop")
}

/// A fresh clone, without what somebody's own runs have kept or made.
fn clone(sandbox: &Sandbox, below: &str) {
    let files = read_files(&root());
    let kept = files.iter().filter(|(path, _)| !path.starts_with(".score-rs") && !OUTPUTS.contains(&path.as_str()));
    kept.for_each(|(path, text)| sandbox.write(&format!("{below}{path}"), text));
}

fn generate(sandbox: &Sandbox, below: &str) -> RunResult {
    let path = sandbox.path(below);
    let arguments = ["-C", path.to_str().unwrap(), "generate", "--all-environments", "--message-format", "short"];
    let result = wait_for_exit(sandbox.command(&arguments).env("SCORE_RS_SEED", "shop").spawn().unwrap(), &arguments);
    assert_eq!(result.code, Some(0), "{}", result.stderr);
    result
}

fn outputs(sandbox: &Sandbox, below: &str) -> BTreeMap<&'static str, String> {
    OUTPUTS.iter().map(|path| (*path, sandbox.read(&format!("{below}{path}")))).collect()
}

#[test]
fn a_fresh_clone_gives_the_committed_bytes_on_any_path_and_twice() {
    let sandbox = Sandbox::new();
    clone(&sandbox, "");
    let elsewhere = "another/path with spaces/";
    let other = Sandbox::new();
    clone(&other, elsewhere);
    generate(&sandbox, "");
    generate(&other, elsewhere);
    let first = outputs(&sandbox, "");
    assert_eq!(first, outputs(&other, elsewhere));
    generate(&sandbox, "");
    assert_eq!(first, outputs(&sandbox, ""));
    for (path, text) in first {
        let committed = root().join(path);
        if std::env::var_os("UPDATE_FIXTURES").is_some_and(|value| value == "1") {
            std::fs::write(&committed, &text).unwrap();
        }
        let same = std::fs::read_to_string(&committed).unwrap() == text;
        assert!(same, "{path} is not as it is committed; accept it with UPDATE_FIXTURES=1 and read the difference");
    }
}

#[test]
fn a_changed_provisioner_changes_what_it_makes_and_nothing_else() {
    let sandbox = Sandbox::new();
    clone(&sandbox, "");
    generate(&sandbox, "");
    let before = outputs(&sandbox, "");
    let path = "environments/staging/postgres.provisioners.yaml";
    sandbox.write(path, sandbox.read(path).replace("      spec:\n", "        labels: {team: data}\n      spec:\n"));
    generate(&sandbox, "");
    let after = outputs(&sandbox, "");
    assert_eq!(before["compose.yaml"], after["compose.yaml"]);
    for path in ["deploy/staging.yaml", "deploy/prod.yaml"] {
        let diff = similar::TextDiff::from_lines(&before[path], &after[path]);
        let changed = diff.iter_all_changes().filter(|change| change.tag() != similar::ChangeTag::Equal);
        let lines: Vec<String> = changed.map(|change| format!("{}{}", change.tag(), change.value())).collect();
        assert_eq!(lines, ["+  labels:\n", "+    team: data\n"].repeat(3), "{path}: three databases");
    }
}

#[test]
fn it_uses_most_of_what_there_is() {
    let sandbox = Sandbox::new();
    clone(&sandbox, "");
    let types = |command: &[&str], key: &str| -> BTreeSet<String> {
        let listed: serde_json::Value = serde_json::from_str(&sandbox.run(command).stdout).unwrap();
        listed.as_array().unwrap().iter().map(|row| row[key].as_str().unwrap().to_owned()).collect()
    };
    let used = types(&["resources", "list", "-e", "prod", "-f", "json"], "type");
    let mut missing = types(&["provisioners", "list", "-e", "prod", "-f", "json"], "type");
    missing.retain(|kind| !used.contains(kind));
    assert_eq!(missing.into_iter().collect::<Vec<_>>(), ["postgres-instance"]);
}
