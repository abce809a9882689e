//! A plan to the documents of one target.
//!
//! - **Promise:** every part of the plan reaches the output or a report.
//! - **Takes:** a plan, and options of the target.
//! - **Gives:** documents, files beside them, and their bytes.
//! - **Never:** touches the world; `kubernetes` and `compose` never see each other.

pub mod compose;
pub mod kubernetes;
pub mod publish;
pub mod target;
