//! Valid files with one slip: whatever it is, nothing panics, and the first error leads to it.
//!
//! The first error stands on the mutated line or after it, or covers that line, or stands at the key or at the opening of a mapping
//! that contains it. A reference to what the slip has taken away is wrong where it stands.
//! `PROPTEST_CASES` says how many slips are tried.

use std::collections::BTreeSet;
use std::path::Path;
use std::sync::LazyLock;

use proptest::prelude::*;
use regex::Regex;
use score_rs::back::compose::Compose;
use score_rs::back::kubernetes::Kubernetes;
use score_rs::back::target::Target;
use score_rs::base::diagnostics::{Diagnostic, Report, Severity};
use score_rs::base::host::{Host, Refusal};
use score_rs::base::random::Key;
use score_rs::base::text::{Sources, Span};
use score_rs::base::yaml::{self, Kind, Node};
use score_rs::pipeline::{Request, validate, validate_for_environment};
use score_rs::shell::render::{Format, Screen, render};

/// Errors about a name whose declaration may be what was mutated, anywhere in the file.
const REFERENCES: [&str; 5] =
    ["unknown-resource", "unknown-container", "unknown-metadata", "healthy-without-probe", "unknown-output"];

/// What a slip may put in.
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

/// A file of everything that fixtures have little of: flow style, quotes, block texts, comments, several documents.
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

/// Every file beside a Score file is there.
pub struct Everything;

impl Host for Everything {
    fn read(&self, _: &Path) -> Result<Vec<u8>, Refusal> {
        Ok(b"content".to_vec())
    }

    fn seed(&self) -> Result<Key, Refusal> {
        Ok(Key::from_seed(b"mutations"))
    }
}

/// What there is to say about a text, by itself or for a target.
fn checked(text: &str, target: Option<&dyn Target>) -> (Sources, Report) {
    let mut sources = Sources::default();
    let score_files = vec![sources.add("score.yaml", text)];
    let mut report = Report::default();
    let request = Request { score_files, ..Request::new(target.unwrap_or(&Compose)) };
    let ended = match target {
        Some(_) => validate_for_environment(&mut sources, &Everything, &request, &mut report),
        None => validate(&mut sources, &Everything, &request, &mut report),
    };
    assert_eq!(ended.is_err(), report.failed().is_err(), "a run fails exactly when its report holds an error");
    (sources, report)
}

/// The valid files: the one above, and the fixtures that need nothing but themselves.
static SAMPLES: LazyLock<Vec<String>> = LazyLock::new(|| {
    let mut samples = vec![STYLES.to_owned(), STYLES.replace('\n', "\r\n")];
    let fixtures = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures");
    for directory in std::fs::read_dir(fixtures).unwrap().map(|entry| entry.unwrap().path()) {
        let Ok(text) = std::fs::read_to_string(directory.join("score.yaml")) else { continue };
        if [None, Some(&Compose as &dyn Target), Some(&Kubernetes)]
            .into_iter()
            .all(|target| checked(&text, target).1.failed().is_ok())
        {
            samples.push(text);
        }
    }
    samples.sort();
    samples
});

/// One slip. Numbers choose among what a text offers, whatever its size.
#[derive(Debug, Clone)]
enum Slip {
    DeleteLetter(usize),
    DoubleLetter(usize),
    SwapLetters(usize),
    Insert(usize, &'static str),
    DeleteToken(usize),
    DoubleToken(usize),
    SwapTokens(usize),
    ReplaceToken(usize, &'static str),
    DeleteLine(usize),
    DoubleLine(usize),
    SwapLines(usize),
    Indent(usize, usize),
    Outdent(usize, usize),
    Cut(usize),
}

fn slip() -> impl Strategy<Value = Slip> {
    let at = any::<usize>;
    let token = || prop::sample::select(&TOKENS[..]);
    prop_oneof![
        at().prop_map(Slip::DeleteLetter),
        at().prop_map(Slip::DoubleLetter),
        at().prop_map(Slip::SwapLetters),
        (at(), token()).prop_map(|(at, token)| Slip::Insert(at, token)),
        at().prop_map(Slip::DeleteToken),
        at().prop_map(Slip::DoubleToken),
        at().prop_map(Slip::SwapTokens),
        (at(), token()).prop_map(|(at, token)| Slip::ReplaceToken(at, token)),
        at().prop_map(Slip::DeleteLine),
        at().prop_map(Slip::DoubleLine),
        at().prop_map(Slip::SwapLines),
        (at(), 1_usize..5).prop_map(|(at, by)| Slip::Indent(at, by)),
        (at(), 1_usize..5).prop_map(|(at, by)| Slip::Outdent(at, by)),
        at().prop_map(Slip::Cut),
    ]
}

/// The text with a range of it replaced.
fn replaced(text: &str, start: usize, end: usize, by: &str) -> String {
    format!("{}{by}{}", &text[..start], &text[end..])
}

/// The ranges of all letters, tokens or lines.
fn letters(text: &str) -> Vec<(usize, usize)> {
    text.char_indices().map(|(start, letter)| (start, start + letter.len_utf8())).collect()
}

fn tokens(text: &str) -> Vec<(usize, usize)> {
    static TOKEN: LazyLock<Regex> = LazyLock::new(|| Regex::new(r"\w+|[^\w\s]").unwrap());
    TOKEN.find_iter(text).map(|found| (found.start(), found.end())).collect()
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

/// Two ranges that follow each other, swapped.
fn swapped(text: &str, ranges: &[(usize, usize)], at: usize) -> String {
    let index = at % (ranges.len() - 1);
    let ((start, middle), (next, end)) = (ranges[index], ranges[index + 1]);
    let (first, between, second) = (&text[start..middle], &text[middle..next], &text[next..end]);
    replaced(text, start, end, &format!("{second}{between}{first}"))
}

fn mutated(text: &str, slip: &Slip) -> String {
    let without = |(start, end)| replaced(text, start, end, "");
    let twice = |(start, end), between: &str| replaced(text, end, end, &format!("{between}{}", &text[start..end]));
    match slip {
        Slip::DeleteLetter(at) => without(pick(&letters(text), *at)),
        Slip::DoubleLetter(at) => twice(pick(&letters(text), *at), ""),
        Slip::SwapLetters(at) => swapped(text, &letters(text), *at),
        Slip::Insert(at, token) => {
            let (start, _) = pick(&letters(text), *at);
            replaced(text, start, start, token)
        }
        Slip::DeleteToken(at) => without(pick(&tokens(text), *at)),
        Slip::DoubleToken(at) => twice(pick(&tokens(text), *at), " "),
        Slip::SwapTokens(at) => swapped(text, &tokens(text), *at),
        Slip::ReplaceToken(at, token) => {
            let (start, end) = pick(&tokens(text), *at);
            replaced(text, start, end, token)
        }
        Slip::DeleteLine(at) => without(pick(&lines(text), *at)),
        Slip::DoubleLine(at) => twice(pick(&lines(text), *at), ""),
        Slip::SwapLines(at) => swapped(text, &lines(text), *at),
        Slip::Indent(at, by) => {
            let (start, _) = pick(&lines(text), *at);
            replaced(text, start, start, &" ".repeat(*by))
        }
        Slip::Outdent(at, by) => {
            let (start, end) = pick(&lines(text), *at);
            let spaces = text[start..end].bytes().take_while(|letter| *letter == b' ').count();
            replaced(text, start, start + spaces.min(*by), "")
        }
        Slip::Cut(at) => text[..pick(&letters(text), *at).0].to_owned(),
    }
}

/// The first line, from 1, in which two texts differ.
fn first_difference(left: &str, right: &str) -> usize {
    let same = left.bytes().zip(right.bytes()).take_while(|(left, right)| left == right).count();
    left.as_bytes()[..same].iter().filter(|letter| **letter == b'\n').count() + 1
}

/// The lines on which a place begins and ends.
fn extent(sources: &Sources, span: Span) -> (usize, usize) {
    let line = |offset: usize| sources.get(span.source).position(offset).line;
    (line(span.start as usize), line((span.end as usize).max(span.start as usize + 1) - 1))
}

/// The lines with the keys and openings of all mappings that contain a line of a text.
fn enclosing(text: &str, line: usize) -> BTreeSet<usize> {
    let mut sources = Sources::default();
    let id = sources.add("score.yaml", text);
    let mut found = BTreeSet::new();
    for document in yaml::parse(&sources, id, &mut Report::default()) {
        openings(&sources, &document, None, line, &mut found);
    }
    found
}

fn openings(sources: &Sources, node: &Node, key: Option<Span>, line: usize, found: &mut BTreeSet<usize>) {
    let (first, last) = extent(sources, node.span);
    let start = key.map_or(first, |key| extent(sources, key).0);
    // A mapping may go on behind its last entry, where something was taken away.
    if line < start || line > last + 1 {
        return;
    }
    found.extend([start, first]);
    match &node.kind {
        Kind::Map(entries) => {
            entries.values().for_each(|entry| openings(sources, &entry.value, Some(entry.key), line, found));
        }
        Kind::List(items) => items.iter().for_each(|item| openings(sources, item, None, line, found)),
        _ => {}
    }
}

/// Whether an error leads to a line.
fn leads_to(sources: &Sources, error: &Diagnostic, line: usize, openings: &BTreeSet<usize>) -> bool {
    REFERENCES.contains(&error.name())
        || error.span().is_some_and(|place| {
            let (first, last) = extent(sources, place);
            last >= line || openings.contains(&first)
        })
}

fn shown(format: Format, sources: &Sources, report: &Report) -> String {
    let screen = Screen { colour: false, width: 100, notes: true, links: false, directory: "/work".into() };
    render(format, sources, report, &screen)
}

fn judge(text: &str, slip: &Slip, target: Option<&dyn Target>) {
    let wrong = mutated(text, slip);
    let (sources, report) = checked(&wrong, target);
    let diagnostics = report.in_order();
    let said = shown(Format::Short, &sources, &report);
    for format in [Format::Human, Format::Json, Format::Sarif, Format::Github] {
        let _ = shown(format, &sources, &report);
    }
    let Some(error) = diagnostics.iter().find(|diagnostic| diagnostic.severity() == Severity::Error) else { return };
    // A file of which nothing is left has no line to point at.
    if error.name() == "empty-file" {
        return;
    }
    let line = first_difference(text, &wrong);
    let mut openings = enclosing(text, line);
    openings.extend(enclosing(&wrong, line));
    assert!(
        leads_to(&sources, error, line, &openings),
        "{slip:?} on line {line} is told elsewhere (not at {openings:?}):\n{said}\n{}",
        similar::TextDiff::from_lines(text, &wrong).unified_diff()
    );
}

/// They take two seconds or so.
fn cases() -> u32 {
    std::env::var("PROPTEST_CASES").ok().and_then(|cases| cases.parse().ok()).unwrap_or(1500)
}

#[test]
fn the_samples_are_valid() {
    assert!(SAMPLES.len() > 10, "only {} fixtures are valid by themselves", SAMPLES.len());
    for target in [None, Some(&Compose as &dyn Target), Some(&Kubernetes)] {
        let (sources, report) = checked(STYLES, target);
        assert!(report.failed().is_ok(), "{}", shown(Format::Short, &sources, &report));
    }
}

#[test]
fn an_error_that_leads_elsewhere_is_found() {
    let (sources, report) =
        checked("apiVersion: score.dev/v1b1\nmetadata:\n  nme: x\n\n\ncontainers: {a-b: {image: x}}\n", None);
    let error = report.in_order()[0];
    assert!(leads_to(&sources, error, 3, &BTreeSet::new()));
    assert!(leads_to(&sources, error, 6, &BTreeSet::from([3])));
    assert!(!leads_to(&sources, error, 6, &BTreeSet::from([1, 6])));
}

proptest! {
    #![proptest_config(ProptestConfig { cases: cases(), failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn the_first_error_leads_to_the_slip(sample in any::<prop::sample::Index>(), slip in slip(), target in 0..4) {
        let text = &SAMPLES[sample.index(SAMPLES.len())];
        let target = match target {
            0 => Some(&Compose as &dyn Target),
            1 => Some(&Kubernetes as &dyn Target),
            _ => None,
        };
        judge(text, &slip, target);
    }
}
