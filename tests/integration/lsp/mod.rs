//! `score-rs lsp`: the language server.

mod client;
mod diagnostics;
mod features;
mod random_edits;
mod speed;
