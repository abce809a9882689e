//! The functions that templates call.
//!
//! Each function gives what Go or sprig gives, or fails with a message. Its arguments are checked
//! against its kinds before it runs, and what it does is paid for from the budget.

mod cases;
mod decimals;
mod encoding;
mod json;
mod kinds;
mod lists;
mod logic;
mod maps;
mod numbers;
mod paths;
mod random;
pub(super) mod regexes;
pub(super) mod signatures;
mod table;
mod text;
mod url;
pub(super) mod versions;
mod words;

use crate::budget::Budget;
use crate::data::{Data, Map};

/// A function: its name, what it takes, and what it does.
#[derive(Debug)]
pub(super) struct Function {
    pub name: &'static str,
    kinds: &'static [Kind],
    /// What any further arguments must be; `None` when there may be none.
    rest: Option<Kind>,
    pub action: Action,
}

/// The kind of a parameter. As in Go, nothing is converted: an `int64` is not an `int`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// Anything; a missing value becomes nil.
    Any,
    /// Anything, with missing and nil as two values: for Go's own functions.
    Value,
    Text,
    Int,
    Float,
    Flag,
    Map,
}

/// What happens when a function is called.
#[derive(Clone, Copy)]
pub(super) enum Action {
    Body(Body),
    And,
    Or,
    /// Known in sprig and not available here, for this reason.
    Unavailable(&'static str),
}

type Body = fn(&Arguments, &Budget) -> Answer;

/// What a function gives.
type Answer = Result<Data, String>;

impl std::fmt::Debug for Action {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.write_str(match self {
            Action::Body(_) => "Body",
            Action::And => "And",
            Action::Or => "Or",
            Action::Unavailable(reason) => reason,
        })
    }
}

/// The names of all functions.
pub(super) fn names() -> impl Iterator<Item = &'static str> {
    table::FUNCTIONS.iter().map(|function| function.name)
}

/// The function called `name`.
pub(super) fn find(name: &str) -> Option<&'static Function> {
    table::FUNCTIONS
        .iter()
        .find(|function| function.name == name)
}

const fn fixed(name: &'static str, kinds: &'static [Kind], body: Body) -> Function {
    Function {
        name,
        kinds,
        rest: None,
        action: Action::Body(body),
    }
}

const fn open(name: &'static str, kinds: &'static [Kind], rest: Kind, body: Body) -> Function {
    Function {
        name,
        kinds,
        rest: Some(rest),
        action: Action::Body(body),
    }
}

const fn special(name: &'static str, action: Action) -> Function {
    Function {
        name,
        kinds: &[Kind::Value],
        rest: Some(Kind::Value),
        action,
    }
}

const fn unavailable(name: &'static str, reason: &'static str) -> Function {
    Function {
        name,
        kinds: &[],
        rest: Some(Kind::Any),
        action: Action::Unavailable(reason),
    }
}

impl Function {
    /// The kind of the argument at `index`.
    pub fn kind_of(&self, index: usize) -> Option<Kind> {
        self.kinds.get(index).copied().or(self.rest)
    }

    /// Whether `count` arguments are right.
    pub fn check_count(&self, count: usize) -> Result<(), String> {
        let expected = self.kinds.len();
        match self.rest {
            None if count != expected => Err(format!(
                "wrong number of arguments: want {expected}, got {count}"
            )),
            Some(_) if count < expected => Err(format!(
                "wrong number of arguments: want at least {expected}, got {count}"
            )),
            _ => Ok(()),
        }
    }
}

impl Kind {
    fn name(self) -> &'static str {
        match self {
            Kind::Any | Kind::Value => "interface {}",
            Kind::Text => "string",
            Kind::Int => "int",
            Kind::Float => "float64",
            Kind::Flag => "bool",
            Kind::Map => "map[string]interface {}",
        }
    }

    /// The value as an argument of this kind, or why it is none.
    pub fn accept(self, value: Data) -> Result<Data, String> {
        match (self, value) {
            (Kind::Any, Data::Missing) => Ok(Data::Nil),
            // A missing map is Go's nil map: empty, and nothing can be set in it.
            (Kind::Map, Data::Missing) => Ok(Data::Missing),
            (Kind::Map, Data::Map(map)) if map.holds_anything() => Ok(Data::Map(map)),
            (Kind::Any | Kind::Value, value)
            | (Kind::Text, value @ Data::Text(_))
            | (Kind::Int, value @ Data::Int(_))
            | (Kind::Float, value @ Data::Float(_))
            | (Kind::Flag, value @ Data::Bool(_)) => Ok(value),
            (_, Data::Missing) => Err(format!("invalid value; expected {}", self.name())),
            (_, Data::Nil) => Err(format!(
                "wrong type for value; expected {}; got nil",
                self.name()
            )),
            (_, value) => Err(format!(
                "wrong type for value; expected {}; got {}",
                self.name(),
                value.type_name()
            )),
        }
    }
}

/// Arguments that were checked against the kinds of the function.
pub(super) struct Arguments(Vec<Data>);

impl Arguments {
    pub fn new(values: Vec<Data>) -> Arguments {
        Arguments(values)
    }

    fn all(&self) -> &[Data] {
        &self.0
    }

    fn after(&self, count: usize) -> &[Data] {
        self.0.get(count..).unwrap_or_default()
    }

    fn any(&self, index: usize) -> &Data {
        self.0.get(index).unwrap_or(&Data::Nil)
    }

    fn text(&self, index: usize) -> &str {
        self.any(index).as_text().unwrap_or_default()
    }

    fn int(&self, index: usize) -> i64 {
        if let Data::Int(number) = self.any(index) {
            *number
        } else {
            0
        }
    }

    fn map(&self, index: usize) -> Map {
        match self.any(index) {
            Data::Map(map) => map.clone(),
            _ => Map::from_entries(Default::default()),
        }
    }
}

/// How many functions there are, for tests that try them all.
#[cfg(test)]
pub(super) const COUNT: usize = table::FUNCTIONS.len();

/// The name of a function by its place in the table.
#[cfg(test)]
pub(super) fn name(index: usize) -> &'static str {
    table::FUNCTIONS[index].name
}
