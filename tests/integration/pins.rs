//! Defaults of resources that `score-rs.lock` pins, and passwords that are rotated.

use std::process::Command;

use crate::sandbox::{RunResult, Sandbox};
use crate::state::without_checksums;

const SHOP: &str = "\
apiVersion: score.dev/v1b1
metadata: {name: shop}
containers:
  web:
    image: example.com/web:1
    variables: {DB_URL: \"${resources.db.url}\", CACHE: \"${resources.cache.url}\"}
resources:
  db: {type: postgres}
  cache: {type: redis}
";

/// A definition of a later version of score-rs: another version, image and name.
const LATER: &str = r#"
- uri: template://builtin/one
  type: one
  defaults: |
    version: "VERSION"
    image: example.com/one:%s
    name: one-VERSION-{{ .Id | replace "." "-" }}
    added: yes
  init: |
    password: {{ randAlphaNum 24 | quote }}
  state: |
    password: {{ dig "password" .Init.password .State | quote }}
    port: "{{ dig "port" "5432" .State }}"
  outputs: |
    text: {{ printf .Defaults.image .Defaults.version }} {{ .Defaults.name }} {{ .State.password }} {{ .State.port }}
"#;

const ONE: &str = "\
apiVersion: score.dev/v1b1
metadata: {name: shop}
containers:
  web:
    image: example.com/web:1
    variables: {A: \"${resources.one.text}\"}
resources:
  one: {type: one}
";

fn project(environment: &str) -> Sandbox {
    Sandbox::with_files(&[
        ("score.yaml", ONE),
        ("environments/staging/environment.yaml", environment),
        (
            "environments/staging/one.provisioners.yaml",
            &LATER.replace("VERSION", "17"),
        ),
    ])
}

fn later(sandbox: &Sandbox) {
    sandbox.write(
        "environments/staging/one.provisioners.yaml",
        LATER.replace("VERSION", "18"),
    );
}

fn run(sandbox: &Sandbox, arguments: &[&str]) -> RunResult {
    sandbox.run(&[arguments, &["--message-format", "short"]].concat())
}

const COMPOSE: &str = "target: compose\nproject: shop\n";

#[test]
fn generate_pins_the_defaults_of_what_stores_data() {
    let sandbox = Sandbox::with_files(&[("score.yaml", SHOP)]);
    for target in ["compose", "kubernetes"] {
        let arguments = ["generate", "--env", target, "--project", "shop"];
        let result = run(&sandbox, &arguments);
        assert_eq!(result.code, Some(0), "{}", result.stderr);
        let line = format!(
            "pinned the defaults of `postgres.default#shop.db` and `redis.default#shop.cache` for shop/{target} in score-rs.lock\n"
        );
        assert!(result.stderr.contains(&line), "{}", result.stderr);
        // What is pinned is not pinned again.
        let lock = sandbox.read("score-rs.lock");
        let again = run(&sandbox, &arguments);
        assert!(!again.stderr.contains("pinned"), "{}", again.stderr);
        assert_eq!(sandbox.read("score-rs.lock"), lock);
        assert_eq!(
            run(&sandbox, &[&arguments[..], &["--locked"]].concat()).code,
            Some(0)
        );
    }
    let lock = sandbox.read("score-rs.lock");
    for part in [
        "defaults:\n  shop/compose:\n    postgres.default#shop.db:\n      checksum: ",
        "  shop/kubernetes:\n",
        "      version: \"17.10\"\n",
        "      image: redis:%s-alpine\n",
    ] {
        assert!(lock.contains(part), "{part}{lock}");
    }
}

#[test]
fn pinned_defaults_outlive_the_version_of_the_definition() {
    for environment in [
        COMPOSE,
        "target: kubernetes\nproject: shop\noutput: out.yaml\n",
    ] {
        let sandbox = project(environment);
        assert_eq!(run(&sandbox, &["generate"]).code, Some(0));
        later(&sandbox);
        // On another machine too, where there is no state.
        std::fs::remove_dir_all(sandbox.path(".score-rs")).unwrap();
        for arguments in [
            &["generate", "--check"][..],
            &["generate", "--locked", "--check"],
            &["diff"],
        ] {
            let result = run(&sandbox, arguments);
            assert_eq!(
                result.code,
                Some(0),
                "{arguments:?}: {}{}",
                result.stdout,
                result.stderr
            );
        }
        let result = run(
            &sandbox,
            &[
                "resources",
                "get-outputs",
                "one.default#shop.one",
                "-f",
                "{{.text}}",
            ],
        );
        assert!(
            result
                .stdout
                .starts_with("example.com/one:17 one-17-shop-one "),
            "{}",
            result.stdout
        );
        // A resource that is new gets what is current.
        sandbox.write("score.yaml", format!("{ONE}  two: {{type: one}}\n"));
        let result = run(&sandbox, &["generate"]);
        assert!(
            result
                .stderr
                .contains("pinned the defaults of `one.default#shop.two` for shop/staging"),
            "{}",
            result.stderr
        );
        let lock = sandbox.read("score-rs.lock");
        assert!(
            lock.contains("one-17-shop-one") && lock.contains("one-18-shop-two"),
            "{lock}"
        );
    }
}

#[test]
fn a_default_that_a_later_definition_adds_is_pinned() {
    let sandbox = project(COMPOSE);
    sandbox.write(
        "environments/staging/one.provisioners.yaml",
        LATER
            .replace("VERSION", "17")
            .replace("    added: yes\n", ""),
    );
    assert_eq!(run(&sandbox, &["generate"]).code, Some(0));
    later(&sandbox);
    assert_eq!(run(&sandbox, &["generate", "--locked"]).code, Some(1));
    assert_eq!(run(&sandbox, &["generate"]).code, Some(0));
    let lock = sandbox.read("score-rs.lock");
    assert!(
        lock.contains("added: \"yes\"") && lock.contains("version: \"17\""),
        "{lock}"
    );
}

#[test]
fn only_generate_with_a_file_writes_pins() {
    let sandbox = project(COMPOSE);
    for arguments in [
        &["generate", "-o", "-"][..],
        &["generate", "--check"],
        &["diff"],
        &["validate", "--env", "staging"],
        &["resources", "get-outputs", "one.default#shop.one"],
        &["resources", "list"],
    ] {
        run(&sandbox, arguments);
        assert!(!sandbox.path("score-rs.lock").exists(), "{arguments:?}");
    }
    let result = run(&sandbox, &["generate", "--locked"]);
    assert_eq!(
        (result.code, result.stderr.as_str()),
        (
            Some(1),
            "score.yaml:8:3: error: `score-rs.lock` does not pin all defaults of `one.default#shop.one`; run \
             `generate` without `--locked`, and commit the lock [unpinned-defaults]\n"
        )
    );
}

/// `checksum` is a key of each entry of the lock.
#[test]
fn a_default_is_not_named_like_a_key_of_the_lock() {
    let sandbox = project(COMPOSE);
    let definitions = LATER.replace("added: yes", "checksum: yes");
    sandbox.write("environments/staging/one.provisioners.yaml", definitions);
    let result = run(&sandbox, &["generate"]);
    assert_eq!(
        (result.code, result.stderr.as_str()),
        (
            Some(1),
            "environments/staging/one.provisioners.yaml:8:5: error: `defaults` of `one.default#shop.one` cannot \
             have the key `checksum`; rename it: each entry of the lock has this key already [invalid-name]\n"
        )
    );
    assert!(!sandbox.path("score-rs.lock").exists());
}

#[test]
fn an_environment_elsewhere_and_a_renamed_one_have_their_pins() {
    let sandbox = project(COMPOSE);
    assert_eq!(run(&sandbox, &["generate"]).code, Some(0));
    std::fs::rename(
        sandbox.path("environments/staging"),
        sandbox.path("environments/live"),
    )
    .unwrap();
    sandbox.write(
        "environments/live/environment.yaml",
        format!("{COMPOSE}identity: staging\n"),
    );
    let result = run(&sandbox, &["generate", "--locked", "--check"]);
    assert_eq!(result.code, Some(0), "{}{}", result.stdout, result.stderr);
    sandbox.write("environments/live/environment.yaml", COMPOSE);
    assert_eq!(
        run(&sandbox, &["generate", "--locked", "--check"]).code,
        Some(1)
    );
}

#[test]
fn a_damaged_pin_is_an_error() {
    let sandbox = project(COMPOSE);
    assert_eq!(run(&sandbox, &["generate"]).code, Some(0));
    let lock = sandbox.read("score-rs.lock");
    let compose = sandbox.read("compose.yaml");
    let damaged: [(String, &str); 4] = [
        (
            lock.replace("version: \"17\"", "version: \"16\""),
            "checksum-mismatch",
        ),
        (String::new(), "empty-file"),
        (lock.replace("defaults:", "default:"), "unknown-key"),
        (
            lock.replace("shop/staging:", "- shop/staging:"),
            "wrong-type",
        ),
    ];
    for (text, rule) in damaged {
        assert_ne!(text, lock);
        sandbox.write("score-rs.lock", &text);
        let result = run(&sandbox, &["generate"]);
        assert!(
            result.code == Some(1)
                && result.stderr.starts_with("score-rs.lock:")
                && result.stderr.contains(rule),
            "{rule}: {}",
            result.stderr
        );
        assert_eq!(
            (sandbox.read("score-rs.lock"), sandbox.read("compose.yaml")),
            (text, compose.clone())
        );
    }
}

#[test]
fn two_branches_that_pin_different_resources_merge() {
    let lock = |score: &str| {
        let sandbox = Sandbox::with_files(&[("score.yaml", score)]);
        assert_eq!(
            run(&sandbox, &["generate", "--project", "shop"]).code,
            Some(0)
        );
        sandbox.read("score-rs.lock")
    };
    let with = |names: &[&str]| {
        let mut score = SHOP.to_owned();
        names
            .iter()
            .for_each(|name| score.push_str(&format!("  {name}: {{type: postgres}}\n")));
        score
    };
    let sandbox = Sandbox::new();
    sandbox.write("base", lock(&with(&[])));
    sandbox.write("ours", lock(&with(&["aa"])));
    sandbox.write("theirs", lock(&with(&["zz"])));
    let output = Command::new("git")
        .args(["merge-file", "--stdout", "ours", "base", "theirs"])
        .current_dir(sandbox.path("."))
        .output()
        .unwrap();
    assert!(output.status.success(), "{output:?}");
    sandbox.write("score.yaml", with(&["aa", "zz"]));
    sandbox.write("score-rs.lock", &output.stdout);
    let result = run(&sandbox, &["generate", "--project", "shop", "--locked"]);
    assert_eq!(result.code, Some(0), "{}", result.stderr);
}

#[test]
fn update_defaults_unpins_and_diff_shows_what_changes() {
    let sandbox = project(COMPOSE);
    sandbox.write("score.yaml", format!("{ONE}  two: {{type: one}}\n"));
    assert_eq!(run(&sandbox, &["generate"]).code, Some(0));
    later(&sandbox);
    let result = run(
        &sandbox,
        &[
            "lock",
            "--update-defaults",
            "one.default#shop.one",
            "-e",
            "staging",
        ],
    );
    assert_eq!(
        (result.code, result.stderr.as_str()),
        (
            Some(0),
            "wrote score-rs.lock\nunpinned the defaults of `one.default#shop.one`; `score-rs diff -e staging` shows \
             what changes, and `score-rs generate -e staging` pins it\n"
        )
    );
    let outputs = |uid: &str| {
        run(
            &sandbox,
            &["resources", "get-outputs", uid, "-f", "{{.text}}"],
        )
        .stdout
    };
    assert_ne!(run(&sandbox, &["diff"]).stdout, "");
    assert!(outputs("one.default#shop.one").starts_with("example.com/one:18 one-18-shop-one "));
    assert!(outputs("one.default#shop.two").starts_with("example.com/one:17 one-17-shop-two "));
    assert_eq!(run(&sandbox, &["generate"]).code, Some(0));
    let lock = sandbox.read("score-rs.lock");
    assert!(
        lock.contains("one-18-shop-one") && lock.contains("one-17-shop-two"),
        "{lock}"
    );
    let result = run(&sandbox, &["lock", "--update-defaults"]);
    assert_eq!(result.code, Some(0), "{}", result.stderr);
    assert_eq!(run(&sandbox, &["generate"]).code, Some(0));
    assert!(sandbox.read("score-rs.lock").contains("one-18-shop-two"));
    let result = run(
        &sandbox,
        &["lock", "--update-defaults", "one.default#shop.onee"],
    );
    assert_eq!(
        (
            result.code,
            result
                .stderr
                .contains("did you mean `one.default#shop.one`")
        ),
        (Some(2), true),
        "{}",
        result.stderr
    );
}

#[test]
fn a_rotated_password_is_the_same_on_all_machines() {
    let sandbox = project(COMPOSE);
    sandbox.write("score.yaml", format!("{ONE}  two: {{type: one}}\n"));
    let outputs = |sandbox: &Sandbox| {
        ["one", "two"].map(|name| {
            let uid = format!("one.default#shop.{name}");
            run(
                sandbox,
                &["resources", "get-outputs", &uid, "-f", "{{.text}}"],
            )
            .stdout
        })
    };
    assert_eq!(run(&sandbox, &["generate"]).code, Some(0));
    // A value of the state that is no password.
    let state = sandbox.read(".score-rs/staging/state.shop.yaml");
    let state = state.replace("port: \"5432\"", "port: \"5433\"");
    sandbox.write(
        ".score-rs/staging/state.shop.yaml",
        without_checksums(&state),
    );
    let before = outputs(&sandbox);
    let result = run(
        &sandbox,
        &["lock", "--rotate", "one.default#shop.one", "-e", "staging"],
    );
    assert_eq!(result.code, Some(0), "{}", result.stderr);
    let after = outputs(&sandbox);
    assert_ne!(before[0], after[0]);
    assert_eq!(before[1], after[1]);
    // Only the password is new.
    let without_password = |text: &str| -> Vec<String> {
        let mut words: Vec<String> = text.split(' ').map(str::to_owned).collect();
        words.remove(2);
        words
    };
    assert_eq!(without_password(&before[0]), without_password(&after[0]));
    assert_eq!(run(&sandbox, &["generate"]).code, Some(0));
    assert_eq!(outputs(&sandbox), after);
    assert_eq!(run(&sandbox, &["generate", "--check"]).code, Some(0));
    // A second machine has the seed and the lock.
    let other = project(COMPOSE);
    for path in ["score.yaml", "score-rs.lock"] {
        other.write(path, sandbox.read(path));
    }
    let words = outputs(&other);
    assert_eq!(
        words[0].split(' ').nth(2),
        after[0].split(' ').nth(2),
        "{words:?}"
    );
    // Again.
    assert_eq!(
        run(&sandbox, &["lock", "--rotate", "one.default#shop.one"]).code,
        Some(0)
    );
    let third = outputs(&sandbox);
    assert!(third[0] != after[0] && third[0] != before[0]);
    let result = run(&sandbox, &["lock", "--rotate", "one.default#shop.x"]);
    assert_eq!(result.code, Some(2), "{}", result.stderr);
}

#[test]
fn another_project_has_its_own_names_and_passwords() {
    let sandbox = project("target: compose\n");
    let text = |project: &str| {
        let arguments = [
            "resources",
            "get-outputs",
            "one.default#shop.one",
            "-f",
            "{{.text}}",
            "--project",
            project,
        ];
        run(&sandbox, &arguments).stdout
    };
    assert_eq!(
        run(&sandbox, &["generate", "--project", "aa"]).code,
        Some(0)
    );
    later(&sandbox);
    let (first, second) = (text("aa"), text("bb"));
    assert!(first.starts_with("example.com/one:17 one-17-"), "{first}");
    assert!(second.starts_with("example.com/one:18 one-18-"), "{second}");
}
