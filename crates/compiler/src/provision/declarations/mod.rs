//! What a definition says of its params and outputs: their names, or with a mapping also their types.
//!
//! A declaration is read once (`read.rs`) and becomes a JSON Schema (`schema.rs`), which values are
//! compared with (`check.rs`) and which editors get. Params are converted first (`convert.rs`).

mod check;
mod convert;
mod declaration;
mod read;
mod schema;
mod score_file;
#[cfg(test)]
mod tests;

pub(super) use check::Subject;
pub(super) use convert::add_defaults;
pub(crate) use declaration::RULES;
pub(super) use read::{Declares, Reading, read_declarations};

pub use declaration::{Declaration, Declarations, INVALID_DECLARATION, Type, names};
pub use schema::object_schema;
pub use score_file::params_schema;
