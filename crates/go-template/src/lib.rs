//! Go's `text/template` with the functions of sprig v3.
//!
//! A template that Go renders comes out the same here, and one that Go rejects is rejected, with a
//! place. Where each part of the output came from is recorded. Nothing reads a clock, a file or the
//! environment, and random functions take their bytes from the caller, so that output is
//! reproducible. [`Limits`] bound time and memory, whatever the template.
//!
//! ```
//! use go_template::{Data, Limits, RandomSource, Template, Tools};
//!
//! let template = Template::parse("{{ .name | upper }} listens on {{ .port }}", &[]).unwrap();
//! let data = Data::map([("name", Data::text("shop")), ("port", Data::Int(8080))]);
//! let no_random = |_: u32| -> Result<Box<dyn RandomSource>, String> { Err("no seed".to_owned()) };
//! let tools = Tools { random: &no_random, functions: &[], limits: Limits::default() };
//! assert_eq!(template.render(&data, &tools).unwrap().text, "SHOP listens on 8080");
//!
//! let error = Template::parse("{{ .name | uper }}", &[]).unwrap_err();
//! assert_eq!(error.message, "unknown function `uper`; did you mean `upper`?");
//! assert_eq!((error.start, error.end), (11, 15));
//! ```

use std::collections::BTreeSet;

mod branches;
mod budget;
pub mod data;
mod directive;
mod eval;
mod float;
mod functions;
mod helm;
mod lex;
mod literal;
mod lookup;
mod parse;
mod print;
mod quote;
mod reads;
pub mod semver;
#[cfg(test)]
mod tests;
mod tokens;
mod tree;
pub mod uses;

pub use branches::Branch;
pub use data::{Data, List, Map, Reads, Structure};
pub use functions::regexes::{is_regex, regex_matches};
pub use functions::signatures::signatures;

/// A template, parsed once and rendered many times.
#[derive(Debug)]
pub struct Template {
    text: String,
    root: tree::Body,
    definitions: tree::Definitions,
    reads: reads::FieldReads,
}

/// An error in a template, and its place in the text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TemplateError {
    /// The first byte of the place.
    pub start: usize,
    /// The byte after the place.
    pub end: usize,
    /// The message, in lower case, with names in backticks. It may contain texts of
    /// [`TemplateError::generated`].
    pub message: String,
    /// What to write instead, where that is known.
    pub help: Option<&'static str>,
    /// The field that the data does not have.
    pub unknown_field: Option<Box<str>>,
    /// The text that the template gave to `fail`, when that ended the rendering.
    pub failure: Option<String>,
    /// The texts that random functions gave before the error, which may be passwords.
    pub generated: Vec<String>,
}

/// A call of `fail`, or another error.
#[derive(Debug, Clone)]
pub struct Failure {
    /// The error.
    pub error: TemplateError,
    /// The keys and items of the iterations that `fail` ended or was inside, outermost first.
    pub iterations: Vec<(Data, Data)>,
}

/// The result of rendering.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rendered {
    /// The text.
    pub text: String,
    /// The places in the template of the actions that printed `<no value>`, in the order of the
    /// text.
    pub missing: Vec<(usize, usize)>,
    /// Where the text came from, in the order of the text. The first piece starts at 0, unless the
    /// text is empty.
    pub pieces: Vec<Piece>,
    /// The texts that random functions gave, which may be passwords.
    pub generated: Vec<String>,
    /// The [`Branch::key`] of each branch that ran.
    pub entered: BTreeSet<u32>,
}

/// A piece of the rendered text, up to the start of the next one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Piece {
    /// Its start in the rendered text.
    pub output: u32,
    /// The place in the template that it came from.
    pub template: u32,
    /// Whether it is text of the template, byte for byte; otherwise an action wrote it.
    pub verbatim: bool,
}

/// A function of the host: takes the evaluated arguments, gives a value or an error message.
pub type ExtraFunction<'a> = dyn Fn(&[Data]) -> Result<Data, String> + 'a;

/// An endless source of random bytes.
pub trait RandomSource {
    /// The next byte.
    fn next_byte(&mut self) -> u8;

    /// A number below `bound`, each equally likely; 0 for `bound` 0.
    fn below(&mut self, bound: u64) -> u64 {
        if bound == 0 {
            return 0;
        }
        // Numbers above the last multiple of `bound` would make small results more likely.
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
    /// Gives the source for a call of a random function, by the number of the call: from 0, in the
    /// order of evaluation.
    pub random: &'a dyn Fn(u32) -> Result<Box<dyn RandomSource>, String>,
    /// The functions of the host. [`Template::parse`] must know their names.
    pub functions: &'a [(&'static str, &'a ExtraFunction<'a>)],
    /// The limits of one rendering.
    pub limits: Limits,
}

/// The limits of one rendering. It ends with an error when it reaches one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Steps: about one for each node, operand and value that is visited, more for long texts.
    pub steps: u64,
    /// Bytes of rendered text.
    pub output: usize,
    /// Bytes of a string, or items of a list, that a function makes.
    pub value: usize,
    /// How deep blocks, parentheses and calls of named templates nest.
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
    /// Parses `text`. `hosts` are the names of the functions in [`Tools::functions`].
    pub fn parse(text: &str, hosts: &[&str]) -> Result<Template, TemplateError> {
        let (root, definitions) = parse::parse(text, hosts)?;
        Ok(Template {
            text: text.to_owned(),
            reads: reads::FieldReads::of(&root),
            root,
            definitions,
        })
    }

    /// Renders the template with `data` as its dot. As in Go, `set`, `unset` and `merge` change the
    /// maps in `data`.
    pub fn render(&self, data: &Data, tools: &Tools) -> Result<Rendered, TemplateError> {
        eval::render(self, data, tools, None)
    }

    /// As [`Template::render`], but `fail` inside `range` ends only that iteration.
    ///
    /// # Errors
    ///
    /// All failures, or else the error that ended the rendering. An error after a failure is left
    /// out, since it may only follow from it.
    pub fn render_collecting(&self, data: &Data, tools: &Tools) -> Result<Rendered, Vec<Failure>> {
        let mut failures = Vec::new();
        match eval::render(self, data, tools, Some(&mut failures)) {
            Ok(rendered) if failures.is_empty() => return Ok(rendered),
            Err(error) if failures.is_empty() || error.failure.is_some() => {
                failures.push(Failure {
                    error,
                    iterations: Vec::new(),
                });
            }
            _ => {}
        }
        Err(failures)
    }
}

/// The place in the template that a byte of the rendered text came from.
pub fn origin(pieces: &[Piece], output: usize) -> usize {
    let output = offset(output);
    let after = pieces.partition_point(|piece| piece.output <= output);
    let place = match after.checked_sub(1).map(|index| pieces[index]) {
        Some(piece) if piece.verbatim => piece.template + (output - piece.output),
        Some(piece) => piece.template,
        None => 0,
    };
    place as usize
}

/// An offset in a text, which has less than 4 GiB.
fn offset(bytes: usize) -> u32 {
    u32::try_from(bytes).unwrap_or(u32::MAX)
}

impl TemplateError {
    fn new(start: usize, end: usize, message: impl Into<String>) -> TemplateError {
        TemplateError {
            start,
            end,
            message: message.into(),
            help: None,
            unknown_field: None,
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
