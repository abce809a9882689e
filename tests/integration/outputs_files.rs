//! `outputs://` definitions: outputs of another program, read from a file.

use crate::sandbox::{RunResult, Sandbox};

const SCORE: &str = "\
apiVersion: score.dev/v1b1
metadata: {name: shop}
containers:
  main:
    image: example.com/shop:1
    variables:
      HOST: ${resources.db.host}
      PORT: ${resources.db.port}
      REPLICA: ${resources.db.replicas.first}
      URL: ${resources.db.url}
resources:
  db: {type: postgres, id: orders}
";

const DEFINITION: &str = "\
- uri: outputs://example/db
  type: postgres
  source: |
    file: terraform/{{ .Environment.Name }}.json
    secretRef:
      orders_url: {name: orders-db, key: url}
  init: |
    host: {{ output (printf \"%s_host\" .Id) }}
  outputs: |
    host: {{ .Init.host }}
    port: {{ output \"port\" }}
    replicas: {{ output \"replicas\" | toJson }}
    url: {{ output \"orders_url\" }}
";

/// As `terraform output -json` writes it.
const TERRAFORM: &str = r#"{
  "orders_host": {"sensitive": false, "type": "string", "value": "orders.example.com"},
  "orders_url": {"sensitive": true, "type": "string", "value": "postgres://app:Xk29fjQ8@db"},
  "port": {"sensitive": false, "type": "number", "value": 5432},
  "replicas": {"sensitive": false, "type": ["map", "string"], "value": {"first": "r1"}}
}
"#;

fn generate(sandbox: &Sandbox, environment: &str, more: &[&str]) -> RunResult {
    let arguments = ["generate", "--env", environment, "-o", "-"];
    let result = sandbox.run(&[&arguments, more].concat());
    assert!(!result.stderr.contains("Xk29fjQ8"), "{}", result.stderr);
    assert!(!result.stdout.contains("Xk29fjQ8"), "{}", result.stdout);
    result
}

#[test]
fn outputs_come_from_the_file_of_the_environment_beside_the_definition() {
    let sandbox = Sandbox::with_files(&[
        ("score.yaml", SCORE),
        ("platform/db.provisioners.yaml", DEFINITION),
        ("platform/terraform/kubernetes.json", TERRAFORM),
    ]);
    let flag = ["--provisioners", "platform/db.provisioners.yaml"];
    let result = generate(&sandbox, "kubernetes", &flag);
    assert_eq!(result.code, Some(0), "{}", result.stderr);
    let variables = "
        - name: HOST
          value: orders.example.com
        - name: PORT
          value: \"5432\"
        - name: REPLICA
          value: r1
        - name: URL
          valueFrom:
            secretKeyRef:
              name: orders-db
              key: url
";
    assert!(result.stdout.contains(variables), "{}", result.stdout);
}

#[test]
fn a_definition_without_outputs_gives_all_of_any_yaml_file_on_both_targets() {
    let plain = "host: db.example.com\nport: 5432\nreplicas: {first: r1}\nurl: postgres://db\n";
    let sandbox = Sandbox::with_files(&[
        ("score.yaml", SCORE),
        (
            "db.provisioners.yaml",
            "- uri: outputs://example/db\n  type: postgres\n  source: 'file: db.yaml'\n",
        ),
        ("db.yaml", plain),
    ]);
    for (environment, first, second) in [
        (
            "kubernetes",
            "name: HOST\n          value: db.example.com",
            "value: \"5432\"",
        ),
        ("compose", "HOST: db.example.com", "PORT: \"5432\""),
    ] {
        let flag = ["--provisioners", "db.provisioners.yaml"];
        let result = generate(&sandbox, environment, &flag);
        assert_eq!(result.code, Some(0), "{}", result.stderr);
        for text in [first, second, "postgres://db"] {
            assert!(result.stdout.contains(text), "{text}: {}", result.stdout);
        }
    }
}

#[test]
fn the_reason_of_an_output_is_the_line_of_its_file() {
    let sandbox = Sandbox::with_files(&[
        ("score.yaml", SCORE),
        (
            "environments/prod/environment.yaml",
            "target: kubernetes\nproject: shop\n",
        ),
        (
            "environments/prod/db.provisioners.yaml",
            "- uri: outputs://example/db\n  type: postgres\n  source: 'file: db.yaml'\n",
        ),
        (
            "environments/prod/db.yaml",
            "port: 5432\nhost: db.example.com\nreplicas: {first: r1}\nurl: db\n",
        ),
    ]);
    let path = ".spec.template.spec.containers[0].env[0].value";
    let result = sandbox.run(&["why", "Deployment/shop", path, "-e", "prod"]);
    assert_eq!(result.code, Some(0), "{}", result.stderr);
    for text in ["environments/prod/db.yaml:2:", "`outputs` of"] {
        assert!(result.stdout.contains(text), "{}", result.stdout);
    }
}

#[test]
fn a_sensitive_output_that_nothing_uses_is_no_error() {
    let sandbox = Sandbox::with_files(&[
        (
            "score.yaml",
            &SCORE.replace("      URL: ${resources.db.url}\n", ""),
        ),
        (
            "db.provisioners.yaml",
            "- uri: outputs://example/db\n  type: postgres\n  source: 'file: db.json'\n",
        ),
        (
            "db.json",
            &TERRAFORM
                .replace("orders_host", "host")
                .replace("orders_url", "url"),
        ),
    ]);
    let flag = ["--provisioners", "db.provisioners.yaml"];
    let result = generate(&sandbox, "kubernetes", &flag);
    assert_eq!(result.code, Some(0), "{}", result.stderr);
}

#[test]
fn files_outside_the_project_need_the_flag() {
    let sandbox = Sandbox::with_files(&[
        ("project/score.yaml", SCORE),
        (
            "project/db.provisioners.yaml",
            &DEFINITION.replace("file: ", "file: ../"),
        ),
        ("terraform/kubernetes.json", TERRAFORM),
    ]);
    let project = sandbox.path("project");
    let run = |more: &[&str]| {
        let flags = ["--provisioners", "db.provisioners.yaml", "-C"];
        let flags = [&flags[..], &[project.to_str().unwrap()], more].concat();
        generate(&sandbox, "kubernetes", &flags)
    };
    let refused = run(&[]);
    assert!(
        refused.stderr.contains("[outside-project]"),
        "{}",
        refused.stderr
    );
    let allowed = run(&["--allow-outside"]);
    assert_eq!(allowed.code, Some(0), "{}", allowed.stderr);
}

#[test]
fn a_file_that_cannot_be_read_shows_no_line_of_it() {
    let sandbox = Sandbox::with_files(&[
        ("score.yaml", SCORE),
        ("db.provisioners.yaml", DEFINITION),
        (
            "terraform/kubernetes.json",
            &TERRAFORM.replace("@db\"}", "@db\""),
        ),
    ]);
    let flag = ["--provisioners", "db.provisioners.yaml"];
    let result = generate(&sandbox, "kubernetes", &flag);
    assert_eq!(result.code, Some(1), "{}", result.stderr);
    assert!(
        result.stderr.contains("terraform/kubernetes.json:"),
        "{}",
        result.stderr
    );
}

#[test]
fn a_null_and_a_directory_are_named_as_what_they_are() {
    let score = SCORE.replace("      PORT: ${resources.db.port}\n", "");
    let score = score.replace("      REPLICA: ${resources.db.replicas.first}\n", "");
    let definition = "- uri: outputs://example/db\n  type: postgres\n  source: 'file: FILE'\n  outputs: |\n    host: {{ output \"host\" }}\n    url: {{ output \"host\" | default \"x\" }}\n";
    for (file, message) in [
        (
            "db.json",
            "the name does not exist or is null; correct the name, or set a default",
        ),
        (".", "`.` cannot be read: it is a directory"),
        ("./", "`.` cannot be read: it is a directory"),
    ] {
        let sandbox = Sandbox::with_files(&[
            ("score.yaml", &score),
            ("db.provisioners.yaml", &definition.replace("FILE", file)),
            ("db.json", "{\"host\": null}"),
        ]);
        let flags = [
            "--provisioners",
            "db.provisioners.yaml",
            "--message-format",
            "short",
        ];
        let result = generate(&sandbox, "kubernetes", &flags);
        assert!(result.stderr.contains(message), "{}", result.stderr);
    }
}
