//! Floating-point numbers as Go writes them.

/// `%e`, `%f`, `%g` and their capital forms. Without a precision this is the shortest text that
/// reads as the same number.
pub(super) fn format(number: f64, verb: char, precision: Option<usize>) -> String {
    if number.is_nan() {
        return "NaN".to_owned();
    }
    if number.is_infinite() {
        return if number > 0.0 {
            "+Inf".to_owned()
        } else {
            "-Inf".to_owned()
        };
    }
    match (verb, precision) {
        ('f' | 'F', Some(precision)) => {
            let (digits, zeros) = split_precision(precision);
            format!("{number:.digits$}{}", "0".repeat(zeros))
        }
        ('f' | 'F', None) => format!("{number}"),
        ('e' | 'E', Some(precision)) => {
            let (digits, zeros) = split_precision(precision);
            let scientific = format!("{number:.digits$e}");
            let (digits, exponent) = split(&scientific);
            exponent_form(&format!("{digits}{}e{exponent}", "0".repeat(zeros)), verb)
        }
        ('e' | 'E', None) => exponent_form(&format!("{number:e}"), verb),
        _ => general(number, verb, precision),
    }
}

/// No float has more digits than this after the point; further ones are zeros.
const MAX_DECIMALS: usize = 1_074;

/// The number of decimals to format, and of zeros to add: the formatter panics at a high precision.
fn split_precision(precision: usize) -> (usize, usize) {
    let digits = precision.min(MAX_DECIMALS);
    (digits, precision - digits)
}

/// `%v`: the shortest digits, with an exponent below 1e-4 and from 1e+06 up.
pub(super) fn plain(number: f64) -> String {
    format(number, 'g', None)
}

/// From here on `%g` without a precision uses an exponent; Helm charts are full of `1.234567e+06`
/// because of it.
const SHORTEST_LIMIT: i32 = 6;

fn general(number: f64, verb: char, precision: Option<usize>) -> String {
    let scientific = match precision {
        Some(precision) => format!("{number:.*e}", split_precision(precision.max(1) - 1).0),
        None => format!("{number:e}"),
    };
    let (digits, exponent) = split(&scientific);
    let significant = digits.trim_start_matches('-').replace('.', "");
    let significant = significant.trim_end_matches('0');
    let limit = match precision {
        Some(precision) => i32::try_from(precision.max(1)).unwrap_or(i32::MAX),
        None => SHORTEST_LIMIT,
    };
    if exponent < -4 || exponent >= limit {
        let sign = if digits.starts_with('-') { "-" } else { "" };
        let (first, rest) = significant.split_at_checked(1).unwrap_or(("0", ""));
        let point = if rest.is_empty() { "" } else { "." };
        let mark = if verb == 'G' { 'E' } else { 'e' };
        return exponent_form(&format!("{sign}{first}{point}{rest}e{exponent}"), mark);
    }
    let decimals =
        usize::try_from(i32::try_from(significant.len()).unwrap_or(0) - 1 - exponent).unwrap_or(0);
    format!("{number:.decimals$}")
}

fn split(scientific: &str) -> (&str, i32) {
    let (digits, exponent) = scientific.split_once('e').unwrap_or((scientific, "0"));
    (digits, exponent.parse().unwrap_or(0))
}

/// Rust writes `1.5e7`, Go `1.5e+07`.
fn exponent_form(scientific: &str, mark: char) -> String {
    let (digits, exponent) = split(scientific);
    let sign = if exponent < 0 { '-' } else { '+' };
    format!("{digits}{mark}{sign}{:02}", exponent.abs())
}
