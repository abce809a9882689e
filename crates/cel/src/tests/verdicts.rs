//! What the API server's engine makes of expressions over real objects, recorded by `.ci/validate-cel.sh`.

use std::collections::BTreeMap;

use diagnostics::value::Value as Plain;

use crate::value::{Kind, Value};
use crate::{Expression, Inputs, POLICY_LIMIT, Type};

const RECORDED: &str = include_str!("verdicts/recorded.txt");

/// The objects, by name.
#[allow(clippy::disallowed_methods)]
fn objects() -> BTreeMap<String, Plain> {
    let directory = concat!(env!("CARGO_MANIFEST_DIR"), "/src/tests/verdicts/objects");
    let files = std::fs::read_dir(directory).unwrap();
    files
        .map(|file| {
            let path = file.unwrap().path();
            let text = std::fs::read_to_string(&path).unwrap();
            let json: serde_json::Value = serde_json::from_str(&text).unwrap();
            let name = path.file_stem().unwrap().to_str().unwrap().to_owned();
            (name, Plain::from(json))
        })
        .collect()
}

/// A value so that its kind can be seen, as `.ci/cel/main.go` writes it.
fn show(value: &Value<'_>) -> String {
    match &value.kind {
        Kind::Null => "null".to_owned(),
        Kind::Bool(flag) => flag.to_string(),
        Kind::Int(number) => number.to_string(),
        Kind::Uint(number) => format!("{number}u"),
        Kind::Double(number) if number.is_nan() => "double(NaN)".to_owned(),
        Kind::Double(number) if number.is_infinite() => {
            format!("double({}Inf)", if *number > 0.0 { "+" } else { "-" })
        }
        Kind::Double(number) => format!("double({number})"),
        Kind::Text(text) => quote(text),
        Kind::Bytes(bytes) => format!("bytes({})", diagnostics::hex::encode(bytes)),
        Kind::Timestamp(time) => format!("timestamp({}Z)", time.utc),
        Kind::Duration(nanos) => format!("duration({nanos})"),
        Kind::Optional(None) => "none".to_owned(),
        Kind::Optional(Some(value)) => format!("some({})", show(value)),
        Kind::Type(name) => format!("type({name})"),
        Kind::List(list) => {
            let items: Vec<String> = list.iter().map(|item| show(&item)).collect();
            format!("[{}]", items.join(", "))
        }
        Kind::Map(map) => {
            let entries = map.iter();
            let mut entries: Vec<String> = entries
                .map(|(key, value)| format!("{}: {}", show(&key), show(&value)))
                .collect();
            entries.sort();
            format!("{{{}}}", entries.join(", "))
        }
        Kind::Ip(ip) => format!("net.IP({ip})"),
        Kind::Cidr(cidr) => format!("net.CIDR({cidr})"),
        _ => format!("{}()", value.type_name()),
    }
}

/// JSON as Go writes it.
fn quote(text: &str) -> String {
    let json = serde_json::Value::from(text).to_string();
    json.replace('<', "\\u003c")
        .replace('>', "\\u003e")
        .replace('&', "\\u0026")
        .replace("\u{7f}", "\\u007f")
}

/// A cost, and a type and a value with our names of types.
fn our_names(wanted: &str) -> (u64, String) {
    let (cost, wanted) = wanted.split_once('\t').unwrap();
    let (of, value) = wanted.split_once('\t').unwrap();
    let of = match of.starts_with("type(") {
        true => "type",
        false => of,
    };
    let of = of
        .replace("google.protobuf.Timestamp", "timestamp")
        .replace("google.protobuf.Duration", "duration")
        .replace("null_type", "null");
    (cost.parse().unwrap(), format!("{of}\t{value}"))
}

/// What we make of an expression: the kind of the verdict, its text, and the cost.
fn ours(text: &str, object: &Plain, params: &Plain) -> (char, String, u64) {
    let names = [
        "object",
        "oldObject",
        "params",
        "request",
        "namespaceObject",
    ];
    let variables = names.map(|name| (name, Type::Dyn));
    let expression = match Expression::parse(text, &variables) {
        Ok(expression) => expression,
        Err(errors) => return ('?', errors[0].message.clone(), 0),
    };
    let null = Plain::Null;
    let inputs = names
        .into_iter()
        .fold(Inputs::new().traced(), |inputs, name| {
            let value = match name {
                "object" => object,
                "params" => params,
                _ => &null,
            };
            inputs.variable(name, value)
        });
    let result = expression.evaluate(&inputs).result;
    let cost = POLICY_LIMIT - inputs.left();
    match result {
        Ok(value) => (
            '=',
            format!("{}\t{}", expression.result(), show(&value)),
            cost,
        ),
        Err(failure) => ('!', format!("{failure:?}"), cost),
    }
}

#[test]
#[allow(clippy::disallowed_methods)]
fn expressions_get_the_verdicts_of_the_api_server() {
    let fresh = std::env::var("CEL_VERDICTS").map(|path| std::fs::read_to_string(path).unwrap());
    let recorded = fresh.as_deref().unwrap_or(RECORDED);
    let objects = objects();
    let mut differences = Vec::new();
    for line in recorded.lines() {
        let mut parts = line.splitn(4, '\t');
        let mut next = || parts.next().unwrap();
        let (name, text, kind, wanted) = (next(), next(), next(), next());
        let (our_kind, our_text, _) = ours(text, &objects[name], &objects["params"]);
        let wanted = match kind {
            "=" => our_names(wanted).1,
            _ => wanted.to_owned(),
        };
        let is_same = kind == our_kind.to_string() && (kind != "=" || wanted == our_text);
        if !is_same {
            differences.push(format!(
                "{text}\n  Kubernetes {kind} {wanted}\n  ours       {our_kind} {our_text}"
            ));
        }
    }
    assert!(recorded.lines().count() >= 200);
    assert!(
        differences.is_empty(),
        "{} differences\n{}",
        differences.len(),
        differences.join("\n")
    );
}

/// Small costs differ by what is counted; large ones reach the limits at the same sizes, about.
#[test]
fn expressions_cost_about_what_they_cost_the_api_server() {
    let objects = objects();
    for line in RECORDED.lines() {
        let parts: Vec<&str> = line.splitn(4, '\t').collect();
        let [name, text, "=", wanted] = parts[..] else {
            continue;
        };
        let (_, _, cost) = ours(text, &objects[name], &objects["params"]);
        let (wanted, _) = our_names(wanted);
        let is_close = (wanted / 3..=wanted * 3).contains(&cost);
        // Formats are no regular expressions here.
        assert!(
            is_close || wanted < 30 || text.contains(".validate("),
            "{text}: {cost}, not {wanted}"
        );
    }
}
