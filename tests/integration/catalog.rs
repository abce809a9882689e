//! `score-rs catalog`: the entities, and what becomes of a file that is there.

use std::path::Path;

use proptest::prelude::*;
use serde::Deserialize;
use serde_json::{Value, json};
use yaml::write::write_yaml;

use crate::example;
use crate::fixtures::read_files;
use crate::random::cases;
use crate::random::project::project as random_project;
use crate::sandbox::{RunResult, Sandbox};

const WEB: &str = "apiVersion: score.dev/v1b1
metadata:
  name: web
  annotations:
    team: team-web
    catalog.score-rs.dev/description: |
      What customers
      see.
    catalog.score-rs.dev/lifecycle: experimental
    catalog.score-rs.dev/tags: java, http
    catalog.score-rs.dev/runbook: https://wiki.example.com/web
    catalog.score-rs.dev/on-call: https://on-call.example.com/web
    catalog.score-rs.dev/dashboard: https://grafana.example.com/d/web
service: {ports: {http: {port: 80}}}
containers: {main: {image: nginx:1}}
resources:
  db: {type: postgres, class: large}
  api: {type: service-port, params: {workload: api, port: '8080'}}
  billing: {type: service, params: {workload: billing}}
  events: {type: kafka-topic, id: events}
  route: {type: route, params: {host: shop.example, path: /web, port: http}}
";

const API: &str = "apiVersion: score.dev/v1b1
metadata: {name: api}
service: {ports: {grpc: {port: 8080}}}
containers: {main: {image: nginx:1}}
resources:
  events: {type: kafka-topic, id: events}
  settings: {type: environment}
---
apiVersion: score.dev/v1b1
metadata: {name: cleanup, annotations: {k8s.score.dev/kind: CronJob, k8s.score.dev/schedule: '@daily'}}
containers: {main: {image: nginx:1}}
";

const LARGE: &str = "- uri: template://large
  type: postgres
  class: large
  description: A database with backups.
  expected_outputs: [password]
  outputs: 'password: {{ randAlphaNum 16 }}'
- uri: template://route
  type: route
";

const SETTINGS: &str = "catalog:
  owner: team-a
  ownerAnnotation: team
  lifecycle: {prod: production}
  annotations: {github.com/project-slug: acme/shop}
  excludeTypes: [environment]
";

fn project() -> Sandbox {
    Sandbox::with_files(&[
        ("web.score.yaml", WEB),
        ("api.score.yaml", API),
        ("large.provisioners.yaml", LARGE),
        ("score-rs.yaml", SETTINGS),
        (
            "environments/prod/environment.yaml",
            "target: kubernetes\nproject: shop\nnamespace: shop-prod\nvalues: {tls: true}\n\
             provisioners: [../../large.provisioners.yaml, builtin]\n\
             externalWorkloads: {billing: {namespace: other}}\n",
        ),
    ])
}

fn run(sandbox: &Sandbox, arguments: &[&str]) -> RunResult {
    sandbox.run(&[&["catalog", "-q"], arguments].concat())
}

#[track_caller]
fn catalog(sandbox: &Sandbox, arguments: &[&str]) -> String {
    let result = run(sandbox, arguments);
    assert_eq!(result.code, Some(0), "{}", result.stderr);
    result.stdout
}

#[track_caller]
fn report(sandbox: &Sandbox, arguments: &[&str]) -> String {
    let before = read_files(&sandbox.path(""));
    let result = run(sandbox, arguments);
    assert_ne!(result.code, Some(0), "{}", result.stdout);
    assert_eq!(read_files(&sandbox.path("")), before, "nothing is written");
    result.stderr
}

#[test]
fn the_entities_are_those_of_the_graph() {
    let sandbox = project();
    insta::assert_snapshot!(catalog(&sandbox, &["-o", "-"]));
    assert!(!sandbox.path(".score-rs").exists(), "nothing is written");
}

#[test]
fn the_json_has_the_same_entities() {
    let sandbox = project();
    let list: Vec<Value> = serde_json::from_str(&catalog(&sandbox, &["-f", "json"])).unwrap();
    let text = catalog(&sandbox, &["-o", "-"]);
    assert_eq!(list, documents(&text));
    assert!(!sandbox.path("catalog-info.yaml").exists());
}

/// A developer's machine has no links for others, and no pods.
#[test]
fn compose_has_neither_pods_nor_public_routes() {
    let sandbox = project();
    sandbox.write("score-rs.yaml", "catalog: {owner: a}\n");
    let flags = [
        "-e",
        "compose",
        "--provisioners",
        "large.provisioners.yaml",
        "-o",
        "-",
    ];
    let text = catalog(&sandbox, &flags);
    let is_public = text.contains("kubernetes-") || text.contains("shop.example");
    assert!(!is_public && text.contains("wiki.example.com"), "{text}");
}

/// A change of an annotation restarts nothing.
#[test]
fn no_object_has_the_annotations() {
    let sandbox = project();
    let result = sandbox.run(&["generate", "-q", "-o", "-"]);
    assert_eq!(result.code, Some(0), "{}", result.stderr);
    assert!(
        result.stdout.contains("team: team-web"),
        "{}",
        result.stdout
    );
    assert!(
        !result.stdout.contains("catalog.score-rs.dev"),
        "{}",
        result.stdout
    );
}

#[test]
fn a_second_run_changes_nothing() {
    let sandbox = project();
    let first = sandbox.run(&["catalog"]);
    assert_eq!(first.stderr, "wrote catalog-info.yaml\n");
    let text = sandbox.read("catalog-info.yaml");
    let second = sandbox.run(&["catalog"]);
    assert_eq!(second.stderr, "catalog-info.yaml is up to date\n");
    assert_eq!(sandbox.read("catalog-info.yaml"), text);
    assert_eq!(catalog(&sandbox, &["--check"]), "");
    assert_eq!(catalog(&sandbox, &["-o", "-"]), text);
}

#[test]
fn a_hand_written_file_is_completed() {
    let sandbox = project();
    sandbox.write(
        "catalog-info.yaml",
        "# The team.\nkind: Group\napiVersion: backstage.io/v1alpha1\nmetadata: {name: team-a}\n\
         spec: {type: team, children: []}\n---\napiVersion: backstage.io/v1alpha1\nkind: Component\n\
         metadata:\n  name: web\n  title: 'Web'   # shown\n  links:\n    - url: https://web.example  \
         # ours\n      title: Page\n\nspec:\n  type: website\n  lifecycle: deprecated\n  owner: jane\n  \
         # What it needs.\n  dependsOn: [resource:default/kafka-topic-events, component:old]\n",
    );
    catalog(&sandbox, &[]);
    insta::assert_snapshot!(sandbox.read("catalog-info.yaml"));
    let text = sandbox.read("catalog-info.yaml");
    catalog(&sandbox, &[]);
    assert_eq!(sandbox.read("catalog-info.yaml"), text);
}

#[test]
fn what_is_gone_is_removed_unless_it_is_by_hand() {
    let sandbox = project();
    catalog(&sandbox, &[]);
    let text = sandbox.read("catalog-info.yaml");
    let own = "apiVersion: backstage.io/v1alpha1\nkind: Resource\nmetadata: {name: own}\nspec: {type: a, owner: b}\n";
    sandbox.write("catalog-info.yaml", format!("{own}---\n{text}"));
    sandbox.write("api.score.yaml", "# none\n");
    std::fs::remove_file(sandbox.path("api.score.yaml")).unwrap();
    sandbox.write(
        "web.score.yaml",
        "apiVersion: score.dev/v1b1\nmetadata: {name: web}\ncontainers: {main: {image: nginx:1}}\n",
    );
    let difference = run(&sandbox, &["--check"]);
    assert_eq!(difference.code, Some(4), "{}", difference.stderr);
    assert!(
        difference
            .stdout
            .contains("\n-  name: postgres.large-web.db\n"),
        "{}",
        difference.stdout
    );
    catalog(&sandbox, &[]);
    insta::assert_snapshot!(sandbox.read("catalog-info.yaml"));
}

#[test]
fn a_missing_file_is_a_difference() {
    let sandbox = project();
    let result = run(&sandbox, &["--check"]);
    assert_eq!(result.code, Some(4));
    assert!(
        result
            .stdout
            .starts_with("--- /dev/null\n+++ b/catalog-info.yaml\n"),
        "{}",
        result.stdout
    );
    assert!(!sandbox.path("catalog-info.yaml").exists());
}

#[test]
fn an_entity_without_an_owner_is_an_error() {
    let sandbox = project();
    sandbox.write("score-rs.yaml", "");
    insta::assert_snapshot!(report(&sandbox, &[]));
    // Workloads with different owners share a resource.
    sandbox.write("score-rs.yaml", "catalog: {ownerAnnotation: team}\n");
    sandbox.write(
        "api.score.yaml",
        API.replace(
            "metadata: {name: api}",
            "metadata: {name: api, annotations: {team: b}}",
        )
        .split("---")
        .next()
        .unwrap(),
    );
    insta::assert_snapshot!(report(&sandbox, &["--message-format", "short"]));
}

/// The owner that somebody wrote into the file counts.
#[test]
fn a_hand_written_owner_is_the_owner() {
    let sandbox = Sandbox::with_files(&[
        (
            "score.yaml",
            "apiVersion: score.dev/v1b1\nmetadata: {name: web}\ncontainers: {main: {image: a}}\nresources: {db: {type: redis}}\n",
        ),
        (
            "catalog-info.yaml",
            "kind: Component\nmetadata: {name: web}\nspec: {owner: team-web}\n",
        ),
    ]);
    catalog(&sandbox, &["-e", "kubernetes"]);
    let text = sandbox.read("catalog-info.yaml");
    assert_eq!(text.matches("owner: team-web").count(), 2, "{text}");
}

#[test]
fn mistakes_in_the_settings_are_reported() {
    let sandbox = project();
    sandbox.write(
        "score-rs.yaml",
        "catalog:\n  ownr: a\n  owner: Team A\n  system: shop!\n  lifecycle: {prdo: production}\n  \
         annotations: {a b: c}\n  excludeTypes: environment\n",
    );
    insta::assert_snapshot!(report(&sandbox, &["--message-format", "short"]));
    sandbox.write(
        "score-rs.yaml",
        "catalog:\n  owner: a\n  lifecycle: {staging: ''}\n",
    );
    insta::assert_snapshot!(report(&sandbox, &["--message-format", "short"]));
    sandbox.write(
        "score-rs.yaml",
        "catalog:\n  owner: a\n  ownerAnnotation: team\n",
    );
    sandbox.write("web.score.yaml", WEB.replace("team-web", "Team Web"));
    insta::assert_snapshot!(report(&sandbox, &["--message-format", "short"]));
}

#[test]
fn what_cannot_be_added_is_named() {
    let sandbox = project();
    sandbox.write(
        "catalog-info.yaml",
        "apiVersion: backstage.io/v1alpha1\nkind: Component\nmetadata:\n  name: web\n  tags: java\nspec:\n  dependsOn:\n",
    );
    let result = run(&sandbox, &[]);
    assert_eq!(result.code, Some(0));
    insta::assert_snapshot!(result.stderr);
    let text = sandbox.read("catalog-info.yaml");
    assert!(
        text.contains("  tags: java\n") && text.contains("  dependsOn:\n  type: service\n"),
        "{text}"
    );
}

#[test]
fn a_file_that_is_no_catalog_stays() {
    let sandbox = project();
    sandbox.write("catalog-info.yaml", "kind: Component\n  metadata: [\n");
    insta::assert_snapshot!(report(&sandbox, &["--message-format", "short"]));
    let error = report(&sandbox, &["-o", "web.score.yaml"]);
    assert!(
        error.contains("`web.score.yaml` is an input of this run"),
        "{error}"
    );
    let error = report(&sandbox, &["--check", "-f", "json"]);
    assert!(error.contains("--check compares a file"), "{error}");
}

#[test]
fn the_example_is_up_to_date() {
    let sandbox = Sandbox::new();
    example::clone(&sandbox, "");
    assert_eq!(catalog(&sandbox, &["-e", "prod", "--check"]), "");
}

proptest! {
    #![proptest_config(ProptestConfig { cases: cases(12), failure_persistence: None, ..ProptestConfig::default() })]

    /// Whatever the project, the file is complete after one run.
    #[test]
    fn any_project_has_a_catalog(project in random_project()) {
        let sandbox = Sandbox::new();
        for (index, workload) in project.workloads.iter().enumerate() {
            let text = write_yaml(&workload.clone().into());
            sandbox.write(&format!("{index}.score.yaml"), text);
        }
        project.files.iter().for_each(|(path, text)| sandbox.write(path, text));
        sandbox.write("echo.provisioners.yaml", "- uri: template://echo\n  type: echo\n  outputs: '{{ .Params | toRawJson }}'\n");
        sandbox.write("score-rs.yaml", "catalog: {owner: team-a}\n");
        let name = &project.workloads[0]["metadata"]["name"];
        let own = format!("# own\nkind: Component\nmetadata: {{name: {name}, title: 'A'");
        sandbox.write("catalog-info.yaml", format!("{own}}} # why\nspec:\n    owner: b\n"));
        let flags = ["-e", "kubernetes", "--provisioners", "echo.provisioners.yaml"];
        catalog(&sandbox, &flags);
        let text = sandbox.read("catalog-info.yaml");
        prop_assert!(text.starts_with(&own), "{}", &text);
        catalog(&sandbox, &[&flags[..], &["--check"]].concat());
        let documents = documents(&text);
        let names: Vec<&Value> = project.workloads.iter().map(|one| &one["metadata"]["name"]).collect();
        let components = documents.iter().filter(|one| one["kind"] == "Component");
        let components: Vec<&Value> = components.map(|one| &one["metadata"]["name"]).collect();
        prop_assert!(names.iter().all(|name| components.contains(name)), "{}", &text);
    }
}

/// The documents of a text, as another reader of YAML sees them.
fn documents(text: &str) -> Vec<Value> {
    let documents = yaml_serde::Deserializer::from_str(text);
    documents
        .map(|document| Value::deserialize(document).unwrap())
        .collect()
}

/// The skeleton of the template with sample parameters.
fn skeleton(database: &str) -> Sandbox {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("examples/backstage/skeleton");
    let values = [
        ("values.name", "billing"),
        ("values.description | dump", "\"Sends \\\"bills\\\".\""),
        ("values.owner", "group:default/team-a"),
        ("values.port", "8080"),
        ("values.database", database),
    ];
    let sandbox = Sandbox::new();
    for (path, text) in read_files(&root) {
        let mut text = String::from_utf8(text).unwrap();
        let has_database = database != "none";
        while let Some(start) = text.find("\n{%- if values.database != \"none\" %}") {
            let end = start + text[start..].find("\n{%- endif %}").unwrap();
            let block = text[start..end].split_once("%}").unwrap().1.to_owned();
            let block = if has_database { block } else { String::new() };
            text.replace_range(start..end + "\n{%- endif %}".len(), &block);
        }
        for (name, value) in values {
            text = text.replace(&format!("${{{{ {name} }}}}"), value);
        }
        assert!(
            !text.contains("{{") && !text.contains("{%"),
            "{path}: {text}"
        );
        sandbox.write(&path, text);
    }
    sandbox
}

#[test]
fn the_skeleton_of_the_template_compiles() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("examples/backstage/template.yaml");
    let template: Value = yaml_serde::from_str(&std::fs::read_to_string(root).unwrap()).unwrap();
    let properties = template.pointer("/spec/parameters/0/properties").unwrap();
    let databases = properties["database"]["enum"].as_array().unwrap();
    let given = &template["spec"]["steps"][0]["input"]["values"];
    let given: Vec<&String> = given.as_object().unwrap().keys().collect();
    assert_eq!(
        json!(given),
        json!(properties.as_object().unwrap().keys().collect::<Vec<_>>())
    );
    for database in databases {
        let sandbox = skeleton(database.as_str().unwrap());
        let result = sandbox.run(&["validate", "--all-environments", "--strict"]);
        assert_eq!(result.code, Some(0), "{database}: {}", result.stderr);
        let text = catalog(&sandbox, &["-e", "staging"]);
        assert_eq!(text, "");
        let text = sandbox.read("catalog-info.yaml");
        assert_eq!(text.contains("dependsOn"), database != "none", "{text}");
        assert!(
            text.contains("description: \"Sends \\\"bills\\\".\"\n"),
            "{text}"
        );
    }
}
