//! `argocd`: a plugin of Argo CD, whose projects and parameters are not trusted.

use std::os::unix::fs::symlink;

use serde_json::Value;

use crate::sandbox::{RunResult, SEED, Sandbox};
use crate::state::with_password;

const SHOP: &str = "apiVersion: score.dev/v1b1
metadata: {name: shop}
containers:
  main:
    image: .
    variables: {HOST: '${resources.dns.host}'}
resources:
  dns: {type: dns}
";

const WITH_PASSWORD: &str = "apiVersion: score.dev/v1b1
metadata: {name: shop}
containers:
  main: {image: 'example.com/shop:1', variables: {URL: '${resources.db.url}'}}
resources:
  db: {type: postgres}
";

/// A clone of a repository with an Application in `apps/shop`.
fn repository(score: &str) -> Sandbox {
    Sandbox::with_files(&[
        ("repo/apps/shop/score.yaml", score),
        (
            "repo/apps/shop/environments/staging/environment.yaml",
            "target: kubernetes\ndefault: true\nproject: shop\nprovisioners:\n- ../../../../platform/\n- builtin\nvalues:\n  domain: staging.example.com\n  size: 3\n  list: [1]\n",
        ),
        (
            "repo/apps/shop/environments/prod/environment.yaml",
            "extends: staging\nnamespace: shop-prod\nvalues: {domain: example.com}\n",
        ),
        (
            "repo/apps/shop/environments/local/environment.yaml",
            "target: compose\n",
        ),
        (
            "repo/platform/none.provisioners.yaml",
            "- uri: template://x/none\n  type: none\n",
        ),
    ])
}

/// Runs as a sidecar does: in the path of the Application, with its variables.
fn run(sandbox: &Sandbox, command: &str, variables: &[(&str, &str)]) -> RunResult {
    let arguments = ["-C", "repo/apps/shop", "argocd", command];
    let of_server = [
        ("ARGOCD_APP_SOURCE_PATH", "apps/shop"),
        ("ARGOCD_APP_NAMESPACE", "team"),
    ];
    sandbox.run_without_seed(&[&of_server, variables].concat(), &arguments)
}

fn generate(sandbox: &Sandbox, parameters: &str) -> RunResult {
    run(
        sandbox,
        "generate",
        &[("ARGOCD_APP_PARAMETERS", parameters)],
    )
}

const IMAGE: &str = r#"{"name":"image","string":"example.com/shop:1"}"#;

#[track_caller]
fn refused(result: &RunResult, message: &str) {
    assert!(matches!(result.code, Some(1..=3)), "{result:?}");
    assert_eq!(result.stdout, "");
    assert!(result.stderr.contains(message), "{}", result.stderr);
}

#[test]
fn score_files_are_discovered() {
    let sandbox = repository(SHOP);
    let found = run(&sandbox, "discover", &[]);
    assert_eq!(
        (found.code, found.stdout.as_str()),
        (Some(0), "score.yaml\n")
    );
    std::fs::remove_file(sandbox.path("repo/apps/shop/score.yaml")).unwrap();
    let none = run(&sandbox, "discover", &[]);
    assert_eq!(
        (none.code, none.stdout.as_str()),
        (Some(0), ""),
        "{}",
        none.stderr
    );
}

#[test]
fn parameters_are_announced_as_a_list() {
    let sandbox = repository(SHOP);
    let announce = |parameters: &str| -> Value {
        let result = run(
            &sandbox,
            "parameters",
            &[("ARGOCD_APP_PARAMETERS", parameters)],
        );
        assert_eq!(result.code, Some(0), "{}", result.stderr);
        serde_json::from_str(&result.stdout).unwrap()
    };
    let default = announce("");
    let names: Vec<&str> = default
        .as_array()
        .unwrap()
        .iter()
        .map(|one| one["name"].as_str().unwrap())
        .collect();
    assert_eq!(names, ["environment", "image", "set"]);
    assert_eq!(default[0]["string"], "staging");
    assert_eq!(default[1]["collectionType"], "map");
    assert_eq!(
        default[2]["map"],
        serde_json::json!({"domain": "staging.example.com", "size": "3"})
    );
    let prod = announce(r#"[{"name":"environment","string":"prod"}]"#);
    assert_eq!(prod[2]["map"]["domain"], "example.com");
    sandbox.write(
        "repo/apps/shop/environments/pr/environment.yaml",
        "extends: staging\npreview: {namespace: 'shop-${preview.number}'}\n",
    );
    let preview = announce(r#"[{"name":"environment","string":"pr"}]"#);
    assert_eq!(
        (&preview[2]["name"], &preview[2]["required"]),
        (&"preview".into(), &true.into())
    );
}

#[test]
fn manifests_are_those_of_generate() {
    let sandbox = repository(SHOP);
    let with = |more: &str| {
        let result = generate(&sandbox, &format!("[{IMAGE}{more}]"));
        assert_eq!(result.code, Some(0), "{}", result.stderr);
        result.stdout
    };
    let manifests = with("");
    assert!(
        !sandbox
            .list()
            .iter()
            .any(|name| name.contains(".score-rs") || name.ends_with(".lock"))
    );
    let arguments = [
        "-C",
        "repo/apps/shop",
        "generate",
        "-o",
        "-",
        "-q",
        "--image",
        "example.com/shop:1",
        "--namespace",
        "team",
    ];
    let expected = sandbox
        .run(&[&arguments[..], &["-e", "staging"]].concat())
        .stdout;
    assert_eq!(manifests, expected);
    assert!(expected.contains("staging.example.com"));
    // The namespace of the environment counts before that of the Application.
    let prod = with(r#",{"name":"environment","string":"prod"}"#);
    assert!(
        prod.contains("namespace: shop-prod\n") && !prod.contains("team"),
        "{prod}"
    );
    let set = with(r#",{"name":"set","map":{"domain":"pr.example.com"}}"#);
    assert!(set.contains("pr.example.com"), "{set}");
    let by_workload = r#"[{"name":"image","map":{"shop.main":"a:2"}},{"name":"set","array":[]}]"#;
    assert!(
        generate(&sandbox, by_workload)
            .stdout
            .contains("image: a:2\n")
    );
}

#[test]
fn parameters_name_no_path_and_no_flag() {
    let sandbox = repository(SHOP);
    sandbox.write(
        "repo/apps/shop/environments/wrong/environment.yaml",
        "target: nowhere\n",
    );
    for (parameters, message) in [
        (
            r#"[{"name":"environment","string":"../../x"}]"#,
            "no environment `../../x`",
        ),
        (
            r#"[{"name":"environment","string":"kubernetes"}]"#,
            "those are `local`, `prod`, `staging` and `wrong`",
        ),
        (
            r#"[{"name":"environment","string":"stagin"}]"#,
            "did you mean `staging`?",
        ),
        (
            r#"[{"name":"environment","string":"local"}]"#,
            "not for Kubernetes",
        ),
        (
            r#"[{"name":"environment","array":["prod","staging"]}]"#,
            "several values",
        ),
        (
            r#"[{"name":"provisioners","string":"/etc"}]"#,
            "unknown parameter",
        ),
        (r#"[{"name":"sett","string":"a=b"}]"#, "did you mean `set`?"),
        (
            r#"[{"name":"set","map":{"domian":"x"}}]"#,
            "did you mean `domain`?",
        ),
        (r#"[{"name":"set","map":{"other":"x"}}]"#, "no key `other`"),
        (r#"[{"name":"set","map":{"domain=x":"y"}}]"#, "has a `=`"),
        (
            r#"[{"name":"set","array":["--seed-file=/etc/passwd"]}]"#,
            "no key `--seed-file`",
        ),
        (
            r#"[{"name":"image","string":"--seed-file"}]"#,
            "--seed-file",
        ),
        (r#"{"name":"set"}"#, "cannot be read"),
        ("null", "[missing-image]"),
        (
            r#"[{"name":"environment","string":"wrong"}]"#,
            "environments/wrong/environment.yaml:1:9",
        ),
    ] {
        let result = generate(&sandbox, parameters);
        if parameters.contains("--seed-file\"") {
            // It is an image, whatever it looks like.
            assert!(result.stdout.contains("image: --seed-file\n"), "{result:?}");
            continue;
        }
        refused(&result, message);
    }
}

#[test]
fn only_the_sidecar_gives_a_seed() {
    let sandbox = repository(WITH_PASSWORD);
    sandbox.write_private("repo/apps/shop/.score-rs/seed", "0123456789abcdef");
    let state = "repo/apps/shop/.score-rs/staging/state.shop.yaml";
    refused(&generate(&sandbox, ""), "SCORE_RS_SEED is not set");
    let in_application = [("ARGOCD_ENV_SCORE_RS_SEED", SEED)];
    refused(
        &run(&sandbox, "generate", &in_application),
        "SCORE_RS_SEED is not set",
    );
    let lock = sandbox.run(&[
        "-C",
        "repo/apps/shop",
        "generate",
        "-e",
        "staging",
        "-o",
        "out.yaml",
        "--namespace",
        "team",
    ]);
    assert_eq!(lock.code, Some(0), "{}", lock.stderr);
    let password = "password: b3duZWRieW1l\n";
    sandbox.write_private(state, with_password(&sandbox.read(state), "ownedbyme"));
    assert!(sandbox.read(state).contains("password: ownedbyme"));
    let result = run(&sandbox, "generate", &[("SCORE_RS_SEED", SEED)]);
    assert_eq!(result.code, Some(0), "{}", result.stderr);
    assert!(!result.stdout.contains(password), "{}", result.stdout);
}

#[test]
fn programs_run_only_where_the_sidecar_allows_them() {
    let sandbox = repository(
        "apiVersion: score.dev/v1b1\nmetadata: {name: shop}\ncontainers:\n  main: {image: 'a:1', variables: {A: '${resources.runner.a}'}}\nresources:\n  runner: {type: runner}\n",
    );
    sandbox.write("repo/platform/x.provisioners.yaml", "- uri: cmd:///bin/sh\n  type: runner\n  args: ['-c', 'echo \"{\\\"resource_outputs\\\":{\\\"a\\\":\\\"ran\\\"}}\"']\n");
    refused(&generate(&sandbox, ""), "programs are not run here");
    let in_application = [("ARGOCD_ENV_SCORE_RS_ALLOW_COMMANDS", "1")];
    refused(
        &run(&sandbox, "generate", &in_application),
        "SCORE_RS_ALLOW_COMMANDS",
    );
    let allowed = run(&sandbox, "generate", &[("SCORE_RS_ALLOW_COMMANDS", "1")]);
    assert!(allowed.stdout.contains("value: ran\n"), "{allowed:?}");
    let with = |value: &str| run(&sandbox, "generate", &[("SCORE_RS_ALLOW_COMMANDS", value)]);
    assert!(with("true").stdout.contains("value: ran\n"));
    for no in ["", "0", "false"] {
        refused(&with(no), "programs are not run here");
    }
    for typo in ["no", "False", " 1", "yes"] {
        let message = format!("SCORE_RS_ALLOW_COMMANDS cannot be `{typo}`: write `1` or `true`");
        refused(&with(typo), &message);
    }
}

#[test]
fn no_file_outside_the_repository_is_read() {
    let sandbox = repository(SHOP);
    let outside = "- uri: template://x/token\n  type: token\n  outputs: |\n    token: s3cret\n";
    sandbox.write("token.provisioners.yaml", outside);
    sandbox.write("token", "s3cret");
    let app = |name: &str| format!("repo/apps/shop/{name}");
    let cases: [(&str, &dyn Fn()); 6] = [
        ("definitions", &|| {
            let text = "target: kubernetes\ndefault: true\nprovisioners: [../../../../../token.provisioners.yaml]\n";
            sandbox.write(&app("environments/staging/environment.yaml"), text);
        }),
        ("a directory of definitions", &|| {
            let text = "target: kubernetes\ndefault: true\nprovisioners: [../../../../../]\n";
            sandbox.write(&app("environments/staging/environment.yaml"), text);
        }),
        ("linked definitions", &|| {
            let text = "target: kubernetes\ndefault: true\nprovisioners: [own.provisioners.yaml]\n";
            sandbox.write(&app("environments/staging/environment.yaml"), text);
            let link = sandbox.path(&app("environments/staging/own.provisioners.yaml"));
            symlink(sandbox.path("token.provisioners.yaml"), link).unwrap();
        }),
        ("a linked Score file", &|| {
            sandbox.write(
                &app("environments/staging/environment.yaml"),
                "target: kubernetes\ndefault: true\n",
            );
            symlink(
                sandbox.path("token"),
                sandbox.path(&app("other.score.yaml")),
            )
            .unwrap();
        }),
        ("a linked file of a container", &|| {
            std::fs::remove_file(sandbox.path(&app("other.score.yaml"))).unwrap();
            symlink(sandbox.path("token"), sandbox.path(&app("token"))).unwrap();
            let files = "    files: {/token: {source: token}}\n";
            sandbox.write(
                &app("score.yaml"),
                SHOP.replace("resources:\n", &format!("{files}resources:\n")),
            );
        }),
        ("a linked lock file", &|| {
            sandbox.write(&app("score.yaml"), SHOP);
            symlink(sandbox.path("token"), sandbox.path(&app("score-rs.lock"))).unwrap();
        }),
    ];
    for (what, prepare) in cases {
        prepare();
        let result = generate(&sandbox, &format!("[{IMAGE}]"));
        assert!(matches!(result.code, Some(1..=3)), "{what}: {result:?}");
        assert!(
            !result.stderr.contains("s3cret") && result.stdout.is_empty(),
            "{what}: {result:?}"
        );
    }
}

#[test]
fn only_variables_of_the_application_are_read() {
    let sandbox = repository(
        "apiVersion: score.dev/v1b1\nmetadata: {name: shop}\ncontainers:\n  main: {image: 'a:1', variables: {A: '${resources.env.GREETING}'}}\nresources:\n  env: {type: environment}\n",
    );
    refused(
        &run(&sandbox, "generate", &[("GREETING", "s3cret")]),
        "unset-variable",
    );
    let set = run(
        &sandbox,
        "generate",
        &[("GREETING", "s3cret"), ("ARGOCD_ENV_GREETING", "hello")],
    );
    assert!(
        set.stdout.contains("value: hello\n") && !set.stdout.contains("s3cret"),
        "{set:?}"
    );
}

/// Score-rs itself reads these variables of the sidecar.
#[test]
fn variables_of_score_rs_are_not_those_of_a_project() {
    for name in [
        "HOME",
        "DOCKER_CONFIG",
        "SCORE_RS_ENV",
        "ARGOCD_APP_NAMESPACE",
    ] {
        let variables = format!("variables: {{A: '${{resources.env.{name}}}'}}");
        let param = format!(
            "resources:\n  res: {{type: res, params: {{a: '${{resources.env.{name}}}'}}}}\n"
        );
        for (variables, resources) in [
            (variables.as_str(), "resources:\n"),
            ("variables: {A: '${resources.res.a}'}", param.as_str()),
        ] {
            let sandbox = repository(&format!(
                "apiVersion: score.dev/v1b1\nmetadata: {{name: shop}}\ncontainers:\n  main: {{image: 'a:1', {variables}}}\n{resources}  env: {{type: environment}}\n",
            ));
            let definition =
                "- uri: template://x/res\n  type: res\n  outputs: 'a: {{ .Params.a }}'\n";
            sandbox.write("repo/platform/r.provisioners.yaml", definition);
            let sidecar = (name, "staging");
            refused(&run(&sandbox, "generate", &[sidecar]), "unset-variable");
            let prefixed = format!("ARGOCD_ENV_{name}");
            let set = run(&sandbox, "generate", &[sidecar, (&prefixed, "hello")]);
            assert!(set.stdout.contains("value: hello\n"), "{name}: {set:?}");
        }
    }
}

#[test]
fn the_sidecar_sets_no_number_of_a_preview() {
    let sandbox = repository(SHOP);
    sandbox.write(
        "repo/apps/shop/environments/pr/environment.yaml",
        "extends: staging\npreview: {namespace: 'shop-${preview.number}'}\n",
    );
    let with = |number: &str| {
        let preview = format!(r#"{{"name":"preview","string":"{number}"}}"#);
        let parameters = format!(r#"[{IMAGE},{{"name":"environment","string":"pr"}},{preview}]"#);
        let variables = [
            ("ARGOCD_APP_PARAMETERS", &*parameters),
            ("SCORE_RS_PREVIEW", "7"),
        ];
        run(&sandbox, "generate", &variables)
    };
    refused(&with(""), "preview");
    assert!(with("8").stdout.contains("namespace: shop-8\n"));
}

#[test]
fn remote_sources_have_to_be_locked() {
    let sandbox = repository(SHOP);
    let text = "target: kubernetes\ndefault: true\nprovisioners: ['https://127.0.0.1:9/p.provisioners.yaml']\n";
    sandbox.write("repo/apps/shop/environments/staging/environment.yaml", text);
    refused(&generate(&sandbox, &format!("[{IMAGE}]")), "[not-locked]");
}

#[test]
fn a_journal_of_the_repository_is_not_applied() {
    let sandbox = repository(SHOP);
    let app = "repo/apps/shop";
    sandbox.write(&format!("{app}/.score-rs.1.0.tmp"), "overwritten");
    sandbox.write_private(
        &format!("{app}/.score-rs/journal"),
        b".score-rs.1.0.tmp\0score-rs.yaml\0\0",
    );
    let result = generate(&sandbox, &format!("[{IMAGE}]"));
    assert_eq!(result.code, Some(0), "{}", result.stderr);
    assert!(!sandbox.list().contains(&format!("{app}/score-rs.yaml")));
}
