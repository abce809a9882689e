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

/// With so many digits after the point, as Go writes it in English.
pub(super) fn fixed(number: f64, precision: usize) -> String {
    if !number.is_finite() {
        return in_english(number);
    }
    // Without the sign of a zero.
    let number = if number == 0.0 { 0.0 } else { number };
    let text = format!("{number:.precision$}");
    let (whole, part) = text.split_at(text.find('.').unwrap_or(text.len()));
    let digits = whole.trim_start_matches('-');
    let mut out = whole[..whole.len() - digits.len()].to_owned();
    for (position, digit) in digits.chars().enumerate() {
        if position > 0 && (digits.len() - position).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    out + part
}

/// With a power of ten, as Go writes it in English. What looks like a precision is the width there.
pub(super) fn scientific(number: f64, width: usize) -> String {
    let text = match number.is_finite() {
        true => power_of_ten(&format!("{number:.6e}")),
        false => in_english(number),
    };
    format!("{text:>width$}")
}

fn in_english(number: f64) -> String {
    let special = special(number).unwrap_or_default();
    special.trim_start_matches('+').replace("Inf", "\u{221e}")
}

fn power_of_ten(text: &str) -> String {
    let Some((digits, exponent)) = text.split_once('e') else {
        return text.to_owned();
    };
    let exponent: i32 = exponent.parse().unwrap_or_default();
    let raised = |digit: char| match digit {
        '1' => '\u{b9}',
        '2' => '\u{b2}',
        '3' => '\u{b3}',
        _ => char::from_u32(0x2070 + digit.to_digit(10).unwrap_or_default()).unwrap_or(digit),
    };
    let sign = if exponent < 0 { "\u{207b}" } else { "" };
    let power: String = format!("{:02}", exponent.unsigned_abs())
        .chars()
        .map(raised)
        .collect();
    format!("{digits}\u{d7}10{sign}{power}")
}
