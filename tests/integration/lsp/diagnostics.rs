//! What is wrong, while somebody types.

use serde_json::json;

use super::client::{Client, names};
use crate::sandbox::Sandbox;

const SHOP: &str = "\
apiVersion: score.dev/v1b1
metadata: {name: shop}
containers:
  main:
    image: nginx:1
    variables:
      HOST: ${resources.db.host}
resources:
  db: {type: postgres}
";

#[test]
fn unsaved_text_counts() {
    let sandbox = Sandbox::with_files(&[("score.yaml", SHOP)]);
    let mut client = Client::start(&sandbox);
    assert_eq!(names(&client.open("score.yaml", SHOP)), [""; 0]);
    let wrong = SHOP.replace("image:", "imgae:");
    assert_eq!(
        names(&client.replace("score.yaml", &wrong)),
        ["4:4 unknown-key"]
    );
    assert_eq!(names(&client.replace("score.yaml", SHOP)), [""; 0]);
    assert_eq!(client.stop(), Some(0));
}

#[test]
fn a_diagnostic_has_all_that_is_known() {
    let sandbox = Sandbox::with_files(&[("score.yaml", SHOP)]);
    let mut client = Client::start_for(&sandbox, "compose");
    let wrong = SHOP.replace("HOST: ${resources.db.host}", "HÖ😀: ${resources.db.hots}");
    let diagnostics = client.open("score.yaml", &wrong);
    let found = diagnostics
        .iter()
        .find(|one| one["code"] == "unknown-output")
        .unwrap();
    assert_eq!(
        found["range"]["start"],
        json!({ "line": 6, "character": 12 })
    );
    assert_eq!(found["severity"], 1);
    assert_eq!(found["source"], "score-rs");
    assert!(
        found["message"]
            .as_str()
            .unwrap()
            .ends_with("help: did you mean `host`?"),
        "{found}"
    );
    let page = found["codeDescription"]["href"].as_str().unwrap();
    let page = std::fs::read_to_string(page.strip_prefix("file://").unwrap()).unwrap();
    assert!(page.starts_with("# unknown-output"));
}

#[test]
fn columns_are_bytes_where_the_client_wants_it() {
    let sandbox = Sandbox::with_files(&[("score.yaml", SHOP)]);
    let general = json!({ "general": { "positionEncodings": ["utf-8", "utf-16"] } });
    let mut client = Client::start_with(&sandbox, general, json!({}));
    let wrong = SHOP.replace("HOST: ${resources.db.host}", "HÖ😀: ${resources.bd.host}");
    let diagnostics = client.open("score.yaml", &wrong);
    assert_eq!(diagnostics[0]["range"]["start"]["character"], 15);
}

#[test]
fn related_places_are_in_other_files() {
    let sandbox = Sandbox::with_files(&[("a.score.yaml", SHOP), ("b.score.yaml", SHOP)]);
    let mut client = Client::start(&sandbox);
    client.open("a.score.yaml", SHOP);
    let diagnostics = client.open("b.score.yaml", SHOP);
    assert_eq!(names(&diagnostics), ["1:17 duplicate-workload"]);
    let related = &diagnostics[0]["relatedInformation"][0];
    assert_eq!(related["location"]["uri"], client.uri("a.score.yaml"));
    // A change of one file concerns the other.
    client.replace("a.score.yaml", &SHOP.replace("shop", "other"));
    let of_b = client.published("b.score.yaml", |params| params["diagnostics"] == json!([]));
    assert!(of_b.is_empty());
}

#[test]
fn text_that_is_no_yaml_is_reported_while_typing() {
    let sandbox = Sandbox::with_files(&[("score.yaml", SHOP)]);
    let mut client = Client::start(&sandbox);
    let wrong = SHOP.replace("{type: postgres}", "{type: postgres");
    let diagnostics = client.open("score.yaml", &wrong);
    assert_eq!(
        names(&diagnostics)[0].split(' ').next_back(),
        Some("yaml-syntax")
    );
    for length in (0..SHOP.len()).step_by(7) {
        client.replace("score.yaml", &SHOP[..length]);
    }
    assert_eq!(names(&client.replace("score.yaml", SHOP)), [""; 0]);
}

#[test]
fn closing_a_file_clears() {
    let sandbox = Sandbox::with_files(&[("score.yaml", SHOP)]);
    let mut client = Client::start(&sandbox);
    assert!(!client.open("score.yaml", "apiVersion: 1\n").is_empty());
    client.close("score.yaml");
    assert!(client.published("score.yaml", |_| true).is_empty());
}

const ENVIRONMENT: &str = "target: compose\n";
const DEFINITIONS: &str = "- uri: template://platform/db\n  type: postgres\n  expected_outputs: [host]\n  outputs: |\n    host: db\n";

#[test]
fn definitions_concern_the_score_files_that_use_them() {
    let sandbox = Sandbox::with_files(&[
        ("score.yaml", SHOP),
        ("environments/dev/environment.yaml", ENVIRONMENT),
        ("environments/dev/db.provisioners.yaml", DEFINITIONS),
    ]);
    let mut client = Client::start_for(&sandbox, "dev");
    assert_eq!(names(&client.open("score.yaml", SHOP)), [""; 0]);
    let path = "environments/dev/db.provisioners.yaml";
    assert_eq!(names(&client.open(path, DEFINITIONS)), [""; 0]);
    let wrong = DEFINITIONS.replace("[host]", "[hots]");
    client.replace(path, &wrong);
    let of_score = client.published("score.yaml", |params| params["diagnostics"] != json!([]));
    assert_eq!(names(&of_score), ["6:12 unknown-output"]);
    let broken = client.replace(path, &DEFINITIONS.replace("type:", "tpye:"));
    assert!(
        names(&broken).contains(&"1:2 unknown-key".to_owned()),
        "{broken:?}"
    );
}

#[test]
fn the_setting_names_the_environment() {
    let sandbox = Sandbox::with_files(&[("score.yaml", SHOP)]);
    let mut client = Client::start(&sandbox);
    let wrong = SHOP.replace(".host}", ".hots}");
    assert_eq!(names(&client.open("score.yaml", &wrong)), [""; 0]);
    let settings = json!({ "settings": { "score-rs": { "environment": "compose" } } });
    client.notify("workspace/didChangeConfiguration", settings);
    let found = client.published("score.yaml", |_| true);
    assert!(
        names(&found).contains(&"6:12 unknown-output".to_owned()),
        "{found:?}"
    );
    let settings = json!({ "settings": { "score-rs": { "environment": "nowhere" } } });
    client.notify("workspace/didChangeConfiguration", settings);
    let found = client.published("score.yaml", |_| true);
    assert!(
        found[0]["message"].as_str().unwrap().contains("nowhere"),
        "{found:?}"
    );
}

#[test]
fn other_files_are_checked_by_themselves() {
    let sandbox = Sandbox::new();
    let mut client = Client::start(&sandbox);
    for (path, text, expected) in [
        (
            "environments/dev/environment.yaml",
            "tagret: compose\n",
            "unknown-key",
        ),
        (
            "x.provisioners.yaml",
            "- uri: nothing\n  type: a\n",
            "unknown-engine",
        ),
        ("x.patches.yaml", "- targte: {}\n", "unknown-key"),
        ("score-rs.yaml", "rules: {nothing: warn}\n", "unknown-rule"),
    ] {
        let found = names(&client.open(path, text));
        assert!(
            found.iter().any(|name| name.ends_with(expected)),
            "{path}: {found:?}"
        );
    }
}

#[test]
fn several_folders_are_several_projects() {
    let sandbox = Sandbox::with_files(&[
        ("one/environments/dev/environment.yaml", ENVIRONMENT),
        ("one/score.yaml", SHOP),
        (
            "two/environments/dev/environment.yaml",
            "target: kubernetes\n",
        ),
        ("two/score.yaml", SHOP),
    ]);
    let mut client = Client::start_for(&sandbox, "dev");
    // The same name in two projects is no problem, and each has its own target.
    let wrong = SHOP.replace(".host}", ".hots}");
    assert_eq!(names(&client.open("one/score.yaml", &wrong)).len(), 1);
    assert_eq!(names(&client.open("two/score.yaml", SHOP)), [""; 0]);
    assert_eq!(names(&client.replace("one/score.yaml", SHOP)), [""; 0]);
}

#[test]
fn a_request_that_is_cancelled_is_not_answered() {
    let sandbox = Sandbox::with_files(&[("score.yaml", SHOP)]);
    let mut client = Client::start(&sandbox);
    client.open("score.yaml", SHOP);
    let unknown = client.request("textDocument/nothing", json!({}));
    assert_eq!(unknown["code"], -32601);
    // The server is busy with the text, and reads both messages after it.
    client.change("score.yaml", json!([{ "text": "a: 1\n".repeat(50_000) }]));
    let id = client.ask("textDocument/hover", json!({}));
    client.notify("$/cancelRequest", json!({ "id": id }));
    assert_eq!(client.answer(id)["code"], -32800);
}

#[test]
fn a_client_that_goes_away_ends_the_server() {
    let sandbox = Sandbox::new();
    let result = sandbox.run_with_input(&["lsp"], b"");
    assert_eq!(result.code, Some(3), "{result:?}");
}
