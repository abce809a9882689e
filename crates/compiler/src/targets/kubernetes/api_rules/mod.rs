//! What the API server of Kubernetes refuses in an object whose fields and types are right: missing
//! values, words, names, numbers and quantities of a wrong form, and values that contradict others.
//!
//! Each kind is a table of its fields, with the names of the types in the Kubernetes API reference.
//! A field that is in no table is not checked. What the server fills in by itself may be missing.

mod access;
mod configuration;
mod containers;
mod forms;
mod metadata;
mod network;
mod pods;
mod routes;
mod runners;
mod scaling;
mod shape;
mod storage;
#[cfg(test)]
mod tests;
mod volumes;

use crate::json_schema::WHOLE;
use crate::support::faults::Faults;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use shape::{Check, Shape};
use yaml::Node;
use yaml::deserialize::FieldError;

/// The problems of an object, in the order of the tables.
pub(super) fn check(api_version: &str, kind: &str, object: &Node) -> Vec<FieldError> {
    let mut faults = Faults::of(WHOLE);
    if let Some((shape, name)) = shape_of(api_version, kind) {
        faults.within("metadata", |faults| {
            let metadata = object.get("metadata");
            metadata.into_iter().for_each(|node| {
                metadata::OBJECT_META.check(node, faults);
                faults.check_field(node, "name", &Check::Form(name));
            });
        });
        shape.check(object, &mut faults);
    }
    faults.errors
}

/// The problems that a schema found, with what is wrong with values in base64. The API server ignores
/// line breaks in them.
pub(super) fn check_encoded(kind: &str, object: &Node, found: Vec<FieldError>) -> Vec<FieldError> {
    let mut faults = Faults::of(WHOLE);
    faults.errors = found;
    let key = match kind {
        "ConfigMap" => "binaryData",
        "Secret" => "data",
        _ => return faults.errors,
    };
    faults.field(object, key, |data, faults| {
        faults.each(data, |value, faults| {
            let Some(text) = value.as_str() else { return };
            faults.errors.retain(|fault| fault.span != value.span);
            if STANDARD.decode(text.replace(['\r', '\n'], "")).is_err() {
                faults.add(value.span, "is not base64");
            }
        });
    });
    faults.errors
}

/// The table of a kind, and the form of its names.
fn shape_of(api_version: &str, kind: &str) -> Option<(&'static Shape, &'static forms::Form)> {
    let tables = [
        access::KINDS,
        configuration::KINDS,
        network::KINDS,
        routes::KINDS,
        runners::KINDS,
        scaling::KINDS,
        storage::KINDS,
    ];
    let mut kinds = tables.into_iter().flatten();
    let (_, _, name, shape) = kinds.find(|known| (known.0, known.1) == (api_version, kind))?;
    Some((*shape, *name))
}
