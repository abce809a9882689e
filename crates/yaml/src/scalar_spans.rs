//! Finds the bytes of the source that a part of a decoded string came from.

use crate::tree::{Kind, Node, Style};
use diagnostics::source::{Sources, Span};

/// The place of `start..end`, byte offsets into the decoded text of a string node. Where it cannot
/// be found, as with escapes on folded lines, this is the place of the whole string.
pub fn locate(sources: &Sources, node: &Node, start: usize, end: usize) -> Span {
    let Kind::String(text, style) = &node.kind else {
        return node.span;
    };
    locate_text(sources, node.span, *style, text, start, end)
}

/// As [`locate`], for a string whose node is gone but whose place, style and text are known.
pub fn locate_text(
    sources: &Sources,
    span: Span,
    style: Style,
    text: &str,
    start: usize,
    end: usize,
) -> Span {
    Locator::new(sources, span, style, text).place(start, end)
}

/// Finds the places of several parts of one string. In ascending order they take one pass.
pub struct Locator<'text> {
    span: Span,
    style: Style,
    raw: &'text str,
    text: &'text str,
    /// Whether the source is the decoded text, byte for byte.
    is_verbatim: bool,
    /// The length of the opening quote: 0 or 1.
    quote: usize,
    /// How far the walk is: an offset in the text, and the offset in the source that it came from.
    at: (usize, usize),
}

impl<'text> Locator<'text> {
    /// A locator for a string of this place, style and decoded text.
    pub fn new(
        sources: &'text Sources,
        span: Span,
        style: Style,
        text: &'text str,
    ) -> Locator<'text> {
        let raw = sources.slice(span);
        let is_verbatim = style == Style::Plain && raw == text;
        let quote = usize::from(matches!(style, Style::Single | Style::Double));
        // On several lines a text is folded, so that offsets differ from those of the source.
        let folded = match style {
            Style::Plain => !is_verbatim,
            _ => quote > 0 && (raw.len() < 2 || raw.contains(['\n', '\r'])),
        };
        let style = if folded { Style::Folded } else { style };
        Locator {
            span,
            style,
            raw,
            text,
            is_verbatim,
            quote,
            at: (0, quote),
        }
    }

    /// The place of `start..end`, byte offsets into the decoded text; where it cannot be found,
    /// that of the whole string.
    pub fn place(&mut self, start: usize, end: usize) -> Span {
        if start < self.at.0 {
            self.at = (0, self.quote);
        }
        let range = match self.style {
            Style::Plain => self.is_verbatim.then_some((start, end)),
            Style::Single => self.quoted(
                start,
                end,
                |rest| if rest.starts_with("''") { 2 } else { 0 },
            ),
            Style::Double => self.quoted(start, end, escape_length),
            Style::Literal => self.literal(start, end),
            Style::Folded => self.folded(start, end),
        };
        range.map_or(self.span, |(from, to)| self.span.part(from, to))
    }

    /// Walks along a quoted scalar on one line and its decoded text. `escape` gives the length of
    /// the escape at the beginning of a text, or 0.
    fn quoted(
        &mut self,
        start: usize,
        end: usize,
        escape: fn(&str) -> usize,
    ) -> Option<(usize, usize)> {
        self.at = self.walk(self.at, start, escape)?;
        let (_, to) = self.walk(self.at, end, escape)?;
        Some((self.at.1, to))
    }

    fn walk(
        &self,
        from: (usize, usize),
        goal: usize,
        escape: fn(&str) -> usize,
    ) -> Option<(usize, usize)> {
        let (mut offset, mut at) = from;
        for character in self.text.get(offset..)?.chars() {
            if offset >= goal {
                break;
            }
            at += match escape(self.raw.get(at..)?) {
                0 => character.len_utf8(),
                length => length,
            };
            offset += character.len_utf8();
        }
        Some((offset, at))
    }

    /// Walks along a folded text and the decoded one. Folding changes only blanks and line breaks.
    fn folded(&mut self, start: usize, end: usize) -> Option<(usize, usize)> {
        let (offset, at) = self.walk_words(self.at, start)?;
        let blank = |character: char| character.is_ascii_whitespace();
        let to_text = |text: &str| text.len() - text.trim_start_matches(blank).len();
        // Leading blanks are not part of the place.
        let from = at + to_text(self.raw.get(at..)?);
        self.at = (offset, at);
        let (_, to) = self.walk_words(self.at, end)?;
        (from < to).then_some((from, to))
    }

    fn walk_words(&self, from: (usize, usize), goal: usize) -> Option<(usize, usize)> {
        let (mut offset, mut at) = from;
        while offset < goal {
            let character = self.text.get(offset..)?.chars().next()?;
            offset += character.len_utf8();
            if character.is_ascii_whitespace() {
                continue;
            }
            let rest = self.raw.get(at..)?;
            let word = rest.trim_start_matches(|character: char| character.is_ascii_whitespace());
            at += rest.len() - word.len() + character.len_utf8();
            if !word.starts_with(character) {
                return None;
            }
        }
        Some((offset, at))
    }

    /// Finds a part of a literal block by its line: the nth line of the text is the nth line of the
    /// block. The span of a block begins at its first character, after the indentation. The walk is
    /// always at the beginning of a line.
    fn literal(&mut self, start: usize, end: usize) -> Option<(usize, usize)> {
        let (mut line, mut raw_line) = self.at;
        while let Some(length) = self.text.get(line..start)?.find('\n') {
            line += length + 1;
            raw_line += self.raw.get(raw_line..)?.find('\n')? + 1;
        }
        self.at = (line, raw_line);
        let line_text = self.text.get(line..)?.split('\n').next()?;
        let raw_text = self.raw.get(raw_line..)?.split('\n').next()?;
        let indent = raw_text
            .trim_end_matches('\r')
            .len()
            .checked_sub(line_text.len())?;
        if !raw_text.get(indent..)?.starts_with(line_text) {
            return None;
        }
        let from = raw_line + indent + (start - line);
        Some((
            from,
            from + end.min(line + line_text.len()).saturating_sub(start),
        ))
    }
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

#[cfg(test)]
mod tests {
    use super::*;
    use diagnostics::report::Report;

    fn marked(yaml: &str, needle: &str) -> String {
        let mut sources = Sources::default();
        let id = sources.add("t", yaml);
        let nodes = crate::parse(&sources, id, &mut Report::default());
        let node = nodes[0].get("k").unwrap().clone();
        let start = node.as_str().unwrap().find(needle).unwrap();
        let span = locate(&sources, &node, start, start + needle.len());
        let position = sources.position(span);
        format!(
            "{}:{} {}",
            position.line,
            position.column,
            sources.slice(span)
        )
    }

    #[test]
    fn parts_of_strings_are_found_in_every_style() {
        assert_eq!(marked("k: a ${b} c\n", "${b}"), "1:6 ${b}");
        assert_eq!(marked("k: 'it''s ${b}'\n", "${b}"), "1:11 ${b}");
        assert_eq!(marked("k: \"\\t\\u00e4 ${b}\"\n", "${b}"), "1:14 ${b}");
        assert_eq!(marked("k: |\n  one\n\n    two ${b}\n", "${b}"), "4:9 ${b}");
    }

    #[test]
    fn one_locator_finds_several_parts() {
        for yaml in [
            "k: 'a''b ${x} c''${y}'",
            "k: \"a\\tb ${x} \\u00e4${y}\"",
            "k: |\n  a ${x}\n\n    b ${y}\n",
            "k: a ${x} ${y}",
            "k: >\n  a ${x}\n  b ${y}\n",
        ] {
            let mut sources = Sources::default();
            let id = sources.add("t", yaml);
            let nodes = crate::parse(&sources, id, &mut Report::default());
            let Kind::String(text, style) = &nodes[0].get("k").unwrap().kind else {
                panic!("a string")
            };
            let span = nodes[0].get("k").unwrap().span;
            let mut walk = Locator::new(&sources, span, *style, text);
            for needle in ["${x}", "${y}", "${x}"] {
                let start = text.find(needle).unwrap();
                assert_eq!(
                    sources.slice(walk.place(start, start + 4)),
                    needle,
                    "{yaml}"
                );
            }
        }
    }

    #[test]
    fn parts_of_folded_text_are_found_by_their_words() {
        assert_eq!(marked("k: >-\n  one\n  two ${b}\n", "${b}"), "3:7 ${b}");
        assert_eq!(
            marked("k: >\n  one\n\n    two\n  ${b} x\n", "${b}"),
            "5:3 ${b}"
        );
        assert_eq!(marked("k: one\n  two ${b}\n", "${b}"), "2:7 ${b}");
        assert_eq!(marked("k: \"one\n  two ${b}\"\n", "${b}"), "2:7 ${b}");
        assert_eq!(marked("k: 'one\n  ${b}'\n", "${b}"), "2:3 ${b}");
    }

    #[test]
    fn folded_text_with_escapes_is_marked_as_a_whole() {
        assert!(marked("k: \"o\\x41ne\n  two ${b}\"\n", "${b}").starts_with("1:4 \"o"));
        assert!(marked("k: 'it''s\n  two ${b}'\n", "${b}").starts_with("1:4 'it"));
    }
}
