//! What Go and sprig make of thousands of templates, recorded by `.ci/validate-templates.sh`.

mod accepted;

use super::{data, run};
use crate::Limits;

/// The recorded verdicts, unless `TEMPLATE_VERDICTS` names a file with others.
const RECORDED: &str = include_str!("verdicts/recorded.txt");

/// The data that `.ci/templates/main.go` gives to its templates.
const JSON: &str = r#"{"n": 3, "f": 2.5, "s": "héllo", "empty": "", "yes": true, "no": false, "nil": null,
    "list": ["b", "a", "b", 1, null], "map": {"a": 1, "b": {"x": "y"}, "c": null}, "none": [], "large": 18446744073709551615}"#;

/// A template with what Go makes of it.
struct Verdict {
    template: String,
    go: Go,
}

#[derive(Debug, PartialEq)]
enum Go {
    Text(String),
    Error,
    /// Bytes that are not UTF-8.
    Bytes,
}

impl Verdict {
    fn read(line: &str) -> Verdict {
        let (template, go) = line.split_once('\t').unwrap();
        Verdict {
            template: unescape(template),
            go: match go.split_at(1) {
                ("!", _) => Go::Error,
                ("?", _) => Go::Bytes,
                (_, text) => Go::Text(unescape(text)),
            },
        }
    }
}

/// Go's escapes of control characters and backslashes.
fn unescape(text: &str) -> String {
    let mut out = String::new();
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('\\') {
        out.push_str(before);
        let code = |length: usize| {
            char::from_u32(u32::from_str_radix(&after[1..length], 16).unwrap()).unwrap()
        };
        let (character, length) = match after.as_bytes()[0] {
            b'\\' => ('\\', 1),
            b'n' => ('\n', 1),
            b'r' => ('\r', 1),
            b't' => ('\t', 1),
            b'a' => ('\x07', 1),
            b'b' => ('\x08', 1),
            b'f' => ('\x0c', 1),
            b'v' => ('\x0b', 1),
            b'x' => (code(3), 3),
            b'u' => (code(5), 5),
            other => panic!("unknown escape {other}"),
        };
        out.push(character);
        rest = &after[length..];
    }
    out + rest
}

#[test]
#[allow(clippy::disallowed_methods)]
fn templates_become_what_go_makes_of_them() {
    let fresh =
        std::env::var("TEMPLATE_VERDICTS").map(|path| std::fs::read_to_string(path).unwrap());
    let text = fresh.as_deref().unwrap_or(RECORDED);
    let (mut differences, mut accepted) = (Vec::new(), 0);
    for line in text.lines() {
        let verdict = Verdict::read(line);
        let ours =
            run(&verdict.template, &data(JSON), Limits::default()).map(|rendered| rendered.text);
        let is_same = match (&verdict.go, &ours) {
            (Go::Text(go), Ok(ours)) => go == ours,
            (Go::Error | Go::Bytes, Err(_)) => true,
            _ => false,
        };
        if is_same {
            continue;
        }
        if accepted::reason(&verdict, &ours).is_some() {
            accepted += 1;
        } else {
            differences.push(format!(
                "{}\n  Go   {:?}\n  ours {ours:?}",
                verdict.template, verdict.go
            ));
        }
    }
    println!(
        "{} templates, {accepted} with accepted differences",
        text.lines().count()
    );
    assert!(text.lines().count() >= 5_000);
    assert!(
        differences.is_empty(),
        "{} differences\n{}",
        differences.len(),
        differences.join("\n")
    );
}
