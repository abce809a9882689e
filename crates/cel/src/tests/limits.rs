//! What an evaluation may cost, and variables that are evaluated once.

use diagnostics::value::Value as Plain;

use super::{deployment, parse, with_verdict};
use crate::{Budget, Expression, Failure, Inputs, Type};

#[test]
fn an_expression_that_costs_too_much_ends() {
    for text in [
        "lists.range(1000).all(x, lists.range(1000).all(y, x + y >= 0))",
        "lists.range(100000000).size() > 0",
        "lists.range(1000).all(x, 'a'.replace('', 'aaaaaaaaaaaaaaaaaaaa').replace('a', 'bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb').replace('b', 'cccccccccccccccccccccccccccccccccccccccccccccc') != '')",
        "lists.range(5000).distinct().size() > 0 || true",
        &format!("[[1]]{}.all(x, x == x)", ".map(x, [x, x])".repeat(60)),
        &format!("'%s'.format([[1]{}]) != ''", ".map(x, [x, x])".repeat(60)),
    ] {
        let expression = parse(text).unwrap();
        let verdict = expression.evaluate(&Inputs::new());
        assert!(matches!(verdict.result, Err(Failure::Limit)), "{text}");
    }
}

#[test]
fn all_expressions_of_a_policy_share_a_budget() {
    let expression = parse("lists.range(100).all(x, x >= 0)").unwrap();
    let inputs = Inputs::new().budget(Budget::new(1_500));
    assert_eq!(expression.evaluate(&inputs).as_bool(), Some(true));
    assert!(inputs.left() < 1_500);
    let second = expression.evaluate(&inputs);
    let third = expression.evaluate(&inputs);
    assert!(
        [second, third]
            .iter()
            .any(|verdict| matches!(verdict.result, Err(Failure::Limit)))
    );
}

#[test]
fn composed_variables_are_read_as_they_are_needed() {
    let object = deployment();
    let names = ["first", "second", "third"];
    let texts = ["object.spec.replicas", "variables.first * 2", "1 / 0"];
    let mut fields = Vec::new();
    let mut expressions = Vec::new();
    for (name, text) in names.into_iter().zip(texts) {
        let variables = Type::Object(fields.clone());
        let parsed = Expression::parse(text, &[("object", Type::Dyn), ("variables", variables)]);
        let parsed = parsed.unwrap();
        fields.push((name.to_owned(), parsed.result().clone()));
        expressions.push(parsed);
    }
    let variables = [("object", Type::Dyn), ("variables", Type::Object(fields))];
    let inputs = Inputs::new().variable("object", &object).traced();
    let inputs = names
        .into_iter()
        .zip(&expressions)
        .fold(inputs, |inputs, (name, expression)| {
            inputs.composed("variables", name, expression)
        });
    let rule =
        Expression::parse("variables.second > 100 || variables.first == 4", &variables).unwrap();
    let verdict = rule.evaluate(&inputs);
    assert_eq!(verdict.as_bool(), Some(false));
    assert_eq!(verdict.reads[0].path.to_string(), "object.spec.replicas");

    let rule = Expression::parse("variables.third == 1", &variables).unwrap();
    match rule.evaluate(&inputs).result {
        Err(Failure::Error(error)) => {
            assert_eq!(error.variable.as_deref(), Some("variables.third"))
        }
        other => panic!("{other:?}"),
    }
    let errors = Expression::parse("variables.fourth == 1", &variables).unwrap_err();
    assert_eq!(errors[0].message, "unknown field `fourth`");
}

#[test]
fn whole_numbers_of_the_data_are_integers() {
    let object = Plain::Int(5);
    let expression = Expression::parse(
        "type(object) == int && object + 1 == 6",
        &[("object", Type::Dyn)],
    )
    .unwrap();
    let inputs = Inputs::new().variable("object", &object);
    assert_eq!(expression.evaluate(&inputs).as_bool(), Some(true));
}

#[test]
fn nothing_is_recorded_unless_asked() {
    let object = deployment();
    let expression = parse("object.spec.replicas > 5").unwrap();
    let inputs = Inputs::new().variable("object", &object);
    assert!(expression.evaluate(&inputs).reads.is_empty());
    with_verdict("object.spec.replicas > 5", |verdict| {
        assert_eq!(verdict.reads.len(), 1)
    });
}
