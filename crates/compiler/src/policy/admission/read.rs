//! Reads policies and bindings.

use super::expressions::Reader;
use super::policy::{AdmissionPolicy, Binding, Condition, ParamRef, Validation};
use super::resources::MatchResources;
use cel::Type;
use diagnostics::report::{Problem, Report, Severity};
use diagnostics::source::{Sources, Spanned};
use yaml::{Node, reader};

use crate::policy::rules::INVALID_POLICY;

/// Reads a `ValidatingAdmissionPolicy`.
pub(in crate::policy) fn read_policy(
    node: &Node,
    name: Spanned<String>,
    sources: &Sources,
    report: &mut Report,
) -> Option<AdmissionPolicy> {
    let spec = spec(node, &name, report)?;
    let mut fields = reader::fields(spec, "the `spec` of a policy", report)?;
    let policies = [("Fail", true), ("Ignore", false)];
    let fails = fields.optional("failurePolicy", report);
    let fails = fails.and_then(|node| reader::word(node, "`failurePolicy`", &policies, report));
    let constraints = fields.required("matchConstraints", report);
    let constraints =
        constraints.and_then(|node| MatchResources::read(node, "`matchConstraints`", report));
    let param_kind = fields.optional("paramKind", report).map(|node| {
        let text = |key: &str| node.get(key).and_then(Node::as_str).unwrap_or_default();
        (text("apiVersion").to_owned(), text("kind").to_owned())
    });
    let mut list = |key: &'static str| {
        let list = fields.optional(key, report);
        let items = list.map(|list| reader::list(list, &format!("`{key}`"), report));
        items.unwrap_or_default()
    };
    let (conditions, variables) = (list("matchConditions"), list("variables"));
    let validations = list("validations");
    fields.entry("auditAnnotations");
    fields.finish(|_| None, report);
    let mut expressions = Reader {
        sources,
        composed: Vec::new(),
        has_params: param_kind.is_some(),
        not_read: Vec::new(),
    };
    let mut conditions_read = Vec::new();
    for condition in conditions {
        if let Some((name, node)) = named(condition, "a condition", report)
            && let Some(expression) = expressions.read(node, Some(&Type::Bool), report)
        {
            conditions_read.push(Condition {
                name,
                span: node.span,
                expression,
            });
        }
    }
    // What is not looked at might have let objects through.
    let is_decided = conditions_read.len() == conditions.len();
    let mut variables_read = Vec::new();
    for variable in variables {
        if let Some((name, node)) = named(variable, "a variable", report)
            && let Some(expression) = expressions.read(node, None, report)
        {
            let of = expression.result().clone();
            expressions.composed.push((name.clone(), of));
            variables_read.push((name, expression));
        }
    }
    let validations = match is_decided && variables_read.len() == variables.len() {
        true => validations,
        false => &[],
    };
    let validations = validations.iter();
    let validations = validations
        .filter_map(|node| validation(node, &mut expressions, report))
        .collect();
    Some(AdmissionPolicy {
        name,
        fails: fails.unwrap_or(true),
        constraints: constraints?,
        param_kind,
        conditions: conditions_read,
        variables: variables_read,
        validations,
        not_read: expressions.not_read,
    })
}

fn spec<'n>(node: &'n Node, name: &Spanned<String>, report: &mut Report) -> Option<&'n Node> {
    let spec = node.get("spec").filter(|spec| !spec.is_null());
    if spec.is_none() {
        let problem = Problem::new(&INVALID_POLICY, "this object has no `spec`").at(name.span);
        report.push(problem.help("add its `spec`"));
    }
    spec
}

/// A mapping with a name and an expression.
fn named<'n>(node: &'n Node, what: &str, report: &mut Report) -> Option<(String, &'n Node)> {
    let mut fields = reader::fields(node, what, report)?;
    let name = fields.required("name", report);
    let name = name.and_then(|node| reader::string(node, "`name`", report));
    let expression = fields.required("expression", report);
    fields.finish(|_| None, report);
    Some((name?.value, expression?))
}

fn validation(node: &Node, reader: &mut Reader<'_>, report: &mut Report) -> Option<Validation> {
    let mut fields = reader::fields(node, "a validation", report)?;
    let expression = fields.required("expression", report);
    let message = fields.optional("message", report);
    let message = message.and_then(|node| reader::string(node, "`message`", report));
    let shown = fields.optional("messageExpression", report);
    fields.entry("reason");
    fields.finish(|_| None, report);
    let node = expression?;
    let shown = shown.and_then(|node| reader.read(node, Some(&Type::String), report));
    Some(Validation {
        text: node.as_str().unwrap_or_default().trim().to_owned(),
        span: node.span,
        expression: reader.read(node, Some(&Type::Bool), report)?,
        message: message.map(|text| text.value),
        message_expression: shown,
    })
}

/// Reads a `ValidatingAdmissionPolicyBinding`.
pub(in crate::policy) fn read_binding(
    node: &Node,
    name: &Spanned<String>,
    report: &mut Report,
) -> Option<Binding> {
    let spec = spec(node, name, report)?;
    let mut fields = reader::fields(spec, "the `spec` of a binding", report)?;
    let policy = fields.required("policyName", report);
    let policy = policy.and_then(|node| reader::string(node, "`policyName`", report));
    let actions = fields.required("validationActions", report);
    let resources = fields.optional("matchResources", report);
    let resources =
        resources.and_then(|node| MatchResources::read(node, "`matchResources`", report));
    let params = fields.optional("paramRef", report);
    let params = params.and_then(|node| param_ref(node, report));
    fields.finish(|_| None, report);
    let known = [
        ("Deny", Severity::Error),
        ("Warn", Severity::Warning),
        ("Audit", Severity::Note),
    ];
    let actions = actions.map(|list| reader::list(list, "`validationActions`", report));
    let actions = actions.unwrap_or_default().iter();
    let actions = actions.filter_map(|item| reader::word(item, "an action", &known, report));
    Some(Binding {
        severity: actions.min()?,
        policy: policy?,
        resources,
        params,
    })
}

fn param_ref(node: &Node, report: &mut Report) -> Option<ParamRef> {
    let mut fields = reader::fields(node, "`paramRef`", report)?;
    let mut text = |key: &'static str| {
        let node = fields.optional(key, report)?;
        reader::string(node, &format!("`{key}`"), report).map(|text| text.value)
    };
    let (name, namespace) = (text("name"), text("namespace"));
    let action = text("parameterNotFoundAction");
    let selector = fields.optional("selector", report).map(Node::to_value);
    fields.finish(|_| None, report);
    Some(ParamRef {
        name,
        namespace,
        selector,
        allows_none: action.as_deref() == Some("Allow"),
    })
}
