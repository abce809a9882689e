//! Floating-point numbers as Go writes them.

/// The shortest text that reads as the same number: as `%g` of Go.
pub(super) fn shortest(number: f64) -> String {
    if let Some(special) = special(number) {
        return special;
    }
    let scientific = format!("{number:e}");
    let (digits, exponent) = scientific.split_once('e').unwrap_or((&scientific, "0"));
    let exponent: i32 = exponent.parse().unwrap_or_default();
    if (-4..6).contains(&exponent) {
        return format!("{number}");
    }
    with_exponent(digits, exponent)
}

/// `1.5e+06`: the exponent has a sign and two digits at least.
pub(super) fn with_exponent(digits: &str, exponent: i32) -> String {
    let sign = if exponent < 0 { '-' } else { '+' };
    format!("{digits}e{sign}{:02}", exponent.unsigned_abs())
}

/// What is no number, as Go writes it.
pub(super) fn special(number: f64) -> Option<String> {
    if number.is_nan() {
        return Some("NaN".to_owned());
    }
    number.is_infinite().then(|| {
        let sign = if number > 0.0 { '+' } else { '-' };
        format!("{sign}Inf")
    })
}

/// With so many digits after the point: as `%f` in English of Go's `message` package, without commas.
pub(super) fn fixed(number: f64, precision: usize) -> String {
    special(number).unwrap_or_else(|| format!("{number:.precision$}"))
}

/// With an exponent.
pub(super) fn scientific(number: f64, precision: usize) -> String {
    if let Some(special) = special(number) {
        return special;
    }
    let text = format!("{number:.precision$e}");
    match text.split_once('e') {
        Some((digits, exponent)) => {
            with_exponent(digits, exponent.parse().unwrap_or_default())
        }
        None => text,
    }
}
