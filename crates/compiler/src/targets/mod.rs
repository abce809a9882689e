//! Stage 8: a plan to the documents of one target, and files beside them.
//!
//! Every part of the plan reaches the output or a report. Nothing is read or written here, and the
//! modules `kubernetes` and `compose` never use each other.

pub mod compose;
pub mod custom_kinds;
pub mod kubernetes;
pub mod publish;
pub mod target;

use compose::Compose;
use kubernetes::Kubernetes;
use target::Target;

/// Every target. The first is the default.
pub const ALL: [&dyn Target; 2] = [&Compose, &Kubernetes];
