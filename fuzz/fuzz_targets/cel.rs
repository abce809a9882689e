//! Any text as a CEL expression over an object, with the limits that policies get.
#![no_main]

use cel::{Expression, Inputs, Knowledge, Path, Type};
use diagnostics::value::Value;
use libfuzzer_sys::fuzz_target;

const OBJECT: &str = include_str!("../../crates/cel/src/tests/verdicts/objects/deployment.json");

fuzz_target!(|text: &str| {
    let Ok(expression) = Expression::parse(text, &[("object", Type::Dyn), ("params", Type::Dyn)]) else {
        return;
    };
    let Ok(object) = serde_json::from_str::<serde_json::Value>(OBJECT) else {
        return;
    };
    let object = Value::from(object);
    let inputs = || Inputs::new().variable("object", &object).variable("params", &object);
    let plain = expression.evaluate(&inputs());
    let traced = expression.evaluate(&inputs().traced());
    assert_eq!(plain.as_bool(), traced.as_bool());
    let unknown = |path: &Path<'_>| match path.steps().len() {
        3 => Knowledge::Unknown,
        _ => Knowledge::Known,
    };
    let _ = expression.evaluate(&inputs().unknown(&unknown));
});
