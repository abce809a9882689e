//! The documented behaviour of Go and sprig, as rows of template and result.

mod actions;
mod budget;
mod corpus;
mod errors;
mod functions;
mod fuzz_smoke;
mod printing;
mod verdicts;

use sha2::{Digest, Sha256};

use crate::{Data, Limits, RandomSource, Rendered, Template, TemplateError, Tools};
use diagnostics::value::Value;

/// Bytes that look random and are the same in every run: SHA-256 over the call and a counter.
struct Stream {
    call: u32,
    next: u32,
}

impl RandomSource for Stream {
    fn next_byte(&mut self) -> u8 {
        self.next += 1;
        Sha256::new()
            .chain_update(self.call.to_be_bytes())
            .chain_update(self.next.to_be_bytes())
            .finalize()[0]
    }
}

fn stream(call: u32) -> Result<Box<dyn RandomSource>, String> {
    Ok(Box::new(Stream { call, next: 0 }))
}

/// Data from JSON, with whole numbers as Go's YAML reader reads them.
fn data(json: &str) -> Data {
    fn value(json: &serde_json::Value) -> Value {
        match json {
            serde_json::Value::Null => Value::Null,
            serde_json::Value::Bool(flag) => Value::Bool(*flag),
            serde_json::Value::Number(number) => match (number.as_i64(), number.as_u64()) {
                (Some(int), _) => Value::Int(i128::from(int)),
                (_, Some(int)) => Value::Int(i128::from(int)),
                _ => Value::Float(number.as_f64().unwrap()),
            },
            serde_json::Value::String(text) => Value::from(text.as_str()),
            serde_json::Value::Array(items) => Value::List(items.iter().map(value).collect()),
            serde_json::Value::Object(map) => Value::Map(
                map.iter()
                    .map(|(key, item)| (key.clone(), value(item)))
                    .collect(),
            ),
        }
    }
    Data::from(&value(&serde_json::from_str(json).unwrap()))
}

pub(crate) fn run(template: &str, data: &Data, limits: Limits) -> Result<Rendered, TemplateError> {
    let greet = |arguments: &[Data]| match arguments {
        [name] => Ok(Data::text(format!(
            "hello {}",
            name.as_text().unwrap_or("?")
        ))),
        _ => Err("wants one name".to_owned()),
    };
    let tools = Tools {
        random: &stream,
        functions: &[("greet", &greet)],
        limits,
    };
    Template::parse(template, &["greet"])?.render(data, &tools)
}

fn rendered(template: &str, json: &str) -> Result<String, TemplateError> {
    run(template, &data(json), Limits::default()).map(|rendered| rendered.text)
}

/// Checks rows of template and result over one set of data.
fn check(json: &str, rows: &[(&str, &str)]) {
    let mut wrong = String::new();
    for (template, expected) in rows {
        let result = rendered(template, json);
        if result.as_deref() != Ok(*expected) {
            wrong.push_str(&format!(
                "{template}\n  expected {expected:?}\n  found    {result:?}\n"
            ));
        }
    }
    assert!(wrong.is_empty(), "\n{wrong}");
}

/// Checks rows of template, the text the error points at, and a part of its message.
fn check_errors(json: &str, rows: &[(&str, &str, &str)]) {
    let mut wrong = String::new();
    for (template, place, message) in rows {
        match rendered(template, json) {
            Ok(text) => wrong.push_str(&format!(
                "{template}\n  expected an error, found {text:?}\n"
            )),
            Err(error)
                if template.get(error.start..error.end) != Some(*place)
                    || !error.message.contains(message) =>
            {
                let marked = template.get(error.start..error.end);
                wrong.push_str(&format!(
                    "{template}\n  expected {message:?} at {place:?}\n  found    {:?} at {marked:?}\n",
                    error.message
                ));
            }
            Err(_) => {}
        }
    }
    assert!(wrong.is_empty(), "\n{wrong}");
}
