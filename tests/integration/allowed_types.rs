//! Which types of resources an environment has: types of built-in definitions, and forbidden types.

use crate::environments::succeeds;
use crate::sandbox::Sandbox;

const SHOP: &str = "apiVersion: score.dev/v1b1
metadata: {name: shop}
containers:
  main:
    image: example.com/shop:1
    variables: {DB: '${resources.db.host}', HOST: '${resources.dns.host}'}
resources:
  db: {type: postgres}
  dns: {type: dns}
";

fn shop(environment: &str) -> Sandbox {
    Sandbox::with_files(&[
        ("score.yaml", SHOP),
        (
            "environments/staging/environment.yaml",
            "target: kubernetes\n",
        ),
        ("environments/prod/environment.yaml", environment),
    ])
}

/// The errors of `generate` and of `validate`, which are the same.
#[track_caller]
fn errors(sandbox: &Sandbox) -> String {
    let generate = [
        "generate",
        "-e",
        "prod",
        "-o",
        "-",
        "--message-format",
        "short",
    ];
    let validate = ["validate", "-e", "prod", "--format", "short"];
    let [generated, validated] = [sandbox.run(&generate).stderr, sandbox.run(&validate).stdout]
        .map(|text| {
            let lines = text.lines().filter(|line| line.contains(": error: "));
            lines.collect::<Vec<_>>().join("\n")
        });
    assert_eq!(generated, validated);
    generated
}

#[test]
fn built_in_definitions_can_be_restricted_to_types() {
    for (environment, missing) in [
        ("provisioners: [{builtin: [dns]}]\n", true),
        ("provisioners: [{builtin: [dns, postgres]}]\n", false),
        (
            "provisioners: [{builtin: [dns]}, {builtin: [postgres]}]\n",
            false,
        ),
        ("provisioners: [{builtin: [dns]}, builtin]\n", false),
        ("provisioners: [{builtin: []}, builtin]\n", false),
    ] {
        for head in [
            "target: kubernetes\n",
            "target: compose\n",
            "extends: staging\n",
        ] {
            let sandbox = shop(&format!("{head}{environment}"));
            let expected = match missing {
                true => {
                    "score.yaml:8:14: error: there is no provisioner for resources of type `postgres`"
                }
                false => "",
            };
            let errors = errors(&sandbox);
            assert!(
                errors.starts_with(expected) && errors.is_empty() != missing,
                "{head}{environment}: {errors}"
            );
            let list = succeeds(&sandbox, &["provisioners", "list", "-e", "prod"]).stdout;
            assert_eq!(list.contains("postgres"), !missing, "{list}");
        }
    }
    let sandbox = shop("extends: staging\nprovisioners: [{builtin: [dns]}]\n");
    let shown = succeeds(&sandbox, &["environments", "show", "prod"]).stdout;
    assert!(
        shown.contains("provisioners.builtin") && shown.contains("[\"dns\"]"),
        "{shown}"
    );
}

#[test]
fn wrong_types_of_built_in_definitions_are_reported() {
    for (item, expected) in [
        (
            "{builtin: [postgre]}",
            "2:27: error: there is no built-in definition of type `postgre`; did you mean `postgres`?",
        ),
        (
            "{builtins: [dns]}",
            "an item of `provisioners` has no key `builtins`; did you mean `builtin`?",
        ),
        ("{builtin: dns}", "2:26: error: `builtin` must be a list"),
        (
            "{builtin: [1]}",
            "2:27: error: a type of `builtin` must be a string",
        ),
        ("{}", "needs the key `builtin`"),
    ] {
        let sandbox = shop(&format!("target: kubernetes\nprovisioners: [{item}]\n"));
        let errors = errors(&sandbox);
        assert!(errors.contains(expected), "{item}: {errors}");
    }
}

#[test]
fn a_forbidden_type_is_reported_with_what_to_use_instead() {
    let sentence = "use the database team's `mysql`";
    for head in [
        "target: kubernetes\n",
        "target: compose\n",
        "extends: staging\n",
    ] {
        let sandbox = shop(&format!("{head}forbiddenTypes:\n  postgres: {sentence}\n"));
        let expected = format!(
            "score.yaml:8:14: error: the environment forbids resources of type `postgres`; {sentence} [forbidden-type]"
        );
        assert_eq!(errors(&sandbox), expected);
        let list = succeeds(&sandbox, &["provisioners", "list", "-e", "prod"]).stdout;
        assert!(list.contains(&format!("forbidden: {sentence}")), "{list}");
        let json = ["provisioners", "list", "-e", "prod", "--format", "json"];
        assert!(
            succeeds(&sandbox, &json)
                .stdout
                .contains("\"forbidden\": \"use the")
        );
        let shown = succeeds(&sandbox, &["environments", "show", "prod"]).stdout;
        assert!(shown.contains("forbiddenTypes.postgres"), "{shown}");
    }
    // Only once where no definition exists either, and an extending environment can allow it.
    let sandbox = shop(
        "target: kubernetes\nprovisioners: [{builtin: [dns]}]\nforbiddenTypes: {postgres: no}\n",
    );
    assert_eq!(errors(&sandbox).lines().count(), 1);
    let sandbox = shop("extends: staging\nforbiddenTypes: {postgres: null}\n");
    sandbox.write(
        "environments/staging/environment.yaml",
        "target: kubernetes\nforbiddenTypes: {postgres: not here}\n",
    );
    assert_eq!(errors(&sandbox), "");
    let sandbox = shop("target: kubernetes\nforbiddenTypes: {postgres: [a]}\n");
    assert!(errors(&sandbox).contains("the sentence for `postgres` must be a string"));
}
