//! The engines that run definitions: templates, programs, environment variables, and outputs in files.

pub(crate) mod command;
pub(crate) mod declared_outputs;
pub(crate) mod functions;
pub(crate) mod local_env;
mod outputs;
pub(crate) mod outputs_file;
mod program_secrets;
pub(crate) mod section;
pub(crate) mod template;
