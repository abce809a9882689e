//! `format`: texts with places for values, such as `"%s has %d"`.

use diagnostics::hex;

use super::{Context, Function, MAX_WEIGHT, fail, find, float, no_overload, text};
use crate::Failure;
use crate::eval::Outcome;
use crate::types::Type;
use crate::value::{Kind, Value};

/// Digits after the point, when none are given.
const PRECISION: usize = 6;

/// The most digits after the point.
const MAX_PRECISION: usize = 1000;

pub(super) fn format<'a>(context: &Context<'_, 'a>, arguments: &[Value<'a>]) -> Outcome<'a> {
    let [pattern, list] = arguments else {
        return Err(no_overload(arguments));
    };
    let items = list.items().ok_or_else(|| no_overload(arguments))?;
    let mut items = items.iter();
    let mut out = String::new();
    let mut rest = text(pattern)?;
    while let Some((before, after)) = rest.split_once('%') {
        out.push_str(before);
        let (precision, verb, after) = clause(after)?;
        rest = after;
        if verb == '%' {
            out.push('%');
            continue;
        }
        let item = items
            .next()
            .ok_or_else(|| fail("there are too few values"))?;
        (context.spend)(item.weight(MAX_WEIGHT))?;
        let piece = written(verb, precision, item)?;
        out.push_str(&piece);
    }
    out.push_str(rest);
    Ok(Value::text(out))
}

/// The precision and the letter of a clause, and what follows it.
fn clause<'a>(after: &str) -> Result<(usize, char, &str), Failure<'a>> {
    let (precision, after) = match after.strip_prefix('.') {
        None => (PRECISION, after),
        Some(digits) => {
            let end = digits.find(|digit: char| !digit.is_ascii_digit());
            let (number, after) = digits.split_at(end.unwrap_or(digits.len()));
            let number = number
                .parse()
                .ok()
                .filter(|number| *number <= MAX_PRECISION);
            (
                number.ok_or_else(|| fail("the precision is no number"))?,
                after,
            )
        }
    };
    let verb = after.chars().next();
    let verb = verb.ok_or_else(|| fail("there is nothing after `%`"))?;
    Ok((precision, verb, &after[verb.len_utf8()..]))
}

/// The letters of the clauses of a text, in their order.
pub(crate) fn verbs(text: &str) -> Result<Vec<char>, String> {
    let mut verbs = Vec::new();
    let mut rest = text;
    while let Some((_, after)) = rest.split_once('%') {
        let (_, verb, after) = clause(after).map_err(|failure| match failure {
            Failure::Error(error) => error.message,
            _ => String::new(),
        })?;
        match verb {
            '%' => {}
            's' | 'd' | 'f' | 'e' | 'b' | 'x' | 'X' | 'o' => verbs.push(verb),
            _ => return Err(format!("there is no `%{verb}`")),
        }
        rest = after;
    }
    Ok(verbs)
}

/// Whether a clause can write values of a type.
pub(crate) fn takes(verb: char, of: &Type) -> bool {
    let is_whole = matches!(of, Type::Int | Type::Uint);
    match (verb, of) {
        (_, Type::Dyn) => true,
        ('s', Type::Named(_) | Type::Optional(_) | Type::Object(_)) => false,
        ('s', _) => true,
        ('f' | 'e', _) => matches!(of, Type::Double | Type::String),
        ('b', Type::Bool) | ('x' | 'X', Type::String | Type::Bytes) => true,
        _ => is_whole,
    }
}

fn written<'a>(verb: char, precision: usize, item: &Value<'a>) -> Result<String, Failure<'a>> {
    let wrong = || {
        let found = item.type_name();
        fail(format!("`%{verb}` does not write `{found}`"))
    };
    Ok(match (verb, &item.kind) {
        ('s', _) => plain(item).ok_or_else(wrong)?,
        ('d' | 'b' | 'o' | 'x' | 'X', Kind::Int(number)) => {
            let sign = if *number < 0 { "-" } else { "" };
            let magnitude = number.unsigned_abs();
            format!("{sign}{}", based(verb, magnitude))
        }
        ('d' | 'b' | 'o' | 'x' | 'X', Kind::Uint(number)) => based(verb, *number),
        ('b', Kind::Bool(flag)) => u8::from(*flag).to_string(),
        ('x', Kind::Text(text)) => hex::encode(text.as_bytes()),
        ('x', Kind::Bytes(bytes)) => hex::encode(bytes),
        ('X', Kind::Text(text)) => hex::encode(text.as_bytes()).to_uppercase(),
        ('X', Kind::Bytes(bytes)) => hex::encode(bytes).to_uppercase(),
        ('f', Kind::Double(number)) => float::fixed(*number, precision),
        ('e', Kind::Double(number)) => float::scientific(*number, precision),
        _ => return Err(wrong()),
    })
}

fn based(verb: char, number: u64) -> String {
    match verb {
        'b' => format!("{number:b}"),
        'o' => format!("{number:o}"),
        'x' => format!("{number:x}"),
        'X' => format!("{number:X}"),
        _ => number.to_string(),
    }
}

/// What `%s` writes at the top; `None` for types that it does not write.
fn plain(item: &Value<'_>) -> Option<String> {
    Some(match &item.kind {
        Kind::List(_) | Kind::Map(_) => nested(item)?,
        Kind::Null => "null".to_owned(),
        Kind::Type(name) => (*name).to_owned(),
        Kind::Ip(_) | Kind::Cidr(_) => return None,
        _ => {
            let Function { run, .. } = find("string")?;
            let context = Context {
                regex: None,
                spend: &|_| Ok(()),
            };
            let text = run(&context, std::slice::from_ref(item)).ok()?;
            super::text(&text).ok()?.to_owned()
        }
    })
}

/// A value in a list or a map: texts are in quotes.
fn nested(item: &Value<'_>) -> Option<String> {
    Some(match &item.kind {
        Kind::Text(text) => format!("{:?}", &**text),
        Kind::Bytes(_) => format!("b{:?}", plain(item)?),
        Kind::Double(number) => float::special(*number).map_or_else(
            || format!("{number:.PRECISION$}"),
            |special| format!("{special:?}"),
        ),
        Kind::Timestamp(_) => format!("timestamp({:?})", plain(item)?),
        Kind::Duration(_) => format!("duration({:?})", plain(item)?),
        Kind::List(list) => {
            let items: Option<Vec<String>> = list.iter().map(|item| nested(&item)).collect();
            format!("[{}]", items?.join(", "))
        }
        Kind::Map(map) => {
            let entries = map
                .iter()
                .map(|(key, value)| Some((nested(&key)?, nested(&value)?)));
            let mut entries = entries.collect::<Option<Vec<(String, String)>>>()?;
            entries.sort();
            let entries: Vec<String> = entries
                .into_iter()
                .map(|(key, value)| format!("{key}:{value}"))
                .collect();
            format!("{{{}}}", entries.join(", "))
        }
        _ => plain(item)?,
    })
}
