//! Source texts and places in them.

use std::collections::BTreeSet;
use std::ops::Range;
use std::sync::{Arc, OnceLock};

use crate::redaction::Secrets;

/// Which text a place lies in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct SourceId(u32);

/// A range of bytes in one source text, from `start` up to, not including, `end`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Span {
    /// The text the range lies in.
    pub source: SourceId,
    /// The first byte.
    pub start: u32,
    /// The byte after the last.
    pub end: u32,
}

impl Span {
    /// The range `start..end` of `source`. Texts are limited to 4 GiB by [`Sources::add`]'s
    /// callers.
    pub fn new(source: SourceId, start: usize, end: usize) -> Span {
        let clamp = |offset: usize| u32::try_from(offset).unwrap_or(u32::MAX);
        Span {
            source,
            start: clamp(start),
            end: clamp(end.max(start)),
        }
    }

    /// The part of this range from `start` to `end`, both counted in bytes from its beginning.
    pub fn part(self, start: usize, end: usize) -> Span {
        Span::new(
            self.source,
            self.start as usize + start,
            self.start as usize + end,
        )
    }

    /// The place of a word of `length` bytes that is written here bare or in quotes. An escape
    /// would take more room.
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

    /// Whether all of another place lies in this one.
    pub fn contains(self, other: Span) -> bool {
        self.source == other.source && self.start <= other.start && other.end <= self.end
    }
}

/// A value and the place it was written at.
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

/// Where the parts of a text that was made, not read, came from.
pub trait Origin: std::fmt::Debug + Send + Sync {
    /// The place that wrote the byte at `offset`.
    fn place(&self, sources: &Sources, offset: usize) -> Span;

    /// The stretches of the text that were computed, in bytes. They may hold secrets; all else
    /// stands in what was read.
    fn computed(&self) -> Vec<Range<usize>>;
}

/// One text that was read or made, and the name people know it by.
#[derive(Debug, Default)]
pub struct Source {
    name: String,
    text: Arc<str>,
    line_starts: OnceLock<Vec<usize>>,
    origin: Option<Box<dyn Origin>>,
    shown: OnceLock<String>,
    is_file: bool,
}

impl Source {
    /// The name to show: a path as the user gave it, or a flag.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The text.
    pub fn text(&self) -> &Arc<str> {
        &self.text
    }

    /// Whether this is the text of a file that was read, so that its name is a path.
    pub fn is_file(&self) -> bool {
        self.is_file
    }

    /// Whether this text was made from another, as a rendered template.
    pub fn is_made(&self) -> bool {
        self.origin.is_some()
    }

    /// The text as people may see it, as long as the text itself: `*` stands for each byte that was
    /// computed, since a password may be among them. Lines and indentation stay, which is where
    /// most mistakes in made texts are.
    pub fn shown(&self) -> &str {
        match &self.origin {
            Some(origin) => self
                .shown
                .get_or_init(|| mask(&self.text, origin.computed())),
            None => &self.text,
        }
    }

    /// The whole line that the byte at `offset` is in, as people may see it, without its end.
    pub fn line_at(&self, offset: usize) -> &str {
        let starts = self.line_starts();
        let line = starts.partition_point(|start| *start <= offset).max(1);
        let end = starts.get(line).map_or(self.text.len(), |next| *next);
        self.shown()
            .get(starts[line - 1]..end)
            .unwrap_or("")
            .trim_end_matches(['\r', '\n'])
    }

    /// Where the line begins that the byte at `offset` is in.
    pub fn line_start(&self, offset: usize) -> usize {
        let starts = self.line_starts();
        starts[starts.partition_point(|start| *start <= offset).max(1) - 1]
    }

    /// The line and column of a byte offset.
    pub fn position(&self, offset: usize) -> Position {
        let starts = self.line_starts();
        let line = starts.partition_point(|start| *start <= offset).max(1);
        let start = starts[line - 1];
        let end = floor_char_boundary(&self.text, offset.min(self.text.len()));
        let column = self
            .text
            .get(start..end)
            .map_or(1, |before| before.chars().count() + 1);
        Position { line, column }
    }

    fn line_starts(&self) -> &[usize] {
        self.line_starts.get_or_init(|| {
            // Where no line ends in the usual way, they end as YAML allows too.
            let end = if self.text.contains('\n') { '\n' } else { '\r' };
            std::iter::once(0)
                .chain(self.text.match_indices(end).map(|(offset, _)| offset + 1))
                .collect()
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
    // Whole characters were replaced, so that it is text still.
    String::from_utf8(bytes).unwrap_or_else(|_| "*".repeat(text.len()))
}

/// The last character boundary at or before `offset`.
pub fn floor_char_boundary(text: &str, offset: usize) -> usize {
    (0..=offset.min(text.len()))
        .rev()
        .find(|index| text.is_char_boundary(*index))
        .unwrap_or(0)
}

/// All texts of a run, in the order they were read.
#[derive(Debug, Default)]
pub struct Sources {
    list: Vec<OnceLock<Source>>,
    /// The names of files that hold secrets.
    private: BTreeSet<String>,
    /// What stands at a place that was reserved and never filled.
    nothing: Source,
    secrets: Secrets,
}

/// Places in the list of sources for texts that are yet to be made.
#[derive(Debug, Clone)]
pub struct Reserved(std::ops::Range<usize>);

impl Reserved {
    /// Takes the next place; `None` when all are taken.
    pub fn take(&mut self) -> Option<SourceId> {
        self.0.next().map(source_id)
    }
}

fn source_id(index: usize) -> SourceId {
    SourceId(u32::try_from(index).unwrap_or(u32::MAX))
}

impl Sources {
    /// Takes in a text under the name people know it by.
    pub fn add(&mut self, name: impl Into<String>, text: impl Into<Arc<str>>) -> SourceId {
        let source = Source {
            name: name.into(),
            text: text.into(),
            ..Source::default()
        };
        self.list.push(OnceLock::from(source));
        source_id(self.list.len() - 1)
    }

    /// Takes in the text of a file; its name is the path as the user gave it.
    pub fn add_file(&mut self, path: impl Into<String>, text: impl Into<Arc<str>>) -> SourceId {
        let source = Source {
            name: path.into(),
            text: text.into(),
            is_file: true,
            ..Source::default()
        };
        self.list.push(OnceLock::from(source));
        source_id(self.list.len() - 1)
    }

    /// Says that no line of the file of this name may ever be shown, since it may hold secrets. To
    /// be said before it is read.
    pub fn keep_private(&mut self, name: impl Into<String>) {
        self.private.insert(name.into());
    }

    /// Whether no line of this text may be shown.
    pub fn is_private(&self, id: SourceId) -> bool {
        self.private.contains(self.get(id).name())
    }

    /// The texts that no message may show.
    pub fn secrets(&self) -> &Secrets {
        &self.secrets
    }

    /// Keeps places for `count` texts that will be made, maybe on several threads and in any order:
    /// what is made first must not decide which number a text has.
    pub fn reserve(&mut self, count: usize) -> Reserved {
        let start = self.list.len();
        self.list.resize_with(start + count, OnceLock::new);
        Reserved(start..start + count)
    }

    /// Puts a text that was made from another at a reserved place; `origin` leads its places back.
    pub fn fill(
        &self,
        id: SourceId,
        name: String,
        text: impl Into<Arc<str>>,
        origin: Box<dyn Origin>,
    ) {
        if let Some(place) = self.list.get(id.0 as usize) {
            let source = Source {
                name,
                text: text.into(),
                origin: Some(origin),
                ..Source::default()
            };
            // A place is filled once; `take` gives it once.
            let _ = place.set(source);
        }
    }

    /// The names of the texts that were read.
    pub fn read_names(&self) -> impl Iterator<Item = &str> {
        let sources = self.list.iter().filter_map(OnceLock::get);
        sources
            .filter(|source| source.origin.is_none())
            .map(|source| source.name.as_str())
    }

    /// The paths of the files that were read.
    pub fn files(&self) -> impl Iterator<Item = &str> {
        let sources = self.list.iter().filter_map(OnceLock::get);
        sources
            .filter(|source| source.is_file)
            .map(|source| source.name.as_str())
    }

    /// Where a place in a made text came from; `None` for a text that was read.
    pub fn origin(&self, span: Span) -> Option<Span> {
        let origin = self.get(span.source).origin.as_ref()?;
        Some(origin.place(self, span.start as usize))
    }

    /// The source behind an id.
    pub fn get(&self, id: SourceId) -> &Source {
        self.list
            .get(id.0 as usize)
            .and_then(OnceLock::get)
            .unwrap_or(&self.nothing)
    }

    /// The text of a source.
    pub fn text(&self, id: SourceId) -> &str {
        &self.get(id).text
    }

    /// What stands at a place.
    pub fn slice(&self, span: Span) -> &str {
        self.text(span.source)
            .get(span.start as usize..span.end as usize)
            .unwrap_or("")
    }

    /// The line and column at which a place begins.
    pub fn position(&self, span: Span) -> Position {
        self.get(span.source).position(span.start as usize)
    }
}

/// How many names are compared with a misspelt one: a file of mistakes must not cost the square of
/// its length.
const MOST_CANDIDATES: usize = 1000;

/// How many names a message lists; nobody reads more.
const MOST_LISTED: usize = 30;

/// Which letters there are in a name, in whatever case and order: a slip adds one and takes one
/// away at most, so that names that differ in more need not be compared.
fn letters(name: &str) -> u64 {
    name.chars()
        .flat_map(char::to_lowercase)
        .fold(0, |all, letter| all | 1 << (u32::from(letter) % 64))
}

/// The candidate closest to `name` in spelling, when one is close enough to be what was meant.
pub fn nearest<'a>(name: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let length = name.chars().count();
    let limit = (length / 3).clamp(1, 3);
    // Comparing takes time by length times length, and a slip of the pen in something this long is
    // not what is wrong.
    let (lower, letters) = (name.to_lowercase(), letters(name));
    let comparable = |candidate: &&str| {
        length <= 200
            && candidate.chars().count().abs_diff(length) <= limit
            && (self::letters(candidate) ^ letters).count_ones() as usize <= 2 * limit
    };
    candidates
        .into_iter()
        .take(MOST_CANDIDATES)
        .filter(comparable)
        .map(|candidate| {
            (
                strsim::osa_distance(&lower, &candidate.to_lowercase()),
                candidate,
            )
        })
        .filter(|(distance, _)| *distance <= limit)
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, candidate)| candidate)
}

/// The one candidate that `name` was meant to be beyond doubt: it has the same letters in another
/// case, two of them exchanged, or one too many, too few or wrong. One that differs in case alone
/// counts for more than all others. Names that differ in a digit are two names, and short ones
/// differ in a letter too easily.
pub fn slip<'a>(name: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let digits = |text: &str| {
        text.chars()
            .filter(char::is_ascii_digit)
            .collect::<String>()
    };
    let (lower, own_letters) = (name.to_lowercase(), letters(name));
    let close = candidates
        .into_iter()
        .take(MOST_CANDIDATES)
        .filter(|candidate| {
            let comparable = name.len() <= 200 && candidate.len().abs_diff(name.len()) <= 4;
            comparable
                && (letters(candidate) ^ own_letters).count_ones() <= 2
                && strsim::osa_distance(&lower, &candidate.to_lowercase()) <= 1
        });
    let close: Vec<&str> = close.collect();
    // One that differs in case alone is meant, whatever else is near.
    let same_word = |candidate: &&&str| candidate.to_lowercase() == lower;
    let only = *close.iter().find(same_word).or(close.first())?;
    let rivals = if only.to_lowercase() == lower {
        close.iter().filter(same_word).count()
    } else {
        close.len()
    };
    if close.iter().filter(|candidate| **candidate == only).count() != rivals {
        return None;
    }
    let sorted = |text: &str| {
        let mut letters: Vec<char> = text.to_lowercase().chars().collect();
        letters.sort_unstable();
        letters
    };
    // The same letters in another order, which is no accident in a name of three.
    let same_letters =
        only.to_lowercase() == lower || name.len() >= 3 && sorted(only) == sorted(name);
    let long_enough = name.chars().count() >= 4;
    let same_digits = only.to_lowercase() == lower || digits(name) == digits(only);
    (same_digits && (same_letters || long_enough)).then_some(only)
}

/// What to do about a name that nobody knows: take the nearest known one, else what `otherwise`
/// says.
pub fn suggestion<'a>(
    name: &str,
    candidates: impl IntoIterator<Item = &'a str>,
    otherwise: impl FnOnce() -> String,
) -> String {
    nearest(name, candidates).map_or_else(otherwise, |near| format!("did you mean `{near}`?"))
}

/// What there is of a kind, as a clause: `` the ports are `a` and `b` `` or `` the only port is `a`
/// ``. `kind` is the word for one of them.
pub fn list_known<'a>(kind: &str, names: impl IntoIterator<Item = &'a str>) -> String {
    let names: Vec<&str> = names.into_iter().collect();
    match names.as_slice() {
        [] => format!("there is no {kind}"),
        [only] => format!("the only {kind} is `{only}`"),
        _ => format!("the {kind}s are {}", list_names(names)),
    }
}

/// Names in backticks, as a message lists them: `` `a`, `b` and `c` ``.
pub fn list_names<'a>(names: impl IntoIterator<Item = &'a str>) -> String {
    let mut names = names.into_iter();
    let mut quoted: Vec<String> = names
        .by_ref()
        .take(MOST_LISTED)
        .map(|name| format!("`{name}`"))
        .collect();
    match names.count() {
        0 => {}
        more => quoted.push(format!("{more} more")),
    }
    match quoted.split_last() {
        None => String::from("none"),
        Some((only, [])) => only.clone(),
        Some((last, rest)) => format!("{} and {last}", rest.join(", ")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_may_end_as_on_old_machines() {
        let mut sources = Sources::default();
        let id = sources.add("t", "a: 1\rbc: 2\r");
        let position = sources.position(Span::new(id, 7, 8));
        assert_eq!((position.line, position.column), (2, 3));
        assert_eq!(sources.get(id).line_at(7), "bc: 2");
    }

    #[test]
    fn long_lists_and_long_names_cost_little() {
        let names: Vec<String> = (0..100_000)
            .map(|number| format!("name-{number}"))
            .collect();
        assert!(list_names(names.iter().map(String::as_str)).ends_with("`name-29` and 99970 more"));
        assert_eq!(list_names(["a", "b", "c"]), "`a`, `b` and `c`");
        let long = "n".repeat(1_000_000);
        assert_eq!(nearest(&long, [long.as_str()]), None);
        assert_eq!(nearest("shpo", ["shop", "ship-of-fools"]), Some("shop"));
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
    fn a_line_is_whole_and_has_no_end() {
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

    #[test]
    fn the_nearest_name_is_a_plausible_one() {
        assert_eq!(nearest("imgae", ["image", "args"]), Some("image"));
        assert_eq!(nearest("db", ["cache", "dns"]), None);
        assert_eq!(nearest("port", ["ports", "path"]), Some("ports"));
    }

    #[test]
    fn a_slip_of_the_pen_is_beyond_doubt() {
        assert_eq!(slip("imgae", ["image", "args"]), Some("image"));
        assert_eq!(
            slip("livenessprobe", ["livenessProbe"]),
            Some("livenessProbe")
        );
        assert_eq!(slip("imgae", ["image", "image"]), Some("image"));
        assert_eq!(slip("tcp", ["TCP", "UDP"]), Some("TCP"));
        assert_eq!(slip("tdp", ["TCP", "UDP"]), None);
        assert_eq!(slip("wbe", ["web"]), Some("web"));
        assert_eq!(slip("https", ["HTTP", "HTTPS"]), Some("HTTPS"));
        assert_eq!(
            slip("readonly", ["read_only", "readOnly"]),
            Some("readOnly")
        );
        assert_eq!(slip("Web", ["web", "WEB"]), None);
        assert_eq!(slip("bd", ["db"]), None);
        assert_eq!(slip("db2", ["db1"]), None);
        assert_eq!(slip("cache2", ["cache1"]), None);
        assert_eq!(slip("cach", ["cache", "cacho"]), None);
        assert_eq!(slip("imgea", ["image"]), None);
    }

    #[test]
    fn names_are_listed_as_people_say_them() {
        assert_eq!(list_names(["a", "b", "c"]), "`a`, `b` and `c`");
        assert_eq!(list_names([]), "none");
        assert_eq!(list_known("port", ["a", "b"]), "the ports are `a` and `b`");
        assert_eq!(list_known("port", ["a"]), "the only port is `a`");
        assert_eq!(list_known("port", []), "there is no port");
    }

    /// The letters that names have in common are looked at before the names are compared, and
    /// change nothing of the result.
    #[test]
    fn no_slip_is_too_far_to_be_compared() {
        let words = [
            "image", "Images", "mage", "iamge", "imga", "imgea", "xmage", "imageee", "volume",
            "ab", "ba", "Ä", "ä", "",
        ];
        for (own, other) in words
            .iter()
            .flat_map(|own| words.iter().map(move |other| (*own, *other)))
        {
            let limit = (own.chars().count() / 3).clamp(1, 3);
            let distance = strsim::osa_distance(&own.to_lowercase(), &other.to_lowercase());
            assert_eq!(
                nearest(own, [other]).is_some(),
                distance <= limit,
                "{own} {other}"
            );
        }
    }
}
