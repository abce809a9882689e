//! Go's `text/template` with the functions of sprig v3.
//!
//! - **Promise:** a template that Go renders comes out the same; one that Go refuses is refused,
//!   with a place.
//! - **Takes:** template text, data, a source of derived randomness, the host's own functions,
//!   limits.
//! - **Gives:** the rendered text and where each part of it came from.
//! - **Never:** reads a clock, a file or the environment; hangs, panics or grows without bound,
//!   whatever the template.

pub mod budget;
pub mod data;
pub mod directive;
pub mod eval;
pub mod float;
pub mod functions;
pub mod lex;
pub mod literal;
pub mod lookup;
pub mod parse;
pub mod print;
pub mod quote;
pub mod semver;
#[cfg(test)]
mod tests;
pub mod tokens;
pub mod tree;

pub use data::{Data, List, Map, Structure};

/// A template, parsed once and rendered many times.
#[derive(Debug)]
pub struct Template {
    text: String,
    root: tree::Body,
    definitions: tree::Definitions,
}

/// What is wrong with a template, and where in its text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TemplateError {
    /// The first byte of the place.
    pub start: usize,
    /// The byte after the place.
    pub end: usize,
    /// What is wrong, in lower case, with names in backticks. It may quote
    /// [`TemplateError::generated`].
    pub message: String,
    /// The text that the template gave to `fail`, when that ended the rendering.
    pub failure: Option<String>,
    /// The texts that random functions gave before, which may be passwords.
    pub generated: Vec<String>,
}

/// What rendering gave.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rendered {
    /// The text.
    pub text: String,
    /// The places in the template of actions that printed `<no value>`, in the order in which they
    /// did.
    pub missing: Vec<(usize, usize)>,
    /// Where the text came from, in the order of the text; the first piece starts at 0 unless the
    /// text is empty.
    pub pieces: Vec<Piece>,
    /// The texts that random functions gave, which may be passwords.
    pub drawn: Vec<String>,
}

/// A stretch of rendered text, up to where the next one starts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Piece {
    /// Where it starts in the rendered text.
    pub output: usize,
    /// Where it comes from in the template.
    pub template: usize,
    /// Whether it is template text, byte for byte; otherwise an action wrote all of it.
    pub verbatim: bool,
}

/// A function that the host adds: it takes the evaluated arguments and gives a value or what is
/// wrong.
pub type ExtraFunction<'a> = dyn Fn(&[Data]) -> Result<Data, String> + 'a;

/// An endless source of random bytes.
pub trait RandomSource {
    /// The next byte.
    fn next_byte(&mut self) -> u8;

    /// A number from 0 up to, not including, `bound`; every one equally likely. `bound` 0 gives 0.
    fn below(&mut self, bound: u64) -> u64 {
        if bound == 0 {
            return 0;
        }
        // Numbers past the last whole multiple of `bound` would favour the small ones, so they are
        // drawn again.
        let limit = u64::MAX - u64::MAX % bound;
        loop {
            let number = u64::from_be_bytes(std::array::from_fn(|_| self.next_byte()));
            if number < limit {
                return number % bound;
            }
        }
    }
}

/// What a template may use besides its data.
pub struct Tools<'a> {
    /// The source for the n-th call of a random function, counted from 0 in the order of
    /// evaluation.
    pub random: &'a dyn Fn(u32) -> Result<Box<dyn RandomSource>, String>,
    /// The host's functions; their names must have been known when the template was parsed.
    pub functions: &'a [(&'static str, &'a ExtraFunction<'a>)],
    /// What one rendering may use up.
    pub limits: Limits,
}

/// What one rendering may use up before it is stopped with an error.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Nodes, operands and pieces of data visited.
    pub steps: u64,
    /// Bytes of rendered text.
    pub output: usize,
    /// Bytes of one string, or items of one list, that a function makes.
    pub value: usize,
    /// Blocks, parentheses and calls of named templates inside each other.
    pub nesting: usize,
}

impl Default for Limits {
    fn default() -> Limits {
        Limits {
            steps: 5_000_000,
            output: 16 << 20,
            value: 16 << 20,
            nesting: 200,
        }
    }
}

impl Template {
    /// Parses `text`. Functions named in `hosts` are those that `Tools::functions` will bring.
    pub fn parse(text: &str, hosts: &[&str]) -> Result<Template, TemplateError> {
        let (root, definitions) = parse::parse(text, hosts)?;
        Ok(Template {
            text: text.to_owned(),
            root,
            definitions,
        })
    }

    /// Renders the template with `data` as its dot. `set`, `unset` and `merge` change maps inside
    /// `data`, as in Go.
    pub fn render(&self, data: &Data, tools: &Tools) -> Result<Rendered, TemplateError> {
        eval::render(self, data, tools)
    }
}

/// The place in the template that the byte at `output` of the rendered text came from.
pub fn origin(pieces: &[Piece], output: usize) -> usize {
    let after = pieces.partition_point(|piece| piece.output <= output);
    match after.checked_sub(1).map(|index| pieces[index]) {
        Some(piece) if piece.verbatim => piece.template + (output - piece.output),
        Some(piece) => piece.template,
        None => 0,
    }
}

impl TemplateError {
    fn new(start: usize, end: usize, message: impl Into<String>) -> TemplateError {
        TemplateError {
            start,
            end,
            message: message.into(),
            failure: None,
            generated: Vec::new(),
        }
    }
}

impl std::fmt::Display for TemplateError {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.write_str(&self.message)
    }
}

impl std::error::Error for TemplateError {}
