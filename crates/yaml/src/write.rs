//! Data to YAML text, in the block style that `kubectl get -o yaml` prints and that people review.
//!
//! - **Promise:** every YAML reader, of version 1.1 or 1.2, reads the same value back; the same
//!   value gives the same bytes.
//! - **Takes:** values.
//! - **Gives:** text that ends with exactly one line break.
//! - **Never:** fails, wraps long lines, or leaves blanks at the end of a line.

use std::fmt::{self, Write};

use serde::ser::{Serialize, SerializeMap, SerializeSeq, Serializer};
use serde_yaml::{DoubleQuoted, SerializerOptions};

use crate::block::{Blocks, Part, Refused};
use diagnostics::value::Value;

/// One value as a YAML document.
pub fn write_yaml(value: &Value) -> String {
    let mut blocks = Blocks {
        out: String::new(),
        other: |part: &Part<'_>| lines(part).ok_or(Refused),
    };
    let written = match value {
        Value::Map(map) if !map.is_empty() => blocks.map(map, 0),
        Value::List(items) if !items.is_empty() => blocks.list(items, 0),
        _ => Err(Refused),
    };
    written.map_or_else(|Refused| by_serialiser(value), |()| blocks.out)
}

/// The same, all of it by the serialiser.
///
/// It can refuse only options and tags that are not used here. Should it ever refuse a value, its
/// JSON form is written instead: less pretty, but YAML too, and the same value.
pub(super) fn by_serialiser(value: &Value) -> String {
    lines(&Styled(value)).unwrap_or_else(|| format!("{}\n", value.to_json()))
}

fn lines(value: &impl Serialize) -> Option<String> {
    let mut out = Unpadded(String::new());
    serde_yaml::to_fmt_writer_with_options(&mut out, value, options())
        .ok()
        .map(|()| out.0)
}

/// Lists stand at their key's own column, and lines are never folded. `yaml_12` stays off: it would
/// write `yes`, `0755` and dates without quotes.
fn options() -> SerializerOptions {
    serde_yaml::ser_options! { folded_wrap_chars: usize::MAX }
}

/// Text without blanks at the end of lines. The serialiser indents the empty lines of a block
/// literal; no text that has such blanks of its own is written as a literal, so all of them can go.
struct Unpadded(String);

impl Unpadded {
    fn trim(&mut self) {
        let kept = self.0.trim_end_matches(' ').len();
        self.0.truncate(kept);
    }
}

impl Write for Unpadded {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        if text.starts_with('\n') {
            self.trim();
        }
        self.0.push_str(text);
        Ok(())
    }

    fn write_char(&mut self, character: char) -> fmt::Result {
        if character == '\n' {
            self.trim();
        }
        self.0.push(character);
        Ok(())
    }
}

/// A value whose strings know their style.
struct Styled<'a>(&'a Value);

impl Serialize for Styled<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self.0 {
            Value::String(text) if needs_quotes(text) => DoubleQuoted(text).serialize(serializer),
            Value::List(items) => {
                let mut list = serializer.serialize_seq(Some(items.len()))?;
                for item in items {
                    list.serialize_element(&Styled(item))?;
                }
                list.end()
            }
            Value::Map(map) => {
                let mut entries = serializer.serialize_map(Some(map.len()))?;
                for (key, item) in map {
                    entries.serialize_entry(key, &Styled(item))?;
                }
                entries.end()
            }
            scalar => scalar.serialize(serializer),
        }
    }
}

impl Serialize for Part<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Part::Entry(key, value) => {
                let mut map = serializer.serialize_map(Some(1))?;
                map.serialize_entry(key, &Styled(value))?;
                map.end()
            }
            Part::Item(value) => {
                let mut list = serializer.serialize_seq(Some(1))?;
                list.serialize_element(&Styled(value))?;
                list.end()
            }
        }
    }
}

/// Multi-line text that a block literal would carry badly: blanks at the end of a line are
/// invisible there and fall to the first editor that trims them, a tab before the first text breaks
/// the readers built on libyaml's scanner, and nothing but line breaks is better counted as `\n`.
fn needs_quotes(text: &str) -> bool {
    if !text.contains('\n') {
        return false;
    }
    let body = text.trim_start_matches('\n');
    body.is_empty()
        || body.starts_with('\t')
        || body.split('\n').any(|line| line.ends_with([' ', '\t']))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::samples::{AWKWARD, any_value, list, map, one, places, read};

    /// Strings that must be quoted: some reader takes the bare word for something else. `1.2.3` is
    /// a number in YAML 1.1's own grammar.
    #[rustfmt::skip]
    const MISREAD: &[&str] = &[
        "yes", "No", "ON", "off", "y", "N", "true", "null", "~", "", "0755", "0o17", "1e3", "1_000", "0x1f", "0b11",
        "1.5", ".inf", ".NaN", "2001-12-14", "2001-12-14 21:59:43", "=", "<<", "12:30:45", "22:22", "1:30", " a",
        "a ", "a: b", "a #b", "- a", "? a", "#a", "&a", "*a", "!a", "%a", "@a", "`a", "'a", "\"a", "[a", "{a", "|",
        ">", "---", "...", "a:", ",a", "]", "}", "a\tb", "1.2.3", "10.0.0.1",
    ];

    /// Strings that every reader takes as they are. 80 is no base 60 digit, so `8080:80` is among
    /// them.
    #[rustfmt::skip]
    const CLEAR: &[&str] = &[
        "/bin/sh", "redis:7", "a-b.c", "http://a.b:80/c?d=e&f=g#h", "127.0.0.1:8080:80", "80:80/tcp", "8080:8080/udp",
        "-a", "--flag=x", "a b", "a, b", "it's", "say \"a\"", "${HOME}", "$$HOME", "a#b", "a:b", "8080:80", "v1.33",
        "500m", "128Mi", "1Gi", "5432:65536", "<a>", "a=b", "a{b}", "日本", "é", "yes please", "nothing", "x86", "1st",
        "c:\\dir", "sha256:0a",
    ];

    fn check(value: &Value) {
        let text = write_yaml(value);
        assert!(text.ends_with('\n'), "{text:?}");
        assert!(
            text.lines().all(|line| !line.ends_with([' ', '\t'])),
            "blanks at a line's end: {text:?}"
        );
        assert_eq!(read(&text), *value, "{text}");
    }

    #[test]
    fn awkward_strings_come_back_from_every_place() {
        assert!(AWKWARD.len() >= 150);
        for text in AWKWARD {
            check(&Value::from(*text));
            check(&places(text));
        }
        check(&list(AWKWARD.iter().map(|text| Value::from(*text))));
        check(&map(AWKWARD
            .iter()
            .map(|text| ((*text).to_owned(), Value::from(*text)))));
    }

    #[test]
    fn what_another_reader_would_misread_is_quoted() {
        for &text in MISREAD {
            assert!(
                write_yaml(&one("k", text)).starts_with("k: \"")
                    || write_yaml(&one("k", text)).starts_with("k: '"),
                "{text:?}"
            );
            assert!(
                write_yaml(&one(text, "v")).starts_with(['"', '\'']),
                "key {text:?}"
            );
            assert!(
                write_yaml(&list([text.into()])).starts_with("- \"")
                    || write_yaml(&list([text.into()])).starts_with("- '"),
                "{text:?}"
            );
        }
    }

    #[test]
    fn what_every_reader_reads_as_text_is_not_quoted() {
        for &text in CLEAR {
            assert_eq!(write_yaml(&one("k", text)), format!("k: {text}\n"));
        }
        for key in [
            "app.kubernetes.io/name",
            "a-b_c",
            "prometheus.io/scrape",
            "nginx.conf",
            "1st",
            "KEY",
        ] {
            assert_eq!(write_yaml(&one(key, "v")), format!("{key}: v\n"));
        }
    }

    #[test]
    fn the_style_is_what_kubectl_prints() {
        let container = map([
            ("name".to_owned(), "main".into()),
            (
                "args".to_owned(),
                list([
                    "-c".into(),
                    "echo a\necho b\n".into(),
                    list(["x".into(), "z".into()]),
                ]),
            ),
            (
                "env".to_owned(),
                list([map([
                    ("name".to_owned(), "A".into()),
                    ("value".to_owned(), "1".into()),
                ])]),
            ),
            ("emptyDir".to_owned(), Value::map()),
            ("none".to_owned(), list([])),
            ("nothing".to_owned(), Value::Null),
            ("file".to_owned(), "\n  a: 1\n\nb: 2".into()),
            ("end".to_owned(), "a\n\n".into()),
        ]);
        let value = map([
            ("kind".to_owned(), "Pod".into()),
            ("spec".to_owned(), one("containers", list([container]))),
        ]);
        let expected = r#"kind: Pod
spec:
  containers:
  - name: main
    args:
    - -c
    - |
      echo a
      echo b
    - - x
      - z
    env:
    - name: A
      value: "1"
    emptyDir: {}
    none: []
    nothing: null
    file: |2-

        a: 1

      b: 2
    end: |+
      a

"#;
        assert_eq!(write_yaml(&value), expected);
    }

    #[test]
    fn text_that_a_literal_would_carry_badly_is_quoted() {
        for text in [
            "a \nb",
            "a\nb\t\n",
            "a\n \nb",
            "\ta\nb",
            "\n\ta",
            "a\r\nb",
            "a\n\0",
            "a\u{2028}\n",
            "\n",
            "\n\n",
        ] {
            assert_eq!(write_yaml(&one("k", text)).lines().count(), 1, "{text:?}");
        }
        assert_eq!(write_yaml(&one("k", "a:\n\tb\n")), "k: |\n  a:\n  \tb\n");
    }

    #[test]
    fn long_text_and_long_keys_stay_whole() {
        let words = "word ".repeat(2000);
        check(&one("k", words.trim_end()));
        assert_eq!(write_yaml(&one("k", words.trim_end())).lines().count(), 1);
        for length in [127, 128, 129, 1023, 1024, 1025, 5000] {
            check(&places(&"k".repeat(length)));
            check(&places(&"y: ".repeat(length)));
        }
    }

    #[test]
    fn numbers_keep_their_kind_and_digits() {
        for (value, text) in [
            (Value::Int(0), "0\n"),
            (Value::Int(i128::from(i64::MIN)), "-9223372036854775808\n"),
            (Value::Int(i128::from(u64::MAX)), "18446744073709551615\n"),
            (Value::Float(1.0), "1.0\n"),
            (Value::Float(-0.5), "-0.5\n"),
            (Value::Float(1e21), "1.0e+21\n"),
            (Value::Float(1.5e-7), "1.5e-7\n"),
            (Value::Float(f64::INFINITY), ".inf\n"),
            (Value::Float(f64::NEG_INFINITY), "-.inf\n"),
            (Value::Bool(true), "true\n"),
            (Value::Null, "null\n"),
        ] {
            assert_eq!(write_yaml(&value), text);
            check(&value);
        }
        assert_eq!(write_yaml(&Value::Float(f64::NAN)), ".nan\n");
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(2000))]

        #[test]
        fn every_value_comes_back(value in any_value()) {
            check(&value);
        }
    }
}
