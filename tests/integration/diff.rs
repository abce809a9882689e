//! `generate --check` and `diff`: how the output would change.

use crate::sandbox::{RunResult, Sandbox, UNNAMED_PROJECT};

const SHOP: &str = "apiVersion: score.dev/v1b1
metadata: {name: shop}
containers:
  web:
    image: example.com/shop:1
    variables: {PASSWORD: '${resources.db.password}', MODE: slow}
    files: {/etc/a: {content: \"one\\ntwo\\n\"}}
resources:
  db: {type: postgres}
";

fn shop() -> Sandbox {
    let sandbox = Sandbox::with_files(&[("score.yaml", SHOP)]);
    for environment in ["compose", "kubernetes"] {
        let result = sandbox.run(&["generate", "--env", environment, "--stateless"]);
        assert_eq!(result.code, Some(0), "{}", result.stderr);
    }
    sandbox
}

fn changed_score() -> String {
    SHOP.replace("shop:1", "shop:2")
        .replace("MODE: slow", "SPEED: '7'")
        .replace("two", "three")
}

fn run(sandbox: &Sandbox, arguments: &[&str]) -> RunResult {
    sandbox.run(&[arguments, &["--stateless"]].concat())
}

#[test]
fn an_up_to_date_output_has_no_difference() {
    let sandbox = shop();
    for environment in ["compose", "kubernetes"] {
        for command in [&["generate", "--check"][..], &["diff"]] {
            let before = sandbox.list();
            let result = run(&sandbox, &[command, &["--env", environment]].concat());
            assert_eq!(
                (result.code, result.stdout.as_str()),
                (Some(0), ""),
                "{}",
                result.stderr
            );
            assert!(
                result.stderr.ends_with("is up to date\n"),
                "{}",
                result.stderr
            );
            assert_eq!(sandbox.list(), before);
        }
    }
}

#[test]
fn a_check_shows_lines_and_writes_nothing() {
    let sandbox = shop();
    let (before, list) = (sandbox.read("compose.yaml"), sandbox.list());
    sandbox.write("score.yaml", changed_score());
    let result = run(&sandbox, &["generate", "--check"]);
    assert_eq!(result.code, Some(4));
    assert!(
        result
            .stdout
            .starts_with("--- a/compose.yaml\n+++ b/compose.yaml\n@@ "),
        "{}",
        result.stdout
    );
    assert!(
        result
            .stdout
            .contains("\n-    image: example.com/shop:1\n+    image: example.com/shop:2\n"),
        "{}",
        result.stdout
    );
    assert_eq!(
        result.stderr,
        format!(
            "{UNNAMED_PROJECT}compose.yaml is not up to date: run the same command without --check\n"
        )
    );
    assert_eq!(
        (sandbox.read("compose.yaml"), sandbox.list()),
        (before, list)
    );
}

#[test]
fn a_diff_names_objects_and_fields() {
    let sandbox = shop();
    sandbox.write("score.yaml", changed_score());
    let result = run(&sandbox, &["diff"]);
    let expected = "compose.yaml
  ~ configs shop-web-etc-a
      ~ content:
          -two
          +three
  ~ services shop-web
      - environment.MODE: \"slow\"
      + environment.SPEED: \"7\"
      ~ image: \"example.com/shop:1\" -> \"example.com/shop:2\"
      ~ labels.\"compose.score.dev/files-hash\": \"627aaa9086\" -> \"c205533032\"
";
    assert_eq!(
        (result.code, result.stdout.as_str(), result.stderr),
        (
            Some(4),
            expected,
            format!("{UNNAMED_PROJECT}compose.yaml differs\n")
        )
    );
    let result = run(&sandbox, &["diff", "--env", "kubernetes"]);
    for line in [
        "  ~ Deployment.apps shop\n",
        "      - spec.template.spec.containers[web].env[MODE]: {\"name\":\"MODE\",\"value\":\"slow\"}\n",
        "      ~ spec.template.spec.containers[web].image: \"example.com/shop:1\" -> \"example.com/shop:2\"\n",
        "          -two\n          +three\n",
    ] {
        assert!(result.stdout.contains(line), "{line}{}", result.stdout);
    }
    // A reformatted output has the same content.
    sandbox.write("score.yaml", SHOP);
    let text = sandbox
        .read("compose.yaml")
        .replace("services:\n", "# mine\n\nservices:\n");
    sandbox.write("compose.yaml", text);
    let result = run(&sandbox, &["diff"]);
    assert_eq!((result.code, result.stdout.as_str()), (Some(0), ""));
    assert_eq!(
        result.stderr,
        format!("{UNNAMED_PROJECT}only the format differs\n")
    );
    assert_eq!(run(&sandbox, &["generate", "--check"]).code, Some(4));
}

#[test]
fn passwords_are_hidden_without_show_secrets() {
    let sandbox = shop();
    let password = sandbox
        .read("compose.yaml")
        .split("PASSWORD: ")
        .nth(1)
        .unwrap()
        .lines()
        .next()
        .unwrap()
        .to_owned();
    // A changed line next to the password brings it into the context.
    sandbox.write("score.yaml", SHOP.replace("MODE: slow", "PASSWORE: x"));
    let hidden = run(&sandbox, &["generate", "--check"]).stdout;
    assert!(
        hidden.contains("********") && !hidden.contains(&password),
        "{hidden}"
    );
    let shown = run(&sandbox, &["generate", "--check", "--show-secrets"]).stdout;
    assert!(shown.contains(&password), "{shown}");
    // Another seed changes only secrets.
    sandbox.write("score.yaml", SHOP);
    sandbox.write("seed", "another\n");
    let result = run(
        &sandbox,
        &["diff", "--env", "kubernetes", "--seed-file", "seed"],
    );
    assert_eq!(result.code, Some(4));
    assert!(
        result.stdout.contains("-> another value\n"),
        "{}",
        result.stdout
    );
    // The hash of the Secret is keyed, so that it tells nothing about the password.
    let shown = result
        .stdout
        .lines()
        .filter(|line| line.contains("\" -> \""));
    assert!(shown.clone().count() == 1 && shown.clone().all(|line| line.contains("config-hash")));
    // The old value of a password is hidden too, although this run does not know it.
    for command in [&["diff"][..], &["generate", "--check"]] {
        let result = run(&sandbox, &[command, &["--seed-file", "seed"]].concat());
        assert_eq!(result.code, Some(4));
        let hidden =
            result.stdout.contains("********") || result.stdout.contains("(only secrets differ");
        assert!(
            hidden && !result.stdout.contains(&password),
            "{}",
            result.stdout
        );
    }
}

#[test]
fn a_checkout_with_other_line_ends_is_named() {
    let sandbox = shop();
    for (environment, output) in [
        ("compose", "compose.yaml"),
        ("kubernetes", "manifests.yaml"),
    ] {
        let text = sandbox.read(output);
        sandbox.write(output, text.replace('\n', "\r\n"));
        let result = run(&sandbox, &["generate", "--check", "--env", environment]);
        assert_eq!(result.code, Some(4));
        assert_eq!(
            result.stdout,
            format!(
                "--- a/{output}\n+++ b/{output}\n(only line ends differ; git keeps those of the output with `eol=lf` in .gitattributes)\n"
            )
        );
    }
}

/// Both targets keep the line ends of the file; a reviewer can read it.
#[test]
fn a_file_with_crlf_is_text() {
    let score = "apiVersion: score.dev/v1b1\nmetadata: {name: shop}\ncontainers:\n  web:\n    image: example.com/shop:1\n    files: {/etc/a: {source: a.ini, noExpand: true}}\n";
    let sandbox = Sandbox::with_files(&[("score.yaml", score), ("a.ini", "a=1\r\nb=2\r\n")]);
    let result = run(&sandbox, &["generate", "--env", "kubernetes", "-o", "-"]);
    assert_eq!(result.code, Some(0), "{}", result.stderr);
    assert!(
        result
            .stdout
            .contains("data:\n  a: \"a=1\\r\\nb=2\\r\\n\"\n"),
        "{}",
        result.stdout
    );
}

#[test]
fn a_secret_is_hidden_in_every_syntax() {
    let definitions = r#"
- uri: template://secrets/odd
  type: odd
  outputs: |
    value: x
  manifests: |
    - apiVersion: v1
      kind: Secret
      metadata: {name: odd}
      stringData: {value: 'pa"ss\wo''rd12345'}
"#;
    let sandbox = Sandbox::with_files(&[("odd.provisioners.yaml", definitions)]);
    sandbox.write(
        "score.yaml",
        SHOP.replace("type: postgres", "type: odd")
            .replace("db.password", "db.value"),
    );
    let flags = [
        "--env",
        "kubernetes",
        "--provisioners",
        "odd.provisioners.yaml",
    ];
    for format in ["yaml", "kyaml", "json"] {
        let flags = [&flags[..], &["--format", format, "-o", "out"]].concat();
        assert_eq!(
            run(&sandbox, &[&["generate"], &flags[..]].concat()).code,
            Some(0)
        );
        sandbox.write(
            "odd.provisioners.yaml",
            definitions.replace("12345", "67890"),
        );
        for command in [&["diff"][..], &["generate", "--check"]] {
            let result = run(&sandbox, &[command, &flags].concat());
            assert!(
                result.code == Some(4)
                    && !result.stdout.contains("12345")
                    && !result.stdout.contains("67890"),
                "{}",
                result.stdout
            );
        }
        sandbox.write("odd.provisioners.yaml", definitions);
    }
}

#[test]
fn outputs_in_one_directory_are_compared_separately() {
    let sandbox = Sandbox::with_files(&[("score.yaml", SHOP)]);
    for name in ["staging", "prod"] {
        let text = format!("target: kubernetes\noutput: deploy/{name}.yaml\n");
        sandbox.write(&format!("environments/{name}/environment.yaml"), text);
    }
    assert_eq!(
        run(&sandbox, &["generate", "--all-environments"]).code,
        Some(0)
    );
    let (staging, prod) = (
        sandbox.read("deploy/staging.yaml"),
        sandbox.read("deploy/prod.yaml"),
    );
    sandbox.write("deploy/prod.yaml", prod.replace("shop:1", "shop:0"));
    let result = run(&sandbox, &["diff", "--all-environments"]);
    assert_eq!(result.code, Some(4));
    assert!(
        result.stdout.starts_with("deploy/prod.yaml\n") && !result.stdout.contains("staging"),
        "{}",
        result.stdout
    );
    sandbox.write("deploy/prod.yaml", staging);
    assert_eq!(run(&sandbox, &["diff", "--all-environments"]).code, Some(4));
    // Two environments must not write one file.
    sandbox.write(
        "environments/prod/environment.yaml",
        "target: kubernetes\noutput: deploy/all/\n",
    );
    sandbox.write(
        "environments/staging/environment.yaml",
        "target: compose\noutput: deploy/all/kustomization.yaml\n",
    );
    let result = run(&sandbox, &["generate", "--all-environments"]);
    assert_eq!(
        (result.code, sandbox.path("deploy/all").exists()),
        (Some(2), false),
        "{}",
        result.stderr
    );
}

#[test]
fn a_broken_output_differs() {
    let sandbox = shop();
    let text = sandbox.read("compose.yaml");
    sandbox.write("compose.yaml", format!("{text}---\nkind: [\n"));
    let result = run(&sandbox, &["diff"]);
    assert!(
        result.code == Some(4) && result.stdout.contains("\n-kind: [\n"),
        "{}",
        result.stdout
    );
}

#[test]
fn added_and_removed_files_of_a_directory() {
    let sandbox = Sandbox::with_files(&[("score.yaml", SHOP)]);
    let into = ["--env", "kubernetes", "-o", "out/"];
    assert_eq!(
        run(&sandbox, &[&["generate"], &into[..]].concat()).code,
        Some(0)
    );
    sandbox.write(
        "score.yaml",
        SHOP.replace("    files: {/etc/a: {content: \"one\\ntwo\\n\"}}\n", ""),
    );
    let result = run(&sandbox, &[&["generate", "--check"], &into[..]].concat());
    assert!(
        result.stdout.contains("+++ /dev/null\n")
            && result.stderr.contains(" files are not up to date"),
        "{}",
        result.stdout
    );
    let result = run(&sandbox, &[&["diff"], &into[..]].concat());
    assert!(
        result.stdout.starts_with("out/\n") && result.stdout.contains("  - ConfigMap shop-"),
        "{}",
        result.stdout
    );
    let result = run(&sandbox, &["generate", "--check", "-o", "-"]);
    assert_eq!(result.code, Some(2), "{}", result.stderr);
}

#[test]
fn a_missing_output_is_new() {
    let sandbox = Sandbox::with_files(&[("score.yaml", SHOP)]);
    let result = run(&sandbox, &["generate", "--check"]);
    assert!(
        result.code == Some(4)
            && result
                .stdout
                .starts_with("--- /dev/null\n+++ b/compose.yaml\n"),
        "{}",
        result.stdout
    );
    let result = run(&sandbox, &["diff"]);
    assert!(
        result.code == Some(4) && result.stdout.contains("\n  + services shop-web\n"),
        "{}",
        result.stdout
    );
    assert_eq!(sandbox.list(), ["score.yaml"]);
}

const POSTGRES: &str = "apiVersion: score.dev/v1b1
metadata: {name: shop}
containers:
  web:
    image: example.com/shop:1
    variables: {PASSWORD: '${resources.db.password}'}
    volumes: {/data: {source: '${resources.data}'}}
resources:
  db: {type: postgres, params: {version: '16', storage: 1Gi}}
  data: {type: volume}
";

/// Writes the output of `POSTGRES`, and then compares with flags and a changed Score file. The
/// result of `diff`, and the warnings of `generate`, which has then written the output.
fn after_change(target: &str, changed_score: &str, flags: &[&str]) -> (RunResult, String) {
    let sandbox = Sandbox::with_files(&[("score.yaml", POSTGRES)]);
    let flags = [flags, &["--env", target]].concat();
    let first = run(&sandbox, &["generate", "--env", target]);
    assert!(
        first.code == Some(0) && !first.stderr.contains("stored-data-changed"),
        "{}",
        first.stderr
    );
    // Its pins would keep the names of what stores data.
    std::fs::remove_file(sandbox.path("score-rs.lock")).unwrap();
    sandbox.write("score.yaml", changed_score);
    let diff = run(&sandbox, &[&["diff"], &flags[..]].concat());
    assert_eq!(diff.code, Some(4), "{}", diff.stderr);
    let short = ["--message-format", "short"];
    let to_stdout = run(&sandbox, &[&["generate", "-o", "-"], &flags[..]].concat());
    assert!(
        to_stdout.code == Some(0) && !to_stdout.stderr.contains("stored-data-changed"),
        "{}",
        to_stdout.stderr
    );
    let generate = run(&sandbox, &[&["generate"], &flags[..], &short].concat());
    assert_eq!(generate.code, Some(0), "{}", generate.stderr);
    let warnings: String = generate
        .stderr
        .lines()
        .filter(|line| line.contains("[stored-data-changed]"))
        .flat_map(|line| [line, "\n"])
        .collect();
    assert_eq!(
        diff.stderr.matches("stored-data-changed").count(),
        warnings.lines().count(),
        "{}",
        diff.stderr
    );
    // The output is up to date now.
    let again = run(&sandbox, &[&["generate"], &flags[..]].concat());
    assert!(
        !again.stderr.contains("stored-data-changed"),
        "{}",
        again.stderr
    );
    (diff, warnings)
}

#[test]
fn another_major_version_of_a_server_with_data_is_marked() {
    let other = POSTGRES.replace("'16'", "'17'");
    for target in ["compose", "kubernetes"] {
        let (diff, warnings) = after_change(target, &other, &[]);
        assert!(
            diff.stdout.contains(
                "\"postgres:16-alpine\" -> \"postgres:17-alpine\" (another major version: \
                 stored data has to be migrated)\n"
            ) && diff.stdout.contains(" (recreated; its volumes stay)\n"),
            "{}",
            diff.stdout
        );
        assert!(
            warnings.lines().count() == 1
                && warnings
                    .contains("from version 16 to 17, and the data of `postgres.default#shop.db`"),
            "{warnings}"
        );
        let minor = POSTGRES.replace("'16'", "'16.4'");
        let (diff, warnings) = after_change(target, &minor, &[]);
        assert_eq!(warnings, "");
        assert!(!diff.stdout.contains("migrated"), "{}", diff.stdout);
    }
}

#[test]
fn a_change_that_the_api_server_refuses_is_marked() {
    let other = POSTGRES.replace("1Gi", "2Gi");
    let (diff, warnings) = after_change("kubernetes", &other, &[]);
    let field = "spec.volumeClaimTemplates[0].spec.resources.requests.storage";
    let line = format!(
        "      ~ {field}: \"1Gi\" -> \"2Gi\" (the API server refuses this change: first run `kubectl \
         delete statefulset pg-shop-db-"
    );
    assert!(diff.stdout.contains(&line), "{}", diff.stdout);
    assert!(!diff.stdout.contains("recreated"), "{}", diff.stdout);
    assert!(
        warnings.lines().count() == 1
            && warnings.contains(&format!(
                "refuses to change `{field}` of `StatefulSet.apps pg-shop-db-"
            ))
            && warnings.contains("which stores the data of `postgres.default#shop.db`"),
        "{warnings}"
    );
    assert!(
        diff.stderr
            .contains("kubectl delete statefulset pg-shop-db-")
            && diff.stderr.contains("--cascade=orphan"),
        "{}",
        diff.stderr
    );
}

#[test]
fn another_name_of_what_stores_data_is_marked() {
    let (diff, warnings) = after_change("kubernetes", POSTGRES, &["--project", "other"]);
    assert!(
        diff.stdout
            .contains(" (stays, with its data, until it is deleted)\n")
            && diff
                .stdout
                .contains(" (starts empty: the data stays under the old name)\n"),
        "{}",
        diff.stdout
    );
    assert!(
        warnings.lines().count() == 1
            && warnings.contains("of `postgres.default#shop.db` starts empty: its data stays in `StatefulSet.apps pg-"),
        "{warnings}"
    );
    let (diff, warnings) = after_change("compose", POSTGRES, &["--project", "other"]);
    assert!(
        diff.stdout.contains("  - volumes pg-shop-db-")
            && diff.stdout.contains("  - volumes vol-shop-data-"),
        "{}",
        diff.stdout
    );
    assert!(
        warnings.contains("of `postgres.default#shop.db` starts empty")
            && warnings.contains("of `volume.default#shop.data` starts empty"),
        "{warnings}"
    );
}

#[test]
fn changes_that_keep_data_are_no_warning() {
    let other = POSTGRES.replace("shop:1", "shop:2");
    for target in ["compose", "kubernetes"] {
        let (diff, warnings) = after_change(target, &other, &[]);
        assert_eq!(warnings, "");
        assert!(!diff.stdout.contains('('), "{}", diff.stdout);
    }
}

#[test]
fn passwords_of_urls_are_hidden() {
    let score = |url: &str| SHOP.replace("MODE: slow", &format!("URL: '{url}'"));
    let old = "postgres://app:old%2Fpw@db/app";
    let sandbox = Sandbox::with_files(&[("score.yaml", &score(old))]);
    for target in ["compose", "kubernetes"] {
        sandbox.write("score.yaml", score(old));
        let result = run(&sandbox, &["generate", "--env", target]);
        assert_eq!(result.code, Some(0), "{}", result.stderr);
        sandbox.write("score.yaml", score("postgres://app:new@db/shop"));
        for command in [&["diff"][..], &["generate", "--check"]] {
            let flags = [command, &["--env", target]].concat();
            let hidden = run(&sandbox, &flags).stdout;
            assert!(
                hidden.contains("postgres://app:********@db/")
                    && !hidden.contains("old%2Fpw")
                    && !hidden.contains(":new@"),
                "{hidden}"
            );
            let shown = run(&sandbox, &[&flags[..], &["--show-secrets"]].concat()).stdout;
            assert!(
                shown.contains(old) && shown.contains("postgres://app:new@db/shop"),
                "{shown}"
            );
        }
    }
}

#[test]
fn stored_data_is_found_in_the_files_of_a_directory() {
    let sandbox = Sandbox::with_files(&[("score.yaml", POSTGRES)]);
    for format in ["yaml", "kyaml", "json"] {
        sandbox.write("score.yaml", POSTGRES);
        let flags = ["--env", "kubernetes", "-o", "out/", "--format", format];
        assert_eq!(
            run(&sandbox, &[&["generate"], &flags[..]].concat()).code,
            Some(0)
        );
        sandbox.write("score.yaml", POSTGRES.replace("1Gi", "2Gi"));
        for command in [&["diff"][..], &["generate", "--check"], &["generate"]] {
            let result = run(&sandbox, &[command, &flags[..]].concat());
            assert_eq!(
                result
                    .stderr
                    .matches("warning [stored-data-changed]")
                    .count(),
                1,
                "{format} {command:?}: {}",
                result.stderr
            );
        }
    }
    // A broken output has no objects to compare.
    sandbox.write("manifests.yaml", "kind: [volumeClaimTemplates\n");
    let result = run(&sandbox, &["generate", "--env", "kubernetes"]);
    assert!(
        result.code == Some(0) && !result.stderr.contains("stored-data-changed"),
        "{}",
        result.stderr
    );
}
