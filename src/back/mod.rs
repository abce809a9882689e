//! A plan to the documents of one target.
//!
//! - **Promise:** every part of the plan reaches the output or a report.
//! - **Takes:** a plan, and options of the target.
//! - **Gives:** documents, files beside them, and their bytes.
//! - **Never:** touches the world; `kubernetes` and `compose` never see each other.

pub mod compare;
pub mod compose;
pub mod emit;
pub mod kubernetes;
pub mod patch;
pub mod publish;
pub mod target;

pub use emit::emit;
pub use patch::patch;
