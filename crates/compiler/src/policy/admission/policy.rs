//! A policy and its binding, as data.

use super::resources::MatchResources;
use cel::Expression;
use diagnostics::report::Severity;
use diagnostics::source::{Span, Spanned};
use diagnostics::value::Value;

/// A policy.
#[derive(Debug)]
pub(in crate::policy) struct AdmissionPolicy {
    pub(in crate::policy) name: Spanned<String>,
    /// Whether an expression that fails refuses the object.
    pub(super) fails: bool,
    pub(super) constraints: MatchResources,
    /// The API version and kind of its parameters.
    pub(super) param_kind: Option<(String, String)>,
    pub(super) conditions: Vec<Condition>,
    pub(super) variables: Vec<(String, Expression)>,
    pub(super) validations: Vec<Validation>,
    /// Expressions that are not looked at, and why.
    pub(in crate::policy) not_read: Vec<String>,
}

/// A condition that has to hold for the policy to be asked.
#[derive(Debug)]
pub(super) struct Condition {
    pub(super) name: String,
    pub(super) span: Span,
    pub(super) expression: Expression,
}

#[derive(Debug)]
pub(super) struct Validation {
    pub(super) text: String,
    pub(super) span: Span,
    pub(super) expression: Expression,
    pub(super) message: Option<String>,
    pub(super) message_expression: Option<Expression>,
}

/// A binding.
#[derive(Debug)]
pub(in crate::policy) struct Binding {
    pub(in crate::policy) policy: Spanned<String>,
    pub(super) severity: Severity,
    pub(super) resources: Option<MatchResources>,
    pub(super) params: Option<ParamRef>,
}

#[derive(Debug)]
pub(super) struct ParamRef {
    pub(super) name: Option<String>,
    pub(super) namespace: Option<String>,
    pub(super) selector: Option<Value>,
    /// Whether an object is allowed when there are no parameters.
    pub(super) allows_none: bool,
}
