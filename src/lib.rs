//! score-rs compiles Score workload files to Kubernetes manifests or a Compose file.
//!
//! The layers, each of which may use only those before it: `base`, `front`, `middle`, `back`, `pipeline`, `shell`.

pub mod back;
pub mod base;
pub mod front;
pub mod middle;
pub mod pipeline;
pub mod shell;
