//! Data to YAML text, in the block style that `kubectl get -o yaml` prints and that people review.
//!
//! - **Promise:** every YAML reader, of version 1.1 or 1.2, reads the same value back; the same value gives the same bytes.
//! - **Takes:** values.
//! - **Gives:** text that ends with exactly one line break.
//! - **Never:** fails, wraps long lines, or leaves blanks at the end of a line.

use std::fmt::{self, Write};

use serde::ser::{Serialize, SerializeMap, SerializeSeq, Serializer};
use serde_yaml::{DoubleQuoted, SerializerOptions};

use crate::base::value::Value;

/// One value as a YAML document.
///
/// The serialiser can refuse only options and tags that are not used here. Should it ever refuse a value, its JSON
/// form is written instead: less pretty, but YAML too, and the same value.
pub fn write_yaml(value: &Value) -> String {
    let mut out = Unpadded(String::new());
    append_document(value, &mut out);
    out.0
}

fn append_document(value: &Value, out: &mut Unpadded) {
    let start = out.0.len();
    if serde_yaml::to_fmt_writer_with_options(out, &Styled(value), options()).is_err() {
        out.0.truncate(start);
        out.0.push_str(&value.to_json());
        out.0.push('\n');
    }
}

/// Lists stand at their key's own column, and lines are never folded. `yaml_12` stays off: it would write `yes`, `0755`
/// and dates without quotes.
fn options() -> SerializerOptions {
    serde_yaml::ser_options! { folded_wrap_chars: usize::MAX }
}

/// Text without blanks at the end of lines. The serialiser indents the empty lines of a block literal; no text that has
/// such blanks of its own is written as a literal, so all of them can go.
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

/// Multi-line text that a block literal would carry badly: blanks at the end of a line are invisible there and fall to
/// the first editor that trims them, a tab before the first text breaks the readers built on libyaml's scanner, and
/// nothing but line breaks is better counted as `\n`.
fn needs_quotes(text: &str) -> bool {
    if !text.contains('\n') {
        return false;
    }
    let body = text.trim_start_matches('\n');
    body.is_empty() || body.starts_with('\t') || body.split('\n').any(|line| line.ends_with([' ', '\t']))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use yaml_serde::Value as Read;

    use super::*;
    use crate::base::value::Map;

    /// Strings that some reader takes for something else, or that some writer loses.
    #[rustfmt::skip]
    const AWKWARD: &[&str] = &[
        // Booleans and nulls of YAML 1.1, in every case.
        "yes", "Yes", "YES", "no", "No", "NO", "on", "On", "ON", "off", "Off", "OFF", "y", "Y", "n", "N", "true",
        "True", "TRUE", "false", "False", "FALSE", "tRuE", "null", "Null", "NULL", "nULL", "~", "",
        // Whole numbers.
        "0", "-0", "+1", "42", "-17", "00", "007", "0755", "0o17", "0O17", "0o-7", "089", "0x1f", "0X1F", "-0x1f",
        "0x_1f", "0b11", "-0b11", "0b-1", "0x_", "0b_", "1_000", "1__000", "1_000_", "_1", "1_", "_", "__",
        "18446744073709551615", "18446744073709551616", "99999999999999999999999999999999999999",
        // Other numbers.
        "1e3", "1E3", "1e+3", "-1e-3", "1.e3", "1.5", "-1.5", "+1.5", "1.", ".5", "-.5", "+.5", "._5", ".5_0", "1_0.5",
        "1e3_0", "1.2.3", ".1.2", "1e400", "12e", "e3", ".e3", ".", "..", "-", "+", "-.", ".inf", "-.inf", "+.INF",
        ".Inf", ".NaN", ".nan", ".NAN", "inf", "Infinity", "NaN", "nan", "-inf", "1,000", "1 000",
        // Base 60, ports, dates, addresses.
        "12:30:45", "190:20:30", "1:30", "8080:80", "22:22", "5:5", "80:80/tcp", "60:60", "0:0", "01:30",
        "12:30:45.67", "-1:30", "1:3_0", "2001-12-14", "2001-1-4", "2001-12-14t21:59:43.10-05:00",
        "2001-12-14 21:59:43.10 -5", "2001-12-15 2:59:43.10", "2001-12-14T21:59:43Z", "2001-02-30", "2001-12",
        "2001-12-14x", "10.0.0.1", "::1", "fe80::1", "127.0.0.1:8080:80",
        // Special plain tokens.
        "=", "<<", "==", "<", ">", "|", "&", "*", "!", "%", "@", "`", "#", "'", "\"", ",", "[", "]", "{", "}", ":",
        "?", "\\", "---", "...", "--- a", "... a", "---a", "--", "- a", "-a", "? a", "?a", ": a", ":a", "a:", "a: b",
        "a:b", "a :b", "a : b", "a #b", "a# b", "a#b", "#a", "&a", "*a", "!a", "!!str a", "%YAML 1.2", "@a", "`a`",
        "'a'", "\"a\"", "a'b", "a\"b", "it's", "[a]", "{a}", "a, b", "a]", "a}", "{{ .Values.x }}", "${a.b}", "$$HOME",
        "|-", ">-", "|2", "<<: *a", "key: |", "*", "* * * * *", "0 0 * * *", "a\\nb", "c:\\dir", "\\",
        // Blanks and controls.
        " ", "  ", " a", "a ", "  a  ", "\t", "\ta", "a\t", "a\tb", "a \t#b", "a:\tb", "\r", "a\r", "a\rb", "a\r\nb",
        "\0", "\u{7}", "\u{1b}[0m", "\u{7f}", "\u{80}", "\u{85}", "a\u{85}b", "\u{a0}", "\u{a0}a", "\u{ad}",
        "\u{2028}", "a\u{2029}b", "\u{feff}", "\u{feff}a", "a\u{feff}", "\u{fffe}", "\u{ffff}", "\u{3000}a",
        "a\u{2003}#b", "é", "日本", "🚀", "\u{10ffff}", "e\u{301}",
        // Several lines.
        "\n", "\n\n", "\n\n\n", "a\n", "a\n\n", "a\n\n\n", "\na", "\n\na\n", "a\nb", "a\nb\n", "a\n\nb",
        "a\n\n\nb\n\n", " a\nb", "  a\n b\n", "\n a", "\n  a\nb\n", "a\n b", "a\n  b\n", "a \nb", "a\n \nb", "a\nb ",
        "a\nb\t", "\ta\nb", "\n\ta", " \ta\nb", "a\n\tb\n", "a\n\t\nb", "\n ", " \n", " \n ", "a\n ", "#a\nb", "a\n#b",
        "- a\n- b\n", "a: b\nc: d\n", "---\na\n", "a\n---\nb\n", "a\n...\nb", "%a\nb", "'a\nb'", "\"a\n", "|\na",
        "{\n  \"a\": 1\n}\n", "a\u{85}\nb", "a\u{2028}\nb", "\u{feff}a\nb", "a\r\nb\r\n", "a\n\0b",
        "#!/bin/sh\nset -e\n\necho \"$1\"\n",
    ];

    /// Strings that must be quoted: some reader takes the bare word for something else. `1.2.3` is a number in YAML 1.1's own grammar.
    #[rustfmt::skip]
    const MISREAD: &[&str] = &[
        "yes", "No", "ON", "off", "y", "N", "true", "null", "~", "", "0755", "0o17", "1e3", "1_000", "0x1f", "0b11",
        "1.5", ".inf", ".NaN", "2001-12-14", "2001-12-14 21:59:43", "=", "<<", "12:30:45", "22:22", "1:30", " a",
        "a ", "a: b", "a #b", "- a", "? a", "#a", "&a", "*a", "!a", "%a", "@a", "`a", "'a", "\"a", "[a", "{a", "|",
        ">", "---", "...", "a:", ",a", "]", "}", "a\tb", "1.2.3", "10.0.0.1",
    ];

    /// Strings that every reader takes as they are. 80 is no base 60 digit, so `8080:80` is among them.
    #[rustfmt::skip]
    const CLEAR: &[&str] = &[
        "/bin/sh", "redis:7", "a-b.c", "http://a.b:80/c?d=e&f=g#h", "127.0.0.1:8080:80", "80:80/tcp", "8080:8080/udp",
        "-a", "--flag=x", "a b", "a, b", "it's", "say \"a\"", "${HOME}", "$$HOME", "a#b", "a:b", "8080:80", "v1.33",
        "500m", "128Mi", "1Gi", "5432:65536", "<a>", "a=b", "a{b}", "日本", "é", "yes please", "nothing", "x86", "1st",
        "c:\\dir", "sha256:0a",
    ];

    fn map(entries: impl IntoIterator<Item = (String, Value)>) -> Value {
        Value::Map(Map::from_iter(entries))
    }

    fn one(key: &str, value: impl Into<Value>) -> Value {
        map([(key.to_owned(), value.into())])
    }

    fn list(items: impl IntoIterator<Item = Value>) -> Value {
        Value::List(items.into_iter().collect())
    }

    /// What an independent reader makes of `text`.
    fn read(text: &str) -> Value {
        plain(yaml_serde::from_str(text).unwrap_or_else(|error| panic!("{error}\n{text}")))
    }

    fn plain(value: Read) -> Value {
        match value {
            Read::Null => Value::Null,
            Read::Bool(flag) => Value::Bool(flag),
            Read::Number(number) => match (number.as_i64(), number.as_u64()) {
                (Some(small), _) => Value::from(small),
                (_, Some(large)) => Value::Int(i128::from(large)),
                _ => Value::Float(number.as_f64().unwrap()),
            },
            Read::String(text) => Value::String(text),
            Read::Sequence(items) => list(items.into_iter().map(plain)),
            Read::Mapping(entries) => map(entries.into_iter().map(|(key, item)| match key {
                Read::String(key) => (key, plain(item)),
                other => panic!("{other:?} is not a string"),
            })),
            Read::Tagged(tagged) => panic!("{tagged:?}"),
        }
    }

    fn check(value: &Value) {
        let text = write_yaml(value);
        assert!(text.ends_with('\n'), "{text:?}");
        assert!(text.lines().all(|line| !line.ends_with([' ', '\t'])), "blanks at a line's end: {text:?}");
        assert_eq!(read(&text), *value, "{text}");
    }

    /// `text` in every place where a string can stand.
    fn places(text: &str) -> Value {
        let string = || Value::from(text);
        list([
            string(),
            list([string(), list([string(), string()]), one("a", string())]),
            one(text, list([string(), list([list([string()])])])),
            one("deep", one("deeper", one("deepest", string()))),
            map([
                ("list".to_owned(), list([one(text, one(text, string())), string()])),
                ("after".to_owned(), string()),
                (text.to_owned(), Value::map()),
                ("last".to_owned(), list([list([]), Value::map(), string()])),
            ]),
        ])
    }

    #[test]
    fn awkward_strings_come_back_from_every_place() {
        assert!(AWKWARD.len() >= 150);
        for text in AWKWARD {
            check(&Value::from(*text));
            check(&places(text));
        }
        check(&list(AWKWARD.iter().map(|text| Value::from(*text))));
        check(&map(AWKWARD.iter().map(|text| ((*text).to_owned(), Value::from(*text)))));
    }

    #[test]
    fn what_another_reader_would_misread_is_quoted() {
        for &text in MISREAD {
            assert!(
                write_yaml(&one("k", text)).starts_with("k: \"") || write_yaml(&one("k", text)).starts_with("k: '"),
                "{text:?}"
            );
            assert!(write_yaml(&one(text, "v")).starts_with(['"', '\'']), "key {text:?}");
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
        for key in ["app.kubernetes.io/name", "a-b_c", "prometheus.io/scrape", "nginx.conf", "1st", "KEY"] {
            assert_eq!(write_yaml(&one(key, "v")), format!("{key}: v\n"));
        }
    }

    #[test]
    fn the_style_is_what_kubectl_prints() {
        let container = map([
            ("name".to_owned(), "main".into()),
            ("args".to_owned(), list(["-c".into(), "echo a\necho b\n".into(), list(["x".into(), "z".into()])])),
            ("env".to_owned(), list([map([("name".to_owned(), "A".into()), ("value".to_owned(), "1".into())])])),
            ("emptyDir".to_owned(), Value::map()),
            ("none".to_owned(), list([])),
            ("nothing".to_owned(), Value::Null),
            ("file".to_owned(), "\n  a: 1\n\nb: 2".into()),
            ("end".to_owned(), "a\n\n".into()),
        ]);
        let value = map([("kind".to_owned(), "Pod".into()), ("spec".to_owned(), one("containers", list([container])))]);
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
        for text in ["a \nb", "a\nb\t\n", "a\n \nb", "\ta\nb", "\n\ta", "a\r\nb", "a\n\0", "a\u{2028}\n", "\n", "\n\n"]
        {
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

    fn any_text() -> impl Strategy<Value = String> {
        prop_oneof![
            proptest::sample::select(AWKWARD).prop_map(str::to_owned),
            "[ \n\t:#'\"|>a0.,_-]{0,12}",
            "[ \nab]{0,20}",
            "[0-9a-fxobeE_:.+T -]{0,10}",
            any::<String>(),
        ]
    }

    fn any_value() -> impl Strategy<Value = Value> {
        let scalar = prop_oneof![
            1 => Just(Value::Null),
            1 => any::<bool>().prop_map(Value::from),
            1 => any::<i64>().prop_map(Value::from),
            1 => any::<u64>().prop_map(|number| Value::Int(i128::from(number))),
            1 => any::<f64>().prop_filter("no number equals itself", |number| !number.is_nan()).prop_map(Value::Float),
            8 => any_text().prop_map(Value::String),
        ];
        scalar.prop_recursive(5, 40, 5, |inner| {
            prop_oneof![
                proptest::collection::vec(inner.clone(), 0..5).prop_map(Value::List),
                proptest::collection::vec((any_text(), inner), 0..5).prop_map(map),
            ]
        })
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(2000))]

        #[test]
        fn every_value_comes_back(value in any_value()) {
            check(&value);
        }
    }
}
