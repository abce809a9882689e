//! Memory and time while somebody types. `benches/lsp.rs` has the numbers of a release build.

use serde_json::json;

use super::client::Client;
use crate::sandbox::Sandbox;

fn workload(number: usize) -> String {
    format!(
        "apiVersion: score.dev/v1b1\nmetadata: {{name: w{number:04}}}\ncontainers:\n  main:\n    image: nginx:1\n    variables:\n      DB: ${{resources.db.url}}\nresources:\n  db: {{type: postgres}}\n"
    )
}

/// A project that is too large to be validated after each change.
fn large() -> Sandbox {
    let sandbox = Sandbox::new();
    (0..60).for_each(|number| sandbox.write(&format!("w{number:04}.score.yaml"), workload(number)));
    sandbox
}

#[test]
fn a_large_project_is_validated_in_parts_and_then_as_a_whole() {
    let sandbox = large();
    let mut client = Client::start_for(&sandbox, "compose");
    let (path, text) = ("w0007.score.yaml", workload(7));
    client.open(path, &text);
    let same = text.replace("w0007", "w0008");
    // What is wrong with the file alone comes at once, and what is wrong in another file later.
    let wrong = client.replace(path, &same.replace(".url", ".ulr"));
    assert!(
        wrong.iter().any(|one| one["code"] == "unknown-output"),
        "{wrong:?}"
    );
    let other = client.published("w0008.score.yaml", |_| true);
    assert_eq!(other[0]["code"], "duplicate-workload");
    client.replace(path, &text);
    let cleared = client.published("w0008.score.yaml", |_| true);
    assert!(cleared.is_empty(), "{cleared:?}");
}

#[test]
fn memory_is_flat() {
    let sandbox = large();
    let mut client = Client::start_for(&sandbox, "compose");
    let path = "w0007.score.yaml";
    client.open(path, &workload(7));
    let type_in = |client: &mut Client, count: usize| {
        for number in 0..count {
            let at = json!({ "line": 4, "character": 4 });
            let end = json!({ "line": 4, "character": 5 });
            match number % 2 {
                0 => client.change(
                    path,
                    json!([{ "range": { "start": at, "end": at }, "text": "x" }]),
                ),
                _ => client.change(
                    path,
                    json!([{ "range": { "start": at, "end": end }, "text": "" }]),
                ),
            }
            if number % 10 == 9 {
                client.diagnostics(path);
            }
        }
        client.memory()
    };
    let edits = std::env::var("LSP_EDITS")
        .ok()
        .and_then(|text| text.parse().ok())
        .unwrap_or(1000);
    let before = type_in(&mut client, 300);
    let after = type_in(&mut client, edits);
    assert!(
        after < before + before / 4 + 8192,
        "{before} KiB, then {after} KiB"
    );
}
