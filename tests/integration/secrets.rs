//! The seed and the passwords that are derived from it: who may read them, and who gets which.

use std::os::unix::fs::symlink;

use crate::sandbox::{RunResult, Sandbox, git};

pub const STRONG_SEED: &str = "2f6c1b0e94d87a53e1f04c6b8d9a7235";

pub const DATABASE: &str = "\
apiVersion: score.dev/v1b1
metadata: {name: shop}
containers:
  web:
    image: example.com/web:1
    variables: {DB_URL: \"${resources.db.url}\"}
resources:
  db: {type: postgres}
";

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
            let result = sandbox.run_without_seed(&[("SCORE_RS_SEED", STRONG_SEED)], &arguments);
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
            let result = sandbox.run_without_seed(&[("SCORE_RS_SEED", STRONG_SEED)], &arguments);
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
    let result = sandbox.run_without_seed(&variables, &arguments);
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
        sandbox.run_without_seed(&[("SCORE_RS_SEED", STRONG_SEED)], &arguments)
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
        let result = sandbox.run_without_seed(&seed, arguments);
        assert!(result.stderr.contains(note), "{}", result.stderr);
        let named = [arguments, &["--project", "shop"]].concat();
        let result = sandbox.run_without_seed(&seed, &named);
        assert_eq!(
            (result.code, result.stderr.contains(note)),
            (Some(0), false)
        );
    }
    let result = sandbox.run_without_seed(&[], &["generate", "-o", "-", "--seed-file", "seed"]);
    assert!(result.stderr.contains(note), "{}", result.stderr);
    // A seed of this project alone, and a run that derives nothing from it.
    let result = sandbox.run_without_seed(&[], &["generate", "-o", "-"]);
    assert!(!result.stderr.contains(note), "{}", result.stderr);
    let sandbox = Sandbox::with_files(&[("score.yaml", &with_source("x")), ("x", "")]);
    let result = sandbox.run_without_seed(&seed, &["generate", "-o", "-"]);
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
        sandbox
            .run_without_seed(&[("SCORE_RS_SEED", seed)], &arguments)
            .stderr
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
    let result = sandbox.run_without_seed(&[], &["generate", "-o", "-", "-e", "kubernetes"]);
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
        let result = sandbox.run_without_seed(&ci, arguments);
        assert!(
            result.code == Some(1)
                && result.stderr.contains("error [missing-seed]")
                && !result.stderr.contains("new-seed]")
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
        let result = sandbox.run_without_seed(variables, arguments);
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
        let result = sandbox.run_without_seed(&[("CI", "1")], &arguments);
        assert_eq!(result.code, code, "{}", result.stderr);
    }
}

#[test]
fn a_lost_seed_is_named() {
    let sandbox = Sandbox::with_files(&[("score.yaml", DATABASE)]);
    assert_eq!(sandbox.run_without_seed(&[], &["generate"]).code, Some(0));
    let first = sandbox.read("compose.yaml");
    std::fs::remove_file(sandbox.path(".score-rs/seed")).unwrap();
    let result = sandbox.run_without_seed(&[], &["generate"]);
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

/// A definition that gives a password of 24 characters, and the sections after it.
fn definition(sections: &str) -> String {
    format!(
        "- uri: template://one\n  type: one\n  init: |\n    password: {{{{ randAlphaNum 24 }}}}\n  \
         outputs: |\n    password: {{{{ .Init.password }}}}\n{sections}"
    )
}

const USES_ONE: &str = "apiVersion: score.dev/v1b1\nmetadata: {name: shop}\ncontainers:\n  web:\n    \
                        image: example.com/web:1\n    variables: {A: \"x-${resources.one.password}\"}\n\
                        resources:\n  one: {type: one}\n";

fn project(environment: &str, sections: &str) -> Sandbox {
    Sandbox::with_files(&[
        ("score.yaml", USES_ONE),
        ("environments/only/environment.yaml", environment),
        (
            "environments/only/one.provisioners.yaml",
            &definition(sections),
        ),
    ])
}

const IN_FILES: &str = "target: compose\nproject: shop\nsecrets: file\n";

fn generate(sandbox: &Sandbox, arguments: &[&str]) -> RunResult {
    let arguments = [&["generate", "--message-format", "short"][..], arguments].concat();
    sandbox.run_without_seed(&[("SCORE_RS_SEED", STRONG_SEED)], &arguments)
}

#[test]
fn secrets_of_services_move_into_env_files() {
    let services = "  services: |\n    listed:\n      image: a\n      environment:\n      - B={{ .Init.password }}\n      \
                    - C=plain\n      env_file: mine.env\n    mapped:\n      image: a\n      environment: {D: '{{ .Init.password }}'}\n";
    let sandbox = project(IN_FILES, services);
    sandbox.write("mine.env", "");
    let result = generate(&sandbox, &[]);
    assert_eq!(
        (result.code, result.stderr.as_str()),
        (Some(0), "wrote compose.yaml\n")
    );
    let env = |service: &str| sandbox.read(&format!(".score-rs/only/mounts/env/{service}.env"));
    let password = env("mapped")
        .strip_prefix("D='")
        .and_then(|rest| rest.strip_suffix("'\n"))
        .unwrap()
        .to_owned();
    assert_eq!(password.len(), 24);
    assert_eq!(env("listed"), format!("B='{password}'\n"));
    assert_eq!(env("shop-web"), format!("A='x-{password}'\n"));
    let compose = sandbox.read("compose.yaml");
    assert!(!compose.contains(&password), "{compose}");
    for part in [
        "    environment:\n    - C=plain\n    env_file:\n    - mine.env\n    - ./.score-rs/only/mounts/env/listed.env\n",
        "  mapped:\n    image: a\n    env_file:\n    - ./.score-rs/only/mounts/env/mapped.env\n",
    ] {
        assert!(compose.contains(part), "{part}{compose}");
    }
    // Nothing secret is left that a check needs the seed for.
    let check = sandbox.run_without_seed(&[], &["generate", "--check"]);
    assert_eq!(
        (check.code, check.stderr.as_str()),
        (Some(0), "compose.yaml is up to date\n")
    );
    let mode = |path: &str| {
        use std::os::unix::fs::PermissionsExt;
        std::fs::metadata(sandbox.path(path))
            .unwrap()
            .permissions()
            .mode()
            & 0o777
    };
    assert_eq!(mode("compose.yaml"), 0o644);
    assert_eq!(mode(".score-rs/only/mounts/env/mapped.env"), 0o600);
}

#[test]
fn a_secret_that_no_env_file_can_have_is_an_error() {
    let services = "  services: |\n    server:\n      image: a\n      command: [serve, '--password={{ .Init.password }}']\n";
    let sandbox = project(IN_FILES, services);
    let before = sandbox.list();
    let result = generate(&sandbox, &[]);
    assert_eq!(
        (result.code, result.stderr.as_str()),
        (
            Some(1),
            "environments/only/environment.yaml:3:10: error: `services.server.command.1` contains a secret that \
             cannot be moved into an env file; pass it to the service as an environment variable, and read that \
             in the container [secret-not-allowed]\n"
        )
    );
    assert_eq!(sandbox.list(), before);
}

#[test]
fn an_environment_without_secrets_accepts_references_to_secrets_of_the_cluster() {
    let environment = "target: kubernetes\nproject: shop\nsecrets: none\n\
                       values: {modelUrl: https://models.example.com/v1/, modelKeySecret: model-key}\n";
    let sandbox = project(environment, "");
    sandbox.write(
        "environments/only/one.provisioners.yaml",
        "- uri: template://test/one\n  type: one\n  init: |\n    secret: database-login\n  \
         outputs: |\n    password: {{ encodeSecretRef .Init.secret \"password\" }}\n    \
         url: db://app:{{ encodeSecretRef .Init.secret \"password\" }}@db\n",
    );
    sandbox.write(
        "score.yaml",
        "apiVersion: score.dev/v1b1\nmetadata: {name: shop}\ncontainers:\n  main:\n    image: a:1\n    \
         variables: {URL: \"${resources.one.url}\", KEY: \"${resources.model.api-key}\"}\n\
         resources: {one: {type: one}, model: {type: llm-model}}\n",
    );
    let result = generate(&sandbox, &[]);
    assert_eq!(result.code, Some(0), "{}", result.stderr);
}

#[test]
fn an_environment_without_secrets_rejects_generated_passwords() {
    for target in ["compose", "kubernetes"] {
        let sandbox = project(
            &format!("target: {target}\nproject: shop\nsecrets: none\n"),
            "",
        );
        let before = sandbox.list();
        let result = generate(&sandbox, &[]);
        assert_eq!(
            (result.code, result.stderr.as_str()),
            (
                Some(1),
                "score.yaml:8:3: error: `one.default#shop.one` needs a generated password, and this environment \
                 has `secrets: none`; use a definition that refers to an existing Secret or returns no password, or \
                 change `secrets` [secret-not-allowed]\n"
            )
        );
        assert_eq!(sandbox.list(), before);
        sandbox.write("score.yaml", with_source("x"));
        sandbox.write("x", "");
        assert_eq!(generate(&sandbox, &[]).code, Some(0));
    }
}

#[test]
fn a_target_without_the_setting_is_an_error() {
    let sandbox = project("target: kubernetes\nsecrets: file\n", "");
    let result = generate(&sandbox, &[]);
    assert_eq!(
        (result.code, result.stderr.as_str()),
        (
            Some(1),
            "environments/only/environment.yaml:2:10: error: kubernetes does not support `secrets: file`; use one of `plain`, `external` \
             and `none`, or remove `secrets` [wrong-target]\n"
        )
    );
    // The setting is inherited, and so is the error.
    sandbox.write(
        "environments/only/environment.yaml",
        "extends: base\ntarget: kubernetes\n",
    );
    sandbox.write(
        "environments/base/environment.yaml",
        "target: compose\nsecrets: file\n",
    );
    let result = generate(&sandbox, &["--env", "only"]);
    assert!(
        result.stderr.starts_with(
            "environments/base/environment.yaml:2:10: error: kubernetes does not support"
        ),
        "{}",
        result.stderr
    );
    sandbox.write(
        "environments/only/environment.yaml",
        "target: compose\nsecrets: fil\n",
    );
    let result = generate(&sandbox, &["--env", "only"]);
    assert!(
        result.code == Some(1)
            && result
                .stderr
                .contains("environments/only/environment.yaml:2:10: error: "),
        "{}",
        result.stderr
    );
}

#[test]
fn a_tracked_output_with_a_password_is_reported_once() {
    let secret = "  manifests: |\n    - apiVersion: v1\n      kind: Secret\n      metadata: {name: one}\n      \
                  stringData: {password: '{{ .Init.password }}'}\n";
    let run = |sandbox: &Sandbox, arguments: &[&str]| {
        let arguments = [&["generate", "--message-format", "short"][..], arguments].concat();
        let path = std::env::var("PATH").unwrap();
        let variables = [("SCORE_RS_SEED", STRONG_SEED), ("PATH", path.as_str())];
        sandbox.run_without_seed(&variables, &arguments).stderr
    };
    for (environment, output) in [
        ("target: compose\nproject: shop\n", "compose.yaml"),
        ("target: kubernetes\nproject: shop\n", "manifests.yaml"),
        (
            "target: kubernetes\nproject: shop\noutput: deploy/\n",
            "deploy/secret-one.yaml",
        ),
    ] {
        let sandbox = project(environment, secret);
        git(&sandbox, &["init", "--quiet"]);
        let untracked = run(&sandbox, &[]);
        assert!(!untracked.contains("secret-in-output"), "{untracked}");
        git(&sandbox, &["add", "."]);
        for arguments in [&[][..], &["--check"]] {
            let tracked = run(&sandbox, arguments);
            assert_eq!(
                tracked.matches("[secret-in-output]").count(),
                1,
                "{tracked}"
            );
            assert!(tracked.contains(output), "{tracked}");
        }
        // From a directory of the repository.
        let nested = Sandbox::new();
        git(&nested, &["init", "--quiet"]);
        for (path, text) in [
            ("score.yaml", USES_ONE),
            ("environments/only/environment.yaml", environment),
            (
                "environments/only/one.provisioners.yaml",
                &definition(secret),
            ),
        ] {
            nested.write(&format!("a/{path}"), text);
        }
        run(&nested, &["-C", "a"]);
        git(&nested, &["add", "."]);
        let tracked = run(&nested, &["-C", "a"]);
        assert_eq!(
            tracked.matches("[secret-in-output]").count(),
            1,
            "{tracked}"
        );
    }
    let sandbox = project(IN_FILES, "");
    git(&sandbox, &["init", "--quiet"]);
    run(&sandbox, &[]);
    git(&sandbox, &["add", "."]);
    let moved = run(&sandbox, &[]);
    assert!(!moved.contains("secret-in-output"), "{moved}");
}

#[test]
fn files_with_secrets_are_private() {
    use std::os::unix::fs::PermissionsExt;
    let sandbox = Sandbox::with_files(&[("score.yaml", DATABASE), (".score-rs/seed", STRONG_SEED)]);
    let set_mode = |path: &str, mode: u32| {
        let permissions = std::fs::Permissions::from_mode(mode);
        std::fs::set_permissions(sandbox.path(path), permissions).unwrap();
    };
    let mode = |path: &str| {
        std::fs::metadata(sandbox.path(path))
            .unwrap()
            .permissions()
            .mode()
            & 0o777
    };
    set_mode(".score-rs", 0o755);
    set_mode(".score-rs/seed", 0o644);
    let readable =
        "other users of this machine can read `.score-rs/seed`; run `chmod 600 .score-rs/seed`";
    let run = |arguments: &[&str]| {
        let arguments = [&["generate", "--message-format", "short"][..], arguments].concat();
        sandbox.run_without_seed(&[], &arguments)
    };
    let result = run(&[]);
    assert!(
        result.code == Some(0) && result.stderr.contains(readable),
        "{}",
        result.stderr
    );
    assert_eq!(
        (mode(".score-rs"), mode(".score-rs/compose")),
        (0o700, 0o700)
    );
    set_mode(".score-rs/seed", 0o600);
    set_mode(".score-rs/compose/state.yaml", 0o640);
    let result = run(&["--check"]);
    assert!(
        result
            .stderr
            .contains("can read `.score-rs/compose/state.yaml`")
            && !result.stderr.contains(readable),
        "{}",
        result.stderr
    );
    set_mode(".score-rs/compose/state.yaml", 0o600);
    sandbox.write("given", STRONG_SEED);
    set_mode("given", 0o644);
    let result = run(&["--seed-file", "given", "--project", "shop"]);
    assert!(
        !result.stderr.contains("readable-secret"),
        "{}",
        result.stderr
    );
}

#[test]
fn an_identity_outlives_the_name_of_its_environment() {
    let sandbox = Sandbox::with_files(&[("score.yaml", DATABASE)]);
    assert_eq!(sandbox.run_without_seed(&[], &["generate"]).code, Some(0));
    let before = sandbox.read("compose.yaml");
    for directory in ["environments/renamed", "teams/a/moved"] {
        sandbox.write(
            &format!("{directory}/environment.yaml"),
            "target: compose\nidentity: compose\noutput: compose.yaml\n",
        );
        let result = sandbox.run_without_seed(
            &[],
            &[
                "generate",
                "--env",
                &format!("{directory}/environment.yaml"),
                "--check",
            ],
        );
        assert_eq!(result.code, Some(0), "{}{}", result.stdout, result.stderr);
        let stateless = ["generate", "--env", directory, "--check", "--stateless"];
        let result = sandbox.run_without_seed(&[], &stateless);
        assert_eq!(result.code, Some(0), "{}{}", result.stdout, result.stderr);
        assert_eq!(sandbox.read("compose.yaml"), before);
    }
    let mistake = "target: compose\nidentity: ../x\n";
    sandbox.write("environments/renamed/environment.yaml", mistake);
    let result = generate(&sandbox, &["--env", "renamed"]);
    assert!(
        result.code == Some(1)
            && result
                .stderr
                .starts_with("environments/renamed/environment.yaml:2:11: error: "),
        "{}",
        result.stderr
    );
    // It is that of one environment, not of those that extend it.
    sandbox.write(
        "environments/renamed/environment.yaml",
        "target: compose\nidentity: compose\n",
    );
    sandbox.write("environments/other/environment.yaml", "extends: renamed\n");
    let result = sandbox.run_without_seed(&[], &["generate", "-o", "-", "--env", "other"]);
    assert!(
        result.code == Some(0) && result.stdout != before,
        "{}{}",
        result.stdout,
        result.stderr
    );
}

/// The words of the ignored files of a run that look generated.
pub fn generated_words(sandbox: &Sandbox) -> Vec<String> {
    let ignored = sandbox.list().into_iter().filter(|path| {
        path.contains(".score-rs/") && (path.ends_with(".env") || path.ends_with("state.yaml"))
    });
    let texts: Vec<String> = ignored.map(|path| sandbox.read(&path)).collect();
    let words = texts.iter().flat_map(|text| {
        text.split(|character: char| !character.is_ascii_alphanumeric())
            .filter(|word| {
                word.len() >= 20
                    && word.contains(|letter: char| letter.is_ascii_uppercase())
                    && word.contains(|letter: char| letter.is_ascii_lowercase())
                    && word.contains(|digit: char| digit.is_ascii_digit())
            })
            .map(str::to_owned)
    });
    words.collect()
}

#[test]
fn no_file_that_git_would_take_has_a_generated_value() {
    let mut count = 0;
    for case in crate::fixtures::cases() {
        let inputs = crate::fixtures::inputs(&case);
        let sandbox = Sandbox::new();
        sandbox.write_all(&inputs);
        sandbox.write(
            "environments/compose/environment.yaml",
            "target: compose\nsecrets: file\n",
        );
        let arguments = crate::fixtures::arguments(&inputs, "compose");
        let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
        let result = sandbox.run_without_seed(&[("SCORE_RS_SEED", STRONG_SEED)], &arguments);
        if result.code != Some(0) {
            continue;
        }
        let words = generated_words(&sandbox);
        count += words.len();
        git(&sandbox, &["init", "--quiet"]);
        git(&sandbox, &["add", "."]);
        let taken = std::process::Command::new("git")
            .args(["ls-files", "-z"])
            .current_dir(sandbox.path("."))
            .output()
            .unwrap();
        let taken = String::from_utf8(taken.stdout).unwrap();
        for path in taken.split('\0').filter(|path| !path.is_empty()) {
            let bytes = std::fs::read(sandbox.path(path)).unwrap();
            let text = String::from_utf8_lossy(&bytes);
            for word in &words {
                assert!(!text.contains(word.as_str()), "{case}: {path} has {word}");
            }
        }
    }
    assert!(count > 30, "the cases have {count} generated values");
}

#[test]
fn a_shared_resource_does_not_depend_on_earlier_runs() {
    let workload = |name: &str| {
        format!(
            "apiVersion: score.dev/v1b1\nmetadata: {{name: {name}}}\ncontainers:\n  web:\n    image: example.com/web:1\n    \
             variables: {{A: \"${{resources.db.url}}\"}}\nresources:\n  db: {{type: postgres, id: shared}}\n"
        )
    };
    for target in ["compose", "kubernetes"] {
        let sandbox =
            Sandbox::with_files(&[("b.score.yaml", &workload("bb")), ("seed", STRONG_SEED)]);
        let run = |sandbox: &Sandbox| {
            let arguments = [
                "generate",
                "--env",
                target,
                "--project",
                "shop",
                "--seed-file",
                "seed",
                "-o",
                "out.yaml",
            ];
            let result = sandbox.run_without_seed(&[], &arguments);
            assert_eq!(result.code, Some(0), "{}", result.stderr);
            assert!(
                !result.stderr.contains("state-differs"),
                "{}",
                result.stderr
            );
            sandbox.read("out.yaml")
        };
        run(&sandbox);
        sandbox.write("a.score.yaml", workload("aa"));
        let with_state = run(&sandbox);
        let clone = Sandbox::with_files(&[
            ("a.score.yaml", &workload("aa")),
            ("b.score.yaml", &workload("bb")),
            ("seed", STRONG_SEED),
            ("score-rs.lock", &sandbox.read("score-rs.lock")),
        ]);
        assert_eq!(run(&clone), with_state, "{target}");
    }
}

#[test]
fn values_that_only_stored_state_has_are_noted() {
    let sandbox = project("target: compose\nproject: shop\n", "");
    let path = "environments/only/one.provisioners.yaml";
    let with_state =
        definition("  state: |\n    password: {{ dig \"password\" .Init.password .State }}\n");
    sandbox.write(
        path,
        with_state.replace("{{ .Init.password }}", "{{ .State.password }}"),
    );
    let note = "note: a machine without `.score-rs/only/state.shop.yaml` generates other values for \
                `one.default#shop.one`";
    for _ in 0..2 {
        let result = generate(&sandbox, &[]);
        assert_eq!(result.code, Some(0), "{}", result.stderr);
        assert!(!result.stderr.contains(note), "{}", result.stderr);
    }
    // The definition gives another password now; the stored one stays.
    let text = sandbox
        .read(path)
        .replace("randAlphaNum 24", "randAlphaNum 25");
    sandbox.write(path, text);
    let before = sandbox.read("compose.yaml");
    let result = generate(&sandbox, &[]);
    assert!(result.stderr.contains(note), "{}", result.stderr);
    assert_eq!(sandbox.read("compose.yaml"), before);
    let result = generate(&sandbox, &["--stateless"]);
    assert!(!result.stderr.contains(note), "{}", result.stderr);
}

#[test]
fn a_hash_of_a_secret_file_needs_the_seed() {
    // Both seeds give the same password, which the state has.
    let sandbox = Sandbox::with_files(&[
        (
            "score.yaml",
            "apiVersion: score.dev/v1b1\nmetadata: {name: shop}\ncontainers:\n  web:\n    image: example.com/web:1\n    \
             files:\n      /a: {content: \"${resources.one.password}\"}\nresources:\n  one: {type: one}\n",
        ),
        (
            "one.provisioners.yaml",
            &definition("  state: |\n    password: {{ dig \"password\" .Init.password .State }}\n")
                .replace("{{ .Init.password }}", "{{ .State.password }}"),
        ),
    ]);
    let hash = |seed: &str| {
        let arguments = [
            "generate",
            "--env",
            "kubernetes",
            "--provisioners",
            "one.provisioners.yaml",
        ];
        let result = sandbox.run_without_seed(&[("SCORE_RS_SEED", seed)], &arguments);
        assert_eq!(result.code, Some(0), "{}", result.stderr);
        let text = sandbox.read("manifests.yaml");
        let line = |key: &str| {
            text.lines()
                .find(|line| line.contains(key))
                .unwrap()
                .to_owned()
        };
        (line("config-hash"), line("  a: "))
    };
    let (first, content) = hash(STRONG_SEED);
    let (second, same_content) = hash("another-5d0c41e7b9a2836f08c1");
    assert_eq!(content, same_content);
    assert_ne!(first, second);
}

const FROM_ENVIRONMENT: &str = "\
apiVersion: score.dev/v1b1
metadata: {name: shop}
containers:
  web:
    image: example.com/web:1
    variables:
      STRIPE: \"${resources.env.STRIPE_KEY}\"
      DB_PASSWORD: \"p-${resources.env.DB_PW}\"
      MODE: \"${resources.env.MODE}\"
resources:
  env: {type: environment}
";

#[test]
fn a_secret_of_the_environment_in_plain_text_is_a_warning() {
    let sandbox = Sandbox::with_files(&[("score.yaml", FROM_ENVIRONMENT)]);
    let variables = |key| {
        [
            ("STRIPE_KEY", key),
            ("DB_PW", "hunter22"),
            ("MODE", "slow-mode"),
        ]
    };
    let kubernetes = [
        "generate",
        "--env",
        "kubernetes",
        "--message-format",
        "short",
    ];
    let result = sandbox.run_without_seed(&variables("sk-live-1234"), &kubernetes);
    let places: Vec<&str> = result
        .stderr
        .lines()
        .filter(|line| line.contains("[plain-secret]"))
        .filter_map(|line| line.split(" warning: ").next())
        .collect();
    assert_eq!(
        (result.code, places),
        (Some(0), vec!["score.yaml:7:16:", "score.yaml:8:23:"]),
        "{}",
        result.stderr
    );
    assert!(
        result.stderr.contains("--set environment.secret=NAME"),
        "{}",
        result.stderr
    );
    assert!(sandbox.read("manifests.yaml").contains("sk-live-1234"));
    // The value is known as a secret, and so is the one that it replaces.
    for command in [&["generate", "--check"][..], &["diff"]] {
        let arguments = [command, &["--env", "kubernetes"]].concat();
        let result = sandbox.run_without_seed(&variables("sk-live-5678"), &arguments);
        assert!(
            result.code == Some(4)
                && !result.stdout.contains("sk-live")
                && !result.stdout.contains("hunter22"),
            "{}",
            result.stdout
        );
    }
    let with_secret = [
        &kubernetes[..],
        &["--set", "environment.secret=keys", "-o", "-"],
    ]
    .concat();
    let from_env = FROM_ENVIRONMENT.replace("p-${resources.env.DB_PW}", "${resources.env.DB_PW}");
    sandbox.write("score.yaml", from_env);
    for arguments in [
        &with_secret[..],
        &["generate", "--env", "compose", "-o", "-"],
    ] {
        let result = sandbox.run_without_seed(&variables("sk-live-1234"), arguments);
        assert!(
            result.code == Some(0)
                && !result.stderr.contains("plain-secret")
                && !result.stdout.contains("sk-live"),
            "{}{}",
            result.stdout,
            result.stderr
        );
    }
}

#[test]
fn no_value_under_a_secret_key_is_not_hidden() {
    let sandbox = Sandbox::with_files(&[
        (
            "score.yaml",
            "apiVersion: score.dev/v1b1\nmetadata: {name: shop}\ncontainers:\n  web:\n    \
             image: example.com/web:1\n    variables: {A: \"${resources.it.password}\"}\n\
             resources:\n  it: {type: it}\n",
        ),
        (
            "it.provisioners.yaml",
            "- uri: template://example/it\n  type: it\n  outputs: |\n    \
             password: {{ .Params.pw }}\n",
        ),
    ]);
    let flags = ["--env", "compose", "--provisioners", "it.provisioners.yaml"];
    let result = sandbox.run(&[&["generate"], &flags[..]].concat());
    assert!(
        result.code == Some(0)
            && result.stderr.contains("[template-no-value]")
            && result.stderr.contains("this rendered as `<no value>` for")
            && !result.stderr.contains("********"),
        "{}",
        result.stderr
    );
    // A difference shows it too.
    sandbox.write(
        "compose.yaml",
        sandbox.read("compose.yaml").replace("<no value>", "x"),
    );
    let result = sandbox.run(&[&["diff"], &flags[..]].concat());
    assert!(
        result.stdout.contains("A: \"x\" -> \"<no value>\"\n"),
        "{}",
        result.stdout
    );
}
