//! Objects of kinds that `schemas` of an environment describes.

use crate::sandbox::{RunResult, Sandbox};

const SCORE: &str = "apiVersion: score.dev/v1b1
metadata: {name: shop}
containers:
  main: {image: example.com/shop:1}
resources:
  jobs: {type: queue}
";

fn queue(spec: &str) -> String {
    format!(
        "- uri: template://queue
  type: queue
  manifests: |
    - apiVersion: example.com/v1
      kind: Queue
      metadata:
        name: {{{{ .SourceWorkload }}}}
      spec: {spec}
"
    )
}

fn crd(group: &str, scope: &str) -> String {
    format!(
        "apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata: {{name: queues.{group}}}
spec:
  group: {group}
  scope: {scope}
  names: {{kind: Queue, plural: queues}}
  versions:
  - name: v1
    served: true
    storage: true
    schema:
      openAPIV3Schema:
        type: object
        properties:
          spec:
            type: object
            required: [size]
            properties:
              size: {{type: integer, maximum: 9}}
              mode: {{type: string, enum: [fast, safe]}}
"
    )
}

fn project(environment: &str, spec: &str) -> Sandbox {
    let sandbox = Sandbox::new();
    sandbox.write("score.yaml", SCORE);
    sandbox.write("environments/prod/environment.yaml", environment);
    sandbox.write("environments/prod/queue.provisioners.yaml", queue(spec));
    sandbox.write(
        "environments/prod/crds/queue.yaml",
        crd("example.com", "Cluster"),
    );
    sandbox
}

const ENVIRONMENT: &str = "target: kubernetes\nnamespace: shop\nschemas: [crds]\n";

fn generate(sandbox: &Sandbox) -> RunResult {
    sandbox.run(&[
        "generate",
        "-e",
        "prod",
        "--message-format",
        "short",
        "-o",
        "-",
    ])
}

#[test]
fn an_object_has_the_fields_of_its_schema() {
    let right = generate(&project(ENVIRONMENT, "{size: 5}"));
    assert_eq!(right.code, Some(0), "{}", right.stderr);
    assert!(!right.stderr.contains("unchecked-kind"), "{}", right.stderr);
    // The scope of the schema says that it has no namespace.
    let object = right
        .stdout
        .split("---\n")
        .find(|text| text.contains("kind: Queue"));
    assert!(
        object.is_some_and(|text| !text.contains("namespace:")),
        "{}",
        right.stdout
    );

    let wrong = generate(&project(ENVIRONMENT, "{size: 50, mod: fast}"));
    assert_eq!(wrong.code, Some(1));
    for expected in [
        "queue.provisioners.yaml:8:20: error: the API server refuses this Queue: `spec.size` is 50, and has to be at most 9",
        "queue.provisioners.yaml:8:24: error: the API server refuses this Queue: `spec.mod` is not a field of the schema; did you mean `mode`?",
    ] {
        assert!(wrong.stderr.contains(expected), "{}", wrong.stderr);
    }
    let without = generate(&project("target: kubernetes\n", "{size: 50, mod: fast}"));
    assert_eq!(without.code, Some(0), "{}", without.stderr);
}

#[test]
fn patches_are_checked_too() {
    let environment = format!("{ENVIRONMENT}patches: [big.tpl]\n");
    let sandbox = project(&environment, "{size: 5}");
    let patch = "{{ range $i, $m := .Manifests }}{{ if eq $m.kind \"Queue\" }}\n- op: set\n  path: {{ $i }}.spec.size\n  value: 50\n{{ end }}{{ end }}\n";
    sandbox.write("environments/prod/big.tpl", patch);
    let result = generate(&sandbox);
    assert_eq!(result.code, Some(1));
    let expected = "environments/prod/big.tpl:";
    let line = result
        .stderr
        .lines()
        .find(|line| line.starts_with(expected));
    assert!(
        line.is_some_and(|line| line.contains("`spec.size` is 50, and has to be at most 9")),
        "{}",
        result.stderr
    );
}

#[test]
fn schemas_are_read_once_from_files_directories_and_extended_environments() {
    let sandbox = project(
        "extends: base\nschemas: [crds/queue.yaml, more.yml]\n",
        "{size: 5}",
    );
    sandbox.write(
        "environments/base/environment.yaml",
        "target: kubernetes\nschemas: [../prod/crds]\n",
    );
    sandbox.write(
        "environments/prod/more.yml",
        crd("example.org", "Namespaced"),
    );
    let result = generate(&sandbox);
    assert_eq!(result.code, Some(0), "{}", result.stderr);
    let shown = sandbox.run(&["environments", "show", "prod"]);
    for expected in [
        "schemas[0]",
        "environments/prod/crds/queue.yaml",
        "environments/base/environment.yaml:2",
        "schemas[1]",
        "environments/prod/more.yml",
        "environments/prod/environment.yaml:2",
    ] {
        assert!(
            shown.stdout.contains(expected),
            "{expected}: {}",
            shown.stdout
        );
    }
    sandbox.write(
        "environments/prod/more.yml",
        crd("example.com", "Namespaced"),
    );
    let result = sandbox.run(&["validate", "-e", "prod", "--message-format", "short"]);
    assert_eq!(result.code, Some(1));
    let expected = "more.yml:7:17: error: `Queue` of `example.com` has two schemas";
    let output = format!("{}{}", result.stdout, result.stderr);
    assert!(output.contains(expected), "{output}");
}

#[test]
fn a_wrong_schema_or_file_is_an_error_of_validate() {
    for (environment, expected) in [
        (
            "target: kubernetes\nschemas: [crd]\n",
            "environment.yaml:2:11: error: there is no file `environments/prod/crd`",
        ),
        (
            "target: kubernetes\nschemas: [empty]\n",
            "environment.yaml:2:11: error: the directory `environments/prod/empty` has no `*.yaml`",
        ),
        ("target: kubernetes\nschemas: [typo.json]\n", "typo.json:1:"),
        (
            "target: kubernetes\nschemas: [queue.provisioners.yaml]\n",
            "queue.provisioners.yaml:1:1: error: this file has no schema of a kind",
        ),
        (
            "target: compose\nschemas: [crds]\n",
            "environment.yaml:2:1: error: `schemas` is for kubernetes, but this environment is for compose",
        ),
    ] {
        let sandbox = project(environment, "{size: 5}");
        sandbox.write("environments/prod/empty/readme.md", "");
        sandbox.write("environments/prod/typo.json", "{\"apiVersion\": \"apiextensions.k8s.io/v1\", \"kind\": \"CustomResourceDefinition\", \"sepc\": {}}");
        let result = sandbox.run(&["validate", "-e", "prod", "--message-format", "short"]);
        assert_eq!(result.code, Some(1), "{environment}: {}", result.stderr);
        let output = format!("{}{}", result.stdout, result.stderr);
        assert!(output.contains(expected), "{environment}: {output}");
    }
}

#[test]
fn a_kind_without_a_schema_is_noted_once() {
    let score = format!("{SCORE}  more: {{type: queue}}\n");
    let sandbox = project("target: kubernetes\nschemas: [other.yaml]\n", "{size: 50}");
    sandbox.write("score.yaml", &score);
    sandbox.write(
        "environments/prod/other.yaml",
        crd("example.co", "Namespaced"),
    );
    let result = generate(&sandbox);
    assert_eq!(result.code, Some(0), "{}", result.stderr);
    let notes: Vec<&str> = result
        .stderr
        .lines()
        .filter(|line| line.contains("[unchecked-kind]"))
        .collect();
    assert_eq!(notes.len(), 1, "{}", result.stderr);
    let expected = "queue.provisioners.yaml:5:13: note: no schema describes `Queue` of `example.com/v1`, so its fields are not checked";
    assert!(notes[0].contains(expected), "{}", notes[0]);
}

#[test]
fn what_a_built_in_definition_writes_needs_no_schema() {
    let sandbox = project("target: kubernetes\nschemas: [crd.yaml]\n", "{size: 5}");
    sandbox.write(
        "environments/prod/crd.yaml",
        crd("example.com", "Namespaced"),
    );
    let route = "  route: {type: route, params: {host: shop.example.com, port: 80}}\n";
    let service = "service: {ports: {web: {port: 80}}}\n";
    sandbox.write("score.yaml", format!("{SCORE}{route}{service}"));
    let result = generate(&sandbox);
    assert_eq!(result.code, Some(0), "{}", result.stderr);
    assert!(result.stdout.contains("kind: HTTPRoute"));
    assert!(
        !result.stderr.contains("unchecked-kind"),
        "{}",
        result.stderr
    );
}
