//! Arithmetic with decimals, so that 0.1 and 0.2 make 0.3.

use super::numbers::real;
use super::{Answer, Arguments};
use crate::budget::Budget;
use crate::data::Data;

/// A decimal number: `digits` times ten to the power of `exponent`.
#[derive(Clone, Copy)]
struct Decimal {
    digits: i128,
    exponent: i32,
}

/// Decimal places of a quotient.
const QUOTIENT_PLACES: i32 = 16;

impl Decimal {
    /// The shortest decimal that reads as this number.
    fn of(number: f64) -> Option<Decimal> {
        let text = format!("{number:e}");
        let (mantissa, exponent) = text.split_once('e')?;
        let (before, after) = mantissa.split_once('.').unwrap_or((mantissa, ""));
        Some(Decimal {
            digits: format!("{before}{after}").parse().ok()?,
            exponent: exponent.parse::<i32>().ok()? - i32::try_from(after.len()).ok()?,
        })
    }

    fn real(self) -> f64 {
        format!("{}e{}", self.digits, self.exponent)
            .parse()
            .unwrap_or(0.0)
    }

    /// The digits for an exponent that is not higher.
    fn digits_at(self, exponent: i32) -> Option<i128> {
        let shift = u32::try_from(self.exponent - exponent).ok()?;
        self.digits.checked_mul(10i128.checked_pow(shift)?)
    }

    fn add(self, other: Decimal) -> Option<Decimal> {
        let exponent = self.exponent.min(other.exponent);
        Some(Decimal {
            digits: self
                .digits_at(exponent)?
                .checked_add(other.digits_at(exponent)?)?,
            exponent,
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
            exponent: self.exponent + other.exponent,
        })
    }

    fn div(self, other: Decimal) -> Option<Decimal> {
        let dividend = self.digits_at(other.exponent.min(self.exponent) - QUOTIENT_PLACES)?;
        let divisor = other.digits_at(other.exponent.min(self.exponent))?;
        let (quotient, rest) = (
            dividend.checked_div(divisor)?,
            dividend.checked_rem(divisor)?,
        );
        let rounds_away = rest.unsigned_abs() >= divisor.unsigned_abs().div_ceil(2);
        let step = if (dividend < 0) == (divisor < 0) {
            1
        } else {
            -1
        };
        let mut quotient = Decimal {
            digits: quotient + if rounds_away { step } else { 0 },
            exponent: -QUOTIENT_PLACES,
        };
        // Zeros at the end would use up the digits of the next step.
        while quotient.digits != 0 && quotient.digits % 10 == 0 {
            quotient.digits /= 10;
            quotient.exponent += 1;
        }
        Some(quotient)
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
    let numbers: Vec<f64> = arguments.all().iter().map(real).collect();
    if let Some(number) = numbers.iter().find(|number| !number.is_finite()) {
        return Err(format!("cannot calculate with {number}"));
    }
    let decimals = numbers.iter().map(|number| Decimal::of(*number));
    let total = decimals.reduce(|one, other| exact(one?, other?));
    let total = match total {
        Some(Some(total)) => total.real(),
        Some(None) => numbers.into_iter().reduce(rough).unwrap_or(0.0),
        None => 0.0,
    };
    Ok(Data::Float(total))
}

pub(super) fn addf(arguments: &Arguments, budget: &Budget) -> Answer {
    fold_real(arguments, budget, Decimal::add, |one, other| one + other)
}

pub(super) fn add1f(arguments: &Arguments, budget: &Budget) -> Answer {
    let both = Arguments::new(vec![arguments.any(0).clone(), Data::Float(1.0)]);
    addf(&both, budget)
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
