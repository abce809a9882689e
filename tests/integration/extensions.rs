//! `x-` keys of Score files: where they are accepted, and who reads them.

use crate::sandbox::{RunResult, Sandbox};

const SCORE: &str = "apiVersion: score.dev/v1b1
metadata: {name: shop}
x-team: payments
x-labels: &labels
  price: ${5}
service:
  x-public: true
  ports: {web: {port: 80, x-path: /}}
containers:
  main:
    image: example.com/shop:1
    x-sidecar: proxy
    readinessProbe: {x-slow: true, httpGet: {port: 80, path: /, x-deep: 1}}
resources:
  store: {type: store, x-size: large, x-labels: *labels}
";

const STORE: &str = "- uri: template://store
  type: store
  outputs: |
    size: {{ index .Extensions \"x-size\" }}
    price: {{ index .Extensions \"x-labels\" \"price\" }}
    team: {{ index .WorkloadExtensions \"x-team\" }}
";

fn sandbox(score: &str) -> Sandbox {
    let sandbox = Sandbox::new();
    sandbox.write("score.yaml", score);
    sandbox.write("store.provisioners.yaml", STORE);
    sandbox
}

fn run(sandbox: &Sandbox, arguments: &str) -> RunResult {
    sandbox.run(&arguments.split_whitespace().collect::<Vec<_>>())
}

#[test]
fn definitions_read_extensions() {
    for target in ["compose", "kubernetes"] {
        let sandbox = sandbox(SCORE);
        let arguments = format!("resources get-outputs store.default#shop.store --env {target}");
        let result = run(
            &sandbox,
            &format!("{arguments} --provisioners store.provisioners.yaml --format json"),
        );
        assert_eq!(result.code, Some(0), "{}", result.stderr);
        let outputs = yaml::samples::read(&result.stdout);
        let output = |key: &str| outputs.get(key).and_then(|value| value.as_str());
        assert_eq!(output("size"), Some("large"));
        // Nothing is replaced in the value of an extension.
        assert_eq!(output("price"), Some("${5}"));
        assert_eq!(output("team"), Some("payments"));
    }
}

#[test]
fn patch_templates_read_extensions() {
    for (target, path) in [
        ("compose", "services.shop-main.x-team"),
        ("kubernetes", "1.metadata.annotations.team"),
    ] {
        let sandbox = sandbox(SCORE);
        let patch = "{{ range $name, $keys := .Extensions }}\n- op: set\n  path: PATH\n  \
                     value: {{ index $keys \"x-team\" }}-{{ $name }}-\
                     {{ index $.Workloads $name \"containers\" \"main\" \"x-sidecar\" }}\n{{ end }}";
        sandbox.write("patch.tpl", patch.replace("PATH", path));
        let arguments = format!("generate --env {target} --patch patch.tpl -o -");
        let result = run(
            &sandbox,
            &format!("{arguments} --provisioners store.provisioners.yaml"),
        );
        assert_eq!(result.code, Some(0), "{}", result.stderr);
        let line = "team: payments-shop-proxy\n";
        assert!(result.stdout.contains(line), "{}", result.stdout);
        // Nothing else of them is in the output.
        assert_eq!(
            result.stdout.matches("x-").count() + result.stdout.matches("large").count(),
            usize::from(target == "compose")
        );
    }
}

#[test]
fn a_file_is_noted_once() {
    let second = SCORE.replace("name: shop", "name: other");
    let sandbox = sandbox(&format!("{SCORE}---\n{second}"));
    let result = run(&sandbox, "validate --message-format short");
    assert_eq!(result.code, Some(0), "{}", result.stderr);
    assert_eq!(
        result.stdout.lines().collect::<Vec<_>>(),
        [
            "score.yaml:3:1: note: `x-team` is an extension, and other Score tools reject the file; if \
             other tools read the file, move it to `metadata`, which can have any keys [extension-key]",
        ]
    );
    let hidden = SCORE.replace("x-team", "# score-rs: allow extension-key\nx-team");
    sandbox.write("score.yaml", hidden);
    let result = run(&sandbox, "validate --message-format short");
    assert!(
        !result.stdout.contains("extension-key"),
        "{}",
        result.stderr
    );
}

#[test]
fn overrides_set_extensions() {
    let sandbox = sandbox(SCORE);
    sandbox.write(
        "over.yaml",
        "x-team: search\nresources: {store: {x-size: small}}\n",
    );
    let arguments = "resources get-outputs store.default#shop.store --env compose --format json \
                     --provisioners store.provisioners.yaml --overrides-file over.yaml \
                     --override-property resources.store.x-labels.price=7";
    let result = run(&sandbox, arguments);
    assert_eq!(result.code, Some(0), "{}", result.stderr);
    for text in ["\"small\"", "\"search\"", "7"] {
        assert!(result.stdout.contains(text), "{text}: {}", result.stdout);
    }
    let typo = run(
        &sandbox,
        "validate --override-property x_team=a --message-format short",
    );
    assert_eq!(typo.code, Some(1), "{}", typo.stderr);
    assert!(typo.stdout.contains("[unknown-key]"), "{}", typo.stdout);
}

#[test]
fn different_extensions_of_a_shared_resource_are_a_conflict() {
    let one = SCORE.replace("{type: store,", "{type: store, id: all,");
    let two = one.replace("name: shop", "name: other");
    let two = two.replace("x-size: large", "x-size: small");
    let sandbox = sandbox(&format!("{one}---\n{two}"));
    let result = run(&sandbox, "validate --message-format short");
    assert_eq!(result.code, Some(1), "{}", result.stderr);
    let error = "score.yaml:15:3: error: the shared resource `store.default#all` is declared with two different extensions; set its `x-` keys in only one of the workloads, or to the same in both";
    assert!(result.stdout.contains(error), "{}", result.stdout);
}

#[test]
fn a_fix_keeps_extensions() {
    let sandbox = sandbox(&SCORE.replace("    image:", "    imgae:"));
    let result = run(&sandbox, "validate --fix");
    assert_eq!(result.code, Some(0), "{}", result.stderr);
    assert_eq!(sandbox.read("score.yaml"), SCORE);
}
