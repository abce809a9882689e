//! What constants and field names give.

use crate::TemplateError;
use crate::data::{Data, Structure};
use crate::functions::Kind;
use crate::literal::Number;
use crate::tree::Span;
use diagnostics::suggestions::{closest_match, list_names};

/// What a constant is when nothing asks for a kind.
pub(super) fn ideal(number: &Number) -> Data {
    match (number.int, number.float) {
        (Some(int), _) if !number.prefers_float => Data::Int(int),
        (_, Some(float)) => Data::Float(float),
        _ => Data::Missing,
    }
}

/// A constant takes the kind that the parameter asks for, if it can.
pub(super) fn constant(number: &Number, kind: Kind) -> Data {
    match (kind, number.int, number.float) {
        (Kind::Int, Some(int), _) => Data::Int(int),
        (Kind::Float, _, Some(float)) => Data::Float(float),
        _ => ideal(number),
    }
}

/// Follows field names: missing stays missing, nil and scalars have no fields.
pub(super) fn fields(mut value: Data, names: &[String], span: Span) -> Result<Data, TemplateError> {
    let fault = |message: String| Err(TemplateError::new(span.start, span.end, message));
    for name in names {
        value = match &value {
            Data::Missing => return Ok(Data::Missing),
            Data::Nil => return fault(format!("cannot take field `{name}` of nil")),
            Data::Map(map) => map.get(name).unwrap_or(Data::Missing),
            Data::Struct(body) => match body.fields.iter().find(|(known, _)| known == name) {
                Some((_, field)) => field.clone(),
                None => return fault(unknown_field(name, body)),
            },
            other => {
                return fault(format!(
                    "cannot take field `{name}` of type {}",
                    other.type_name()
                ));
            }
        };
    }
    Ok(value)
}

fn unknown_field(name: &str, body: &Structure) -> String {
    let known = || body.fields.iter().map(|(known, _)| *known);
    match closest_match(name, known()) {
        Some(near) => format!("there is no field `{name}` here; did you mean `{near}`?"),
        None => format!(
            "there is no field `{name}` here; there are {}",
            list_names(known())
        ),
    }
}
