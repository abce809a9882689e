//! `ValidatingAdmissionPolicy` and its bindings, as the API server evaluates them when an object is
//! created.

mod bindings;
mod evaluate;
mod expressions;
mod policy;
mod read;
mod resources;

pub(super) use bindings::check_bindings;
pub(super) use evaluate::Context;
pub(super) use policy::{AdmissionPolicy, Binding};
pub(super) use read::{read_binding, read_policy};
