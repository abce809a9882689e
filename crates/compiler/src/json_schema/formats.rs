//! The formats that the API server checks. It ignores all others.

use std::net::{Ipv4Addr, Ipv6Addr};

use crate::model::is_cidr;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;

/// The formats of texts that [`fits`] knows.
pub(crate) const FORMATS: [&str; 12] = [
    "byte",
    "cidr",
    "date",
    "date-time",
    "duration",
    "email",
    "hostname",
    "ipv4",
    "ipv6",
    "mac",
    "uri",
    "uuid",
];

/// Whether a text is of a format.
pub(super) fn fits(format: &str, text: &str) -> bool {
    match format {
        "byte" => STANDARD.decode(text.replace(['\r', '\n'], "")).is_ok(),
        "cidr" => is_cidr(text),
        "date" => is_date(text),
        "date-time" | "datetime" => is_date_time(text),
        "duration" => is_duration(text),
        "email" => {
            let parts = text.trim_end_matches('>').rsplit_once('@');
            parts.is_some_and(|(user, host)| !user.is_empty() && !host.is_empty())
        }
        "hostname" => is_hostname(text),
        "ipv4" => text.parse::<Ipv4Addr>().is_ok(),
        "ipv6" => text.parse::<Ipv6Addr>().is_ok(),
        "mac" => is_mac(text),
        "uri" => is_uri(text),
        "uuid" | "uuid3" | "uuid4" | "uuid5" => is_uuid(text, format.as_bytes().get(4)),
        _ => true,
    }
}

/// Whether a number is of a format.
pub(super) fn fits_number(format: &str, number: f64) -> bool {
    match format {
        "int32" => (f64::from(i32::MIN)..=f64::from(i32::MAX)).contains(&number),
        "int64" => number.abs() <= 2_f64.powi(63),
        _ => true,
    }
}

/// The numbers of a text such as `2026-01-31`, whose parts have these lengths.
fn numbers<const N: usize>(text: &str, separator: char, lengths: [usize; N]) -> Option<[u32; N]> {
    let mut parts = text.split(separator);
    let mut numbers = [0; N];
    for (number, length) in numbers.iter_mut().zip(lengths) {
        let part = parts.next().filter(|part| part.len() == length)?;
        let is_number = part.bytes().all(|byte| byte.is_ascii_digit());
        *number = part.parse().ok().filter(|_| is_number)?;
    }
    parts.next().is_none().then_some(numbers)
}

fn is_date(text: &str) -> bool {
    let Some([year, month, day]) = numbers(text, '-', [4, 2, 2]) else {
        return false;
    };
    let is_leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    let days = match month {
        2 if is_leap => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        1..=12 => 31,
        _ => 0,
    };
    (1..=days).contains(&day)
}

fn is_date_time(text: &str) -> bool {
    let lower = text.to_ascii_lowercase();
    let Some((date, time)) = lower.split_once('t') else {
        return false;
    };
    let Some((time, zone)) = time.find(['z', '+', '-']).map(|at| time.split_at(at)) else {
        return false;
    };
    let (time, fraction) = time.split_once('.').unwrap_or((time, "0"));
    let is_time = numbers(time, ':', [2, 2, 2])
        .is_some_and(|[hour, minute, second]| hour < 24 && minute < 60 && second < 60);
    let is_zone = zone == "z" || numbers(&zone[1..], ':', [2, 2]).is_some();
    let is_fraction = !fraction.is_empty() && fraction.bytes().all(|byte| byte.is_ascii_digit());
    is_date(date) && is_time && is_fraction && is_zone
}

/// A duration of Go, or a number with the name of a unit, such as `3 days`.
fn is_duration(text: &str) -> bool {
    const UNITS: &str = "(ns|us|µs|μs|ms|s|m|h|d|w|[mµn]?(icro|illi|ano)?s(ec(ond)?s?)?|mins?|\
        minutes?|hours?|hrs?|days?|weeks?|wks?)";
    let go = r"^[-+]?(0|([0-9]+(\.[0-9]*)?|\.[0-9]+)(ns|us|µs|μs|ms|s|m|h))+$";
    let words = format!("^([0-9]+ *{UNITS} *)+$");
    [go, &words]
        .iter()
        .any(|pattern| go_template::regex_matches(pattern, text) == Some(true))
}

fn is_hostname(text: &str) -> bool {
    let is_label = |label: &str| {
        let is_inner = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_';
        (1..=63).contains(&label.len())
            && label.bytes().all(is_inner)
            && !label.starts_with('-')
            && !label.ends_with('-')
    };
    let host = text.strip_suffix('.').unwrap_or(text);
    text.len() <= 255 && host.split('.').all(is_label)
}

fn is_mac(text: &str) -> bool {
    let is_of = |separator: char| {
        let parts: Vec<&str> = text.split(separator).collect();
        let is_byte = |part: &&str| part.len() == 2 && is_hex(part);
        [6, 8, 20].contains(&parts.len()) && parts.iter().all(is_byte)
    };
    let dotted: Vec<&str> = text.split('.').collect();
    let is_pair = |part: &&str| part.len() == 4 && is_hex(part);
    is_of(':') || is_of('-') || ([3, 4, 10].contains(&dotted.len()) && dotted.iter().all(is_pair))
}

fn is_hex(text: &str) -> bool {
    text.bytes().all(|byte| byte.is_ascii_hexdigit())
}

/// A URI with a scheme, or an absolute path.
fn is_uri(text: &str) -> bool {
    let is_scheme = |scheme: &str| {
        scheme.starts_with(|first: char| first.is_ascii_alphabetic())
            && scheme
                .bytes()
                .all(|byte| byte.is_ascii_alphanumeric() || b"+-.".contains(&byte))
    };
    let has_scheme = text
        .split_once(':')
        .is_some_and(|(scheme, _)| is_scheme(scheme));
    let is_plain =
        !text.contains(|character: char| character.is_ascii_control() || character == ' ');
    is_plain && (text.starts_with('/') || has_scheme)
}

fn is_uuid(text: &str, version: Option<&u8>) -> bool {
    let digits: Vec<u8> = text.bytes().filter(|byte| *byte != b'-').collect();
    let has_version = version.is_none_or(|version| digits.get(12) == Some(version));
    digits.len() == 32 && digits.iter().all(u8::is_ascii_hexdigit) && has_version
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_format_has_texts_that_fit() {
        for (format, right, wrong) in [
            ("byte", "aGFsbG8=", "a"),
            ("cidr", "10.0.0.0/8", "10.0.0.0/33"),
            ("date", "2024-02-29", "2025-02-29"),
            (
                "date-time",
                "2025-01-31T10:00:00.5+01:00",
                "2025-01-31 10:00:00",
            ),
            ("date-time", "2025-01-31T10:00:00Z", "2025-01-31T25:00:00Z"),
            ("duration", "1h30m", "1 fortnight"),
            ("duration", "3 days", "soon"),
            ("email", "a@example.com", "a"),
            ("hostname", "a-b.example.com", "-a.example.com"),
            ("ipv4", "10.0.0.1", "::1"),
            ("ipv6", "::1", "10.0.0.1"),
            ("mac", "01:23:45:67:89:ab", "01:23"),
            ("uri", "https://example.com/a", "example.com/a"),
            ("uuid", "f47ac10b-58cc-4372-a567-0e02b2c3d479", "f47ac10b"),
            (
                "uuid4",
                "f47ac10b-58cc-4372-a567-0e02b2c3d479",
                "f47ac10b-58cc-3372-a567-0e02b2c3d479",
            ),
        ] {
            assert!(fits(format, right), "{format} {right}");
            assert!(!fits(format, wrong), "{format} {wrong}");
        }
        assert!(fits("k8s-anything", "x"));
        assert!(fits_number("int32", 1.0) && !fits_number("int32", 3e9));
    }
}
