//! Reads texts that differ only in some of their scalars, such as those that a template renders to,
//! without scanning and parsing each of them.
//!
//! A [`Pattern`] is a text that was parsed, and the ranges in it that vary. Another text has the same
//! structure where it is equal outside of these ranges, and where inside of them it has characters
//! that mean nothing to YAML. Then its tree is that of the pattern with other words and other places.
//! Of any other text the pattern says nothing, and it has to be parsed.

use std::ops::Range;
use std::sync::OnceLock;

use crate::scalar;
use crate::tree::{Entries, Entry, Kind, Node, Style};
use diagnostics::source::{SourceId, Span};
use diagnostics::value::Value;

/// The longest line in bytes. A key may have up to 1024 characters, so that a longer line may be
/// valid with one word and invalid with another.
const MAX_LINE: usize = 1000;

/// A parsed text, and the ranges in it that vary.
#[derive(Debug)]
pub struct Pattern {
    text: String,
    /// The number of ranges that may vary.
    ranges: usize,
    /// Those that do, in order. None has a place of the tree inside it.
    slots: Vec<Slot>,
    /// Whether a key of a mapping varies.
    varies_keys: bool,
    tree: Node,
    value: OnceLock<Value>,
}

/// What a text has where its pattern varies, which is less than the text.
#[derive(Debug, Clone)]
pub(crate) struct Words {
    /// All words, without anything between them.
    text: Box<str>,
    lengths: Box<[u32]>,
}

/// A range that varies. It lies in one scalar.
#[derive(Debug)]
struct Slot {
    /// Its number among all ranges.
    number: usize,
    range: Range<usize>,
    form: Form,
}

#[derive(Debug, Clone, Copy, PartialEq)]
enum Form {
    /// In a word without quotes.
    Plain,
    /// In double quotes, with the first of them, the last of them, or both.
    Quoted { opens: bool, closes: bool },
}

impl Pattern {
    /// `tree` is the only document of `text`, of which nothing was reported or recorded; `ranges` are
    /// in order. `None` when the structure of the text may depend on more than these ranges.
    pub fn new(text: &str, ranges: &[Range<usize>], tree: Node) -> Option<Pattern> {
        if !has_short_lines(text) || may_refer(text) {
            return None;
        }
        let mut slots = Vec::new();
        let mut varies_keys = false;
        visit(&tree, &mut |span, kind| {
            let (start, end) = (span.start as usize, span.end as usize);
            let first = ranges.partition_point(|range| range.end <= start);
            let inside = ranges.iter().enumerate().skip(first);
            let inside = inside.take_while(|(_, range)| range.start < end);
            for (number, range) in inside {
                let is_inside = start <= range.start && range.end <= end;
                let slice = text.get(start..end).unwrap_or_default();
                let form = form(slice, kind, (range.start == start, range.end == end));
                let part = text.get(range.clone()).unwrap_or_default();
                if let Some(form) = form.filter(|form| is_inside && form.fits(part)) {
                    varies_keys |= kind.is_none();
                    slots.push(Slot {
                        number,
                        range: range.clone(),
                        form,
                    });
                }
            }
        });
        slots.sort_unstable_by_key(|slot| slot.number);
        Some(Pattern {
            text: text.to_owned(),
            ranges: ranges.len(),
            slots,
            varies_keys,
            tree,
            value: OnceLock::new(),
        })
    }

    /// Its own tree.
    pub(crate) fn tree(&self) -> &Node {
        &self.tree
    }

    /// Its tree without places, in which equal mappings of other texts can be shared.
    pub fn value(&self) -> &Value {
        self.value.get_or_init(|| {
            let mut value = self.tree.to_value();
            value.share();
            value
        })
    }

    /// Whether the trees of all texts have the same mappings and lists, with the same keys.
    pub(crate) fn has_fixed_keys(&self) -> bool {
        !self.varies_keys && matches!(self.tree.kind, Kind::List(_) | Kind::Map(_))
    }

    /// The only document of a text, which is what parsing it gives; nothing would be reported.
    /// `None` when the text has to be parsed. `ranges` are those that vary.
    pub fn read(&self, source: SourceId, text: &str, ranges: &[Range<usize>]) -> Option<Node> {
        self.fits(text, ranges)
            .then(|| self.copy(source, text, ranges))?
    }

    /// Whether a text differs only in words that mean nothing to YAML.
    pub(crate) fn fits(&self, text: &str, ranges: &[Range<usize>]) -> bool {
        let is_like_this = || {
            let (mut old_end, mut new_end) = (0, 0);
            for slot in &self.slots {
                let range = ranges.get(slot.number)?;
                let fixed = self.text.get(old_end..slot.range.start)?;
                let has_fixed = text.get(new_end..range.start)? == fixed;
                if !has_fixed || !slot.form.fits(text.get(range.clone())?) {
                    return None;
                }
                (old_end, new_end) = (slot.range.end, range.end);
            }
            Some(text.get(new_end..)? == self.text.get(old_end..)?)
        };
        ranges.len() == self.ranges && is_like_this() == Some(true) && has_short_lines(text)
    }

    /// What a text that fits has in its slots.
    pub(crate) fn words(&self, text: &str, ranges: &[Range<usize>]) -> Words {
        let slots = self.slots.iter();
        let words = slots.filter_map(|slot| text.get(ranges.get(slot.number)?.clone()));
        let mut lengths = Vec::with_capacity(self.slots.len());
        let length = |word: &&str| u32::try_from(word.len()).unwrap_or(u32::MAX);
        let text: String = words.inspect(|word| lengths.push(length(word))).collect();
        Words {
            text: text.into(),
            lengths: lengths.into(),
        }
    }

    /// The text with these words, and the ranges of its slots.
    pub(crate) fn text(&self, words: &Words) -> (String, Vec<Range<usize>>) {
        let mut text = String::with_capacity(self.text.len() + words.text.len());
        let mut ranges = vec![0..0; self.ranges];
        let (mut copied, mut used) = (0, 0);
        for (slot, length) in self.slots.iter().zip(&words.lengths) {
            let length = *length as usize;
            text.push_str(self.text.get(copied..slot.range.start).unwrap_or_default());
            let start = text.len();
            text.push_str(words.text.get(used..used + length).unwrap_or_default());
            ranges[slot.number] = start..text.len();
            (copied, used) = (slot.range.end, used + length);
        }
        text.push_str(self.text.get(copied..).unwrap_or_default());
        (text, ranges)
    }

    /// The document of a text that fits. `None` when a key is there twice, or merges another
    /// mapping.
    pub(crate) fn copy(
        &self,
        source: SourceId,
        text: &str,
        ranges: &[Range<usize>],
    ) -> Option<Node> {
        let copier = Copier {
            pattern: self,
            source,
            text,
            ranges,
        };
        copier.node(&self.tree)
    }
}

/// Calls `found` for each scalar, and for each key with `None`.
fn visit(node: &Node, found: &mut dyn FnMut(Span, Option<&Kind>)) {
    match &node.kind {
        Kind::List(items) => items.iter().for_each(|item| visit(item, found)),
        Kind::Map(entries) => {
            for entry in entries.values() {
                found(entry.key, None);
                visit(&entry.value, found);
            }
        }
        scalar => found(node.span, Some(scalar)),
    }
}

fn has_short_lines(text: &str) -> bool {
    text.len() <= MAX_LINE || text.split('\n').all(|line| line.len() <= MAX_LINE)
}

/// Whether a text may have an anchor, an alias, a tag, a merge key or what looks like a template:
/// then a word may be in several places, or mean something else.
fn may_refer(text: &str) -> bool {
    let bytes = text.as_bytes();
    let begins = |index: usize| {
        let before = index.checked_sub(1).map(|before| bytes[before]);
        before.is_none_or(|before| before.is_ascii_whitespace() || b"[]{},:\"'".contains(&before))
    };
    let is_sign = |index: usize| b"&*!".contains(&bytes[index]) && begins(index);
    text.contains("<<") || text.contains("{{") || (0..bytes.len()).any(is_sign)
}

/// The form of a range in a scalar or key that is written as `slice`; `None` when the scalar is not
/// simply what is written. `ends` says whether the range has the first and the last byte.
fn form(slice: &str, kind: Option<&Kind>, (opens, closes): (bool, bool)) -> Option<Form> {
    let has_quotes = kind.is_none_or(|kind| matches!(kind, Kind::String(_, Style::Double)));
    if let Some(inner) = unquoted(slice).filter(|_| has_quotes) {
        let is_simple = inner.bytes().all(means_itself);
        return is_simple.then_some(Form::Quoted { opens, closes });
    }
    let is_plain = match kind {
        None => !slice.starts_with(['"', '\'', '|', '>', '[', '{']),
        Some(Kind::String(_, style)) => *style == Style::Plain,
        Some(_) => true,
    };
    let is_written = kind.is_none_or(|kind| scalar::resolve(slice) == *kind);
    (is_plain && is_written && !slice.contains(['\n', '\r'])).then_some(Form::Plain)
}

/// Whether a byte in double quotes is the character itself.
fn means_itself(byte: u8) -> bool {
    matches!(byte, b' '..=b'~') && byte != b'"' && byte != b'\\'
}

impl Form {
    /// Whether a part has this form, whatever is around it.
    fn fits(self, part: &str) -> bool {
        match self {
            Form::Plain => {
                let bytes = part.as_bytes();
                let is_word = |byte: &u8| byte.is_ascii_alphanumeric() || b"_./-".contains(byte);
                let ends = [bytes.first(), bytes.last()];
                let is_letter = |end: Option<&u8>| end.is_some_and(u8::is_ascii_alphanumeric);
                ends.into_iter().all(is_letter) && bytes.iter().all(is_word)
            }
            Form::Quoted { opens, closes } => {
                let part = match opens {
                    true => part.strip_prefix('"'),
                    false => Some(part),
                };
                let part = match closes {
                    true => part.and_then(|part| part.strip_suffix('"')),
                    false => part,
                };
                part.is_some_and(|inner| inner.bytes().all(means_itself))
            }
        }
    }
}

/// Copies the tree of a pattern for another text.
struct Copier<'a> {
    pattern: &'a Pattern,
    source: SourceId,
    text: &'a str,
    ranges: &'a [Range<usize>],
}

impl Copier<'_> {
    fn node(&self, node: &Node) -> Option<Node> {
        let span = self.span(node.span);
        let kind = match &node.kind {
            Kind::List(items) => {
                let mut copies = Vec::with_capacity(items.len());
                for item in items {
                    copies.push(self.node(item)?);
                }
                Kind::List(copies)
            }
            Kind::Map(entries) => Kind::Map(self.entries(entries)?),
            scalar => match self.slot(node.span).map(|slot| slot.form) {
                None => scalar.clone(),
                Some(Form::Plain) => scalar::resolve(self.slice(span)?),
                Some(Form::Quoted { .. }) => {
                    Kind::String(unquoted(self.slice(span)?)?.to_owned(), Style::Double)
                }
            },
        };
        Some(Node { span, kind })
    }

    /// `None` when a key is there twice, or merges another mapping.
    fn entries(&self, entries: &Entries) -> Option<Entries> {
        let mut copy = Entries::with_capacity(entries.len());
        for (name, entry) in entries {
            let key = self.span(entry.key);
            let name = match self.slot(entry.key).map(|slot| slot.form) {
                None => name.clone(),
                Some(Form::Plain) => self.slice(key)?.into(),
                Some(Form::Quoted { .. }) => unquoted(self.slice(key)?)?.into(),
            };
            let is_wrong =
                name == "<<" || self.pattern.varies_keys && copy.contains_key(name.as_str());
            if is_wrong {
                return None;
            }
            let value = self.node(&entry.value)?;
            copy.push(name, Entry { key, value });
        }
        Some(copy)
    }

    /// The first slot in a scalar.
    fn slot(&self, span: Span) -> Option<&Slot> {
        let slots = &self.pattern.slots;
        let first = slots.partition_point(|slot| slot.range.end <= span.start as usize);
        slots
            .get(first)
            .filter(|slot| slot.range.start < span.end as usize)
    }

    fn span(&self, span: Span) -> Span {
        let [start, end] = [span.start, span.end].map(|offset| self.offset(offset as usize));
        Span::new(self.source, start, end)
    }

    /// The offset in the text of an offset in that of the pattern.
    fn offset(&self, offset: usize) -> usize {
        let slots = &self.pattern.slots;
        let before = slots.partition_point(|slot| slot.range.end <= offset);
        match before.checked_sub(1).and_then(|last| slots.get(last)) {
            Some(slot) => offset - slot.range.end + self.ranges[slot.number].end,
            None => offset,
        }
    }

    fn slice(&self, span: Span) -> Option<&str> {
        self.text.get(span.start as usize..span.end as usize)
    }
}

fn unquoted(slice: &str) -> Option<&str> {
    slice.strip_prefix('"')?.strip_suffix('"')
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use std::mem::discriminant;
    use std::sync::Arc;

    use super::*;
    use crate::lazy::LazyNode;
    use crate::samples::any_text;
    use diagnostics::report::Report;
    use diagnostics::source::Sources;

    /// A text of fixed parts and of parts that vary, and the ranges of these.
    fn text(fixed: &[String], parts: &[String]) -> (String, Vec<Range<usize>>) {
        let (mut text, mut ranges) = (String::new(), Vec::new());
        for (index, fixed) in fixed.iter().enumerate() {
            text.push_str(fixed);
            if let Some(part) = parts.get(index).filter(|part| !part.is_empty()) {
                ranges.push(text.len()..text.len() + part.len());
                text.push_str(part);
            }
        }
        (text, ranges)
    }

    /// The source of a text, and its only document when nothing is reported.
    fn parsed(sources: &mut Sources, text: &str) -> (SourceId, Option<Node>) {
        let source = sources.add("text", text);
        let mut report = Report::default();
        let mut documents = crate::parse(sources, source, &mut report);
        let is_one = documents.len() == 1 && report.is_empty();
        (source, documents.pop().filter(|_| is_one))
    }

    /// Reads a text by the pattern of another one. What comes out is what parsing gives. Gives
    /// whether anything came out.
    fn check(fixed: &[String], parts: &[String], others: &[String]) -> bool {
        let mut sources = Sources::default();
        let ((one, ranges), (other, other_ranges)) = (text(fixed, parts), text(fixed, others));
        let (_, Some(tree)) = parsed(&mut sources, &one) else {
            return false;
        };
        let Some(pattern) = Pattern::new(&one, &ranges, tree) else {
            return false;
        };
        let (source, expected) = parsed(&mut sources, &other);
        let read = pattern.read(source, &other, &other_ranges);
        if let Some(read) = &read {
            assert_eq!(Some(read), expected.as_ref(), "{one}\n---\n{other}");
        }
        let pattern = Arc::new(pattern);
        let lazy = LazyNode::read(&pattern, source, &other, &other_ranges);
        if let Some(lazy) = &lazy {
            let is_same_kind = discriminant(&lazy.outline().kind) == discriminant(&lazy.kind);
            assert!(is_same_kind);
        }
        assert_eq!(lazy.map(LazyNode::into_node), read);
        read.is_some()
    }

    fn strings(texts: &[&str]) -> Vec<String> {
        texts.iter().map(|text| (*text).to_owned()).collect()
    }

    /// What templates of definitions look like.
    const TEMPLATE: &[&str] = &[
        "- kind: Service\n  metadata:\n    name: ",
        "\n    labels: {a: ",
        ", ",
        ": b}\n    annotations:\n      # a comment\n      ",
        "x: ",
        "\n  command: [\"sh\", ",
        "]\n  url: http://",
        ":80/\n  text: |\n    literal\n  end: 'it''s'\n",
    ];

    #[test]
    fn other_words_need_no_parsing() {
        let parts = strings(&[
            "db-1",
            "\"a b\"",
            "c",
            "k.",
            "\"\"",
            "\"--host=a: b\"",
            "h1",
        ]);
        for others in [
            [
                "database-22",
                "\"#: x\"",
                "d",
                "key/k.",
                "\"1\"",
                "\"\"",
                "host.a",
            ],
            ["1", "\"\"", "true", "k.", "\"*a\"", "\"[x]\"", "0x1f"],
        ] {
            // A part that does not end in a letter stays as it is.
            let mut others = strings(&others);
            others[3] = "k.".to_owned();
            assert!(check(&strings(TEMPLATE), &parts, &others), "{others:?}");
        }
    }

    #[test]
    fn what_may_change_the_structure_is_parsed() {
        let parts = strings(&["db", "\"a\"", "c", "k", "\"v\"", "\"w\"", "h"]);
        for (index, part) in [
            (0, "a: b"),
            (0, "a #b"),
            (0, "a\n    name2: b"),
            (0, "- a"),
            (0, "\"db\""),
            (1, "a"),
            (1, "\"a\\\"\""),
            (1, "\"a\", b: \"c\""),
            (1, "\"é\""),
            // The mapping has this key already.
            (2, "a"),
            (6, "h:"),
        ] {
            let mut others = parts.clone();
            others[index] = part.to_owned();
            assert!(!check(&strings(TEMPLATE), &parts, &others), "{part}");
        }
        let long = "k".repeat(1000);
        let others = strings(&[&long, "\"a\"", "c", "k", "\"v\"", "\"w\"", "h"]);
        assert!(!check(&strings(TEMPLATE), &parts, &others));
        for fixed in [
            &["a: &b ", "\nc: *b\n"],
            &["a: !!str ", "\nb: c\n"],
            &["a:\n  <<: {b: ", "}\n  b: c\n"],
        ] {
            assert!(!check(&strings(fixed), &strings(&["x"]), &strings(&["y"])));
        }
    }

    fn any_part() -> impl Strategy<Value = String> {
        prop_oneof![
            4 => "[a-z0-9][a-z0-9./-]{0,8}",
            4 => "\"[ -~]{0,8}\"",
            1 => any_text(),
        ]
    }

    fn any_fixed() -> impl Strategy<Value = String> {
        const LINES: &[&str] = &[
            "a: ",
            "\nb: ",
            "\n- ",
            "- ",
            "\n  - c: ",
            "\n    ",
            ": ",
            "[",
            "]",
            "{",
            "}",
            ", ",
            "\n",
            "? ",
            "\n: ",
            "\"",
            "'",
            "|\n  ",
            ">\n  ",
            " # ",
            "--- ",
            "\n---\n",
            "-",
            "x",
            "é",
            "\\",
            "&a ",
            "*a",
            "! ",
            "<<: ",
            "\t",
            "%",
            " ",
        ];
        let line = proptest::sample::select(LINES).prop_map(str::to_owned);
        prop_oneof![4 => line, 1 => "[ \n:#'\"|>a0.,{}-]{0,6}"]
    }

    fn any_texts() -> impl Strategy<Value = (Vec<String>, Vec<String>, Vec<String>)> {
        (1..8_usize).prop_flat_map(|count| {
            let parts = || proptest::collection::vec(any_part(), count);
            let fixed = proptest::collection::vec(any_fixed(), count + 1);
            (fixed, parts(), parts())
        })
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(4000))]

        #[test]
        fn what_is_read_is_what_parsing_gives((fixed, parts, others) in any_texts()) {
            check(&fixed, &parts, &others);
        }

        #[test]
        fn what_is_read_of_templates_is_what_parsing_gives(
            parts in proptest::collection::vec(any_part(), 7),
            others in proptest::collection::vec(any_part(), 7),
        ) {
            check(&strings(TEMPLATE), &parts, &others);
        }
    }
}
