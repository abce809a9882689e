//! Arithmetic, and turning values into numbers.

use super::{Answer, Arguments};
use crate::budget::Budget;
use crate::data::{Data, Element, List};
use crate::{literal, print};

/// A whole number from any value; 0 for what is not a number.
pub(super) fn whole(value: &Data) -> i64 {
    match value {
        Data::Int(number) | Data::Int64(number) => *number,
        Data::Uint8(number) => i64::from(*number),
        Data::Uint64(number) => *number as i64,
        Data::Float(number) => whole_float(*number),
        Data::Bool(flag) => i64::from(*flag),
        Data::Text(text) => whole_text(text).unwrap_or(0),
        _ => 0,
    }
}

/// Go leaves open what a float out of range becomes; on the processors of our users it is this.
fn whole_float(number: f64) -> i64 {
    const LIMIT: f64 = 9_223_372_036_854_775_808.0;
    if (-LIMIT..LIMIT).contains(&number) {
        number as i64
    } else {
        i64::MIN
    }
}

/// Text in any of Go's integer forms. Of a decimal number the digits after the point are dropped.
fn whole_text(text: &str) -> Option<i64> {
    let is_sign = |sign: &str| matches!(sign, "" | "+" | "-");
    let decimal = text.split_once('.').filter(|(before, after)| {
        let digits = before.strip_prefix(['+', '-']).unwrap_or(before);
        digits
            .bytes()
            .chain(after.bytes())
            .all(|byte| byte.is_ascii_digit())
    });
    match decimal {
        Some((before, _)) if is_sign(before) => Some(0),
        Some((before, _)) => literal::signed(before),
        None => literal::signed(text),
    }
}

/// A float from any value; 0 for what is not a number.
pub(super) fn real(value: &Data) -> f64 {
    match value {
        Data::Float(number) => *number,
        Data::Uint64(number) => *number as f64,
        Data::Text(text) => literal::real(text).unwrap_or(0.0),
        other => whole(other) as f64,
    }
}

pub(super) fn int(arguments: &Arguments, _: &Budget) -> Answer {
    Ok(Data::Int(whole(arguments.any(0))))
}

pub(super) fn int64(arguments: &Arguments, _: &Budget) -> Answer {
    Ok(Data::Int64(whole(arguments.any(0))))
}

pub(super) fn float64(arguments: &Arguments, _: &Budget) -> Answer {
    Ok(Data::Float(real(arguments.any(0))))
}

pub(super) fn atoi(arguments: &Arguments, _: &Budget) -> Answer {
    Ok(Data::Int(decimal_digits(arguments.text(0))))
}

/// Decimal digits with an optional sign. Anything else is 0; what is out of range becomes the
/// nearest number.
fn decimal_digits(text: &str) -> i64 {
    use std::num::IntErrorKind::{NegOverflow, PosOverflow};
    match text.parse::<i64>() {
        Ok(number) => number,
        Err(error) => match error.kind() {
            PosOverflow => i64::MAX,
            NegOverflow => i64::MIN,
            _ => 0,
        },
    }
}

/// Reads octal digits, as sprig does in spite of the name.
pub(super) fn to_decimal(arguments: &Arguments, budget: &Budget) -> Answer {
    let text = print::plain(arguments.any(0), budget)?;
    Ok(Data::Int64(i64::from_str_radix(&text, 8).unwrap_or(0)))
}

fn fold(arguments: &Arguments, combine: fn(i64, i64) -> i64) -> Answer {
    let numbers = arguments.all().iter().map(whole);
    Ok(Data::Int64(numbers.reduce(combine).unwrap_or(0)))
}

pub(super) fn add(arguments: &Arguments, _: &Budget) -> Answer {
    fold(arguments, i64::wrapping_add)
}

pub(super) fn add1(arguments: &Arguments, _: &Budget) -> Answer {
    Ok(Data::Int64(whole(arguments.any(0)).wrapping_add(1)))
}

pub(super) fn sub(arguments: &Arguments, _: &Budget) -> Answer {
    fold(arguments, i64::wrapping_sub)
}

pub(super) fn mul(arguments: &Arguments, _: &Budget) -> Answer {
    fold(arguments, i64::wrapping_mul)
}

pub(super) fn max(arguments: &Arguments, _: &Budget) -> Answer {
    fold(arguments, i64::max)
}

pub(super) fn min(arguments: &Arguments, _: &Budget) -> Answer {
    fold(arguments, i64::min)
}

pub(super) fn div(arguments: &Arguments, _: &Budget) -> Answer {
    divide(arguments, i64::wrapping_div)
}

pub(super) fn modulo(arguments: &Arguments, _: &Budget) -> Answer {
    divide(arguments, i64::wrapping_rem)
}

fn divide(arguments: &Arguments, divide: fn(i64, i64) -> i64) -> Answer {
    match whole(arguments.any(1)) {
        0 => Err("division by zero".to_owned()),
        divisor => Ok(Data::Int64(divide(whole(arguments.any(0)), divisor))),
    }
}

pub(super) fn maxf(arguments: &Arguments, _: &Budget) -> Answer {
    fold_floats(arguments, f64::INFINITY, maximum)
}

pub(super) fn minf(arguments: &Arguments, _: &Budget) -> Answer {
    fold_floats(arguments, f64::NEG_INFINITY, minimum)
}

fn maximum(one: f64, other: f64) -> f64 {
    if one.total_cmp(&other).is_gt() {
        one
    } else {
        other
    }
}

fn minimum(one: f64, other: f64) -> f64 {
    if one.total_cmp(&other).is_lt() {
        one
    } else {
        other
    }
}

/// What is not a number wins, unless `extreme` is there.
fn fold_floats(arguments: &Arguments, extreme: f64, choose: fn(f64, f64) -> f64) -> Answer {
    let numbers = arguments.all().iter().map(real);
    let combined = numbers.reduce(|one, other| match one.is_nan() || other.is_nan() {
        true if one != extreme && other != extreme => f64::NAN,
        _ => choose(one, other),
    });
    Ok(Data::Float(combined.unwrap_or(0.0)))
}

pub(super) fn ceil(arguments: &Arguments, _: &Budget) -> Answer {
    Ok(Data::Float(real(arguments.any(0)).ceil()))
}

pub(super) fn floor(arguments: &Arguments, _: &Budget) -> Answer {
    Ok(Data::Float(real(arguments.any(0)).floor()))
}

/// `round number places [from]`: up when the fraction is at least `from`, which is a half unless
/// given.
pub(super) fn round(arguments: &Arguments, _: &Budget) -> Answer {
    let places = arguments.int(1).clamp(-400, 400) as i32;
    let from = arguments.after(2).first().map_or(0.5, real);
    let scale = 10f64.powi(places);
    let scaled = real(arguments.any(0)) * scale;
    let rounded = if scaled.fract() >= from {
        scaled.ceil()
    } else {
        scaled.floor()
    };
    Ok(Data::Float(rounded / scale))
}

pub(super) fn until(arguments: &Arguments, budget: &Budget) -> Answer {
    let count = arguments.int(0);
    numbers(0, count, if count < 0 { -1 } else { 1 }, budget).map(int_list)
}

pub(super) fn until_step(arguments: &Arguments, budget: &Budget) -> Answer {
    numbers(arguments.int(0), arguments.int(1), arguments.int(2), budget).map(int_list)
}

fn int_list(numbers: Vec<i64>) -> Data {
    Data::List(List::new(
        Element::Int,
        numbers.into_iter().map(Data::Int).collect(),
    ))
}

/// From `start` up to, not including, `stop`; nothing when the step goes the other way.
fn numbers(start: i64, stop: i64, step: i64, budget: &Budget) -> Result<Vec<i64>, String> {
    let distance = stop.abs_diff(start);
    if step == 0 || (stop < start) != (step < 0) {
        return Ok(Vec::new());
    }
    let count = usize::try_from(distance.div_ceil(step.unsigned_abs())).unwrap_or(usize::MAX);
    budget.room(count)?;
    budget.spend(count)?;
    Ok((0..count)
        .map(|at| start.wrapping_add(step.wrapping_mul(at as i64)))
        .collect())
}

/// `seq last`, `seq first last` or `seq first step last`: the numbers with blanks between them.
pub(super) fn seq(arguments: &Arguments, budget: &Budget) -> Answer {
    let (start, step, end) = match arguments.all().len() {
        1 => (1, None, arguments.int(0)),
        2 => (arguments.int(0), None, arguments.int(1)),
        3 => (arguments.int(0), Some(arguments.int(1)), arguments.int(2)),
        _ => return Ok(Data::text("")),
    };
    let direction = if end < start { -1 } else { 1 };
    let step = step.unwrap_or(direction);
    if end < start && step > 0 {
        return Ok(Data::text(""));
    }
    // Go overflows, so that the largest number is the end of nothing.
    let numbers = numbers(start, end.wrapping_add(direction), step, budget)?;
    let texts: Vec<String> = numbers.iter().map(i64::to_string).collect();
    Ok(Data::text(texts.join(" ")))
}

/// Seconds as Go writes a duration: `1h2m3s`. Sprig reads texts and `int64`; all else is nothing.
pub(super) fn duration(arguments: &Arguments, _: &Budget) -> Answer {
    let seconds = match arguments.any(0) {
        Data::Int64(seconds) => *seconds,
        Data::Text(text) => decimal_digits(text),
        _ => 0,
    };
    // Go counts nanoseconds in 64 bits, which overflow.
    let nanoseconds = seconds.wrapping_mul(1_000_000_000);
    let sign = if nanoseconds < 0 { "-" } else { "" };
    let size = nanoseconds.unsigned_abs();
    let (seconds, fraction) = (size / 1_000_000_000, size % 1_000_000_000);
    let (hours, minutes) = (seconds / 3600, seconds / 60 % 60);
    let rest = format!("{}.{fraction:09}", seconds % 60);
    let rest = rest.trim_end_matches('0').trim_end_matches('.');
    Ok(Data::text(match (hours, minutes) {
        (0, 0) => format!("{sign}{rest}s"),
        (0, _) => format!("{sign}{minutes}m{rest}s"),
        _ => format!("{sign}{hours}h{minutes}m{rest}s"),
    }))
}
