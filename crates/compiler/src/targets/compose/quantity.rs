//! Kubernetes quantities as Compose reads them.
//!
//! `M` is 1024 * 1024 bytes for Compose and a million for Kubernetes, so an amount with a decimal
//! unit is written in bytes.

use crate::support::quantity::Amount;
use diagnostics::value::Value;

/// Processors: `250m` is `0.25`.
pub(super) fn cpus(text: &str) -> Value {
    let Some(thousandths) = text.strip_suffix('m') else {
        return Value::from(text);
    };
    let number = thousandths.parse::<f64>().unwrap_or(0.0) / 1000.0;
    Value::String(number.to_string())
}

/// Memory: `128Mi` is `128M`, `128M` is `128000000`.
pub(super) fn memory(text: &str) -> Value {
    let split = text
        .find(|character: char| character.is_ascii_alphabetic())
        .unwrap_or(text.len());
    let (number, unit) = text.split_at(split);
    let is_integer = !number.contains('.');
    let binary = |letter: &str| Value::String(format!("{number}{letter}"));
    match unit {
        "Ki" if is_integer => binary("K"),
        "Mi" if is_integer => binary("M"),
        "Gi" if is_integer => binary("G"),
        "" if is_integer => Value::from(number),
        // The form was checked. An amount too large to calculate with is written as it is.
        _ => Value::String(
            Amount::parse(text)
                .map_or_else(|| text.to_owned(), |amount| amount.rounded_up().to_string()),
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn amounts_keep_their_size() {
        for (text, expected) in [
            ("128Mi", "128M"),
            ("1Gi", "1G"),
            ("125M", "125000000"),
            ("1.5Gi", "1610612736"),
            ("1024", "1024"),
            ("1k", "1000"),
            ("2Ti", "2199023255552"),
        ] {
            assert_eq!(memory(text), Value::from(expected), "{text}");
        }
        for (text, expected) in [
            ("250m", "0.25"),
            ("2", "2"),
            ("0.5", "0.5"),
            ("1000m", "1"),
            ("1m", "0.001"),
        ] {
            assert_eq!(cpus(text), Value::from(expected), "{text}");
        }
    }
}
