//! The Common Expression Language, as the API server of Kubernetes evaluates it in a `ValidatingAdmissionPolicy`.
//!
//! - [`Expression::parse`] reads and checks an expression: every error has a place and, as a rule, an action.
//! - [`Expression::evaluate`] evaluates it over data that it borrows, within a [`Budget`].
//! - A [`Verdict`] also says on which fields the result depends: the path of a field that is not known yet, or the
//!   fields that decided it.
//!
//! Functions and macros are those of the API server since Kubernetes 1.34 (`spec/cel.md` lists them); an expression that it
//! refuses is refused here. `authorizer` is not there.
//!
//! ```
//! use cel::{Expression, Inputs, Type};
//! use diagnostics::value::Value;
//!
//! let object: Value = serde_json::json!({"spec": {"containers": [
//!     {"name": "main", "image": "shop:1", "resources": {"limits": {"memory": "1Gi"}}},
//!     {"name": "log", "image": "log:1"},
//! ]}}).into();
//! let rule = "object.spec.containers.all(c, sign(quantity(c.?resources.limits.memory.orValue('0'))) > 0)";
//! let rule = Expression::parse(rule, &[("object", Type::Dyn)]).unwrap();
//! assert_eq!(rule.result(), &Type::Bool);
//!
//! let inputs = Inputs::new().variable("object", &object).traced();
//! let verdict = rule.evaluate(&inputs);
//! assert_eq!(verdict.as_bool(), Some(false));
//! let read = &verdict.reads[0];
//! assert_eq!(read.path.to_string(), "object.spec.containers[1].resources");
//! assert!(read.is_missing);
//!
//! let errors = Expression::parse("object.name.startWith('a')", &[("object", Type::Dyn)]).unwrap_err();
//! assert_eq!(errors[0].message, "unknown function `startWith`");
//! assert_eq!(errors[0].help.as_deref(), Some("did you mean `startsWith`?"));
//! assert_eq!((errors[0].start, errors[0].end), (12, 21));
//! ```

mod check;
mod eval;
mod fold;
mod functions;
mod inputs;
mod lex;
mod literal;
mod macros;
mod parse;
mod path;
#[cfg(test)]
mod tests;
mod tree;
mod types;
mod value;

use std::borrow::Cow;

pub use inputs::{Budget, EXPRESSION_LIMIT, Inputs, Knowledge, Oracle, POLICY_LIMIT};
pub use path::{Path, Step};
pub use types::Type;
pub use value::{Kind, List, Map, Text, Value};

/// An expression that was parsed and checked.
#[derive(Debug)]
pub struct Expression {
    root: tree::Node,
    result: Type,
}

/// An error in an expression, and its place in the text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Error {
    /// The first byte of the place.
    pub start: usize,
    /// The byte after the place.
    pub end: usize,
    /// The message, in lower case, with names in backticks.
    pub message: String,
    /// What to do about it, where that is known.
    pub help: Option<Cow<'static, str>>,
    /// The composed variable in whose expression the place is, as `variables.name`; `None` for the expression itself.
    pub variable: Option<String>,
}

/// What came of an evaluation.
#[derive(Debug)]
pub struct Verdict<'a> {
    /// The value.
    pub result: Result<Value<'a>, Failure<'a>>,
    /// When [`Inputs::traced`] asked for it: the fields that decided the result, each the deepest on its way. When `&&` is
    /// false, these are those of the operand that is false; when `all` is false, those of the items that fail.
    pub reads: Vec<Read<'a>>,
}

/// Why there is no value.
#[derive(Debug, Clone, PartialEq)]
pub enum Failure<'a> {
    /// The evaluation failed. `&&`, `||`, `all` and `exists` went over errors that do not matter.
    Error(Error),
    /// The value depends on this field, which is not known.
    Unknown(Path<'a>),
    /// The limit of the expression or of the policy is reached.
    Limit,
}

/// A field that was read.
#[derive(Debug, Clone, PartialEq)]
pub struct Read<'a> {
    /// The way to it.
    pub path: Path<'a>,
    /// Whether there was none.
    pub is_missing: bool,
}

impl Expression {
    /// Parses and checks an expression over these variables. [`Type::Dyn`] is the type of an object.
    pub fn parse(text: &str, variables: &[(&str, Type)]) -> Result<Expression, Vec<Error>> {
        let mut root = parse::parse(text).map_err(|error| vec![error])?;
        let result = check::check(&mut root, variables)?;
        Ok(Expression { root, result })
    }

    /// The type of its value. A rule must be [`Type::Bool`]: the API server refuses one that is [`Type::Dyn`].
    pub fn result(&self) -> &Type {
        &self.result
    }

    /// Evaluates it.
    pub fn evaluate<'a>(&'a self, inputs: &Inputs<'a>) -> Verdict<'a> {
        eval::evaluate(&self.root, inputs)
    }
}

impl Verdict<'_> {
    /// The value when it is `true` or `false`.
    pub fn as_bool(&self) -> Option<bool> {
        match self.result {
            Ok(Value {
                kind: Kind::Bool(flag),
                ..
            }) => Some(flag),
            _ => None,
        }
    }

    /// The value when it is a text.
    pub fn as_text(&self) -> Option<&str> {
        match &self.result {
            Ok(Value {
                kind: Kind::Text(text),
                ..
            }) => Some(text),
            _ => None,
        }
    }
}

impl Error {
    fn new(start: usize, end: usize, message: impl Into<String>) -> Error {
        Error {
            start,
            end,
            message: message.into(),
            help: None,
            variable: None,
        }
    }

    fn help(mut self, help: Option<impl Into<Cow<'static, str>>>) -> Error {
        self.help = help.map(Into::into);
        self
    }

    /// The line and the column of its start in the text of the expression, from 1. Columns count characters.
    pub fn line_column(&self, text: &str) -> (usize, usize) {
        let before = text.get(..self.start).unwrap_or(text);
        let line = before.rfind('\n').map_or(0, |end| end + 1);
        (
            before.matches('\n').count() + 1,
            before[line..].chars().count() + 1,
        )
    }
}

impl std::fmt::Display for Error {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.write_str(&self.message)
    }
}

impl std::error::Error for Error {}
