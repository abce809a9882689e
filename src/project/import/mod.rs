//! Taking over the directory that a Go tool has kept.
//!
//! - **Promise:** what is deployed keeps its names and values; what cannot be carried is said.
//! - **Takes:** the text of a `state.yaml`, and the files beside it.
//! - **Gives:** the files of an environment, and its state.
//! - **Never:** writes over anything, or changes what it reads.

mod environment;
pub(crate) mod go_state;
mod go_state_schema;

pub use environment::{Carried, carry, first_line};
pub use go_state::{Recorded, Tool};
