//! Quantities in the notation of Kubernetes, such as `250m` and `1.5Gi`, with exact arithmetic.

use super::{Context, fail, flag, no_overload, number, text};
use crate::Failure;
use crate::eval::Outcome;
use crate::value::{Kind, Value};

/// The smallest part of a unit that a quantity can tell; Kubernetes rounds up to it.
const NANO: i128 = 1_000_000_000;

/// The largest quantity that can be written; Kubernetes takes it for every larger one.
const MAX: i128 = i64::MAX as i128 * NANO;

/// A quantity, exactly.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Quantity {
    nanos: i128,
    /// Whether it was written as a whole number of units: `1000m` is 1, and no integer for Kubernetes.
    is_integer: bool,
}

impl Quantity {
    /// Reads a quantity: a decimal number, then a unit of 1000 or 1024, or an exponent.
    pub fn parse(text: &str) -> Option<Quantity> {
        let unsigned = text.strip_prefix(['+', '-']).unwrap_or(text);
        let end = unsigned.find(|sign: char| !sign.is_ascii_digit() && sign != '.');
        let (digits, unit) = unsigned.split_at(end.unwrap_or(unsigned.len()));
        let (whole, part) = digits.split_once('.').unwrap_or((digits, ""));
        if whole.is_empty() && part.is_empty() || part.contains('.') {
            return None;
        }
        let (base, exponent) = factor(unit)?;
        let magnitude = magnitude(whole, part, base, exponent);
        let signed = if text.starts_with('-') { -magnitude } else { magnitude };
        Some(Quantity::new(signed))
    }

    fn new(nanos: i128) -> Quantity {
        Quantity {
            nanos,
            is_integer: nanos % NANO == 0,
        }
    }

    fn whole(self) -> Option<i64> {
        i64::try_from(self.nanos / NANO).ok().filter(|_| self.is_integer)
    }
}

/// The base and the exponent of a unit.
fn factor(unit: &str) -> Option<(i128, i32)> {
    Some(match unit {
        "" => (10, 0),
        "n" => (10, -9),
        "u" => (10, -6),
        "m" => (10, -3),
        "k" => (10, 3),
        "M" => (10, 6),
        "G" => (10, 9),
        "T" => (10, 12),
        "P" => (10, 15),
        "E" => (10, 18),
        "Ki" => (1024, 1),
        "Mi" => (1024, 2),
        "Gi" => (1024, 3),
        "Ti" => (1024, 4),
        "Pi" => (1024, 5),
        "Ei" => (1024, 6),
        _ => (10, unit.strip_prefix(['e', 'E'])?.parse().ok()?),
    })
}

/// The number in nanos, rounded up, and at most [`MAX`].
fn magnitude(whole: &str, part: &str, base: i128, exponent: i32) -> i128 {
    // Digits that cannot matter: those after the 40th of the fraction, and leading zeros.
    let (part, rest) = part.split_at(part.len().min(18));
    let digits = format!("{}{part}", whole.trim_start_matches('0'));
    let is_more = rest.contains(|digit| digit != '0');
    let Ok(mut value) = (if digits.is_empty() { "0" } else { &digits }).parse::<i128>() else {
        return MAX;
    };
    let mut power = 9 - part.len() as i32;
    match base {
        10 => power = power.saturating_add(exponent),
        _ => match base.checked_pow(exponent.unsigned_abs()).and_then(|base| value.checked_mul(base)) {
            Some(product) => value = product,
            None => return MAX,
        },
    }
    if power >= 0 {
        let scale = 10_i128.checked_pow(power.unsigned_abs());
        return match scale.and_then(|scale| value.checked_mul(scale)) {
            _ if value == 0 => i128::from(is_more),
            Some(product) => product.min(MAX),
            None => MAX,
        };
    }
    let Some(scale) = 10_i128.checked_pow(power.unsigned_abs()) else {
        return i128::from(value > 0);
    };
    let is_rounded = value % scale > 0 || is_more;
    (value / scale + i128::from(is_rounded)).min(MAX)
}

fn one<'a>(arguments: &[Value<'a>]) -> Result<Quantity, Failure<'a>> {
    match arguments.first().map(|value| &value.kind) {
        Some(Kind::Quantity(quantity)) => Ok(*quantity),
        _ => Err(no_overload(arguments)),
    }
}

pub(super) fn quantity<'a>(_: &Context<'_, 'a>, arguments: &[Value<'a>]) -> Outcome<'a> {
    let [of] = arguments else {
        return Err(no_overload(arguments));
    };
    let of = text(of)?;
    let read = Quantity::parse(of).ok_or_else(|| {
        let shown = diagnostics::visible::line(of);
        fail(format!("`{shown}` is not a quantity such as `250m` or `1Gi`"))
    })?;
    Ok(Kind::Quantity(read).into())
}

pub(super) fn is_quantity<'a>(_: &Context<'_, 'a>, arguments: &[Value<'a>]) -> Outcome<'a> {
    match arguments {
        [of] => flag(Quantity::parse(text(of)?).is_some()),
        _ => Err(no_overload(arguments)),
    }
}

pub(super) fn sign<'a>(_: &Context<'_, 'a>, arguments: &[Value<'a>]) -> Outcome<'a> {
    number(one(arguments)?.nanos.signum() as i64)
}

pub(super) fn is_integer<'a>(_: &Context<'_, 'a>, arguments: &[Value<'a>]) -> Outcome<'a> {
    flag(one(arguments)?.whole().is_some())
}

pub(super) fn as_integer<'a>(_: &Context<'_, 'a>, arguments: &[Value<'a>]) -> Outcome<'a> {
    let whole = one(arguments)?.whole();
    number(whole.ok_or_else(|| fail("the quantity is not a whole number of 64 bits"))?)
}

pub(super) fn as_float<'a>(_: &Context<'_, 'a>, arguments: &[Value<'a>]) -> Outcome<'a> {
    Ok(Kind::Double(one(arguments)?.nanos as f64 / 1e9).into())
}

/// The second operand: a quantity, or a whole number.
fn other<'a>(arguments: &[Value<'a>]) -> Result<i128, Failure<'a>> {
    match arguments.get(1).map(|value| &value.kind) {
        Some(Kind::Quantity(quantity)) => Ok(quantity.nanos),
        Some(Kind::Int(number)) => Ok(i128::from(*number) * NANO),
        _ => Err(no_overload(arguments)),
    }
}

pub(super) fn add<'a>(_: &Context<'_, 'a>, arguments: &[Value<'a>]) -> Outcome<'a> {
    let sum = one(arguments)?.nanos.saturating_add(other(arguments)?);
    Ok(Kind::Quantity(Quantity::new(sum)).into())
}

pub(super) fn sub<'a>(_: &Context<'_, 'a>, arguments: &[Value<'a>]) -> Outcome<'a> {
    let difference = one(arguments)?.nanos.saturating_sub(other(arguments)?);
    Ok(Kind::Quantity(Quantity::new(difference)).into())
}
