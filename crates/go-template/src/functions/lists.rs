//! Lists, and strings as lists.

use std::collections::BTreeMap;

use super::maps::is_same;
use super::{Answer, Arguments, logic, numbers};
use crate::budget::Budget;
use crate::data::{Data, Element, List, Map};
use crate::print;

/// A list of anything, when the budget has room for it.
fn list_answer(items: Vec<Data>, budget: &Budget) -> Answer {
    typed_list(Element::Any, items, budget)
}

fn typed_list(element: Element, items: Vec<Data>, budget: &Budget) -> Answer {
    budget.room(items.len())?;
    budget.spend(items.len())?;
    Ok(Data::List(List::new(element, items)))
}

fn expect_list(value: &Data) -> Result<&List, String> {
    match value {
        Data::List(list) => Ok(list),
        Data::Missing | Data::Nil => Err("expected a list; got nil".to_owned()),
        other => Err(format!("expected a list; got {}", other.type_name())),
    }
}

/// `index value key ..`: follows the keys into lists and maps.
pub(super) fn index(arguments: &Arguments, _: &Budget) -> Answer {
    let mut value = arguments.any(0).clone();
    if matches!(value, Data::Missing | Data::Nil) {
        return Err("index of nothing (a value is missing)".to_owned());
    }
    for key in arguments.after(1) {
        value = match &value {
            Data::Missing | Data::Nil => return Err("index of nil".to_owned()),
            Data::Map(map) => match key {
                Data::Text(key) => map.get(key).unwrap_or_else(|| map.zero()),
                Data::Missing | Data::Nil => {
                    return Err("value is nil; should be of type string".to_owned());
                }
                other => {
                    return Err(format!(
                        "value has type {}; should be string",
                        other.type_name()
                    ));
                }
            },
            Data::List(list) => list.items()[offset(key, list.items().len())?].clone(),
            Data::Text(text) => Data::Uint8(text.as_bytes()[offset(key, text.len())?]),
            other => {
                return Err(format!(
                    "cannot index a value of type {}",
                    other.type_name()
                ));
            }
        };
    }
    Ok(value)
}

fn offset(key: &Data, length: usize) -> Result<usize, String> {
    let number = match key {
        Data::Int(number) | Data::Int64(number) => i128::from(*number),
        Data::Uint8(number) => i128::from(*number),
        Data::Uint64(number) => i128::from(*number),
        Data::Missing | Data::Nil => return Err("cannot index a list with nil".to_owned()),
        other => {
            return Err(format!(
                "cannot index a list with type {}",
                other.type_name()
            ));
        }
    };
    let offset = usize::try_from(number)
        .ok()
        .filter(|offset| *offset < length);
    offset.ok_or_else(|| format!("index out of range: {number} (the length is {length})"))
}

pub(super) fn len(arguments: &Arguments, _: &Budget) -> Answer {
    let length = match arguments.any(0) {
        Data::Text(text) => text.len(),
        Data::List(list) => list.items().len(),
        Data::Map(map) => map.len(),
        Data::Missing | Data::Nil => {
            return Err("nothing has no length (a value is missing)".to_owned());
        }
        other => {
            return Err(format!(
                "a value of type {} has no length",
                other.type_name()
            ));
        }
    };
    Ok(Data::Int(length as i64))
}

pub(super) fn list(arguments: &Arguments, budget: &Budget) -> Answer {
    list_answer(arguments.all().to_vec(), budget)
}

pub(super) fn first(arguments: &Arguments, _: &Budget) -> Answer {
    Ok(expect_list(arguments.any(0))?
        .items()
        .first()
        .cloned()
        .unwrap_or(Data::Nil))
}

pub(super) fn last(arguments: &Arguments, _: &Budget) -> Answer {
    Ok(expect_list(arguments.any(0))?
        .items()
        .last()
        .cloned()
        .unwrap_or(Data::Nil))
}

pub(super) fn rest(arguments: &Arguments, budget: &Budget) -> Answer {
    match expect_list(arguments.any(0))?.items() {
        [] => Ok(Data::List(List::nil_if_empty(Element::Any, Vec::new()))),
        [_, rest @ ..] => list_answer(rest.to_vec(), budget),
    }
}

pub(super) fn initial(arguments: &Arguments, budget: &Budget) -> Answer {
    match expect_list(arguments.any(0))?.items() {
        [] => Ok(Data::List(List::nil_if_empty(Element::Any, Vec::new()))),
        [initial @ .., _] => list_answer(initial.to_vec(), budget),
    }
}

pub(super) fn append(arguments: &Arguments, budget: &Budget) -> Answer {
    let items = expect_list(arguments.any(0))?.items();
    budget.room(items.len() + 1)?;
    list_answer(
        items.iter().chain([arguments.any(1)]).cloned().collect(),
        budget,
    )
}

pub(super) fn prepend(arguments: &Arguments, budget: &Budget) -> Answer {
    let items = expect_list(arguments.any(0))?.items();
    budget.room(items.len() + 1)?;
    list_answer(
        [arguments.any(1)]
            .into_iter()
            .chain(items)
            .cloned()
            .collect(),
        budget,
    )
}

pub(super) fn concat(arguments: &Arguments, budget: &Budget) -> Answer {
    let mut items = Vec::new();
    for value in arguments.all() {
        let more = expect_list(value)?.items();
        budget.room(items.len() + more.len())?;
        budget.spend(more.len())?;
        items.extend_from_slice(more);
    }
    budget.room(items.len())?;
    budget.spend(items.len())?;
    Ok(Data::List(List::nil_if_empty(Element::Any, items)))
}

pub(super) fn reverse(arguments: &Arguments, budget: &Budget) -> Answer {
    list_answer(
        expect_list(arguments.any(0))?
            .items()
            .iter()
            .rev()
            .cloned()
            .collect(),
        budget,
    )
}

fn holds(items: &[Data], needle: &Data, budget: &Budget) -> Result<bool, String> {
    for item in items {
        if is_same(item, needle, budget)? {
            return Ok(true);
        }
    }
    Ok(false)
}

pub(super) fn uniq(arguments: &Arguments, budget: &Budget) -> Answer {
    let mut unique: Vec<Data> = Vec::new();
    for item in expect_list(arguments.any(0))?.items() {
        if !holds(&unique, item, budget)? {
            unique.push(item.clone());
        }
    }
    list_answer(unique, budget)
}

pub(super) fn without(arguments: &Arguments, budget: &Budget) -> Answer {
    let mut others = Vec::new();
    for item in expect_list(arguments.any(0))?.items() {
        if !holds(arguments.after(1), item, budget)? {
            others.push(item.clone());
        }
    }
    list_answer(others, budget)
}

/// `has needle list`; nothing is in a list that is nil.
pub(super) fn has(arguments: &Arguments, budget: &Budget) -> Answer {
    match arguments.any(1) {
        Data::Missing | Data::Nil => Ok(Data::Bool(false)),
        haystack => Ok(Data::Bool(holds(
            expect_list(haystack)?.items(),
            arguments.any(0),
            budget,
        )?)),
    }
}

pub(super) fn compact(arguments: &Arguments, budget: &Budget) -> Answer {
    let items = expect_list(arguments.any(0))?.items();
    list_answer(
        items
            .iter()
            .filter(|item| !logic::is_empty(item))
            .cloned()
            .collect(),
        budget,
    )
}

/// `slice list start end`, both of which may be left out.
pub(super) fn slice(arguments: &Arguments, budget: &Budget) -> Answer {
    let list = expect_list(arguments.any(0))?;
    let length = list.items().len();
    if length == 0 {
        return Ok(Data::Nil);
    }
    let bound = |index: usize, default: usize| match arguments.all().get(index) {
        Some(value) => {
            let number = numbers::whole(value);
            usize::try_from(number).map_err(|_| format!("cannot slice at {number}"))
        }
        None => Ok(default),
    };
    let (start, end) = (bound(1, 0)?, bound(2, length)?);
    let part = list.items().get(start..end);
    let part =
        part.ok_or_else(|| format!("cannot slice from {start} to {end}: the length is {length}"))?;
    typed_list(list.element(), part.to_vec(), budget)
}

pub(super) fn chunk(arguments: &Arguments, budget: &Budget) -> Answer {
    let items = expect_list(arguments.any(1))?.items();
    budget.spend(items.len())?;
    let parts = match usize::try_from(arguments.int(0)) {
        Ok(size) if size > 0 => {
            let parts = items.chunks(size);
            parts.map(|part| Data::list(part.to_vec())).collect()
        }
        // Go divides by a negative size too.
        Err(_) if items.len() > 1 && items.len() as u64 - 1 <= arguments.int(0).unsigned_abs() => {
            Vec::new()
        }
        Err(_) if items.len() == 1 && arguments.int(0) < -1 => vec![Data::list(items.to_vec())],
        _ => return Err("the size must be at least 1".to_owned()),
    };
    typed_list(Element::Lists, parts, budget)
}

/// The items as strings; nil ones are left out, and what is no list counts as its only item.
fn strings(value: &Data, budget: &Budget) -> Result<Vec<String>, String> {
    match value {
        Data::Missing | Data::Nil => Ok(Vec::new()),
        Data::List(list) => {
            budget.spend(list.items().len())?;
            let items = list
                .items()
                .iter()
                .filter(|item| !matches!(item, Data::Nil | Data::Missing));
            items.map(|item| print::plain(item, budget)).collect()
        }
        other => Ok(vec![print::plain(other, budget)?]),
    }
}

pub(super) fn to_strings(arguments: &Arguments, budget: &Budget) -> Answer {
    Ok(Data::texts(strings(arguments.any(0), budget)?))
}

pub(super) fn sort_alpha(arguments: &Arguments, budget: &Budget) -> Answer {
    let mut items = match arguments.any(0) {
        Data::List(_) => strings(arguments.any(0), budget)?,
        // Also nil, which is no list either, has a text.
        other => vec![print::plain(other, budget)?],
    };
    items.sort();
    Ok(Data::texts(items))
}

pub(super) fn join(arguments: &Arguments, budget: &Budget) -> Answer {
    let items = strings(arguments.any(1), budget)?;
    let separator = arguments.text(0);
    let length: usize = items.iter().map(|item| item.len() + separator.len()).sum();
    budget.room(length)?;
    Ok(Data::text(items.join(separator)))
}

/// The parts between separators; an empty separator splits into characters. With `max_count`, the
/// last part is the rest.
fn parts<'t>(
    text: &'t str,
    separator: &str,
    max_count: Option<usize>,
    budget: &Budget,
) -> Result<Vec<&'t str>, String> {
    // This many parts are possible, and each becomes a string.
    budget.spend(text.len() / separator.len().max(1))?;
    let max_count = max_count.unwrap_or(usize::MAX);
    let parts: Vec<&str> = match (separator.is_empty(), max_count) {
        (_, 0) => Vec::new(),
        (true, _) => characters(text, max_count),
        (false, _) => text.splitn(max_count, separator).collect(),
    };
    budget.spend(parts.len())?;
    Ok(parts)
}

fn characters(text: &str, max_count: usize) -> Vec<&str> {
    let mut parts = Vec::new();
    let mut rest = text;
    while let Some(character) = rest.chars().next() {
        if parts.len() + 1 == max_count {
            break;
        }
        let (part, after) = rest.split_at(character.len_utf8());
        parts.push(part);
        rest = after;
    }
    if !rest.is_empty() {
        parts.push(rest);
    }
    parts
}

pub(super) fn split_list(arguments: &Arguments, budget: &Budget) -> Answer {
    Ok(Data::texts(parts(
        arguments.text(1),
        arguments.text(0),
        None,
        budget,
    )?))
}

/// A map of parts with the keys `_0`, `_1` and so on.
fn numbered_map(parts: Vec<&str>) -> Data {
    let entries = parts
        .into_iter()
        .enumerate()
        .map(|(index, part)| (format!("_{index}").into(), Data::text(part)));
    Data::Map(Map::typed(
        Element::Text,
        entries.collect::<BTreeMap<_, _>>(),
    ))
}

pub(super) fn split(arguments: &Arguments, budget: &Budget) -> Answer {
    Ok(numbered_map(parts(
        arguments.text(1),
        arguments.text(0),
        None,
        budget,
    )?))
}

pub(super) fn splitn(arguments: &Arguments, budget: &Budget) -> Answer {
    // Go takes a negative count for "all of them".
    let max_count = usize::try_from(arguments.int(1)).ok();
    Ok(numbered_map(parts(
        arguments.text(2),
        arguments.text(0),
        max_count,
        budget,
    )?))
}
