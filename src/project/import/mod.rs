//! Importing the directory of `score-k8s` or `score-compose`.
//!
//! Takes the text of a `state.yaml` and the files beside it, and returns the files of an
//! environment, its state, and notes about what cannot be imported. Names and values of what is
//! deployed stay the same. Reads and writes no file.

mod environment;
pub(crate) mod go_state;
mod go_state_schema;

pub use environment::{ImportedEnvironment, convert, header_line};
pub use go_state::{GoState, Tool};
