//! The parsed expression: nodes with places, macros already recognized.

use regex::Regex;

use crate::functions::Function;

/// A part of an expression.
#[derive(Debug)]
pub(crate) struct Node {
    /// The first byte.
    pub start: usize,
    /// The byte after the last.
    pub end: usize,
    /// The bytes of the operator, the name or the bracket that says what the node does.
    pub sign: (usize, usize),
    pub kind: Kind,
}

#[derive(Debug)]
pub(crate) enum Kind {
    Literal(Literal),
    Name(String),
    /// `a.b`, or `a.?b` where it is optional.
    Select {
        operand: Box<Node>,
        field: String,
        optional: bool,
    },
    /// `has(a.b)`.
    Has {
        operand: Box<Node>,
        field: String,
    },
    /// `a[b]`, or `a[?b]` where it is optional.
    Index {
        operand: Box<Node>,
        index: Box<Node>,
        optional: bool,
    },
    Call(Call),
    And(Vec<Node>),
    Or(Vec<Node>),
    Conditional(Box<[Node; 3]>),
    /// Items; an optional one is left out when it has no value.
    List(Vec<(Node, bool)>),
    /// Keys, values, and whether an entry is optional.
    Map(Vec<(Node, Node, bool)>),
    Fold(Box<Fold>),
}

/// A call of a function or an operator.
#[derive(Debug)]
pub(crate) struct Call {
    pub name: String,
    /// `None` for an unknown name, which the check reports.
    pub function: Option<&'static Function>,
    /// Whether the first argument stood before the name.
    pub is_member: bool,
    pub arguments: Vec<Node>,
    /// The regular expression of a call that has it as a literal.
    pub regex: Option<Regex>,
}

/// A macro that evaluates its body for each item of a range.
#[derive(Debug)]
pub(crate) struct Fold {
    pub macro_: Macro,
    pub range: Node,
    /// The variables: one for an item or a key, or two for an index or a key and its value.
    pub first: String,
    pub second: Option<String>,
    /// Items for which it is false are left out.
    pub filter: Option<Node>,
    pub body: Node,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Macro {
    All,
    Exists,
    ExistsOne,
    /// Also `transformList`.
    Map,
    Filter,
    TransformMap,
    TransformMapEntry,
    SortBy,
    /// For the value of an optional, when it has one.
    OptMap,
    OptFlatMap,
}

#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Literal {
    Null,
    Bool(bool),
    Int(i64),
    Uint(u64),
    Double(f64),
    Text(String),
    Bytes(Vec<u8>),
}

impl Node {
    /// `a.b.c` as text, when it consists of names only.
    pub fn qualified_name(&self) -> Option<String> {
        match &self.kind {
            Kind::Name(name) => Some(name.clone()),
            Kind::Select {
                operand,
                field,
                optional: false,
            } => Some(format!("{}.{field}", operand.qualified_name()?)),
            _ => None,
        }
    }
}
