//! Places inside a string: which bytes of the source wrote a part of a decoded text.

use super::tree::{Kind, Node, Style};
use crate::base::text::{Sources, Span};

/// The place of `start..end`, byte offsets into the decoded text of a string node. Where the way a string was written
/// does not allow an exact answer (folded lines), the place of the whole string.
pub fn locate(sources: &Sources, node: &Node, start: usize, end: usize) -> Span {
    let Kind::String(text, style) = &node.kind else { return node.span };
    locate_text(sources, node.span, *style, text, start, end)
}

/// As [`locate`], for a string whose node is gone but whose place, style and text are known.
pub fn locate_text(sources: &Sources, span: Span, style: Style, text: &str, start: usize, end: usize) -> Span {
    let raw = sources.slice(span);
    let found = match style {
        Style::Plain => plain(raw, text, start, end),
        Style::Single => quoted(raw, text, start, end, |rest| if rest.starts_with("''") { 2 } else { 0 }),
        Style::Double => quoted(raw, text, start, end, escape_length),
        Style::Literal => literal(raw, text, start, end),
        Style::Folded => None,
    };
    found.map_or(span, |(from, to)| span.part(from, to))
}

fn plain(raw: &str, text: &str, start: usize, end: usize) -> Option<(usize, usize)> {
    (raw == text).then_some((start, end))
}

/// Walks a quoted scalar on one line beside its decoded text. `escape` gives the length of the escape that begins at a
/// place, or 0.
fn quoted(raw: &str, text: &str, start: usize, end: usize, escape: fn(&str) -> usize) -> Option<(usize, usize)> {
    if raw.contains('\n') || raw.len() < 2 {
        return None;
    }
    let mut at = 1;
    let mut from = None;
    for (offset, character) in text.char_indices() {
        if offset == start {
            from = Some(at);
        }
        if offset >= end {
            return Some((from?, at));
        }
        let rest = raw.get(at..)?;
        at += match escape(rest) {
            0 => character.len_utf8(),
            length => length,
        };
    }
    let from = if start >= text.len() { Some(at) } else { from };
    Some((from?, at))
}

fn escape_length(rest: &str) -> usize {
    let mut characters = rest.chars();
    if characters.next() != Some('\\') {
        return 0;
    }
    match characters.next() {
        Some('x') => 4,
        Some('u') => 6,
        Some('U') => 10,
        Some(other) => 1 + other.len_utf8(),
        None => 0,
    }
}

/// Finds a part of a literal block by its line: the nth line of the text is the nth line of the block, which the
/// parser lets begin at its first character, after the indentation.
fn literal(raw: &str, text: &str, start: usize, end: usize) -> Option<(usize, usize)> {
    let line = text[..start].matches('\n').count();
    let line_start = text[..start].rfind('\n').map_or(0, |offset| offset + 1);
    let line_text = text[line_start..].split('\n').next()?;
    let mut offset = 0;
    for _ in 0..line {
        offset += raw.get(offset..)?.find('\n')? + 1;
    }
    let raw_line = raw.get(offset..)?.split('\n').next()?;
    let indent = raw_line.trim_end_matches('\r').len().checked_sub(line_text.len())?;
    if !raw_line.get(indent..)?.starts_with(line_text) {
        return None;
    }
    let from = offset + indent + (start - line_start);
    Some((from, from + (end.min(line_start + line_text.len()).saturating_sub(start))))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::diagnostics::Report;

    fn marked(yaml: &str, needle: &str) -> String {
        let mut sources = Sources::default();
        let id = sources.add("t", yaml);
        let nodes = super::super::parse(&sources, id, &mut Report::default());
        let node = nodes[0].get("k").unwrap().clone();
        let start = node.as_str().unwrap().find(needle).unwrap();
        let span = locate(&sources, &node, start, start + needle.len());
        let position = sources.position(span);
        format!("{}:{} {}", position.line, position.column, sources.slice(span))
    }

    #[test]
    fn parts_of_strings_are_found_in_every_style() {
        assert_eq!(marked("k: a ${b} c\n", "${b}"), "1:6 ${b}");
        assert_eq!(marked("k: 'it''s ${b}'\n", "${b}"), "1:11 ${b}");
        assert_eq!(marked("k: \"\\t\\u00e4 ${b}\"\n", "${b}"), "1:14 ${b}");
        assert_eq!(marked("k: |\n  one\n\n    two ${b}\n", "${b}"), "4:9 ${b}");
    }

    #[test]
    fn folded_text_is_marked_as_a_whole() {
        assert!(marked("k: >\n  one\n  two ${b}\n", "${b}").starts_with("2:3 one"));
    }
}
