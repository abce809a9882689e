//! What an editor asks about a place. `.ci/lsp` asks for everything, on real files; here is what
//! depends on details.

use serde_json::{Value, json};

use super::client::{Client, after};
use crate::sandbox::Sandbox;

const SHOP: &str = "\
apiVersion: score.dev/v1b1
metadata: {name: shop}
containers:
  main: {image: nginx:1, variables: {A: \"${resources.db.host}\"}}
resources: {db: {type: postgres}}
";

fn labels(client: &mut Client, path: &str, text: &str, before: &str) -> Vec<String> {
    client.replace(path, text);
    let answer = client.at("textDocument/completion", path, after(text, before));
    let items = answer.as_array().unwrap().iter();
    items
        .map(|item| item["label"].as_str().unwrap().to_owned())
        .collect()
}

#[test]
fn the_last_text_that_parsed_serves_completion() {
    let sandbox = Sandbox::with_files(&[("score.yaml", SHOP)]);
    let mut client = Client::start_for(&sandbox, "compose");
    client.open("score.yaml", SHOP);
    // The quote is not closed, and the bracket that follows is not either.
    let broken = SHOP.replace("host}\"}}", "");
    let found = labels(&mut client, "score.yaml", &broken, "${resources.db.");
    assert!(found.contains(&"host".to_owned()), "{found:?}");
    let broken = SHOP.replace("{db: {type: postgres}}", "{db: {type: ");
    let found = labels(&mut client, "score.yaml", &broken, "{db: {type: ");
    assert!(found.contains(&"postgres".to_owned()), "{found:?}");
}

#[test]
fn a_file_that_is_not_open_is_nothing_to_ask_about() {
    let sandbox = Sandbox::with_files(&[("score.yaml", SHOP)]);
    let mut client = Client::start(&sandbox);
    for method in [
        "completion",
        "hover",
        "definition",
        "references",
        "documentSymbol",
        "foldingRange",
    ] {
        let start = json!({ "line": 0, "character": 0 });
        let answer = client.at(&format!("textDocument/{method}"), "score.yaml", start);
        assert_eq!(answer, Value::Null, "{method}");
    }
}

/// The names that `{{ .` can go on with are those that a template can read.
#[test]
fn the_fields_of_templates_are_those_of_their_data() {
    let definitions = "- uri: template://a/b\n  type: thing\n  outputs: |\n    a: {{ . }}\n";
    let sandbox = Sandbox::with_files(&[
        ("score.yaml", &SHOP.replace("postgres", "thing")),
        ("a.provisioners.yaml", definitions),
    ]);
    let mut client = Client::start_for(&sandbox, "compose");
    client.open("a.provisioners.yaml", definitions);
    let mut known = labels(&mut client, "a.provisioners.yaml", definitions, "a: {{ .");
    known.sort();
    sandbox.write(
        "a.provisioners.yaml",
        definitions.replace("{{ . }}", "{{ .Nothing }}"),
    );
    let run = sandbox.run(&[
        "validate",
        "--env",
        "compose",
        "--provisioners",
        "a.provisioners.yaml",
    ]);
    let fields: Vec<String> = run
        .stdout
        .split('`')
        .map(str::to_owned)
        .filter(|word| known.contains(word))
        .collect();
    let mut fields: Vec<String> = fields.into_iter().collect();
    fields.sort();
    fields.dedup();
    assert_eq!(fields, known, "{}", run.stdout);
}

#[test]
fn an_output_that_is_a_secret_is_not_shown() {
    let sandbox = Sandbox::with_files(&[("score.yaml", SHOP)]);
    let mut client = Client::start_for(&sandbox, "compose");
    let text = SHOP.replace(
        "db.host}",
        "db.port} ${resources.db.password} ${resources.db.url}",
    );
    client.open("score.yaml", &text);
    let mut shown = |before: &str| {
        let answer = client.at("textDocument/hover", "score.yaml", after(&text, before));
        answer["contents"]["value"].as_str().unwrap().to_owned()
    };
    assert!(shown("${resources.db.po").contains("`5432`"));
    for secret in ["${resources.db.pass", "${resources.db.ur"] {
        let shown = shown(secret);
        assert!(
            shown.contains("an output of `postgres`")
                && shown.lines().skip(1).all(|line| !line.starts_with('`')),
            "{shown}"
        );
    }
}

#[test]
fn a_comment_allows_a_warning_but_not_in_a_text_of_several_lines() {
    let sandbox = Sandbox::with_files(&[("score.yaml", SHOP)]);
    let mut client = Client::start_for(&sandbox, "compose");
    let text = SHOP.replace(
        "{name: shop}",
        "{name: shop, annotations: {k8s.score.dev/x: a}}",
    );
    client.open("score.yaml", &text);
    let titles = actions(&mut client, "score.yaml", after(&text, "k8s.score"));
    assert!(
        titles.contains(&"Allow `unknown-annotation` here".to_owned()),
        "{titles:?}"
    );
    // An error cannot be allowed.
    let wrong = SHOP.replace("db.host}", "db.hots}");
    client.replace("score.yaml", &wrong);
    let titles = actions(&mut client, "score.yaml", after(&wrong, "${resources.db"));
    assert!(
        titles.contains(&"Replace with `host`".to_owned()),
        "{titles:?}"
    );
    assert!(
        titles.iter().all(|title| !title.starts_with("Allow")),
        "{titles:?}"
    );
}

fn actions(client: &mut Client, path: &str, position: Value) -> Vec<String> {
    let document = json!({ "uri": client.uri(path) });
    let range = json!({ "start": position, "end": position });
    let params =
        json!({ "textDocument": document, "range": range, "context": { "diagnostics": [] } });
    let answer = client.request("textDocument/codeAction", params);
    let actions = answer.as_array().unwrap().iter();
    actions
        .map(|action| action["title"].as_str().unwrap().to_owned())
        .collect()
}
