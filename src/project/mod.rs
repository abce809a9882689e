//! The files of a project, read and merged before the compiler runs.

pub(crate) mod build_flag;
pub(crate) mod catalog;
pub(crate) mod checksum;
pub(crate) mod discovery;
pub(crate) mod env_file;
pub(crate) mod environment;
pub(crate) mod exceptions;
mod format_version;
pub mod import;
pub(crate) mod inputs;
pub(crate) mod lint;
pub(crate) mod overrides;
pub(crate) mod prices;
pub(crate) mod property_flag;
pub(crate) mod remote;
pub(crate) mod revision;
pub(crate) mod state;
pub(crate) mod values;
pub(crate) mod workload_patches;

pub use environment::check_text as check_environment;
pub use environment::patches::check_text as check_patches;
pub use prices::check_text as check_prices;
