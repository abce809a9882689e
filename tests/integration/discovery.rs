//! Which files of a project are its Score files.

use std::process::Command;

use crate::sandbox::Sandbox;

fn workload(name: &str) -> String {
    format!(
        "apiVersion: score.dev/v1b1\nmetadata: {{name: {name}}}\ncontainers: {{main: {{image: 'nginx:1'}}}}\n"
    )
}

const FOREIGN: &str = "apiVersion: humanitec.org/v1b1\nprofile: humanitec/default-module\n";

/// The Score files that a run reads, and its diagnostics.
fn discovered(sandbox: &Sandbox) -> (Vec<String>, String) {
    let result = sandbox.run(&["validate", "-v", "--format", "short"]);
    let name = |line: &str| line.strip_prefix("verbose: Score file ").map(str::to_owned);
    (
        result.stderr.lines().filter_map(name).collect(),
        result.stdout,
    )
}

#[test]
fn score_files_have_one_of_these_names() {
    let files = [
        "a/score.yaml",
        "b/score.yml",
        "c/score.dev.yaml",
        "d/score-backend.yaml",
        "e/web.score.yml",
    ];
    let others = [
        "score-rs.patches.yaml",
        "score.test.yaml",
        "score-app.provisioners.yml",
        "scores.yaml",
        "myscore.yaml",
        "score",
        "score.json",
    ];
    let sandbox = Sandbox::new();
    sandbox.write("score-rs.yaml", "");
    for (index, path) in files.iter().chain(&others).enumerate() {
        sandbox.write(path, workload(&format!("work{index}")));
    }
    assert_eq!(
        discovered(&sandbox),
        (files.map(str::to_owned).to_vec(), String::new())
    );
}

#[test]
fn what_an_environment_merges_into_workloads_is_no_score_file() {
    let sandbox = Sandbox::with_files(&[
        ("score.yaml", &workload("shop")),
        (
            "score.local.yaml",
            "containers: {main: {image: 'nginx:2'}}\n",
        ),
        (
            "environments/local/environment.yaml",
            "target: compose\noverrides: [../../score.local.yaml]\n",
        ),
    ]);
    assert_eq!(
        discovered(&sandbox),
        (vec!["score.yaml".to_owned()], String::new())
    );
    let output = sandbox.run(&["generate", "-o", "-"]).stdout;
    assert!(output.contains("image: nginx:2"), "{output}");
}

#[test]
fn a_file_of_another_tool_is_skipped_unless_it_is_named() {
    let sandbox = Sandbox::with_files(&[
        ("score.yaml", &workload("shop")),
        ("shop.score.yaml", FOREIGN),
    ]);
    let (files, report) = discovered(&sandbox);
    assert_eq!(files, ["score.yaml"]);
    assert_eq!(
        report,
        "shop.score.yaml:1:13: note: `shop.score.yaml` is not a Score file, so it is not used; \
         name the file on the command line to use it; Score files have `apiVersion: \
         score.dev/v1b1` [skipped-file]\n"
    );
    let named = sandbox.run(&["validate", "shop.score.yaml", "--format", "short"]);
    assert!(named.stdout.contains(": error: "), "{}", named.stdout);
    sandbox.write("score.yaml", FOREIGN);
    let result = sandbox.run(&["validate"]);
    assert!(
        result.stderr.contains("there is no Score file here"),
        "{}",
        result.stderr
    );
    // A misspelled version is a mistake.
    sandbox.write(
        "score.yaml",
        workload("shop").replace("score.dev", "scor.dev"),
    );
    assert!(
        sandbox
            .run(&["validate"])
            .stdout
            .contains("[unsupported-api-version]")
    );
}

#[test]
fn the_better_name_of_one_workload_wins() {
    let sandbox = Sandbox::with_files(&[
        ("score.yaml", &workload("shop")),
        ("shop.score.yaml", &workload("shop")),
        ("score.dev.yaml", &workload("shop")),
        ("other/score.dev.yaml", &workload("mail")),
        ("other/mail.score.yaml", &workload("mail")),
    ]);
    let (files, report) = discovered(&sandbox);
    assert_eq!(files, ["other/mail.score.yaml", "score.yaml"]);
    assert_eq!(report.matches("[skipped-file]").count(), 3, "{report}");
    assert!(
        report.contains(
            "note: `shop.score.yaml` declares the workload of `score.yaml`, so it is not used"
        ),
        "{report}"
    );
    // Neither is better, or they are in two directories.
    sandbox.write("other/score-b.yaml", workload("shop"));
    assert!(
        sandbox
            .run(&["validate"])
            .stdout
            .contains("[duplicate-workload]")
    );
    let sandbox = Sandbox::with_files(&[
        ("score.a.yaml", &workload("shop")),
        ("score.b.yaml", &workload("shop")),
    ]);
    assert!(
        sandbox
            .run(&["validate"])
            .stdout
            .contains("[duplicate-workload]")
    );
}

#[test]
fn only_committed_files_say_what_is_ignored() {
    let sandbox = Sandbox::with_files(&[
        ("repository/.gitignore", "/project/old\n"),
        ("repository/.git/info/exclude", "mine\n"),
        ("repository/.git/HEAD", "ref: refs/heads/main\n"),
        (".gitignore", "project\n"),
        ("home/.config/git/ignore", "mine\n"),
        ("repository/project/.ignore", "mine\n"),
        ("repository/project/score.yaml", &workload("shop")),
        ("repository/project/mine/score.yaml", &workload("mine")),
        ("repository/project/old/score.yaml", "not even YAML: ]"),
    ]);
    let arguments = ["-C", "repository/project", "validate", "-v"];
    let mut command: Command = sandbox.command(&arguments);
    command.env("HOME", sandbox.path("home"));
    let result = crate::sandbox::wait_for_exit(command.spawn().unwrap(), &arguments);
    assert!(
        result.stderr.contains("2 files are valid"),
        "{}",
        result.stderr
    );
    assert!(
        result
            .stderr
            .contains("verbose: ignored by .gitignore: old/score.yaml\n"),
        "{}",
        result.stderr
    );
}

#[test]
fn below_a_project_with_environments_nothing_is_derived() {
    let sandbox = Sandbox::with_files(&[
        ("environments/local/environment.yaml", "target: compose\n"),
        ("apps/web/score.yaml", &workload("shop")),
        (".git/HEAD", "ref: refs/heads/main\n"),
    ]);
    for arguments in [
        &["generate", "-o", "-"][..],
        &["generate", "--env", "kubernetes", "-o", "-"],
        &["diff"],
        &["resources", "list"],
        &["validate", "--env", "compose"],
    ] {
        let result = sandbox.run(&[&["-C", "apps/web"], arguments].concat());
        assert_eq!(
            (result.code, result.stderr.as_str()),
            (
                Some(2),
                "error: this directory has no `environments`, but `../..` has: run in that \
                 directory, for example with `-C ../..`\n"
            ),
            "{arguments:?}"
        );
    }
    assert_eq!(sandbox.run(&["-C", "apps/web", "validate"]).code, Some(0));
    // A project of its own, or outside a repository.
    sandbox.write(
        "apps/web/environments/own/environment.yaml",
        "target: compose\n",
    );
    assert_eq!(
        sandbox.run(&["-C", "apps/web", "generate", "-o", "-"]).code,
        Some(0)
    );
    std::fs::remove_dir_all(sandbox.path("apps/web/environments")).unwrap();
    std::fs::remove_dir_all(sandbox.path(".git")).unwrap();
    assert_eq!(
        sandbox.run(&["-C", "apps/web", "generate", "-o", "-"]).code,
        Some(0)
    );
}
