//! Source texts, and places in them.
//!
//! [`Sources`] holds every text of a run; a [`Span`] is a range of bytes in one of them.

use std::collections::BTreeSet;
use std::ops::Range;
use std::sync::{Arc, OnceLock};

use crate::redaction::Secrets;

/// The number of a text in [`Sources`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct SourceId(u32);

/// A range of bytes in one source text, from `start` up to, not including, `end`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Span {
    /// The text that the range is in.
    pub source: SourceId,
    /// The first byte.
    pub start: u32,
    /// The byte after the last.
    pub end: u32,
}

impl Span {
    /// The range `start..end` of `source`. Offsets above 4 GiB are cut down to it.
    pub fn new(source: SourceId, start: usize, end: usize) -> Span {
        let clamp = |offset: usize| u32::try_from(offset).unwrap_or(u32::MAX);
        Span {
            source,
            start: clamp(start),
            end: clamp(end.max(start)),
        }
    }

    /// The part of this range from `start` to `end`, in bytes from its beginning.
    pub fn part(self, start: usize, end: usize) -> Span {
        Span::new(
            self.source,
            self.start as usize + start,
            self.start as usize + end,
        )
    }

    /// The place of a word of `length` bytes that is written here, bare or in quotes; `None` when
    /// the range has another length, as of a word with escapes.
    pub fn word(self, length: usize) -> Option<Span> {
        match ((self.end - self.start) as usize).checked_sub(length)? {
            0 => Some(self),
            2 => Some(self.part(1, length + 1)),
            _ => None,
        }
    }

    /// Whether the two have a byte in common, or one ends where the other begins.
    pub fn touches(self, other: Span) -> bool {
        self.source == other.source && self.start <= other.end && other.start <= self.end
    }

    /// Whether another range is inside this one.
    pub fn contains(self, other: Span) -> bool {
        self.source == other.source && self.start <= other.start && other.end <= self.end
    }
}

/// A value and the place where it was written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Spanned<T> {
    /// The value.
    pub value: T,
    /// Where it was written.
    pub span: Span,
}

impl<T> Spanned<T> {
    /// `value`, written at `span`.
    pub fn new(value: T, span: Span) -> Spanned<T> {
        Spanned { value, span }
    }
}

/// A line and a column as people count them: from 1, columns in characters.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Position {
    /// The line, from 1.
    pub line: usize,
    /// The column in characters, from 1.
    pub column: usize,
}

/// Where the parts of a generated text, such as a rendered template, came from.
pub trait Origin: std::fmt::Debug + Send + Sync {
    /// The place that gave the byte at `offset`.
    fn place(&self, sources: &Sources, offset: usize) -> Span;

    /// The places of all that gave a range of bytes, in its order.
    fn places(&self, sources: &Sources, range: Range<usize>) -> Vec<Span> {
        vec![self.place(sources, range.start)]
    }

    /// The ranges of bytes that were computed, so that they may hold secrets. The rest was copied
    /// from what was read.
    fn computed(&self) -> Vec<Range<usize>>;

    /// The text, made again: most texts are never asked for when they were read once.
    fn text(&self, sources: &Sources) -> String;
}

/// A text that was read or generated, and its name.
#[derive(Debug, Default)]
pub struct Source {
    name: String,
    /// That of a generated text is made when it is asked for.
    text: OnceLock<Arc<str>>,
    line_starts: OnceLock<Vec<usize>>,
    origin: Option<Box<dyn Origin>>,
    masked: OnceLock<String>,
    is_file: bool,
    is_private: bool,
}

impl Source {
    /// The name to show: a path as the user gave it, or a flag.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The text.
    pub fn text(&self) -> &str {
        self.text.get().map_or("", |text| text)
    }

    /// Whether this is the text of a file that was read, so that its name is a path.
    pub fn is_file(&self) -> bool {
        self.is_file
    }

    /// Whether this text was generated from another one, as a rendered template is.
    pub fn is_generated(&self) -> bool {
        self.origin.is_some()
    }

    /// The text with `*` for each byte that was computed, since a password may be among them. White
    /// space stays: most mistakes in generated texts are in lines and indentation.
    pub fn masked(&self) -> &str {
        match &self.origin {
            Some(origin) => self
                .masked
                .get_or_init(|| mask(self.text(), origin.computed())),
            None => self.text(),
        }
    }

    /// The [masked](Source::masked) line that the byte at `offset` is in, without its line break.
    pub fn line_at(&self, offset: usize) -> &str {
        let starts = self.line_starts();
        let line = starts.partition_point(|start| *start <= offset).max(1);
        let end = starts.get(line).map_or(self.text().len(), |next| *next);
        self.masked()
            .get(starts[line - 1]..end)
            .unwrap_or("")
            .trim_end_matches(['\r', '\n'])
    }

    /// The beginning of the line that the byte at `offset` is in.
    pub fn line_start(&self, offset: usize) -> usize {
        let starts = self.line_starts();
        starts[starts.partition_point(|start| *start <= offset).max(1) - 1]
    }

    /// The line and column of a byte offset.
    pub fn position(&self, offset: usize) -> Position {
        let starts = self.line_starts();
        let line = starts.partition_point(|start| *start <= offset).max(1);
        let start = starts[line - 1];
        let text = self.text();
        let end = floor_char_boundary(text, offset.min(text.len()));
        let column = text
            .get(start..end)
            .map_or(1, |before| before.chars().count() + 1);
        Position { line, column }
    }

    fn line_starts(&self) -> &[usize] {
        self.line_starts.get_or_init(|| {
            // YAML allows a carriage return alone as a line break.
            let text = self.text();
            let line_break = if text.contains('\n') { '\n' } else { '\r' };
            let next = text.match_indices(line_break);
            let next = next.map(|(offset, _)| offset + 1);
            std::iter::once(0).chain(next).collect()
        })
    }
}

fn mask(text: &str, computed: Vec<Range<usize>>) -> String {
    let mut bytes = text.as_bytes().to_vec();
    for byte in computed
        .into_iter()
        .filter_map(|range| text.get(range.clone()).map(|_| range))
        .flatten()
    {
        if !bytes[byte].is_ascii_whitespace() {
            bytes[byte] = b'*';
        }
    }
    // Each byte of a character is replaced, so the text stays valid.
    String::from_utf8(bytes).unwrap_or_else(|_| "*".repeat(text.len()))
}

/// The last character boundary at or before `offset`.
pub fn floor_char_boundary(text: &str, offset: usize) -> usize {
    (0..=offset.min(text.len()))
        .rev()
        .find(|index| text.is_char_boundary(*index))
        .unwrap_or(0)
}

/// All texts of a run, in the order in which they were added.
///
/// ```
/// use diagnostics::source::{Sources, Span};
///
/// let mut sources = Sources::default();
/// let id = sources.add("shop.yaml", "name: shop\n");
/// assert_eq!(sources.slice(Span::new(id, 6, 10)), "shop");
/// assert_eq!(sources.position(Span::new(id, 6, 10)).column, 7);
/// ```
#[derive(Debug, Default)]
pub struct Sources {
    list: Vec<OnceLock<Source>>,
    /// The names of files that may hold secrets.
    private: BTreeSet<String>,
    /// The text of a reserved number that was never set.
    empty: Source,
    secrets: Secrets,
}

/// Numbers for texts that are generated later.
#[derive(Debug, Clone, Default)]
pub struct ReservedSources(Range<usize>);

impl ReservedSources {
    /// Takes the next number; `None` when all are taken.
    pub fn take(&mut self) -> Option<SourceId> {
        self.0.next().map(source_id)
    }

    /// Takes this many of the next numbers, or all that are left.
    pub fn take_some(&mut self, count: usize) -> ReservedSources {
        let end = self.0.end.min(self.0.start + count);
        let taken = self.0.start..end;
        self.0.start = end;
        ReservedSources(taken)
    }
}

/// The text of a file.
fn file(path: String, text: impl Into<Arc<str>>) -> Source {
    Source {
        name: path,
        text: OnceLock::from(text.into()),
        is_file: true,
        ..Source::default()
    }
}

fn source_id(index: usize) -> SourceId {
    SourceId(u32::try_from(index).unwrap_or(u32::MAX))
}

impl Sources {
    /// Adds a text under a name that messages show.
    pub fn add(&mut self, name: impl Into<String>, text: impl Into<Arc<str>>) -> SourceId {
        let source = Source {
            name: name.into(),
            text: OnceLock::from(text.into()),
            ..Source::default()
        };
        self.list.push(OnceLock::from(source));
        source_id(self.list.len() - 1)
    }

    /// Adds the text of a file. Its name is the path as the user gave it.
    pub fn add_file(&mut self, path: impl Into<String>, text: impl Into<Arc<str>>) -> SourceId {
        self.list.push(OnceLock::from(file(path.into(), text)));
        source_id(self.list.len() - 1)
    }

    /// The number of texts so far.
    pub fn count(&self) -> usize {
        self.list.len()
    }

    /// Puts a prefix before the names of the files from the text with this number on. They are files
    /// of another revision, so that no path leads to them.
    pub fn prefix_files(&mut self, from: usize, prefix: &str) {
        let texts = self
            .list
            .iter_mut()
            .skip(from)
            .filter_map(OnceLock::get_mut);
        for source in texts.filter(|source| source.is_file) {
            source.is_private |= self.private.contains(&source.name);
            source.name.insert_str(0, prefix);
            source.is_file = false;
        }
    }

    /// Forbids to show lines of the file of this name, since it may hold secrets. To be called
    /// before the file is read.
    pub fn mark_private(&mut self, name: impl Into<String>) {
        self.private.insert(name.into());
    }

    /// Whether it is forbidden to show lines of this text.
    pub fn is_private(&self, id: SourceId) -> bool {
        let source = self.get(id);
        source.is_private || self.private.contains(source.name())
    }

    /// The texts that no message may show.
    pub fn secrets(&self) -> &Secrets {
        &self.secrets
    }

    /// Reserves numbers for `count` texts that are generated later, maybe on several threads: which
    /// one is ready first must not decide its number.
    pub fn reserve(&mut self, count: usize) -> ReservedSources {
        let start = self.list.len();
        self.list.reserve_exact(count);
        self.list.resize_with(start + count, OnceLock::new);
        ReservedSources(start..start + count)
    }

    /// Sets a generated text under a reserved number; `origin` has the text, and maps its places
    /// back. A number that has a text already keeps it.
    pub fn set_generated(&self, id: SourceId, name: String, origin: Box<dyn Origin>) {
        let source = Source {
            name,
            origin: Some(origin),
            ..Source::default()
        };
        self.set(id, source);
    }

    /// Sets the text of a file under a reserved number.
    pub fn set_file(&self, id: SourceId, path: String, text: impl Into<Arc<str>>) {
        self.set(id, file(path, text));
    }

    /// As [`Sources::set_file`], for a file that may hold secrets, so that its lines are not shown.
    pub fn set_private_file(&self, id: SourceId, path: String, text: impl Into<Arc<str>>) {
        let source = Source {
            is_private: true,
            ..file(path, text)
        };
        self.set(id, source);
    }

    fn set(&self, id: SourceId, source: Source) {
        if let Some(slot) = self.list.get(id.0 as usize) {
            _ = slot.set(source);
        }
    }

    /// The names of the texts that were read, not generated.
    pub fn read_names(&self) -> impl Iterator<Item = &str> {
        let sources = self.list.iter().filter_map(OnceLock::get);
        sources
            .filter(|source| source.origin.is_none())
            .map(|source| source.name.as_str())
    }

    /// The files that were read.
    pub fn read_files(&self) -> impl Iterator<Item = &Source> {
        let sources = self.list.iter().filter_map(OnceLock::get);
        sources.filter(|source| source.is_file)
    }

    /// The paths of the files that were read.
    pub fn files(&self) -> impl Iterator<Item = &str> {
        self.read_files().map(|source| source.name.as_str())
    }

    /// Where a place in a generated text came from; `None` for a text that was read.
    pub fn origin(&self, span: Span) -> Option<Span> {
        let origin = self.find(span.source)?.origin.as_ref()?;
        Some(origin.place(self, span.start as usize))
    }

    /// As [`Sources::origin`], of all that gave a range of a generated text.
    pub fn origins(&self, span: Span) -> Vec<Span> {
        let origin = self.get(span.source).origin.as_ref();
        let range = span.start as usize..span.end as usize;
        origin.map_or_else(Vec::new, |origin| origin.places(self, range))
    }

    /// The source of this number.
    pub fn get(&self, id: SourceId) -> &Source {
        let Some(source) = self.find(id) else {
            return &self.empty;
        };
        if let Some(origin) = &source.origin {
            source.text.get_or_init(|| origin.text(self).into());
        }
        source
    }

    /// The source of this number, which may have no text yet.
    fn find(&self, id: SourceId) -> Option<&Source> {
        self.list.get(id.0 as usize)?.get()
    }

    /// The text of a source.
    pub fn text(&self, id: SourceId) -> &str {
        self.get(id).text()
    }

    /// The text of a range; empty when it is none of its source.
    pub fn slice(&self, span: Span) -> &str {
        self.text(span.source)
            .get(span.start as usize..span.end as usize)
            .unwrap_or("")
    }

    /// The line and column at which a range begins.
    pub fn position(&self, span: Span) -> Position {
        self.get(span.source).position(span.start as usize)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_may_end_in_a_carriage_return_alone() {
        let mut sources = Sources::default();
        let id = sources.add("t", "a: 1\rbc: 2\r");
        let position = sources.position(Span::new(id, 7, 8));
        assert_eq!((position.line, position.column), (2, 3));
        assert_eq!(sources.get(id).line_at(7), "bc: 2");
    }

    #[test]
    fn positions_count_characters_from_one() {
        let mut sources = Sources::default();
        let id = sources.add("a", "ab\näö: x\n");
        let at = |offset| {
            let position = sources.get(id).position(offset);
            (position.line, position.column)
        };
        assert_eq!(at(0), (1, 1));
        assert_eq!(at(2), (1, 3));
        assert_eq!(at(3), (2, 1));
        assert_eq!(at(7), (2, 3));
        assert_eq!(at(500), (3, 1));
    }

    #[test]
    fn a_line_has_no_line_break() {
        let mut sources = Sources::default();
        let id = sources.add_file("a", "ab\r\ncd");
        let at = |offset| sources.get(id).line_at(offset);
        assert_eq!(
            [at(0), at(3), at(4), at(6), at(99)],
            ["ab", "ab", "cd", "cd", "cd"]
        );
        let start = |offset| sources.get(id).line_start(offset);
        assert_eq!(
            [start(0), start(3), start(4), start(6), start(99)],
            [0, 0, 4, 4, 4]
        );
        assert_eq!(sources.files().collect::<Vec<_>>(), ["a"]);
    }
}
