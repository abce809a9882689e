//! Semantic versions, and the order of versions and quantities.

use std::cmp::Ordering;

use super::{Context, fail, flag, no_overload, number, text};
use crate::Failure;
use crate::eval::Outcome;
use crate::value::{Kind, Value};

/// A version as semver.org defines it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Version {
    numbers: [u64; 3],
    prerelease: Vec<String>,
}

impl Version {
    /// Reads `1.2.3`, `1.2.3-rc.1` or `1.2.3+build`.
    pub fn parse(text: &str) -> Option<Version> {
        let (rest, build) = match text.split_once('+') {
            Some((rest, build)) => (rest, Some(build)),
            None => (text, None),
        };
        let (core, prerelease) = match rest.split_once('-') {
            Some((core, prerelease)) => (core, Some(prerelease)),
            None => (rest, None),
        };
        let mut numbers = core.split('.').map(strict_number);
        let numbers = [numbers.next()??, numbers.next()??, numbers.next()??];
        if core.split('.').count() != 3 {
            return None;
        }
        let is_identifier = |part: &&str| {
            let mut signs = part.bytes();
            !part.is_empty() && signs.all(|sign| sign.is_ascii_alphanumeric() || sign == b'-')
        };
        let parts: Vec<&str> = prerelease
            .map(|text| text.split('.').collect())
            .unwrap_or_default();
        let is_strict = |part: &&str| !is_number(part) || strict_number(part).is_some();
        let is_valid = parts
            .iter()
            .all(|part| is_identifier(part) && is_strict(part))
            && build.is_none_or(|build| build.split('.').all(|part| is_identifier(&part)));
        is_valid.then(|| Version {
            numbers,
            prerelease: parts.into_iter().map(str::to_owned).collect(),
        })
    }

    /// As [`Version::parse`], with a `v` before it, leading zeros, or parts left out.
    pub fn parse_loosely(text: &str) -> Option<Version> {
        let text = text.strip_prefix('v').unwrap_or(text);
        let mut parts: Vec<String> = text
            .splitn(3, '.')
            .map(|part| match part.trim_start_matches('0') {
                trimmed
                    if part.len() > 1
                        && trimmed.starts_with(|first: char| first.is_ascii_digit()) =>
                {
                    trimmed.to_owned()
                }
                trimmed if part.len() > 1 => format!("0{trimmed}"),
                _ => part.to_owned(),
            })
            .collect();
        if parts.len() < 3 && parts.last().is_some_and(|last| last.contains(['+', '-'])) {
            return None;
        }
        parts.resize(3, "0".to_owned());
        Version::parse(&parts.join("."))
    }

    /// The order of two versions; what follows a `+` does not count.
    pub fn compare(&self, other: &Version) -> Ordering {
        self.numbers.cmp(&other.numbers).then_with(|| {
            match (self.prerelease.is_empty(), other.prerelease.is_empty()) {
                (true, true) => Ordering::Equal,
                (true, false) => Ordering::Greater,
                (false, true) => Ordering::Less,
                (false, false) => compare_prereleases(&self.prerelease, &other.prerelease),
            }
        })
    }
}

fn is_number(part: &str) -> bool {
    part.bytes().all(|digit| digit.is_ascii_digit())
}

/// A number without leading zeros.
fn strict_number(part: &str) -> Option<u64> {
    let is_strict = is_number(part) && (part == "0" || !part.starts_with('0'));
    part.parse().ok().filter(|_| is_strict)
}

fn compare_prereleases(one: &[String], other: &[String]) -> Ordering {
    let order = |(one, other): (&String, &String)| match (strict_number(one), strict_number(other))
    {
        (Some(one), Some(other)) => one.cmp(&other),
        (Some(_), None) => Ordering::Less,
        (None, Some(_)) => Ordering::Greater,
        (None, None) => one.cmp(other),
    };
    one.iter()
        .zip(other)
        .map(order)
        .find(|order| order.is_ne())
        .unwrap_or_else(|| one.len().cmp(&other.len()))
}

/// The version in the arguments of `semver` and `isSemver`.
fn read<'a>(arguments: &[Value<'a>]) -> Result<Option<Version>, Failure<'a>> {
    match arguments {
        [of] => Ok(Version::parse(text(of)?)),
        [of, loosely] => match loosely.kind {
            Kind::Bool(false) => Ok(Version::parse(text(of)?)),
            Kind::Bool(true) => Ok(Version::parse_loosely(text(of)?)),
            _ => Err(no_overload(arguments)),
        },
        _ => Err(no_overload(arguments)),
    }
}

pub(super) fn semver<'a>(_: &Context<'_, 'a>, arguments: &[Value<'a>]) -> Outcome<'a> {
    let version = read(arguments)?;
    let version = version.ok_or_else(|| fail("the text is not a version such as `1.2.3`"))?;
    Ok(Kind::Version(version.into()).into())
}

pub(super) fn is_semver<'a>(_: &Context<'_, 'a>, arguments: &[Value<'a>]) -> Outcome<'a> {
    flag(read(arguments)?.is_some())
}

/// A number of the version.
fn part<'a>(arguments: &[Value<'a>], index: usize) -> Outcome<'a> {
    match arguments.first().map(|value| &value.kind) {
        Some(Kind::Version(version)) => number(version.numbers[index] as i64),
        _ => Err(no_overload(arguments)),
    }
}

pub(super) fn major<'a>(_: &Context<'_, 'a>, arguments: &[Value<'a>]) -> Outcome<'a> {
    part(arguments, 0)
}

pub(super) fn minor<'a>(_: &Context<'_, 'a>, arguments: &[Value<'a>]) -> Outcome<'a> {
    part(arguments, 1)
}

pub(super) fn patch<'a>(_: &Context<'_, 'a>, arguments: &[Value<'a>]) -> Outcome<'a> {
    part(arguments, 2)
}

/// The order of two versions, or of two quantities.
fn order<'a>(arguments: &[Value<'a>]) -> Result<Ordering, Failure<'a>> {
    match arguments {
        [one, other] => match (&one.kind, &other.kind) {
            (Kind::Version(one), Kind::Version(other)) => Ok(one.compare(other)),
            (Kind::Quantity(one), Kind::Quantity(other)) => Ok(one.compare(other)),
            _ => Err(no_overload(arguments)),
        },
        _ => Err(no_overload(arguments)),
    }
}

pub(super) fn is_greater<'a>(_: &Context<'_, 'a>, arguments: &[Value<'a>]) -> Outcome<'a> {
    flag(order(arguments)?.is_gt())
}

pub(super) fn is_less<'a>(_: &Context<'_, 'a>, arguments: &[Value<'a>]) -> Outcome<'a> {
    flag(order(arguments)?.is_lt())
}

pub(super) fn compare_to<'a>(_: &Context<'_, 'a>, arguments: &[Value<'a>]) -> Outcome<'a> {
    number(order(arguments)? as i64)
}
