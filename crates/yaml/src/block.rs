//! Writes mappings, lists and plain words in block style.
//!
//! Nearly every key and string is a plain word. To give each of them to the serialiser takes a
//! quarter of the time of a large Kubernetes output, so they are written here, and only the other
//! entries go to the serialiser. A test compares both.

use std::fmt::Write;

use diagnostics::value::{Map, Value};

/// The indentation of a nested mapping.
pub(super) const STEP: usize = 2;

/// Blanks to indent with.
const BLANKS: &str = "                                ";

/// The longest key that is written here: the serialiser has another form for long ones.
const MAX_KEY: usize = 100;

/// The length of the longest word in [`RESERVED`].
const MAX_RESERVED: usize = 5;

/// Signs that have no meaning inside a word. A colon has one at its end.
const PLAIN_SIGNS: &[u8] = b"/.-_:$()=@+";

/// Signs that have no meaning inside a value either, but in a key. A number sign has one behind a
/// blank.
const VALUE_SIGNS: &[u8] = b" ,;#|";

/// What has no meaning inside a word, and what inside a value.
static IN_WORDS: [bool; 256] = letters_and(&[PLAIN_SIGNS]);
static IN_VALUES: [bool; 256] = letters_and(&[PLAIN_SIGNS, VALUE_SIGNS]);

/// Words that some reader takes for something else, in any case.
const RESERVED: [&str; 11] = [
    "null", "true", "false", "nan", "inf", "yes", "no", "on", "off", "y", "n",
];

/// What the serialiser writes: an entry of a mapping, or an item of a list.
pub(super) enum Part<'a> {
    /// A key and its value.
    Entry(&'a str, &'a Value),
    /// An item.
    Item(&'a Value),
}

/// Writes to `out`. `serialise` gives the text of a part that is not written here, without
/// indentation.
pub(super) struct BlockWriter<F> {
    pub(super) out: String,
    pub(super) serialise: F,
}

/// The serialiser could not write a part.
pub(super) struct SerialiserError;

impl<F: Fn(&Part<'_>) -> Result<String, SerialiserError>> BlockWriter<F> {
    /// Appends the entries of a mapping: the first to a line that is indented already, the others
    /// below it.
    pub(super) fn map(&mut self, map: &Map, indent: usize) -> Result<(), SerialiserError> {
        for (index, (key, value)) in map.iter().enumerate() {
            self.indent_unless_first(index, indent);
            self.entry(key, value, indent)?;
        }
        Ok(())
    }

    /// Appends the items of a list in the same way.
    pub(super) fn list(&mut self, items: &[Value], indent: usize) -> Result<(), SerialiserError> {
        for (index, item) in items.iter().enumerate() {
            self.indent_unless_first(index, indent);
            match item {
                Value::Map(map) if !map.is_empty() => {
                    self.out.push_str("- ");
                    self.map(map, indent + STEP)?;
                }
                Value::List(inner) if !inner.is_empty() => {
                    self.out.push_str("- ");
                    self.list(inner, indent + STEP)?;
                }
                _ => match simple(item) {
                    Some(word) => self.line(&["- "], word),
                    None => self.part(&Part::Item(item), indent)?,
                },
            }
        }
        Ok(())
    }

    /// Appends an entry of a mapping to a line that is indented already.
    pub(super) fn entry(
        &mut self,
        key: &str,
        value: &Value,
        indent: usize,
    ) -> Result<(), SerialiserError> {
        if !is_plain(key) || key.contains(':') || key.len() > MAX_KEY {
            return self.part(&Part::Entry(key, value), indent);
        }
        match value {
            Value::Map(map) if !map.is_empty() => {
                self.line(&[key, ":"], Word::Plain(""));
                self.indent(indent + STEP);
                self.map(map, indent + STEP)?;
            }
            Value::List(items) if !items.is_empty() => {
                self.line(&[key, ":"], Word::Plain(""));
                self.indent(indent);
                self.list(items, indent)?;
            }
            _ => match simple(value) {
                Some(word) => self.line(&[key, ": "], word),
                None => self.part(&Part::Entry(key, value), indent)?,
            },
        }
        Ok(())
    }

    /// Appends what the serialiser writes for a part, indented, but for blank lines.
    fn part(&mut self, part: &Part<'_>, indent: usize) -> Result<(), SerialiserError> {
        let text = (self.serialise)(part)?;
        for (index, line) in text.split_inclusive('\n').enumerate() {
            if line != "\n" {
                self.indent_unless_first(index, indent);
            }
            self.out.push_str(line);
        }
        Ok(())
    }

    fn line(&mut self, words: &[&str], last: Word<'_>) {
        words.iter().for_each(|word| self.out.push_str(word));
        match last {
            Word::Plain(text) => self.out.push_str(text),
            Word::Quoted(text) => self.out.extend(["\"", text, "\""]),
            // Writing to a string cannot fail.
            Word::Number(number) => _ = write!(self.out, "{number}"),
        }
        self.out.push('\n');
    }

    fn indent_unless_first(&mut self, index: usize, indent: usize) {
        if index > 0 {
            self.indent(indent);
        }
    }

    fn indent(&mut self, indent: usize) {
        let mut rest = indent;
        while rest > 0 {
            let some = rest.min(BLANKS.len());
            self.out.push_str(&BLANKS[..some]);
            rest -= some;
        }
    }
}

/// The text of a value that needs no serialiser.
enum Word<'a> {
    Plain(&'a str),
    Quoted(&'a str),
    Number(i64),
}

fn simple(value: &Value) -> Option<Word<'_>> {
    let text = match value {
        Value::String(text) if is_plain_value(text) => text,
        Value::String(text) if is_number(text) => return Some(Word::Quoted(text)),
        Value::Int(number) => return i64::try_from(*number).ok().map(Word::Number),
        Value::Null => "null",
        Value::Bool(true) => "true",
        Value::Bool(false) => "false",
        Value::List(items) if items.is_empty() => "[]",
        Value::Map(map) if map.is_empty() => "{}",
        _ => return None,
    };
    Some(Word::Plain(text))
}

/// Whether a text is certainly a string to every reader: it begins like a name, a path or a
/// variable, has only characters without a meaning, and is no reserved word. As a key it must not
/// have a colon.
fn is_plain(text: &str) -> bool {
    is_plain_with(text, &IN_WORDS)
}

/// The letters, the digits and some signs.
const fn letters_and(signs: &[&[u8]]) -> [bool; 256] {
    let mut all = [false; 256];
    let mut byte = 0;
    while byte < 128 {
        all[byte] = (byte as u8).is_ascii_alphanumeric();
        byte += 1;
    }
    let mut list = 0;
    while list < signs.len() {
        let mut sign = 0;
        while sign < signs[list].len() {
            all[signs[list][sign] as usize] = true;
            sign += 1;
        }
        list += 1;
    }
    all
}

/// The same for a value, which may have several words.
fn is_plain_value(text: &str) -> bool {
    is_amount(text) || is_plain_with(without_dashes(text), &IN_VALUES) && !has_sign(text.as_bytes())
}

/// Whether a colon or a number sign has a meaning, or a blank is at the end.
fn has_sign(text: &[u8]) -> bool {
    let means = |pair: &[u8]| matches!(pair, b": " | b" #");
    text.contains(&b' ') && (text.ends_with(b" ") || text.windows(2).any(means))
}

/// A flag without the dashes before its name.
fn without_dashes(text: &str) -> &str {
    let dashes = match text.as_bytes() {
        [b'-', b'-', first, ..] if first.is_ascii_alphabetic() => 2,
        [b'-', first, ..] if first.is_ascii_alphabetic() => 1,
        _ => 0,
    };
    &text[dashes..]
}

/// Whether a text is a number with a unit, such as `5s` or `64Mi`, whose first letter is in no form
/// of a number.
fn is_amount(text: &str) -> bool {
    let bytes = text.as_bytes();
    let digits = bytes.iter().take_while(|byte| byte.is_ascii_digit());
    let unit = &bytes[digits.count()..];
    unit.len() < bytes.len()
        && unit
            .first()
            .is_some_and(|first| b"smhkKMGT".contains(first))
        && unit.iter().all(u8::is_ascii_alphanumeric)
}

fn is_plain_with(text: &str, allowed: &[bool; 256]) -> bool {
    let bytes = text.as_bytes();
    let begins = bytes
        .first()
        .is_some_and(|first| first.is_ascii_alphabetic() || matches!(first, b'/' | b'$'));
    let is_reserved = || RESERVED.iter().any(|word| word.eq_ignore_ascii_case(text));
    begins
        && bytes.last() != Some(&b':')
        && bytes.iter().all(|byte| allowed[usize::from(*byte)])
        && !(bytes.len() <= MAX_RESERVED && is_reserved())
}

/// Whether a text is a number to every reader, or empty, so that it needs quotes to be a string.
fn is_number(text: &str) -> bool {
    text.bytes().all(|byte| byte.is_ascii_digit())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::samples::{AWKWARD, any_value, list, map, one, places};
    use crate::write::{write_with_serialiser, write_yaml};

    /// Words that outputs have, and strings that look like them.
    const WORDS: &[&str] = &[
        "name",
        "on",
        "Yes",
        "NULL",
        "inf",
        "y",
        "a:",
        "a:b",
        "/",
        "$",
        "$(HOST)",
        "$(A):$(B)",
        "registry.io/a/b:1.2",
        "a=b",
        "-c",
        "--flag=x",
        "1",
        "0x1f",
        "apps/v1",
        "a b",
        "a,b",
        "a, b; c",
        "a  b",
        "no way",
        "a :b",
        "08",
        "5s",
        "64Mi",
        "500m",
        "1G",
        "0m0",
        "1h30m",
        "123456789012345678901234567890",
        "a#b",
        "a #b",
        "a# b",
        "a|b",
        "a | b |",
        "-a #",
        "--x",
        "---",
        "--a: b",
        "-on",
        "-inf",
        "-nan",
        "--",
        "-a-",
        "",
        "é",
        "x\n",
        "a\n\n b\n",
        "a: b",
        "<<",
        "=",
        "{{ a }}",
        "f",
        "T",
        "NaN",
        "e1",
        "app.kubernetes.io/name",
        "MII=",
        "a@b.c",
        "a+b",
        "(a)",
        "_a",
        ".a",
    ];

    #[track_caller]
    fn check(value: &Value) {
        assert_eq!(write_yaml(value), write_with_serialiser(value), "{value:?}");
    }

    #[test]
    fn words_are_written_as_the_serialiser_does() {
        let long: Vec<String> = [99, 100, 101, 127, 128, 129, 5000]
            .map(|length| "k".repeat(length))
            .into();
        for text in WORDS
            .iter()
            .chain(AWKWARD)
            .copied()
            .chain(long.iter().map(String::as_str))
        {
            check(&places(text));
            check(&one(
                text,
                one(
                    "a",
                    list([text.into(), list([]), list([one(text, Value::Int(-1))])]),
                ),
            ));
        }
        for number in [
            0,
            -7,
            i128::from(i64::MAX),
            i128::from(u64::MAX),
            i128::from(u64::MAX) + 1,
        ] {
            check(&one("a", Value::Int(number)));
        }
    }

    #[test]
    fn plain_words_begin_and_end_like_names() {
        for text in ["name", "/bin/sh", "$(HOST)", "registry.io/a:1"] {
            assert!(is_plain(text), "{text}");
        }
        for text in ["", "no", "Off", "1a", "-a", "a:", "a b", "é", "~", "a,b"] {
            assert!(!is_plain(text), "{text}");
        }
    }

    fn any_document() -> impl Strategy<Value = Value> {
        let word = || proptest::sample::select(WORDS).prop_map(str::to_owned);
        let leaf = prop_oneof![word().prop_map(Value::String), any_value()];
        leaf.prop_recursive(4, 30, 4, move |inner| {
            prop_oneof![
                proptest::collection::vec(inner.clone(), 0..4).prop_map(Value::List),
                proptest::collection::vec((word(), inner), 0..4).prop_map(map),
            ]
        })
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(2000))]

        #[test]
        fn every_value_is_written_as_the_serialiser_does(value in any_document()) {
            check(&value);
        }
    }
}
