//! The command line: arguments in, exit codes and output out.

use crate::sandbox::{RunResult, Sandbox};

pub const GOOD: &str = "apiVersion: score.dev/v1b1\nmetadata:\n  name: good\ncontainers:\n  main:\n    image: nginx:1\n";
pub const OPEN: &str = "apiVersion: score.dev/v1b1\nmetadata:\n  name: open\ncontainers:\n  main:\n    image: .\n  side:\n    image: .\n";
const WRONG: &str =
    "apiVersion: score.dev/v1b1\nmetadata:\n  name: wrong\ncontainers:\n  main: {}\n";
pub const WARNS: &str = "apiVersion: score.dev/v1b1\nmetadata:\n  name: warns\ncontainers:\n  main:\n    image: nginx:1\nresources:\n  host:\n    type: dns\n    properties: {}\n";

pub fn sandbox() -> Sandbox {
    Sandbox::with_files(&[
        ("good.yaml", GOOD),
        ("open.yaml", OPEN),
        ("wrong.yaml", WRONG),
        ("warns.yaml", WARNS),
    ])
}

#[track_caller]
pub fn exits_with(sandbox: &Sandbox, arguments: &[&str], code: i32) -> RunResult {
    let result = sandbox.run(arguments);
    assert_eq!(
        result.code,
        Some(code),
        "{arguments:?}\n{}{}",
        result.stdout,
        result.stderr
    );
    result
}

#[test]
fn exit_codes() {
    let sandbox = sandbox();
    for command in ["generate", "validate"] {
        exits_with(&sandbox, &[command, "good.yaml"], 0);
        exits_with(&sandbox, &[command, "warns.yaml"], 0);
        exits_with(&sandbox, &[command, "warns.yaml", "--strict"], 1);
        exits_with(&sandbox, &[command, "wrong.yaml"], 1);
        exits_with(&sandbox, &[command, "good.yaml", "--no-such-flag"], 2);
        exits_with(&sandbox, &[command, "good.yaml", "--env", "nowhere"], 2);
        exits_with(
            &sandbox,
            &[
                command,
                "good.yaml",
                "--env",
                "compose",
                "--provisioners",
                "missing.yaml",
            ],
            3,
        );
        exits_with(&sandbox, &[command, "missing.yaml"], 3);
        exits_with(&sandbox, &[command], 2);
    }
    exits_with(
        &sandbox,
        &["generate", "good.yaml", "--namespace", "Not Good"],
        2,
    );
    exits_with(
        &sandbox,
        &["validate", "good.yaml", "--project", "Not Good"],
        2,
    );
    exits_with(
        &sandbox,
        &["validate", "good.yaml", "--provisioners", "good.yaml"],
        2,
    );
    exits_with(&sandbox, &["generate", "good.yaml", "--project", "-"], 2);
    exits_with(
        &sandbox,
        &["generate", "good.yaml", "--seed-file", "missing"],
        3,
    );
    exits_with(&sandbox, &["no-such-command"], 2);
    exits_with(&sandbox, &[], 2);
    exits_with(&sandbox, &["--version"], 0);
}

#[test]
fn errors_state_their_cause() {
    let sandbox = sandbox();
    let messages = |arguments: &[&str]| sandbox.run(arguments).stderr;
    assert!(
        messages(&["generate", "missing.yaml"])
            .contains("cannot read `missing.yaml`: there is no such file")
    );
    assert!(
        messages(&["generate", "good.yaml", "--env", "kubernete"])
            .contains("did you mean `kubernetes`?")
    );
    assert!(messages(&["generate"]).contains("there is no Score file here"));
    assert!(messages(&["generate", "good.yaml", "--no-such-flag"]).contains("--no-such-flag"));
}

#[test]
fn help_lists_every_flag() {
    let sandbox = sandbox();
    let flags = [
        (
            "generate",
            "--locked --offline --fetch-timeout --env --env-file --output --image --stdin-filename --build --overrides-file --override-property --set --namespace --generate-namespace --project \
          --preview --provisioners --command-timeout --patch --seed-file --new-seed --stateless --check --watch --show-secrets --allow-outside --no-http-probes --publish --format --message-format --strict --allow --warn --deny --quiet --verbose --all-environments --help",
        ),
        (
            "diff",
            "--locked --offline --fetch-timeout --env --output --image --stdin-filename --build --overrides-file --override-property --set --namespace --generate-namespace --project \
          --preview --provisioners --command-timeout --patch --seed-file --new-seed --stateless --check --watch --env-file --show-secrets --allow-outside --no-http-probes --publish --format --message-format --strict --allow --warn --deny --quiet --verbose --all-environments --help",
        ),
        (
            "validate",
            "--locked --offline --fetch-timeout --fix --diff --all-environments --env --preview --provisioners --image --stdin-filename --build --overrides-file --override-property --set --namespace --project --allow-outside --format --strict --allow --warn --deny --quiet --verbose --help",
        ),
        (
            "resources list",
            "--locked --offline --fetch-timeout --env --preview --provisioners --image --stdin-filename --build --overrides-file --override-property --set --namespace --project --format --message-format --strict --allow --warn --deny --quiet --verbose --help",
        ),
        (
            "resources get-outputs",
            "--locked --offline --fetch-timeout --env --preview --provisioners --image --stdin-filename --build --overrides-file --override-property --set --namespace --project --command-timeout \
          --seed-file --new-seed --stateless --format --message-format --strict --allow --warn --deny --quiet --verbose --help",
        ),
        (
            "lock",
            "--update --check --vendor --update-defaults --rotate --env --provisioners --patch --fetch-timeout --message-format --strict --allow --warn --deny --quiet --verbose --help",
        ),
        (
            "import",
            "--env --message-format --strict --allow --warn --deny --quiet --verbose --help",
        ),
        (
            "resources prune",
            "--locked --offline --fetch-timeout --env --preview --provisioners --image --stdin-filename --build --overrides-file --override-property --set --namespace --project --dry-run --all --message-format --strict --allow --warn --deny --quiet --verbose --help",
        ),
    ];
    for (command, flags) in flags {
        let arguments: Vec<&str> = command.split(' ').chain(["--help"]).collect();
        let help = exits_with(&sandbox, &arguments, 0).stdout;
        let mut mentioned: Vec<&str> = help
            .lines()
            .map(str::trim_start)
            .filter(|line| line.starts_with('-'))
            .filter_map(|line| line.split([' ', ',']).find(|word| word.starts_with("--")))
            .collect();
        let mut expected: Vec<&str> = flags.split_whitespace().chain(["--directory"]).collect();
        mentioned.sort_unstable();
        expected.sort_unstable();
        assert_eq!(mentioned, expected, "{command}");
        assert!(help.contains("\nExit codes:\n  0  success\n"), "{command}");
    }
    let help = exits_with(&sandbox, &["--help"], 0).stdout;
    assert!(help.contains("generate") && help.contains("validate"));
}

#[test]
fn validate_reports_on_stdout_and_generate_on_stderr() {
    let sandbox = sandbox();
    let validated = exits_with(&sandbox, &["validate", "warns.yaml"], 0);
    assert!(
        validated.stdout.contains("[removed-key]") && validated.stderr.contains("1 file is valid")
    );
    let generated = exits_with(&sandbox, &["generate", "warns.yaml", "-o", "-"], 0);
    assert!(
        generated.stderr.contains("[removed-key]") && generated.stdout.starts_with("services:\n")
    );
    let quiet = exits_with(&sandbox, &["generate", "good.yaml", "--quiet"], 0);
    assert_eq!((quiet.stdout, quiet.stderr), (String::new(), String::new()));
}

#[test]
fn score_files_are_discovered() {
    let sandbox = Sandbox::with_files(&[
        ("score.yaml", GOOD),
        (
            "deep/open.score.yaml",
            &OPEN.replace("image: .", "image: nginx:2"),
        ),
        ("environments/score.yaml", WRONG),
        (".hidden/score.yaml", WRONG),
        ("ignored/score.yaml", WRONG),
        (".gitignore", "ignored/\n"),
        ("other.yaml", WRONG),
    ]);
    let output = exits_with(&sandbox, &["generate", "-o", "-"], 0).stdout;
    assert!(
        output.contains("good-main:") && output.contains("open-side:"),
        "{output}"
    );
    assert!(
        exits_with(&sandbox, &["validate"], 0)
            .stderr
            .contains("2 files are valid")
    );
}

#[test]
fn a_path_that_ignores_the_directory_flag_is_reported() {
    let sandbox = sandbox();
    sandbox.write("shop/score.yaml", GOOD);
    let messages = |path: &str| {
        let result = exits_with(&sandbox, &["-C", "shop", "validate", path], 3);
        result.stderr
    };
    assert_eq!(
        messages("shop/score.yaml"),
        "error: cannot read `shop/score.yaml`: there is no such file; paths are relative to the directory of `-C`: write `score.yaml`\n"
    );
    let outside = sandbox.path("good.yaml").canonicalize().unwrap();
    assert!(
        messages("good.yaml").ends_with(&format!("write `{}`\n", outside.display())),
        "{}",
        messages("good.yaml")
    );
    assert!(!messages("nowhere.yaml").contains("-C"));
}

#[test]
fn stdin_filename() {
    let sandbox = sandbox();
    sandbox.write("deep/beside.txt", "beside");
    sandbox.write("deep/shop.yaml", "never: read");
    let text = GOOD.to_owned() + "    files:\n      /f:\n        source: beside.txt\n";
    let run = |arguments: &[&str], text: &str| sandbox.run_with_input(arguments, text.as_bytes());
    let named = ["-", "--stdin-filename", "deep/shop.yaml"];

    let wrong = run(
        &[&["validate", "--format", "short"][..], &named].concat(),
        WRONG,
    );
    assert_eq!(wrong.code, Some(1));
    assert!(
        wrong.stdout.starts_with("deep/shop.yaml:5:"),
        "{}",
        wrong.stdout
    );
    assert!(
        run(&["validate", "--format", "short", "-"], WRONG)
            .stdout
            .starts_with("<stdin>:5:")
    );

    let result = run(&[&["generate", "-o", "-"][..], &named].concat(), &text);
    assert_eq!(result.code, Some(0), "{}", result.stderr);
    assert_eq!(
        run(&["generate", "-o", "-", "-"], &text).code,
        Some(1),
        "<stdin> has no directory for source files"
    );

    // The saved file is not read, however its path is written; other files are.
    let others = ["./deep/shop.yaml", "good.yaml", "--format", "short"];
    let twice = run(&[&["validate"][..], &named, &others].concat(), GOOD);
    assert_eq!(
        (twice.code, twice.stdout.lines().count()),
        (Some(1), 1),
        "{}",
        twice.stdout
    );
    assert!(
        twice
            .stdout
            .starts_with("good.yaml:3:9: error: two workloads"),
        "{}",
        twice.stdout
    );

    // The named file is an input and is not overwritten.
    let over = run(
        &[&["generate", "-o", "deep/shop.yaml"][..], &named].concat(),
        GOOD,
    );
    assert_eq!(
        (over.code, sandbox.read("deep/shop.yaml").as_str()),
        (Some(2), "never: read")
    );

    for arguments in [
        &["validate", "--stdin-filename", "a.yaml"][..],
        &["generate", "good.yaml", "--stdin-filename", "a"],
    ] {
        let result = sandbox.run(arguments);
        assert_eq!(result.code, Some(2));
        assert!(
            result.stderr.contains("--stdin-filename")
                || result.stderr.contains("no Score file here"),
            "{}",
            result.stderr
        );
    }
}
