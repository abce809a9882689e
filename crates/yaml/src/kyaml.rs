//! Writes values as KYAML, the strict subset of YAML of Kubernetes enhancement 5295: in brackets,
//! so that nothing depends on indentation, with strings in quotes, so that none is read as another
//! type.
//!
//! ```
//! use diagnostics::value::{Map, Value};
//!
//! let port = Map::from_iter([("port".to_owned(), Value::Int(8080))]);
//! assert_eq!(yaml::kyaml::write_kyaml(&Value::Map(port)), "---\n{\n  port: 8080,\n}\n");
//! ```

use diagnostics::value::{Map, Value};

/// Words that some reader takes for a boolean or null.
const WORDS: [&str; 9] = ["y", "n", "yes", "no", "on", "off", "true", "false", "null"];

/// One value as a KYAML document, with the `---` that begins it.
pub fn write_kyaml(value: &Value) -> String {
    let mut out = String::from("---\n");
    write(value, 0, &mut out);
    out.push('\n');
    out
}

fn write(value: &Value, depth: usize, out: &mut String) {
    match value {
        Value::Null | Value::Bool(_) | Value::Int(_) => out.push_str(&value.to_json()),
        Value::Float(number) => out.push_str(&float(*number)),
        Value::String(text) => write_string(text, depth, out),
        Value::List(items) => write_list(items, depth, out),
        Value::Map(map) => write_map(map, depth, out),
    }
}

fn float(number: f64) -> String {
    match number {
        number if number.is_nan() => ".nan".to_owned(),
        number if number.is_infinite() => if number > 0.0 { ".inf" } else { "-.inf" }.to_owned(),
        number => finite(&format!("{number:?}")),
    }
}

/// With a point, and with a sign in the exponent: readers of YAML 1.1 take `1e21` for text.
fn finite(text: &str) -> String {
    let Some((digits, exponent)) = text.split_once('e') else {
        return text.to_owned();
    };
    let point = if digits.contains('.') { "" } else { ".0" };
    let sign = if exponent.starts_with('-') { "" } else { "+" };
    format!("{digits}{point}e{sign}{exponent}")
}

/// Mappings and lists in a list have no lines of their own for their brackets: `[{` .. `}, {` ..
/// `}]`.
fn write_list(items: &[Value], depth: usize, out: &mut String) {
    let holds_structures = items.iter().all(|item| match item {
        Value::List(items) => !items.is_empty(),
        Value::Map(map) => !map.is_empty(),
        _ => false,
    });
    out.push('[');
    for (index, item) in items.iter().enumerate() {
        if holds_structures {
            out.push_str(if index > 0 { ", " } else { "" });
            write(item, depth, out);
        } else {
            new_line(depth + 1, out);
            write(item, depth + 1, out);
            out.push(',');
        }
    }
    if !holds_structures && !items.is_empty() {
        new_line(depth, out);
    }
    out.push(']');
}

fn write_map(map: &Map, depth: usize, out: &mut String) {
    out.push('{');
    for (key, value) in map {
        new_line(depth + 1, out);
        if is_plain_key(key) {
            out.push_str(key)
        } else {
            write_quoted(key, out)
        }
        out.push_str(": ");
        write(value, depth + 1, out);
        out.push(',');
    }
    if !map.is_empty() {
        new_line(depth, out);
    }
    out.push('}');
}

fn new_line(depth: usize, out: &mut String) {
    out.push('\n');
    (0..depth).for_each(|_| out.push_str("  "));
}

/// Whether a key needs no quotes.
fn is_plain_key(key: &str) -> bool {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"_-./".contains(&byte);
    let begins = key.starts_with(|first: char| first.is_ascii_alphabetic() || first == '_');
    begins && key.bytes().all(plain) && !WORDS.iter().any(|word| key.eq_ignore_ascii_case(word))
}

fn write_string(text: &str, depth: usize, out: &mut String) {
    if !text.trim_end_matches('\n').contains('\n') {
        write_quoted(text, out);
        return;
    }
    // Each line of the text is a line here. Its line break is escaped, and so is a blank at its
    // beginning, which would be read as indentation.
    out.push_str("\"\\");
    for line in text.split_inclusive('\n') {
        new_line(depth + 1, out);
        let start = out.len();
        line.chars().for_each(|character| escape(character, out));
        if out[start..].starts_with(' ') {
            out.insert(start, '\\');
        }
        out.push('\\');
    }
    new_line(depth + 1, out);
    out.push('"');
}

fn write_quoted(text: &str, out: &mut String) {
    out.push('"');
    text.chars().for_each(|character| escape(character, out));
    out.push('"');
}

fn escape(character: char, out: &mut String) {
    match character {
        '"' => out.push_str("\\\""),
        '\\' => out.push_str("\\\\"),
        '\n' => out.push_str("\\n"),
        '\r' => out.push_str("\\r"),
        '\t' => out.push_str("\\t"),
        // Readers take these for line breaks, drop them, or fail.
        '\u{0}'..='\u{1f}' | '\u{7f}'..='\u{a0}' => {
            out.push_str(&format!("\\x{:02x}", u32::from(character)))
        }
        '\u{2028}' | '\u{2029}' | '\u{feff}' | '\u{fffe}' | '\u{ffff}' => {
            out.push_str(&format!("\\u{:04x}", u32::from(character)));
        }
        other => out.push(other),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::samples::{AWKWARD, any_value, list, map, one, places, read};

    fn check(value: &Value) {
        let text = write_kyaml(value);
        assert_eq!(read(&text), *value, "{text}");
    }

    #[test]
    fn the_form_is_that_of_kubernetes() {
        let ports = list([one("port", 80_i64), one("port", 443_i64)]);
        let value = map([
            ("kind".to_owned(), "Service".into()),
            ("app.kubernetes.io/name".to_owned(), "shop".into()),
            ("on".to_owned(), list(["a".into(), Value::from(true)])),
            (
                "spec".to_owned(),
                map([("ports".to_owned(), ports), ("empty".to_owned(), list([]))]),
            ),
            ("text".to_owned(), "a: \"b\"\n  c\n\nd".into()),
            ("line".to_owned(), "one\n".into()),
        ]);
        let expected = r#"---
{
  kind: "Service",
  app.kubernetes.io/name: "shop",
  "on": [
    "a",
    true,
  ],
  spec: {
    ports: [{
      port: 80,
    }, {
      port: 443,
    }],
    empty: [],
  },
  text: "\
    a: \"b\"\n\
    \  c\n\
    \n\
    d\
    ",
  line: "one\n",
}
"#;
        assert_eq!(write_kyaml(&value), expected);
        check(&value);
    }

    #[test]
    fn readers_of_yaml_1_1_take_floats_for_floats() {
        for (number, expected) in [
            (1e21, "1.0e+21"),
            (-2.5e-7, "-2.5e-7"),
            (1e-9, "1.0e-9"),
            (3.0, "3.0"),
        ] {
            assert_eq!(
                write_kyaml(&Value::Float(number)),
                format!("---\n{expected}\n")
            );
            check(&Value::Float(number));
            // In block style too.
            let block = crate::write::write_yaml(&Value::Float(number));
            assert!(
                block.contains('.')
                    && (!block.contains('e') || block.contains("e+") || block.contains("e-")),
                "{block}"
            );
        }
    }

    #[test]
    fn awkward_strings_come_back_from_every_place() {
        AWKWARD.iter().for_each(|text| check(&places(text)));
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(1000))]

        #[test]
        fn every_value_comes_back(value in any_value()) {
            check(&value);
        }
    }
}
