//! The seed and the passwords that are derived from it: who may read them, and who gets which.

use std::os::unix::fs::symlink;

use crate::sandbox::{RunResult, Sandbox, wait_for_exit};

const STRONG_SEED: &str = "2f6c1b0e94d87a53e1f04c6b8d9a7235";

const DATABASE: &str = "\
apiVersion: score.dev/v1b1
metadata: {name: shop}
containers:
  web:
    image: example.com/web:1
    variables: {DB_URL: \"${resources.db.url}\"}
resources:
  db: {type: postgres}
";

/// Runs with these variables and no seed.
fn run_with(sandbox: &Sandbox, variables: &[(&str, &str)], arguments: &[&str]) -> RunResult {
    let mut command = sandbox.command(arguments);
    command.env_remove("SCORE_RS_SEED");
    command.envs(variables.iter().copied());
    wait_for_exit(command.spawn().unwrap(), arguments)
}

fn with_source(source: &str) -> String {
    format!(
        "apiVersion: score.dev/v1b1\nmetadata: {{name: shop}}\ncontainers:\n  web:\n    \
         image: example.com/web:1\n    files:\n      /x: {{source: {source}}}\n"
    )
}

#[test]
fn a_score_file_cannot_take_the_seed_as_a_file() {
    let sandbox = Sandbox::with_files(&[
        (".score-rs/seed", STRONG_SEED),
        (".score-rs/compose/state.yaml", "version: 1\n"),
        ("keys/seed", STRONG_SEED),
        ("other/.score-rs/seed", STRONG_SEED),
    ]);
    symlink(".score-rs/seed", sandbox.path("link")).unwrap();
    symlink(".score-rs", sandbox.path("directory")).unwrap();
    std::fs::hard_link(sandbox.path("keys/seed"), sandbox.path("second-name")).unwrap();
    let absolute = sandbox.path(".score-rs/seed").display().to_string();
    for source in [
        ".score-rs/seed",
        "./keys/../.score-rs/seed",
        ".score-rs/compose/state.yaml",
        ".SCORE-RS/seed",
        "other/.score-rs/seed",
        "link",
        "directory/seed",
        "keys/seed",
        "second-name",
        &absolute,
        "/proc/self/environ",
        "/proc/self/cwd/.score-rs/seed",
    ] {
        sandbox.write("score.yaml", with_source(source));
        for arguments in [
            &[
                "generate",
                "--env",
                "compose",
                "-o",
                "-",
                "--seed-file",
                "keys/seed",
            ][..],
            &[
                "generate",
                "--env",
                "kubernetes",
                "-o",
                "-",
                "--seed-file",
                "keys/seed",
            ],
        ] {
            let arguments = [arguments, &["--allow-outside", "--message-format", "short"]].concat();
            let result = run_with(&sandbox, &[("SCORE_RS_SEED", STRONG_SEED)], &arguments);
            assert_eq!(result.code, Some(1), "{source}: {}", result.stderr);
            assert!(
                result.stderr.starts_with("score.yaml:7:20: error: ")
                    && result.stderr.contains("[private-source]")
                    && !result.stderr.contains(STRONG_SEED)
                    && result.stdout.is_empty(),
                "{source}: {}{}",
                result.stdout,
                result.stderr
            );
        }
    }
    sandbox.write("score.yaml", with_source("link"));
    let result = sandbox.run(&["validate", "--message-format", "short"]);
    assert!(
        result.code == Some(1) && result.stdout.contains("[private-source]"),
        "{}",
        result.stdout
    );
}

#[test]
fn a_score_file_cannot_take_the_seed_as_a_variable() {
    let text = "apiVersion: score.dev/v1b1\nmetadata: {name: shop}\ncontainers:\n  web:\n    \
                image: example.com/web:1\n    variables: {A: \"${resources.env.SCORE_RS_SEED}\"}\n\
                resources:\n  env: {type: environment}\n";
    let in_params = "apiVersion: score.dev/v1b1\nmetadata: {name: shop}\ncontainers:\n  web:\n    \
                     image: example.com/web:1\nresources:\n  env: {type: environment}\n  \
                     db: {type: redis, params: {version: \"${resources.env.SCORE_RS_SEED}\"}}\n";
    for (text, place) in [(text, "score.yaml:6:21"), (in_params, "score.yaml:8:40")] {
        let sandbox = Sandbox::with_files(&[("score.yaml", text)]);
        for target in ["compose", "kubernetes"] {
            let arguments = [
                "generate",
                "--env",
                target,
                "-o",
                "-",
                "--message-format",
                "short",
            ];
            let result = run_with(&sandbox, &[("SCORE_RS_SEED", STRONG_SEED)], &arguments);
            assert!(
                result.code == Some(1)
                    && result.stderr.starts_with(&format!("{place}: error: "))
                    && result.stderr.contains("[private-source]")
                    && !(result.stdout + &result.stderr).contains(STRONG_SEED),
                "{target}: {}",
                result.stderr
            );
        }
    }
}

#[test]
fn programs_do_not_get_the_seed() {
    let sandbox = Sandbox::with_files(&[
        (
            "score.yaml",
            "apiVersion: score.dev/v1b1\nmetadata: {name: shop}\ncontainers:\n  web:\n    \
             image: example.com/web:1\n    variables: {A: \"${resources.job.seed}${resources.job.other}\"}\n\
             resources:\n  job: {type: job}\n",
        ),
        (
            "job.provisioners.yaml",
            "- uri: cmd://sh\n  type: job\n  args: [-c, 'printf \"{\\\"resource_outputs\\\": {\\\"seed\\\": \
             \\\"<$SCORE_RS_SEED>\\\", \\\"other\\\": \\\"$OTHER\\\"}}\"']\n",
        ),
    ]);
    let arguments = [
        "generate",
        "-o",
        "-",
        "--provisioners",
        "job.provisioners.yaml",
    ];
    let path = std::env::var("PATH").unwrap();
    let variables = [
        ("SCORE_RS_SEED", STRONG_SEED),
        ("OTHER", "passed"),
        ("PATH", &path),
    ];
    let result = run_with(&sandbox, &variables, &arguments);
    assert!(
        result.stdout.contains("A: <>passed\n"),
        "{}{}",
        result.stdout,
        result.stderr
    );
}

/// The words of an output that look like a password.
fn passwords(output: &str) -> Vec<&str> {
    let texts: Vec<&str> = output
        .split(|character: char| !character.is_ascii_alphanumeric())
        .filter(|word| {
            word.len() >= 20
                && word.contains(|letter: char| letter.is_ascii_uppercase())
                && word.contains(|digit: char| digit.is_ascii_digit())
        })
        .collect();
    assert!(!texts.is_empty(), "{output}");
    texts
}

#[test]
fn projects_with_one_seed_share_no_password() {
    let sandbox = Sandbox::with_files(&[("score.yaml", DATABASE)]);
    let output = |project: &[&str], target: &str| {
        let arguments = [&["generate", "-o", "-", "--env", target, "-q"][..], project].concat();
        run_with(&sandbox, &[("SCORE_RS_SEED", STRONG_SEED)], &arguments)
    };
    for target in ["compose", "kubernetes"] {
        let unnamed = output(&[], target);
        let (a, b) = (
            output(&["--project", "a"], target),
            output(&["--project", "b"], target),
        );
        assert_eq!(a.stdout, output(&["--project", "a"], target).stdout);
        for (one, other) in [(&a, &b), (&a, &unnamed), (&b, &unnamed)] {
            assert!(
                passwords(&one.stdout)
                    .iter()
                    .all(|password| !other.stdout.contains(password)),
                "{target}: {}{}",
                one.stdout,
                other.stdout
            );
        }
    }
}

#[test]
fn a_seed_of_unnamed_projects_is_noted() {
    let sandbox = Sandbox::with_files(&[("score.yaml", DATABASE), ("seed", STRONG_SEED)]);
    let seed = [("SCORE_RS_SEED", STRONG_SEED)];
    let note = "note [unnamed-project]";
    for arguments in [
        &["generate", "-o", "-"][..],
        &["generate", "-o", "-", "--env", "kubernetes"],
        &["resources", "get-outputs", "postgres.default#shop.db"],
    ] {
        let result = run_with(&sandbox, &seed, arguments);
        assert!(result.stderr.contains(note), "{}", result.stderr);
        let named = [arguments, &["--project", "shop"]].concat();
        let result = run_with(&sandbox, &seed, &named);
        assert_eq!(
            (result.code, result.stderr.contains(note)),
            (Some(0), false)
        );
    }
    let result = run_with(
        &sandbox,
        &[],
        &["generate", "-o", "-", "--seed-file", "seed"],
    );
    assert!(result.stderr.contains(note), "{}", result.stderr);
    // A seed of this project alone, and a run that derives nothing from it.
    let result = run_with(&sandbox, &[], &["generate", "-o", "-"]);
    assert!(!result.stderr.contains(note), "{}", result.stderr);
    let sandbox = Sandbox::with_files(&[("score.yaml", &with_source("x")), ("x", "")]);
    let result = run_with(&sandbox, &seed, &["generate", "-o", "-"]);
    assert_eq!(result.stderr, "");
}

#[test]
fn a_guessable_seed_is_reported_for_kubernetes() {
    let sandbox = Sandbox::with_files(&[("score.yaml", DATABASE)]);
    let run = |seed: &str, target: &str| {
        let arguments = [
            "generate",
            "-o",
            "-",
            "--env",
            target,
            "--project",
            "shop",
            "--message-format",
            "short",
        ];
        run_with(&sandbox, &[("SCORE_RS_SEED", seed)], &arguments).stderr
    };
    let warning = "warning: the seed in SCORE_RS_SEED can be guessed";
    for seed in [
        "dev",
        "shop-staging-2026",
        "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
    ] {
        assert!(
            run(seed, "kubernetes").contains(warning),
            "{}",
            run(seed, "kubernetes")
        );
        assert!(!run(seed, "compose").contains("weak-seed"));
    }
    assert!(!run(STRONG_SEED, "kubernetes").contains("weak-seed"));
    sandbox.write(".score-rs/seed", "dev\n");
    let result = run_with(&sandbox, &[], &["generate", "-o", "-", "-e", "kubernetes"]);
    assert!(
        result
            .stderr
            .contains("the seed in `.score-rs/seed` can be guessed"),
        "{}",
        result.stderr
    );
}

#[test]
fn a_ci_job_needs_a_seed_for_passwords_of_stored_data() {
    let sandbox = Sandbox::with_files(&[("score.yaml", DATABASE)]);
    let ci = [("CI", "true")];
    let kubernetes = ["generate", "--env", "kubernetes"];
    for arguments in [
        &kubernetes[..],
        &["generate", "--env", "kubernetes", "-o", "-"],
        &["generate", "--env", "kubernetes", "--stateless"],
        &[
            "resources",
            "get-outputs",
            "postgres.default#shop.db",
            "--env",
            "kubernetes",
        ],
    ] {
        let result = run_with(&sandbox, &ci, arguments);
        assert!(
            result.code == Some(1)
                && result.stderr.contains("error [missing-seed]")
                && result.stderr.contains("postgres.default#shop.db")
                && result.stdout.is_empty(),
            "{arguments:?} {}",
            result.stderr
        );
        assert_eq!(sandbox.list(), ["score.yaml"]);
    }
    type Run<'a> = (&'a [(&'a str, &'a str)], &'a [&'a str]);
    let allowed: [Run<'_>; 4] = [
        (&ci, &["generate", "--env", "kubernetes", "--new-seed"]),
        (&[("CI", "false")], &kubernetes),
        (
            &[("CI", "true"), ("SCORE_RS_SEED", STRONG_SEED)],
            &kubernetes,
        ),
        (&ci, &["generate", "--env", "compose"]),
    ];
    for (variables, arguments) in allowed {
        let sandbox = Sandbox::with_files(&[("score.yaml", DATABASE)]);
        let result = run_with(&sandbox, variables, arguments);
        assert_eq!(result.code, Some(0), "{arguments:?} {}", result.stderr);
    }
}

#[test]
fn a_password_without_stored_data_needs_no_seed_in_ci() {
    let definition = |manifest: &str| {
        format!(
            "- uri: template://token\n  type: token\n  outputs: |\n    value: {{{{ randAlphaNum 24 }}}}\n  \
             manifests: |\n    - apiVersion: v1\n      kind: Secret\n      metadata: {{name: token}}\n      \
             stringData: {{value: {{{{ randAlphaNum 24 }}}}}}\n{manifest}"
        )
    };
    let claim = "    - apiVersion: v1\n      kind: PersistentVolumeClaim\n      metadata: {name: data}\n      \
                 spec: {accessModes: [ReadWriteOnce], resources: {requests: {storage: 1Gi}}}\n";
    let score = "apiVersion: score.dev/v1b1\nmetadata: {name: shop}\ncontainers:\n  web:\n    \
                 image: example.com/web:1\n    variables: {A: \"${resources.one.value}\"}\nresources:\n  one: {type: token}\n";
    let arguments = [
        "generate",
        "-e",
        "kubernetes",
        "-o",
        "-",
        "--provisioners",
        "t.provisioners.yaml",
    ];
    for (manifest, code) in [("", Some(0)), (claim, Some(1))] {
        let sandbox = Sandbox::with_files(&[
            ("score.yaml", score),
            ("t.provisioners.yaml", &definition(manifest)),
        ]);
        let result = run_with(&sandbox, &[("CI", "1")], &arguments);
        assert_eq!(result.code, code, "{}", result.stderr);
    }
}

#[test]
fn a_lost_seed_is_named() {
    let sandbox = Sandbox::with_files(&[("score.yaml", DATABASE)]);
    assert_eq!(run_with(&sandbox, &[], &["generate"]).code, Some(0));
    let first = sandbox.read("compose.yaml");
    std::fs::remove_file(sandbox.path(".score-rs/seed")).unwrap();
    let result = run_with(&sandbox, &[], &["generate"]);
    assert!(
        result
            .stderr
            .contains("`.score-rs/seed` is missing, so passwords are derived from a new seed")
            && result
                .stderr
                .contains("restore `.score-rs/seed` from a backup or another clone"),
        "{}",
        result.stderr
    );
    assert_eq!(
        sandbox.read("compose.yaml"),
        first,
        "the state keeps the password"
    );
}
