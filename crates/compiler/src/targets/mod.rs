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

use compose::Compose;
use kubernetes::Kubernetes;
use target::Target;

/// Every target; the first is the one that needs no name.
pub const ALL: [&dyn Target; 2] = [&Compose, &Kubernetes];
