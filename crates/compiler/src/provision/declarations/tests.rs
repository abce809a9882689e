//! Declarations, what is wrong with them, and values.

use super::*;
use crate::provision::library::{Library, Provenance};
use crate::provision::matching::declared_params::INVALID_PARAM;
use diagnostics::report::Report;
use diagnostics::source::Sources;
use diagnostics::source::Span;
use diagnostics::value::Value;
use yaml::Node;

/// The declaration of the param `size`, and the problems with their lines.
fn declare(declaration: &str, key: &str) -> (Option<Declaration>, Vec<String>) {
    let mut sources = Sources::default();
    let text = format!("- uri: template://a/b\n  type: b\n  {key}:\n    size:\n{declaration}\n");
    let source = sources.add("test.provisioners.yaml", text);
    let mut report = Report::default();
    let mut library = Library::default();
    library.add(&sources, source, Provenance::Project, &mut report);
    let problems = report.in_order().into_iter().map(|problem| {
        let line = problem.span().map_or(0, |span| sources.position(span).line);
        let help = problem.help().unwrap_or_default();
        format!(
            "{line}: {} [{}] ({help})",
            problem.message(),
            problem.name()
        )
    });
    let problems = problems.collect();
    let definition = library.definitions().first().or(library.invalid().first());
    let declared = definition.and_then(|definition| {
        let params = definition.supported_params.as_ref();
        let declared = params.or(definition.expected_outputs.as_ref())?;
        declared.get("size").cloned()
    });
    (declared, problems)
}

fn value(text: &str) -> Value {
    let mut sources = Sources::default();
    let source = sources.add("value.yaml", text);
    yaml::parse(&sources, source, &mut Report::default())[0].to_value()
}

fn param(declaration: &str) -> Declaration {
    let (declared, problems) = declare(&format!("      {declaration}"), "supported_params");
    assert_eq!(problems, Vec::<String>::new(), "{declaration}");
    declared.unwrap()
}

/// What is wrong with a value after it was converted.
fn check(declaration: &Declaration, text: &str) -> Vec<String> {
    let mut sources = Sources::default();
    let source = sources.add("score.yaml", text);
    let value = declaration.convert(value(text));
    let node = Node::from_value(&value, Span::new(source, 0, text.len()));
    let mut problems = Report::default();
    let subject = Subject {
        rule: &INVALID_PARAM,
        path: "params.size",
    };
    declaration.check(&subject, &node, &mut |problem, place| {
        problems.push(problem.at(place));
    });
    let problems = problems.in_order().into_iter().map(|problem| {
        let help = problem.help().unwrap_or_default();
        format!("{} ({help})", problem.message())
    });
    problems.collect()
}

#[test]
fn each_mistake_of_a_declaration_has_its_line() {
    for (declaration, expected) in [
        (
            "{type: text}",
            "5: `type` cannot be `text` [unknown-value] (write one of `string`, `integer`, `number`, `boolean`, `object` and `array`)",
        ),
        (
            "string",
            "5: the param `size` must be a mapping, this is a string [wrong-type] (write `size: {type: string}`)",
        ),
        (
            "{typ: string}",
            "5: the param `size` has no key `typ` [unknown-key] (did you mean `type`?)",
        ),
        (
            "{type: string, secret: true}",
            "5: the param `size` has no key `secret` [unknown-key] (remove it; the keys here are `type`, `description`, `required`, `default`, `examples`, `enum`, `format`, `pattern`, `minimum`, `maximum`, `minLength`, `maxLength`, `minItems`, `maxItems`, `items` and `properties`)",
        ),
        (
            "{type: integer, default: small}",
            "5: `default` must be a whole number, this is a string [invalid-declaration] (write a whole number)",
        ),
        (
            "{type: integer, enum: [1, two]}",
            "5: `enum` must be a whole number, this is a string [invalid-declaration] (write one of `1` and `two`)",
        ),
        (
            "{type: string, pattern: '[', default: a}",
            "5: `[` is not a regular expression of Go [invalid-declaration] (fix the expression)",
        ),
        (
            "{type: string, pattern: '^[a-z]+$', examples: [a, B]}",
            "5: `examples` is `B`, which does not match `^[a-z]+$` [invalid-declaration] (write text that matches `^[a-z]+$`)",
        ),
        (
            "{type: string, minimum: 1}",
            "5: `minimum` of the param `size` has no effect: it is for `integer`, `number`, and `string` with the `format` of a quantity [invalid-declaration] (change the `type`, or remove it)",
        ),
        (
            "{type: integer, pattern: a}",
            "5: `pattern` of the param `size` has no effect: it is for `string` [invalid-declaration] (change the `type`, or remove it)",
        ),
        (
            "{type: integer, minimum: 5, maximum: 1}",
            "5: `minimum` of the param `size` is more than its `maximum`, so that no value is allowed [invalid-declaration] (swap them, or change one)",
        ),
        (
            "{type: integer, required: true, default: 1}",
            "5: the param `size` is `required`, so that its `default` is never used [invalid-declaration] (remove one of them)",
        ),
        (
            "{type: string, format: storag}",
            "5: `format` cannot be `storag` [unknown-value] (did you mean `storage`?)",
        ),
        (
            "{type: string, format: storage, maximum: 100Gi, default: 200Gi}",
            "5: `default` is 200Gi, and has to be at most 100Gi [invalid-declaration] (write a number of bytes, at most 100Gi)",
        ),
        (
            "{type: string, format: storage, default: 5GB}",
            "5: `default` is `5GB`, which is not of the format `storage` [invalid-declaration] (write a number of bytes, such as `1Gi`)",
        ),
        (
            "{type: array, items: {type: strin}}",
            "5: `type` cannot be `strin` [unknown-value] (did you mean `string`?)",
        ),
        (
            "{type: object, properties: {a: {type: integer, default: b}}}",
            "5: `default` must be a whole number, this is a string [invalid-declaration] (write a whole number)",
        ),
    ] {
        let (_, problems) = declare(&format!("      {declaration}"), "supported_params");
        assert_eq!(problems, [expected], "{declaration}");
    }
}

#[test]
fn outputs_have_secrets_and_no_defaults() {
    let (declared, problems) = declare("      {type: string, secret: true}", "expected_outputs");
    assert_eq!(problems, Vec::<String>::new());
    let declared = declared.unwrap();
    assert!(declared.is_secret && declared.is_required);
    let (_, problems) = declare("      {type: string, default: a}", "expected_outputs");
    assert!(problems[0].contains("the output `size` has no key `default`"));
}

#[test]
fn texts_of_numbers_are_numbers_and_numbers_are_texts_where_they_are_declared() {
    for (declaration, text, expected) in [
        ("{type: integer}", "'3'", "3"),
        ("{type: integer}", "3.0", "3"),
        ("{type: number}", "'1.5'", "1.5"),
        ("{type: boolean}", "'true'", "true"),
        ("{type: string}", "17", "'17'"),
        ("{type: string}", "1.5", "'1.5'"),
        (
            "{type: array, items: {type: string}}",
            "[80, a]",
            "['80', a]",
        ),
        (
            "{type: object, properties: {keep: {type: integer, default: 7}, at: {type: string}}}",
            "{at: 3}",
            "{at: '3', keep: 7}",
        ),
        // These are not written like the declared type.
        ("{type: integer}", "'03'", "'03'"),
        ("{type: integer}", "1.5", "1.5"),
        ("{type: boolean}", "'yes'", "'yes'"),
        ("{type: string}", "true", "true"),
        ("{type: number}", "'nan'", "'nan'"),
    ] {
        let converted = param(declaration).convert(value(text));
        assert_eq!(converted, value(expected), "{declaration} {text}");
    }
}

#[test]
fn values_are_compared_with_each_keyword() {
    for (declaration, right, wrong, expected) in [
        (
            "{type: string, enum: [small, large]}",
            "small",
            "lage",
            "`params.size` is `lage`, not one of `small` and `large` (did you mean `large`?)",
        ),
        (
            "{type: integer, minimum: 1, maximum: 5}",
            "5",
            "9",
            "`params.size` is 9, and has to be at most 5 (write a whole number, 1 to 5)",
        ),
        (
            "{type: integer}",
            "5",
            "many",
            "`params.size` must be a whole number, this is a string (write a whole number)",
        ),
        (
            "{type: string}",
            "a",
            "true",
            "`params.size` must be a string, this is a boolean (put it in quotes)",
        ),
        (
            "{type: string, pattern: '^v[0-9]+$', examples: [v1]}",
            "v2",
            "2",
            "`params.size` is `2`, which does not match `^v[0-9]+$` (write text that matches `^v[0-9]+$`, such as `v1`)",
        ),
        (
            "{type: string, format: storage, maximum: 100Gi}",
            "100Gi",
            "101Gi",
            "`params.size` is 101Gi, and has to be at most 100Gi (write a number of bytes, at most 100Gi)",
        ),
        (
            "{type: string, format: cpu}",
            "0.5",
            "2 cores",
            "`2 cores` is not a valid CPU quantity (did you mean `\"2\"`?)",
        ),
        (
            "{type: string, format: quantity}",
            "500m",
            "lots",
            "`lots` is not a valid quantity (write a number with a unit, as in `5Gi`; the units are m, k, M, G, T, P, E, Ki, Mi, Gi, Ti, Pi and Ei)",
        ),
        (
            "{type: string, format: duration}",
            "1h30m",
            "soon",
            "`params.size` is `soon`, which is not of the format `duration` (write text of the format `duration`)",
        ),
        (
            "{type: array, maxItems: 2, items: {type: integer}}",
            "[1, 2]",
            "[1, b]",
            "`params.size[1]` must be a whole number, this is a string (write a whole number)",
        ),
        (
            "{type: object, properties: {keep: {type: integer}}}",
            "{keep: 3}",
            "{kep: 3}",
            "`params.size.kep` is not a field of the schema; did you mean `keep`? (correct it, or remove it)",
        ),
        (
            "{type: object, properties: {keep: {type: integer, required: true}}}",
            "{keep: 3}",
            "{}",
            "`params.size.keep` is missing (write a whole number)",
        ),
        (
            "{type: object, properties: {disk: {type: string, format: storage}}}",
            "{disk: 3Gi}",
            "{disk: lots}",
            "`lots` is not a valid storage quantity (write a number of bytes, as in `1Gi`; the units are k, M, G, T, P, E, Ki, Mi, Gi, Ti, Pi and Ei)",
        ),
    ] {
        let declared = param(declaration);
        assert_eq!(
            check(&declared, right),
            Vec::<String>::new(),
            "{declaration}"
        );
        assert_eq!(check(&declared, wrong), [expected], "{declaration}");
    }
    // Any object or value, and references to secrets.
    for (declaration, text) in [
        ("{type: object}", "{a: [1]}"),
        ("{description: a}", "[1]"),
        ("", "a"),
        ("{type: integer}", "🔐💬name_key💬🔐"),
    ] {
        assert_eq!(
            check(&param(declaration), text),
            Vec::<String>::new(),
            "{text}"
        );
    }
}

#[test]
fn a_declaration_is_a_json_schema() {
    let declared = param(
        "{type: object, required: true, description: A., properties: {disk: {type: string, \
         format: storage, maximum: 5Gi, required: true}, keep: {type: integer, maximum: 9, default: 7}}}",
    );
    let expected = value(
        "{description: A., type: object, properties: {disk: {type: string, format: storage}, \
         keep: {type: integer, maximum: 9, default: 7}}, required: [disk], \
         additionalProperties: false}",
    );
    assert_eq!(declared.to_schema(), expected);
    let summaries = [
        ("{type: string, enum: [a, b]}", "a | b"),
        (
            "{type: string, format: storage, maximum: 5Gi}",
            "storage, at most 5Gi",
        ),
        ("{type: integer, minimum: 1, maximum: 5}", "integer, 1 to 5"),
        ("{type: array, items: {type: string}}", "array of string"),
        ("{description: a}", "*"),
    ];
    for (declaration, summary) in summaries {
        assert_eq!(param(declaration).summary(), summary);
    }
}
