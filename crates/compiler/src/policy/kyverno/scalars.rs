//! Compares a value with the text of a pattern: operators, ranges and wildcards.

use std::cmp::Ordering;

use crate::support::glob;
use crate::support::quantity::Amount;
use diagnostics::value::Value;

const OPERATORS: [&str; 5] = [">=", "<=", ">", "<", "!"];

/// Whether a value fits a scalar of a pattern. A field that is not there is `None`.
pub(super) fn fits(pattern: &Value, value: Option<&Value>) -> bool {
    match pattern {
        Value::String(text) => fits_text(text, value),
        Value::Null => match value {
            None | Some(Value::Null | Value::Bool(false)) => true,
            Some(Value::Int(number)) => *number == 0,
            Some(Value::Float(number)) => *number == 0.0,
            Some(Value::String(text)) => text.is_empty(),
            Some(_) => false,
        },
        Value::Bool(_) => value == Some(pattern),
        number => value.is_some_and(|value| value.to_text() == number.to_text()),
    }
}

/// `|` separates alternatives, and `&` what has to be true together.
fn fits_text(pattern: &str, value: Option<&Value>) -> bool {
    let is_same = value.and_then(Value::as_str) == Some(pattern);
    let fits_one = |part: &str| fits_condition(part.trim(), value);
    is_same
        || pattern
            .split('|')
            .any(|choice| choice.split('&').all(fits_one))
}

fn fits_condition(condition: &str, value: Option<&Value>) -> bool {
    if let Some((low, high, is_inside)) = range(condition) {
        let above = compare(value, low).is_some_and(Ordering::is_ge);
        let below = compare(value, high).is_some_and(Ordering::is_le);
        let is_amount = compare(value, low).is_some();
        return is_amount && (above && below) == is_inside;
    }
    let operator = OPERATORS
        .into_iter()
        .find(|operator| condition.starts_with(operator));
    let operand = condition[operator.map_or(0, str::len)..].trim();
    let order = compare(value, operand);
    match operator {
        Some(">=") => order.is_some_and(Ordering::is_ge),
        Some("<=") => order.is_some_and(Ordering::is_le),
        Some(">") => order.is_some_and(Ordering::is_gt),
        Some("<") => order.is_some_and(Ordering::is_lt),
        Some(_) => !is_equal(operand, order, value),
        None => is_equal(operand, order, value),
    }
}

fn is_equal(operand: &str, order: Option<Ordering>, value: Option<&Value>) -> bool {
    match (order, value) {
        (Some(order), Some(_)) => order.is_eq(),
        (_, Some(Value::List(_) | Value::Map(_) | Value::Null) | None) => false,
        (_, Some(value)) => glob::fits(operand, &value.to_text()),
    }
}

/// The bounds of `1-10` or `1!-10`, and whether the value has to be inside.
fn range(condition: &str) -> Option<(&str, &str, bool)> {
    let (low, high) = condition.split_once('-')?;
    let (low, is_inside) = match low.strip_suffix('!') {
        Some(low) => (low, false),
        None => (low, true),
    };
    let is_amount = |text: &str| text.starts_with(|first: char| first.is_ascii_digit());
    let is_range = is_amount(low) && is_amount(high) && amount(low).is_some();
    (is_range && amount(high).is_some()).then_some((low, high, is_inside))
}

/// Compares durations and quantities. A missing one is 0, as in Kyverno.
fn compare(value: Option<&Value>, operand: &str) -> Option<Ordering> {
    let text = match value {
        None | Some(Value::Null) => "0".to_owned(),
        Some(Value::List(_) | Value::Map(_) | Value::Bool(_)) => return None,
        Some(value) => value.to_text(),
    };
    match (seconds(&text), seconds(operand)) {
        (Some(value), Some(operand)) => value.partial_cmp(&operand),
        _ => amount(&text)?.compare(amount(operand)?),
    }
}

fn amount(text: &str) -> Option<Amount> {
    Amount::parse(text)
}

/// A duration as Go writes it, such as `1h30m`. A number without a unit is none.
fn seconds(text: &str) -> Option<f64> {
    let mut rest = text;
    let mut sum = 0.0;
    while !rest.is_empty() {
        let end = rest.find(|one: char| !one.is_ascii_digit() && one != '.')?;
        let number: f64 = rest[..end].parse().ok()?;
        let unit = &rest[end..];
        let length = unit
            .find(|one: char| one.is_ascii_digit() || one == '.')
            .unwrap_or(unit.len());
        sum += number
            * match &unit[..length] {
                "ns" => 1e-9,
                "us" | "µs" => 1e-6,
                "ms" => 1e-3,
                "s" => 1.0,
                "m" => 60.0,
                "h" => 3600.0,
                _ => return None,
            };
        rest = &unit[length..];
    }
    (!text.is_empty()).then_some(sum)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_fit_operators_ranges_and_wildcards() {
        for (pattern, value, wanted) in [
            ("?*", Some("x"), true),
            ("?*", Some(""), false),
            ("?*", None, false),
            ("*", Some(""), true),
            ("a*c", Some("abbc"), true),
            ("!*:latest", Some("shop:1"), true),
            ("!*:latest", Some("shop:latest"), false),
            ("!*:latest & !*:main", Some("shop:main"), false),
            ("a | b", Some("b"), true),
            ("a | b", Some("c"), false),
            (">=100m & <=2", Some("250m"), true),
            (">=100m & <=2", Some("3"), false),
            ("<=4Gi", Some("4096Mi"), true),
            ("<4Gi", Some("4096Mi"), false),
            ("1-10", Some("10"), true),
            ("1-10", Some("11"), false),
            ("1!-10", Some("11"), true),
            ("1Mi-1Gi", Some("512Mi"), true),
            (">30s", Some("1m0s"), true),
            (">0", None, false),
            ("1Gi", Some("1024Mi"), true),
        ] {
            let value = value.map(Value::from);
            let pattern = Value::from(pattern);
            assert_eq!(
                fits(&pattern, value.as_ref()),
                wanted,
                "{pattern:?} {value:?}"
            );
        }
        assert!(fits(&Value::from(">1"), Some(&Value::Int(2))));
        assert!(fits(&Value::from("true"), Some(&Value::Bool(true))));
        assert!(fits(&Value::Bool(false), Some(&Value::Bool(false))));
        assert!(!fits(&Value::Bool(false), None));
        assert!(fits(&Value::Null, None));
        assert!(fits(&Value::Int(2), Some(&Value::from("2"))));
    }
}
