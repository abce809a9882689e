//! Values for tests of YAML writers, and an independent reader.

// Only tests use this module.
#![allow(clippy::panic, clippy::unwrap_used)]

use proptest::prelude::*;
use yaml_serde::Value as Read;

use diagnostics::value::{Map, Value};

/// Strings that some reader takes for something else, or that some writer loses.
#[rustfmt::skip]
pub const AWKWARD: &[&str] = &[
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

/// A mapping.
pub fn map(entries: impl IntoIterator<Item = (String, Value)>) -> Value {
    Value::Map(Map::from_iter(entries))
}

/// A mapping of one key.
pub fn one(key: &str, value: impl Into<Value>) -> Value {
    map([(key.to_owned(), value.into())])
}

/// A list.
pub fn list(items: impl IntoIterator<Item = Value>) -> Value {
    Value::List(items.into_iter().collect())
}

/// What an independent reader makes of `text`.
pub fn read(text: &str) -> Value {
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

/// `text` in every place where a string can stand.
pub fn places(text: &str) -> Value {
    let string = || Value::from(text);
    list([
        string(),
        list([string(), list([string(), string()]), one("a", string())]),
        one(text, list([string(), list([list([string()])])])),
        one("deep", one("deeper", one("deepest", string()))),
        map([
            (
                "list".to_owned(),
                list([one(text, one(text, string())), string()]),
            ),
            ("after".to_owned(), string()),
            (text.to_owned(), Value::map()),
            ("last".to_owned(), list([list([]), Value::map(), string()])),
        ]),
    ])
}

/// Any text, often one that YAML readers read as something else.
pub fn any_text() -> impl Strategy<Value = String> {
    prop_oneof![
        proptest::sample::select(AWKWARD).prop_map(str::to_owned),
        "[ \n\t:#'\"|>a0.,_-]{0,12}",
        "[ \nab]{0,20}",
        "[0-9a-fxobeE_:.+T -]{0,10}",
        any::<String>(),
    ]
}

/// Any value, nested a few levels deep.
pub fn any_value() -> impl Strategy<Value = Value> {
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
