//! JSON Schema, as the API server of Kubernetes reads it: what is wrong with a value, each fault with
//! its place and path. Definitions declare their params and outputs in the same words.

mod bounds;
mod formats;
mod validate;

pub(crate) use bounds::{is_set, list};
pub(crate) use formats::FORMATS;
pub(crate) use validate::{Schemas, WHOLE};
