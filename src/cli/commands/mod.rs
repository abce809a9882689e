//! One file or folder for each command: its flags, its help, and what it does.

pub(crate) mod argocd;
pub(crate) mod bundle;
pub(crate) mod catalog;
pub(crate) mod changes;
pub(crate) mod completions;
pub(crate) mod cost;
pub(crate) mod diff;
pub(crate) mod docs;
pub(crate) mod environments;
pub(crate) mod explain;
pub(crate) mod generate;
pub(crate) mod graph;
pub(crate) mod import;
pub(crate) mod init;
pub(crate) mod lock;
pub(crate) mod lsp;
pub(crate) mod man;
pub mod provisioners;
pub(crate) mod push;
pub(crate) mod resources;
pub(crate) mod schema;
pub(crate) mod secrets;
pub(crate) mod validate;
pub(crate) mod version;
pub(crate) mod why;
