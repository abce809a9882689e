//! `generate --check` and `diff`: what would change in what is there.

use crate::place::{Ended, Place};

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

fn shop() -> Place {
    let place = Place::with(&[("score.yaml", SHOP)]);
    for environment in ["compose", "kubernetes"] {
        let ended = place.run(&["generate", "--env", environment, "--stateless"]);
        assert_eq!(ended.code, Some(0), "{}", ended.stderr);
    }
    place
}

fn changed() -> String {
    SHOP.replace("shop:1", "shop:2")
        .replace("MODE: slow", "SPEED: '7'")
        .replace("two", "three")
}

fn run(place: &Place, arguments: &[&str]) -> Ended {
    place.run(&[arguments, &["--stateless"]].concat())
}

#[test]
fn what_is_up_to_date_has_no_difference() {
    let place = shop();
    for environment in ["compose", "kubernetes"] {
        for command in [&["generate", "--check"][..], &["diff"]] {
            let before = place.list();
            let ended = run(&place, &[command, &["--env", environment]].concat());
            assert_eq!(
                (ended.code, ended.stdout.as_str()),
                (Some(0), ""),
                "{}",
                ended.stderr
            );
            assert!(
                ended.stderr.ends_with("is up to date\n"),
                "{}",
                ended.stderr
            );
            assert_eq!(place.list(), before);
        }
    }
}

#[test]
fn a_check_shows_lines_and_writes_nothing() {
    let place = shop();
    let (before, list) = (place.read("compose.yaml"), place.list());
    place.write("score.yaml", changed());
    let ended = run(&place, &["generate", "--check"]);
    assert_eq!(ended.code, Some(1));
    assert!(
        ended
            .stdout
            .starts_with("--- a/compose.yaml\n+++ b/compose.yaml\n@@ "),
        "{}",
        ended.stdout
    );
    assert!(
        ended
            .stdout
            .contains("\n-    image: example.com/shop:1\n+    image: example.com/shop:2\n"),
        "{}",
        ended.stdout
    );
    assert_eq!(
        ended.stderr,
        "compose.yaml is not up to date: run the same command without --check\n"
    );
    assert_eq!((place.read("compose.yaml"), place.list()), (before, list));
}

#[test]
fn a_diff_names_objects_and_fields() {
    let place = shop();
    place.write("score.yaml", changed());
    let ended = run(&place, &["diff"]);
    let wanted = "compose.yaml
  ~ services shop-web
      - environment.MODE: \"slow\"
      + environment.SPEED: \"7\"
      ~ image: \"example.com/shop:1\" -> \"example.com/shop:2\"
";
    assert_eq!(
        (ended.code, ended.stdout.as_str(), ended.stderr.as_str()),
        (Some(1), wanted, "compose.yaml differs\n")
    );
    let ended = run(&place, &["diff", "--env", "kubernetes"]);
    for line in [
        "  ~ Deployment.apps shop\n",
        "      - spec.template.spec.containers[web].env[MODE]: {\"name\":\"MODE\",\"value\":\"slow\"}\n",
        "      ~ spec.template.spec.containers[web].image: \"example.com/shop:1\" -> \"example.com/shop:2\"\n",
        "          -two\n          +three\n",
    ] {
        assert!(ended.stdout.contains(line), "{line}{}", ended.stdout);
    }
    // What a person has put in another form says the same.
    place.write("score.yaml", SHOP);
    let text = place
        .read("compose.yaml")
        .replace("services:\n", "# mine\n\nservices:\n");
    place.write("compose.yaml", text);
    let ended = run(&place, &["diff"]);
    assert_eq!((ended.code, ended.stdout.as_str()), (Some(0), ""));
    assert_eq!(
        ended.stderr,
        "what is there says the same in another form\n"
    );
    assert_eq!(run(&place, &["generate", "--check"]).code, Some(1));
}

#[test]
fn passwords_are_hidden_unless_asked_for() {
    let place = shop();
    let password = place
        .read("compose.yaml")
        .split("PASSWORD: ")
        .nth(1)
        .unwrap()
        .lines()
        .next()
        .unwrap()
        .to_owned();
    // A changed line beside it brings it into the context.
    place.write("score.yaml", SHOP.replace("MODE: slow", "PASSWORE: x"));
    let hidden = run(&place, &["generate", "--check"]).stdout;
    assert!(
        hidden.contains("********") && !hidden.contains(&password),
        "{hidden}"
    );
    let shown = run(&place, &["generate", "--check", "--show-secrets"]).stdout;
    assert!(shown.contains(&password), "{shown}");
    // Another seed changes nothing but secrets.
    place.write("score.yaml", SHOP);
    place.write("seed", "another\n");
    let ended = run(
        &place,
        &["diff", "--env", "kubernetes", "--seed-file", "seed"],
    );
    assert_eq!(ended.code, Some(1));
    assert!(
        ended.stdout.contains("-> another one\n") && !ended.stdout.contains("\" -> \""),
        "{}",
        ended.stdout
    );
    // What stands in the place of a password is one too, though nobody here has ever seen it.
    for command in [&["diff"][..], &["generate", "--check"]] {
        let ended = run(&place, &[command, &["--seed-file", "seed"]].concat());
        assert_eq!(ended.code, Some(1));
        let hidden =
            ended.stdout.contains("********") || ended.stdout.contains("(only secrets differ");
        assert!(
            hidden && !ended.stdout.contains(&password),
            "{}",
            ended.stdout
        );
    }
}

#[test]
fn a_secret_is_hidden_however_it_is_written() {
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
    let place = Place::with(&[("odd.provisioners.yaml", definitions)]);
    place.write(
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
            run(&place, &[&["generate"], &flags[..]].concat()).code,
            Some(0)
        );
        place.write(
            "odd.provisioners.yaml",
            definitions.replace("12345", "67890"),
        );
        for command in [&["diff"][..], &["generate", "--check"]] {
            let ended = run(&place, &[command, &flags].concat());
            assert!(
                ended.code == Some(1)
                    && !ended.stdout.contains("12345")
                    && !ended.stdout.contains("67890"),
                "{}",
                ended.stdout
            );
        }
        place.write("odd.provisioners.yaml", definitions);
    }
}

#[test]
fn outputs_in_one_directory_are_compared_each_with_its_own() {
    let place = Place::with(&[("score.yaml", SHOP)]);
    for name in ["staging", "prod"] {
        let text = format!("target: kubernetes\noutput: deploy/{name}.yaml\n");
        place.write(&format!("environments/{name}/environment.yaml"), text);
    }
    assert_eq!(
        run(&place, &["generate", "--all-environments"]).code,
        Some(0)
    );
    let (staging, prod) = (
        place.read("deploy/staging.yaml"),
        place.read("deploy/prod.yaml"),
    );
    place.write("deploy/prod.yaml", prod.replace("shop:1", "shop:0"));
    let ended = run(&place, &["diff", "--all-environments"]);
    assert_eq!(ended.code, Some(1));
    assert!(
        ended.stdout.starts_with("deploy/prod.yaml\n") && !ended.stdout.contains("staging"),
        "{}",
        ended.stdout
    );
    place.write("deploy/prod.yaml", staging);
    assert_eq!(run(&place, &["diff", "--all-environments"]).code, Some(1));
    // Two that would write one file are refused, however they come to it.
    place.write(
        "environments/prod/environment.yaml",
        "target: kubernetes\noutput: deploy/all/\n",
    );
    place.write(
        "environments/staging/environment.yaml",
        "target: compose\noutput: deploy/all/kustomization.yaml\n",
    );
    let ended = run(&place, &["generate", "--all-environments"]);
    assert_eq!(
        (ended.code, place.path("deploy/all").exists()),
        (Some(2), false),
        "{}",
        ended.stderr
    );
}

#[test]
fn what_is_broken_is_not_the_same() {
    let place = shop();
    let text = place.read("compose.yaml");
    place.write("compose.yaml", format!("{text}---\nkind: [\n"));
    let ended = run(&place, &["diff"]);
    assert!(
        ended.code == Some(1) && ended.stdout.contains("\n-kind: [\n"),
        "{}",
        ended.stdout
    );
}

#[test]
fn files_of_a_directory_come_and_go() {
    let place = Place::with(&[("score.yaml", SHOP)]);
    let into = ["--env", "kubernetes", "-o", "out/"];
    assert_eq!(
        run(&place, &[&["generate"], &into[..]].concat()).code,
        Some(0)
    );
    place.write(
        "score.yaml",
        SHOP.replace("    files: {/etc/a: {content: \"one\\ntwo\\n\"}}\n", ""),
    );
    let ended = run(&place, &[&["generate", "--check"], &into[..]].concat());
    assert!(
        ended.stdout.contains("+++ /dev/null\n")
            && ended.stderr.contains(" files are not up to date"),
        "{}",
        ended.stdout
    );
    let ended = run(&place, &[&["diff"], &into[..]].concat());
    assert!(
        ended.stdout.starts_with("out/\n") && ended.stdout.contains("  - ConfigMap shop-"),
        "{}",
        ended.stdout
    );
    let ended = run(&place, &["generate", "--check", "-o", "-"]);
    assert_eq!(ended.code, Some(2), "{}", ended.stderr);
}

#[test]
fn what_is_not_there_yet_is_new() {
    let place = Place::with(&[("score.yaml", SHOP)]);
    let ended = run(&place, &["generate", "--check"]);
    assert!(
        ended.code == Some(1)
            && ended
                .stdout
                .starts_with("--- /dev/null\n+++ b/compose.yaml\n"),
        "{}",
        ended.stdout
    );
    let ended = run(&place, &["diff"]);
    assert!(
        ended.code == Some(1) && ended.stdout.contains("\n  + services shop-web\n"),
        "{}",
        ended.stdout
    );
    assert_eq!(place.list(), ["score.yaml"]);
}
