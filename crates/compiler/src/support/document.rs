//! The output of a compilation as data: documents and the files beside them. The command writes
//! them; the compiler never does.

use super::places::Places;
use diagnostics::source::Span;
use diagnostics::value::Value;

/// One YAML document of the output.
#[derive(Debug, Clone, PartialEq)]
pub struct Document {
    /// The content; keys are written in this order.
    pub value: Value,
    /// The part of the input that it comes from.
    pub origin: Option<Span>,
    /// Where parts of the content come from, where that is more than `origin` says.
    pub places: Places,
}

/// A file or directory that the output needs beside it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Artifact {
    /// The path relative to the project, with `/` as separator.
    pub path: String,
    /// The bytes of a file; `None` for a directory.
    pub content: Option<Vec<u8>>,
    /// The permission bits that the input asks for, such as `0o640`.
    pub mode: Option<u32>,
    /// The part of the input that it comes from.
    pub origin: Option<Span>,
    /// Why the output itself cannot have the file, where that is known.
    pub reason: Option<&'static str>,
}

/// A file of an output directory.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OutputFile {
    /// The path in the directory, with `/` as separator.
    pub name: String,
    /// The content.
    pub text: String,
}
