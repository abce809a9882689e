//! Tests of the whole, most of them against the API server's own engine.

mod errors;
mod functions;
mod fuzz_smoke;
mod limits;
mod reads;
mod unknown;
mod verdicts;

use diagnostics::value::Value as Plain;

use crate::{Error, Expression, Inputs, Type};

/// A Deployment with two containers.
fn deployment() -> Plain {
    let text = include_str!("tests/verdicts/objects/deployment.json");
    serde_json::from_str::<serde_json::Value>(text)
        .unwrap()
        .into()
}

/// An expression over `object` and `variables.containers`.
fn parse(text: &str) -> Result<Expression, Vec<Error>> {
    let composed = Type::Object(vec![("containers".to_owned(), Type::Dyn)]);
    Expression::parse(text, &[("object", Type::Dyn), ("variables", composed)])
}

/// Evaluates an expression over the Deployment, with a record of the reads.
fn with_verdict<T>(text: &str, check: impl FnOnce(crate::Verdict<'_>) -> T) -> T {
    let object = deployment();
    let containers = parse(
        "object.spec.template.spec.containers + object.spec.template.spec.?initContainers.orValue([])",
    );
    let (containers, expression) = (containers.unwrap(), parse(text).unwrap());
    let inputs = Inputs::new()
        .variable("object", &object)
        .composed("variables", "containers", &containers)
        .traced();
    check(expression.evaluate(&inputs))
}
