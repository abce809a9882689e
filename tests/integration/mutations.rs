//! Valid files with one mutation: nothing panics, and the first error points at the mutation.
//!
//! The first error is on the mutated line or after it, or covers that line, or is at the key or the
//! start of a mapping that contains it, or a secondary place is. References to a removed name are
//! reported where they are.
//! `PROPTEST_CASES` is the number of mutations.

use std::collections::BTreeSet;
use std::path::Path;
use std::sync::LazyLock;

use compiler::compile::{Request, validate, validate_for_environment};
use compiler::support::host::{Host, HostError};
use compiler::support::random::Key;
use compiler::targets::compose::Compose;
use compiler::targets::kubernetes::Kubernetes;
use compiler::targets::target::Target;
use diagnostics::report::{Diagnostic, Report, Severity};
use diagnostics::source::{Sources, Span};
use proptest::prelude::*;
use regex::Regex;
use score_rs::report::format::{Format, RenderOptions, render};
use yaml::{self, Kind, Node};

use crate::random::cases;

/// Errors about a name whose declaration may be mutated, anywhere in the file: also the port of a
/// route, which its definition looks up, and an output of what became an environment.
const REFERENCES: [&str; 8] = [
    "template-error",
    "unset-variable",
    "unknown-resource",
    "unknown-container",
    "unknown-metadata",
    "healthy-without-probe",
    "unknown-output",
    "unknown-port",
];

/// Texts that a mutation inserts.
const TOKENS: [&str; 30] = [
    ":",
    "-",
    "- ",
    "#",
    " #",
    "\"",
    "'",
    "{",
    "}",
    "[",
    "]",
    ",",
    "|",
    ">",
    "&a",
    "*a",
    "!tag",
    "%",
    "@",
    "`",
    "\t",
    "\n",
    "\r",
    "---\n",
    "...\n",
    "${",
    "}",
    "null",
    "key: value",
    "\u{feff}",
];

/// Styles that are rare in fixtures: flow style, quotes, block scalars, comments, several
/// documents.
const STYLES: &str = r##"# A comment at the top.
apiVersion: "score.dev/v1b1"
metadata: {name: 'styles', annotations: {"example.com/a": "b: c", x.y: "#"}}
containers:
  main: # the only one
    image: "nginx:1"
    command: ["/bin/sh", -c]
    args:
    - |
      echo "${metadata.name}"

      exit 0
    - >-
      folded
      text
    variables:
      "QUOTED": 'it''s'
      URL: "http://${resources.host.host}:80/\"x\"\u00e9"
      EMPTY: ""
    files:
      /etc/a: {content: "a\nb", mode: "0644"}
      /etc/b:
        binaryContent: aGVsbG8=
    resources: {limits: {cpu: "1", memory: 1Gi}, requests: {cpu: 250m}}
    readinessProbe: {httpGet: {path: /, port: 80}}
    before: {side: {ready: healthy}}
  side:
    image: busybox
service: {ports: {web: {port: 80, targetPort: 8080, protocol: TCP}}}
resources:
  host: {type: dns}
  data:
    type: volume
    params: {storage: 1Gi}
---
apiVersion: score.dev/v1b1
metadata:
  name: second
containers:
  main:
    image: .
    volumes:
      /data:
        source: ${resources.data}
        readOnly: true
resources:
  data:
    type: volume
  route:
    type: route
    params:
      host: example.com
      path: /
      port: 80
...
"##;

/// A host on which every source file exists.
pub struct Everything;

impl Host for Everything {
    fn read(&self, _: &Path) -> Result<Vec<u8>, HostError> {
        Ok(b"content".to_vec())
    }

    fn seed(&self) -> Result<Key, HostError> {
        Ok(Key::from_seed(b"mutations"))
    }
}

/// The report about a text, with or without a target.
fn checked(text: &str, target: Option<&dyn Target>) -> (Sources, Report) {
    let mut sources = Sources::default();
    let score_files = vec![sources.add("score.yaml", text)];
    let mut report = Report::default();
    let request = Request {
        score_files,
        ..Request::new(target.unwrap_or(&Compose))
    };
    let outcome = match target {
        Some(_) => validate_for_environment(&mut sources, &Everything, &request, &mut report),
        None => validate(&mut sources, &Everything, &request, &mut report),
    };
    assert_eq!(
        outcome.is_err(),
        report.result().is_err(),
        "a run fails if and only if its report has an error"
    );
    (sources, report)
}

/// Valid files: the one above, and the fixtures with a single file.
static SAMPLES: LazyLock<Vec<String>> = LazyLock::new(|| {
    let mut samples = vec![STYLES.to_owned(), STYLES.replace('\n', "\r\n")];
    let fixtures = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures");
    for directory in std::fs::read_dir(fixtures)
        .unwrap()
        .map(|entry| entry.unwrap().path())
    {
        let Ok(text) = std::fs::read_to_string(directory.join("score.yaml")) else {
            continue;
        };
        if [None, Some(&Compose as &dyn Target), Some(&Kubernetes)]
            .into_iter()
            .all(|target| checked(&text, target).1.result().is_ok())
        {
            samples.push(text);
        }
    }
    samples.sort();
    samples
});

/// One mutation. Numbers are taken modulo the number of possible positions.
#[derive(Debug, Clone)]
enum Mutation {
    DeleteCharacter(usize),
    DuplicateCharacter(usize),
    SwapCharacters(usize),
    Insert(usize, &'static str),
    DeleteToken(usize),
    DuplicateToken(usize),
    SwapTokens(usize),
    ReplaceToken(usize, &'static str),
    DeleteLine(usize),
    DuplicateLine(usize),
    SwapLines(usize),
    Indent(usize, usize),
    Outdent(usize, usize),
    Cut(usize),
}

fn mutation() -> impl Strategy<Value = Mutation> {
    let at = any::<usize>;
    let token = || prop::sample::select(&TOKENS[..]);
    prop_oneof![
        at().prop_map(Mutation::DeleteCharacter),
        at().prop_map(Mutation::DuplicateCharacter),
        at().prop_map(Mutation::SwapCharacters),
        (at(), token()).prop_map(|(at, token)| Mutation::Insert(at, token)),
        at().prop_map(Mutation::DeleteToken),
        at().prop_map(Mutation::DuplicateToken),
        at().prop_map(Mutation::SwapTokens),
        (at(), token()).prop_map(|(at, token)| Mutation::ReplaceToken(at, token)),
        at().prop_map(Mutation::DeleteLine),
        at().prop_map(Mutation::DuplicateLine),
        at().prop_map(Mutation::SwapLines),
        (at(), 1_usize..5).prop_map(|(at, by)| Mutation::Indent(at, by)),
        (at(), 1_usize..5).prop_map(|(at, by)| Mutation::Outdent(at, by)),
        at().prop_map(Mutation::Cut),
    ]
}

/// The text with a range of it replaced.
fn replaced(text: &str, start: usize, end: usize, by: &str) -> String {
    format!("{}{by}{}", &text[..start], &text[end..])
}

/// The ranges of all characters, tokens or lines.
fn characters(text: &str) -> Vec<(usize, usize)> {
    text.char_indices()
        .map(|(start, letter)| (start, start + letter.len_utf8()))
        .collect()
}

fn tokens(text: &str) -> Vec<(usize, usize)> {
    static TOKEN: LazyLock<Regex> = LazyLock::new(|| Regex::new(r"\w+|[^\w\s]").unwrap());
    TOKEN
        .find_iter(text)
        .map(|found| (found.start(), found.end()))
        .collect()
}

fn lines(text: &str) -> Vec<(usize, usize)> {
    let mut start = 0;
    let range = |line: &str| {
        start += line.len();
        (start - line.len(), start)
    };
    text.split_inclusive('\n').map(range).collect()
}

fn pick(ranges: &[(usize, usize)], at: usize) -> (usize, usize) {
    ranges[at % ranges.len()]
}

/// Swaps two adjacent ranges.
fn swapped(text: &str, ranges: &[(usize, usize)], at: usize) -> String {
    let index = at % (ranges.len() - 1);
    let ((start, middle), (next, end)) = (ranges[index], ranges[index + 1]);
    let (first, between, second) = (&text[start..middle], &text[middle..next], &text[next..end]);
    replaced(text, start, end, &format!("{second}{between}{first}"))
}

fn mutated(text: &str, mutation: &Mutation) -> String {
    let without = |(start, end)| replaced(text, start, end, "");
    let twice = |(start, end), between: &str| {
        replaced(text, end, end, &format!("{between}{}", &text[start..end]))
    };
    match mutation {
        Mutation::DeleteCharacter(at) => without(pick(&characters(text), *at)),
        Mutation::DuplicateCharacter(at) => twice(pick(&characters(text), *at), ""),
        Mutation::SwapCharacters(at) => swapped(text, &characters(text), *at),
        Mutation::Insert(at, token) => {
            let (start, _) = pick(&characters(text), *at);
            replaced(text, start, start, token)
        }
        Mutation::DeleteToken(at) => without(pick(&tokens(text), *at)),
        Mutation::DuplicateToken(at) => twice(pick(&tokens(text), *at), " "),
        Mutation::SwapTokens(at) => swapped(text, &tokens(text), *at),
        Mutation::ReplaceToken(at, token) => {
            let (start, end) = pick(&tokens(text), *at);
            replaced(text, start, end, token)
        }
        Mutation::DeleteLine(at) => without(pick(&lines(text), *at)),
        Mutation::DuplicateLine(at) => twice(pick(&lines(text), *at), ""),
        Mutation::SwapLines(at) => swapped(text, &lines(text), *at),
        Mutation::Indent(at, by) => {
            let (start, _) = pick(&lines(text), *at);
            replaced(text, start, start, &" ".repeat(*by))
        }
        Mutation::Outdent(at, by) => {
            let (start, end) = pick(&lines(text), *at);
            let spaces = text[start..end]
                .bytes()
                .take_while(|letter| *letter == b' ')
                .count();
            replaced(text, start, start + spaces.min(*by), "")
        }
        Mutation::Cut(at) => text[..pick(&characters(text), *at).0].to_owned(),
    }
}

/// The first line, from 1, in which two texts differ.
fn first_difference(left: &str, right: &str) -> usize {
    let same = left
        .bytes()
        .zip(right.bytes())
        .take_while(|(left, right)| left == right)
        .count();
    left.as_bytes()[..same]
        .iter()
        .filter(|letter| **letter == b'\n')
        .count()
        + 1
}

/// The first and the last line of a span.
fn extent(sources: &Sources, span: Span) -> (usize, usize) {
    let line = |offset: usize| sources.get(span.source).position(offset).line;
    (
        line(span.start as usize),
        line((span.end as usize).max(span.start as usize + 1) - 1),
    )
}

/// The lines of the keys and starts of all mappings that contain a line.
fn enclosing(text: &str, line: usize) -> BTreeSet<usize> {
    let mut sources = Sources::default();
    let id = sources.add("score.yaml", text);
    let mut found = BTreeSet::new();
    for document in yaml::parse(&sources, id, &mut Report::default()) {
        openings(&sources, &document, None, line, &mut found);
    }
    found
}

fn openings(
    sources: &Sources,
    node: &Node,
    key: Option<Span>,
    line: usize,
    found: &mut BTreeSet<usize>,
) {
    let (first, last) = extent(sources, node.span);
    let start = key.map_or(first, |key| extent(sources, key).0);
    // A removed entry may have been after the last one.
    if line < start || line > last + 1 {
        return;
    }
    found.extend([start, first]);
    match &node.kind {
        Kind::Map(entries) => {
            entries
                .values()
                .for_each(|entry| openings(sources, &entry.value, Some(entry.key), line, found));
        }
        Kind::List(items) => items
            .iter()
            .for_each(|item| openings(sources, item, None, line, found)),
        _ => {}
    }
}

/// Whether an error points at a line, with its place or with one of those that it contradicts.
fn points_at(
    sources: &Sources,
    error: &Diagnostic,
    line: usize,
    openings: &BTreeSet<usize>,
) -> bool {
    let related = error.related().iter().map(|related| related.span);
    let mut places = error.span().into_iter().chain(related);
    REFERENCES.contains(&error.name())
        || places.any(|span| {
            let (first, last) = extent(sources, span);
            last >= line || openings.contains(&first)
        })
}

fn rendered(format: Format, sources: &Sources, report: &Report) -> String {
    let screen = RenderOptions {
        colour: false,
        width: 100,
        notes: true,
        links: false,
        directory: "/work".into(),
        repository: "/work".into(),
    };
    render(format, sources, report, &screen)
}

fn check_mutation(text: &str, mutation: &Mutation, target: Option<&dyn Target>) {
    let wrong = mutated(text, mutation);
    let (sources, report) = checked(&wrong, target);
    let diagnostics = report.in_order();
    let short_report = rendered(Format::Short, &sources, &report);
    for format in [Format::Human, Format::Json, Format::Sarif, Format::Github] {
        let _ = rendered(format, &sources, &report);
    }
    // The content of both keys is read as one mapping, so that a probe may get two handlers.
    let has_duplicate = diagnostics.iter().any(|one| one.name() == "duplicate-key");
    let follows = |one: &Diagnostic| has_duplicate && one.name() == "multiple-probe-handlers";
    let Some(error) = diagnostics
        .iter()
        .find(|one| one.severity() == Severity::Error && !follows(one))
    else {
        return;
    };
    // An empty file has no line to point at.
    if error.name() == "empty-file" {
        return;
    }
    let line = first_difference(text, &wrong);
    let mut openings = enclosing(text, line);
    openings.extend(enclosing(&wrong, line));
    assert!(
        points_at(&sources, error, line, &openings),
        "{mutation:?} on line {line} is reported elsewhere (not at {openings:?}):\n{short_report}\n{}",
        similar::TextDiff::from_lines(text, &wrong).unified_diff()
    );
}

#[test]
fn the_samples_are_valid() {
    assert!(
        SAMPLES.len() > 10,
        "only {} fixtures are valid by themselves",
        SAMPLES.len()
    );
    for target in [None, Some(&Compose as &dyn Target), Some(&Kubernetes)] {
        let (sources, report) = checked(STYLES, target);
        assert!(
            report.result().is_ok(),
            "{}",
            rendered(Format::Short, &sources, &report)
        );
    }
}

#[test]
fn a_misplaced_error_is_detected() {
    let (sources, report) = checked(
        "apiVersion: score.dev/v1b1\nmetadata:\n  nme: x\n\n\ncontainers: {a-b: {image: x}}\n",
        None,
    );
    let error = report.in_order()[0];
    assert!(points_at(&sources, error, 3, &BTreeSet::new()));
    assert!(points_at(&sources, error, 6, &BTreeSet::from([3])));
    assert!(!points_at(&sources, error, 6, &BTreeSet::from([1, 6])));
}

proptest! {
    #![proptest_config(ProptestConfig { cases: cases(1000), failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn the_first_error_points_at_the_mutation(sample in any::<prop::sample::Index>(), mutation in mutation(), target in 0..4) {
        let text = &SAMPLES[sample.index(SAMPLES.len())];
        let target = match target {
            0 => Some(&Compose as &dyn Target),
            1 => Some(&Kubernetes as &dyn Target),
            _ => None,
        };
        check_mutation(text, &mutation, target);
    }
}
