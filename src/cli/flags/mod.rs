//! Groups of flags that several commands take. A flag is defined here once, beside what it sets.

pub(crate) mod environment;
pub(crate) mod lint_levels;
pub(crate) mod list_format;
pub(crate) mod naming;
pub(crate) mod provisioning;
pub(crate) mod remote;
pub(crate) mod reporting;
pub(crate) mod source_files;
pub(crate) mod workloads;
