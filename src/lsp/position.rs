//! Positions of the protocol, lines and columns from 0, and offsets in bytes.

use lsp_types::{Position, PositionEncodingKind, Range};

use diagnostics::source::floor_char_boundary;

/// What columns count.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Encoding {
    /// Bytes.
    Utf8,
    /// Units of UTF-16, which every client can.
    Utf16,
}

impl Encoding {
    /// The best of those that a client offers.
    pub(super) fn choose(offered: Option<&[PositionEncodingKind]>) -> Encoding {
        match offered.is_some_and(|kinds| kinds.contains(&PositionEncodingKind::UTF8)) {
            true => Encoding::Utf8,
            false => Encoding::Utf16,
        }
    }

    /// Its name in the protocol.
    pub(super) fn kind(self) -> PositionEncodingKind {
        match self {
            Encoding::Utf8 => PositionEncodingKind::UTF8,
            Encoding::Utf16 => PositionEncodingKind::UTF16,
        }
    }

    fn length(self, letter: char) -> usize {
        match self {
            Encoding::Utf8 => letter.len_utf8(),
            Encoding::Utf16 => letter.len_utf16(),
        }
    }

    /// The length of a text, in what columns count.
    pub(super) fn length_of(self, text: &str) -> usize {
        text.chars().map(|letter| self.length(letter)).sum()
    }
}

/// Where the lines of a text begin.
#[derive(Debug, Clone)]
pub(super) struct Lines {
    starts: Vec<usize>,
    encoding: Encoding,
}

impl Lines {
    pub(super) fn new(text: &str, encoding: Encoding) -> Lines {
        let bytes = text.as_bytes();
        // A line ends with `\n`, `\r\n` or `\r`.
        let ends = bytes.iter().enumerate().filter(|(index, byte)| {
            **byte == b'\n' || **byte == b'\r' && bytes.get(index + 1) != Some(&b'\n')
        });
        let starts = std::iter::once(0).chain(ends.map(|(index, _)| index + 1));
        Lines {
            starts: starts.collect(),
            encoding,
        }
    }

    /// The offset of a position; one behind the end of its line is that end.
    pub(super) fn offset(&self, text: &str, position: Position) -> usize {
        let Some(start) = self.starts.get(position.line as usize) else {
            return text.len();
        };
        let line = self.line(text, position.line as usize);
        let mut column = 0;
        let end = line.char_indices().find(|(_, letter)| {
            let is_there = column >= position.character as usize;
            column += self.encoding.length(*letter);
            is_there
        });
        start + end.map_or(line.len(), |(offset, _)| offset)
    }

    /// The position of an offset.
    pub(super) fn position(&self, text: &str, offset: usize) -> Position {
        let offset = floor_char_boundary(text, offset);
        let line = self.starts.partition_point(|start| *start <= offset).max(1) - 1;
        let before = text.get(self.starts[line]..offset).unwrap_or("");
        let number = |count: usize| u32::try_from(count).unwrap_or(u32::MAX);
        Position::new(number(line), number(self.encoding.length_of(before)))
    }

    /// The range of two offsets.
    pub(super) fn range(&self, text: &str, start: usize, end: usize) -> Range {
        Range::new(self.position(text, start), self.position(text, end))
    }

    /// A line without its end.
    pub(super) fn line<'t>(&self, text: &'t str, line: usize) -> &'t str {
        let Some(start) = self.starts.get(line) else {
            return "";
        };
        let end = self.starts.get(line + 1).map_or(text.len(), |next| *next);
        text.get(*start..end)
            .unwrap_or("")
            .trim_end_matches(['\r', '\n'])
    }

    /// Where a line begins.
    pub(super) fn start(&self, line: usize) -> usize {
        self.starts.get(line).copied().unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = "a: 1\r\nb: ü😀x\rc\n";

    #[test]
    fn columns_count_what_the_client_counts() {
        let at = |encoding, offset| {
            let position = Lines::new(TEXT, encoding).position(TEXT, offset);
            (position.line, position.character)
        };
        // `x` is behind a letter of two bytes and one of four.
        let x = TEXT.find('x').unwrap();
        assert_eq!(at(Encoding::Utf8, x), (1, 9));
        assert_eq!(at(Encoding::Utf16, x), (1, 6));
        assert_eq!(at(Encoding::Utf16, x + 2), (2, 0));
        assert_eq!(at(Encoding::Utf16, 999), (3, 0));
    }

    #[test]
    fn offsets_lead_back() {
        for encoding in [Encoding::Utf8, Encoding::Utf16] {
            let lines = Lines::new(TEXT, encoding);
            for (offset, letter) in TEXT.char_indices() {
                if letter == '\n' && TEXT[..offset].ends_with('\r') {
                    continue;
                }
                let position = lines.position(TEXT, offset);
                assert_eq!(lines.offset(TEXT, position), offset, "{encoding:?}");
            }
            assert_eq!(lines.offset(TEXT, Position::new(0, 99)), 4);
            assert_eq!(lines.offset(TEXT, Position::new(9, 0)), TEXT.len());
        }
    }
}
