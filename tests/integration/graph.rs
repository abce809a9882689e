//! `score-rs graph`: what is shown, in every format.

use std::collections::BTreeSet;

use serde_json::Value;

use crate::example;
use crate::sandbox::{RunResult, Sandbox};

const WEB: &str = "apiVersion: score.dev/v1b1
metadata: {name: web}
service: {ports: {http: {port: 80}}}
containers: {main: {image: nginx:1}}
resources:
  db: {type: postgres, class: large}
  api: {type: service-port, params: {workload: api, port: http}}
  billing: {type: service, params: {workload: billing}}
  events: {type: kafka-topic, id: events}
  route: {type: route, params: {host: '<shop> & \"co\".example', path: /web, port: http}}
";

const API: &str = "apiVersion: score.dev/v1b1
metadata: {name: api}
service: {ports: {http: {port: 80}}}
containers: {main: {image: nginx:1}}
resources:
  events: {type: kafka-topic, id: events}
  web: {type: service, params: {workload: web}}
";

const LARGE: &str = "- uri: template://large
  type: postgres
  class: large
  expected_outputs: [password]
  outputs: 'password: {{ randAlphaNum 16 }}'
- uri: template://route
  type: route
";

fn project() -> Sandbox {
    Sandbox::with_files(&[
        ("web.score.yaml", WEB),
        ("api.score.yaml", API),
        ("large.provisioners.yaml", LARGE),
        (
            "environments/prod/environment.yaml",
            "target: kubernetes\nprovisioners: [../../large.provisioners.yaml, builtin]\n\
             externalWorkloads: {billing: {namespace: other}}\n",
        ),
    ])
}

#[track_caller]
fn graph(sandbox: &Sandbox, arguments: &[&str]) -> String {
    let result = run(sandbox, arguments);
    assert_eq!(result.code, Some(0), "{}", result.stderr);
    result.stdout
}

fn run(sandbox: &Sandbox, arguments: &[&str]) -> RunResult {
    sandbox.run(&[&["graph", "-q"], arguments].concat())
}

#[test]
fn the_chart_has_workloads_resources_routes_and_calls() {
    let sandbox = project();
    insta::assert_snapshot!(graph(&sandbox, &[]));
    assert!(
        !sandbox.list().iter().any(|path| path.contains(".score-rs")),
        "nothing is written"
    );
}

#[test]
fn focus_leaves_what_is_connected() {
    insta::assert_snapshot!(graph(
        &project(),
        &["--focus", "kafka-topic.default#events"]
    ));
    // A resource that is a line stands for its workload.
    let around = |name: &str| graph(&project(), &["--focus", name]);
    assert_eq!(around("postgres.large#web.db"), around("web"));
}

#[test]
fn an_unknown_name_is_suggested() {
    let result = run(&project(), &["--focus", "wbe"]);
    assert_eq!(result.code, Some(2));
    insta::assert_snapshot!(result.stderr);
}

#[test]
fn graphviz_gets_the_same_boxes() {
    insta::assert_snapshot!(graph(&project(), &["-f", "dot"]));
}

#[test]
fn programs_get_every_node_and_edge() {
    insta::assert_snapshot!(graph(&project(), &["-f", "json"]));
}

/// The texts of the picture are those of the chart, and any XML reader reads it.
#[test]
fn the_picture_is_xml_with_text() {
    let text = graph(&project(), &["-f", "svg"]);
    let document = roxmltree::Document::parse(&text).unwrap();
    let texts = document
        .descendants()
        .filter(|node| node.has_tag_name("text"));
    let texts: BTreeSet<&str> = texts.filter_map(|node| node.text()).collect();
    let expected = [
        "api",
        "billing",
        "events",
        "kafka-topic",
        "postgres.large db",
        "route <shop> & \"co\".example/web",
        "web",
    ];
    assert_eq!(texts, expected.into_iter().collect());
    let arrows = document
        .descendants()
        .filter(|node| node.attribute("class") == Some("arrow"));
    assert_eq!(arrows.count(), 5);
    assert!(text.contains("prefers-color-scheme: dark"));
    assert!(!text.contains("href"), "one file");
}

/// With more users than eight, a resource is a line in each workload, so that no box has more arrows.
#[test]
fn a_resource_of_many_workloads_has_no_arrows() {
    for (count, expected) in [(8, 8), (9, 0)] {
        let sandbox = Sandbox::new();
        for index in 0..count {
            let workload = format!(
                "apiVersion: score.dev/v1b1\nmetadata: {{name: w{index}}}\ncontainers: {{main: {{image: nginx:1}}}}\n\
                 resources: {{dns: {{type: dns, id: shop}}}}\n"
            );
            sandbox.write(&format!("w{index}.score.yaml"), workload);
        }
        let chart = graph(&sandbox, &[]);
        assert_eq!(chart.matches("-->").count(), expected, "{chart}");
        let lines = chart.matches("<br>dns shop (shared)").count();
        assert_eq!(lines, count - expected, "{chart}");
    }
}

/// The edges between workloads are those that the Score files of the example have.
#[test]
fn the_calls_of_the_example_are_found() {
    let sandbox = Sandbox::new();
    example::clone(&sandbox, "");
    let json: Value =
        serde_json::from_str(&graph(&sandbox, &["-e", "prod", "-f", "json"])).unwrap();
    let edges = json["edges"].as_array().unwrap().iter();
    let calls = edges.filter(|edge| edge["relation"] == "calls");
    let calls: Vec<String> = calls
        .map(|edge| {
            format!(
                "{} {}",
                edge["from"].as_str().unwrap(),
                edge["to"].as_str().unwrap()
            )
        })
        .collect();
    let expected = [
        "orders payments",
        "storefront assistant",
        "storefront cart",
        "storefront catalog",
        "storefront orders",
        "storefront reviews",
        "storefront search",
    ];
    assert_eq!(calls, expected);
}

/// What a program would say is not known, and it does not run.
#[test]
fn no_program_runs() {
    let sandbox = Sandbox::with_files(&[
        (
            "score.yaml",
            "apiVersion: score.dev/v1b1\nmetadata: {name: web}\ncontainers: {main: {image: nginx:1}}\nresources: {job: {type: job}}\n",
        ),
        (
            "job.provisioners.yaml",
            "- uri: cmd://sh\n  type: job\n  args: [-c, 'touch ran']\n",
        ),
    ]);
    let chart = graph(&sandbox, &["--provisioners", "job.provisioners.yaml"]);
    assert!(chart.contains("job job"), "{chart}");
    assert!(!sandbox.path("ran").exists());
}

/// The outputs that a definition makes up are passwords.
#[test]
fn no_route_shows_a_password() {
    let sandbox = project();
    let host = "host: '<shop> & \"co\".example'";
    assert!(WEB.contains(host));
    sandbox.write(
        "web.score.yaml",
        WEB.replace(host, "host: '${resources.db.password}.example'"),
    );
    let nodes = graph(&sandbox, &["-f", "json"]);
    assert!(nodes.contains("route.default#web.route"), "{nodes}");
    assert!(!nodes.contains(".example"), "{nodes}");
    sandbox.write("score-rs.yaml", "catalog: {owner: a}\n");
    let entities = sandbox.run(&["catalog", "-q", "-o", "-"]);
    assert_eq!(entities.code, Some(0), "{}", entities.stderr);
    assert!(!entities.stdout.contains(".example"), "{}", entities.stdout);
}
