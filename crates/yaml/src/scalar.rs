//! The types of plain (unquoted) scalars.
//!
//! The rules are those of Go's `yaml.v3`: the core schema of YAML 1.2, and also `0755` as an octal
//! number, `0b11`, and `_` between digits. `yes`, `no`, `on`, `off` and dates are strings.

use crate::tree::{Kind, Style};

/// The value of a plain scalar.
pub fn resolve(text: &str) -> Kind {
    match text {
        "" | "~" | "null" | "Null" | "NULL" => Kind::Null,
        "true" | "True" | "TRUE" => Kind::Bool(true),
        "false" | "False" | "FALSE" => Kind::Bool(false),
        _ => number(text).unwrap_or_else(|| Kind::String(text.to_owned(), Style::Plain)),
    }
}

fn number(text: &str) -> Option<Kind> {
    if !text.starts_with(|first: char| first.is_ascii_digit() || matches!(first, '+' | '-' | '.')) {
        return None;
    }
    special_float(text)
        .or_else(|| integer(text))
        .or_else(|| float(text))
}

fn special_float(text: &str) -> Option<Kind> {
    let (sign, rest) = match text.strip_prefix('-') {
        Some(rest) => (-1.0, rest),
        None => (1.0, text.strip_prefix('+').unwrap_or(text)),
    };
    match rest {
        ".inf" | ".Inf" | ".INF" => Some(Kind::Float(sign * f64::INFINITY)),
        ".nan" | ".NaN" | ".NAN" if rest == text => Some(Kind::Float(f64::NAN)),
        _ => None,
    }
}

fn integer(text: &str) -> Option<Kind> {
    let (negative, digits) = match text.strip_prefix('-') {
        Some(rest) => (true, rest),
        None => (false, text.strip_prefix('+').unwrap_or(text)),
    };
    let (radix, digits) = match digits.as_bytes() {
        [b'0', b'x' | b'X', ..] => (16, &digits[2..]),
        [b'0', b'o' | b'O', ..] => (8, &digits[2..]),
        [b'0', b'b' | b'B', ..] => (2, &digits[2..]),
        [b'0', b'0'..=b'9' | b'_', ..] => (8, &digits[1..]),
        _ => (10, digits),
    };
    let plain: String = digits.chars().filter(|digit| *digit != '_').collect();
    // With a second sign it is a string, also behind a `_`.
    if plain.starts_with(['+', '-']) || digits.ends_with('_') {
        return None;
    }
    let size = i128::from_str_radix(&plain, radix).ok()?;
    let number = if negative { -size } else { size };
    (i128::from(i64::MIN)..=i128::from(u64::MAX))
        .contains(&number)
        .then_some(Kind::Int(number))
}

fn float(text: &str) -> Option<Kind> {
    let digits = text.strip_prefix(['+', '-']).unwrap_or(text);
    let well_formed = digits.starts_with(|first: char| first.is_ascii_digit() || first == '.')
        && digits.contains(|digit: char| digit.is_ascii_digit())
        && digits.chars().all(|digit| {
            digit.is_ascii_digit() || matches!(digit, '.' | 'e' | 'E' | '+' | '-' | '_')
        });
    if !well_formed {
        return None;
    }
    text.replace('_', "")
        .parse::<f64>()
        .ok()
        .filter(|number| number.is_finite())
        .map(Kind::Float)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn plain_scalars_have_the_types_that_go_gives_them() {
        let text = |word: &str| Kind::String(word.to_owned(), Style::Plain);
        for (word, meaning) in [
            ("", Kind::Null),
            ("~", Kind::Null),
            ("true", Kind::Bool(true)),
            ("yes", text("yes")),
            ("0755", Kind::Int(493)),
            ("0o755", Kind::Int(493)),
            ("0b11", Kind::Int(3)),
            ("0x1F", Kind::Int(31)),
            ("1_000", Kind::Int(1000)),
            ("-12", Kind::Int(-12)),
            ("089", Kind::Float(89.0)),
            ("1e3", Kind::Float(1000.0)),
            ("1.5", Kind::Float(1.5)),
            (".5", Kind::Float(0.5)),
            ("-.inf", Kind::Float(f64::NEG_INFINITY)),
            (
                "18446744073709551615",
                Kind::Int(18_446_744_073_709_551_615),
            ),
            (
                "18446744073709551616",
                Kind::Float(18_446_744_073_709_551_616.0),
            ),
            ("1.2.3", text("1.2.3")),
            ("2001-01-01", text("2001-01-01")),
            (".", text(".")),
            ("-", text("-")),
            ("+", text("+")),
            ("1e", text("1e")),
            ("infinity", text("infinity")),
            ("0x", text("0x")),
            ("-_+0", text("-_+0")),
            ("0x_-1", text("0x_-1")),
        ] {
            assert_eq!(resolve(word), meaning, "{word:?}");
        }
    }
}
