//! Conversions between types.

use super::{Context, fail, flag, float, no_overload, not_a, time};
use crate::Failure;
use crate::eval::Outcome;
use crate::value::{Kind, Value};

fn one<'v, 'a>(arguments: &'v [Value<'a>]) -> Result<&'v Value<'a>, Failure<'a>> {
    arguments.first().ok_or_else(|| no_overload(arguments))
}

fn out_of_range<'a>() -> Failure<'a> {
    fail("the number does not fit into 64 bits")
}

pub(super) fn dyn_<'a>(_: &Context<'_, 'a>, arguments: &[Value<'a>]) -> Outcome<'a> {
    one(arguments).cloned()
}

pub(super) fn type_<'a>(_: &Context<'_, 'a>, arguments: &[Value<'a>]) -> Outcome<'a> {
    Ok(Kind::Type(one(arguments)?.type_name()).into())
}

pub(super) fn bool<'a>(_: &Context<'_, 'a>, arguments: &[Value<'a>]) -> Outcome<'a> {
    match &one(arguments)?.kind {
        Kind::Bool(value) => flag(*value),
        Kind::Text(text) => match &**text {
            "1" | "t" | "T" | "true" | "TRUE" | "True" => flag(true),
            "0" | "f" | "F" | "false" | "FALSE" | "False" => flag(false),
            other => Err(not_a(other, "a boolean")),
        },
        _ => Err(no_overload(arguments)),
    }
}

pub(super) fn bytes<'a>(_: &Context<'_, 'a>, arguments: &[Value<'a>]) -> Outcome<'a> {
    match &one(arguments)?.kind {
        Kind::Bytes(bytes) => Ok(Kind::Bytes(bytes.clone()).into()),
        Kind::Text(text) => Ok(Kind::Bytes(text.as_bytes().into()).into()),
        _ => Err(no_overload(arguments)),
    }
}

pub(super) fn double<'a>(_: &Context<'_, 'a>, arguments: &[Value<'a>]) -> Outcome<'a> {
    let number = match &one(arguments)?.kind {
        Kind::Double(number) => *number,
        Kind::Int(number) => *number as f64,
        Kind::Uint(number) => *number as f64,
        Kind::Text(text) => text
            .parse()
            .ok()
            .filter(|number: &f64| {
                number.is_finite() || !text.contains(|digit: char| digit.is_ascii_digit())
            })
            .ok_or_else(|| not_a(text, "a number"))?,
        _ => return Err(no_overload(arguments)),
    };
    Ok(Kind::Double(number).into())
}

pub(super) fn int<'a>(_: &Context<'_, 'a>, arguments: &[Value<'a>]) -> Outcome<'a> {
    let number = match &one(arguments)?.kind {
        Kind::Int(number) => *number,
        Kind::Uint(number) => i64::try_from(*number).map_err(|_| out_of_range())?,
        // The bounds themselves are refused, since they are not exact.
        Kind::Double(number) if number.abs() < i64::MAX as f64 => *number as i64,
        Kind::Double(_) => return Err(out_of_range()),
        Kind::Text(text) => text.parse().map_err(|_| not_a(text, "a whole number"))?,
        Kind::Timestamp(time) => time.seconds(),
        Kind::Duration(nanos) => *nanos,
        _ => return Err(no_overload(arguments)),
    };
    super::number(number)
}

pub(super) fn uint<'a>(_: &Context<'_, 'a>, arguments: &[Value<'a>]) -> Outcome<'a> {
    let number = match &one(arguments)?.kind {
        Kind::Uint(number) => *number,
        Kind::Int(number) => u64::try_from(*number).map_err(|_| out_of_range())?,
        Kind::Double(number) if *number >= 0.0 && *number < u64::MAX as f64 => *number as u64,
        Kind::Double(_) => return Err(out_of_range()),
        Kind::Text(text) if text.starts_with('+') => {
            return Err(not_a(text, "an unsigned whole number"));
        }
        Kind::Text(text) => text
            .parse()
            .map_err(|_| not_a(text, "an unsigned whole number"))?,
        _ => return Err(no_overload(arguments)),
    };
    Ok(Kind::Uint(number).into())
}

pub(super) fn string<'a>(_: &Context<'_, 'a>, arguments: &[Value<'a>]) -> Outcome<'a> {
    let value = one(arguments)?;
    let text = match &value.kind {
        Kind::Text(_) => return Ok(value.clone()),
        Kind::Bool(flag) => flag.to_string(),
        Kind::Int(number) => number.to_string(),
        Kind::Uint(number) => number.to_string(),
        Kind::Double(number) => float::shortest(*number),
        Kind::Bytes(bytes) => std::str::from_utf8(bytes)
            .map_err(|_| fail("the bytes are not UTF-8"))?
            .to_owned(),
        Kind::Timestamp(time) => time.to_string(),
        Kind::Duration(nanos) => time::duration_text(*nanos),
        Kind::Ip(ip) => ip.to_string(),
        Kind::Cidr(cidr) => cidr.to_string(),
        _ => return Err(no_overload(arguments)),
    };
    Ok(Value::text(text))
}

pub(super) fn duration<'a>(_: &Context<'_, 'a>, arguments: &[Value<'a>]) -> Outcome<'a> {
    let nanos = match &one(arguments)?.kind {
        Kind::Duration(nanos) => *nanos,
        Kind::Text(text) => time::parse_duration(text).map_err(fail)?,
        _ => return Err(no_overload(arguments)),
    };
    Ok(Kind::Duration(nanos).into())
}

pub(super) fn timestamp<'a>(_: &Context<'_, 'a>, arguments: &[Value<'a>]) -> Outcome<'a> {
    let time = match &one(arguments)?.kind {
        Kind::Timestamp(time) => *time,
        Kind::Int(seconds) => time::Time::from_seconds(*seconds)
            .ok_or_else(|| fail("the time is not between the years 1 and 9999"))?,
        Kind::Text(text) => time::parse_timestamp(text).map_err(fail)?,
        _ => return Err(no_overload(arguments)),
    };
    Ok(Kind::Timestamp(time).into())
}
