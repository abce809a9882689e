//! The values of constants and field names.

use crate::TemplateError;
use crate::data::{Data, Structure};
use crate::functions::{Kind, versions};
use crate::literal::Number;
use crate::tree::Span;
use diagnostics::suggestions::{closest_match, list_names};

/// The value of a constant where any kind will do.
pub(super) fn ideal(number: &Number) -> Data {
    match (number.int, number.float) {
        (Some(int), _) if !number.prefers_float => Data::Int(int),
        (_, Some(float)) => Data::Float(float),
        _ => Data::Missing,
    }
}

/// The value of a constant as an argument of this kind, if it can be one.
pub(super) fn constant(number: &Number, kind: Kind) -> Data {
    match (kind, number.int, number.float) {
        (Kind::Int, Some(int), _) => Data::Int(int),
        (Kind::Float, _, Some(float)) => Data::Float(float),
        _ => ideal(number),
    }
}

/// The value of nested fields. A field of a missing value is missing; nil and scalars have no
/// fields.
pub(super) fn fields(mut value: Data, names: &[String], span: Span) -> Result<Data, TemplateError> {
    let fail = |message: String| Err(TemplateError::new(span.start, span.end, message));
    for name in names {
        value = match &value {
            Data::Missing => return Ok(Data::Missing),
            Data::Nil => return fail(format!("cannot take field `{name}` of nil")),
            Data::Map(map) => map.get(name).unwrap_or(Data::Missing),
            Data::Struct(body) => match body.fields.iter().find(|(field, _)| field == name) {
                Some((_, field)) => field.clone(),
                None => {
                    return Err(TemplateError {
                        unknown_field: Some(name.as_str().into()),
                        ..TemplateError::new(span.start, span.end, unknown_field(name, body))
                    });
                }
            },
            Data::Version {
                version,
                is_pointer,
            } => match versions::method(version, *is_pointer, name, &[]) {
                Ok(value) => value,
                Err(message) => return fail(message),
            },
            other => {
                return fail(format!(
                    "cannot take field `{name}` of type {}",
                    other.type_name()
                ));
            }
        };
    }
    Ok(value)
}

fn unknown_field(name: &str, body: &Structure) -> String {
    let names = || body.fields.iter().map(|(field, _)| *field);
    match closest_match(name, names()) {
        Some(near) => format!("there is no field `{name}` here; did you mean `{near}`?"),
        None => format!(
            "there is no field `{name}` here; there are {}",
            list_names(names())
        ),
    }
}
