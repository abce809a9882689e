//! Texts that no message may show: passwords, as far as they are known to be some.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Mutex, PoisonError};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use crate::value::Value;

/// Parts of keys whose values are secret.
pub const SECRET_WORDS: [&str; 5] = ["pass", "secret", "token", "key", "credential"];

/// A shorter text is no password, and to hide it everywhere would hide everything.
pub const SHORTEST: usize = 6;

/// What stands where a secret was.
pub const HIDDEN: &str = "********";

/// What is known so far; several threads may add to it.
#[derive(Debug, Default)]
pub struct Secrets(Mutex<BTreeSet<String>>);

impl Secrets {
    /// Takes in a secret.
    pub fn keep(&self, text: &str) {
        if text.len() >= SHORTEST {
            let _ = self
                .0
                .lock()
                .unwrap_or_else(PoisonError::into_inner)
                .insert(text.to_owned());
        }
    }

    /// Takes in what a provisioner keeps or gives under keys that speak of secrets, and what looks
    /// drawn.
    pub fn keep_in(&self, value: &Value) {
        each_secret(value, false, &mut |text| self.keep(text));
    }

    /// A way to leave them out of texts; `None` when there are none.
    pub fn redactor(&self) -> Option<Redactor> {
        let known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        (!known.is_empty()).then(|| Redactor::of(known.iter()))
    }
}

/// Gives the texts below keys that speak of secrets, and those that look drawn.
fn each_secret(value: &Value, secret: bool, found: &mut dyn FnMut(&str)) {
    match value {
        Value::String(text) if secret || looks_drawn(text) => found(text),
        Value::List(items) => items
            .iter()
            .for_each(|item| each_secret(item, secret, found)),
        Value::Map(map) => {
            for (key, own) in map {
                each_secret(own, secret || is_secret_key(key), found);
            }
        }
        _ => {}
    }
}

/// Whether the value of a key is secret, as its name says.
pub fn is_secret_key(key: &str) -> bool {
    let key = key.to_lowercase();
    SECRET_WORDS.iter().any(|word| key.contains(word))
}

/// Whether a text is of letters of both cases and digits, as nobody names a thing.
fn looks_drawn(text: &str) -> bool {
    let has = |kind: fn(&u8) -> bool| text.as_bytes().iter().any(kind);
    text.len() >= 8
        && has(u8::is_ascii_uppercase)
        && has(u8::is_ascii_lowercase)
        && has(u8::is_ascii_digit)
        && text
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || b"+/=_-".contains(&byte))
}

/// How a text may be written elsewhere: as it is, in double quotes, in single quotes.
pub fn spellings(text: &str) -> [String; 3] {
    let quoted = Value::from(text).to_json();
    let quoted = quoted
        .strip_prefix('"')
        .and_then(|rest| rest.strip_suffix('"'))
        .unwrap_or(&quoted)
        .to_owned();
    [text.to_owned(), quoted, text.replace('\'', "''")]
}

/// Secrets, ready to be found in texts: those that begin alike lie together, the longest first.
#[derive(Debug)]
pub struct Redactor(BTreeMap<[u8; SHORTEST], Vec<String>>);

impl Redactor {
    fn of<'a>(known: impl Iterator<Item = &'a String>) -> Redactor {
        let mut all: BTreeMap<[u8; SHORTEST], Vec<String>> = BTreeMap::new();
        for text in known {
            let alone = STANDARD.encode(text);
            // Where more follows, the end after the last whole group of three bytes is another.
            let begin = alone
                .get(..text.len() / 3 * 4)
                .unwrap_or_default()
                .to_owned();
            for spelt in spellings(text).into_iter().chain([alone, begin]) {
                if let Some(head) = spelt.as_bytes().first_chunk() {
                    all.entry(*head).or_default().push(spelt);
                }
            }
        }
        all.values_mut()
            .for_each(|alike| alike.sort_by_key(|text| std::cmp::Reverse(text.len())));
        Redactor(all)
    }

    /// The text without them; `None` when it has none.
    pub fn hide(&self, text: &str) -> Option<String> {
        let (mut out, mut done, mut at) = (String::new(), 0, 0);
        while let Some(head) = text
            .as_bytes()
            .get(at..)
            .and_then(|rest| rest.first_chunk())
        {
            let alike = self.0.get(head).into_iter().flatten();
            match alike
                .map(String::as_str)
                .find(|own| text.as_bytes()[at..].starts_with(own.as_bytes()))
            {
                Some(own) => {
                    out.push_str(text.get(done..at).unwrap_or_default());
                    out.push_str(HIDDEN);
                    at += own.len();
                    done = at;
                }
                None => at += 1,
            }
        }
        (done > 0).then(|| out + text.get(done..).unwrap_or_default())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hidden(known: &[&str], text: &str) -> String {
        let secrets = Secrets::default();
        known.iter().for_each(|own| secrets.keep(own));
        secrets
            .redactor()
            .and_then(|cover| cover.hide(text))
            .unwrap_or_else(|| text.to_owned())
    }

    #[test]
    fn secrets_are_hidden_however_they_are_written() {
        let known = [
            "hunter22",
            "hunter22-longer",
            "it's\"quoted\"",
            "pässwörter",
            "short",
        ];
        for (text, wanted) in [
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
            ("short hunter2", "short hunter2"),
            ("", ""),
        ] {
            assert_eq!(hidden(&known, text), wanted);
        }
        assert!(Secrets::default().redactor().is_none());
    }

    #[test]
    fn secrets_are_known_by_their_keys_and_by_their_looks() {
        let secrets = Secrets::default();
        let map = |entries: Vec<(&str, Value)>| {
            Value::Map(
                entries
                    .into_iter()
                    .map(|(key, value)| (key.to_owned(), value))
                    .collect(),
            )
        };
        secrets.keep_in(&map(vec![
            ("password", Value::from("somebody")),
            (
                "deep",
                map(vec![(
                    "api_key",
                    Value::List(vec![Value::from("abcdefgh")]),
                )]),
            ),
            ("value", Value::from("aB3dE6gH9")),
            ("name", Value::from("shop-db-1")),
            ("mode", Value::from("ReadWriteOnce")),
        ]));
        let cover = secrets.redactor().unwrap();
        let hidden = cover
            .hide("somebody abcdefgh aB3dE6gH9 shop-db-1 ReadWriteOnce")
            .unwrap();
        assert_eq!(hidden, "******** ******** ******** shop-db-1 ReadWriteOnce");
    }
}
