//! Quantities in the notation of Kubernetes, such as `250m` and `1.5Gi`.

use std::cmp::Ordering;

/// An exact quantity: a fraction of CPUs, bytes or another unit.
#[derive(Debug, Clone, Copy)]
pub struct Amount {
    numerator: u128,
    denominator: u128,
}

impl Amount {
    /// Reads a decimal number with an optional unit. `None` for any other text, and for numbers
    /// that do not fit into 128 bits.
    pub fn parse(text: &str) -> Option<Amount> {
        let end = text
            .find(|character: char| !character.is_ascii_digit() && character != '.')
            .unwrap_or(text.len());
        let (number, unit) = text.split_at(end);
        let (whole, part) = number.split_once('.').unwrap_or((number, ""));
        let (times, divided) = unit_factor(unit)?;
        let digits: u128 = format!("{whole}{part}").parse().ok()?;
        let denominator = 10_u128
            .checked_pow(u32::try_from(part.len()).ok()?)?
            .checked_mul(divided)?;
        Some(Amount {
            numerator: digits.checked_mul(times)?,
            denominator,
        })
    }

    /// Compares two quantities; `None` when the comparison overflows.
    pub fn compare(self, other: Amount) -> Option<Ordering> {
        let left = self.numerator.checked_mul(other.denominator)?;
        Some(left.cmp(&other.numerator.checked_mul(self.denominator)?))
    }

    /// Whether it is zero.
    pub fn is_zero(self) -> bool {
        self.numerator == 0
    }

    /// Whether it is a whole number.
    pub fn is_whole(self) -> bool {
        self.numerator.is_multiple_of(self.denominator)
    }

    /// The quantity in a unit of which `parts` are one, rounded up; `None` when it overflows.
    pub fn parts_rounded_up(self, parts: u128) -> Option<u128> {
        let numerator = self.numerator.checked_mul(parts)?;
        Some(numerator.div_ceil(self.denominator))
    }

    /// The quantity, rounded up to a whole number.
    pub fn rounded_up(self) -> u128 {
        self.numerator.div_ceil(self.denominator)
    }
}

/// The factor and the divisor of a unit.
fn unit_factor(unit: &str) -> Option<(u128, u128)> {
    if unit.is_empty() {
        return Some((1, 1));
    }
    if unit == "m" {
        return Some((1, 1000));
    }
    let (letter, base) = match unit.strip_suffix('i') {
        Some(letter) => (letter, 1024_u128),
        None => (unit, 1000),
    };
    let power = match letter {
        "k" | "K" => 1,
        "M" => 2,
        "G" => 3,
        "T" => 4,
        "P" => 5,
        "E" => 6,
        _ => return None,
    };
    Some((base.pow(power), 1))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn compare(left: &str, right: &str) -> Option<Ordering> {
        Amount::parse(left)?.compare(Amount::parse(right)?)
    }

    #[test]
    fn amounts_with_different_units_are_compared() {
        for (less, more) in [
            ("250m", "0.3"),
            ("999m", "1"),
            ("1.5Gi", "1537Mi"),
            ("1G", "1Gi"),
            ("1023", "1Ki"),
            ("999P", "1E"),
        ] {
            assert_eq!(compare(less, more), Some(Ordering::Less), "{less} {more}");
            assert_eq!(
                compare(more, less),
                Some(Ordering::Greater),
                "{more} {less}"
            );
        }
        for (one, same) in [
            ("0.1", "100m"),
            ("1.1G", "1100M"),
            ("1Ki", "1024"),
            ("1.0", "1"),
            ("2Ei", "2048Pi"),
        ] {
            assert_eq!(compare(one, same), Some(Ordering::Equal), "{one} {same}");
        }
    }

    #[test]
    fn other_texts_are_no_amounts() {
        for text in [
            "",
            "Mi",
            "1.2.3",
            "1X",
            "1mi",
            "-1",
            "1 Gi",
            &"9".repeat(60),
            &format!("0.{}", "1".repeat(60)),
        ] {
            assert!(Amount::parse(text).is_none(), "{text}");
        }
        assert_eq!(Amount::parse("1.5").unwrap().rounded_up(), 2);
        let holds = |text: &str, is: fn(Amount) -> bool| is(Amount::parse(text).unwrap());
        assert!(holds("1.5Ki", Amount::is_whole) && !holds("1.3Ki", Amount::is_whole));
        assert!(holds("0.0Gi", Amount::is_zero) && !holds("0.1m", Amount::is_zero));
    }
}
