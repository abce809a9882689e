//! Amounts as Kubernetes writes them: `250m`, `1.5Gi`.

use std::cmp::Ordering;

/// An amount, exactly: a fraction of whole processors, bytes or whatever it counts.
#[derive(Debug, Clone, Copy)]
pub struct Amount {
    numerator: u128,
    denominator: u128,
}

impl Amount {
    /// Reads a decimal number with a unit or without; `None` for any other text, and for more
    /// digits than anybody needs.
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

    /// Which of two is more; `None` where that is beyond reckoning.
    pub fn compare(self, other: Amount) -> Option<Ordering> {
        let left = self.numerator.checked_mul(other.denominator)?;
        Some(left.cmp(&other.numerator.checked_mul(self.denominator)?))
    }

    /// The amount as the next whole number that is not less.
    pub fn rounded_up(self) -> u128 {
        self.numerator.div_ceil(self.denominator)
    }
}

/// What a unit multiplies by and divides by.
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
    fn amounts_are_compared_by_size_whatever_their_unit() {
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
    fn what_is_no_amount_is_none() {
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
    }
}
