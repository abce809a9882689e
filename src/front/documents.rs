//! Stage 1: Score files to the trees of their documents.

use crate::base::diagnostics::{Problem, Report};
use crate::base::parallel;
use crate::base::text::{SourceId, Sources, Span};
use crate::base::yaml::{self, Kind, Node, Style};

/// Reads every document of every file; a file without any is an error, since nobody means to compile nothing.
pub fn documents(sources: &Sources, files: &[SourceId], report: &mut Report) -> Vec<yaml::Node> {
    let read = |file: &SourceId, report: &mut Report| documents_of(sources, *file, report);
    parallel::map_reporting(files, report, read).into_iter().flatten().collect()
}

fn documents_of(sources: &Sources, file: SourceId, report: &mut Report) -> Vec<yaml::Node> {
    let mut own = Report::default();
    let mut documents = yaml::parse(sources, file, &mut own);
    let understood = own.failed().is_ok();
    report.absorb(own);
    documents.retain(|document| !document.is_null());
    let none = documents.is_empty();
    documents.retain(|document| spaces_are_spaces(sources, document, report));
    join_split(&mut documents, report);
    if none && understood {
        let message = format!("`{}` holds no workload", sources.get(file).name());
        let problem = Problem::new("empty-file", message).at(Span::new(file, 0, 0));
        let _ = report.error(problem.help("begin it with `apiVersion: score.dev/v1b1`, or leave the file out"));
    }
    documents
}

/// A no-break space, which a web page or word processor leaves behind, looks like a space and separates nothing: what it
/// stands in is one word. A document with one where a space belongs says something that nobody has meant, and is left out.
fn spaces_are_spaces(sources: &Sources, document: &Node, report: &mut Report) -> bool {
    if !sources.text(document.span.source).contains(NO_BREAK_SPACE) {
        return true;
    }
    let Some((span, word)) = no_break_space(sources, document) else { return true };
    let message = "this is not YAML: this no-break space looks like a space, and YAML takes it for a letter";
    let help = "replace it with a plain space, and look for others in this file";
    let problem = Problem::new("yaml-syntax", message).at(span).help(help);
    // A whole word is written anew: it becomes a key and a value.
    let (before, after) =
        (sources.slice(word.part(0, (span.start - word.start) as usize)), Span { start: span.end, ..word });
    let _ = report.error(problem.edit(word, format!("{before} {}", sources.slice(after))));
    false
}

const NO_BREAK_SPACE: char = '\u{a0}';

/// A no-break space where a space belongs, and the word that it makes of two.
fn no_break_space(sources: &Sources, node: &Node) -> Option<(Span, Span)> {
    let mark = |span: Span, at: usize| span.part(at, at + NO_BREAK_SPACE.len_utf8());
    match &node.kind {
        Kind::String(_, Style::Plain) => {
            let written = sources.slice(node.span);
            written.find(":\u{a0}").map(|at| (mark(node.span, at + 1), node.span))
        }
        Kind::List(items) => items.iter().find_map(|item| no_break_space(sources, item)),
        Kind::Map(entries) => entries.values().find_map(|entry| {
            let indents = sources.slice(entry.key).starts_with(NO_BREAK_SPACE);
            indents.then(|| (mark(entry.key, 0), entry.key)).or_else(|| no_break_space(sources, &entry.value))
        }),
        _ => None,
    }
}

/// A `---` between the sections of one workload makes two documents of it. The second has sections and nothing that says
/// what it is; what it says is added to the first, so that neither seems to lack what the other has.
fn join_split(documents: &mut Vec<Node>, report: &mut Report) {
    let mut index = 1;
    while index < documents.len() {
        if !continues(&documents[index - 1], &documents[index]) {
            index += 1;
            continue;
        }
        let part = documents.remove(index);
        let Kind::Map(sections) = part.kind else { continue };
        if let Some((_, first)) = sections.first() {
            let message =
                "this document has neither `apiVersion` nor `metadata`, and seems to go on with the one above";
            let problem = Problem::new("split-workload", message).at(first.key);
            let _ = report.error(problem.help("remove the `---` before it, or give it both"));
        }
        if let Some(own) = documents[index - 1].as_map_mut() {
            for (key, entry) in sections {
                own.entry(key).or_insert(entry);
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
        && !sections.iter().any(|key| has(first, &[key]) && has(second, &[key]))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> (usize, Vec<&'static str>) {
        let mut sources = Sources::default();
        let file = sources.add("score.yaml", text);
        let mut report = Report::default();
        let documents = documents(&sources, &[file], &mut report);
        (documents.len(), report.in_order().iter().map(|diagnostic| diagnostic.name()).collect())
    }

    #[test]
    fn a_separator_inside_of_a_workload_is_told_once() {
        let head = "apiVersion: score.dev/v1b1\nmetadata: {name: shop}\n";
        let containers = "containers: {main: {image: x}}\n";
        assert_eq!(read(&format!("{head}---\n{containers}---\nresources: {{}}\n")), (1, vec!["split-workload"; 2]));
        assert_eq!(read(&format!("{head}{containers}---\n{head}{containers}")), (2, vec![]));
        assert_eq!(read(&format!("{head}{containers}---\n{containers}")), (2, vec![]));
    }

    #[test]
    fn a_no_break_space_is_told_where_a_space_belongs() {
        assert_eq!(read("metadata:\n\u{a0}name: shop\n"), (0, vec!["yaml-syntax"]));
        assert_eq!(read("metadata:\n  name:\u{a0}shop\n"), (0, vec!["yaml-syntax"]));
        assert_eq!(read("metadata:\n  title: a\u{a0}shop\n  other: \":\u{a0}\"\n"), (1, vec![]));
    }
}
