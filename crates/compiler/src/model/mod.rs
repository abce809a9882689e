//! The types of a workload: every field of `score.dev/v1b1`, with its place in the source.
//!
//! Workload, container, port, resource and probe are plain data. A value that does not conform to
//! the specification cannot be represented. Nothing here depends on how a workload is read or
//! compiled.

mod annotation;
mod build;
mod container;
mod name;
mod resource;
mod workload;

pub use annotation::Annotation;
pub use build::Build;
pub use container::{
    Before, Compute, Container, File, FileContent, HttpGet, Probe, Quantities, Ready, Scheme,
    Variable, VolumeMount,
};
pub use name::{
    Mode, Uid, is_cidr, is_dns_label, is_dns_name, is_dns_subdomain, is_extension_key,
    is_label_value, is_name, is_qualified_name,
};
pub use resource::{ParamList, Params, Resource};
pub use workload::{Port, Protocol, Workload};
