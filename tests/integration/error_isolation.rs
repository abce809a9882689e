//! One run reports all errors of all files, each cause once, and writes nothing.

use std::fmt::Write;

use crate::sandbox::{RunResult, Sandbox};

const GOOD: &str = "apiVersion: score.dev/v1b1\nmetadata:\n  name: shop\ncontainers:\n  main:\n    image: example.com/shop:1\n";

/// A Score file with one error and a resource without a provisioner.
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

/// The names of the errors, in order.
fn rule_names(result: &RunResult) -> Vec<String> {
    let output = format!("{}{}", result.stdout, result.stderr);
    let lines = output
        .lines()
        .filter(|line| line.contains(": error: ") || line.starts_with("error: "));
    lines
        .filter_map(|line| Some(line.rsplit_once('[')?.1.trim_end_matches(']').to_owned()))
        .collect()
}

/// The errors of a run in a project with an environment `dev`. Checks that the run fails and writes
/// nothing.
fn error_names(environment: impl AsRef<[u8]>, score: &str, arguments: &[&str]) -> Vec<String> {
    let sandbox = Sandbox::with_files(&[("score.yaml", score)]);
    sandbox.write("environments/dev/environment.yaml", environment);
    sandbox.write("environments/prod/environment.yaml", "target: kubernetes\n");
    let before = sandbox.list();
    let format = if arguments[0] == "validate" {
        "--format"
    } else {
        "--message-format"
    };
    let result = sandbox.run(&[arguments, &[format, "short"]].concat());
    assert_eq!(
        result.code,
        Some(1),
        "{arguments:?}: {}{}",
        result.stdout,
        result.stderr
    );
    assert_eq!(sandbox.list(), before, "{arguments:?}");
    rule_names(&result)
}

#[test]
fn an_environment_with_an_error_hides_no_error_of_a_score_file() {
    let commands: [&[&str]; 6] = [
        &["validate", "--env", "dev"],
        &["generate", "-e", "dev"],
        &["diff", "--env", "environments/dev"],
        &["resources", "list", "-e", "dev"],
        &["resources", "prune", "-e", "dev"],
        &[
            "resources",
            "get-outputs",
            "-e",
            "dev",
            "postgres.default#shop.db",
        ],
    ];
    for command in commands {
        for (environment, name) in [
            ("target: compse\n", "unknown-value"),
            ("target: compose\nprovisoners: []\n", "unknown-key"),
            ("target: compose\nprovisioners: {}\n", "wrong-type"),
            ("target: compose\nprovisioners: [7]\n", "wrong-type"),
            (
                "target: compose\nprovisioners: [gone.provisioners.yaml]\n",
                "no-such-file",
            ),
            ("target: compose\nextends: prdo\n", "unknown-environment"),
            ("target: [compose\n", "yaml-syntax"),
            ("values: {}\n", "missing-key"),
            ("- target: compose\n", "wrong-type"),
        ] {
            assert_eq!(
                error_names(environment, WRONG, command),
                [name, "wrong-type"],
                "{command:?}: {environment}"
            );
            let alone = error_names(environment, GOOD, command);
            assert!(
                alone.iter().all(|error| error == name),
                "{command:?}: {environment}: {alone:?}"
            );
        }
    }
    assert_eq!(
        error_names([b't', 0xff], WRONG, &["validate", "--env", "dev"]),
        ["not-utf8", "wrong-type"]
    );
}

#[test]
fn independent_parts_are_still_checked() {
    for environment in [
        "target: compose\nproject: No\n",
        "target: compose\nnamespace: shop\n",
        "target: compose\nvalues: 7\n",
    ] {
        let errors = error_names(environment, WRONG, &["generate", "-e", "dev"]);
        assert_eq!(
            errors[1..],
            ["wrong-type", "no-provisioner"],
            "{environment}"
        );
    }
}

#[test]
fn all_environments_are_checked_when_one_is_invalid() {
    for command in ["validate", "generate", "diff"] {
        let all = error_names("target: compse\n", WRONG, &[command, "--all-environments"]);
        assert_eq!(
            all,
            ["unknown-value", "wrong-type", "no-provisioner"],
            "{command}"
        );
        assert_eq!(
            error_names("target: compse\n", GOOD, &[command, "--all-environments"]),
            ["unknown-value"]
        );
    }
}

#[test]
fn an_unknown_default_environment_hides_no_error() {
    assert_eq!(
        error_names("target: compose\ndefault: 1\n", WRONG, &["generate"]),
        ["wrong-type", "wrong-type"]
    );
    let default_error = error_names("target: compse\ndefault: true\n", WRONG, &["generate"]);
    assert_eq!(default_error, ["unknown-value", "wrong-type"]);
    let sandbox = Sandbox::with_files(&[("score.yaml", WRONG)]);
    for name in ["dev", "prod"] {
        sandbox.write(
            &format!("environments/{name}/environment.yaml"),
            "target: compose\ndefault: true\n",
        );
    }
    let result = sandbox.run(&["generate", "--message-format", "short"]);
    assert_eq!(
        (rule_names(&result), result.code),
        (
            vec![
                "duplicate-default-environment".to_owned(),
                "wrong-type".to_owned()
            ],
            Some(1)
        )
    );
}

#[test]
fn output_conflicts_are_found_where_outputs_are_known() {
    let sandbox = Sandbox::with_files(&[("score.yaml", WRONG)]);
    sandbox.write(
        "environments/dev/environment.yaml",
        "target: compose\noutput: 7\n",
    );
    sandbox.write(
        "environments/prod/environment.yaml",
        "target: compose\noutput: compose.yaml\n",
    );
    sandbox.write(
        "environments/test/environment.yaml",
        "target: compose\noutput: compose.yaml\n",
    );
    for command in ["generate", "validate"] {
        let result = sandbox.run(&[command, "--all-environments", "--message-format", "short"]);
        let expected = [
            "wrong-type",
            "output-file-collision",
            "wrong-type",
            "no-provisioner",
        ];
        assert_eq!(
            rule_names(&result),
            expected,
            "{}{}",
            result.stdout,
            result.stderr
        );
    }
    // Without explicit outputs only `generate --all-environments` conflicts.
    let sandbox = Sandbox::with_files(&[("score.yaml", GOOD)]);
    for name in ["prod", "test"] {
        sandbox.write(
            &format!("environments/{name}/environment.yaml"),
            "target: compose\n",
        );
    }
    assert_eq!(
        sandbox.run(&["validate", "--all-environments"]).code,
        Some(0)
    );
    assert_eq!(
        rule_names(&sandbox.run(&[
            "generate",
            "--all-environments",
            "--message-format",
            "short"
        ])),
        ["output-file-collision"]
    );
    // Two spellings of one path conflict too.
    let sandbox = Sandbox::with_files(&[("score.yaml", GOOD)]);
    sandbox.write(
        "environments/prod/environment.yaml",
        "target: compose\noutput: out/all.yaml\n",
    );
    sandbox.write(
        "environments/test/environment.yaml",
        "target: kubernetes\noutput: ./out/all.yaml\n",
    );
    let result = sandbox.run(&["validate", "--all-environments", "--format", "short"]);
    assert_eq!(
        (rule_names(&result), result.code),
        (vec!["output-file-collision".to_owned()], Some(1))
    );
    // Each environment alone is valid.
    let result = sandbox.run(&["validate", "--env", "test"]);
    assert_eq!(result.code, Some(0), "{}", result.stdout);
    sandbox.write(
        "environments/test/environment.yaml",
        "target: kubernetes\noutput: out/test.yaml\n",
    );
    assert_eq!(
        sandbox.run(&["validate", "--all-environments"]).code,
        Some(0)
    );
}

#[test]
fn a_name_used_by_thousands_is_one_problem() {
    let sandbox = Sandbox::new();
    (0..2_000).for_each(|index| sandbox.write(&format!("{index:04}.score.yaml"), GOOD));
    let result = sandbox.run(&["validate", "--format", "json"]);
    let report: serde_json::Value = serde_json::from_str(&result.stdout).unwrap();
    let diagnostics = report["diagnostics"].as_array().unwrap();
    assert_eq!((diagnostics.len(), result.code), (1, Some(1)));
    assert_eq!(
        diagnostics[0]["message"],
        "2000 workloads are called `shop`"
    );
    let related = diagnostics[0]["related"].as_array().unwrap();
    assert_eq!(related.len(), 9);
    assert_eq!(related[8]["message"], "and here, and in 1990 more places");
}

#[test]
fn the_human_format_shows_100_errors_at_most() {
    let sandbox = Sandbox::new();
    let mut score = GOOD.to_owned();
    score.push_str("    variables:\n");
    (0..250).for_each(|number| writeln!(score, "      V{number}: {number}").unwrap());
    score.push_str("more: 1\n");
    sandbox.write("score.yaml", &score);
    let human = sandbox.run(&["validate"]);
    assert_eq!(human.stdout.matches("error [wrong-type]\n").count(), 100);
    let summary = "\nerror [unknown-key]: 1 more like this; `--message-format short` shows each in a line\n\n\
                error [wrong-type]: 150 more like this; `--message-format short` shows each in a line\n";
    assert!(
        human.stdout.contains(summary),
        "{}",
        &human.stdout[human.stdout.len() - 500..]
    );
    assert!(human.stderr.starts_with("251 errors\n"), "{}", human.stderr);
    for (format, mark) in [
        ("short", ": error: "),
        ("json", "\"level\": \"error\""),
        ("github", "::error "),
        ("gitlab", "\"major\""),
        ("junit", "<failure "),
    ] {
        let result = sandbox.run(&["validate", "--format", format]);
        assert_eq!(result.stdout.matches(mark).count(), 251, "{format}");
    }
}

#[test]
fn a_binary_score_file_hides_no_other_error() {
    let sandbox =
        Sandbox::with_files(&[("score.yaml", &WRONG.replace("orders-database", "redis"))]);
    sandbox.write("other.score.yaml", b"metadata: {name: \xff}");
    sandbox.write(
        "environments/dev/environment.yaml",
        "target: compose\nimages: {other: a}\npublish: [\"80:other:web\"]\n",
    );
    let result = sandbox.run(&["generate", "-e", "dev", "--message-format", "short"]);
    assert_eq!(
        (rule_names(&result), result.code),
        (
            vec!["not-utf8".to_owned(), "wrong-type".to_owned()],
            Some(1)
        )
    );
    assert_eq!(
        sandbox.list(),
        [
            "environments",
            "environments/dev",
            "environments/dev/environment.yaml",
            "other.score.yaml",
            "score.yaml"
        ]
    );
}

#[test]
fn no_program_runs_when_a_flag_is_invalid() {
    let program =
        "- uri: cmd://sh\n  type: orders-database\n  args: [\"-c\", \"touch ran; echo {}\"]\n";
    let good = WRONG.replace("PORT: 8080", "PORT: \"8080\"");
    let sandbox = Sandbox::with_files(&[("score.yaml", &good), ("own.provisioners.yaml", program)]);
    sandbox.write("change.yaml", b"\xff");
    let run = |more: &[&str]| {
        sandbox
            .run(
                &[
                    &["generate", "--provisioners", "own.provisioners.yaml"],
                    more,
                ]
                .concat(),
            )
            .code
    };
    for flags in [
        ["--overrides-file", "change.yaml"],
        ["--patch", "change.yaml"],
        ["--publish", "8080"],
        ["--image", "shop=."],
    ] {
        assert_eq!(run(&flags), Some(1), "{flags:?}");
        assert!(!sandbox.path("ran").exists(), "{flags:?}");
    }
    assert_eq!(run(&[]), Some(0));
    assert!(sandbox.path("ran").exists());
}

#[test]
fn one_error_of_a_container_hides_no_other() {
    let score = "apiVersion: score.dev/v1b1
metadata: {name: web}
containers:
  main:
    image: nginx:${resources.db.password}
    command: [\"${resources.db.password}\", \"${resources.db.password}\"]
    args: [\"${resources.db.password}\"]
    variables: {é: x}
resources:
  db: {type: postgres}
";
    assert_eq!(
        error_names(
            "target: kubernetes\n",
            score,
            &["generate", "-e", "dev", "-o", "-"]
        ),
        [
            "secret-not-allowed",
            "secret-not-allowed",
            "secret-not-allowed",
            "secret-not-allowed",
            "invalid-name"
        ]
    );
    let score = "apiVersion: score.dev/v1b1
metadata: {name: web}
containers:
  main:
    image: nginx:${resources.env.I-1}
    command: [\"${resources.env.C-1}\", \"${resources.env.C-2}\"]
    args: [\"${resources.env.A-1}\"]
    variables: {A: \"${resources.env.V-1}\", B: \"${resources.env.V-2}\"}
resources:
  env: {type: environment}
";
    let names = error_names(
        "target: compose\n",
        score,
        &["generate", "-e", "dev", "-o", "-"],
    );
    assert_eq!(names, ["invalid-name"; 6]);
}
