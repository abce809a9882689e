//! `secrets: external`: what is in the store, what is in the output, and what does not fit there.

use std::collections::BTreeMap;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use go_template::{Data, Limits, RandomSource, Template, Tools};
use serde_json::Value;

use crate::fixtures;
use crate::sandbox::{RunResult, Sandbox, objects_of};
use crate::secrets::{DATABASE, STRONG_SEED};

const ENVIRONMENT: &str = "\
target: kubernetes
identity: prod
secrets: {external: {store: vault, kind: ClusterSecretStore, path: \"shop/${environment.name}\"}}
";

/// The variables of a CI job.
fn variables(seed: Option<&str>) -> Vec<(&str, &str)> {
    let seed = seed.map(|seed| ("SCORE_RS_SEED", seed));
    [("CI", "true")].into_iter().chain(seed).collect()
}

fn run(sandbox: &Sandbox, seed: Option<&str>, arguments: &[&str]) -> RunResult {
    sandbox.run_without_seed(&variables(seed), arguments)
}

fn succeed(sandbox: &Sandbox, seed: Option<&str>, arguments: &[&str]) -> String {
    let result = run(sandbox, seed, arguments);
    assert_eq!(result.code, Some(0), "{arguments:?}: {}", result.stderr);
    result.stdout
}

/// The objects of a Kubernetes `List`, by kind and name.
fn objects(text: &str) -> BTreeMap<(String, String), Value> {
    let key =
        |object: &Value, path: &str| object.pointer(path).unwrap().as_str().unwrap().to_owned();
    objects_of(text)
        .into_iter()
        .map(|object| {
            let kind = key(&object, "/kind");
            ((kind, key(&object, "/metadata/name")), object)
        })
        .collect()
}

/// The values of a store by key and property.
type Store = BTreeMap<(String, String), String>;

fn store(json: &str) -> Store {
    let entries: Value = serde_json::from_str(json).unwrap();
    let entries = entries.as_array().unwrap().iter();
    let entries = entries.flat_map(|entry| {
        let key = entry["key"].as_str().unwrap();
        let values = entry["values"].as_object().unwrap().iter();
        values.map(move |(name, value)| {
            (
                (key.to_owned(), name.clone()),
                value.as_str().unwrap().to_owned(),
            )
        })
    });
    entries.collect()
}

/// What Kubernetes has in a Secret.
fn contents(secret: &Value) -> BTreeMap<String, Vec<u8>> {
    let section = |name: &str| secret[name].as_object().cloned().unwrap_or_default();
    let data = section("data").into_iter();
    let data = data.map(|(key, text)| (key, STANDARD.decode(text.as_str().unwrap()).unwrap()));
    let plain = section("stringData").into_iter();
    let plain = plain.map(|(key, text)| (key, text.as_str().unwrap().as_bytes().to_vec()));
    data.chain(plain).collect()
}

/// What the operator makes of an ExternalSecret. Bytes that are no text are not rendered.
fn rendered(external: &Value, store: &Store) -> BTreeMap<String, Option<String>> {
    let references = external["spec"]["data"].as_array().unwrap().iter();
    let data = references.map(|reference| {
        let remote = |key: &str| reference["remoteRef"][key].as_str().unwrap().to_owned();
        let key = (remote("key"), remote("property"));
        let value = store
            .get(&key)
            .unwrap_or_else(|| panic!("{key:?} is not in the store"));
        (
            reference["secretKey"].as_str().unwrap(),
            Data::text(value.as_str()),
        )
    });
    let data = Data::map(data.collect::<Vec<_>>());
    let random = |_: u32| -> Result<Box<dyn RandomSource>, String> { Err("none".to_owned()) };
    let tools = Tools {
        random: &random,
        functions: &[],
        limits: Limits::default(),
    };
    let templates = external.pointer("/spec/target/template/data").unwrap();
    let templates = templates.as_object().unwrap().iter();
    let templates = templates.map(|(key, template)| {
        let template = template.as_str().unwrap();
        let text = (!template.ends_with("| b64dec }}")).then(|| {
            Template::parse(template, &[])
                .unwrap()
                .render(&data, &tools)
                .unwrap()
                .text
        });
        (key.clone(), text)
    });
    templates.collect()
}

/// Compares each Secret of an output with what its ExternalSecret becomes.
fn compare(case: &str, plain: &str, external: &str, store: &Store) {
    for value in store.values() {
        let encoded = STANDARD.encode(value);
        assert!(
            !external.contains(value.as_str()) && !external.contains(&encoded),
            "{case}: a password is in the output"
        );
    }
    let (plain, external) = (objects(plain), objects(external));
    assert_eq!(plain.len(), external.len(), "{case}");
    // The name of a Job ends in a hash, also of what its pods read.
    for ((kind, name), object) in plain.into_iter().filter(|((kind, _), _)| kind != "Job") {
        let made = external.get(&("ExternalSecret".to_owned(), name.clone()));
        let Some(made) = made.filter(|_| kind == "Secret") else {
            assert!(
                external.contains_key(&(kind.clone(), name.clone())),
                "{case}: {kind}/{name}"
            );
            continue;
        };
        let template = &made["spec"]["target"]["template"];
        assert_eq!(made["metadata"], object["metadata"], "{case}: {name}");
        assert_eq!(template["metadata"]["labels"], object["metadata"]["labels"]);
        assert_eq!(made["spec"]["target"]["immutable"], object["immutable"]);
        let kind = object["type"].as_str().filter(|kind| *kind != "Opaque");
        assert_eq!(template["type"].as_str(), kind);
        let rendered = rendered(made, store);
        let contents = contents(&object);
        assert!(rendered.keys().eq(contents.keys()), "{case}: {name}");
        for (key, content) in contents {
            if let Some(text) = &rendered[&key] {
                assert_eq!(text.as_bytes(), content, "{case}: {name}: {key}");
            }
        }
    }
}

/// A fixture with an environment that is as `kubernetes` but for its secrets.
fn sandbox_of(case: &str) -> (Sandbox, Vec<String>) {
    let inputs = fixtures::inputs(case);
    let sandbox = Sandbox::new();
    sandbox.write_all(&inputs);
    for (name, secrets) in [
        ("external", "{external: {store: vault, path: 'a/b'}}"),
        ("plain", "plain"),
    ] {
        let file = format!("environments/{name}/environment.yaml");
        let text = format!("extends: kubernetes\nidentity: kubernetes\nsecrets: {secrets}\n");
        sandbox.write(&file, text);
    }
    let mut arguments = fixtures::arguments(&inputs, "kubernetes");
    arguments.drain(..5);
    arguments.extend(["--format", "json", "-o", "-"].map(str::to_owned));
    (sandbox, arguments)
}

#[test]
fn no_fixture_has_a_password_in_the_output_and_all_are_in_the_store() {
    let mut compared = 0;
    for case in fixtures::cases() {
        let (sandbox, flags) = sandbox_of(&case);
        let of_case = fixtures::variables(&fixtures::inputs(&case));
        let run = |command: &[&str], flags: &[String], seed: Option<&str>| {
            let flags = flags.iter().map(String::as_str);
            let arguments: Vec<&str> = command.iter().copied().chain(flags).collect();
            let of_case = of_case.iter().map(|(name, value)| (&**name, &**value));
            let variables: Vec<_> = of_case.chain(variables(seed)).collect();
            sandbox.run_without_seed(&variables, &arguments)
        };
        let plain = run(
            &["generate", "--stateless", "--env", "plain"],
            &flags,
            Some(STRONG_SEED),
        );
        let external = run(&["generate", "--env", "external"], &flags, None);
        assert_eq!(plain.code, external.code, "{case}: {}", external.stderr);
        if plain.code != Some(0) {
            continue;
        }
        assert!(
            !sandbox.path(".score-rs").exists(),
            "{case}: nothing is stored"
        );
        let list = ["secrets", "list", "--show-secrets", "--env", "external"];
        let listed = run(&list, &list_flags(&flags), Some(STRONG_SEED));
        assert_eq!(listed.code, Some(0), "{case}: {}", listed.stderr);
        compare(
            &case,
            &plain.stdout,
            &external.stdout,
            &store(&listed.stdout),
        );
        compared += 1;
    }
    assert!(compared > 20);
}

/// The flags of `secrets list` among those of `generate`.
fn list_flags(flags: &[String]) -> Vec<String> {
    let mut list = Vec::new();
    let mut flags = flags.iter();
    while let Some(flag) = flags.next() {
        match flag.as_str() {
            "-o" | "--patch" | "--publish" => drop(flags.next()),
            "--generate-namespace" | "--no-http-probes" => {}
            _ => list.push(flag.clone()),
        }
    }
    list
}

#[test]
fn what_runs_now_is_what_the_store_gets() {
    let plain = "target: kubernetes\nidentity: prod\n";
    let sandbox = Sandbox::with_files(&[
        ("score.yaml", DATABASE),
        ("environments/prod/environment.yaml", plain),
    ]);
    let generate = ["generate", "-e", "prod", "-o", "-", "--format", "json"];
    let before = succeed(&sandbox, Some(STRONG_SEED), &generate);
    sandbox.write("environments/prod/environment.yaml", ENVIRONMENT);
    let state = sandbox.read(".score-rs/prod/state.yaml");
    // The seed is another one, so only the stored state has the password that runs.
    let list = [
        "secrets",
        "list",
        "-e",
        "prod",
        "--show-secrets",
        "-f",
        "json",
    ];
    let listed = store(&succeed(
        &sandbox,
        Some("another-seed-of-enough-length-0"),
        &list,
    ));
    let keys: Vec<_> = listed
        .keys()
        .map(|(key, name)| (key.as_str(), name.as_str()))
        .collect();
    assert_eq!(keys, [("shop/prod/postgres.default/shop.db", "password")]);
    let after = succeed(&sandbox, None, &generate);
    compare("prod", &before, &after, &listed);
    assert_eq!(
        sandbox.read(".score-rs/prod/state.yaml"),
        state,
        "the state stays"
    );
    // On another machine, without state, the output is the same.
    let other = Sandbox::with_files(&[
        ("score.yaml", DATABASE),
        ("environments/prod/environment.yaml", ENVIRONMENT),
    ]);
    assert_eq!(succeed(&other, None, &generate), after);
    let validated = run(&other, None, &["validate", "--env", "prod"]);
    assert_eq!(validated.code, Some(0), "{}", validated.stdout);
    assert_eq!(
        other
            .list()
            .iter()
            .filter(|path| path.contains(".score-rs"))
            .count(),
        0
    );
}

#[test]
fn a_list_hides_values_and_needs_a_seed() {
    let sandbox = Sandbox::with_files(&[
        ("score.yaml", DATABASE),
        ("environments/prod/environment.yaml", ENVIRONMENT),
    ]);
    let table = succeed(
        &sandbox,
        Some(STRONG_SEED),
        &["secrets", "list", "-e", "prod"],
    );
    assert_eq!(
        table,
        "RESOURCE                  KEY                                 NAME      VALUE\n\
         postgres.default#shop.db  shop/prod/postgres.default/shop.db  password  ********\n"
    );
    let result = run(&sandbox, None, &["secrets", "list", "-e", "prod"]);
    assert!(
        result.code == Some(1) && result.stderr.contains("missing-seed"),
        "{}",
        result.stderr
    );
}

/// A definition whose manifests are these, with a generated password in the state.
fn definition(manifests: &str, outputs: &str) -> String {
    format!(
        "- uri: template://db\n  type: db\n  state: |\n    password: {{{{ dig \"password\" (randAlphaNum 16) .State | quote }}}}\n  \
         outputs: |\n    {outputs}\n  manifests: |\n{manifests}"
    )
}

#[test]
fn what_depends_on_a_password_otherwise_is_an_error_at_its_line() {
    let secret =
        "    - apiVersion: v1\n      kind: Secret\n      metadata: {name: db}\n      stringData:\n";
    for (manifests, outputs, place, text) in [
        (
            format!("{secret}        hash: {{{{ sha256sum .State.password }}}}\n"),
            "a: b",
            "db.yaml:12:",
            "`hash` of this Secret is computed from a generated password",
        ),
        (
            format!("{secret}        auth: auth={{{{ printf \"u:%s\" .State.password | b64enc }}}}\n"),
            "a: b",
            "db.yaml:12:",
            "`auth` of this Secret is computed",
        ),
        (
            format!("{secret}        pin: p-{{{{ randNumeric 4 }}}}\n"),
            "a: b",
            "db.yaml:12:",
            "`pin` of this Secret is computed",
        ),
        (
            "    - apiVersion: v1\n      kind: ConfigMap\n      metadata: {name: db}\n      \
             data: {a: \"{{ .State.password }}\"}\n"
                .to_owned(),
            "a: b",
            "db.yaml:11:",
            "this depends on a generated password",
        ),
        (
            "    - apiVersion: v1\n      kind: Secret\n      metadata: {name: \"db-{{ randAlphaNum 4 | lower }}\"}\n"
                .to_owned(),
            "a: b",
            "db.yaml:10:",
            "this depends on a generated password",
        ),
        (
            String::new(),
            "a: {{ sha256sum .State.password }}",
            "db.yaml:6:",
            "the output `a` is computed from a generated password",
        ),
        (
            String::new(),
            "a: {{ .State.password }}",
            "score.yaml:6:",
            "this has a generated password",
        ),
    ] {
        let score = "apiVersion: score.dev/v1b1\nmetadata: {name: shop}\ncontainers:\n  web:\n    \
                     image: nginx:1\n    variables: {A: \"${resources.db.a}\"}\nresources:\n  db: {type: db}\n";
        let manifests = if manifests.is_empty() { "    []\n" } else { &manifests };
        let sandbox = Sandbox::with_files(&[
            ("score.yaml", score),
            ("db.yaml", &definition(manifests, outputs)),
            ("environments/prod/environment.yaml", ENVIRONMENT),
        ]);
        for command in [&["generate", "-o", "-"][..], &["validate"]] {
            let flags = ["--env", "prod", "--provisioners", "db.yaml", "--message-format", "short"];
            let result = run(&sandbox, None, &[command, &flags].concat());
            let shown = format!("{}{}", result.stdout, result.stderr);
            assert!(
                result.code == Some(1)
                    && shown.contains(place)
                    && shown.contains(text)
                    && shown.contains("[secret-not-allowed]")
                    && shown.matches("error: ").count() == 1,
                "{place}: {shown}"
            );
        }
    }
}

#[test]
fn a_program_neither_gets_nor_returns_a_password() {
    let definitions = "- uri: cmd://./program\n  type: other\n\
                       - uri: template://db\n  type: db\n  outputs: |\n    password: {{ randAlphaNum 16 }}\n";
    for (params, answer, text) in [
        (
            "",
            r#"{"resource_outputs": {"password": "from-a-program"}}"#,
            "its program returned a password",
        ),
        (
            ", params: {p: \"${resources.db.password}\"}",
            r#"{"resource_outputs": {}}"#,
            "a param has a generated password",
        ),
        ("", r#"{"resource_outputs": {"host": "example.com"}}"#, ""),
    ] {
        let score = format!(
            "apiVersion: score.dev/v1b1\nmetadata: {{name: shop}}\ncontainers: {{web: {{image: nginx:1}}}}\n\
             resources:\n  db: {{type: db}}\n  other: {{type: other{params}}}\n"
        );
        let sandbox = Sandbox::with_files(&[
            ("score.yaml", &score),
            ("environments/prod/environment.yaml", ENVIRONMENT),
            ("environments/prod/a.provisioners.yaml", definitions),
        ]);
        sandbox.write_executable("program", format!("#!/bin/sh\necho '{answer}'\n"));
        let result = run(&sandbox, None, &["generate", "-e", "prod", "-o", "-"]);
        let code = i32::from(!text.is_empty());
        let shown = result
            .stderr
            .split_whitespace()
            .collect::<Vec<_>>()
            .join(" ");
        assert!(result.code == Some(code) && shown.contains(text), "{shown}");
    }
}

const PROGRAM: &str = "apiVersion: score.dev/v1b1\nmetadata: {name: shop}\ncontainers: {web: {image: nginx:1}}\n\
                       resources:\n  other: {type: other}\n";

/// A project with a program that writes its input to `input.log`.
fn project_with_program(answer: &str) -> Sandbox {
    let program = format!("#!/bin/sh\ncat >> input.log; echo >> input.log\necho '{answer}'\n");
    let definition = "- uri: cmd://./program\n  type: other\n";
    let sandbox = Sandbox::with_files(&[
        ("score.yaml", PROGRAM),
        ("environments/prod/environment.yaml", ENVIRONMENT),
        ("environments/prod/a.provisioners.yaml", definition),
    ]);
    sandbox.write_executable("program", program);
    sandbox
}

#[test]
fn a_program_gets_the_state_that_it_returned() {
    let answer = r#"{"resource_state": {"id": "cloud-1"}, "shared_state": {"zone": "a"}}"#;
    let sandbox = project_with_program(answer);
    for _ in 0..2 {
        succeed(&sandbox, None, &["generate", "-e", "prod"]);
    }
    let inputs = std::fs::read_to_string(sandbox.path("input.log")).unwrap();
    let inputs: Vec<Value> = inputs
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    assert_eq!(inputs.len(), 2);
    assert_eq!(inputs[0]["resource_state"], serde_json::json!({}));
    assert_eq!(
        inputs[1]["resource_state"],
        serde_json::json!({"id": "cloud-1"})
    );
    assert_eq!(inputs[1]["shared_state"], serde_json::json!({"zone": "a"}));
    succeed(
        &sandbox,
        Some(STRONG_SEED),
        &["secrets", "list", "-e", "prod"],
    );
    let inputs = std::fs::read_to_string(sandbox.path("input.log")).unwrap();
    assert_eq!(inputs.lines().count(), 3);
}

#[test]
fn outputs_name_what_only_the_store_has() {
    let sandbox = Sandbox::with_files(&[
        ("score.yaml", &DATABASE.replace("postgres", "db")),
        (
            "environments/prod/a.provisioners.yaml",
            &definition("    []\n", "url: \"db:{{ .State.password }}\""),
        ),
        ("environments/prod/environment.yaml", ENVIRONMENT),
    ]);
    let uid = "db.default#shop.db";
    let arguments = ["resources", "get-outputs", uid, "-e", "prod"];
    let outputs = succeed(&sandbox, None, &arguments);
    assert!(
        outputs.contains("db:<password of shop/prod/db.default/shop.db>"),
        "{outputs}"
    );
    assert!(!sandbox.path(".score-rs").exists());
}

#[test]
fn what_only_one_draw_has_is_an_error() {
    let manifests = "{{ if eq (randNumeric 1) \"DIGIT\" }}\n    - apiVersion: v1\n      kind: ConfigMap\n      \
                     metadata: {name: db}\n      data: {a: \"{{ .State.password }}\"}\n    {{ else }}[]{{ end }}\n";
    let found = (0..10).filter(|digit| {
        let manifests = manifests.replace("DIGIT", &digit.to_string());
        let sandbox = Sandbox::with_files(&[
            ("score.yaml", &DATABASE.replace("postgres", "db")),
            (
                "db.yaml",
                &definition(&format!("    {manifests}"), "url: a"),
            ),
            ("environments/prod/environment.yaml", ENVIRONMENT),
        ]);
        let flags = [
            "generate",
            "-o",
            "-",
            "--env",
            "prod",
            "--provisioners",
            "db.yaml",
        ];
        let result = run(&sandbox, None, &flags);
        let is_refused = result.stderr.contains("[secret-not-allowed]");
        assert_eq!(
            result.code,
            Some(i32::from(is_refused)),
            "{}",
            result.stderr
        );
        is_refused
    });
    // The digits of the two draws.
    assert_eq!(found.count(), 2);
}

#[test]
fn definitions_read_no_private_file() {
    let sandbox = Sandbox::with_files(&[
        ("score.yaml", &DATABASE.replace("postgres", "db")),
        (".score-rs/staging/state.yaml", "url: from-the-state\n"),
        ("environments/prod/environment.yaml", ENVIRONMENT),
        (
            "db.provisioners.yaml",
            "- uri: outputs://db\n  type: db\n  source: 'file: FILE'\n",
        ),
    ]);
    std::os::unix::fs::symlink("/etc/hostname", sandbox.path("link.yaml")).unwrap();
    let definition = std::fs::read_to_string(sandbox.path("db.provisioners.yaml")).unwrap();
    for (file, rule) in [
        (".score-rs/staging/state.yaml", "private-source"),
        ("link.yaml", "outside-project"),
    ] {
        sandbox.write("db.provisioners.yaml", definition.replace("FILE", file));
        let result = run(
            &sandbox,
            None,
            &[
                "generate",
                "-e",
                "prod",
                "-o",
                "-",
                "--provisioners",
                "db.provisioners.yaml",
            ],
        );
        assert_eq!(result.code, Some(1), "{}", result.stderr);
        assert!(result.stderr.contains(rule), "{}", result.stderr);
        assert!(!result.stderr.contains("from-the-state"));
    }
}

/// A store has the passwords: none comes from a file into the output.
#[test]
fn a_password_in_a_file_of_outputs_is_not_in_the_output() {
    let definition = "- uri: outputs://db\n  type: db\n  source: 'file: ../../db.json'\n";
    let sandbox = Sandbox::with_files(&[
        ("score.yaml", &DATABASE.replace("postgres", "db")),
        ("environments/prod/environment.yaml", ENVIRONMENT),
        ("environments/prod/db.provisioners.yaml", definition),
    ]);
    for (file, code) in [
        (r#"{"url": "https://db.example.com"}"#, 0),
        (r#"{"url": {"password": "kept-in-the-file"}}"#, 1),
        (
            r#"{"url": {"value": "a", "sensitive": false}, "password": "kept-in-the-file"}"#,
            0,
        ),
        (r#"{"url": {"value": "a", "sensitive": true}}"#, 1),
    ] {
        sandbox.write("db.json", file);
        let result = run(&sandbox, None, &["generate", "-e", "prod", "-o", "-"]);
        assert_eq!(result.code, Some(code), "{file}: {}", result.stderr);
        assert!(
            !result.stdout.contains("kept-in-the-file"),
            "{}",
            result.stdout
        );
        assert!(
            !result.stderr.contains("kept-in-the-file"),
            "{}",
            result.stderr
        );
        assert_eq!(
            result.stderr.contains("[sensitive-output]"),
            code == 1,
            "{}",
            result.stderr
        );
    }
}

#[test]
fn wrong_settings_of_a_store_have_their_places() {
    for (secrets, place, text) in [
        ("external", "2:10", "`secrets: external` needs a store"),
        ("{externl: {store: a}}", "2:11", "did you mean `external`?"),
        ("{external: {stor: a}}", "2:22", "did you mean `store`?"),
        (
            "{external: {store: a, kind: Secretstore}}",
            "2:38",
            "did you mean `SecretStore`?",
        ),
        (
            "{external: {store: A}}",
            "2:29",
            "`A` is not the name of a store",
        ),
        (
            "{external: {store: a, path: /a}}",
            "2:38",
            "has an empty part",
        ),
        (
            "{external: {store: a, path: \"${environment.nam}\"}}",
            "2:53",
            "did you mean `name`?",
        ),
        (
            "{external: {store: a, path: \"${workload.metadata.name}\"}}",
            "2:41",
            "belongs to no workload",
        ),
        ("{external: }", "2:11", "`external` has no value"),
    ] {
        let environment = format!("target: kubernetes\nsecrets: {secrets}\n");
        let sandbox = Sandbox::with_files(&[
            ("score.yaml", DATABASE),
            ("environments/prod/environment.yaml", &environment),
        ]);
        let arguments = [
            "generate",
            "-e",
            "prod",
            "-o",
            "-",
            "--message-format",
            "short",
        ];
        let result = run(&sandbox, None, &arguments);
        let place = format!("environment.yaml:{place}: error: ");
        assert!(
            result.code == Some(1)
                && result.stderr.contains(&place)
                && result.stderr.contains(text),
            "{secrets}: {}",
            result.stderr
        );
    }
    let compose = ENVIRONMENT.replace("kubernetes", "compose");
    let sandbox = Sandbox::with_files(&[
        ("score.yaml", DATABASE),
        ("environments/prod/environment.yaml", &compose),
    ]);
    let result = run(
        &sandbox,
        None,
        &["validate", "--env", "prod", "--message-format", "short"],
    );
    assert!(
        result.code == Some(1)
            && result
                .stdout
                .contains("compose does not support `secrets: external`")
            && result.stdout.contains("environment.yaml:3:10"),
        "{}",
        result.stdout
    );
}

#[test]
fn a_preview_has_keys_of_its_own_and_those_of_what_it_shares() {
    let prod = format!("{ENVIRONMENT}namespace: shop\n");
    let score = DATABASE.replace("db: {", "cache: {type: redis}\n  db: {");
    let score = score.replace("{DB_URL", "{CACHE: \"${resources.cache.url}\", DB_URL");
    let sandbox = Sandbox::with_files(&[
        ("score.yaml", &score),
        ("environments/prod/environment.yaml", &prod),
        (
            "environments/pre/environment.yaml",
            "extends: prod\npreview: {share: [redis]}\n",
        ),
    ]);
    let arguments = [
        "generate",
        "-e",
        "pre",
        "--preview",
        "142",
        "-o",
        "-",
        "--format",
        "json",
    ];
    let made = objects(&succeed(&sandbox, None, &arguments));
    let keys = made.values().filter_map(|object| {
        let key = object.pointer("/spec/data/0/remoteRef/key")?;
        key.as_str()
    });
    let mut keys: Vec<&str> = keys.collect();
    keys.sort_unstable();
    assert_eq!(
        keys,
        [
            "shop/pre/pr-142/postgres.default/shop.db",
            "shop/prod/redis.default/shop.cache",
        ]
    );
    // Without a store of its own, it could not have what it shares, but for what has no password.
    let plain = "extends: prod\nsecrets: plain\npreview: {share: [redis]}\n";
    let pre = "environments/pre/environment.yaml";
    sandbox.write(
        "environments/prod/own.provisioners.yaml",
        "- uri: template://own/redis\n  type: redis\n  outputs: 'url: redis://cache.example.com'\n",
    );
    sandbox.write(pre, plain);
    succeed(&sandbox, Some(STRONG_SEED), &arguments);
    sandbox.write("environments/prod/own.provisioners.yaml", "[]\n");
    sandbox.write(pre, plain);
    let result = run(&sandbox, Some(STRONG_SEED), &arguments);
    assert!(
        result.code == Some(1) && result.stderr.contains("passwords are in a store"),
        "{}",
        result.stderr
    );
}
