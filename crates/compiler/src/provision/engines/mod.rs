//! How a definition is run: a template, a program, or the environment's variables.

pub(crate) mod command;
pub(crate) mod local_env;
pub(crate) mod section;
pub(crate) mod template;
