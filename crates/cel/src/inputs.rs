//! What an evaluation is given: the variables, what is not known yet, and limits.

use std::cell::{Cell, OnceCell};

use diagnostics::value as plain;

use crate::eval::Outcome;
use crate::path::Path;
use crate::{Expression, Read};

/// The most that one expression may cost, in the API server too (`PerCallLimit`).
pub const EXPRESSION_LIMIT: u64 = 1_000_000;

/// The most that all expressions of a policy may cost for one object, in the API server too (`RuntimeCELCostBudget`).
pub const POLICY_LIMIT: u64 = 10_000_000;

/// What is left of [`POLICY_LIMIT`]. A unit is about one step: a name, a field, a call, ten bytes of text that are read.
#[derive(Debug)]
pub struct Budget {
    left: Cell<u64>,
}

impl Default for Budget {
    fn default() -> Budget {
        Budget::new(POLICY_LIMIT)
    }
}

impl Budget {
    /// A budget of so many units.
    pub fn new(units: u64) -> Budget {
        Budget {
            left: Cell::new(units),
        }
    }

    /// The units that are left.
    pub fn left(&self) -> u64 {
        self.left.get()
    }

    /// Uses up units; whether there were enough.
    pub(crate) fn spend(&self, units: u64) -> bool {
        let left = self.left.get();
        self.left.set(left.saturating_sub(units));
        left >= units
    }
}

/// What is known of a place in the variables.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Knowledge {
    /// The value that is there, or that none is.
    Known,
    /// A part of the value is not known: its known parts can be read, the whole cannot be compared or counted.
    Partly,
    /// Nothing: neither the value nor whether there is one.
    Unknown,
}

/// Says what is known of a place.
pub type Oracle<'a> = dyn Fn(&Path<'_>) -> Knowledge + 'a;

/// The variables of evaluations. Composed ones are evaluated once, when they are first read.
#[derive(Default)]
pub struct Inputs<'a> {
    pub(crate) variables: Vec<(&'a str, &'a plain::Value)>,
    pub(crate) composed: Vec<Composed<'a>>,
    pub(crate) oracle: Option<&'a Oracle<'a>>,
    pub(crate) is_traced: bool,
    pub(crate) budget: Budget,
}

/// A variable such as `variables.name` that is an expression.
pub(crate) struct Composed<'a> {
    pub object: &'a str,
    pub name: &'a str,
    pub expression: &'a Expression,
    pub value: OnceCell<(Outcome<'a>, Vec<Read<'a>>)>,
}

impl<'a> Inputs<'a> {
    /// No variables.
    pub fn new() -> Inputs<'a> {
        Inputs::default()
    }

    /// With a variable.
    pub fn variable(mut self, name: &'a str, value: &'a plain::Value) -> Inputs<'a> {
        self.variables.push((name, value));
        self
    }

    /// With the composed variable `object.name`. Its expression may read those that were added before.
    pub fn composed(
        mut self,
        object: &'a str,
        name: &'a str,
        expression: &'a Expression,
    ) -> Inputs<'a> {
        self.composed.push(Composed {
            object,
            name,
            expression,
            value: OnceCell::new(),
        });
        self
    }

    /// With what `oracle` says is unknown.
    pub fn unknown(mut self, oracle: &'a Oracle<'a>) -> Inputs<'a> {
        self.oracle = Some(oracle);
        self
    }

    /// With a record of the reads that decide, see [`crate::Verdict::reads`].
    pub fn traced(mut self) -> Inputs<'a> {
        self.is_traced = true;
        self
    }

    /// With another budget for all evaluations.
    pub fn budget(mut self, budget: Budget) -> Inputs<'a> {
        self.budget = budget;
        self
    }

    /// What all evaluations have left.
    pub fn left(&self) -> u64 {
        self.budget.left()
    }
}
