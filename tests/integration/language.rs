//! Every key of the language is known to the decoder and described in `spec/targets.md`.

use std::collections::BTreeSet;

use compiler::compile::{Request, validate};
use compiler::targets::compose::Compose;
use diagnostics::report::Report;
use diagnostics::source::Sources;
use regex::Regex;
use score_rs::report::rules::find;

use crate::mutations::Everything;

/// The start of unknown keys that resemble no known one.
const UNKNOWN: &str = "zzzzzzzzzz";

/// Every mapping of the language, in the order of [`wrong_everywhere`]: its name, its keys, and the
/// sections of `spec/targets.md` with their rows. The keys are those of the `score.dev/v1b1` schema and of
/// older forms.
#[rustfmt::skip]
const LANGUAGE: &[(&str, &[&str], &[&str])] = &[
    ("a workload", &["apiVersion", "metadata", "containers", "service", "resources"], &["Workload", "Containers", "Service", "Resources"]),
    ("`service`", &["ports"], &["Service"]),
    ("the port `web`", &["port", "targetPort", "protocol"], &["Service"]),
    (
        "the container `main`",
        &["image", "command", "args", "variables", "files", "volumes", "before", "resources", "livenessProbe", "readinessProbe"],
        &["Containers", "Files", "Volumes", "Order of start", "Probes"],
    ),
    ("the file `/file`", &["noExpand", "mode", "content", "source", "binaryContent"], &["Files"]),
    ("the volume `/volume`", &["source", "path", "read_only", "readOnly"], &["Volumes", "Older forms"]),
    ("`before.other`", &["ready"], &["Order of start"]),
    ("`resources`", &["limits", "requests"], &["Containers"]),
    ("`limits`", &["memory", "cpu"], &["Containers"]),
    ("`requests`", &["memory", "cpu"], &["Containers"]),
    ("`livenessProbe`", &["httpGet", "exec"], &["Probes"]),
    ("`httpGet`", &["path", "port", "host", "scheme", "httpHeaders"], &["Probes"]),
    ("a header", &["name", "value"], &["Probes"]),
    ("`readinessProbe`", &["httpGet", "exec"], &["Probes"]),
    ("`exec`", &["command"], &["Probes"]),
    ("the resource `db`", &["type", "class", "id", "metadata", "params", "properties"], &["Resources", "Older forms"]),
];

/// Keys of `metadata`, which allows any other key.
const METADATA: [&str; 2] = ["name", "annotations"];

/// A workload with an unknown key in every mapping, numbered as in [`LANGUAGE`].
fn wrong_everywhere() -> String {
    let text = "apiVersion: score.dev/v1b1
?
metadata: {name: all}
service: {?, ports: {web: {?, port: 80}}}
containers:
  other: {image: a}
  main:
    image: a
    ?
    files: {/file: {?, content: a}}
    volumes: {/volume: {?, source: db}}
    before: {other: {?, ready: started}}
    resources: {?, limits: {?}, requests: {?}}
    livenessProbe: {?, httpGet: {?, path: /, port: 80, httpHeaders: [{?, name: a, value: b}]}}
    readinessProbe: {?, exec: {?, command: [a]}}
resources: {db: {?, type: volume}}
";
    let mut parts = text.split('?');
    let first = parts.next().unwrap().to_owned();
    parts.enumerate().fold(first, |text, (index, part)| {
        format!("{text}{UNKNOWN}{index}: 1{part}")
    })
}

/// The code spans of a text.
fn code(text: &str) -> Vec<String> {
    let words = Regex::new("`([^`]+)`").unwrap();
    words
        .captures_iter(text)
        .map(|found| found[1].to_owned())
        .collect()
}

/// The known keys of every mapping that the decoder reads, by the numbers of [`LANGUAGE`].
fn decoded() -> Vec<(usize, BTreeSet<&'static str>)> {
    let mut sources = Sources::default();
    let score_files = vec![sources.add("score.yaml", wrong_everywhere())];
    let mut report = Report::default();
    let _ = validate(
        &mut sources,
        &Everything,
        &Request {
            score_files,
            ..Request::new(&Compose)
        },
        &mut report,
    );
    let diagnostics = report.in_order();
    assert!(
        diagnostics
            .iter()
            .all(|diagnostic| diagnostic.name() == "unknown-key"),
        "{diagnostics:?}"
    );
    diagnostics
        .iter()
        .map(|diagnostic| {
            let key = sources.slice(diagnostic.span().unwrap());
            let index = key.strip_prefix(UNKNOWN).unwrap().parse().unwrap();
            let keys = diagnostic.known_keys().iter().copied();
            (index, BTreeSet::from_iter(keys))
        })
        .collect()
}

/// A row of a table: its section and its cells.
struct Row {
    section: String,
    cells: Vec<String>,
}

fn page() -> String {
    std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/spec/targets.md")).unwrap()
}

fn rows(page: &str) -> Vec<Row> {
    let mut section = String::new();
    let mut rows = Vec::new();
    for line in page.lines() {
        if let Some(title) = line.strip_prefix("## ") {
            section = title.to_owned();
        } else if let Some(cells) = line
            .strip_prefix("| ")
            .and_then(|line| line.strip_suffix('|'))
        {
            let cells = cells
                .split('|')
                .map(|cell| cell.trim().to_owned())
                .collect();
            rows.push(Row {
                section: section.clone(),
                cells,
            });
        }
    }
    rows.retain(|row| !["field", ""].contains(&row.cells[0].as_str()));
    rows
}

/// The keys of a row: `httpGet.path` has two, `ready: complete` has `ready`.
fn keys(row: &Row) -> Vec<String> {
    let of_language = code(&row.cells[0])
        .into_iter()
        .filter(|word| !word.contains(".dev/"));
    let path = |word: String| {
        word.split(':')
            .next()
            .unwrap()
            .split('.')
            .map(str::to_owned)
            .collect::<Vec<_>>()
    };
    of_language
        .flat_map(path)
        .filter(|key| !key.is_empty() && !key.starts_with('<'))
        .collect()
}

#[test]
fn the_decoder_reads_exactly_the_keys_of_the_language() {
    let mut decoded = decoded();
    let language: Vec<_> = LANGUAGE
        .iter()
        .map(|(_, keys, _)| BTreeSet::from_iter(keys.iter().copied()))
        .enumerate()
        .collect();
    decoded.sort();
    assert_eq!(decoded, language);
}

#[test]
fn every_key_has_a_row_in_the_spec() {
    let page = page();
    let older = page
        .split("## Older forms")
        .nth(1)
        .unwrap()
        .split("\n## ")
        .next()
        .unwrap();
    let rows = rows(&page);
    for (what, known_keys, sections) in LANGUAGE {
        for key in *known_keys {
            let has_row = rows.iter().any(|row| {
                sections.contains(&row.section.as_str())
                    && keys(row).iter().any(|other| other == key)
            });
            let is_older =
                sections.contains(&"Older forms") && code(older).iter().any(|other| other == key);
            assert!(
                has_row || is_older,
                "spec/targets.md has no row for the key `{key}` of {what}"
            );
        }
    }
    let of_metadata = |key: &str| {
        rows.iter().any(|row| {
            row.section == "Workload" && code(&row.cells[0]).contains(&format!("metadata.{key}"))
        })
    };
    assert!(METADATA.iter().all(|key| of_metadata(key)));
}

#[test]
fn every_row_is_about_a_key_and_both_targets() {
    let page = page();
    let of_fields = rows(&page).into_iter().filter(|row| row.cells.len() == 4);
    let mut count = 0;
    for row in of_fields {
        let known = |key: &String| {
            let in_section = LANGUAGE
                .iter()
                .filter(|(_, _, sections)| sections.contains(&row.section.as_str()));
            in_section
                .flat_map(|(_, keys, _)| *keys)
                .chain(&METADATA)
                .any(|known| known == key)
        };
        let unknown: Vec<String> = keys(&row).into_iter().filter(|key| !known(key)).collect();
        assert!(
            unknown.is_empty(),
            "{}: the row of {} is about no key: {unknown:?}",
            row.section,
            row.cells[0]
        );
        assert!(
            row.cells[2..].iter().all(|cell| !cell.is_empty()),
            "{}: {} says nothing of a target",
            row.section,
            row.cells[0]
        );
        count += 1;
    }
    assert!(count > 40, "only {count} rows were read");
}

#[test]
fn every_diagnostic_in_the_spec_exists() {
    let name = Regex::new("^[a-z]+(-[a-z]+)+$").unwrap();
    let names: Vec<String> = code(&page())
        .into_iter()
        .filter(|word| name.is_match(word) && !word.starts_with("score-rs-"))
        .collect();
    assert!(names.len() > 30);
    let unknown: Vec<&String> = names.iter().filter(|name| find(name).is_none()).collect();
    assert!(
        unknown.is_empty(),
        "spec/targets.md names {unknown:?}, which are not rules"
    );
}
