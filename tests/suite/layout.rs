//! Mending texts in whatever form they are written: what `--fix` does to files with another layout.
//!
//! Wrong and valid files get comments, another indentation, quotes and line ends at random.
//! Whatever is mended then, all other values and all comments are as they were, and mending again
//! changes nothing.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::LazyLock;

use compiler::compile::{Request, validate_for_environment};
use compiler::targets::compose::Compose;
use diagnostics::report::{Edit, Report};
use diagnostics::source::{SourceId, Sources};
use granit_parser::{Event, Options, Parser};
use proptest::prelude::*;
use yaml::apply_fixes::apply_fixes;
use yaml::{self, Kind, Node, Style};

use crate::mutations::Everything;

/// How often a text is mended until nothing is left to mend.
const MOST_ROUNDS: usize = 10;

/// One mistake of every kind that is mended, in block and in flow form.
const MISTAKES: &str = r#"apiVersion: v1b1
metadata:
  nmae: shop
containers:
  - name: web
    image: example.com/web:1
    entrypoint: npm start
    args: --flag
    env:
      - name: LEVEL
        value: debug
      - name: PORT
        value: 8080
    files:
      - target: /etc/a
        content:
          - one
          - two
        mode: 0644
      - noexpand: "yes"
        target: /etc/b
        content: |
          three

          four
    volumes: [{target: /data, source: data, read_only: true}]
    resources:
      limits: {memory: 512MB, cpu: 0.5 cpu}
      requests:
        memory: "128 MiB"
    livenessProbe:
      exec: [curl, localhost]
    readinessProbe:
      httpGet: {path: /, port: "9090", scheme: https}
  - image: example.com/job:1
    name: job
    environment: [A=b, "C=d e", E=, 'F=${resources.db.host}']
    before:
      web: {condition: service_completed_successfully}
service:
  ports:
    - name: http
      containerPort: "80"
      protocol: tcp
    - {name: admin, port: 81.0}
resources:
  db: postgres
  data: {type: volume, properties: {a: 1}}
  cache:
    type: redis
    properties:
      host:
      port:
        deep:
  tail: {type: dns}
"#;

/// What becomes of a text in one round: the edits, the text after them, and the names of all
/// problems.
fn round(text: &str) -> (Vec<Edit>, String, Vec<&'static str>) {
    let mut sources = Sources::default();
    let id: SourceId = sources.add_file("score.yaml", text);
    let mut report = Report::default();
    let request = Request {
        score_files: vec![id],
        ..Request::new(&Compose)
    };
    let _ = validate_for_environment(&mut sources, &Everything, &request, &mut report);
    report.drop_aliased_edits();
    report.report_aliased_values_once();
    let problems = report.in_order();
    let mut left: Vec<&str> = problems.iter().map(|problem| problem.name()).collect();
    left.sort_unstable();
    let mut mended = apply_fixes(&sources, &problems, |source| source == id);
    let after = mended.texts.remove(&id).unwrap_or_else(|| text.to_owned());
    // Which of them were made is not told; those of one problem are made together, and all that fit
    // at once mostly are.
    let edits = problems
        .iter()
        .flat_map(|problem| problem.edits().to_vec())
        .collect();
    (edits, after, left)
}

/// The text after all rounds, and what is still said of it.
fn mended(text: &str) -> (String, Vec<&'static str>) {
    let mut text = text.to_owned();
    for _ in 0..MOST_ROUNDS {
        let (edits, after, left) = round(&text);
        if after == text {
            return (text, left);
        }
        check(&text, &edits, &after);
        text = after;
    }
    panic!("this is mended without an end:\n{text}");
}

/// A piece of a text that is a value or a comment: its place, what it says, and whether it is a
/// comment.
type Piece = (usize, usize, String, bool);

/// The scalars and comments of a text in their order.
fn pieces(text: &str) -> Vec<Piece> {
    let mut options = Options::default();
    options.emit_comments = true;
    options.max_buffered_comment_events = usize::MAX;
    let mut found = Vec::new();
    for event in Parser::new_from_str_with_options(text, options) {
        let Ok((event, place)) = event else { break };
        let (start, end) = (
            place.start.byte_offset().unwrap(),
            place.end.byte_offset().unwrap(),
        );
        match event {
            // Nothing stands where a value is missing.
            Event::Scalar(said, ..) if start < end => {
                found.push((start, end, said.into_owned(), false));
            }
            Event::Alias(_) => found.push((start, end, text[start..end].to_owned(), false)),
            Event::Comment(said, _) => found.push((start, end, said.into_owned(), true)),
            _ => {}
        }
    }
    found.sort();
    found
}

/// Everything that no edit has touched stands in the new text, in the same order. What moves as a
/// whole, such as a key before its mapping, is among the edits.
fn check(before: &str, edits: &[Edit], after: &str) {
    // Blanks that are put in before a line change no value.
    let begins_line = |offset: u32| {
        before[..offset as usize].is_empty() || before[..offset as usize].ends_with('\n')
    };
    let changes = |edit: &&Edit| {
        edit.span.start != edit.span.end
            || !edit.text.trim().is_empty()
            || !begins_line(edit.span.start)
    };
    let spans: Vec<(usize, usize)> = edits
        .iter()
        .filter(changes)
        .map(|edit| (edit.span.start as usize, edit.span.end as usize))
        .collect();
    let touched = |piece: &Piece| {
        spans.iter().any(|(start, end)| match start == end {
            true => piece.0 <= *start && *end <= piece.1,
            false => piece.0 < *end && *start < piece.1,
        })
    };
    let now = pieces(after);
    let mut rest = now.iter();
    for piece in pieces(before).iter().filter(|piece| !touched(piece)) {
        let found = rest.any(|own| own.2 == piece.2 && own.3 == piece.3);
        assert!(found, "{piece:?} is lost:\n{before}\n----\n{after}");
    }
    // A comment goes with the lines of a key that was removed, and with nothing else.
    for comment in pieces(before)
        .iter()
        .filter(|piece| piece.3 && touched(piece))
    {
        let gone = edits.iter().any(|edit| {
            edit.text.is_empty()
                && (edit.span.start as usize) <= comment.0
                && comment.1 <= edit.span.end as usize
        });
        let kept = now.iter().any(|own| own.3 && own.2 == comment.2);
        assert!(
            gone || kept,
            "{comment:?} is lost:\n{before}\n----\n{after}"
        );
    }
}

/// The value of every document.
fn values(text: &str) -> Option<Vec<String>> {
    let mut sources = Sources::default();
    let id = sources.add("t", text);
    let mut report = Report::default();
    let documents = yaml::parse(&sources, id, &mut report);
    report.result().is_ok().then(|| {
        documents
            .iter()
            .map(|document| document.to_value().to_json())
            .collect()
    })
}

/// A change of the layout that changes no value.
#[derive(Debug, Clone)]
enum Change {
    /// A comment on a line of its own, before a line.
    Above(usize, usize),
    /// A comment at the end of a line.
    Behind(usize),
    Blank(usize),
    /// Every indentation is doubled.
    Wide,
    /// A list stands as far left as its key.
    Left,
    Windows,
    Quote(usize, bool),
    Unended,
    Mark,
    Anchor(usize),
}

fn change() -> impl Strategy<Value = Change> {
    let at = any::<usize>;
    prop_oneof![
        4 => (at(), 0_usize..8).prop_map(|(at, indent)| Change::Above(at, indent)),
        4 => at().prop_map(Change::Behind),
        2 => at().prop_map(Change::Blank),
        1 => Just(Change::Wide),
        1 => Just(Change::Left),
        1 => Just(Change::Windows),
        4 => (at(), any::<bool>()).prop_map(|(at, single)| Change::Quote(at, single)),
        1 => Just(Change::Unended),
        1 => Just(Change::Mark),
        2 => at().prop_map(Change::Anchor),
    ]
}

/// The text after a change; as it was when that would change a value.
fn changed(text: &str, change: &Change, number: usize) -> String {
    let mut lines: Vec<String> = text.split_inclusive('\n').map(str::to_owned).collect();
    let end = if text.contains("\r\n") { "\r\n" } else { "\n" };
    match change {
        Change::Above(at, indent) => {
            let at = at % (lines.len() + 1);
            lines.insert(
                at,
                format!("{}# comment-{number}{end}", " ".repeat(*indent)),
            );
        }
        Change::Behind(at) => {
            let at = at % lines.len();
            let bare = lines[at].trim_end().to_owned();
            lines[at] = format!("{bare} # comment-{number}{end}");
        }
        Change::Blank(at) => lines.insert(at % (lines.len() + 1), end.to_owned()),
        Change::Wide => lines.iter_mut().for_each(|line| {
            let words = line.trim_start_matches(' ');
            let indent = " ".repeat((line.len() - words.len()) * 2);
            *line = format!(
                "{indent}{}",
                words
                    .strip_prefix("- ")
                    .map_or(words.to_owned(), |rest| format!("-   {rest}"))
            );
        }),
        Change::Left => left(&mut lines),
        Change::Windows => return kept(text, text.replace("\r\n", "\n").replace('\n', "\r\n")),
        Change::Quote(at, single) => return kept(text, quoted(text, *at, *single)),
        Change::Unended => return kept(text, text.trim_end().to_owned()),
        Change::Mark => {
            return kept(
                text,
                format!("\u{feff}{}", text.trim_start_matches('\u{feff}')),
            );
        }
        Change::Anchor(at) => return kept(text, anchored(text, *at, number)),
    }
    kept(text, lines.concat())
}

fn kept(before: &str, after: String) -> String {
    match values(&after) == values(before) {
        true => after,
        false => before.to_owned(),
    }
}

/// Moves every list that is indented below its key to the left, with all below it.
fn left(lines: &mut [String]) {
    let indent = |line: &str| line.len() - line.trim_start_matches(' ').len();
    for index in 1..lines.len() {
        let column = indent(&lines[index]);
        let above = indent(&lines[index - 1]);
        if !lines[index].trim_start().starts_with("- ")
            || column <= above
            || lines[index - 1].contains("- ")
        {
            continue;
        }
        for line in &mut lines[index..] {
            if !line.trim().is_empty() && indent(line) < column {
                break;
            }
            *line = line
                .get(column - above..)
                .filter(|_| indent(line) >= column)
                .unwrap_or(line)
                .to_owned();
        }
    }
}

fn plain_strings(node: &Node, found: &mut Vec<(usize, usize, String)>) {
    match &node.kind {
        Kind::String(said, Style::Plain) => found.push((
            node.span.start as usize,
            node.span.end as usize,
            said.clone(),
        )),
        Kind::List(items) => items.iter().for_each(|item| plain_strings(item, found)),
        Kind::Map(entries) => entries.iter().for_each(|(key, entry)| {
            found.push((
                entry.key.start as usize,
                entry.key.end as usize,
                key.clone(),
            ));
            plain_strings(&entry.value, found);
        }),
        _ => {}
    }
}

/// A word of a text: its place and what it says.
fn word(text: &str, at: usize) -> Option<(usize, usize, String)> {
    let mut sources = Sources::default();
    let id = sources.add("t", text);
    let mut found = Vec::new();
    yaml::parse(&sources, id, &mut Report::default())
        .iter()
        .for_each(|node| plain_strings(node, &mut found));
    found.retain(|(start, end, said)| text.get(*start..*end) == Some(said.as_str()));
    (!found.is_empty()).then(|| found.swap_remove(at % found.len()))
}

fn quoted(text: &str, at: usize, single: bool) -> String {
    let Some((start, end, said)) = word(text, at) else {
        return text.to_owned();
    };
    let quote = if single { '\'' } else { '"' };
    format!("{}{quote}{said}{quote}{}", &text[..start], &text[end..])
}

fn anchored(text: &str, at: usize, number: usize) -> String {
    let Some((start, ..)) = word(text, at) else {
        return text.to_owned();
    };
    format!("{}&a{number} {}", &text[..start], &text[start..])
}

/// Wrong and valid files, without the marks of `tests/wrong`.
static FILES: LazyLock<Vec<String>> = LazyLock::new(|| {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut paths: Vec<PathBuf> = Vec::new();
    for directory in ["tests/wrong", "fixtures"] {
        for area in std::fs::read_dir(root.join(directory))
            .unwrap()
            .map(|entry| entry.unwrap().path())
        {
            paths.extend(
                std::fs::read_dir(area)
                    .into_iter()
                    .flatten()
                    .map(|entry| entry.unwrap().path()),
            );
        }
    }
    paths.retain(|path| {
        path.extension()
            .is_some_and(|extension| extension == "yaml")
    });
    paths.sort();
    let own = |path: &PathBuf| {
        let text = std::fs::read_to_string(path).unwrap();
        let first = text.split("# file: ").next().unwrap_or_default();
        let is_mark = |line: &&str| {
            ["# at ", "# run: ", "# fix: "]
                .iter()
                .any(|word| line.starts_with(word))
        };
        let bare = |line: &str| {
            format!(
                "{}\n",
                line.split("# <- ").next().unwrap_or_default().trim_end()
            )
        };
        let text: String = first
            .lines()
            .filter(|line| !is_mark(line))
            .map(bare)
            .collect();
        (text.contains("apiVersion") && values(&text).is_some()).then_some(text)
    };
    let mut files: Vec<String> = paths.iter().filter_map(own).collect();
    files.dedup();
    files
});

#[test]
fn every_mistake_of_a_kind_that_is_mended_is_mended() {
    for text in [
        MISTAKES.to_owned(),
        changed(MISTAKES, &Change::Left, 0),
        changed(MISTAKES, &Change::Wide, 0),
    ] {
        let (after, left) = mended(&text);
        assert!(
            left.iter().all(|name| *name == "unused-resource"),
            "{left:?}\n{after}"
        );
        assert_eq!(values(&after), values(&mended(MISTAKES).0), "{after}");
    }
}

#[test]
fn every_file_is_mended_once_and_nothing_else_is_touched() {
    assert!(FILES.len() > 300, "{}", FILES.len());
    let mut changes: BTreeMap<bool, usize> = BTreeMap::new();
    for text in FILES.iter() {
        let (after, _) = mended(text);
        *changes.entry(after != *text).or_default() += 1;
    }
    assert!(changes[&true] > 80 && changes[&false] > 80, "{changes:?}");
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, ..ProptestConfig::default() })]

    #[test]
    fn whatever_the_layout_only_what_is_wrong_changes(
        file in prop_oneof![1 => Just(None), 3 => any::<prop::sample::Index>().prop_map(Some)],
        changes in prop::collection::vec(change(), 1..12),
    ) {
        let mut text = file.map_or_else(|| MISTAKES.to_owned(), |index| index.get(FILES.as_slice()).clone());
        let canonical = mended(&text);
        for (number, change) in changes.iter().enumerate() {
            text = changed(&text, change, number);
        }
        let (after, left) = mended(&text);
        // Where the form left no doubt, the result says the same as that of the plain form.
        if left == canonical.1 && values(&after).is_some() {
            prop_assert_eq!(values(&after), values(&canonical.0), "{}\n----\n{}", text, after);
        }
    }
}
