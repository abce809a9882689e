//! The tree of a parsed template.

use indexmap::IndexMap;

use crate::budget::BYTES_PER_STEP;
use crate::functions::Function;
use crate::literal::Number;

/// A byte range in the template text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Span {
    pub start: usize,
    pub end: usize,
}

/// A list of nodes: the body of a template or of a branch.
pub(super) type Body = Vec<Node>;

/// The named templates of one text.
pub(super) type Definitions = IndexMap<String, Body>;

#[derive(Debug)]
pub(super) enum Node {
    /// Text that is written as it is.
    Text(Span),
    /// A pipeline whose result is written, unless it declares or assigns variables.
    Action(Pipe),
    If(Branch),
    With(Branch),
    Range(Branch),
    /// A call of a named template.
    Template {
        name: String,
        span: Span,
        argument: Option<Pipe>,
    },
    Break,
    Continue,
}

/// What `if`, `with` and `range` have in common.
#[derive(Debug)]
pub(super) struct Branch {
    pub pipe: Pipe,
    pub body: Body,
    pub otherwise: Body,
}

#[derive(Debug)]
pub(super) struct Pipe {
    pub span: Span,
    /// The variables that receive the result.
    pub variables: Vec<String>,
    /// Whether the variables exist already (`=`) or are declared here (`:=`).
    pub assigns: bool,
    pub commands: Vec<Command>,
}

/// A function or value with its arguments; there is always at least one operand.
#[derive(Debug)]
pub(super) struct Command {
    pub span: Span,
    pub first: Operand,
    pub arguments: Vec<Operand>,
}

#[derive(Debug)]
pub(super) struct Operand {
    pub span: Span,
    pub kind: OperandKind,
}

#[derive(Debug)]
pub(super) enum OperandKind {
    Dot,
    Nil,
    Bool(bool),
    Number(Number),
    Text(String),
    /// `.a.b`: fields of the dot.
    Field(Vec<String>),
    /// `$x.a.b`: a variable and fields of it.
    Variable(String, Vec<String>),
    Function(Callee),
    /// `( .. )`
    Pipe(Box<Pipe>),
    /// `( .. ).a.b`
    Chain(Box<Operand>, Vec<String>),
}

impl Operand {
    /// The steps of evaluating it without its inner operands: each field is looked up, and a text
    /// is copied.
    pub fn cost(&self) -> usize {
        1 + match &self.kind {
            OperandKind::Field(names)
            | OperandKind::Variable(_, names)
            | OperandKind::Chain(_, names) => names.len(),
            OperandKind::Text(text) => text.len() / BYTES_PER_STEP,
            _ => 0,
        }
    }
}

/// The function that a name resolved to at parsing.
#[derive(Debug, Clone)]
pub(super) enum Callee {
    BuiltIn(&'static Function),
    /// A function of the host, which is looked up at rendering.
    Host(String),
}

impl Callee {
    pub fn name(&self) -> &str {
        match self {
            Callee::BuiltIn(function) => function.name,
            Callee::Host(name) => name,
        }
    }
}
