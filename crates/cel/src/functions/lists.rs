//! Functions of lists, and of sets, which are lists without order.

use std::cmp::Ordering;

use super::operators::{add, are_equal};
use super::{Context, fail, flag, int, no_overload, number, strings};
use crate::Failure;
use crate::eval::Outcome;
use crate::value::{Kind, Value};

pub(super) fn items<'a>(arguments: &[Value<'a>]) -> Result<Vec<Value<'a>>, Failure<'a>> {
    let items = arguments.first().and_then(Value::items);
    items.ok_or_else(|| no_overload(arguments))
}

/// The items, at the cost of going through them.
pub(super) fn walked<'a>(
    context: &Context<'_, 'a>,
    arguments: &[Value<'a>],
) -> Result<Vec<Value<'a>>, Failure<'a>> {
    let items = items(arguments)?;
    (context.spend)(items.len() as u64)?;
    Ok(items)
}

pub(super) fn size<'a>(_: &Context<'_, 'a>, arguments: &[Value<'a>]) -> Outcome<'a> {
    let size = match arguments.first().map(|value| &value.kind) {
        Some(Kind::Text(text)) => text.chars().count(),
        Some(Kind::Bytes(bytes)) => bytes.len(),
        Some(Kind::List(list)) => list.len(),
        Some(Kind::Map(map)) => map.len(),
        _ => return Err(no_overload(arguments)),
    };
    number(size as i64)
}

fn position<'a>(
    context: &Context<'_, 'a>,
    items: Vec<Value<'a>>,
    item: &Value<'a>,
) -> Result<Option<usize>, Failure<'a>> {
    for (index, known) in items.iter().enumerate() {
        if are_equal(context, item, known)? {
            return Ok(Some(index));
        }
    }
    Ok(None)
}

pub(super) fn index_of<'a>(context: &Context<'_, 'a>, arguments: &[Value<'a>]) -> Outcome<'a> {
    match arguments {
        [of, item] if matches!(of.kind, Kind::List(_)) => {
            number(position(context, walked(context, arguments)?, item)?.map_or(-1, |at| at as i64))
        }
        _ => strings::index_of(arguments),
    }
}

pub(super) fn last_index_of<'a>(context: &Context<'_, 'a>, arguments: &[Value<'a>]) -> Outcome<'a> {
    match arguments {
        [of, item] if matches!(of.kind, Kind::List(_)) => {
            let mut items = walked(context, arguments)?;
            items.reverse();
            let last = items.len() as i64 - 1;
            number(position(context, items, item)?.map_or(-1, |at| last - at as i64))
        }
        _ => strings::last_index_of(arguments),
    }
}

fn compare<'a>(one: &Value<'a>, other: &Value<'a>) -> Result<Ordering, Failure<'a>> {
    let pair = || no_overload(&[one.clone(), other.clone()]);
    one.compare(other).ok_or_else(pair)
}

pub(super) fn is_sorted<'a>(context: &Context<'_, 'a>, arguments: &[Value<'a>]) -> Outcome<'a> {
    for pair in walked(context, arguments)?.windows(2) {
        if compare(&pair[0], &pair[1])?.is_gt() {
            return flag(false);
        }
    }
    flag(true)
}

pub(super) fn sum<'a>(context: &Context<'_, 'a>, arguments: &[Value<'a>]) -> Outcome<'a> {
    let mut items = walked(context, arguments)?.into_iter();
    let Some(first) = items.next() else {
        return number(0);
    };
    match first.kind {
        Kind::Int(_) | Kind::Uint(_) | Kind::Double(_) | Kind::Duration(_) => {
            items.try_fold(first.kind.into(), |sum, item| add(context, &[sum, item]))
        }
        _ => Err(no_overload(&[first])),
    }
}

fn extreme<'a>(
    context: &Context<'_, 'a>,
    arguments: &[Value<'a>],
    wanted: Ordering,
) -> Outcome<'a> {
    let mut items = walked(context, arguments)?.into_iter();
    let Some(mut found) = items.next() else {
        return Err(fail("the list is empty"));
    };
    for item in items {
        if compare(&item, &found)? == wanted {
            found = item;
        }
    }
    Ok(found)
}

pub(super) fn max<'a>(context: &Context<'_, 'a>, arguments: &[Value<'a>]) -> Outcome<'a> {
    extreme(context, arguments, Ordering::Greater)
}

pub(super) fn min<'a>(context: &Context<'_, 'a>, arguments: &[Value<'a>]) -> Outcome<'a> {
    extreme(context, arguments, Ordering::Less)
}

pub(super) fn slice<'a>(context: &Context<'_, 'a>, arguments: &[Value<'a>]) -> Outcome<'a> {
    let [_, start, end] = arguments else {
        return Err(no_overload(arguments));
    };
    let items = walked(context, arguments)?;
    let range = usize::try_from(int(start)?)
        .ok()
        .zip(usize::try_from(int(end)?).ok());
    let part = range.and_then(|(start, end)| items.get(start..end));
    let part = part.ok_or_else(|| fail(format!("the list has {} items", items.len())))?;
    Ok(Value::list(part.to_vec()))
}

pub(super) fn flatten<'a>(context: &Context<'_, 'a>, arguments: &[Value<'a>]) -> Outcome<'a> {
    let depth = arguments.get(1).map(int).transpose()?.unwrap_or(1);
    if depth < 0 {
        return Err(fail("the depth is negative"));
    }
    let mut level = walked(context, arguments)?;
    for _ in 0..depth {
        if !level.iter().any(|item| matches!(item.kind, Kind::List(_))) {
            break;
        }
        let mut next = Vec::new();
        for item in level {
            match item.items() {
                Some(inner) => next.extend(inner),
                None => next.push(item),
            }
        }
        (context.spend)(next.len() as u64)?;
        level = next;
    }
    Ok(Value::list(level))
}

/// The items in the order of their keys, which are of one type.
pub(crate) fn sort_by_keys<'a>(
    items: Vec<Value<'a>>,
    keys: &[Value<'a>],
) -> Result<Vec<Value<'a>>, String> {
    let first = keys.first().map(Value::type_name);
    let is_comparable = |key: &Value<'a>| key.compare(key).is_some();
    if !keys
        .iter()
        .all(|key| Some(key.type_name()) == first && is_comparable(key))
    {
        return Err("what is sorted by must be of one type that has an order".to_owned());
    }
    let mut pairs: Vec<_> = items.into_iter().zip(keys).collect();
    pairs.sort_by(|(_, one), (_, other)| one.compare(other).unwrap_or(Ordering::Equal));
    Ok(pairs.into_iter().map(|(item, _)| item).collect())
}

pub(super) fn sort<'a>(context: &Context<'_, 'a>, arguments: &[Value<'a>]) -> Outcome<'a> {
    let items = walked(context, arguments)?;
    (context.spend)(items.len() as u64 * 10)?;
    let keys = items.clone();
    Ok(Value::list(sort_by_keys(items, &keys).map_err(fail)?))
}

pub(super) fn range<'a>(context: &Context<'_, 'a>, arguments: &[Value<'a>]) -> Outcome<'a> {
    let [end] = arguments else {
        return Err(no_overload(arguments));
    };
    let end = int(end)?;
    let cost = u64::try_from(end).map_err(|_| fail("the end is negative"))?;
    (context.spend)(cost)?;
    let numbers = (0..end).map(|number| Kind::Int(number).into());
    Ok(Value::list(numbers.collect()))
}

pub(super) fn reverse<'a>(context: &Context<'_, 'a>, arguments: &[Value<'a>]) -> Outcome<'a> {
    let mut items = walked(context, arguments)?;
    items.reverse();
    Ok(Value::list(items))
}

pub(super) fn distinct<'a>(context: &Context<'_, 'a>, arguments: &[Value<'a>]) -> Outcome<'a> {
    let mut out: Vec<Value<'a>> = Vec::new();
    let items = items(arguments)?;
    (context.spend)((items.len() as u64).saturating_pow(2))?;
    for item in items {
        if !has(context, &out, &item)? {
            out.push(item);
        }
    }
    Ok(Value::list(out))
}

/// Two lists, and whether the first has each item of the second.
fn has_all<'a>(
    context: &Context<'_, 'a>,
    one: &[Value<'a>],
    other: &[Value<'a>],
) -> Result<bool, Failure<'a>> {
    for wanted in other {
        if !has(context, one, wanted)? {
            return Ok(false);
        }
    }
    Ok(true)
}

fn has<'a>(
    context: &Context<'_, 'a>,
    of: &[Value<'a>],
    wanted: &Value<'a>,
) -> Result<bool, Failure<'a>> {
    for known in of {
        if are_equal(context, known, wanted)? {
            return Ok(true);
        }
    }
    Ok(false)
}

type Pair<'a> = (Vec<Value<'a>>, Vec<Value<'a>>);

fn two<'a>(arguments: &[Value<'a>]) -> Result<Pair<'a>, Failure<'a>> {
    match arguments {
        [_, other] => Ok((items(arguments)?, items(std::slice::from_ref(other))?)),
        _ => Err(no_overload(arguments)),
    }
}

pub(super) fn set_contains<'a>(context: &Context<'_, 'a>, arguments: &[Value<'a>]) -> Outcome<'a> {
    let (one, other) = two(arguments)?;
    flag(has_all(context, &one, &other)?)
}

pub(super) fn set_equivalent<'a>(
    context: &Context<'_, 'a>,
    arguments: &[Value<'a>],
) -> Outcome<'a> {
    let (one, other) = two(arguments)?;
    flag(has_all(context, &one, &other)? && has_all(context, &other, &one)?)
}

pub(super) fn set_intersects<'a>(
    context: &Context<'_, 'a>,
    arguments: &[Value<'a>],
) -> Outcome<'a> {
    let (one, other) = two(arguments)?;
    for wanted in &other {
        if has(context, &one, wanted)? {
            return flag(true);
        }
    }
    flag(false)
}
