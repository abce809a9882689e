//! Messages with their places and what they advise.

use super::{parse, with_verdict};
use crate::Failure;

/// The first error: the text at its place, the message, the help.
fn error(text: &str) -> (&str, String, String) {
    let error = parse(text).unwrap_err().remove(0);
    let help = error.help.as_deref().unwrap_or_default().to_owned();
    (&text[error.start..error.end], error.message, help)
}

#[test]
fn the_check_says_where_and_what_to_do() {
    for (text, place, message, help) in [
        (
            "objct.spec == 1",
            "objct",
            "unknown variable `objct`",
            "did you mean `object`?",
        ),
        (
            "object.name.startWith('a')",
            "startWith",
            "unknown function `startWith`",
            "did you mean `startsWith`?",
        ),
        (
            "object.name.startsWith('a', 'b')",
            "startsWith",
            "`startsWith` takes 1 argument, not 2",
            "",
        ),
        (
            "object.name.quantity()",
            "quantity",
            "`quantity` is no method",
            "write `quantity(..)`",
        ),
        (
            "startsWith(object.name, 'a')",
            "startsWith",
            "`startsWith` is a method",
            "write `value.startsWith(..)`",
        ),
        (
            "'replicas: ' + 1",
            "+",
            "`+` does not work on `string` and `int`",
            "write `string(..)` around the number",
        ),
        (
            "1.0 * 2",
            "*",
            "`*` does not work on `double` and `int`",
            "write `double(..)` around the whole number",
        ),
        (
            "1 == '1'",
            "==",
            "`==` does not work on `int` and `string`",
            "write `string(..)` around the number",
        ),
        (
            "object.a = 1",
            "=",
            "unexpected `=`",
            "write `==` to compare",
        ),
        ("object.a & object.b", "&", "unexpected `&`", "write `&&`"),
        ("(object.a", "", "expected `)`, found the end", ""),
        ("'abc", "'", "the string is not closed: there is no '", ""),
        (
            "'\\d+'",
            "\\d",
            "`\\d` is not an escape",
            "write a backslash twice, or put `r` before the quotes of a regular expression",
        ),
        (
            "object.a.matches('(')",
            "'('",
            "it is not a regular expression",
            "",
        ),
        (
            "duration('1 day') > duration('1h')",
            "'1 day'",
            "`1 day` is not a duration such as `1h30m` or `15s`",
            "",
        ),
        (
            "has(object)",
            "has",
            "`has` needs a field",
            "write `has(a.b)`; for a key of a map write `\"key\" in a.b`",
        ),
        (
            "object.list.all(1, true)",
            "1",
            "expected a name",
            "the first argument of a macro names its variable, as in `list.all(item, item > 0)`",
        ),
        (
            "object.list.all(x)",
            "all",
            "unknown function `all`",
            "`all` is a macro: check the number of its arguments",
        ),
        (
            "'%d and %d'.format([1])",
            "[1]",
            "the text has 2 places, the list 1 values",
            "",
        ),
        (
            "[1, 'a']",
            "'a'",
            "expected `int` as before, found `string`",
            "write `dyn(..)` around each item to have several types",
        ),
        (
            "object.list.all(x, 1)",
            "1",
            "expected `bool`, found `int`",
            "",
        ),
        (
            "namespace == 'a'",
            "namespace",
            "`namespace` is a reserved word",
            "",
        ),
        (
            "variables.container.size() == 0",
            "container",
            "unknown field `container`",
            "did you mean `containers`?",
        ),
        (
            "Object{spec: 1}",
            "Object",
            "messages of a named type are not available",
            "write a map, as in `{\"key\": value}`",
        ),
    ] {
        assert_eq!(
            error(text),
            (place, message.to_owned(), help.to_owned()),
            "{text}"
        );
    }
}

#[test]
fn all_errors_of_the_check_are_found() {
    let text = "objct.a == 1 &&\n  object.b.foo() && 1 + 'a' == 2";
    let errors = parse(text).unwrap_err();
    let places: Vec<(usize, usize)> = errors.iter().map(|error| error.line_column(text)).collect();
    assert_eq!(places, [(1, 1), (2, 12), (2, 23)]);
}

#[test]
fn the_evaluation_says_where() {
    for (text, place, message) in [
        (
            "object.spec.replica > 1",
            "object.spec.replica",
            "there is no `replica`",
        ),
        (
            "1 + object.metadata.name == 2",
            "1 + object.metadata.name",
            "it does not work on `int` and `string`",
        ),
        (
            "object.spec.template.spec.containers[7].name == ''",
            "object.spec.template.spec.containers[7]",
            "the list of 2 items has no such index",
        ),
        (
            "quantity(object.metadata.name) == quantity('1')",
            "quantity(object.metadata.name)",
            "`orders` is not a quantity such as `250m` or `1Gi`",
        ),
        (
            "object.spec.replicas || false",
            "object.spec.replicas",
            "expected true or false, found `int`",
        ),
        (
            "object.spec.replicas.all(x, x)",
            "object.spec.replicas",
            "`int` is neither a list nor a map",
        ),
    ] {
        with_verdict(text, |verdict| match verdict.result {
            Err(Failure::Error(error)) => {
                assert_eq!(
                    (&text[error.start..error.end], &*error.message),
                    (place, message)
                );
            }
            other => panic!("{text}: {other:?}"),
        });
    }
}

#[test]
fn deep_and_long_expressions_are_refused() {
    let deep = format!("{}1{}", "(".repeat(1000), ")".repeat(1000));
    let chain = vec!["1"; 1000].join(" + ");
    let selects = format!("object{}", ".a".repeat(1000));
    let signs = format!("{}true", "!".repeat(1000));
    let choices = format!("{}1", "true ? 1 : ".repeat(1000));
    for text in [deep, chain, selects, signs, choices] {
        let error = parse(&text).unwrap_err().remove(0);
        assert_eq!(error.message, "the expression nests deeper than 250 levels");
    }
    let many = vec!["true"; 10_000].join(" && ");
    assert!(parse(&many).is_ok());
    assert!(parse(&"a".repeat(200_000)).is_err());
}
