//! JSON, written and read as Go does.

use std::fmt::Write;

use super::{Answer, Arguments};
use crate::budget::Budget;
use crate::data::{Data, MAX_DEPTH};
use crate::float;

/// Compact, sorted, with `<`, `>` and `&` escaped. What JSON cannot write becomes an empty text.
pub(super) fn to_json(arguments: &Arguments, budget: &Budget) -> Answer {
    written(COMPACT, arguments, budget)
        .map(Result::unwrap_or_default)
        .map(Data::text)
}

pub(super) fn must_to_json(arguments: &Arguments, budget: &Budget) -> Answer {
    written(COMPACT, arguments, budget)?.map(Data::text)
}

pub(super) fn to_pretty_json(arguments: &Arguments, budget: &Budget) -> Answer {
    written(PRETTY, arguments, budget)
        .map(Result::unwrap_or_default)
        .map(Data::text)
}

pub(super) fn must_to_pretty_json(arguments: &Arguments, budget: &Budget) -> Answer {
    written(PRETTY, arguments, budget)?.map(Data::text)
}

/// Also `toRawJson` fails, as in sprig.
pub(super) fn to_raw_json(arguments: &Arguments, budget: &Budget) -> Answer {
    written(RAW, arguments, budget)?.map(Data::text)
}

#[derive(Clone, Copy)]
struct Style {
    escapes_html: bool,
    indents: bool,
}

const COMPACT: Style = Style {
    escapes_html: true,
    indents: false,
};

const PRETTY: Style = Style {
    escapes_html: true,
    indents: true,
};

const RAW: Style = Style {
    escapes_html: false,
    indents: false,
};

/// The JSON text, or why there is none. The outer error is a limit that was reached.
fn written(
    style: Style,
    arguments: &Arguments,
    budget: &Budget,
) -> Result<Result<String, String>, String> {
    let mut writer = Writer {
        out: String::new(),
        unwritable: None,
        style,
        depth: 0,
        budget,
    };
    writer.value(arguments.any(0))?;
    budget.room(writer.out.len())?;
    Ok(match writer.unwritable {
        Some(number) => Err(format!(
            "{} cannot be written as JSON",
            float::plain(number)
        )),
        None => Ok(writer.out),
    })
}

struct Writer<'b, 'a> {
    out: String,
    /// A number that JSON does not have.
    unwritable: Option<f64>,
    style: Style,
    depth: usize,
    budget: &'b Budget<'a>,
}

impl Writer<'_, '_> {
    fn value(&mut self, value: &Data) -> Result<(), String> {
        self.budget.spend(1)?;
        if self.out.len() > self.budget.limits().value {
            return Err("the JSON text would be too long".to_owned());
        }
        // Writing to a string cannot fail.
        match value {
            Data::Missing | Data::Nil => self.out.push_str("null"),
            Data::Bool(flag) => self.out.push_str(if *flag { "true" } else { "false" }),
            Data::Int(number) | Data::Int64(number) => _ = write!(self.out, "{number}"),
            Data::Uint8(number) => _ = write!(self.out, "{number}"),
            Data::Uint64(number) => _ = write!(self.out, "{number}"),
            Data::Float(number) if number.is_finite() => self.out.push_str(&number_text(*number)),
            Data::Float(number) => self.unwritable = Some(*number),
            Data::Text(text) => self.text(text),
            Data::Version { version, .. } => self.text(&version.to_string()),
            Data::List(list) if list.is_nil() => self.out.push_str("null"),
            Data::List(list) => {
                let items = list
                    .items()
                    .iter()
                    .map(|item| (None, item.clone()))
                    .collect();
                self.container('[', items, ']')?;
            }
            Data::Map(map) => {
                let items = map
                    .entries()
                    .into_iter()
                    .map(|(key, item)| (Some(key.to_string()), item))
                    .collect();
                self.container('{', items, '}')?;
            }
            Data::Struct(body) => {
                let items = body
                    .fields
                    .iter()
                    .map(|(name, item)| (Some((*name).to_owned()), item.clone()))
                    .collect();
                self.container('{', items, '}')?;
            }
        }
        Ok(())
    }

    fn container(
        &mut self,
        open: char,
        items: Vec<(Option<String>, Data)>,
        close: char,
    ) -> Result<(), String> {
        self.depth += 1;
        if self.depth > MAX_DEPTH {
            return Err("the value is nested too deep for JSON".to_owned());
        }
        let is_empty = items.is_empty();
        self.out.push(open);
        for (index, (key, item)) in items.into_iter().enumerate() {
            if index > 0 {
                self.out.push(',');
            }
            self.line();
            if let Some(key) = key {
                self.text(&key);
                self.out
                    .push_str(if self.style.indents { ": " } else { ":" });
            }
            self.value(&item)?;
        }
        self.depth -= 1;
        if !is_empty {
            self.line();
        }
        self.out.push(close);
        Ok(())
    }

    fn line(&mut self) {
        if self.style.indents {
            self.out.push('\n');
            self.out.push_str(&"  ".repeat(self.depth));
        }
    }

    fn text(&mut self, text: &str) {
        self.out.push('"');
        for character in text.chars() {
            match character {
                '"' => self.out.push_str("\\\""),
                '\\' => self.out.push_str("\\\\"),
                '\n' => self.out.push_str("\\n"),
                '\r' => self.out.push_str("\\r"),
                '\t' => self.out.push_str("\\t"),
                '\x08' => self.out.push_str("\\b"),
                '\x0c' => self.out.push_str("\\f"),
                '<' | '>' | '&' if self.style.escapes_html => self.code(character),
                '\u{2028}' | '\u{2029}' | '\0'..='\x1f' => self.code(character),
                _ => self.out.push(character),
            }
        }
        self.out.push('"');
    }

    fn code(&mut self, character: char) {
        _ = write!(self.out, "\\u{:04x}", u32::from(character));
    }
}

/// Go writes an exponent only below 1e-6 and from 1e21 up, and there without a leading zero.
fn number_text(number: f64) -> String {
    let size = number.abs();
    if size != 0.0 && !(1e-6..1e21).contains(&size) {
        return float::format(number, 'e', None).replace("e-0", "e-");
    }
    float::format(number, 'f', None)
}

/// Gives nil for text that is not JSON.
pub(super) fn from_json(arguments: &Arguments, budget: &Budget) -> Answer {
    pay(arguments, budget)?;
    Ok(read(arguments.text(0), budget).unwrap_or(Data::Nil))
}

pub(super) fn must_from_json(arguments: &Arguments, budget: &Budget) -> Answer {
    pay(arguments, budget)?;
    read(arguments.text(0), budget)
}

/// Seven bytes of text may become a map of half a kilobyte, twice, so reading is paid for before it
/// begins.
fn pay(arguments: &Arguments, budget: &Budget) -> Result<(), String> {
    budget.spend(arguments.text(0).len().saturating_mul(2))
}

fn read(text: &str, budget: &Budget) -> Answer {
    let value: serde_json::Value =
        serde_json::from_str(text).map_err(|error| format!("not JSON: {error}"))?;
    data(&value, budget)
}

/// Every number becomes a float, as in Go. The reader has already bounded the depth.
fn data(value: &serde_json::Value, budget: &Budget) -> Answer {
    budget.spend(1)?;
    Ok(match value {
        serde_json::Value::Null => Data::Nil,
        serde_json::Value::Bool(flag) => Data::Bool(*flag),
        serde_json::Value::Number(number) => Data::Float(number.as_f64().unwrap_or_default()),
        serde_json::Value::String(text) => Data::text(text.as_str()),
        serde_json::Value::Array(items) => Data::list(
            items
                .iter()
                .map(|item| data(item, budget))
                .collect::<Result<_, _>>()?,
        ),
        serde_json::Value::Object(map) => {
            let entries = map
                .iter()
                .map(|(key, item)| Ok((key.as_str(), data(item, budget)?)));
            Data::map(entries.collect::<Result<Vec<_>, String>>()?)
        }
    })
}
