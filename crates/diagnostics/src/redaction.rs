//! Texts that no message may show, such as passwords.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use crate::percent::{self, UNRESERVED};
use crate::value::Value;

/// Parts of keys whose values are secret.
pub const SECRET_WORDS: [&str; 5] = ["pass", "secret", "token", "key", "credential"];

/// The length in bytes below which a text is no secret: to hide it everywhere would hide too much.
pub const MIN_SECRET_LENGTH: usize = 6;

/// What a template prints for a value that does not exist. It is no secret, whatever its key.
pub const NO_VALUE: &str = "<no value>";

/// What is shown instead of a secret.
pub const MASK: &str = "********";

/// The secrets that a run knows so far; several threads may add to it.
#[derive(Debug, Default)]
pub struct Secrets(Mutex<SecretTexts>);

#[derive(Debug, Default)]
struct SecretTexts {
    /// What was generated, and what stands below a key that speaks of secrets.
    known: BTreeSet<String>,
    /// What only looks generated.
    likely: BTreeSet<String>,
    /// What finds the known ones, and what finds all, until one is added.
    redactors: [Option<Arc<Redactor>>; 2],
}

impl SecretTexts {
    fn add(&mut self, text: &str, is_known: bool) {
        let texts = match is_known {
            true => &mut self.known,
            false => &mut self.likely,
        };
        if texts.insert(text.to_owned()) {
            self.redactors = Default::default();
        }
    }

    fn redactor(&mut self, is_for_all: bool) -> Option<Arc<Redactor>> {
        let is_for_all = is_for_all && !self.likely.is_empty();
        let likely = self.likely.iter().filter(|_| is_for_all);
        let mut texts = self.known.iter().chain(likely).peekable();
        texts.peek()?;
        let forms = |text: &String| spellings(text).into_iter().chain(base64_forms(text));
        let redactor = &mut self.redactors[usize::from(is_for_all)];
        let redactor =
            redactor.get_or_insert_with(|| Arc::new(Redactor::new(texts.flat_map(forms))));
        Some(Arc::clone(redactor))
    }
}

impl Secrets {
    fn texts(&self) -> MutexGuard<'_, SecretTexts> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Adds a secret. [`NO_VALUE`], and a text that is shorter than [`MIN_SECRET_LENGTH`], are
    /// ignored.
    pub fn add(&self, text: &str) {
        if text.len() >= MIN_SECRET_LENGTH && text != NO_VALUE {
            self.texts().add(text, true);
        }
    }

    /// Adds the texts below keys that speak of secrets, and those that look generated.
    pub fn add_from(&self, value: &Value) {
        visit_texts(value, &mut |text, is_secret| {
            if is_secret {
                self.add(text);
            } else if looks_generated(text) {
                self.texts().add(text, false);
            }
        });
    }

    /// Finds all texts that a message must not show, as they are, quoted or in base64; `None` when
    /// there are none.
    pub fn redactor(&self) -> Option<Arc<Redactor>> {
        self.texts().redactor(true)
    }

    /// The text with [`MASK`] for each of them.
    pub fn hide(&self, text: &str) -> String {
        match self.redactor() {
            Some(redactor) => redactor.hide(text),
            None => text.to_owned(),
        }
    }

    /// The secrets, without texts that only look generated.
    pub fn known_texts(&self) -> BTreeSet<String> {
        self.texts().known.clone()
    }

    /// As [`Secrets::redactor`], without texts that only look generated.
    pub fn known(&self) -> Option<Arc<Redactor>> {
        self.texts().redactor(false)
    }
}

/// Visits all texts, each with whether it is below a key that speaks of secrets.
pub fn visit_texts(value: &Value, visit: &mut dyn FnMut(&str, bool)) {
    fn below(value: &Value, is_secret: bool, visit: &mut dyn FnMut(&str, bool)) {
        match value {
            Value::String(text) => visit(text, is_secret),
            Value::List(items) => items.iter().for_each(|item| below(item, is_secret, visit)),
            Value::Map(map) => {
                for (key, entry) in map {
                    below(entry, is_secret || is_secret_key(key), visit);
                }
            }
            _ => {}
        }
    }
    below(value, false, visit);
}

/// Visits the texts below keys that speak of secrets.
pub fn visit_secrets(value: &Value, visit: &mut dyn FnMut(&str)) {
    visit_texts(value, &mut |text, is_secret| {
        if is_secret && text != NO_VALUE {
            visit(text);
        }
    });
}

/// Whether the value of a key is secret, as its name says. The name of a Secret or a reference to
/// one is not secret.
pub fn is_secret_key(key: &str) -> bool {
    let key = key.to_lowercase();
    let is_reference = key.ends_with("name") || key.ends_with("ref");
    !is_reference && SECRET_WORDS.iter().any(|word| key.contains(word))
}

/// Whether a text has letters of both cases and digits, as a password has and a name has not.
fn looks_generated(text: &str) -> bool {
    let has = |kind: fn(&u8) -> bool| text.as_bytes().iter().any(kind);
    text.len() >= 8
        && has(u8::is_ascii_uppercase)
        && has(u8::is_ascii_lowercase)
        && has(u8::is_ascii_digit)
        && text
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || b"+/=_-".contains(&byte))
}

/// How a text is written in YAML, JSON, a message or a URL: as it is, in double quotes as most
/// programs and as Go writes it, in single quotes, percent-encoded.
pub fn spellings(text: &str) -> BTreeSet<String> {
    let quoted = Value::from(text).to_json();
    let quoted = quoted
        .strip_prefix('"')
        .and_then(|rest| rest.strip_suffix('"'))
        .unwrap_or(&quoted)
        .to_owned();
    let of_go = ["<", ">", "&"].iter().fold(quoted.clone(), |text, one| {
        text.replace(one, &format!("\\u{:04x}", one.as_bytes()[0]))
    });
    BTreeSet::from([
        text.to_owned(),
        quoted,
        of_go,
        text.replace('\'', "''"),
        percent::encode(text, UNRESERVED),
    ])
}

/// The base64 of a text alone, and the part of it that stays the same when more text follows: the
/// end depends on what comes after the last whole group of three bytes.
fn base64_forms(text: &str) -> [String; 2] {
    let alone = STANDARD.encode(text);
    let prefix = alone.get(..text.len() / 3 * 4).unwrap_or_default();
    [prefix.to_owned(), alone]
}

/// The first bytes of a text. Secrets are looked up by them.
type Head = [u8; MIN_SECRET_LENGTH];

/// Replaces texts in other texts, all in one pass.
///
/// An Aho-Corasick automaton does the same; for the thousands of secrets of a large project it
/// takes fifty times as long to build, which a short report is not worth.
///
/// ```
/// use diagnostics::redaction::Redactor;
///
/// let redactor = Redactor::new(["hunter22".to_owned()]);
/// assert_eq!(redactor.redact("the key `hunter22`").as_deref(), Some("the key `********`"));
/// assert_eq!(redactor.redact("the key `name`"), None);
/// ```
#[derive(Debug)]
pub struct Redactor {
    /// The texts by their heads, the longest first.
    by_head: BTreeMap<Head, Vec<String>>,
    /// A bit for the hash of each head, which rules out most places of a text.
    filter: Vec<u64>,
}

impl Redactor {
    /// Finds these texts, but for those that are shorter than [`MIN_SECRET_LENGTH`]. Of several
    /// that begin at one place the longest counts.
    pub fn new(texts: impl IntoIterator<Item = String>) -> Redactor {
        let mut by_head: BTreeMap<Head, Vec<String>> = BTreeMap::new();
        let mut filter = vec![0; FILTER_WORDS];
        for text in texts {
            if let Some(head) = text.as_bytes().first_chunk() {
                let (word, bit) = filter_bit(head);
                filter[word] |= bit;
                by_head.entry(*head).or_default().push(text);
            }
        }
        for texts in by_head.values_mut() {
            texts.sort_by_key(|text| Reverse(text.len()));
        }
        Redactor { by_head, filter }
    }

    /// The text with [`MASK`] for each of them; `None` when it has none.
    pub fn redact(&self, text: &str) -> Option<String> {
        let (mut out, mut copied) = (String::new(), 0);
        while let Some((start, length)) = self.find(text, copied) {
            out.push_str(&text[copied..start]);
            out.push_str(MASK);
            copied = start + length;
        }
        (copied > 0).then(|| out + &text[copied..])
    }

    /// The text with [`MASK`] for each of them, if it has any.
    pub fn hide(&self, text: &str) -> String {
        self.redact(text).unwrap_or_else(|| text.to_owned())
    }

    /// Whether a text has any of them.
    pub fn is_match(&self, text: &str) -> bool {
        self.find(text, 0).is_some()
    }

    /// The place and length of the first of them at `from` or behind it.
    pub fn find(&self, text: &str, from: usize) -> Option<(usize, usize)> {
        let bytes = text.as_bytes();
        let heads = bytes.get(from..)?.windows(MIN_SECRET_LENGTH);
        let may_begin = |head: &&[u8]| {
            head.first_chunk().is_some_and(|head| {
                let (word, bit) = filter_bit(head);
                self.filter[word] & bit != 0
            })
        };
        heads
            .enumerate()
            .filter(|(_, head)| may_begin(head))
            .find_map(|(offset, head)| {
                let texts = self.by_head.get(head)?;
                let rest = &bytes[from + offset..];
                let longest = texts
                    .iter()
                    .find(|text| rest.starts_with(text.as_bytes()))?;
                Some((from + offset, longest.len()))
            })
    }
}

impl Default for Redactor {
    /// Finds nothing.
    fn default() -> Redactor {
        Redactor::new([])
    }
}

/// 64 kilobits: few enough to stay in the processor's cache, enough for thousands of heads.
const FILTER_WORDS: usize = 1024;

/// The word of the filter and the bit in it that stand for a head.
fn filter_bit(head: &Head) -> (usize, u64) {
    let number = head
        .iter()
        .fold(0_u64, |number, byte| number << 8 | u64::from(*byte));
    let hash = number.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 48;
    (hash as usize / 64, 1 << (hash % 64))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn redacted(known: &[&str], text: &str) -> String {
        let secrets = Secrets::default();
        known.iter().for_each(|text| secrets.add(text));
        secrets.hide(text)
    }

    #[test]
    fn secrets_are_found_in_every_form() {
        let known = [
            "hunter22",
            "hunter22-longer",
            "it's\"quoted\"",
            "pässwörter",
            "a<b>&/c d",
            "short",
        ];
        for (text, expected) in [
            ("the key `hunter22` is", "the key `********` is"),
            ("hunter22-longer", "********"),
            ("ahunter22hunter22", "a****************"),
            (
                "`it''s\"quoted\"` \"it's\\\"quoted\\\"\"",
                "`********` \"********\"",
            ),
            ("data: aHVudGVyMjI=", "data: ********"),
            ("data: aHVudGVyMjIgYW5k", "data: ********MjIgYW5k"),
            ("ä pässwörter ö", "ä ******** ö"),
            (
                "postgres://x:a%3Cb%3E%26%2Fc%20d@db",
                "postgres://x:********@db",
            ),
            (
                "{\"a\":\"a\\u003cb\\u003e\\u0026/c d\"}",
                "{\"a\":\"********\"}",
            ),
            ("short hunter2", "short hunter2"),
            ("", ""),
        ] {
            assert_eq!(redacted(&known, text), expected);
        }
        assert!(Secrets::default().redactor().is_none());
    }

    #[test]
    fn secrets_are_known_by_their_keys_and_by_their_looks() {
        let secrets = Secrets::default();
        secrets.add_from(&Value::map_of([
            ("password", Value::from("somebody")),
            (
                "deep",
                Value::map_of([("api_key", Value::List(vec![Value::from("abcdefgh")]))]),
            ),
            ("value", Value::from("aB3dE6gH9")),
            ("token", Value::from(NO_VALUE)),
            ("secret", Value::from("")),
            ("name", Value::from("shop-db-1")),
            ("mode", Value::from("ReadWriteOnce")),
        ]));
        let redactor = secrets.redactor().unwrap();
        let redacted = redactor
            .redact("somebody abcdefgh aB3dE6gH9 shop-db-1 ReadWriteOnce <no value>")
            .unwrap();
        assert_eq!(
            redacted,
            "******** ******** ******** shop-db-1 ReadWriteOnce <no value>"
        );
    }

    #[test]
    fn the_longest_text_counts_at_every_place() {
        let texts = ["abcdef", "abcdefgh", "defghi", "short"];
        let redactor = Redactor::new(texts.map(str::to_owned));
        for (text, expected) in [
            ("abcdefgh", "********"),
            ("abcdefg", "********g"),
            ("abcdefghi", "********i"),
            ("abdefghi", "ab********"),
            ("ääabcdefää", "ää********ää"),
            ("short", "short"),
        ] {
            assert_eq!(redactor.is_match(text), text != expected, "{text}");
            let redacted = redactor.hide(text);
            assert_eq!(redacted, expected);
        }
        assert!(!Redactor::new([]).is_match("abcdefgh"));
    }
}
