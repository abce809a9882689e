//! Floating-point numbers as Go writes them.

/// The bits of a float that hold its digits.
const MANTISSA_BITS: u32 = 52;

/// The digits of a float as a whole number, and the power of two that they are multiplied with.
fn binary_parts(number: f64) -> (u64, i32) {
    let bits = number.to_bits();
    let mantissa = bits & ((1 << MANTISSA_BITS) - 1);
    match (bits >> MANTISSA_BITS) as i32 & 0x7ff {
        0 => (mantissa, -1074),
        exponent => (mantissa | 1 << MANTISSA_BITS, exponent - 1075),
    }
}

fn sign(number: f64) -> &'static str {
    if number.is_sign_negative() { "-" } else { "" }
}

/// `%b`: `4503599627370496p-52`.
fn binary(number: f64) -> String {
    let (mantissa, exponent) = binary_parts(number);
    format!("{}{mantissa}p{exponent:+}", sign(number))
}

/// `%x`: `0x1.8p+01`.
fn hexadecimal(number: f64, precision: Option<usize>) -> String {
    let (mut mantissa, mut exponent) = binary_parts(number);
    let shift = match mantissa {
        0 => 0,
        _ => mantissa.leading_zeros() - (63 - MANTISSA_BITS),
    };
    mantissa <<= shift;
    exponent = match mantissa {
        0 => 0,
        _ => exponent - shift as i32 + MANTISSA_BITS as i32,
    };
    if let Some(dropped) =
        precision.and_then(|digits| MANTISSA_BITS.checked_sub(4 * digits.min(13) as u32))
    {
        mantissa = round_to_even(mantissa, dropped);
        if mantissa >> (MANTISSA_BITS + 1) > 0 {
            (mantissa, exponent) = (mantissa >> 1, exponent + 1);
        }
    }
    let digits = format!("{:013x}", mantissa & ((1 << MANTISSA_BITS) - 1));
    let digits = match precision {
        Some(count) => format!("{digits:0<count$}")[..count].to_owned(),
        None => digits.trim_end_matches('0').to_owned(),
    };
    let point = if digits.is_empty() { "" } else { "." };
    let mark = if exponent < 0 { '-' } else { '+' };
    let first = mantissa >> MANTISSA_BITS;
    format!(
        "{}0x{first}{point}{digits}p{mark}{:02}",
        sign(number),
        exponent.abs()
    )
}

fn round_to_even(mantissa: u64, dropped: u32) -> u64 {
    if dropped == 0 {
        return mantissa;
    }
    let (kept, rest) = (mantissa >> dropped, mantissa & ((1 << dropped) - 1));
    let half = 1 << (dropped - 1);
    let rounds_up = rest > half || (rest == half && kept % 2 == 1);
    (kept + u64::from(rounds_up)) << dropped
}

/// The flag `#`: a point always, and with `%g` and `%x` zeros up to the precision.
pub(super) fn with_point(text: &str, verb: char, precision: Option<usize>) -> String {
    let exponent = if matches!(verb, 'x' | 'X') {
        ['p', 'P']
    } else {
        ['e', 'E']
    };
    let (mut digits, exponent) = match text.find(exponent) {
        Some(at) => (text[..at].to_owned(), &text[at..]),
        None => (text.to_owned(), ""),
    };
    let wanted = match verb {
        'g' | 'G' | 'x' => precision.unwrap_or(6),
        _ => 0,
    };
    let significant = digits.trim_start_matches(['-', '0', '.']);
    let mut count = significant.chars().filter(|c| *c != '.').count();
    if !digits.contains('.') {
        // The only zero counts as a digit.
        count += usize::from(digits.trim_start_matches('-') == "0");
        digits.push('.');
    }
    digits.push_str(&"0".repeat(wanted.saturating_sub(count)));
    digits + exponent
}

/// `%b`, `%e`, `%f`, `%g`, `%x` and their capital forms. Without a precision this is the shortest text that
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
        ('b', _) => binary(number),
        ('x', _) => hexadecimal(number, precision),
        ('X', _) => hexadecimal(number, precision).to_ascii_uppercase(),
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
