//! The Go types of values.

use super::{Answer, Arguments};
use crate::budget::Budget;
use crate::data::Data;

pub(super) fn type_of(arguments: &Arguments, _: &Budget) -> Answer {
    Ok(Data::text(arguments.any(0).type_name()))
}

pub(super) fn type_is(arguments: &Arguments, _: &Budget) -> Answer {
    Ok(Data::Bool(
        arguments.any(1).type_name() == arguments.text(0),
    ))
}

/// Like `typeIs`, and also true for a pointer to the type.
pub(super) fn type_is_like(arguments: &Arguments, _: &Budget) -> Answer {
    let name = arguments.any(1).type_name();
    Ok(Data::Bool(
        name == arguments.text(0) || name.strip_prefix('*') == Some(arguments.text(0)),
    ))
}

pub(super) fn kind_of(arguments: &Arguments, _: &Budget) -> Answer {
    Ok(Data::text(arguments.any(0).kind_name()))
}

pub(super) fn kind_is(arguments: &Arguments, _: &Budget) -> Answer {
    Ok(Data::Bool(
        arguments.any(1).kind_name() == arguments.text(0),
    ))
}
