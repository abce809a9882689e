//! The shop in `examples/`: four environments, twelve workloads, and their committed output.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use crate::fixtures::read_files;
use crate::sandbox::{RunResult, SEED, Sandbox, wait_for_exit};
use crate::secrets::generated_words;
use crate::snapshots::compare_files;

/// Whether a path is of an output that is committed. Secrets are not.
fn is_output(path: &str) -> bool {
    ["compose.yaml", "score-rs.lock"].contains(&path)
        || path
            .strip_prefix("deploy/")
            .and_then(|path| path.split_once('/'))
            .is_some_and(|(_, name)| !name.starts_with("secret-"))
}

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("examples/shop")
}

/// A fresh clone, without output and state of local runs.
pub fn clone(sandbox: &Sandbox, prefix: &str) {
    let files = read_files(&root());
    let sources = files.iter().filter(|(path, _)| {
        !path.starts_with(".score-rs") && !path.starts_with("deploy/") && !is_output(path)
    });
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

/// The outputs that are committed.
fn outputs(sandbox: &Sandbox, prefix: &str) -> BTreeMap<String, Vec<u8>> {
    let mut files = read_files(&sandbox.path(prefix));
    files.retain(|path, _| is_output(path));
    files
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
    let mut committed = read_files(&root());
    committed.retain(|path, _| is_output(path));
    let faults = compare_files(&root(), &committed, &first);
    assert!(faults.is_empty(), "{faults}");
}

#[test]
fn a_clone_changes_only_ignored_files_and_hashes_whatever_its_seed() {
    let sandbox = Sandbox::new();
    clone(&sandbox, "");
    generate(&sandbox, "");
    let git = |arguments: &[&str]| {
        let output = std::process::Command::new("git")
            .args(arguments)
            .current_dir(sandbox.path("."))
            .output()
            .unwrap();
        assert!(output.status.success(), "{output:?}");
        String::from_utf8(output.stdout).unwrap()
    };
    git(&["init", "--quiet"]);
    git(&["add", "."]);
    let identity = ["-c", "user.name=test", "-c", "user.email=test@example.com"];
    git(&[
        &identity[..],
        &["commit", "--quiet", "--message", "Outputs"],
    ]
    .concat());
    // What git has taken contains no value that was generated.
    let words = generated_words(&sandbox);
    assert!(words.len() > 10, "{words:?}");
    for path in git(&["ls-files"]).lines() {
        let text = sandbox.read(path);
        let word = words.iter().find(|word| text.contains(word.as_str()));
        assert_eq!(word, None, "{path}");
    }
    std::fs::remove_dir_all(sandbox.path(".score-rs")).unwrap();
    let seed = "another-0d7e41b2c9f8a6350e17";
    let arguments = [
        "generate",
        "--all-environments",
        "--message-format",
        "short",
    ];
    let command = &mut sandbox.command(&arguments);
    command.env("SCORE_RS_SEED", seed);
    command.env("PATH", std::env::var_os("PATH").unwrap());
    let result = wait_for_exit(command.spawn().unwrap(), &arguments);
    assert_eq!(result.code, Some(0), "{}", result.stderr);
    assert!(
        !result.stderr.contains("secret-in-output"),
        "{}",
        result.stderr
    );
    // Pods that read a Secret roll when its values change.
    let changes = git(&["diff", "--unified=0", "--no-prefix"]);
    let mut lines = changes.lines().filter(|line| line.starts_with(['+', '-']));
    let is_expected = |line: &str| {
        line.contains("k8s.score.dev/config-hash: ")
            || line.starts_with("+++ deploy/")
            || line.starts_with("--- deploy/")
    };
    assert!(lines.all(is_expected), "{changes}");
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
    assert!(before.keys().eq(after.keys()));
    for environment in ["staging", "prod"] {
        let text = |files: &BTreeMap<String, Vec<u8>>| -> String {
            let directory = format!("deploy/{environment}/");
            let texts = files
                .iter()
                .filter(|(path, _)| path.starts_with(&directory));
            texts
                .map(|(_, text)| String::from_utf8_lossy(text))
                .collect()
        };
        let (old, new) = (text(&before), text(&after));
        let diff = similar::TextDiff::from_lines(&old, &new);
        let changed = diff
            .iter_all_changes()
            .filter(|change| change.tag() != similar::ChangeTag::Equal);
        let lines: Vec<String> = changed
            .map(|change| format!("{}{}", change.tag(), change.value()))
            .collect();
        assert_eq!(
            lines,
            ["+  labels:\n", "+    team: data\n"].repeat(3),
            "{environment}: three databases"
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
        [
            "dapr-pubsub",
            "dapr-state-store",
            "dapr-subscription",
            "postgres-instance"
        ]
    );
}
