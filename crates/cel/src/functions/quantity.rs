//! Quantities in the notation of Kubernetes, such as `250m` and `1.5Gi`, with exact arithmetic.

use std::cmp::Ordering;

use super::{Context, fail, flag, no_overload, number, text};
use crate::Failure;
use crate::eval::Outcome;
use crate::value::{Kind, Value};

/// The smallest part of a unit that a quantity can tell; Kubernetes rounds up to it.
const NANO: i128 = 1_000_000_000;

/// What stands for quantities beyond 10^29 units.
const MAX: i128 = i128::MAX;

/// A quantity, exactly.
#[derive(Debug, Clone, Copy)]
pub struct Quantity {
    nanos: i128,
    /// The power of ten that it was written in, when Kubernetes keeps it as an integer with that power. `1000m` is 1, and
    /// no integer for Kubernetes.
    scale: Option<i32>,
}

impl Quantity {
    /// Reads a quantity: a decimal number, then a unit of 1000 or 1024, or an exponent.
    pub fn parse(text: &str) -> Option<Quantity> {
        let unsigned = text.strip_prefix(['+', '-']).unwrap_or(text);
        let end = unsigned.find(|sign: char| !sign.is_ascii_digit() && sign != '.');
        let (digits, unit) = unsigned.split_at(end.unwrap_or(unsigned.len()));
        let (whole, part) = digits.split_once('.').unwrap_or((digits, ""));
        if text.is_empty() || part.contains('.') {
            return None;
        }
        let (base, exponent) = factor(unit)?;
        let magnitude = magnitude(whole, part, base, exponent);
        let signed = if text.starts_with('-') {
            -magnitude
        } else {
            magnitude
        };
        let (nanos, scale) = (signed, scale(whole, part, base, exponent));
        Some(Quantity { nanos, scale })
    }

    /// The value when Kubernetes takes it for an integer.
    fn whole(self) -> Option<i64> {
        let is_integer = self.scale.is_some_and(|scale| scale >= 0);
        i64::try_from(self.nanos / NANO).ok().filter(|_| is_integer)
    }

    /// As Kubernetes computes it: not the closest number, but a product.
    fn as_float(self) -> f64 {
        let power = self
            .scale
            .map(|scale| (scale, 10_i128.checked_pow((9 + scale).unsigned_abs())));
        match power {
            Some((scale, Some(power))) => {
                let unit: f64 = format!("1e{scale}").parse().unwrap_or(1.0);
                (self.nanos / power) as f64 * unit
            }
            _ => self.nanos as f64 / 1e9,
        }
    }

    fn plus(self, other: Quantity) -> Quantity {
        let scale = match (self.nanos, other.nanos) {
            (0, _) => other.scale,
            (_, 0) => self.scale,
            _ => self
                .scale
                .zip(other.scale)
                .map(|(one, other)| one.min(other)),
        };
        Quantity {
            nanos: self.nanos.saturating_add(other.nanos),
            scale,
        }
    }

    /// The order of two quantities.
    pub fn compare(&self, other: &Quantity) -> Ordering {
        self.nanos.cmp(&other.nanos)
    }
}

/// The power of ten that Kubernetes keeps a number in; `None` when it has too many digits, and for fractions of powers of 1024.
fn scale(whole: &str, part: &str, base: i128, exponent: i32) -> Option<i32> {
    let digits = whole.trim_start_matches('0').len().max(1) as i32;
    let count = part.len() as i32;
    if base == 10 {
        let scale = exponent.saturating_sub(count);
        return (digits + count <= 18 && scale >= -9).then_some(scale);
    }
    let binary = exponent * 10 * 3 / 10;
    (part.is_empty() && 14 - digits - binary >= 0).then_some(0)
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
        // As Kubernetes does: of a large exponent the lower bits.
        _ => (
            10,
            unit.strip_prefix(['e', 'E'])?.parse::<i64>().ok()? as i32,
        ),
    })
}

/// The number in nanos, rounded up.
fn magnitude(whole: &str, part: &str, base: i128, exponent: i32) -> i128 {
    // Digits that cannot matter: those after the 18th of the fraction, and leading zeros.
    let (part, rest) = part.split_at(part.len().min(18));
    let digits = format!("{}{part}", whole.trim_start_matches('0'));
    let is_more = rest.contains(|digit| digit != '0');
    let Ok(mut value) = (if digits.is_empty() { "0" } else { &digits }).parse::<i128>() else {
        return MAX;
    };
    let mut power = 9 - part.len() as i32;
    match base {
        10 => power = power.saturating_add(exponent),
        _ => match base
            .checked_pow(exponent.unsigned_abs())
            .and_then(|base| value.checked_mul(base))
        {
            Some(product) => value = product,
            None => return MAX,
        },
    }
    if power >= 0 {
        let scale = 10_i128.checked_pow(power.unsigned_abs());
        return match scale.and_then(|scale| value.checked_mul(scale)) {
            _ if value == 0 => i128::from(is_more),
            Some(product) => product,
            None => MAX,
        };
    }
    let Some(scale) = 10_i128.checked_pow(power.unsigned_abs()) else {
        return i128::from(value > 0);
    };
    let is_rounded = value % scale > 0 || is_more;
    value / scale + i128::from(is_rounded)
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
        fail(format!(
            "`{shown}` is not a quantity such as `250m` or `1Gi`"
        ))
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
    Ok(Kind::Double(one(arguments)?.as_float()).into())
}

/// The second operand: a quantity, or a whole number.
fn other<'a>(arguments: &[Value<'a>]) -> Result<Quantity, Failure<'a>> {
    match arguments.get(1).map(|value| &value.kind) {
        Some(Kind::Quantity(quantity)) => Ok(*quantity),
        Some(Kind::Int(number)) => Ok(Quantity {
            nanos: i128::from(*number) * NANO,
            scale: Some(0),
        }),
        _ => Err(no_overload(arguments)),
    }
}

pub(super) fn add<'a>(_: &Context<'_, 'a>, arguments: &[Value<'a>]) -> Outcome<'a> {
    let sum = one(arguments)?.plus(other(arguments)?);
    Ok(Kind::Quantity(sum).into())
}

pub(super) fn sub<'a>(_: &Context<'_, 'a>, arguments: &[Value<'a>]) -> Outcome<'a> {
    let other = other(arguments)?;
    let negative = Quantity {
        nanos: -other.nanos,
        ..other
    };
    Ok(Kind::Quantity(one(arguments)?.plus(negative)).into())
}
