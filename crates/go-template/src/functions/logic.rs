//! Comparisons, defaults and choices.

use std::cmp::Ordering;

use super::{Answer, Arguments};
use crate::budget::Budget;
use crate::data::Data;

pub(super) fn not(arguments: &Arguments, _: &Budget) -> Answer {
    Ok(Data::Bool(!arguments.any(0).truth()))
}

pub(super) fn call(arguments: &Arguments, _: &Budget) -> Answer {
    Err(format!(
        "a value of type {} is not a function",
        arguments.any(0).type_name()
    ))
}

/// The kinds that can be compared with one another.
#[derive(PartialEq)]
enum Basic<'a> {
    Bool(bool),
    Whole(i128),
    Float(f64),
    Text(&'a str),
    Other,
}

fn basic(value: &Data) -> Basic<'_> {
    match value {
        Data::Bool(flag) => Basic::Bool(*flag),
        Data::Int(number) | Data::Int64(number) => Basic::Whole(i128::from(*number)),
        Data::Uint8(number) => Basic::Whole(i128::from(*number)),
        Data::Uint64(number) => Basic::Whole(i128::from(*number)),
        Data::Float(number) => Basic::Float(*number),
        Data::Text(text) => Basic::Text(text),
        _ => Basic::Other,
    }
}

fn is_nothing(value: &Data) -> bool {
    match value {
        Data::List(list) => list.is_nil(),
        value => matches!(value, Data::Missing | Data::Nil),
    }
}

fn incompatible(left: &Data, right: &Data) -> String {
    format!(
        "incompatible types for comparison: {} and {}",
        left.type_name(),
        right.type_name()
    )
}

fn equal(left: &Data, right: &Data) -> Result<bool, String> {
    match (basic(left), basic(right)) {
        (Basic::Other, Basic::Other) if is_nothing(left) || is_nothing(right) => {
            Ok(is_nothing(left) && is_nothing(right))
        }
        (Basic::Other, Basic::Other) => match (left, right) {
            (Data::Struct(one), Data::Struct(other)) if std::rc::Rc::ptr_eq(one, other) => Ok(true),
            // Two pointers are equal where they point to one version.
            (
                Data::Version {
                    version,
                    is_pointer: true,
                },
                Data::Version {
                    version: other,
                    is_pointer: true,
                },
            ) => Ok(std::rc::Rc::ptr_eq(version, other)),
            (Data::Version { version, .. }, Data::Version { version: other, .. })
                if left.type_name() == right.type_name() =>
            {
                Ok(version == other)
            }
            _ => Err(format!(
                "values of type {} cannot be compared",
                left.type_name()
            )),
        },
        (one, other) if std::mem::discriminant(&one) == std::mem::discriminant(&other) => {
            Ok(one == other)
        }
        // Nothing is equal to nothing else, whatever its type.
        _ if matches!(left, Data::Missing | Data::Nil) => Ok(false),
        _ if matches!(right, Data::Missing | Data::Nil) => Ok(false),
        _ => Err(incompatible(left, right)),
    }
}

/// `eq a b c ..`: whether `a` is equal to any of the others.
pub(super) fn eq(arguments: &Arguments, _: &Budget) -> Answer {
    if arguments.after(1).is_empty() {
        return Err("missing argument for comparison".to_owned());
    }
    for other in arguments.after(1) {
        if equal(arguments.any(0), other)? {
            return Ok(Data::Bool(true));
        }
    }
    Ok(Data::Bool(false))
}

pub(super) fn ne(arguments: &Arguments, _: &Budget) -> Answer {
    Ok(Data::Bool(!equal(arguments.any(0), arguments.any(1))?))
}

fn order(arguments: &Arguments) -> Result<Option<Ordering>, String> {
    let (left, right) = (arguments.any(0), arguments.any(1));
    match (basic(left), basic(right)) {
        (Basic::Whole(one), Basic::Whole(other)) => Ok(Some(one.cmp(&other))),
        // Not a number is neither smaller nor larger nor equal.
        (Basic::Float(one), Basic::Float(other)) => Ok(one.partial_cmp(&other)),
        (Basic::Text(one), Basic::Text(other)) => Ok(Some(one.cmp(other))),
        (Basic::Other | Basic::Bool(_), _) => Err(format!(
            "values of type {} cannot be ordered",
            left.type_name()
        )),
        (_, Basic::Other | Basic::Bool(_)) => Err(format!(
            "values of type {} cannot be ordered",
            right.type_name()
        )),
        _ => Err(incompatible(left, right)),
    }
}

pub(super) fn lt(arguments: &Arguments, _: &Budget) -> Answer {
    Ok(Data::Bool(order(arguments)? == Some(Ordering::Less)))
}

pub(super) fn le(arguments: &Arguments, _: &Budget) -> Answer {
    Ok(Data::Bool(matches!(
        order(arguments)?,
        Some(Ordering::Less | Ordering::Equal)
    )))
}

/// Go defines "greater" as "not less or equal", which is true for what is not a number.
pub(super) fn gt(arguments: &Arguments, _: &Budget) -> Answer {
    Ok(Data::Bool(!matches!(
        order(arguments)?,
        Some(Ordering::Less | Ordering::Equal)
    )))
}

pub(super) fn ge(arguments: &Arguments, _: &Budget) -> Answer {
    Ok(Data::Bool(order(arguments)? != Some(Ordering::Less)))
}

/// What sprig calls empty: nothing, zero, false, or no items.
pub(super) fn is_empty(value: &Data) -> bool {
    !value.truth()
}

pub(super) fn default(arguments: &Arguments, _: &Budget) -> Answer {
    Ok(arguments
        .any(usize::from(!is_empty(arguments.any(1))))
        .clone())
}

pub(super) fn empty(arguments: &Arguments, _: &Budget) -> Answer {
    Ok(Data::Bool(is_empty(arguments.any(0))))
}

pub(super) fn coalesce(arguments: &Arguments, _: &Budget) -> Answer {
    Ok(arguments
        .all()
        .iter()
        .find(|value| !is_empty(value))
        .cloned()
        .unwrap_or(Data::Nil))
}

pub(super) fn all(arguments: &Arguments, _: &Budget) -> Answer {
    Ok(Data::Bool(!arguments.all().iter().any(is_empty)))
}

pub(super) fn any(arguments: &Arguments, _: &Budget) -> Answer {
    Ok(Data::Bool(
        arguments.all().iter().any(|value| !is_empty(value)),
    ))
}

pub(super) fn ternary(arguments: &Arguments, _: &Budget) -> Answer {
    Ok(arguments
        .any(usize::from(!arguments.any(2).truth()))
        .clone())
}
