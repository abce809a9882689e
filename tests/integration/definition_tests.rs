//! `score-rs provisioners test`: tests of definitions, and what they cover.

use serde_json::Value;

use crate::sandbox::{RunResult, Sandbox};

const DEFINITION: &str = "- uri: template://example/mail
  type: mail
  init: |
    {{- if eq (toString .Params.size) \"huge\" }}
    {{- fail \"params.size must be small\" }}
    {{- end }}
    name: {{ .Id | replace \".\" \"-\" }}
  outputs: |
    host: {{ .Init.name }}.example.com
    {{- if .Params.size }}
    port: 25
    {{- else }}
    port: 587
    {{- end }}
    password: {{ randAlphaNum 12 }}
  manifests: |
    - apiVersion: v1
      kind: ConfigMap
      metadata:
        name: {{ .Init.name }}
      data:
        host: {{ .Init.name }}
        {{- range $key, $value := .Environment.Values.extra }}
        {{ $key }}: {{ $value | quote }}
        {{- end }}
";

fn sandbox(tests: &str) -> Sandbox {
    Sandbox::with_files(&[
        ("mail.provisioners.yaml", DEFINITION),
        ("mail.test.yaml", tests),
    ])
}

fn run(tests: &str, flags: &[&str]) -> RunResult {
    sandbox(tests).run(&[&["provisioners", "test"], flags].concat())
}

fn json(result: &RunResult) -> Value {
    serde_json::from_str(&result.stdout).unwrap()
}

fn check_complete(path: &str) -> Value {
    let root = env!("CARGO_MANIFEST_DIR");
    let arguments = [
        "-C",
        root,
        "provisioners",
        "test",
        path,
        "--coverage",
        "-f",
        "json",
    ];
    let result = Sandbox::new().run(&arguments);
    assert_eq!(result.code, Some(0), "{}", result.stderr);
    let result = json(&result);
    for file in result["coverage"].as_array().unwrap() {
        assert_eq!(file["uncovered"], Value::Array(Vec::new()), "{file}");
    }
    result
}

#[test]
fn tests_cover_the_built_in_definitions() {
    let result = check_complete("crates/compiler/src/targets");
    // Each type has a file of each target; some have no templates.
    assert!(
        result["coverage"].as_array().unwrap().len() >= 42,
        "{result}"
    );
}

#[test]
fn tests_cover_the_definitions_of_examples() {
    check_complete("examples");
}

#[test]
fn a_failed_test_points_at_its_line_and_at_the_template() {
    let result = run(
        "tests:
- name: the port for clients
  resource: {type: mail}
  expect:
    outputs: {port: 25, hots: a, host: {contains: org}, password: {secret: true}, size: {absent: true}}
    manifests:
    - {kind: ConfigMap, data: {host: app}}
    - {kind: Secret}
    - {kind: ConfigMap, absent: true}
",
        &[],
    );
    assert_eq!(result.code, Some(1));
    insta::assert_snapshot!(result.stderr);
    assert_eq!(
        result.stdout,
        "FAILED  mail.test.yaml: 0 passed, 1 failed\n0 passed, 1 failed\n"
    );
}

#[test]
fn errors_are_expected_by_name_and_message() {
    let tests = |expect: &str| {
        format!(
            "tests:\n- name: huge\n  resource: {{type: mail, params: {{size: huge}}}}\n  expect: {expect}\n"
        )
    };
    for right in [
        "{errors: [{name: template-error, message: must be small}]}",
        "{errors: [{name: template-error}]}",
        "{errors: [{message: params.size}]}",
    ] {
        let result = run(&tests(right), &[]);
        assert_eq!(result.code, Some(0), "{}", result.stderr);
    }
    for (wrong, message) in [
        ("{outputs: {port: 25}}", "params.size must be small"),
        (
            "{errors: [{name: template-error, message: large}]}",
            "there is no error `template-error` with `large` in its message",
        ),
        (
            "{errors: [{name: no-provisioner}]}",
            "there is no error `no-provisioner`",
        ),
        (
            "{errors: [{name: template-eror}]}",
            "there is no rule `template-eror`",
        ),
    ] {
        let result = run(&tests(wrong), &["--message-format", "short"]);
        assert_eq!(result.code, Some(1), "{wrong}");
        assert!(
            result.stderr.contains(message),
            "{wrong}: {}",
            result.stderr
        );
    }
}

#[test]
fn wrong_test_files_are_reported_with_places() {
    let test = |keys: &str| format!("tests:\n- {{name: a, resource: {{type: mail}}, {keys}}}\n");
    for (tests, message) in [
        (test("expct: {}"), "2:37: error: a test has no key `expct`"),
        (
            test("target: kubernets, expect: {}"),
            "`target` cannot be `kubernets`",
        ),
        (test("expect: {manifest: []}"), "has no key `manifest`"),
        (test("values: a, expect: {}"), "`values` must be a mapping"),
        (
            test("expect: {manifests: {}}"),
            "`manifests` must be a list",
        ),
        (
            "tests:\n- {name: a, resource: {type: mial}, expect: {}}\n".to_owned(),
            "2:30: error: there is no definition for `mial` in `mail.provisioners.yaml`",
        ),
        (
            "definitions: [other.yaml]\ntests:\n- {name: a, resource: {type: mail}, expect: {}}\n"
                .to_owned(),
            "1:15: error: there is no file `other.yaml`",
        ),
        (
            test("environment: a"),
            "a test needs `expect` or `snapshot`",
        ),
    ] {
        let result = run(&tests, &["--message-format", "short"]);
        assert_eq!(result.code, Some(1), "{tests}");
        assert!(
            result.stderr.contains(message),
            "{tests}: {}",
            result.stderr
        );
    }
}

#[test]
fn a_snapshot_is_written_with_update_only() {
    let sandbox = sandbox(
        "tests:\n- name: all\n  resource: {type: mail, id: shop.mail}\n  values: {extra: {a: b}}\n  snapshot: golden/all.yaml\n",
    );
    let run = |flags: &[&str]| sandbox.run(&[&["provisioners", "test"], flags].concat());
    let missing = run(&[]);
    assert_eq!(missing.code, Some(1));
    assert!(
        missing.stderr.contains("there is no `golden/all.yaml`"),
        "{}",
        missing.stderr
    );
    let written = run(&["--update"]);
    assert_eq!(
        (written.code, written.stderr.as_str()),
        (Some(0), "wrote golden/all.yaml\n")
    );
    insta::assert_snapshot!(sandbox.read("golden/all.yaml"));
    assert_eq!(run(&["--update"]).stderr, "");
    sandbox.write(
        "golden/all.yaml",
        sandbox.read("golden/all.yaml").replace("587", "465"),
    );
    let other = run(&[]);
    assert_eq!(other.code, Some(1));
    assert!(
        other.stdout.contains("-  port: 465\n+  port: 587\n"),
        "{}",
        other.stdout
    );
}

#[test]
fn a_branch_counts_when_a_test_asserts_on_what_it_writes() {
    let uncovered = |expect: &str| -> Vec<String> {
        let tests = format!(
            "tests:\n- name: a\n  resource: {{type: mail, params: {{size: 1}}}}\n  values: {{extra: {{a: b}}}}\n  expect: {expect}\n"
        );
        let result = json(&run(&tests, &["--coverage", "-f", "json"]));
        let items = result["coverage"][0]["uncovered"]
            .as_array()
            .unwrap()
            .clone();
        let what = |item: &Value| format!("{}: {}", item["line"], item["what"].as_str().unwrap());
        items.iter().map(what).collect()
    };
    assert_eq!(
        uncovered("{outputs: {port: 25}}"),
        [
            "4: `if` in `init`",
            "9: section `outputs`",
            "13: `else` in `outputs`",
            "17: section `manifests`",
            "23: `range` in `manifests`",
        ]
    );
    assert_eq!(
        uncovered("{manifests: [{kind: ConfigMap, data: {a: b}}]}"),
        [
            "4: `if` in `init`",
            "9: section `outputs`",
            "10: `if` in `outputs`",
            "13: `else` in `outputs`",
        ]
    );
    // A test that fails covers nothing.
    assert_eq!(uncovered("{outputs: {port: 26}}").len(), 7);
}

#[test]
fn results_are_printed_as_json_and_junit() {
    let tests = "tests:
- {name: right, resource: {type: mail}, expect: {outputs: {port: 587}}}
- {name: 'wrong & <odd>', resource: {type: mail}, expect: {outputs: {port: 25}}}
";
    insta::assert_snapshot!("definition_tests_json", run(tests, &["-f", "json"]).stdout);
    insta::assert_snapshot!(
        "definition_tests_junit",
        run(tests, &["-f", "junit"]).stdout
    );
}

#[test]
fn without_a_test_file_the_command_line_is_wrong() {
    let result = Sandbox::new().run(&["provisioners", "test"]);
    assert_eq!(result.code, Some(2));
    assert!(
        result.stderr.contains("there is no `*.test.yaml` in `.`"),
        "{}",
        result.stderr
    );
}

#[test]
fn a_test_runs_on_each_target_of_its_definition() {
    let definition = "- uri: template://example/both
  type: both
  manifests: |
    - {apiVersion: v1, kind: ConfigMap, metadata: {name: a}}
  volumes: |
    data: {driver: local}
";
    let tests = "tests:
- name: objects and volumes
  resource: {type: both}
  expect: {manifests: [{kind: ConfigMap}], volumes: {data: {driver: local}}}
";
    let sandbox = Sandbox::with_files(&[
        ("all.provisioners.yaml", definition),
        ("both.test.yaml", tests),
    ]);
    let result = json(&sandbox.run(&["provisioners", "test", "-f", "json"]));
    let targets: Vec<&Value> = result["tests"]
        .as_array()
        .unwrap()
        .iter()
        .map(|test| &test["target"])
        .collect();
    assert_eq!(targets, ["compose", "kubernetes"]);
    assert_eq!(result["failed"], 0);
}
