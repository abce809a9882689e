//! Values that may be absent.

use super::lists::{items, walked};
use super::{Context, fail, flag, no_overload};
use crate::eval::Outcome;
use crate::value::{Kind, Value};

pub(super) use super::operators::nothing;

pub(super) fn of<'a>(_: &Context<'_, 'a>, arguments: &[Value<'a>]) -> Outcome<'a> {
    Ok(Value::optional(arguments.first().cloned()))
}

pub(super) fn none<'a>(_: &Context<'_, 'a>, _: &[Value<'a>]) -> Outcome<'a> {
    Ok(Value::optional(None))
}

pub(super) fn of_non_zero<'a>(_: &Context<'_, 'a>, arguments: &[Value<'a>]) -> Outcome<'a> {
    let value = arguments.first().cloned();
    Ok(Value::optional(value.filter(|value| !is_zero(&value.kind))))
}

/// Whether a value is that which a field has when nobody sets it.
fn is_zero(kind: &Kind<'_>) -> bool {
    match kind {
        Kind::Null => true,
        Kind::Bool(flag) => !flag,
        Kind::Int(number) => *number == 0,
        Kind::Uint(number) => *number == 0,
        Kind::Double(number) => *number == 0.0,
        Kind::Text(text) => text.is_empty(),
        Kind::Bytes(bytes) => bytes.is_empty(),
        Kind::List(list) => list.len() == 0,
        Kind::Map(map) => map.len() == 0,
        Kind::Duration(nanos) => *nanos == 0,
        Kind::Optional(value) => value.is_none(),
        _ => false,
    }
}

pub(super) fn has_value<'a>(_: &Context<'_, 'a>, arguments: &[Value<'a>]) -> Outcome<'a> {
    match arguments.first().map(|value| &value.kind) {
        Some(Kind::Optional(value)) => flag(value.is_some()),
        _ => Err(no_overload(arguments)),
    }
}

pub(super) fn value<'a>(_: &Context<'_, 'a>, arguments: &[Value<'a>]) -> Outcome<'a> {
    match arguments.first().map(|value| &value.kind) {
        Some(Kind::Optional(Some(value))) => Ok((**value).clone()),
        Some(Kind::Optional(None)) => Err(fail("the optional has no value")),
        _ => Err(no_overload(arguments)),
    }
}

pub(super) fn unwrap<'a>(context: &Context<'_, 'a>, arguments: &[Value<'a>]) -> Outcome<'a> {
    let items = walked(context, arguments)?;
    let mut out = Vec::new();
    for item in &items {
        match &item.kind {
            Kind::Optional(value) => out.extend(value.as_deref().cloned()),
            _ => return Err(no_overload(std::slice::from_ref(item))),
        }
    }
    Ok(Value::list(out))
}

pub(super) fn first<'a>(_: &Context<'_, 'a>, arguments: &[Value<'a>]) -> Outcome<'a> {
    let items = items(arguments)?;
    Ok(Value::optional(items.first().cloned()))
}

pub(super) fn last<'a>(_: &Context<'_, 'a>, arguments: &[Value<'a>]) -> Outcome<'a> {
    let items = items(arguments)?;
    Ok(Value::optional(items.last().cloned()))
}
