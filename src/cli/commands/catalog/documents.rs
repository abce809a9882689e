//! The documents of a file with entities: those of score-rs are replaced, removed and added.

use std::ops::Range;

use yaml::Node;

/// A text of several documents, with the changes to make.
pub(super) struct Documents<'a> {
    text: &'a str,
    /// The line breaks of the text.
    newline: &'static str,
    /// The text of each document from its `---`, or from the beginning.
    parts: Vec<Range<usize>>,
    changes: Vec<(Range<usize>, String)>,
}

impl<'a> Documents<'a> {
    pub(super) fn new(text: &'a str) -> Documents<'a> {
        let newline = match text.lines().next() {
            Some(first) if text[first.len()..].starts_with("\r\n") => "\r\n",
            _ => "\n",
        };
        let mut starts = vec![0];
        let mut at = 0;
        for line in text.split_inclusive('\n') {
            if at > 0 && is_marker(line) {
                starts.push(at);
            }
            at += line.len();
        }
        let ends = starts.iter().skip(1).copied().chain([text.len()]);
        Documents {
            text,
            newline,
            parts: starts
                .iter()
                .copied()
                .zip(ends)
                .map(|(start, end)| start..end)
                .collect(),
            changes: Vec::new(),
        }
    }

    /// Replaces what is written of a document, except for its `---` and the comments around it.
    pub(super) fn replace(&mut self, document: &Node, lines: &str) {
        if let Some((_, content)) = self.find(document) {
            let lines = self.with_newlines(lines);
            self.changes.push((content, lines));
        }
    }

    /// Removes a document. Comments before and after it stay.
    pub(super) fn remove(&mut self, document: &Node) {
        let Some((part, content)) = self.find(document) else {
            return;
        };
        let before = &self.text[part.start..content.start];
        let is_bare = |line: &str| line.trim().is_empty() || line.trim_end() == "---";
        let has_comments =
            !before.lines().all(is_bare) || !self.text[content.end..part.end].trim().is_empty();
        let range = if has_comments { content } else { part };
        self.changes.push((range, String::new()));
    }

    /// The text with the changes, and with more documents at its end.
    pub(super) fn finish(mut self, added: &[String]) -> String {
        self.changes.sort_by_key(|(range, _)| range.start);
        let (mut text, mut at) = (String::new(), 0);
        for (range, lines) in &self.changes {
            text += &self.text[at..range.start];
            text += lines;
            at = range.end;
        }
        text += &self.text[at..];
        for lines in added {
            if !text.is_empty() && !text.ends_with('\n') {
                text += self.newline;
            }
            if !is_open(&text) {
                text += "---";
                text += self.newline;
            }
            text += &self.with_newlines(lines);
        }
        text
    }

    fn with_newlines(&self, lines: &str) -> String {
        lines.replace('\n', self.newline)
    }

    /// The part with a document, and the lines in it that are neither blank nor comments.
    fn find(&self, document: &Node) -> Option<(Range<usize>, Range<usize>)> {
        let offset = document.span.start as usize;
        let mut parts = self.parts.iter();
        let part = parts.find(|part| part.contains(&offset))?.clone();
        let mut content = part.end..part.start;
        let mut at = part.start;
        for line in self.text[part.clone()].split_inclusive('\n') {
            let end = at + line.len();
            let words = line.trim();
            if !words.is_empty() && !words.starts_with('#') && !is_marker(line) {
                content = content.start.min(at)..end;
            }
            at = end;
        }
        (content.start < content.end).then_some((part, content))
    }
}

/// Whether a line begins or ends a document.
fn is_marker(line: &str) -> bool {
    let line = line.trim_start_matches('\u{feff}').trim_end();
    let rest = line.strip_prefix("---");
    rest.is_some_and(|rest| rest.is_empty() || rest.starts_with([' ', '\t']))
}

/// Whether a document can begin at the end of a text.
fn is_open(text: &str) -> bool {
    let mut lines = text.lines().rev();
    let is_comment = |line: &&str| {
        let words = line.trim_start_matches('\u{feff}').trim();
        words.is_empty() || words.starts_with('#')
    };
    lines
        .find(|line| !is_comment(line))
        .is_none_or(|line| line.trim_end() == "---")
}

#[cfg(test)]
mod tests {
    use super::*;
    use diagnostics::report::Report;
    use diagnostics::source::Sources;

    /// A text whose second document is replaced or removed.
    fn changed(text: &str, lines: Option<&str>, added: &[&str]) -> String {
        let mut sources = Sources::default();
        let id = sources.add("t", text);
        let nodes = yaml::parse(&sources, id, &mut Report::default());
        let mut documents = Documents::new(text);
        if let Some(node) = nodes.get(1) {
            match lines {
                Some(lines) => documents.replace(node, lines),
                None => documents.remove(node),
            }
        }
        let added: Vec<String> = added.iter().map(|text| (*text).to_owned()).collect();
        documents.finish(&added)
    }

    #[test]
    fn a_document_is_replaced_between_its_comments() {
        assert_eq!(
            changed(
                "a: 1\n--- # one\n# two\nb: 2\n# three\n",
                Some("c: 3\n"),
                &[]
            ),
            "a: 1\n--- # one\n# two\nc: 3\n# three\n"
        );
        assert_eq!(
            changed("---\r\na: 1\r\n---\r\nb: 2", Some("c: 3\n"), &[]),
            "---\r\na: 1\r\n---\r\nc: 3\r\n"
        );
    }

    #[test]
    fn a_document_is_removed_with_its_marker_unless_it_has_comments() {
        assert_eq!(
            changed("a: 1\n---\nb: 2\n\n---\nc: 3\n", None, &[]),
            "a: 1\n---\nc: 3\n"
        );
        assert_eq!(
            changed("a: 1\n---\nb: 2\n# one\n---\nc: 3\n", None, &[]),
            "a: 1\n---\n# one\n---\nc: 3\n"
        );
    }

    #[test]
    fn documents_are_added_at_the_end() {
        for (text, expected) in [
            ("", "x: 1\n---\ny: 2\n"),
            ("# one\n", "# one\nx: 1\n---\ny: 2\n"),
            ("a: 1", "a: 1\n---\nx: 1\n---\ny: 2\n"),
            ("a: 1\n---\n# one\n", "a: 1\n---\n# one\nx: 1\n---\ny: 2\n"),
            ("a: 1\r\n", "a: 1\r\n---\r\nx: 1\r\n---\r\ny: 2\r\n"),
        ] {
            assert_eq!(
                changed(text, None, &["x: 1\n", "y: 2\n"]),
                expected,
                "{text:?}"
            );
        }
    }
}
