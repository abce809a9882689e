//! Policies by a program.

use crate::sandbox::{RunResult, Sandbox};

const SCORE: &str = "apiVersion: score.dev/v1b1
metadata:
  name: orders
containers:
  main:
    image: example.com/orders:latest
    variables:
      URL: ${resources.db.url}
resources:
  db:
    type: postgres
";

/// A project with a policy that runs `script` with `sh`.
fn project(script: &str) -> Sandbox {
    let sandbox = Sandbox::new();
    sandbox.write("score.yaml", SCORE);
    sandbox.write("check.sh", script);
    environment(&sandbox, "cmd: [sh, check.sh], name: company");
    sandbox
}

fn environment(sandbox: &Sandbox, program: &str) {
    let text = format!("target: kubernetes\nnamespace: shop\npolicies:\n- {{{program}}}\n");
    sandbox.write("environments/prod/environment.yaml", text);
}

fn run(sandbox: &Sandbox, arguments: &[&str]) -> RunResult {
    run_in(sandbox, "prod", arguments)
}

fn run_in(sandbox: &Sandbox, environment: &str, arguments: &[&str]) -> RunResult {
    let rest = ["-e", environment, "--message-format", "short"];
    let arguments = [arguments, &rest].concat();
    let path = std::env::var("PATH").unwrap();
    sandbox.run_with(&[("PATH", &path)], &arguments)
}

fn generate(sandbox: &Sandbox) -> RunResult {
    run(sandbox, &["generate", "-o", "-"])
}

fn answer(json: &str, status: u8) -> Sandbox {
    project(&format!(
        "cat > objects.yaml\ncat <<'END'\n{json}\nEND\nexit {status}\n"
    ))
}

const IMAGE: &str = "score.yaml:6:12: error: no tag (`Deployment/orders`, `spec.template.spec.containers[0].image`); write `containers.main.image` in the Score file [policy/company]\n";

#[test]
fn a_finding_stands_at_the_line_that_made_its_field() {
    for (object, field) in [
        (
            "Deployment/shop/orders",
            "spec.template.spec.containers[0].image",
        ),
        (
            "deployment/orders",
            ".spec.template.spec.containers[0].image",
        ),
        (
            "Deployment/orders",
            "/spec/template/spec/containers/0/image",
        ),
    ] {
        let finding =
            format!(r#"[{{"message": "no tag.", "object": "{object}", "field": "{field}"}}]"#);
        for status in [0, 1] {
            let result = generate(&answer(&finding, status));
            assert_eq!(result.code, Some(1), "{}", result.stderr);
            assert!(
                result.stderr.starts_with(IMAGE),
                "{object} {field}: {}",
                result.stderr
            );
            assert_eq!(result.stdout, "");
        }
    }
}

#[test]
fn a_finding_has_a_severity_and_a_name() {
    for (more, line, code) in [
        (
            r#""severity": "warning""#,
            "score.yaml:3:9: warning: wrong (`Deployment/orders`)",
            0,
        ),
        (
            r#""severity": "note", "policy": "CKV_K8S_43""#,
            "score.yaml:3:9: note: wrong (`Deployment/orders`)",
            0,
        ),
    ] {
        let json = format!(r#"[{{"message": "wrong", "object": "Deployment/orders", {more}}}]"#);
        let result = generate(&answer(&json, 0));
        assert_eq!(result.code, Some(code), "{}", result.stderr);
        assert!(result.stderr.contains(line), "{}", result.stderr);
        let name = if more.contains("CKV") {
            "[policy/CKV_K8S_43]"
        } else {
            "[policy/company]"
        };
        assert!(result.stderr.contains(name), "{}", result.stderr);
    }
}

#[test]
fn two_policies_that_say_the_same_are_two_findings() {
    let json = r#"[
        {"message": "wrong", "object": "Deployment/orders", "policy": "first"},
        {"message": "wrong", "object": "Deployment/orders", "policy": "second"}
    ]"#;
    let result = generate(&answer(json, 1));
    for name in ["[policy/first]", "[policy/second]"] {
        assert!(result.stderr.contains(name), "{}", result.stderr);
    }
}

/// Without an object there is only the policy to point at.
#[test]
fn a_finding_without_an_object_stands_at_the_policy() {
    for (json, text) in [
        (r#"[{"message": "too many objects"}]"#, "too many objects"),
        (
            r#"[{"message": "wrong", "object": "Pod/other", "field": "spec"}]"#,
            "wrong (`Pod/other`)",
        ),
    ] {
        let result = generate(&answer(json, 0));
        let line = format!(
            "environments/prod/environment.yaml:4:31: error: {text}; fix what the policy reports [policy/company]\n"
        );
        assert!(result.stderr.starts_with(&line), "{}", result.stderr);
    }
}

#[test]
fn results_of_conftest_are_read_as_they_are() {
    let json = r#"[
  {
    "filename": "",
    "namespace": "main",
    "successes": 4,
    "failures": [
      {"msg": "no tag", "metadata": {"query": "data.main.deny", "object": "Deployment/orders", "field": "spec.template.spec.containers[0].image"}},
      {"msg": "no owner", "metadata": {"query": "data.main.deny"}}
    ],
    "warnings": [{"msg": "few replicas"}]
  },
  {"filename": "", "namespace": "other", "successes": 1}
]"#;
    let result = generate(&answer(json, 1));
    assert_eq!(result.code, Some(1));
    assert!(result.stderr.contains(IMAGE), "{}", result.stderr);
    for line in [
        "environment.yaml:4:31: error: no owner; ",
        "environment.yaml:4:31: warning: few replicas; ",
    ] {
        assert!(result.stderr.contains(line), "{}", result.stderr);
    }
    let right = r#"[{"filename": "", "namespace": "main", "successes": 4}]"#;
    let result = generate(&answer(right, 0));
    assert_eq!(result.code, Some(0), "{}", result.stderr);
}

#[test]
fn a_program_reads_what_is_written_without_secrets() {
    let sandbox = answer("[]", 0);
    let result = generate(&sandbox);
    assert_eq!(result.code, Some(0), "{}", result.stderr);
    let read = sandbox.read("objects.yaml");
    let (stdout, read_lines): (Vec<_>, Vec<_>) =
        (result.stdout.lines().collect(), read.lines().collect());
    assert_eq!(stdout.len(), read_lines.len());
    let different: Vec<_> = stdout
        .iter()
        .zip(&read_lines)
        .filter(|(a, b)| a != b)
        .collect();
    assert!(!different.is_empty(), "{read}");
    for (_, line) in different {
        assert!(
            line.contains("KioqKioqKio=") || line.contains("********"),
            "{line}"
        );
    }

    environment(
        &sandbox,
        "cmd: [sh, check.sh], name: company, showSecrets: true",
    );
    let result = generate(&sandbox);
    assert_eq!(sandbox.read("objects.yaml"), result.stdout);
}

#[test]
fn secrets_are_masked_in_keys_and_numbers_too() {
    let sandbox = answer("[]", 0);
    let score = SCORE.replace("db.url", "own.n").replace("db:", "own:");
    sandbox.write("score.yaml", score.replace("postgres", "own"));
    sandbox.write(
        "environments/prod/own.provisioners.yaml",
        r#"- uri: template://example/own
  type: own
  state: |
    digits: "{{ randNumeric 12 }}"
    password: "a<b>&c/d"
  outputs: |
    n: none
  manifests: |
    - apiVersion: example.com/v1
      kind: Own
      metadata: {name: own}
      spec:
        number: 7{{ .State.digits }}
        fraction: 7{{ .State.digits }}.5
        port: 5432
        k{{ .State.digits }}: {json: '{{ toJson .State.password }}', url: 'x://{{ urlquery .State.password }}@db'}
"#,
    );
    let result = generate(&sandbox);
    assert_eq!(result.code, Some(0), "{}", result.stderr);
    let read = sandbox.read("objects.yaml");
    let masked = r#"spec:
  number: "********"
  fraction: "********"
  port: 5432
  k********:
    json: "\"********\""
    url: x://********@db
"#;
    assert!(read.contains(masked), "{read}");
}

#[test]
fn what_a_program_says_has_no_secrets() {
    let script =
        "cat > objects.yaml; sed -n 's/^  password: //p' objects.yaml | base64 -d >&2; echo '[]'\n";
    let sandbox = project(script);
    let policy = "cmd: [sh, check.sh], name: company, showSecrets: true";
    environment(&sandbox, policy);
    let result = generate(&sandbox);
    assert_eq!(result.code, Some(0), "{}", result.stderr);
    assert!(result.stderr.contains("********\n"), "{}", result.stderr);
}

#[test]
fn a_program_that_gives_no_findings_is_an_error() {
    for (script, why) in [
        ("echo hello", "the output of its program is not JSON: "),
        ("true", "its program printed nothing"),
        ("echo '{}'", "its program printed a mapping"),
        ("echo '[1]'", "its program printed a list with a number"),
        ("echo '[{}]'", "a finding of its program has no `message`"),
        (
            "echo '[{\"message\": \" \"}]'",
            "`message` of a finding of its program is empty",
        ),
        (
            "echo '[{\"message\": 1}]'",
            "must be a string, this is a number",
        ),
        (
            "echo '[{\"mesage\": \"a\"}]'",
            "has an unknown key `mesage`; did you mean `message`?",
        ),
        (
            "echo '[{\"message\": \"a\", \"severity\": \"eror\"}]'",
            "is not known; did you mean `error`?",
        ),
        (
            "echo '[{\"message\": \"a\", \"policy\": \"a b\"}]'",
            "is not a valid name",
        ),
        (
            "echo '[{\"message\": \"a\", \"object\": \"Deployment/orders\", \"field\": \"a[\"}]'",
            "is not a path",
        ),
        (
            "echo '[{\"filename\": \"\", \"failures\": 1}]'",
            "its program printed a number in `failures`",
        ),
        (
            "echo '[]'; echo broken >&2; exit 2",
            "ended with exit status 2; its standard error: broken",
        ),
        (
            "echo '[{}]'; exit 1",
            "a finding of its program has no `message`",
        ),
        (
            "exit 3",
            "ended with exit status 3; its standard error is empty",
        ),
    ] {
        let result = generate(&project(script));
        let start = "environments/prod/environment.yaml:4:9: error: the policy `company` cannot be evaluated: ";
        assert_eq!(result.code, Some(1), "{script}");
        assert!(
            result.stderr.starts_with(start),
            "{script}: {}",
            result.stderr
        );
        assert!(result.stderr.contains(why), "{script}: {}", result.stderr);
        assert!(
            result.stderr.contains("[command-failed]"),
            "{}",
            result.stderr
        );
    }
}

#[test]
fn a_program_that_does_not_exist_or_end_is_an_error() {
    let sandbox = project("sleep 300");
    let result = run(&sandbox, &["generate", "-o", "-", "--command-timeout", "1"]);
    let why = "its program ran longer than 1 s and was stopped; make sure that the program can run";
    assert!(result.stderr.contains(why), "{}", result.stderr);
    environment(&sandbox, "cmd: [no-such-program], name: company");
    let result = generate(&sandbox);
    let why = "the program `no-such-program` or the interpreter in its first line does not exist; install the program, or correct `cmd` [command-failed]";
    assert!(result.stderr.contains(why), "{}", result.stderr);
}

#[test]
fn the_path_of_a_program_begins_at_the_environment() {
    let sandbox = project("");
    sandbox.write_executable(
        "platform/check",
        "#!/bin/sh\npwd > here\necho '[{\"message\": \"wrong\"}]'\n",
    );
    environment(&sandbox, "cmd: [../../platform/check], name: company");
    let extends = "extends: ../environments/prod\n";
    sandbox.write("team/environment.yaml", extends);
    for environment in ["prod", "./team"] {
        let result = run_in(&sandbox, environment, &["generate", "-o", "-"]);
        assert!(result.stderr.contains("wrong"), "{}", result.stderr);
        // It runs where score-rs does.
        let here = std::fs::canonicalize(sandbox.path(".")).unwrap();
        assert_eq!(sandbox.read("here").trim(), here.display().to_string());
    }
}

#[test]
fn validation_runs_no_program_and_says_so() {
    let sandbox = project("touch ran; echo '[{\"message\": \"wrong\"}]'");
    let comment = "  # score-rs: allow policy/company because of the move in May\n  main:";
    sandbox.write("score.yaml", SCORE.replace("  main:", comment));
    let result = run(&sandbox, &["validate"]);
    assert_eq!(result.code, Some(0), "{}", result.stdout);
    let note = "environments/prod/environment.yaml:4:31: note: the policy `company` is not asked: `validate` runs no programs; run `generate` or `diff` to ask it [policy-not-decided]\n";
    assert_eq!(result.stdout, note);
    assert!(!sandbox.path("ran").exists());
}

#[test]
fn an_exception_is_for_findings_of_programs_too() {
    let json = r#"[{"message": "no tag", "policy": "tags", "object": "Deployment/orders", "field": "spec.template.spec.containers[0].image"}]"#;
    let sandbox = answer(json, 1);
    let comment = "    # score-rs: allow policy/tags because it moves in May\n    image";
    sandbox.write("score.yaml", SCORE.replace("    image", comment));
    let result = generate(&sandbox);
    assert_eq!(result.code, Some(0), "{}", result.stderr);
    assert!(
        result
            .stderr
            .contains("excepted from the policy `tags`: it moves in May"),
        "{}",
        result.stderr
    );

    // One that is not needed any more.
    let sandbox = answer("[]", 0);
    let comment = "  # score-rs: allow policy/company because it moves in May\n  main:";
    sandbox.write("score.yaml", SCORE.replace("  main:", comment));
    let result = generate(&sandbox);
    assert!(
        result
            .stderr
            .contains("the policy `company` refuses nothing here"),
        "{}",
        result.stderr
    );
}

#[test]
fn mistakes_in_the_item_have_their_place() {
    for (item, expected) in [
        ("cmd: [], name: a", "4:9: error: `cmd` has no program"),
        (
            "cmd: [sh, check.sh]",
            "4:4: error: a policy by a program needs the key `name`; add `name: NAME` here",
        ),
        (
            "cmd: [sh, check.sh], name: a b",
            "4:31: error: `a b` is not a valid name of a policy; use letters",
        ),
        (
            "cmd: 'https://example.com/check', name: a",
            "error: `cmd` must be a list",
        ),
        (
            "cmd: ['https://example.com/check'], name: a",
            "4:10: error: `https://example.com/check` is not a program",
        ),
        ("cmd: [sh], nam: a", "did you mean `name`?"),
        (
            "cmd: [sh, check.sh], name: a, showSecrets: 1",
            "error: `showSecrets` must be",
        ),
        (
            "cmd: [sh, check.sh], name: a}\n- {cmd: [sh, check.sh], name: a",
            "5:31: error: two policies have the name `a`",
        ),
    ] {
        let sandbox = project("echo '[]'");
        environment(&sandbox, item);
        let result = generate(&sandbox);
        assert_eq!(result.code, Some(1), "{item}: {}", result.stderr);
        assert!(
            result.stderr.contains(expected),
            "{item}: {}",
            result.stderr
        );
    }
}

#[test]
fn environments_show_lists_a_program() {
    let sandbox = project("");
    let result = sandbox.run(&["environments", "show", "prod"]);
    let line = result
        .stdout
        .lines()
        .find(|line| line.starts_with("policies[0]"));
    assert!(
        line.unwrap()
            .contains(r#"{"cmd":["sh","check.sh"],"name":"company"}"#),
        "{}",
        result.stdout
    );
}
