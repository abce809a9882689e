//! Writes values as YAML in block style, as `kubectl get -o yaml` does.
//!
//! Readers of YAML 1.1 and of 1.2 read the same value back. The text ends with one line break;
//! long lines are not wrapped, and no line ends in blanks.
//!
//! Plain words and the structure around them are written by the private module `block`, for speed;
//! the serialiser decides how all other strings and numbers are quoted. Both give the same text.
//!
//! ```
//! use diagnostics::value::{Map, Value};
//!
//! let port = Map::from_iter([("port".to_owned(), Value::from("8080"))]);
//! assert_eq!(yaml::write::write_yaml(&Value::Map(port)), "port: \"8080\"\n");
//! ```

use std::fmt::{self, Write};

use serde::ser::{Serialize, SerializeMap, SerializeSeq, Serializer};
use serde_yaml::{DoubleQuoted, SerializerOptions};

use crate::block::{BlockWriter, Part, STEP, SerialiserError};
use diagnostics::value::Value;

/// The length in bytes of a usual document.
const USUAL: usize = 1024;

/// One value as a YAML document.
pub fn write_yaml(value: &Value) -> String {
    let mut writer = BlockWriter {
        out: String::with_capacity(USUAL),
        serialise: |part: &Part<'_>| serialise(part).ok_or(SerialiserError),
    };
    let result = match value {
        Value::Map(map) if !map.is_empty() => writer.map(map, 0),
        Value::List(items) if !items.is_empty() => writer.list(items, 0),
        _ => Err(SerialiserError),
    };
    match result {
        Ok(()) => writer.out,
        Err(SerialiserError) => write_with_serialiser(value),
    }
}

/// The lines of an entry of a mapping below the key of another one, as [`write_yaml`] has them.
pub fn write_nested_entry(key: &str, value: &Value) -> String {
    let mut writer = BlockWriter {
        out: " ".repeat(STEP),
        serialise: |part: &Part<'_>| serialise(part).ok_or(SerialiserError),
    };
    match writer.entry(key, value, STEP) {
        Ok(()) => writer.out,
        Err(SerialiserError) => {
            let value = value.to_json();
            format!("{:STEP$}{}: {value}\n", "", Value::from(key).to_json())
        }
    }
}

/// As [`write_yaml`], by the serialiser alone.
///
/// The serialiser fails only for options and tags that are not used here. If it failed all the
/// same, the value would be written as JSON, which is YAML too.
pub(super) fn write_with_serialiser(value: &Value) -> String {
    serialise(&Styled(value)).unwrap_or_else(|| format!("{}\n", value.to_json()))
}

fn serialise(value: &impl Serialize) -> Option<String> {
    let mut out = TrimmedLines(String::new());
    serde_yaml::to_fmt_writer_with_options(&mut out, value, options())
        .ok()
        .map(|()| out.0)
}

/// Lists are not indented below their key, and lines are not folded. `yaml_12` stays off: it would
/// write `yes`, `0755` and dates without quotes.
fn options() -> SerializerOptions {
    serde_yaml::ser_options! { folded_wrap_chars: usize::MAX }
}

/// Removes blanks at the end of lines: the serialiser indents the empty lines of a block literal. A
/// string that has such blanks is not written as a literal.
struct TrimmedLines(String);

impl TrimmedLines {
    fn trim(&mut self) {
        self.0.truncate(self.0.trim_end_matches(' ').len());
    }
}

impl Write for TrimmedLines {
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

/// A value that decides which of its strings are quoted.
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

/// Whether a text begins or ends with a space that nobody sees without quotes, or is no good block
/// literal: editors trim blanks at the end of a line, readers built on libyaml fail at a tab before
/// the first text, and line breaks alone are easier to count as `\n`.
fn needs_quotes(text: &str) -> bool {
    let is_space = |c: char| !c.is_ascii() && c.is_whitespace();
    if text.starts_with(is_space) || text.ends_with(is_space) {
        return true;
    }
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
    use diagnostics::value::Map;

    /// Strings that must be quoted, since some reader takes the bare word for something else.
    /// `1.2.3` is a number in the grammar of YAML 1.1.
    #[rustfmt::skip]
    const MISREAD: &[&str] = &[
        "yes", "No", "ON", "off", "y", "N", "true", "null", "~", "", "0755", "0o17", "1e3", "1_000", "0x1f", "0b11",
        "1.5", ".inf", ".NaN", "2001-12-14", "2001-12-14 21:59:43", "=", "<<", "12:30:45", "22:22", "1:30", " a",
        "a ", "a: b", "a #b", "- a", "? a", "#a", "&a", "*a", "!a", "%a", "@a", "`a", "'a", "\"a", "[a", "{a", "|",
        ">", "---", "...", "a:", ",a", "]", "}", "a\tb", "1.2.3", "10.0.0.1",
    ];

    /// Strings that every reader takes as they are. `8080:80` is one, since 80 is no base 60 digit.
    #[rustfmt::skip]
    const UNAMBIGUOUS: &[&str] = &[
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
    fn values_that_begin_or_end_with_an_unseen_space_are_quoted() {
        for text in ["\u{a0}a", "a\u{2003}"] {
            assert_eq!(write_yaml(&one("k", text)), format!("k: \"{text}\"\n"));
        }
    }

    #[test]
    fn strings_that_some_reader_misreads_are_quoted() {
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
    fn strings_that_no_reader_misreads_are_not_quoted() {
        for &text in UNAMBIGUOUS {
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
    fn nested_entries_are_the_lines_of_the_whole() {
        for text in AWKWARD {
            let inner = [
                ("a", places(text)),
                (*text, one("b", *text)),
                ("c", (*text).into()),
            ];
            let inner = Map::from_iter(inner.map(|(key, value)| (key.to_owned(), value)));
            let nested = inner
                .iter()
                .map(|(key, value)| write_nested_entry(key, value));
            let expected = format!("outer:\n{}", nested.collect::<String>());
            assert_eq!(
                write_yaml(&one("outer", inner.clone())),
                expected,
                "{text:?}"
            );
        }
    }

    #[test]
    fn text_that_is_no_good_literal_is_quoted() {
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
