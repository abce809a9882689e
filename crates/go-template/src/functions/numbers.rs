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
        Data::Float(number) => *number as i64,
        Data::Bool(flag) => i64::from(*flag),
        Data::Text(text) => whole_text(text).unwrap_or(0),
        _ => 0,
    }
}

/// Text in any of Go's integer forms; zeros after a decimal point are allowed.
fn whole_text(text: &str) -> Option<i64> {
    let text = match text.split_once('.') {
        Some((before, after)) if after.bytes().all(|byte| byte == b'0') => before,
        _ => text,
    };
    let (negative, digits) = match text.as_bytes().first()? {
        b'-' => (true, &text[1..]),
        b'+' => (false, &text[1..]),
        _ => (false, text),
    };
    let magnitude = literal::whole(&digits.to_ascii_lowercase())?;
    i64::try_from(if negative { -magnitude } else { magnitude }).ok()
}

/// A float from any value; 0 for what is not a number.
fn real(value: &Data) -> f64 {
    match value {
        Data::Float(number) => *number,
        Data::Uint64(number) => *number as f64,
        Data::Text(text) => text.parse().unwrap_or(0.0),
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

/// Decimal digits with an optional sign. Anything else is 0; what is out of range becomes the
/// nearest number.
pub(super) fn atoi(arguments: &Arguments, _: &Budget) -> Answer {
    use std::num::IntErrorKind::{NegOverflow, PosOverflow};
    Ok(Data::Int(match arguments.text(0).parse::<i64>() {
        Ok(number) => number,
        Err(error) => match error.kind() {
            PosOverflow => i64::MAX,
            NegOverflow => i64::MIN,
            _ => 0,
        },
    }))
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

/// A decimal number: `digits` times ten to the power of minus `scale`. Sprig calculates with
/// decimals so that 0.1 and 0.2 make 0.3.
#[derive(Clone, Copy)]
struct Decimal {
    digits: i128,
    scale: u32,
}

/// Decimal places of a quotient.
const QUOTIENT_SCALE: u32 = 16;

impl Decimal {
    fn of(number: f64) -> Option<Decimal> {
        let text = format!("{number}");
        let (before, after) = text.split_once('.').unwrap_or((&text, ""));
        let digits = format!("{before}{after}").parse().ok()?;
        Some(Decimal {
            digits,
            scale: u32::try_from(after.len()).ok()?,
        })
    }

    fn real(self) -> f64 {
        format!("{}e-{}", self.digits, self.scale)
            .parse()
            .unwrap_or(0.0)
    }

    fn digits_at(self, scale: u32) -> Option<i128> {
        self.digits
            .checked_mul(10i128.checked_pow(scale.checked_sub(self.scale)?)?)
    }

    fn aligned(self, other: Decimal) -> Option<(i128, i128, u32)> {
        let scale = self.scale.max(other.scale);
        Some((self.digits_at(scale)?, other.digits_at(scale)?, scale))
    }

    fn add(self, other: Decimal) -> Option<Decimal> {
        let (one, other, scale) = self.aligned(other)?;
        Some(Decimal {
            digits: one.checked_add(other)?,
            scale,
        })
    }

    fn sub(self, other: Decimal) -> Option<Decimal> {
        self.add(Decimal {
            digits: other.digits.checked_neg()?,
            ..other
        })
    }

    fn mul(self, other: Decimal) -> Option<Decimal> {
        Some(Decimal {
            digits: self.digits.checked_mul(other.digits)?,
            scale: self.scale + other.scale,
        })
    }

    fn div(self, other: Decimal) -> Option<Decimal> {
        let (one, other, _) = self.aligned(other)?;
        let scaled = one.checked_mul(10i128.pow(QUOTIENT_SCALE))?;
        let (quotient, rest) = (scaled.checked_div(other)?, scaled.checked_rem(other)?);
        let rounds_away = rest.unsigned_abs() >= other.unsigned_abs().div_ceil(2);
        let step = if (scaled < 0) == (other < 0) { 1 } else { -1 };
        Some(Decimal {
            digits: quotient + if rounds_away { step } else { 0 },
            scale: QUOTIENT_SCALE,
        })
    }
}

type DecimalStep = fn(Decimal, Decimal) -> Option<Decimal>;

/// A decimal is made of the text of a number, which may have hundreds of digits.
const DECIMAL_COST: usize = 16;

/// Calculates in decimals; where those run out of digits, in floats.
fn fold_real(
    arguments: &Arguments,
    budget: &Budget,
    exact: DecimalStep,
    rough: fn(f64, f64) -> f64,
) -> Answer {
    budget.spend(DECIMAL_COST * arguments.all().len())?;
    let mut numbers = arguments.all().iter().map(real);
    let first = numbers.next().unwrap_or(0.0);
    Ok(Data::Float(numbers.fold(first, |total, number| {
        let result = Decimal::of(total)
            .zip(Decimal::of(number))
            .and_then(|(one, other)| exact(one, other));
        result.map_or_else(|| rough(total, number), Decimal::real)
    })))
}

pub(super) fn addf(arguments: &Arguments, budget: &Budget) -> Answer {
    fold_real(arguments, budget, Decimal::add, |one, other| one + other)
}

pub(super) fn add1f(arguments: &Arguments, budget: &Budget) -> Answer {
    let both = Arguments::new(vec![arguments.any(0).clone(), Data::Float(1.0)]);
    fold_real(&both, budget, Decimal::add, |one, other| one + other)
}

pub(super) fn subf(arguments: &Arguments, budget: &Budget) -> Answer {
    fold_real(arguments, budget, Decimal::sub, |one, other| one - other)
}

pub(super) fn mulf(arguments: &Arguments, budget: &Budget) -> Answer {
    fold_real(arguments, budget, Decimal::mul, |one, other| one * other)
}

pub(super) fn divf(arguments: &Arguments, budget: &Budget) -> Answer {
    if arguments.after(1).iter().any(|value| real(value) == 0.0) {
        return Err("division by zero".to_owned());
    }
    fold_real(arguments, budget, Decimal::div, |one, other| one / other)
}

pub(super) fn maxf(arguments: &Arguments, _: &Budget) -> Answer {
    Ok(Data::Float(
        arguments
            .all()
            .iter()
            .map(real)
            .reduce(f64::max)
            .unwrap_or(0.0),
    ))
}

pub(super) fn minf(arguments: &Arguments, _: &Budget) -> Answer {
    Ok(Data::Float(
        arguments
            .all()
            .iter()
            .map(real)
            .reduce(f64::min)
            .unwrap_or(0.0),
    ))
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
    let places =
        i32::try_from(arguments.int(1)).map_err(|_| "too many decimal places".to_owned())?;
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
    let numbers = numbers(start, end.saturating_add(direction), step, budget)?;
    let texts: Vec<String> = numbers.iter().map(i64::to_string).collect();
    Ok(Data::text(texts.join(" ")))
}

/// Seconds as Go writes a duration: `1h2m3s`.
pub(super) fn duration(arguments: &Arguments, _: &Budget) -> Answer {
    let seconds = whole(arguments.any(0));
    // Go keeps nanoseconds in 64 bits; what does not fit there has no defined duration.
    if seconds.checked_mul(1_000_000_000).is_none() {
        return Err("the duration is too long".to_owned());
    }
    let sign = if seconds < 0 { "-" } else { "" };
    let size = seconds.unsigned_abs();
    let (hours, minutes, rest) = (size / 3600, size / 60 % 60, size % 60);
    Ok(Data::text(match (hours, minutes) {
        (0, 0) => format!("{sign}{rest}s"),
        (0, _) => format!("{sign}{minutes}m{rest}s"),
        _ => format!("{sign}{hours}h{minutes}m{rest}s"),
    }))
}
