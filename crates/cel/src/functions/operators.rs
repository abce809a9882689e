//! Arithmetic with checks of overflow, comparison, membership.

use std::cmp::Ordering;

use jiff::SignedDuration;

use super::{Context, MAX_WEIGHT, Time, fail, flag, no_overload};
use crate::Failure;
use crate::eval::Outcome;
use crate::value::{Kind, Value};

pub(super) fn nothing<'a>(_: &Context<'_, 'a>, arguments: &[Value<'a>]) -> Outcome<'a> {
    Err(no_overload(arguments))
}

pub(super) fn not<'a>(_: &Context<'_, 'a>, arguments: &[Value<'a>]) -> Outcome<'a> {
    match arguments {
        [
            Value {
                kind: Kind::Bool(value),
                ..
            },
        ] => flag(!value),
        _ => Err(no_overload(arguments)),
    }
}

pub(super) fn negate<'a>(_: &Context<'_, 'a>, arguments: &[Value<'a>]) -> Outcome<'a> {
    match arguments.first().map(|value| &value.kind) {
        Some(Kind::Int(number)) => whole(number.checked_neg()),
        Some(Kind::Double(number)) => Ok(Kind::Double(-number).into()),
        _ => Err(no_overload(arguments)),
    }
}

fn overflow<'a>() -> Failure<'a> {
    fail("the result does not fit into 64 bits")
}

fn whole<'a>(result: Option<i64>) -> Outcome<'a> {
    result
        .map(|number| Kind::Int(number).into())
        .ok_or_else(overflow)
}

fn unsigned<'a>(result: Option<u64>) -> Outcome<'a> {
    result
        .map(|number| Kind::Uint(number).into())
        .ok_or_else(overflow)
}

fn duration<'a>(result: Option<i64>) -> Outcome<'a> {
    result
        .map(|nanos| Kind::Duration(nanos).into())
        .ok_or_else(overflow)
}

fn pair<'v, 'a>(arguments: &'v [Value<'a>]) -> Result<(&'v Kind<'a>, &'v Kind<'a>), Failure<'a>> {
    match arguments {
        [one, other] => Ok((&one.kind, &other.kind)),
        _ => Err(no_overload(arguments)),
    }
}

/// A point in time, moved. Years are 1 to 9999.
fn moved<'a>(time: Time, nanos: Option<i64>) -> Outcome<'a> {
    nanos
        .and_then(|nanos| time.plus(SignedDuration::from_nanos(nanos)))
        .map(|time| Kind::Timestamp(time).into())
        .ok_or_else(|| fail("the time is not between the years 1 and 9999"))
}

pub(super) fn add<'a>(context: &Context<'_, 'a>, arguments: &[Value<'a>]) -> Outcome<'a> {
    match pair(arguments)? {
        (Kind::Int(one), Kind::Int(other)) => whole(one.checked_add(*other)),
        (Kind::Uint(one), Kind::Uint(other)) => unsigned(one.checked_add(*other)),
        (Kind::Double(one), Kind::Double(other)) => Ok(Kind::Double(one + other).into()),
        (Kind::Text(one), Kind::Text(other)) => Ok(Value::text(format!("{}{}", &**one, &**other))),
        (Kind::Bytes(one), Kind::Bytes(other)) => {
            Ok(Kind::Bytes([&**one, &**other].concat().into()).into())
        }
        (Kind::List(one), Kind::List(other)) => {
            (context.spend)((one.len() + other.len()) as u64)?;
            let items = arguments
                .iter()
                .flat_map(|list| list.items().unwrap_or_default());
            Ok(Value::list(items.collect()))
        }
        (Kind::Timestamp(time), Kind::Duration(nanos))
        | (Kind::Duration(nanos), Kind::Timestamp(time)) => moved(*time, Some(*nanos)),
        (Kind::Duration(one), Kind::Duration(other)) => duration(one.checked_add(*other)),
        _ => Err(no_overload(arguments)),
    }
}

pub(super) fn subtract<'a>(_: &Context<'_, 'a>, arguments: &[Value<'a>]) -> Outcome<'a> {
    match pair(arguments)? {
        (Kind::Int(one), Kind::Int(other)) => whole(one.checked_sub(*other)),
        (Kind::Uint(one), Kind::Uint(other)) => unsigned(one.checked_sub(*other)),
        (Kind::Double(one), Kind::Double(other)) => Ok(Kind::Double(one - other).into()),
        (Kind::Timestamp(one), Kind::Timestamp(other)) => duration(one.since(*other)),
        (Kind::Timestamp(time), Kind::Duration(nanos)) => moved(*time, nanos.checked_neg()),
        (Kind::Duration(one), Kind::Duration(other)) => duration(one.checked_sub(*other)),
        _ => Err(no_overload(arguments)),
    }
}

pub(super) fn multiply<'a>(_: &Context<'_, 'a>, arguments: &[Value<'a>]) -> Outcome<'a> {
    match pair(arguments)? {
        (Kind::Int(one), Kind::Int(other)) => whole(one.checked_mul(*other)),
        (Kind::Uint(one), Kind::Uint(other)) => unsigned(one.checked_mul(*other)),
        (Kind::Double(one), Kind::Double(other)) => Ok(Kind::Double(one * other).into()),
        _ => Err(no_overload(arguments)),
    }
}

pub(super) fn divide<'a>(_: &Context<'_, 'a>, arguments: &[Value<'a>]) -> Outcome<'a> {
    match pair(arguments)? {
        (Kind::Int(_), Kind::Int(0)) | (Kind::Uint(_), Kind::Uint(0)) => {
            Err(fail("division by zero"))
        }
        (Kind::Int(one), Kind::Int(other)) => whole(one.checked_div(*other)),
        (Kind::Uint(one), Kind::Uint(other)) => unsigned(one.checked_div(*other)),
        (Kind::Double(one), Kind::Double(other)) => Ok(Kind::Double(one / other).into()),
        _ => Err(no_overload(arguments)),
    }
}

pub(super) fn modulo<'a>(_: &Context<'_, 'a>, arguments: &[Value<'a>]) -> Outcome<'a> {
    match pair(arguments)? {
        (Kind::Int(_), Kind::Int(0)) | (Kind::Uint(_), Kind::Uint(0)) => {
            Err(fail("division by zero"))
        }
        (Kind::Int(one), Kind::Int(other)) => whole(one.checked_rem(*other)),
        (Kind::Uint(one), Kind::Uint(other)) => unsigned(one.checked_rem(*other)),
        _ => Err(no_overload(arguments)),
    }
}

/// The order of two values that `<` compares.
fn order<'a>(arguments: &[Value<'a>]) -> Result<Ordering, Failure<'a>> {
    match arguments {
        [one, other] => one.compare(other).ok_or_else(|| no_overload(arguments)),
        _ => Err(no_overload(arguments)),
    }
}

pub(super) fn less<'a>(_: &Context<'_, 'a>, arguments: &[Value<'a>]) -> Outcome<'a> {
    flag(order(arguments)?.is_lt())
}

pub(super) fn less_equal<'a>(_: &Context<'_, 'a>, arguments: &[Value<'a>]) -> Outcome<'a> {
    flag(order(arguments)?.is_le())
}

pub(super) fn greater<'a>(_: &Context<'_, 'a>, arguments: &[Value<'a>]) -> Outcome<'a> {
    flag(order(arguments)?.is_gt())
}

pub(super) fn greater_equal<'a>(_: &Context<'_, 'a>, arguments: &[Value<'a>]) -> Outcome<'a> {
    flag(order(arguments)?.is_ge())
}

/// Whether two values are equal, at the cost of going through the first.
pub(super) fn are_equal<'a>(
    context: &Context<'_, 'a>,
    one: &Value<'a>,
    other: &Value<'a>,
) -> Result<bool, Failure<'a>> {
    (context.spend)(one.weight(MAX_WEIGHT))?;
    Ok(one.equals(other))
}

/// A value of a type of Kubernetes can only be compared with its like and with `null`.
pub(super) fn equal<'a>(context: &Context<'_, 'a>, arguments: &[Value<'a>]) -> Outcome<'a> {
    match arguments {
        [one, other]
            if one.is_of_kubernetes()
                && one.type_name() != other.type_name()
                && !matches!(other.kind, Kind::Null) =>
        {
            Err(no_overload(arguments))
        }
        [one, other] => flag(are_equal(context, one, other)?),
        _ => Err(no_overload(arguments)),
    }
}

pub(super) fn not_equal<'a>(context: &Context<'_, 'a>, arguments: &[Value<'a>]) -> Outcome<'a> {
    match arguments {
        [one, other] => flag(!are_equal(context, one, other)?),
        _ => Err(no_overload(arguments)),
    }
}

pub(super) fn is_in<'a>(context: &Context<'_, 'a>, arguments: &[Value<'a>]) -> Outcome<'a> {
    let [item, of] = arguments else {
        return Err(no_overload(arguments));
    };
    match &of.kind {
        Kind::List(list) => {
            for known in list.iter() {
                if are_equal(context, item, &known)? {
                    return flag(true);
                }
            }
            flag(false)
        }
        Kind::Map(map) => flag(map.get(item).is_some()),
        _ => Err(no_overload(arguments)),
    }
}
