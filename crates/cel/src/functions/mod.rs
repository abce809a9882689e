//! The functions and operators: `table` has their forms, the other files what they do, one for each library.

mod conversions;
mod float;
mod formatting;
mod lists;
mod names;
mod net;
mod operators;
mod optionals;
mod quantity;
mod regexes;
mod semver;
mod strings;
mod table;
mod time;
mod url;

use regex::Regex;

use crate::eval::{Outcome, literal_value};
use crate::inputs::EXPRESSION_LIMIT;
use crate::tree::{Kind as NodeKind, Node};
use crate::value::{Kind, Value};
use crate::{Error, Failure};

pub(crate) use formatting::{takes as format_takes, verbs as format_verbs};
pub(crate) use lists::sort_by_keys;
pub use names::Format;
pub use net::Cidr;
pub use quantity::Quantity;
pub(crate) use regexes::compile as compile_pattern;
pub use semver::Version;
pub use time::Time;
pub use url::Url;

/// What a function has besides its arguments.
pub(crate) struct Context<'c, 'a> {
    /// The regular expression, when the argument is a literal.
    pub regex: Option<&'c Regex>,
    /// Uses up units of the budget.
    pub spend: &'c dyn Fn(u64) -> Result<(), Failure<'a>>,
}

/// More values in one than any budget pays for.
const MAX_WEIGHT: u64 = EXPRESSION_LIMIT + 1;

type Run = for<'a> fn(&Context<'_, 'a>, &[Value<'a>]) -> Outcome<'a>;

/// A function or an operator.
pub(crate) struct Function {
    pub name: &'static str,
    /// Its forms, see [`crate::types::Signature::read`].
    pub overloads: &'static [&'static str],
    pub run: Run,
}

impl std::fmt::Debug for Function {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.write_str(self.name)
    }
}

/// The function of this name.
pub(crate) fn find(name: &str) -> Option<&'static Function> {
    table::FUNCTIONS
        .iter()
        .flat_map(|library| library.iter())
        .find(|function| function.name == name)
}

/// The names that people write.
pub(crate) fn names() -> impl Iterator<Item = &'static str> {
    let all = table::FUNCTIONS.iter().flat_map(|library| library.iter());
    all.map(|function| function.name)
        .filter(|name| !name.contains('_') && !name.contains('@'))
}

/// An operator as it is written, any other function as it is.
pub(crate) fn shown(name: &str) -> &str {
    match name {
        "_[_]" | "_[?_]" => "[..]",
        _ => name.trim_matches(['_', '@']),
    }
}

/// The types that are values, by the names that `type(..)` gives.
const TYPES: [&str; 18] = [
    "bool",
    "bytes",
    "double",
    "int",
    "list",
    "map",
    "null_type",
    "string",
    "type",
    "uint",
    "optional_type",
    "google.protobuf.Timestamp",
    "google.protobuf.Duration",
    "kubernetes.Quantity",
    "kubernetes.URL",
    "kubernetes.Semver",
    "net.IP",
    "net.CIDR",
];

/// The name that `type(..)` gives for a type.
pub(crate) fn type_name(name: &str) -> Option<&'static str> {
    TYPES.into_iter().find(|known| *known == name)
}

/// The failure of a text that is not of a form.
fn not_a<'a>(text: &str, of: &str) -> Failure<'a> {
    fail(format!(
        "`{}` is not {of}",
        diagnostics::visible::line(text)
    ))
}

/// Whether the last argument of the function is a regular expression.
pub(crate) fn takes_pattern(name: &str) -> bool {
    matches!(name, "matches" | "find" | "findAll")
}

/// Converts literals, which the API server does before the evaluation: the value of a literal or of a conversion of one.
/// `None` for anything else.
pub(crate) fn constant(node: &Node) -> Option<Result<Value<'_>, String>> {
    let call = match &node.kind {
        NodeKind::Literal(literal) => return Some(Ok(literal_value(literal))),
        NodeKind::Call(call) => call,
        _ => return None,
    };
    let function = call.function?;
    let mut conversions = table::CONVERSIONS.iter();
    let ([argument], true) = (
        call.arguments.as_slice(),
        conversions.any(|known| known.name == function.name),
    ) else {
        return None;
    };
    let value = constant(argument)?.ok()?;
    let context = Context {
        regex: None,
        spend: &|_| Ok(()),
    };
    match (function.run)(&context, &[value]) {
        Ok(value) => Some(Ok(value)),
        Err(Failure::Error(error)) => Some(Err(error.message)),
        Err(_) => None,
    }
}

fn fail<'a>(message: impl Into<String>) -> Failure<'a> {
    Failure::Error(Error::new(0, 0, message))
}

/// The error for values of types that a function does not take.
fn no_overload<'a>(arguments: &[Value<'a>]) -> Failure<'a> {
    let types: Vec<String> = arguments
        .iter()
        .map(|value| format!("`{}`", value.type_name()))
        .collect();
    fail(format!("it does not work on {}", types.join(" and ")))
}

fn text<'v, 'a>(value: &'v Value<'a>) -> Result<&'v str, Failure<'a>> {
    match &value.kind {
        Kind::Text(text) => Ok(text),
        _ => Err(no_overload(std::slice::from_ref(value))),
    }
}

fn int<'a>(value: &Value<'a>) -> Result<i64, Failure<'a>> {
    match value.kind {
        Kind::Int(number) => Ok(number),
        _ => Err(no_overload(std::slice::from_ref(value))),
    }
}

fn flag(flag: bool) -> Outcome<'static> {
    Ok(Kind::Bool(flag).into())
}

fn number(number: i64) -> Outcome<'static> {
    Ok(Kind::Int(number).into())
}
