//! The engines that run definitions: templates, programs, and environment variables.

pub(crate) mod command;
pub(crate) mod functions;
pub(crate) mod local_env;
mod program_secrets;
pub(crate) mod section;
pub(crate) mod template;
