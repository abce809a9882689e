//! Stage 1: Score files to the trees of their documents.

use crate::support::parallel;
use diagnostics::report::{Problem, Report};
use diagnostics::source::{SourceId, Sources, Span};
use yaml::comment::CommentPrefix;
use yaml::rules::YAML_SYNTAX;
use yaml::{self, Kind, Node, Style};

rules! {
    /// A file that must have content is empty or contains only comments.
    pub EMPTY_FILE: "empty-file", Error;

    /// A `---` separates the parts of one workload, so they are two documents.
    pub SPLIT_WORKLOAD: "split-workload", Error;
}

/// What comments for this program begin with, in every file that it reads.
pub const COMMENT_PREFIX: CommentPrefix = CommentPrefix::new("score-rs:");

/// Reads the YAML documents of a text, and records its comments for this program.
pub fn yaml_documents(sources: &Sources, source: SourceId, report: &mut Report) -> Vec<Node> {
    yaml::parse_with_comments(sources, source, COMMENT_PREFIX, report)
}

/// The start of the line that a comment is for. `last` is the source of the comment before it and
/// the line that that one is for.
pub fn comment_target(
    sources: &Sources,
    comment: Span,
    last: Option<(SourceId, Option<usize>)>,
) -> Option<usize> {
    let source = sources.get(comment.source);
    let (text, start) = (source.text(), comment.start as usize);
    let comment_line = source.line_start(start);
    let before = text
        .get(comment_line..start)?
        .trim_start_matches('\u{feff}');
    if !before.trim().is_empty() {
        return Some(comment_line);
    }
    // Successive comments are for the same line. To search it for each of them would take quadratic
    // time.
    let last = last.filter(|(source, line)| {
        *source == comment.source && line.is_none_or(|line| line > comment_line)
    });
    if let Some((_, line)) = last {
        return line;
    }
    let mut start = comment_line;
    for line in text.get(comment_line..)?.split_inclusive('\n') {
        let words = line.trim();
        if start != comment_line && !words.is_empty() && !words.starts_with('#') {
            return Some(start);
        }
        start += line.len();
    }
    None
}

/// Reads every document of every file; a file without any is an error, since that is never
/// intended.
pub fn parse(sources: &Sources, files: &[SourceId], report: &mut Report) -> Vec<yaml::Node> {
    let read = |file: &SourceId, report: &mut Report| documents_of(sources, *file, report);
    parallel::map_reporting(files, report, read)
        .into_iter()
        .flatten()
        .collect()
}

/// Reads every document of a file; one without any is an error.
pub(crate) fn documents_of(
    sources: &Sources,
    file: SourceId,
    report: &mut Report,
) -> Vec<yaml::Node> {
    let (mut documents, result) = report.observe(|report| yaml_documents(sources, file, report));
    documents.retain(|document| !document.is_null());
    let is_empty = documents.is_empty();
    // Once for the file: it may have many documents.
    let text = sources.text(file);
    if text.contains(NO_BREAK_SPACE)
        || text.contains(COMMENT)
        || INVISIBLE.iter().any(|one| text.contains(*one))
    {
        documents.retain(|document| reads_as_meant(sources, document, report));
    }
    join_split(&mut documents, report);
    if is_empty && result.is_ok() {
        let message = format!("`{}` contains no workload", sources.get(file).name());
        let problem = Problem::new(&EMPTY_FILE, message).at(Span::new(file, 0, 0));
        report.push(
            problem.help("begin it with `apiVersion: score.dev/v1b1`, or leave out the file"),
        );
    }
    documents
}

/// YAML reads characters that look like a space, invisible ones, and comments of another language
/// as letters of one word. A document with one where a space belongs has an unintended meaning, and
/// is left out.
fn reads_as_meant(sources: &Sources, document: &Node, report: &mut Report) -> bool {
    let Some(problem) = misread(sources, document) else {
        return true;
    };
    report.push(problem);
    false
}

const NO_BREAK_SPACE: char = '\u{a0}';
/// Spaces without width and marks of byte order, which a copied text brings along.
const INVISIBLE: [char; 4] = ['\u{200b}', '\u{200c}', '\u{2060}', '\u{feff}'];
const COMMENT: &str = "// ";

/// The first place of a tree that YAML takes for something else than a person does.
fn misread(sources: &Sources, node: &Node) -> Option<Problem> {
    match &node.kind {
        Kind::String(_, Style::Plain) => {
            let at = sources.slice(node.span).find(":\u{a0}")? + 1;
            Some(no_break_space(sources, node.span, at))
        }
        Kind::List(items) => items.iter().find_map(|item| misread(sources, item)),
        Kind::Map(entries) => entries.values().find_map(|entry| {
            misread_key(sources, entry.key).or_else(|| misread(sources, &entry.value))
        }),
        _ => None,
    }
}

fn is_no_yaml(span: Span, message: &str, help: &str) -> Problem {
    Problem::new(&YAML_SYNTAX, format!("this is not valid YAML: {message}"))
        .at(span)
        .help(help)
}

/// A no-break space in a word that should be two.
fn no_break_space(sources: &Sources, word: Span, at: usize) -> Problem {
    let message = "this is a no-break space, which YAML reads as a letter";
    let help = "replace it with a plain space, and check this file for others";
    let space = word.part(at, at + NO_BREAK_SPACE.len_utf8());
    // The whole word is replaced: it becomes a key and a value.
    let (before, after) = (
        sources.slice(word.part(0, at)),
        sources.slice(Span {
            start: space.end,
            ..word
        }),
    );
    is_no_yaml(space, message, help).edit(word, format!("{before} {after}"))
}

fn misread_key(sources: &Sources, key: Span) -> Option<Problem> {
    let written = sources.slice(key);
    if written.starts_with(NO_BREAK_SPACE) {
        return Some(no_break_space(sources, key, 0));
    }
    if written.starts_with(COMMENT) {
        let end = written.find('\n').unwrap_or(written.len());
        return Some(is_no_yaml(
            key.part(0, end),
            "`//` does not begin a comment in YAML",
            "write `#` instead of `//`",
        ));
    }
    let hidden = written.contains(INVISIBLE) && !written.starts_with(['"', '\'']);
    // The whole key is marked: such a character alone has no width to mark.
    hidden.then(|| {
        let help = "type the key again, and check this file for others";
        is_no_yaml(key, "this key contains an invisible character", help)
    })
}

/// A `---` between the sections of one workload makes two documents of it. The second has sections
/// but no `apiVersion`; its keys are added to the first, so that neither seems to lack what the
/// other has.
fn join_split(documents: &mut Vec<Node>, report: &mut Report) {
    let mut index = 1;
    while index < documents.len() {
        if !continues(&documents[index - 1], &documents[index]) {
            index += 1;
            continue;
        }
        let part = documents.remove(index);
        let Kind::Map(sections) = part.kind else {
            continue;
        };
        if let Some((_, first)) = sections.first() {
            let message = "this document has neither `apiVersion` nor `metadata`, and seems to continue the one above";
            let problem = Problem::new(&SPLIT_WORKLOAD, message).at(first.key);
            report.push(problem.help(
                "remove the `---` before it, or begin it with both if it is another workload",
            ));
        }
        if let Some(first) = documents[index - 1].as_map_mut() {
            for (key, entry) in sections {
                first.entry(key).or_insert(entry);
            }
        }
    }
}

fn continues(first: &Node, second: &Node) -> bool {
    let has = |document: &Node, keys: &[&str]| keys.iter().any(|key| document.get(key).is_some());
    let sections = ["containers", "service", "resources"];
    has(first, &["apiVersion", "metadata"])
        && has(second, &sections)
        && !has(second, &["apiVersion", "metadata"])
        && !sections
            .iter()
            .any(|key| has(first, &[key]) && has(second, &[key]))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> (usize, Vec<&'static str>) {
        let mut sources = Sources::default();
        let file = sources.add("score.yaml", text);
        let mut report = Report::default();
        let documents = super::parse(&sources, &[file], &mut report);
        (
            documents.len(),
            report
                .in_order()
                .iter()
                .map(|diagnostic| diagnostic.name())
                .collect(),
        )
    }

    #[test]
    fn a_separator_inside_of_a_workload_is_told_once() {
        let head = "apiVersion: score.dev/v1b1\nmetadata: {name: shop}\n";
        let containers = "containers: {main: {image: x}}\n";
        assert_eq!(
            read(&format!("{head}---\n{containers}---\nresources: {{}}\n")),
            (1, vec!["split-workload"; 2])
        );
        assert_eq!(
            read(&format!("{head}{containers}---\n{head}{containers}")),
            (2, vec![])
        );
        assert_eq!(
            read(&format!("{head}{containers}---\n{containers}")),
            (2, vec![])
        );
    }

    #[test]
    fn what_is_not_to_be_seen_is_told_where_it_matters() {
        assert_eq!(
            read("metadata:\n\u{a0}name: shop\n"),
            (0, vec!["yaml-syntax"])
        );
        assert_eq!(
            read("metadata:\n  name:\u{a0}shop\n"),
            (0, vec!["yaml-syntax"])
        );
        assert_eq!(
            read("metadata:\n  na\u{200b}me: shop\n"),
            (0, vec!["yaml-syntax"])
        );
        assert_eq!(
            read("{\n// a shop\n\"metadata\": {}}\n"),
            (0, vec!["yaml-syntax"])
        );
        assert_eq!(
            read("metadata:\n  title: a\u{200b}shop\n  \"// x\": \"// y\"\n"),
            (1, vec![])
        );
        assert_eq!(
            read("metadata:\n  title: a\u{a0}shop\n  other: \":\u{a0}\"\n"),
            (1, vec![])
        );
    }

    #[test]
    fn a_comment_is_for_its_line_or_the_next_line_with_content() {
        let all = |text: &str| {
            let mut sources = Sources::default();
            let id = sources.add("t", text);
            let mut last = None;
            let line = |(start, _)| {
                let line = comment_target(&sources, Span::new(id, start, start + 2), last);
                last = Some((id, line));
                line
            };
            text.match_indices("#@").map(line).collect::<Vec<_>>()
        };
        assert_eq!(all("a\nb #@\nc"), [Some(2)]);
        assert_eq!(all("#@\n\n  # more\r\n  c"), [Some(14)]);
        assert_eq!(all("\u{feff}#@\nc"), [Some(6)]);
        assert_eq!(all("a\n#@\n"), [None]);
        assert_eq!(
            all("#@\n #@\n\n#@\na #@\n#@\n# more\nb\n#@\n#@"),
            [Some(11), Some(11), Some(11), Some(11), Some(26), None, None]
        );
    }
}
