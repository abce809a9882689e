//! One run tells all that is wrong with all files, each cause once, and makes nothing of it.

use std::fmt::Write;

use crate::sandbox::{RunResult, Sandbox};

const GOOD: &str =
    "apiVersion: score.dev/v1b1\nmetadata:\n  name: shop\ncontainers:\n  main:\n    image: example.com/shop:1\n";

/// A Score file with one error of its own and a resource that no built-in definition is for.
const WRONG: &str = "apiVersion: score.dev/v1b1
metadata:
  name: shop
containers:
  main:
    image: example.com/shop:1
    variables:
      PORT: 8080
resources:
  db:
    type: orders-database
";

/// The names of what is said, in the order in which it is.
fn names(result: &RunResult) -> Vec<String> {
    let said = format!("{}{}", result.stdout, result.stderr);
    let lines = said.lines().filter(|line| line.contains(": error: ") || line.starts_with("error: "));
    lines.filter_map(|line| Some(line.rsplit_once('[')?.1.trim_end_matches(']').to_owned())).collect()
}

/// Runs in a place that has an environment `dev`, and looks that it ends with errors and writes nothing.
fn said(environment: impl AsRef<[u8]>, score: &str, arguments: &[&str]) -> Vec<String> {
    let sandbox = Sandbox::with_files(&[("score.yaml", score)]);
    sandbox.write("environments/dev/environment.yaml", environment);
    sandbox.write("environments/prod/environment.yaml", "target: kubernetes\n");
    let before = sandbox.list();
    let format = if arguments[0] == "validate" { "--format" } else { "--message-format" };
    let result = sandbox.run(&[arguments, &[format, "short"]].concat());
    assert_eq!(result.code, Some(1), "{arguments:?}: {}{}", result.stdout, result.stderr);
    assert_eq!(sandbox.list(), before, "{arguments:?}");
    names(&result)
}

#[test]
fn an_environment_with_an_error_hides_no_error_of_a_score_file() {
    let commands: [&[&str]; 6] = [
        &["validate", "--env", "dev"],
        &["generate", "-e", "dev"],
        &["diff", "--env", "environments/dev"],
        &["resources", "list", "-e", "dev"],
        &["resources", "prune", "-e", "dev"],
        &["resources", "get-outputs", "-e", "dev", "postgres.default#shop.db"],
    ];
    for command in commands {
        for (environment, name) in [
            ("target: compse\n", "unknown-value"),
            ("target: compose\nprovisoners: []\n", "unknown-key"),
            ("target: compose\nprovisioners: {}\n", "wrong-type"),
            ("target: compose\nprovisioners: [7]\n", "wrong-type"),
            ("target: compose\nprovisioners: [gone.provisioners.yaml]\n", "no-such-file"),
            ("target: compose\nextends: prdo\n", "unknown-environment"),
            ("target: [compose\n", "yaml-syntax"),
            ("values: {}\n", "missing-key"),
            ("- target: compose\n", "wrong-type"),
        ] {
            assert_eq!(said(environment, WRONG, command), [name, "wrong-type"], "{command:?}: {environment}");
            let alone = said(environment, GOOD, command);
            assert!(alone.iter().all(|own| own == name), "{command:?}: {environment}: {alone:?}");
        }
    }
    assert_eq!(said([b't', 0xff], WRONG, &["validate", "--env", "dev"]), ["not-utf8", "wrong-type"]);
}

#[test]
fn what_does_not_depend_on_the_error_is_bound() {
    for environment in
        ["target: compose\nproject: No\n", "target: compose\nnamespace: shop\n", "target: compose\nvalues: 7\n"]
    {
        let said = said(environment, WRONG, &["generate", "-e", "dev"]);
        assert_eq!(said[1..], ["wrong-type", "no-provisioner"], "{environment}");
    }
}

#[test]
fn all_environments_are_looked_at_when_one_is_wrong() {
    for command in ["validate", "generate", "diff"] {
        let all = said("target: compse\n", WRONG, &[command, "--all-environments"]);
        assert_eq!(all, ["unknown-value", "wrong-type", "no-provisioner"], "{command}");
        assert_eq!(said("target: compse\n", GOOD, &[command, "--all-environments"]), ["unknown-value"]);
    }
}

#[test]
fn which_environment_is_the_default_may_be_unknown() {
    assert_eq!(said("target: compose\ndefault: 1\n", WRONG, &["generate"]), ["wrong-type", "wrong-type"]);
    let sure = said("target: compse\ndefault: true\n", WRONG, &["generate"]);
    assert_eq!(sure, ["unknown-value", "wrong-type"]);
    let sandbox = Sandbox::with_files(&[("score.yaml", WRONG)]);
    for name in ["dev", "prod"] {
        sandbox.write(&format!("environments/{name}/environment.yaml"), "target: compose\ndefault: true\n");
    }
    let result = sandbox.run(&["generate", "--message-format", "short"]);
    assert_eq!((names(&result), result.code), (vec!["two-defaults".to_owned(), "wrong-type".to_owned()], Some(1)));
}

#[test]
fn outputs_of_environments_are_compared_where_they_are_known() {
    let sandbox = Sandbox::with_files(&[("score.yaml", WRONG)]);
    sandbox.write("environments/dev/environment.yaml", "target: compose\noutput: 7\n");
    sandbox.write("environments/prod/environment.yaml", "target: compose\noutput: compose.yaml\n");
    sandbox.write("environments/test/environment.yaml", "target: compose\noutput: compose.yaml\n");
    for command in ["generate", "validate"] {
        let result = sandbox.run(&[command, "--all-environments", "--message-format", "short"]);
        let expected = ["wrong-type", "same-output", "wrong-type", "no-provisioner"];
        assert_eq!(names(&result), expected, "{}{}", result.stdout, result.stderr);
    }
    // Where neither says it, whoever generates for one of them may.
    let sandbox = Sandbox::with_files(&[("score.yaml", GOOD)]);
    for name in ["prod", "test"] {
        sandbox.write(&format!("environments/{name}/environment.yaml"), "target: compose\n");
    }
    assert_eq!(sandbox.run(&["validate", "--all-environments"]).code, Some(0));
    assert_eq!(names(&sandbox.run(&["generate", "--all-environments", "--message-format", "short"])), ["same-output"]);
    // One path may be written in two ways.
    let sandbox = Sandbox::with_files(&[("score.yaml", GOOD)]);
    sandbox.write("environments/prod/environment.yaml", "target: compose\noutput: out/all.yaml\n");
    sandbox.write("environments/test/environment.yaml", "target: kubernetes\noutput: ./out/all.yaml\n");
    let result = sandbox.run(&["validate", "--all-environments", "--format", "short"]);
    assert_eq!((names(&result), result.code), (vec!["same-output".to_owned()], Some(1)));
    // Each by itself is right.
    let result = sandbox.run(&["validate", "--env", "test"]);
    assert_eq!(result.code, Some(0), "{}", result.stdout);
    sandbox.write("environments/test/environment.yaml", "target: kubernetes\noutput: out/test.yaml\n");
    assert_eq!(sandbox.run(&["validate", "--all-environments"]).code, Some(0));
}

#[test]
fn a_name_that_thousands_have_is_one_problem() {
    let sandbox = Sandbox::new();
    (0..2_000).for_each(|index| sandbox.write(&format!("{index:04}.score.yaml"), GOOD));
    let result = sandbox.run(&["validate", "--format", "json"]);
    let report: serde_json::Value = serde_json::from_str(&result.stdout).unwrap();
    let said = report["diagnostics"].as_array().unwrap();
    assert_eq!((said.len(), result.code), (1, Some(1)));
    assert_eq!(said[0]["message"], "2000 workloads are called `shop`");
    let related = said[0]["related"].as_array().unwrap();
    assert_eq!(related.len(), 9);
    assert_eq!(related[8]["message"], "and here, and in 1990 more places");
}

#[test]
fn people_see_a_hundred_errors_and_programs_all() {
    let sandbox = Sandbox::new();
    let mut score = GOOD.to_owned();
    score.push_str("    variables:\n");
    (0..250).for_each(|number| writeln!(score, "      V{number}: {number}").unwrap());
    score.push_str("more: 1\n");
    sandbox.write("score.yaml", &score);
    let human = sandbox.run(&["validate"]);
    assert_eq!(human.stdout.matches("error [wrong-type]\n").count(), 100);
    let left = "\nerror [unknown-key]: 1 more like this; `--message-format short` shows each in a line\n\n\
                error [wrong-type]: 150 more like this; `--message-format short` shows each in a line\n";
    assert!(human.stdout.contains(left), "{}", &human.stdout[human.stdout.len() - 500..]);
    assert!(human.stderr.starts_with("251 errors\n"), "{}", human.stderr);
    for (format, mark) in [("short", ": error: "), ("json", "\"level\": \"error\""), ("github", "::error ")] {
        let result = sandbox.run(&["validate", "--format", format]);
        assert_eq!(result.stdout.matches(mark).count(), 251, "{format}");
    }
}

#[test]
fn a_score_file_that_is_no_text_hides_no_other_and_makes_nothing_unknown() {
    let sandbox = Sandbox::with_files(&[("score.yaml", &WRONG.replace("orders-database", "redis"))]);
    sandbox.write("other.score.yaml", b"metadata: {name: \xff}");
    sandbox.write(
        "environments/dev/environment.yaml",
        "target: compose\nimages: {other: a}\npublish: [\"80:other:web\"]\n",
    );
    let result = sandbox.run(&["generate", "-e", "dev", "--message-format", "short"]);
    assert_eq!((names(&result), result.code), (vec!["not-utf8".to_owned(), "wrong-type".to_owned()], Some(1)));
    assert_eq!(
        sandbox.list(),
        ["environments", "environments/dev", "environments/dev/environment.yaml", "other.score.yaml", "score.yaml"]
    );
}

#[test]
fn a_program_is_not_run_when_a_flag_cannot_be_read() {
    let program = "- uri: cmd://sh\n  type: orders-database\n  args: [\"-c\", \"touch ran; echo {}\"]\n";
    let good = WRONG.replace("PORT: 8080", "PORT: \"8080\"");
    let sandbox = Sandbox::with_files(&[("score.yaml", &good), ("own.provisioners.yaml", program)]);
    sandbox.write("change.yaml", b"\xff");
    let run =
        |more: &[&str]| sandbox.run(&[&["generate", "--provisioners", "own.provisioners.yaml"], more].concat()).code;
    for flags in
        [["--overrides-file", "change.yaml"], ["--patch", "change.yaml"], ["--publish", "8080"], ["--image", "shop=."]]
    {
        assert_eq!(run(&flags), Some(1), "{flags:?}");
        assert!(!sandbox.path("ran").exists(), "{flags:?}");
    }
    assert_eq!(run(&[]), Some(0));
    assert!(sandbox.path("ran").exists());
}
