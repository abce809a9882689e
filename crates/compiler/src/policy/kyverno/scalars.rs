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
        Value::Int(wanted) => match value {
            Some(Value::Int(number)) => number == wanted,
            Some(Value::Float(number)) => *number == *wanted as f64,
            Some(Value::String(text)) => text.parse() == Ok(*wanted),
            _ => false,
        },
        Value::Float(wanted) => match value {
            Some(Value::Int(number)) => *number as f64 == *wanted,
            Some(Value::Float(number)) => number == wanted,
            Some(Value::String(text)) => text.parse() == Ok(*wanted),
            _ => false,
        },
        other => value == Some(other),
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
        return match is_inside {
            true => holds(">=", low, value) && holds("<=", high, value),
            false => holds("<", low, value) || holds(">", high, value),
        };
    }
    let mut operators = OPERATORS.into_iter().filter(|_| condition.len() > 1);
    let operator = operators.find(|one| condition.starts_with(one));
    let operator = operator.unwrap_or_default();
    holds(operator, condition[operator.len()..].trim(), value)
}

/// Whether two durations, two quantities or two texts are in this order: one of these is enough, so
/// `!1Gi` holds for `1024Mi`.
fn holds(operator: &str, operand: &str, value: Option<&Value>) -> bool {
    let orders = [
        compare(value, seconds, operand, |one, other| one.partial_cmp(other)),
        compare(value, Amount::parse, operand, |one, other| {
            one.compare(*other)
        }),
    ];
    let is_ordered = |order: Ordering| match operator {
        ">=" => order.is_ge(),
        "<=" => order.is_le(),
        ">" => order.is_gt(),
        "<" => order.is_lt(),
        "!" => order.is_ne(),
        _ => order.is_eq(),
    };
    let is_text = match value {
        None | Some(Value::List(_) | Value::Map(_) | Value::Null) => None,
        Some(value) => Some(glob::fits(operand, &value.to_text())),
    };
    orders.into_iter().flatten().any(is_ordered)
        || match operator {
            "" => is_text == Some(true),
            "!" => is_text == Some(false),
            _ => false,
        }
}

/// The bounds of `1-10` or `1!-10`, and whether the value has to be inside.
fn range(condition: &str) -> Option<(&str, &str, bool)> {
    let (low, high) = condition.split_once('-')?;
    let (low, is_inside) = match low.strip_suffix('!') {
        Some(low) => (low, false),
        None => (low, true),
    };
    let is_part = |one: char| one.is_ascii_alphanumeric() || one == '.';
    let is_amount = |text: &str| {
        text.starts_with(|first: char| first.is_ascii_digit()) && text.chars().all(is_part)
    };
    let is_range = is_amount(low) && is_amount(high);
    is_range.then_some((low, high, is_inside))
}

/// Compares what both are read as. A missing value is 0, as in Kyverno.
fn compare<T>(
    value: Option<&Value>,
    read: impl Fn(&str) -> Option<T>,
    operand: &str,
    order: impl Fn(&T, &T) -> Option<Ordering>,
) -> Option<Ordering> {
    let value = match value {
        None | Some(Value::Null) => read("0"),
        Some(Value::List(_) | Value::Map(_) | Value::Bool(_)) => None,
        Some(value) => read(&value.to_text()),
    };
    order(&value?, &read(operand)?)
}

/// A duration as Go writes it, such as `1h30m`. A number without a unit is none, except for 0.
fn seconds(text: &str) -> Option<f64> {
    if text == "0" {
        return Some(0.0);
    }
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
