//! The shop in `examples/`: three environments, twelve workloads, and their committed output.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use crate::fixtures::read_files;
use crate::sandbox::{RunResult, SEED, Sandbox, wait_for_exit};
use crate::snapshots::assert_file;

const OUTPUTS: [&str; 3] = ["compose.yaml", "deploy/prod.yaml", "deploy/staging.yaml"];

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("examples/shop")
}

/// A fresh clone, without output and state of local runs.
fn clone(sandbox: &Sandbox, prefix: &str) {
    let files = read_files(&root());
    let sources = files
        .iter()
        .filter(|(path, _)| !path.starts_with(".score-rs") && !OUTPUTS.contains(&path.as_str()));
    sources.for_each(|(path, text)| sandbox.write(&format!("{prefix}{path}"), text));
}

fn generate(sandbox: &Sandbox, prefix: &str) -> RunResult {
    let path = sandbox.path(prefix);
    let arguments = [
        "-C",
        path.to_str().unwrap(),
        "generate",
        "--all-environments",
        "--message-format",
        "short",
    ];
    let result = wait_for_exit(
        sandbox
            .command(&arguments)
            .env("SCORE_RS_SEED", SEED)
            .spawn()
            .unwrap(),
        &arguments,
    );
    assert_eq!(result.code, Some(0), "{}", result.stderr);
    result
}

fn outputs(sandbox: &Sandbox, prefix: &str) -> BTreeMap<&'static str, String> {
    OUTPUTS
        .iter()
        .map(|path| (*path, sandbox.read(&format!("{prefix}{path}"))))
        .collect()
}

#[test]
fn a_fresh_clone_gives_the_committed_output() {
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
        assert_file(&root().join(path), &text);
    }
}

#[test]
fn a_changed_provisioner_changes_only_its_own_objects() {
    let sandbox = Sandbox::new();
    clone(&sandbox, "");
    generate(&sandbox, "");
    let before = outputs(&sandbox, "");
    let path = "environments/staging/postgres.provisioners.yaml";
    sandbox.write(
        path,
        sandbox.read(path).replace(
            "      spec:\n",
            "        labels: {team: data}\n      spec:\n",
        ),
    );
    generate(&sandbox, "");
    let after = outputs(&sandbox, "");
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
fn the_example_uses_most_provisioner_types() {
    let sandbox = Sandbox::new();
    clone(&sandbox, "");
    let types = |command: &[&str], key: &str| -> BTreeSet<String> {
        let listed: serde_json::Value = serde_json::from_str(&sandbox.run(command).stdout).unwrap();
        listed
            .as_array()
            .unwrap()
            .iter()
            .map(|row| row[key].as_str().unwrap().to_owned())
            .collect()
    };
    let used = types(&["resources", "list", "-e", "prod", "-f", "json"], "type");
    let mut unused = types(
        &["provisioners", "list", "-e", "prod", "-f", "json"],
        "type",
    );
    unused.retain(|kind| !used.contains(kind));
    assert_eq!(
        unused.into_iter().collect::<Vec<_>>(),
        ["postgres-instance"]
    );
}
