//! All workloads together, for no target in particular.
//!
//! - **Promise:** a plan in which every value is resolved and every default decided, or a report.
//! - **Takes:** checked workloads, a library of provisioner definitions, what the world knows.
//! - **Gives:** a [`plan::Plan`].
//! - **Never:** knows Kubernetes or Compose; a target's own sections pass through unread.

pub mod identity;
pub mod link;
pub mod plan;
pub mod provision;
pub mod resolve;

pub use link::link;
pub use plan::plan;
pub use provision::provision;
