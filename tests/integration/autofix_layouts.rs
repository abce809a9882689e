//! `--fix` on files with different layouts.
//!
//! Valid and invalid files get random comments, indentation, quotes and line ends. After a fix all
//! other values and all comments are unchanged, and a second fix changes nothing.

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
use crate::random::cases;

/// The most rounds that a text may need.
const MOST_ROUNDS: usize = 10;

/// One mistake of every fixable kind, in block and in flow style.
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
  data: {type: volume, properties: {a: {}}}
  cache:
    type: redis
    properties:
      host:
      port:
        type:
  tail: {type: dns}
"#;

/// One round: the edits, the text after them, and the names of all problems.
fn fix_once(text: &str) -> (Vec<Edit>, String, Vec<&'static str>) {
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
    let mut remaining: Vec<&str> = problems.iter().map(|problem| problem.name()).collect();
    remaining.sort_unstable();
    let mut fixes = apply_fixes(&sources, &problems, |source| source == id);
    let after = fixes.texts.remove(&id).unwrap_or_else(|| text.to_owned());
    // The applied edits are not returned, so this has all of them.
    let edits = problems
        .iter()
        .flat_map(|problem| problem.edits().to_vec())
        .collect();
    (edits, after, remaining)
}

/// The text after all rounds, and the names of the remaining problems.
fn fix_all(text: &str) -> (String, Vec<&'static str>) {
    let mut text = text.to_owned();
    for _ in 0..MOST_ROUNDS {
        let (edits, after, remaining) = fix_once(&text);
        if after == text {
            return (text, remaining);
        }
        check(&text, &edits, &after);
        text = after;
    }
    panic!("fixing this does not terminate:\n{text}");
}

/// A scalar or a comment: start, end, content, and whether it is a comment.
type Piece = (usize, usize, String, bool);

/// The scalars and comments of a text in their order.
fn pieces(text: &str) -> Vec<Piece> {
    let mut options = Options::default();
    options.emit_comments = true;
    options.max_buffered_comment_events = usize::MAX;
    let mut found = Vec::new();
    for event in Parser::new_from_str_with_options(text, options) {
        let Ok((event, span)) = event else { break };
        let (start, end) = (
            span.start.byte_offset().unwrap(),
            span.end.byte_offset().unwrap(),
        );
        match event {
            // A missing value has an empty span.
            Event::Scalar(value, ..) if start < end => {
                found.push((start, end, value.into_owned(), false));
            }
            Event::Alias(_) => found.push((start, end, text[start..end].to_owned(), false)),
            Event::Comment(value, _) => found.push((start, end, value.into_owned(), true)),
            _ => {}
        }
    }
    found.sort();
    found
}

/// Checks that all pieces that no edit touches are in the new text, in the same order.
fn check(before: &str, edits: &[Edit], after: &str) {
    // Indentation changes no value.
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
        let found = rest.any(|other| other.2 == piece.2 && other.3 == piece.3);
        assert!(found, "{piece:?} is lost:\n{before}\n----\n{after}");
    }
    // A comment is removed only with the lines of a removed key.
    for comment in pieces(before)
        .iter()
        .filter(|piece| piece.3 && touched(piece))
    {
        let removed = edits.iter().any(|edit| {
            edit.text.is_empty()
                && (edit.span.start as usize) <= comment.0
                && comment.1 <= edit.span.end as usize
        });
        let remains = now.iter().any(|other| other.3 && other.2 == comment.2);
        assert!(
            removed || remains,
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
    /// A comment line before a line.
    Above(usize, usize),
    /// A comment at the end of a line.
    Behind(usize),
    Blank(usize),
    /// Doubles all indentation.
    Wide,
    /// Lists are indented like their key.
    Left,
    Windows,
    Quote(usize, bool),
    Unended,
    Mark,
    Anchor(usize),
}

fn change() -> impl Strategy<Value = Change> {
    let index = any::<usize>;
    prop_oneof![
        4 => (index(), 0_usize..8).prop_map(|(index, indent)| Change::Above(index, indent)),
        4 => index().prop_map(Change::Behind),
        2 => index().prop_map(Change::Blank),
        1 => Just(Change::Wide),
        1 => Just(Change::Left),
        1 => Just(Change::Windows),
        4 => (index(), any::<bool>()).prop_map(|(index, single)| Change::Quote(index, single)),
        1 => Just(Change::Unended),
        1 => Just(Change::Mark),
        2 => index().prop_map(Change::Anchor),
    ]
}

/// The text after a change; unchanged if the change would change a value.
fn apply(text: &str, change: &Change, number: usize) -> String {
    let mut lines: Vec<String> = text.split_inclusive('\n').map(str::to_owned).collect();
    let end = if text.contains("\r\n") { "\r\n" } else { "\n" };
    match change {
        Change::Above(index, indent) => {
            let index = index % (lines.len() + 1);
            lines.insert(
                index,
                format!("{}# comment-{number}{end}", " ".repeat(*indent)),
            );
        }
        Change::Behind(index) => {
            let index = index % lines.len();
            let bare = lines[index].trim_end().to_owned();
            lines[index] = format!("{bare} # comment-{number}{end}");
        }
        Change::Blank(index) => lines.insert(index % (lines.len() + 1), end.to_owned()),
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
        Change::Left => dedent_lists(&mut lines),
        Change::Windows => {
            return unless_changed(text, text.replace("\r\n", "\n").replace('\n', "\r\n"));
        }
        Change::Quote(index, single) => {
            return unless_changed(text, quote_scalar(text, *index, *single));
        }
        Change::Unended => return unless_changed(text, text.trim_end().to_owned()),
        Change::Mark => {
            return unless_changed(
                text,
                format!("\u{feff}{}", text.trim_start_matches('\u{feff}')),
            );
        }
        Change::Anchor(index) => return unless_changed(text, anchor_scalar(text, *index, number)),
    }
    unless_changed(text, lines.concat())
}

fn unless_changed(before: &str, after: String) -> String {
    match values(&after) == values(before) {
        true => after,
        false => before.to_owned(),
    }
}

/// Moves every list that is indented under its key to the left.
fn dedent_lists(lines: &mut [String]) {
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

fn plain_scalars(node: &Node, found: &mut Vec<(usize, usize, String)>) {
    match &node.kind {
        Kind::String(value, Style::Plain) => found.push((
            node.span.start as usize,
            node.span.end as usize,
            value.clone(),
        )),
        Kind::List(items) => items.iter().for_each(|item| plain_scalars(item, found)),
        Kind::Map(entries) => entries.iter().for_each(|(key, entry)| {
            found.push((entry.key.start as usize, entry.key.end as usize, key.into()));
            plain_scalars(&entry.value, found);
        }),
        _ => {}
    }
}

/// A plain scalar of a text: start, end and content.
fn pick_scalar(text: &str, index: usize) -> Option<(usize, usize, String)> {
    let mut sources = Sources::default();
    let id = sources.add("t", text);
    let mut found = Vec::new();
    yaml::parse(&sources, id, &mut Report::default())
        .iter()
        .for_each(|node| plain_scalars(node, &mut found));
    found.retain(|(start, end, value)| text.get(*start..*end) == Some(value.as_str()));
    (!found.is_empty()).then(|| found.swap_remove(index % found.len()))
}

fn quote_scalar(text: &str, index: usize, single: bool) -> String {
    // In quotes, spaces at the ends are meant, also those that no fix leaves elsewhere.
    let picked = pick_scalar(text, index).filter(|(.., value)| value.trim() == value);
    let Some((start, end, value)) = picked else {
        return text.to_owned();
    };
    let quote = if single { '\'' } else { '"' };
    format!("{}{quote}{value}{quote}{}", &text[..start], &text[end..])
}

fn anchor_scalar(text: &str, index: usize, number: usize) -> String {
    let Some((start, ..)) = pick_scalar(text, index) else {
        return text.to_owned();
    };
    format!("{}&a{number} {}", &text[..start], &text[start..])
}

/// Valid and invalid files, without the markers of `tests/ui`.
static FILES: LazyLock<Vec<String>> = LazyLock::new(|| {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut paths: Vec<PathBuf> = Vec::new();
    for directory in ["tests/ui", "fixtures"] {
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
    let read = |path: &PathBuf| {
        let text = std::fs::read_to_string(path).unwrap();
        let first = text.split("# file: ").next().unwrap_or_default();
        let is_mark = |line: &&str| {
            ["# at ", "# run: ", "# fix: "]
                .iter()
                .any(|pick_scalar| line.starts_with(pick_scalar))
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
    let mut files: Vec<String> = paths.iter().filter_map(read).collect();
    files.dedup();
    files
});

#[test]
fn every_fixable_mistake_is_fixed() {
    for text in [
        MISTAKES.to_owned(),
        apply(MISTAKES, &Change::Left, 0),
        apply(MISTAKES, &Change::Wide, 0),
    ] {
        let (after, remaining) = fix_all(&text);
        assert!(
            remaining
                .iter()
                .all(|name| ["unused-resource", "liveness-probe-ignored"].contains(name)),
            "{remaining:?}\n{after}"
        );
        assert_eq!(values(&after), values(&fix_all(MISTAKES).0), "{after}");
    }
}

#[test]
fn fixes_touch_nothing_else() {
    assert!(FILES.len() > 300, "{}", FILES.len());
    let mut changes: BTreeMap<bool, usize> = BTreeMap::new();
    for text in FILES.iter() {
        let (after, _) = fix_all(text);
        *changes.entry(after != *text).or_default() += 1;
    }
    assert!(changes[&true] > 80 && changes[&false] > 80, "{changes:?}");
}

proptest! {
    #![proptest_config(ProptestConfig { cases: cases(100), ..ProptestConfig::default() })]

    #[test]
    fn fixes_do_not_depend_on_the_layout(
        file in prop_oneof![1 => Just(None), 3 => any::<prop::sample::Index>().prop_map(Some)],
        changes in prop::collection::vec(change(), 1..12),
    ) {
        let mut text = file.map_or_else(|| MISTAKES.to_owned(), |index| index.get(FILES.as_slice()).clone());
        let canonical = fix_all(&text);
        for (number, change) in changes.iter().enumerate() {
            text = apply(&text, change, number);
        }
        let (after, remaining) = fix_all(&text);
        // If the same problems remain, the fixed values equal those of the original layout.
        if remaining == canonical.1 && values(&after).is_some() {
            prop_assert_eq!(values(&after), values(&canonical.0), "{}\n----\n{}", text, after);
        }
    }
}
