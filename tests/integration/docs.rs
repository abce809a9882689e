//! `score-rs docs` and `score-rs explain TYPE`: pages about resource types.

use std::collections::BTreeSet;

use crate::sandbox::Sandbox;

const DEFINITIONS: &str = "
- uri: template://team/bucket
  type: bucket
  description: A bucket for <files>.
  supported_params:
    size: {type: string, format: storage, maximum: 100Gi, default: 1Gi, description: The size.}
    tier: {type: string, enum: [hot, cold], required: true}
    backup:
      type: object
      properties: {keep: {type: integer, description: Days.}}
  expected_outputs:
    name: {type: string}
    key: {type: string, secret: true, description: The key.}
    extra: {type: string, required: false}
  outputs: |
    name: {{ .Environment.Values.prefix }}-{{ .Params.tier }}
    key: abcdefgh
  manifests: |
    - apiVersion: storage.example.com/v1
      kind: Bucket
      metadata: {name: a}
- uri: template://team/bucket-never
  type: bucket
  class: large
";

const PAGE: &str = "<!-- Written by `score-rs docs`, which overwrites changes. -->

# bucket

A bucket for &lt;files>.

## Params

- `size` (storage, at most 100Gi, default `1Gi`): The size.
- `tier` (hot | cold, required)
- `backup` (object)
    - `keep` (integer): Days.

## Outputs

- `name` (string)
- `key` (string, secret): The key.
- `extra` (string, not always there)

## What it needs

- the kind `Bucket` of `storage.example.com/v1`
- the value `prefix`

Provided by `template://team/bucket`.

## Example

```yaml
apiVersion: score.dev/v1b1
metadata:
  name: shop
service:
  ports:
    http:
      port: 80
containers:
  main:
    image: registry.example.com/shop:1.0.0
    variables:
      BUCKET_NAME: ${resources.bucket.name}
      BUCKET_KEY: ${resources.bucket.key}
resources:
  bucket:
    type: bucket
    params:
      tier: hot
```

## Environments

- `prod`
- `staging`
";

fn platform() -> Sandbox {
    let environment = "target: kubernetes\nprovisioners: [../prod, {builtin: [volume]}]\nvalues: {prefix: shop}\n";
    Sandbox::with_files(&[
        ("environments/prod/environment.yaml", environment),
        ("environments/prod/a.provisioners.yaml", DEFINITIONS),
        ("environments/staging/environment.yaml", environment),
        (
            "environments/local/environment.yaml",
            "target: compose\nforbiddenTypes: {redis: use nothing}\n",
        ),
    ])
}

fn run(sandbox: &Sandbox, arguments: &[&str], code: i32) -> String {
    let result = sandbox.run(arguments);
    assert_eq!(result.code, Some(code), "{arguments:?}: {}", result.stderr);
    result.stdout + &result.stderr
}

#[test]
fn each_type_has_a_page() {
    let sandbox = platform();
    run(&sandbox, &["docs", "-o", "site"], 0);
    assert_eq!(sandbox.read("site/types/bucket.md"), PAGE);
    let index = sandbox.read("site/index.md");
    assert!(
        index.contains(
            "| [bucket](types/bucket.md) | A bucket for &lt;files>. | `prod`, `staging` |\n"
        ),
        "{index}"
    );
    // Both targets have it, with other words.
    let volume = sandbox.read("site/types/volume.md");
    assert!(
        volume.contains("\n## In `prod` and `staging`\n") && volume.contains("\n### Params\n"),
        "{volume}"
    );
    // A forbidden type.
    assert!(!index.contains("redis"), "{index}");
    // Nothing of the project is changed, such as the state.
    let written: BTreeSet<String> = sandbox.list().into_iter().collect();
    let others = written
        .iter()
        .filter(|name| !name.starts_with("site") && !name.starts_with("environments"));
    assert_eq!(others.count(), 0, "{written:?}");
}

#[test]
fn check_finds_pages_that_would_change_and_writes_nothing() {
    let sandbox = platform();
    let check = ["docs", "-o", "site", "--check"];
    assert!(run(&sandbox, &check, 4).contains("`site/index.md` would change"));
    assert!(!sandbox.path("site").exists());
    run(&sandbox, &["docs", "-o", "site"], 0);
    assert_eq!(run(&sandbox, &check, 0), "");
    let renamed = DEFINITIONS.replace("type: bucket\n", "type: box\n");
    sandbox.write("environments/prod/a.provisioners.yaml", renamed);
    sandbox.write("site/types/own.md", "# Written by hand\n");
    let found = run(&sandbox, &check, 4);
    assert!(
        found.contains("`site/types/box.md` would change")
            && found.contains("`site/types/bucket.md` would be deleted"),
        "{found}"
    );
    run(&sandbox, &["docs", "-o", "site"], 0);
    assert!(
        sandbox.path("site/types/box.md").exists()
            && !sandbox.path("site/types/bucket.md").exists()
    );
    assert!(sandbox.path("site/types/own.md").exists());
}

#[test]
fn examples_of_the_built_in_types_compile() {
    let sandbox = Sandbox::new();
    run(&sandbox, &["docs", "-o", "site"], 0);
    let mut without = Vec::new();
    let pages = std::fs::read_dir(sandbox.path("site/types")).unwrap();
    let mut names: Vec<String> = pages
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    names.sort();
    for name in names {
        let page = sandbox.read(&format!("site/types/{name}"));
        let sections = page.split("\n## In ").skip(1).collect::<Vec<_>>();
        let sections = if sections.is_empty() {
            vec![page.as_str()]
        } else {
            sections
        };
        for section in sections {
            let Some((_, example)) = section.split_once("```yaml\n") else {
                without.push(name.clone());
                continue;
            };
            let (example, _) = example.split_once("```").unwrap();
            sandbox.write("score.yaml", example);
            for target in ["compose", "kubernetes"] {
                if section.contains(&format!("`{target}`")) {
                    let result = sandbox.run(&["validate", "-e", target, "score.yaml"]);
                    assert_eq!(result.code, Some(0), "{name} {target}: {}", result.stdout);
                }
            }
        }
    }
    assert_eq!(without, Vec::<String>::new());
}

#[test]
fn a_broken_definition_writes_no_page() {
    let sandbox = platform();
    sandbox.write("environments/prod/b.provisioners.yaml", "- type: x\n");
    let report = run(&sandbox, &["docs", "-o", "site"], 1);
    assert!(
        report.contains("[missing-key]") && !sandbox.path("site").exists(),
        "{report}"
    );
    let report = run(&sandbox, &["explain", "bucket"], 1);
    assert!(report.contains("[missing-key]"), "{report}");
    // Rules need no project.
    run(&sandbox, &["explain", "missing-key"], 0);
}

#[test]
fn a_type_is_explained_as_a_rule_is() {
    let sandbox = platform();
    let page = run(&sandbox, &["explain", "bucket"], 0);
    assert_eq!(
        format!("<!-- Written by `score-rs docs`, which overwrites changes. -->\n\n{page}"),
        PAGE
    );
    let json = run(
        &sandbox,
        &["explain", "bucket", "[unknown-key]", "-f", "json"],
        0,
    );
    let rows: serde_json::Value = serde_json::from_str(&json).unwrap();
    assert_eq!(rows[0]["level"], "resource type");
    assert_eq!(rows[1]["name"], "unknown-key");
    let typo = run(&sandbox, &["explain", "buckt"], 2);
    assert!(
        typo.contains("no rule and no resource type `buckt`: did you mean `bucket`?"),
        "{typo}"
    );
}

#[test]
fn the_list_says_which_definition_is_not_used() {
    let sandbox = platform();
    let json = run(
        &sandbox,
        &["provisioners", "list", "-e", "prod", "-f", "json"],
        0,
    );
    let rows: serde_json::Value = serde_json::from_str(&json).unwrap();
    assert_eq!(rows[0]["shadowed_by"], serde_json::Value::Null);
    assert_eq!(
        rows[1]["shadowed_by"],
        "environments/prod/a.provisioners.yaml:2"
    );
    assert_eq!(
        rows[0]["params_schema"]["properties"]["size"]["format"],
        "storage"
    );
    let table = run(&sandbox, &["provisioners", "list", "-e", "prod"], 0);
    let line = table
        .lines()
        .find(|line| line.contains("shadowed by"))
        .unwrap();
    assert_eq!(
        line.trim(),
        "not used; shadowed by environments/prod/a.provisioners.yaml:2"
    );
}
