//! Kubernetes objects of definitions and of patch templates: their namespaces, and what is wrong
//! with them.

use crate::sandbox::{RunResult, Sandbox};

const SCORE: &str = "apiVersion: score.dev/v1b1
metadata: {name: shop}
service:
  ports:
    dns: {port: 53, protocol: UDP}
    web: {port: 80}
containers:
  main: {image: example.com/shop:1}
resources:
  store: {type: store}
";

/// A definition with a custom kind, a kind of the cluster, and a list.
const STORE: &str = "- uri: template://store
  type: store
  manifests: |
    - apiVersion: external-secrets.io/v1
      kind: ExternalSecret
      metadata: {name: store}
    - apiVersion: cert-manager.io/v1
      kind: ClusterIssuer
      metadata: {name: store}
    - apiVersion: v1
      kind: List
      items:
        - apiVersion: example.com/v1
          kind: Bucket
          metadata: {name: store}
        - apiVersion: v1
          kind: ConfigMap
          metadata: {name: store, namespace: other}
";

fn generate(score: &str, store: &str, patch: &str) -> RunResult {
    let sandbox = Sandbox::new();
    sandbox.write("score.yaml", score);
    sandbox.write("store.provisioners.yaml", store);
    sandbox.write("patch.tpl", patch);
    let arguments = "generate --env kubernetes -n prod --provisioners store.provisioners.yaml \
                     --patch patch.tpl --message-format short -o -";
    sandbox.run(&arguments.split_whitespace().collect::<Vec<_>>())
}

/// The kind, name and namespace of each object of an output.
fn namespaces(output: &str) -> Vec<String> {
    let documents = output.split("---\n").map(yaml::samples::read);
    let text = |value: Option<&diagnostics::value::Value>| {
        value
            .and_then(|value| value.as_str())
            .unwrap_or("-")
            .to_owned()
    };
    documents
        .map(|document| {
            let metadata = document.get("metadata").unwrap();
            let (name, namespace) = (metadata.get("name"), metadata.get("namespace"));
            format!(
                "{} {} {}",
                text(document.get("kind")),
                text(name),
                text(namespace)
            )
        })
        .collect()
}

#[test]
fn every_object_with_a_namespace_gets_it() {
    let patch = "- op: set
  path: '-1'
  value: {apiVersion: v1, kind: List, items: [{apiVersion: example.com/v1, kind: Queue, metadata: {name: a}}]}
- {op: set, path: '-1', value: {apiVersion: rbac.authorization.k8s.io/v1, kind: ClusterRole, metadata: {name: b}}}
";
    let result = generate(SCORE, STORE, patch);
    assert_eq!(result.code, Some(0), "{}", result.stderr);
    assert_eq!(
        namespaces(&result.stdout),
        [
            "ExternalSecret store prod",
            "ClusterIssuer store -",
            "Bucket store prod",
            "ConfigMap store other",
            "Service shop prod",
            "Deployment shop prod",
            "Queue a prod",
            "ClusterRole b -",
        ]
    );
}

#[test]
fn an_added_object_gets_the_labels_of_others() {
    let patch = "- op: set
  path: -1
  value: {apiVersion: v1, kind: List, items: [{apiVersion: example.com/v1, kind: Queue, metadata: {name: a}}]}
- op: set
  path: -1
  value:
    apiVersion: example.com/v1
    kind: Queue
    metadata: {name: b, labels: {team: x, app.kubernetes.io/managed-by: us}, annotations: {k8s.score.dev/workload-name: shop}}
- {op: set, path: -1.metadata.name, value: c}
- {op: set, path: 8.kind, value: Queue}
- {op: set, path: 8.apiVersion, value: example.com/v1}
";
    let result = generate(SCORE, STORE, patch);
    assert_eq!(result.code, Some(0), "{}", result.stderr);
    let queues: Vec<&str> = result.stdout.split("---\n").skip(6).collect();
    assert_eq!(
        queues,
        [
            "apiVersion: example.com/v1
kind: Queue
metadata:
  name: a
  namespace: prod
  labels:
    app.kubernetes.io/managed-by: score-rs
",
            "apiVersion: example.com/v1
kind: Queue
metadata:
  name: b
  namespace: prod
  labels:
    team: x
    app.kubernetes.io/managed-by: us
    app.kubernetes.io/name: shop
    app.kubernetes.io/instance: shop
  annotations:
    k8s.score.dev/workload-name: shop
",
            "apiVersion: example.com/v1
kind: Queue
metadata:
  name: c
  namespace: prod
  labels:
    app.kubernetes.io/managed-by: score-rs
",
        ]
    );
}

#[test]
fn what_patches_make_is_checked() {
    let patch = "{{ range $index, $object := .Manifests }}{{ if eq $object.kind \"Deployment\" }}
- {op: set, path: '{{ $index }}.spec.replicas', value: -1}
{{ end }}{{ end }}";
    let result = generate(SCORE, STORE, patch);
    assert_eq!(result.code, Some(1), "{}", result.stderr);
    assert_eq!(
        result.stderr.lines().next(),
        Some(
            "patch.tpl:2:56: error: the API server refuses this Deployment: `spec.replicas` is -1, and \
             has to be at least 0 (after the patches); fix the patch [invalid-manifest]"
        )
    );
}

#[test]
fn two_origins_cannot_have_the_same_object() {
    let other = STORE.replace("store\n", "other\n");
    let other = other.replace("{name: store}", "{name: store, labels: {a: b}}");
    let score = format!("{SCORE}  other: {{type: other}}\n");
    let result = generate(&score, &format!("{STORE}{other}"), "");
    assert_eq!(result.code, Some(1), "{}", result.stderr);
    let errors: Vec<&str> = result
        .stderr
        .lines()
        .filter(|line| line.contains("error:"))
        .collect();
    // They have several objects in common.
    assert_eq!(
        errors,
        [
            "score.yaml:10:3: error: the resource `other.default#shop.other` and the resource \
          `store.default#shop.store` would both create the ExternalSecret `store`; give one of them another \
          name; a definition can derive it from `.Guid` [name-collision]"
        ]
    );
}

#[test]
fn a_name_that_is_no_text_is_named_as_such() {
    let definition =
        |head: &str| format!("- uri: template://own\n  type: own\n  manifests: |\n    - {head}\n");
    for (head, expected) in [
        (
            "{apiVersion: v1, kind: ConfigMap, metadata: {name: 2048}}",
            "own.yaml:4:58: error: `metadata.name` must be a string, this is a number",
        ),
        (
            "{apiVersion: 1, kind: ConfigMap, metadata: {name: a}}",
            "own.yaml:4:20: error: `apiVersion` must be a string, this is a number",
        ),
        (
            "{apiVersion: v1, kind: [a], metadata: {name: a}}",
            "own.yaml:4:30: error: `kind` must be a string, this is a list",
        ),
    ] {
        let score = "apiVersion: score.dev/v1b1\nmetadata: {name: web}\ncontainers: {main: {image: a}}\nresources: {own: {type: own}}\n";
        let sandbox = crate::sandbox::Sandbox::with_files(&[
            ("score.yaml", score),
            ("own.yaml", &definition(head)),
        ]);
        let arguments = [
            "generate",
            "-e",
            "kubernetes",
            "-o",
            "-",
            "--message-format",
            "short",
            "--provisioners",
            "own.yaml",
        ];
        let result = sandbox.run(&arguments);
        assert!(result.stderr.contains(expected), "{result:?}");
    }
}

#[test]
fn ports_that_client_side_apply_confuses_are_a_warning() {
    let both = SCORE.replace("{port: 80}", "{port: 8053, targetPort: 53}");
    let result = generate(&both, STORE, "");
    assert_eq!(result.code, Some(0), "{}", result.stderr);
    let warnings: Vec<&str> = result
        .stderr
        .lines()
        .filter(|line| line.contains("warning:"))
        .collect();
    assert_eq!(
        warnings,
        [
            "score.yaml:6:5: warning: `dns` and `web` both use port 53 with different protocols, and \
          `kubectl apply` may lose one of them when they change; apply the output with \
          `kubectl apply --server-side`, and allow this warning [port-with-two-protocols]"
        ]
    );
    let service = "    - apiVersion: v1
      kind: Service
      metadata: {name: dns}
      spec: {ports: [{name: a, port: 53}, {name: b, port: 53, protocol: UDP}]}
    - apiVersion: networking.k8s.io/v1
      kind: NetworkPolicy
      metadata: {name: dns}
      spec: {podSelector: {}, egress: [{ports: [{port: 53}, {port: 53, protocol: UDP}]}]}
";
    let result = generate(SCORE, &format!("{STORE}{service}"), "");
    assert_eq!(result.code, Some(0), "{}", result.stderr);
    assert_eq!(
        result.stderr.matches("[port-with-two-protocols]").count(),
        1,
        "{}",
        result.stderr
    );
    assert!(
        result.stderr.contains("store.provisioners.yaml:22:"),
        "{}",
        result.stderr
    );
}
