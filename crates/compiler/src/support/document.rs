//! What a compilation gives: documents, and files beside them. Nothing here is written while
//! compiling.

use diagnostics::source::Span;
use diagnostics::value::Value;

/// One YAML document of the output.
#[derive(Debug, Clone, PartialEq)]
pub struct Document {
    /// What it says, keys in the order they shall be written.
    pub value: Value,
    /// Where it was asked for.
    pub origin: Option<Span>,
}

/// A file or directory that the output needs beside it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Artifact {
    /// Where, relative to the project, with `/` between its parts.
    pub path: String,
    /// The bytes of a file; `None` for a directory.
    pub content: Option<Vec<u8>>,
    /// The permission bits, such as `0o644`.
    pub mode: u32,
    /// Where it was asked for.
    pub origin: Option<Span>,
}

/// A file of an output directory.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OutputFile {
    /// Its name in the directory.
    pub name: String,
    /// What it holds.
    pub text: String,
}
