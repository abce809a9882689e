//! Random edits: whatever is typed, the server goes on, and what it finds in the end is what
//! `validate` finds.

use std::time::{Duration, Instant};

use serde_json::{Value, json};

use super::client::Client;
use crate::sandbox::Sandbox;

const SCORE: &str = "\
apiVersion: score.dev/v1b1
metadata:
  name: shop
  annotations: {k8s.score.dev/kin: Job}
service: {ports: {web: {port: 80}}}
containers:
  main:
    image: nginx:1
    variables:
      URL: ${resources.db.url}
    files:
      /etc/a: {content: \"ü😀 ${metadata.name}\\n\"}
resources:
  db: {type: postgres}
  pay:
    type: service-port
    params: {workload: pay, port: web}
";

const PAY: &str = "\
apiVersion: score.dev/v1b1
metadata: {name: pay}
service: {ports: {web: {port: 80}}}
containers: {main: {image: nginx:1}}
";

const ENVIRONMENT: &str = "target: compose\nproject: shop\nvalues:\n  unused: 1\n";

const DEFINITIONS: &str = "\
- uri: template://platform/postgres
  type: postgres
  supported_params: []
  expected_outputs: [url]
  init: |
    name: db-{{ .Id | replace \".\" \"-\" }}
  outputs: |
    url: {{ .Init.name }}
";

/// What is typed.
const WORDS: [&str; 24] = [
    " ",
    "\n",
    "  ",
    ":",
    ": ",
    "- ",
    "{",
    "}",
    "[",
    "]",
    "\"",
    "'",
    "|",
    "#",
    "${",
    "${resources.",
    "{{ ",
    "}}",
    "\u{0}",
    "ü",
    "😀",
    "name",
    "\r\n",
    "&a *a",
];

/// Numbers that are the same in every run.
struct Numbers(u64);

impl Numbers {
    fn below(&mut self, limit: usize) -> usize {
        // xorshift64.
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 % limit.max(1) as u64) as usize
    }
}

/// `name` and the start of each diagnostic, sorted.
fn places(diagnostics: impl Iterator<Item = (String, u64, u64)>) -> Vec<String> {
    let mut places: Vec<String> = diagnostics
        .map(|(name, line, column)| format!("{line}:{column} {name}"))
        .collect();
    places.sort();
    places
}

fn published(diagnostics: &[Value]) -> Vec<String> {
    places(diagnostics.iter().map(|one| {
        let start = &one["range"]["start"];
        (
            one["code"].as_str().unwrap().to_owned(),
            start["line"].as_u64().unwrap() + 1,
            start["character"].as_u64().unwrap() + 1,
        )
    }))
}

/// What `validate` finds in each of these files.
fn validated(sandbox: &Sandbox, files: &[(&str, &str)]) -> Vec<Vec<String>> {
    let run = sandbox.run(&["validate", "--env", "dev", "--format", "json"]);
    let report: Value = serde_json::from_str(&run.stdout).unwrap();
    let in_file = |path: &str| {
        let all = report["diagnostics"].as_array().unwrap().iter();
        let here = all.filter(|one| match one["place"]["source"].as_str() {
            Some(source) => source == path,
            // What has no place is shown in the environment.
            None => path == "environments/dev/environment.yaml",
        });
        places(here.map(|one| {
            let start = &one["place"]["start"];
            let number = |key: &str| start[key].as_u64().unwrap_or(1);
            (
                one["name"].as_str().unwrap().to_owned(),
                number("line"),
                number("column"),
            )
        }))
    };
    files.iter().map(|(path, _)| in_file(path)).collect()
}

/// An edit of a text and the one that takes it back.
fn edit(text: &str, numbers: &mut Numbers) -> (Value, Value, String) {
    loop {
        let (start, end, new) = replacement(text, numbers);
        let changed = format!("{}{new}{}", &text[..start], &text[end..]);
        // No position is between the characters of a line break.
        let is_inside = |text: &str, offset: usize| {
            text[..offset].ends_with('\r') && text[offset..].starts_with('\n')
        };
        let new_end = start + new.len();
        let are_inside = [
            is_inside(text, start) || is_inside(text, end),
            is_inside(&changed, start) || is_inside(&changed, new_end),
        ];
        if !are_inside.contains(&true) {
            let forward = change(text, start, end, new);
            let back = change(&changed, start, new_end, &text[start..end]);
            return (forward, back, changed);
        }
    }
}

/// A part of a text, and what replaces it.
fn replacement(text: &str, numbers: &mut Numbers) -> (usize, usize, &'static str) {
    let boundary = |mut offset: usize| {
        while !text.is_char_boundary(offset) {
            offset -= 1;
        }
        offset
    };
    let start = boundary(numbers.below(text.len() + 1));
    let end = match numbers.below(2) {
        0 => start,
        _ => boundary((start + numbers.below(12)).min(text.len())).max(start),
    };
    let new = match numbers.below(3) {
        0 if end > start => "",
        _ => WORDS[numbers.below(WORDS.len())],
    };
    (start, end, new)
}

fn change(text: &str, start: usize, end: usize, new: &str) -> Value {
    json!([{ "range": { "start": position(text, start), "end": position(text, end) }, "text": new }])
}

/// A position; a carriage return that ends no line is one too.
fn position(text: &str, offset: usize) -> Value {
    let before = &text[..offset];
    let bytes = before.as_bytes();
    let is_end = |index: &usize| {
        bytes[*index] == b'\n'
            || bytes[*index] == b'\r' && text.as_bytes().get(index + 1) != Some(&b'\n')
    };
    let ends: Vec<usize> = (0..bytes.len()).filter(is_end).collect();
    let start = ends.last().map_or(0, |end| end + 1);
    json!({ "line": ends.len(), "character": before[start..].encode_utf16().count() })
}

#[test]
fn the_server_survives_all_edits_and_ends_where_validate_does() {
    let seconds = std::env::var("LSP_EDIT_SECONDS")
        .ok()
        .and_then(|text| text.parse().ok());
    let limit = Duration::from_secs(seconds.unwrap_or(4));
    let files = [
        ("environments/dev/environment.yaml", ENVIRONMENT),
        ("environments/dev/db.provisioners.yaml", DEFINITIONS),
        ("pay.score.yaml", PAY),
        ("score.yaml", SCORE),
    ];
    let sandbox = Sandbox::with_files(&files);
    let expected = validated(&sandbox, &files);
    assert!(!expected[3].is_empty(), "{expected:?}");
    let mut client = Client::start_for(&sandbox, "dev");
    for (path, text) in files {
        client.open(path, text);
    }
    let mut numbers = Numbers(0x5c0_4e25);
    let began = Instant::now();
    while began.elapsed() < limit {
        let (index, depth) = (numbers.below(files.len()), 1 + numbers.below(4));
        let (path, text) = files[index];
        let mut current = text.to_owned();
        let mut undo = Vec::new();
        for _ in 0..depth {
            let (forward, back, changed) = edit(&current, &mut numbers);
            client.change(path, forward);
            ask(&mut client, path, &changed, &mut numbers);
            undo.push(back);
            current = changed;
        }
        while let Some(back) = undo.pop() {
            client.change(path, back);
        }
        let found = published(&client.diagnostics(path));
        assert_eq!(found, expected[index], "{path}");
    }
    assert_eq!(client.stop(), Some(0));
}

/// Asks something about a random place; the answer only has to come.
fn ask(client: &mut Client, path: &str, text: &str, numbers: &mut Numbers) {
    let methods = [
        "completion",
        "hover",
        "definition",
        "references",
        "semanticTokens/full",
        "foldingRange",
        "documentSymbol",
        "codeAction",
    ];
    let method = format!("textDocument/{}", methods[numbers.below(methods.len())]);
    let mut offset = numbers.below(text.len() + 1);
    while !text.is_char_boundary(offset) {
        offset -= 1;
    }
    let place = position(text, offset);
    if method.ends_with("codeAction") {
        let range = json!({ "start": place, "end": place });
        let document = json!({ "uri": client.uri(path) });
        let params =
            json!({ "textDocument": document, "range": range, "context": { "diagnostics": [] } });
        client.request(&method, params);
    } else {
        client.at(&method, path, place);
    }
}
