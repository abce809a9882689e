//! `score-rs provisioners lint`, and `validate` in a repository without Score files.

use crate::sandbox::{RunResult, Sandbox};

/// A whole definition with these lines after `type`.
fn definition(lines: &str) -> String {
    format!("- uri: template://example/mail\n  type: mail\n  description: Mail.\n{lines}")
}

fn lint(text: &str) -> RunResult {
    let sandbox = Sandbox::with_files(&[("own.provisioners.yaml", text)]);
    sandbox.run(&["provisioners", "lint", "--format", "short"])
}

/// The lines and rules that are reported.
fn found(result: &RunResult) -> Vec<String> {
    let problem = |line: &str| {
        let at = line
            .strip_prefix("own.provisioners.yaml:")?
            .split(':')
            .next()?;
        let rule = line.rsplit_once('[')?.1.strip_suffix(']')?;
        Some(format!("{at} {rule}"))
    };
    result.stdout.lines().filter_map(problem).collect()
}

#[test]
fn mistakes_of_definitions_are_found_at_their_line() {
    let mistakes: [(&str, &str); 26] = [
        // A param that is misspelled in the list, one that nothing reads, and some that are not listed.
        (
            "  supported_params: [sise]\n  outputs: |\n    a: {{ .Params.size }}\n",
            "4 unread-param",
        ),
        (
            "  supported_params: [size, region]\n  outputs: |\n    a: {{ .Params.size }}\n",
            "4 unread-param",
        ),
        (
            "  supported_params: []\n  outputs: |\n    a: {{ .Params.size }}\n",
            "6 unlisted-param",
        ),
        (
            "  supported_params: []\n  init: |\n    {{ $p := .Params }}\n    a: {{ index $p \"size\" }}\n",
            "7 unlisted-param",
        ),
        (
            "  supported_params: []\n  outputs: |\n    {{- with .Params }}\n    a: {{ .size }}\n    {{- end }}\n",
            "7 unlisted-param",
        ),
        // Outputs.
        (
            "  expected_outputs: [host, port]\n  outputs: |\n    host: a\n",
            "4 missing-output",
        ),
        (
            "  expected_outputs: [hots]\n  outputs: |\n    host: a\n",
            "4 missing-output",
        ),
        ("  expected_outputs: [host]\n", "4 missing-output"),
        (
            "  expected_outputs: [host]\n  outputs: |\n    host: a\n    port: 1\n",
            "7 unlisted-output",
        ),
        // Random values.
        (
            "  outputs: |\n    id: {{ randAlphaNum 8 }}\n",
            "5 unstored-random",
        ),
        (
            "  init: |\n    word: {{ randAlphaNum 8 }}\n  services: |\n    mail:\n      image: a\n      command: [\"{{ .Init.word }}\"]\n",
            "9 unstored-random",
        ),
        (
            "  manifests: |\n    - apiVersion: v1\n      kind: Secret\n      metadata: {name: a}\n      stringData:\n        word: {{ uuidv4 }}\n",
            "9 unstored-random",
        ),
        // Passwords.
        ("  outputs: |\n    password: changeme\n", "5 plain-password"),
        (
            "  services: |\n    mail:\n      image: a\n      environment:\n        MAIL_PASSWORD: changeme\n",
            "8 plain-password",
        ),
        (
            "  manifests: |\n    - apiVersion: v1\n      kind: Pod\n      metadata: {name: a}\n      spec:\n        containers:\n          - name: a\n            env:\n              - name: MAIL_PASSWORD\n                value: changeme\n",
            "13 plain-password",
        ),
        (
            "  state: |\n    password: {{ dig \"password\" (randAlphaNum 8) .State }}\n  outputs: |\n    password: {{ .State.password | quote }}\n  manifests: |\n    - {apiVersion: v1, kind: ConfigMap, metadata: {name: a}}\n",
            "7 plain-password",
        ),
        // Objects.
        (
            "  manifests: |\n    - apiVersion: extensions/v1beta1\n      kind: Ingress\n      metadata:\n        name: a\n",
            "5 removed-api-version",
        ),
        (
            "  manifests: |\n    - kind: CronJob\n      apiVersion: batch/v1beta1\n      metadata:\n        name: a\n",
            "6 removed-api-version",
        ),
        (
            "  manifests: |\n    - apiVersion: v1\n      kind: Service\n      metadata:\n        name: mail-{{ .Id | replace \".\" \"-\" }}\n",
            "8 long-name",
        ),
        (
            "  init: |\n    name: {{ printf \"mail-%s\" .SourceWorkload }}\n  manifests: |\n    - apiVersion: v1\n      kind: Service\n      metadata:\n        labels: {a: b}\n        name: {{ .Init.name }}\n",
            "5 long-name",
        ),
        // What cannot be read.
        (
            "  outputs: |\n    {{- if .Params.a }}\n    a: 1\n",
            "5 template-error",
        ),
        (
            "  outputs: |\n    a: {{ .Params.a | defualt 1 }}\n",
            "5 template-error",
        ),
        ("  supported_param: [a]\n", "4 unknown-key"),
        ("  outputs:\n    host: a\n", "5 wrong-type"),
        ("  expected_outputs: host\n", "4 wrong-type"),
        ("  args: [a]\n", "4 unknown-key"),
    ];
    for (lines, expected) in mistakes {
        let result = lint(&definition(lines));
        assert_eq!(found(&result), [expected], "{lines}{}", result.stdout);
    }
}

#[test]
fn a_definition_without_a_description_is_a_note() {
    let result = lint("- uri: template://example/mail\n  type: mail\n");
    assert_eq!(result.code, Some(0));
    assert_eq!(found(&result), ["1 missing-description"]);
    let engine = lint("- uri: templates://example/mail\n  type: mail\n  description: a\n");
    assert_eq!(engine.code, Some(1));
    assert_eq!(found(&engine), ["1 unknown-engine"]);
}

#[test]
fn a_type_for_one_target_is_a_note_beside_types_for_both() {
    let text = definition(
        "  services: |\n    a: {image: a}\n  manifests: |\n    - {apiVersion: v1, kind: ConfigMap, metadata: {name: a}}\n",
    ) + "- uri: template://example/search\n  type: search\n  description: Search.\n  services: |\n    a: {image: a}\n";
    assert_eq!(found(&lint(&text)), ["8 one-target-definition"]);
    let builtin = text.replace("type: search", "type: redis");
    assert_eq!(found(&lint(&builtin)), [""; 0]);
}

#[test]
fn right_definitions_are_not_complained_of() {
    let right = [
        // Params: all at once, by a function of definitions, by a named template.
        "  supported_params: [a, b]\n  outputs: |\n    all: {{ .Params | toJson }}\n",
        "  supported_params: [image, version, cpu, memory]\n  services: |\n    a:\n      image: {{ image \"a:1\" \"\" }}\n      cpus: {{ cpu \"1\" }}\n      mem_limit: {{ memory \"1Gi\" }}\n",
        "  supported_params: [a]\n  outputs: |\n    {{ define \"x\" }}{{ .Params.a }}{{ end }}\n    a: {{ template \"x\" . }}\n",
        "  supported_params: [a, b]\n  outputs: |\n    {{- range $name := list \"a\" \"b\" }}\n    {{ $name }}: {{ get $.Params $name }}\n    {{- end }}\n",
        // Outputs in a loop, in branches, and as a mapping.
        "  expected_outputs: [a, b]\n  outputs: |\n    {{- range list \"a\" \"b\" }}\n    {{ . }}: 1\n    {{- end }}\n",
        "  expected_outputs: [a]\n  outputs: |\n    {{- if .Params.b }}\n    a: 1\n    {{- else }}\n    a: 2\n    {{- end }}\n",
        "  expected_outputs: [a, b]\n  outputs: |\n    {\"a\": 1, \"b\": 2}\n",
        // A random value in the state, and in the state of all resources.
        "  init: |\n    password: {{ randAlphaNum 8 }}\n  state: |\n    password: {{ dig \"password\" .Init.password .State }}\n  shared: |\n    name: {{ dig \"name\" (randAlpha 8) .Shared }}\n  outputs: |\n    password: {{ .State.password }}\n",
        // References to Secrets, files with passwords, flags.
        "  outputs: |\n    password: {{ encodeSecretRef .Guid \"password\" }}\n  manifests: |\n    - apiVersion: v1\n      kind: Pod\n      metadata:\n        name: {{ .Guid }}\n      spec:\n        automountServiceAccountToken: false\n        containers:\n          - name: a\n            env:\n              - name: MAIL_PASSWORD_FILE\n                value: /run/secrets/password\n              - name: MAIL_PASSWORD\n                valueFrom:\n                  secretKeyRef:\n                    name: mail\n                    key: password\n",
        // A name that is cut, and one of a kind with long names.
        "  init: |\n    name: {{ printf \"mail-%s\" (.Id | replace \".\" \"-\" | trunc 50) }}\n  manifests: |\n    - apiVersion: v1\n      kind: Service\n      metadata:\n        name: {{ .Init.name }}\n    - apiVersion: v1\n      kind: ConfigMap\n      metadata:\n        name: mail-{{ .Id }}\n",
        // Programs and variables have no templates.
        "  manifests: |\n    - apiVersion: networking.k8s.io/v1\n      kind: Ingress\n      metadata:\n        name: a\n    - apiVersion: example.com/v1alpha1\n      kind: Queue\n      metadata:\n        name: a\n",
    ];
    for lines in right {
        let result = lint(&definition(lines));
        assert_eq!(
            (result.code, found(&result)),
            (Some(0), Vec::new()),
            "{lines}{}",
            result.stdout
        );
    }
}

#[test]
fn a_rule_is_silenced_by_a_comment_or_the_project() {
    let lines = "  supported_params: [size] # score-rs: allow unread-param\n";
    assert_eq!(found(&lint(&definition(lines))), [""; 0]);
    let sandbox = Sandbox::with_files(&[
        (
            "own.provisioners.yaml",
            &definition("  supported_params: [size]\n"),
        ),
        ("score-rs.yaml", "rules: {unread-param: deny}\n"),
    ]);
    let denied = sandbox.run(&["provisioners", "lint"]);
    assert_eq!(denied.code, Some(1));
    let allowed = sandbox.run(&["provisioners", "lint", "--allow", "unread-param"]);
    assert_eq!((allowed.code, allowed.stdout.as_str()), (Some(0), ""));
    assert_eq!(allowed.stderr, "1 file of definitions checked\n");
}

#[test]
fn mistakes_of_rendered_text_are_found_by_tests() {
    let tests = "tests:\n- name: a size\n  resource: {type: mail, params: {size: 1}}\n  expect: {outputs: {size: 1}}\n";
    for (lines, message) in [
        (
            "  outputs: |\n    {{- if .Params.size }}\n    size: [{{ .Params.size }}\n    {{- end }}\n",
            "section-syntax",
        ),
        (
            "  outputs: |\n    {{- with .Params }}\n    size: {{ .Params.size }}\n    {{- end }}\n",
            "`outputs.size` is `\"<no value>\"`, not `1`",
        ),
        (
            "  outputs: |\n    size: {{ .Params.size | quote }}\n",
            "`outputs.size` is `\"1\"`, not `1`",
        ),
    ] {
        let sandbox = Sandbox::with_files(&[
            ("own.provisioners.yaml", &definition(lines)),
            ("own.test.yaml", tests),
        ]);
        let result = sandbox.run(&["provisioners", "test", "--message-format", "short"]);
        assert_eq!(result.code, Some(1), "{lines}");
        assert!(result.stderr.contains(message), "{lines}{}", result.stderr);
    }
}

#[test]
fn a_repository_without_score_files_is_validated_by_itself() {
    let sandbox = Sandbox::with_files(&[
        (
            "environments/prod/environment.yaml",
            "target: kubernetes\nprovisioners: [own.provisioners.yaml, builtin]\npatches:\n- target: {kind: Deployment}\n  merge: {spec: {replicas: 2}}\n",
        ),
        (
            "environments/prod/own.provisioners.yaml",
            &definition("  expected_outputs: [host]\n  outputs: |\n    host: a\n"),
        ),
    ]);
    let right = sandbox.run(&["validate"]);
    assert_eq!(
        (right.code, right.stdout.as_str()),
        (Some(0), ""),
        "{}",
        right.stderr
    );
    assert_eq!(
        right.stderr,
        "no Score files; 1 definitions file and 1 environment are valid\n"
    );
    sandbox.write(
        "environments/prod/own.provisioners.yaml",
        definition("  expected_outputs: [hots]\n  outputs: |\n    host: {{ .Params.a\n"),
    );
    let wrong = sandbox.run(&["validate", "--env", "prod", "--format", "short"]);
    assert_eq!(wrong.code, Some(1));
    assert!(
        wrong.stdout.contains("[template-error]"),
        "{}",
        wrong.stdout
    );
    sandbox.write(
        "environments/prod/environment.yaml",
        "target: kubernetes\npatchs: []\n",
    );
    let environment = sandbox.run(&["validate", "--format", "short"]);
    assert!(
        environment.stdout.contains("[unknown-key]"),
        "{}",
        environment.stdout
    );
    assert_eq!(Sandbox::new().run(&["validate"]).code, Some(2));
}

#[test]
fn objects_without_a_schema_are_noted_where_an_environment_has_schemas() {
    let schema = "apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata: {name: queues.example.com}
spec:
  group: example.com
  scope: Namespaced
  names: {kind: Queue, plural: queues}
  versions:
  - name: v1
    served: true
    storage: true
    schema: {openAPIV3Schema: {type: object}}
";
    let object = |kind: &str| {
        format!(
            "    - apiVersion: example.com/v1\n      kind: {kind}\n      metadata:\n        name: a\n"
        )
    };
    let objects = object("Queue") + &object("Queu");
    let sandbox = Sandbox::with_files(&[
        (
            "environments/prod/environment.yaml",
            "target: kubernetes\nprovisioners: [own.provisioners.yaml]\nschemas: [queues.yaml]\n",
        ),
        ("environments/prod/queues.yaml", schema),
        (
            "environments/prod/own.provisioners.yaml",
            &definition(&format!("  manifests: |\n{objects}")),
        ),
    ]);
    let result = sandbox.run(&["validate", "--format", "short"]);
    assert_eq!(result.code, Some(0), "{}", result.stdout);
    assert_eq!(
        result.stdout,
        "environments/prod/own.provisioners.yaml:10:13: note: no schema describes `Queu` of \
         `example.com/v1`, so its fields are not checked; did you mean the kind `Queue`? \
         [unchecked-kind]\n"
    );
}

#[test]
fn the_definitions_of_this_repository_have_no_findings() {
    for path in [
        "crates/compiler/src/targets",
        "examples/platform",
        "examples/production",
    ] {
        let root = env!("CARGO_MANIFEST_DIR");
        let result = Sandbox::new().run(&["-C", root, "provisioners", "lint", path]);
        assert_eq!(
            (result.code, result.stdout.as_str()),
            (Some(0), ""),
            "{path}"
        );
    }
}
