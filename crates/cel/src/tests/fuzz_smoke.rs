//! Any text is parsed and evaluated without a panic, and what is unknown or recorded changes no result.

use diagnostics::value::Value as Plain;
use proptest::prelude::*;

use super::{deployment, parse};
use crate::{Failure, Inputs, Knowledge};

/// Pieces that expressions are made of.
const PIECES: [&str; 62] = [
    "object",
    ".spec",
    ".?spec",
    ".replicas",
    ".metadata",
    ".labels",
    "[0]",
    "[?0]",
    "['team']",
    "[?'team']",
    "(",
    ")",
    "[",
    "]",
    "{",
    "}",
    ",",
    ":",
    "?",
    "&&",
    "||",
    "!",
    "-",
    "+",
    "*",
    "/",
    "%",
    "==",
    "!=",
    "<",
    ">=",
    " in ",
    "1",
    "0",
    "2u",
    "1.5",
    "'a'",
    "b'a'",
    "true",
    "false",
    "null",
    ".all(x, x)",
    ".map(x, x)",
    ".exists(i, x, x == i)",
    ".filter(x, has(x.a))",
    ".size()",
    ".orValue(1)",
    "has(object.spec)",
    "quantity('1Gi')",
    "duration('1h')",
    "timestamp('2024-05-01T00:00:00Z')",
    "ip('::1')",
    "cidr('10.0.0.0/8')",
    "url('/a')",
    "semver('1.0.0')",
    "format.uri()",
    ".format([1])",
    ".split('a')",
    ".matches('a')",
    "x",
    "variables.containers",
    "optional.of(1)",
];

fn soup() -> impl Strategy<Value = String> {
    prop::collection::vec(prop::sample::select(PIECES.to_vec()), 1..12)
        .prop_map(|pieces| pieces.concat())
}

/// The texts of the recorded expressions.
fn recorded() -> Vec<&'static str> {
    let lines = include_str!("verdicts/recorded.txt").lines();
    lines.filter_map(|line| line.split('\t').nth(1)).collect()
}

/// A recorded expression with a part replaced by another.
fn mutated() -> impl Strategy<Value = String> {
    let texts = || prop::sample::select(recorded());
    (
        texts(),
        texts(),
        any::<prop::sample::Index>(),
        any::<prop::sample::Index>(),
    )
        .prop_map(|(one, other, cut, paste)| {
            let cuts = |text: &str, index: prop::sample::Index| {
                let places: Vec<usize> = text.char_indices().map(|(at, _)| at).collect();
                places[index.index(places.len())]
            };
            format!("{}{}", &one[..cuts(one, cut)], &other[cuts(other, paste)..])
        })
}

fn try_out(text: &str, object: &Plain) {
    let Ok(expression) = parse(text) else {
        return;
    };
    let plain = expression.evaluate(&Inputs::new().variable("object", object));
    let traced = expression.evaluate(&Inputs::new().variable("object", object).traced());
    let show = |result: &Result<crate::Value<'_>, Failure<'_>>| match result {
        Ok(value) => format!("{:?}", value.kind)
            .chars()
            .take_while(|letter| *letter != '(')
            .collect::<String>(),
        Err(failure) => format!("{failure:?}"),
    };
    assert_eq!(show(&plain.result), show(&traced.result), "{text}");
    assert_eq!(plain.as_bool(), traced.as_bool(), "{text}");
    let unknown = |path: &crate::Path<'_>| match path.steps().len() {
        3 => Knowledge::Unknown,
        _ => Knowledge::Known,
    };
    let partial = expression.evaluate(&Inputs::new().variable("object", object).unknown(&unknown));
    if let Some(flag) = partial.as_bool().filter(|_| plain.as_bool().is_some()) {
        assert_eq!(Some(flag), plain.as_bool(), "{text}");
    }
}

proptest! {
    #[test]
    fn any_text_is_parsed(text in "\\PC{0,60}") {
        let _ = parse(&text);
    }

    #[test]
    fn any_soup_is_evaluated(text in soup()) {
        try_out(&text, &deployment());
    }

    #[test]
    fn any_mixture_is_evaluated(text in mutated()) {
        try_out(&text, &deployment());
    }
}
