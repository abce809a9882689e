//! Groups of flags that several commands take.

pub(crate) mod environment;
pub(crate) mod lint_levels;
pub(crate) mod naming;
pub(crate) mod provisioning;
pub(crate) mod remote;
pub(crate) mod reporting;
pub(crate) mod source_files;
pub(crate) mod workloads;
