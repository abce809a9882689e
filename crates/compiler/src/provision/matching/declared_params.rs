//! Compares the params of a resource with what its definition declares of them.

use crate::link::{Graph, ResourceNode};
use crate::model::Params;
use crate::provision::declarations::{Declaration, Subject};
use crate::provision::library::Definition;
use diagnostics::report::{Problem, Report};
use diagnostics::source::Span;
use diagnostics::value::{Map, Value};
use yaml::Node;

rules! {
    /// A param of a resource is not what its definition allows.
    pub INVALID_PARAM: "invalid-param", Error;

    /// A resource lacks a param that its definition needs.
    pub MISSING_PARAM: "missing-param", Error;
}

/// Reports the params that are missing, and what is wrong with those without placeholders.
pub(super) fn check(
    definition: &Definition,
    node: &ResourceNode,
    graph: &Graph,
    report: &mut Report,
) {
    let params = graph.params(node).map_or(&[][..], Vec::as_slice);
    for (name, declaration) in definition.supported_params.iter().flatten() {
        match params.iter().find(|(key, _)| key.value == *name) {
            None if declaration.is_required => {
                report.push(missing(node, name, declaration, node.span));
            }
            None => {}
            Some((_, param)) => {
                if let Some(value) = plain_value(&param.value) {
                    accept(node, (name, declaration), value, (param.span, true), report);
                }
            }
        }
    }
}

/// The value of a param in its declared type. What is wrong with it is reported at `place`, with
/// fixes where the value is written there.
pub(in crate::provision) fn accept(
    node: &ResourceNode,
    (name, declaration): (&str, &Declaration),
    value: Value,
    (place, is_written): (Span, bool),
    report: &mut Report,
) -> Value {
    let value = declaration.convert(value);
    if value == Value::Null {
        if declaration.is_required {
            report.push(missing(node, name, declaration, place));
        }
        return value;
    }
    let subject = Subject {
        rule: &INVALID_PARAM,
        path: &format!("params.{name}"),
    };
    let tree = Node::from_value(&value, place);
    declaration.check(&subject, &tree, &mut |problem, place| {
        let problem = match is_written {
            true => problem,
            false => problem.without_edits(),
        };
        let problem = problem.at(place);
        report.push(problem.secondary(declaration.place, "the definition declares it here"));
    });
    value
}

fn missing(node: &ResourceNode, name: &str, declaration: &Declaration, place: Span) -> Problem {
    let message = format!("`{}` needs the param `{name}`", node.uid);
    let help = match declaration.example() {
        Some(example) => format!("add `{name}: {}` to its `params`", example.to_text()),
        None => format!("add `{name}` to its `params`: {}", declaration.advice()),
    };
    Problem::new(&MISSING_PARAM, message)
        .at(place)
        .secondary(declaration.place, "the definition declares it here")
        .help(help)
}

/// The value of a param without placeholders.
pub(in crate::provision) fn plain_value(param: &Params) -> Option<Value> {
    match param {
        Params::Text(text) => text.as_plain().map(Value::from),
        Params::Scalar(value) => Some(value.clone()),
        Params::List(items) => {
            let items: Option<Vec<Value>> = items.iter().map(plain_value).collect();
            items.map(Value::List)
        }
        Params::Map(entries) => {
            let entries = entries.iter();
            let entries = entries.map(|(key, item)| Some((key.clone(), plain_value(item)?)));
            entries.collect::<Option<Map>>().map(Value::Map)
        }
    }
}
