//! Functions of texts. Positions count characters.

use super::{Context, fail, flag, int, no_overload, text};
use crate::Failure;
use crate::eval::Outcome;
use crate::value::{Kind, Value};

fn two<'v, 'a>(arguments: &'v [Value<'a>]) -> Result<(&'v str, &'v str), Failure<'a>> {
    match arguments {
        [one, other, ..] => Ok((text(one)?, text(other)?)),
        _ => Err(no_overload(arguments)),
    }
}

fn one<'v, 'a>(arguments: &'v [Value<'a>]) -> Result<&'v str, Failure<'a>> {
    match arguments {
        [one, ..] => text(one),
        [] => Err(no_overload(arguments)),
    }
}

/// A whole number that is the argument of this position, when there is one.
fn optional_int<'a>(arguments: &[Value<'a>], index: usize) -> Result<Option<i64>, Failure<'a>> {
    arguments.get(index).map(int).transpose()
}

fn out_of_range<'a>(index: i64) -> Failure<'a> {
    fail(format!("the index {index} is not in the text"))
}

/// Where a character begins; the end of the text is a place too.
fn byte_at(of: &str, index: i64) -> Option<usize> {
    let index = usize::try_from(index).ok()?;
    let starts = of.char_indices().map(|(start, _)| start);
    starts.chain([of.len()]).nth(index)
}

pub(super) fn contains<'a>(context: &Context<'_, 'a>, arguments: &[Value<'a>]) -> Outcome<'a> {
    let (of, part) = two(arguments)?;
    (context.spend)((of.len() as u64).div_ceil(10) * (part.len() as u64).div_ceil(10))?;
    flag(of.contains(part))
}

pub(super) fn ends_with<'a>(_: &Context<'_, 'a>, arguments: &[Value<'a>]) -> Outcome<'a> {
    let (of, part) = two(arguments)?;
    flag(of.ends_with(part))
}

pub(super) fn starts_with<'a>(_: &Context<'_, 'a>, arguments: &[Value<'a>]) -> Outcome<'a> {
    let (of, part) = two(arguments)?;
    flag(of.starts_with(part))
}

pub(super) fn char_at<'a>(_: &Context<'_, 'a>, arguments: &[Value<'a>]) -> Outcome<'a> {
    let of = one(arguments)?;
    let index = optional_int(arguments, 1)?.unwrap_or_default();
    let start = byte_at(of, index).ok_or_else(|| out_of_range(index))?;
    Ok(Value::text(of[start..].chars().take(1).collect::<String>()))
}

/// The length of a text in characters.
fn count(text: &str) -> i64 {
    text.chars().count() as i64
}

/// The position of a text in another one, from `offset` on.
pub(super) fn index_of<'a>(arguments: &[Value<'a>]) -> Outcome<'a> {
    let (of, part) = two(arguments)?;
    let offset = optional_int(arguments, 2)?.unwrap_or_default();
    if offset < 0 {
        return Err(out_of_range(offset));
    }
    let Some(start) = byte_at(of, offset) else {
        let found = part.is_empty().then(|| count(of));
        return super::number(found.unwrap_or(-1));
    };
    let found = of[start..].find(part);
    let found = found.map(|found| count(&of[..start + found]));
    super::number(found.unwrap_or(-1))
}

/// The last position of a text in another one that is not after `offset`.
pub(super) fn last_index_of<'a>(arguments: &[Value<'a>]) -> Outcome<'a> {
    let (of, part) = two(arguments)?;
    let length = count(of);
    let Some(offset) = optional_int(arguments, 2)? else {
        let found = of.rfind(part);
        let found = found.map(|found| count(&of[..found]));
        return super::number(found.unwrap_or(-1));
    };
    if offset < 0 {
        return Err(out_of_range(offset));
    }
    if part.is_empty() {
        return super::number(offset.min(length));
    }
    if offset >= length {
        return super::number(-1);
    }
    let last = (offset + count(part)).min(length);
    let end = byte_at(of, last).unwrap_or(of.len());
    let found = of[..end].rfind(part);
    let found = found.map(|found| count(&of[..found]));
    super::number(found.unwrap_or(-1))
}

pub(super) fn lower_ascii<'a>(_: &Context<'_, 'a>, arguments: &[Value<'a>]) -> Outcome<'a> {
    Ok(Value::text(one(arguments)?.to_ascii_lowercase()))
}

pub(super) fn upper_ascii<'a>(_: &Context<'_, 'a>, arguments: &[Value<'a>]) -> Outcome<'a> {
    Ok(Value::text(one(arguments)?.to_ascii_uppercase()))
}

pub(super) fn trim<'a>(_: &Context<'_, 'a>, arguments: &[Value<'a>]) -> Outcome<'a> {
    Ok(Value::text(one(arguments)?.trim()))
}

pub(super) fn substring<'a>(_: &Context<'_, 'a>, arguments: &[Value<'a>]) -> Outcome<'a> {
    let of = one(arguments)?;
    let start = optional_int(arguments, 1)?.unwrap_or_default();
    let first = byte_at(of, start).ok_or_else(|| out_of_range(start))?;
    let last = match optional_int(arguments, 2)? {
        None => of.len(),
        Some(end) if end < start => return Err(fail("the end is before the start")),
        Some(end) => byte_at(of, end).ok_or_else(|| out_of_range(end))?,
    };
    Ok(Value::text(&of[first..last]))
}

pub(super) fn replace<'a>(context: &Context<'_, 'a>, arguments: &[Value<'a>]) -> Outcome<'a> {
    let [of, old, new, ..] = arguments else {
        return Err(no_overload(arguments));
    };
    let (of, old, new) = (text(of)?, text(old)?, text(new)?);
    let count = match optional_int(arguments, 3)? {
        None => usize::MAX,
        Some(count) => usize::try_from(count).unwrap_or(usize::MAX),
    };
    let found = match old.is_empty() {
        true => of.chars().count() + 1,
        false => of.matches(old).count(),
    };
    // Before it is made: a result can be much longer than its parts.
    let size = of.len() + found.min(count) * new.len();
    (context.spend)(size as u64 / 5)?;
    Ok(Value::text(of.replacen(old, new, count)))
}

pub(super) fn split<'a>(context: &Context<'_, 'a>, arguments: &[Value<'a>]) -> Outcome<'a> {
    let (of, separator) = two(arguments)?;
    let count = match optional_int(arguments, 2)? {
        None => usize::MAX,
        Some(count) => usize::try_from(count).unwrap_or(usize::MAX),
    };
    (context.spend)(of.len() as u64 / 5)?;
    let parts: Vec<&str> = match separator {
        _ if count == 0 => Vec::new(),
        "" => {
            let ends = of.char_indices().map(|(start, _)| start).skip(1);
            let mut parts = Vec::new();
            let mut start = 0;
            for end in ends.take(count - 1) {
                parts.push(&of[start..end]);
                start = end;
            }
            parts.extend((!of.is_empty()).then(|| &of[start..]));
            parts
        }
        _ => of.splitn(count, separator).collect(),
    };
    Ok(Value::list(parts.into_iter().map(Value::text).collect()))
}

pub(super) fn join<'a>(context: &Context<'_, 'a>, arguments: &[Value<'a>]) -> Outcome<'a> {
    let [list, rest @ ..] = arguments else {
        return Err(no_overload(arguments));
    };
    let Kind::List(list) = &list.kind else {
        return Err(no_overload(arguments));
    };
    let separator = rest.first().map(text).transpose()?.unwrap_or_default();
    let mut out = String::new();
    for (index, item) in list.iter().enumerate() {
        let item = text(&item).map(str::to_owned)?;
        (context.spend)((item.len() + separator.len()) as u64 / 5)?;
        if index > 0 {
            out.push_str(separator);
        }
        out.push_str(&item);
    }
    Ok(Value::text(out))
}

pub(super) fn quote<'a>(_: &Context<'_, 'a>, arguments: &[Value<'a>]) -> Outcome<'a> {
    let mut out = String::from("\"");
    for character in one(arguments)?.chars() {
        match character {
            '\x07' => out.push_str("\\a"),
            '\x08' => out.push_str("\\b"),
            '\x0c' => out.push_str("\\f"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            '\x0b' => out.push_str("\\v"),
            '\\' | '"' => out.extend(['\\', character]),
            _ => out.push(character),
        }
    }
    out.push('"');
    Ok(Value::text(out))
}
