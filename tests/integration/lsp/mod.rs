//! `score-rs lsp`: the language server.

mod client;
mod diagnostics;
