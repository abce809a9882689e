//! A workload as its author means it: every field of `score.dev/v1b1`, typed, with places.
//!
//! - **Promise:** what does not fit the specification cannot be said in these types.
//! - **Takes:** nothing; it is data.
//! - **Gives:** the nouns of the language: workload, container, port, resource, probe.
//! - **Never:** knows how it was read or what becomes of it.

mod build;
mod container;
mod name;
mod resource;
mod workload;

pub use build::Build;
pub use container::{
    Before, Compute, Container, File, FileContent, HttpGet, Probe, Quantities, Ready, Scheme,
    Variable, VolumeMount,
};
pub use name::{Mode, Uid, is_dns_label, is_name};
pub use resource::{ParamList, Params, Resource};
pub use workload::{Annotation, Port, Protocol, Workload};
