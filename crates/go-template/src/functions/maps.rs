//! Dictionaries, and comparing and copying whole values.

use std::collections::BTreeMap;
use std::rc::Rc;

use super::{Answer, Arguments, logic};
use crate::budget::Budget;
use crate::data::{Data, List, MAX_DEPTH, Map};
use crate::print;

/// A map takes far more room than a list, however little it holds.
const MAP_COST: usize = 8;

const TOO_DEEP: &str = "the value is nested too deep";

pub(super) fn dict(arguments: &Arguments, budget: &Budget) -> Answer {
    let mut entries: BTreeMap<Rc<str>, Data> = BTreeMap::new();
    for pair in arguments.all().chunks(2) {
        let value = pair.get(1).cloned().unwrap_or_else(|| Data::text(""));
        entries.insert(print::plain(&pair[0], budget)?.into(), value);
    }
    budget.spend(entries.len())?;
    Ok(Data::Map(Map::from_entries(entries)))
}

pub(super) fn get(arguments: &Arguments, _: &Budget) -> Answer {
    Ok(arguments
        .map(0)
        .get(arguments.text(1))
        .unwrap_or_else(|| Data::text("")))
}

pub(super) fn set(arguments: &Arguments, budget: &Budget) -> Answer {
    let Data::Map(map) = arguments.any(0) else {
        return Err("there is no map to set a key in (a value is missing)".to_owned());
    };
    budget.room(arguments.text(1).len())?;
    map.set(arguments.text(1).into(), arguments.any(2).clone());
    Ok(arguments.any(0).clone())
}

pub(super) fn unset(arguments: &Arguments, _: &Budget) -> Answer {
    let map = arguments.map(0);
    map.remove(arguments.text(1));
    Ok(Data::Map(map))
}

pub(super) fn has_key(arguments: &Arguments, _: &Budget) -> Answer {
    Ok(Data::Bool(
        arguments.map(0).get(arguments.text(1)).is_some(),
    ))
}

fn maps(values: &[Data]) -> impl Iterator<Item = &Map> {
    values.iter().filter_map(|value| {
        if let Data::Map(map) = value {
            Some(map)
        } else {
            None
        }
    })
}

pub(super) fn pluck(arguments: &Arguments, budget: &Budget) -> Answer {
    budget.spend(arguments.all().len())?;
    Ok(Data::list(
        maps(arguments.after(1))
            .filter_map(|map| map.get(arguments.text(0)))
            .collect(),
    ))
}

/// Go gives the keys in any order; ours are sorted, map by map.
pub(super) fn keys(arguments: &Arguments, budget: &Budget) -> Answer {
    budget.spend(maps(arguments.all()).map(Map::len).sum())?;
    Ok(Data::texts(
        maps(arguments.all())
            .flat_map(Map::entries)
            .map(|(key, _)| key),
    ))
}

pub(super) fn values(arguments: &Arguments, budget: &Budget) -> Answer {
    let map = arguments.map(0);
    budget.spend(map.len())?;
    Ok(Data::list(
        map.entries().into_iter().map(|(_, value)| value).collect(),
    ))
}

pub(super) fn pick(arguments: &Arguments, budget: &Budget) -> Answer {
    filter_keys(arguments, budget, true)
}

pub(super) fn omit(arguments: &Arguments, budget: &Budget) -> Answer {
    filter_keys(arguments, budget, false)
}

fn filter_keys(arguments: &Arguments, budget: &Budget, keeps: bool) -> Answer {
    let map = arguments.map(0);
    let names = arguments.after(1);
    budget.spend(map.len().saturating_mul(names.len().max(1)))?;
    let entries = map.entries().into_iter();
    let is_named = |key: &str| names.iter().any(|name| name.as_text() == Some(key));
    Ok(Data::map(entries.filter(|(key, _)| is_named(key) == keeps)))
}

/// `merge target source ..`: fills in what the target lacks or holds empty, and changes the target
/// itself.
pub(super) fn merge(arguments: &Arguments, budget: &Budget) -> Answer {
    merge_all(arguments, budget, false)
}

/// `mergeOverwrite target source ..`: the last one wins.
pub(super) fn merge_overwrite(arguments: &Arguments, budget: &Budget) -> Answer {
    merge_all(arguments, budget, true)
}

fn merge_all(arguments: &Arguments, budget: &Budget, overwrites: bool) -> Answer {
    let target = arguments.map(0);
    for source in maps(arguments.after(1)) {
        merge_into(&target, source, overwrites, budget, MAX_DEPTH)?;
    }
    Ok(Data::Map(target))
}

fn merge_into(
    target: &Map,
    source: &Map,
    overwrites: bool,
    budget: &Budget,
    depth: usize,
) -> Result<(), String> {
    let deeper = depth.checked_sub(1).ok_or(TOO_DEEP)?;
    if target.is_same(source) {
        return Ok(());
    }
    budget.spend(source.len() + 1)?;
    for (key, item) in source.entries() {
        let old = target.get(&key);
        match (old, &item) {
            (Some(Data::Map(inner)), Data::Map(more)) if inner.len() > 0 => {
                merge_into(&inner, more, overwrites, budget, deeper)?;
            }
            (_, Data::Nil) if !overwrites => {}
            (Some(old), _) if !overwrites && !logic::is_empty(&old) => {}
            _ => target.set(key, item),
        }
    }
    Ok(())
}

/// `dig key .. default map`: the value under the keys, or the default when one of them is not
/// there.
pub(super) fn dig(arguments: &Arguments, _: &Budget) -> Answer {
    let [keys @ .., default, map] = arguments.all() else {
        return Err("needs at least a key, a default and a map".to_owned());
    };
    if keys.is_empty() {
        return Err("needs at least a key, a default and a map".to_owned());
    }
    if let Some(key) = keys.iter().find(|key| key.as_text().is_none()) {
        return Err(format!("a key must be a string; got {}", key.type_name()));
    }
    let mut value = map.clone();
    for key in keys.iter().filter_map(Data::as_text) {
        let Data::Map(map) = &value else {
            return Err(format!(
                "cannot look up `{key}`: expected map[string]interface {{}}; got {}",
                value.type_name()
            ));
        };
        if !map.holds_anything() {
            return Err(format!("cannot look up `{key}` in a {}", value.type_name()));
        }
        match map.get(key) {
            Some(entry) => value = entry,
            None => return Ok(default.clone()),
        }
    }
    Ok(value)
}

pub(super) fn deep_copy(arguments: &Arguments, budget: &Budget) -> Answer {
    if matches!(arguments.any(0), Data::Nil | Data::Missing) {
        return Err("there is no value to copy".to_owned());
    }
    copy(arguments.any(0), budget, MAX_DEPTH)
}

fn copy(value: &Data, budget: &Budget, depth: usize) -> Answer {
    let deeper = depth.checked_sub(1).ok_or(TOO_DEEP)?;
    budget.spend(1)?;
    Ok(match value {
        Data::List(list) => {
            let items = list.items().iter().map(|item| copy(item, budget, deeper));
            match list.is_nil() {
                true => value.clone(),
                false => Data::List(List::new(list.element(), items.collect::<Result<_, _>>()?)),
            }
        }
        Data::Map(map) if map.holds_anything() => {
            budget.spend(MAP_COST)?;
            let entries = map
                .entries()
                .into_iter()
                .map(|(key, item)| Ok((key, copy(&item, budget, deeper)?)));
            Data::Map(Map::from_entries(entries.collect::<Result<_, String>>()?))
        }
        other => other.clone(),
    })
}

pub(super) fn deep_equal(arguments: &Arguments, budget: &Budget) -> Answer {
    is_same(arguments.any(0), arguments.any(1), budget).map(Data::Bool)
}

/// Texts of the same length are read until they differ.
fn is_same_text(one: &str, other: &str, budget: &Budget) -> Result<bool, String> {
    if one.len() != other.len() {
        return Ok(false);
    }
    budget.read(one.len())?;
    Ok(one == other)
}

/// Whether two values have the same types and the same content all the way down.
pub(super) fn is_same(left: &Data, right: &Data, budget: &Budget) -> Result<bool, String> {
    is_same_within(left, right, budget, MAX_DEPTH)
}

fn is_same_within(
    left: &Data,
    right: &Data,
    budget: &Budget,
    depth: usize,
) -> Result<bool, String> {
    let deeper = depth.checked_sub(1).ok_or(TOO_DEEP)?;
    budget.spend(1)?;
    Ok(match (left, right) {
        (Data::Missing | Data::Nil, Data::Missing | Data::Nil) => true,
        (Data::Bool(one), Data::Bool(other)) => one == other,
        (Data::Int(one), Data::Int(other)) | (Data::Int64(one), Data::Int64(other)) => one == other,
        (Data::Uint8(one), Data::Uint8(other)) => one == other,
        (Data::Uint64(one), Data::Uint64(other)) => one == other,
        (Data::Float(one), Data::Float(other)) => one == other,
        (Data::Text(one), Data::Text(other)) => is_same_text(one, other, budget)?,
        (Data::List(one), Data::List(other)) => {
            if one.element() != other.element()
                || one.items().len() != other.items().len()
                || one.is_nil() != other.is_nil()
            {
                return Ok(false);
            }
            for (one, other) in one.items().iter().zip(other.items()) {
                if !is_same_within(one, other, budget, deeper)? {
                    return Ok(false);
                }
            }
            true
        }
        (Data::Map(one), Data::Map(other)) => {
            if one.is_same(other) {
                return Ok(true);
            }
            if left.type_name() != right.type_name() || one.len() != other.len() {
                return Ok(false);
            }
            // Both are copied, also when they differ at once.
            budget.spend(one.len())?;
            for ((key, one), (other_key, other)) in one.entries().into_iter().zip(other.entries()) {
                if !is_same_text(&key, &other_key, budget)?
                    || !is_same_within(&one, &other, budget, deeper)?
                {
                    return Ok(false);
                }
            }
            true
        }
        (
            Data::Version {
                version,
                is_pointer,
            },
            Data::Version {
                version: other,
                is_pointer: other_pointer,
            },
        ) => is_pointer == other_pointer && version == other,
        (Data::Struct(one), Data::Struct(other)) => {
            if one.name != other.name || one.fields.len() != other.fields.len() {
                return Ok(false);
            }
            for ((_, one), (_, other)) in one.fields.iter().zip(&other.fields) {
                if !is_same_within(one, other, budget, deeper)? {
                    return Ok(false);
                }
            }
            true
        }
        _ => false,
    })
}
