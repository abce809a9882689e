//! A short run of random templates: each ends, and without a panic.

use proptest::prelude::*;

use super::{Limits, data, run};

const TOKENS: &[&str] = &[
    "{{",
    "}}",
    "{{-",
    "-}}",
    " ",
    "if",
    "else",
    "end",
    "range",
    "with",
    "define",
    "template",
    "block",
    "break",
    "nil",
    "continue",
    "\"a\"",
    "`b`",
    "'c'",
    "1",
    "-2",
    "0x1f",
    "1.5",
    "1e3",
    "9223372036854775807",
    "$",
    "$x",
    ":=",
    "=",
    ",",
    "|",
    "(",
    ")",
    ".",
    ".a",
    ".b",
    ".list",
    ".map",
    ".nil",
    "true",
    "printf",
    "\"%*d%[3]v%#v\"",
    "index",
    "len",
    "dict",
    "list",
    "set",
    "merge",
    "dig",
    "until",
    "untilStep",
    "repeat",
    "substr",
    "trunc",
    "slice",
    "chunk",
    "add",
    "div",
    "mod",
    "round",
    "seq",
    "indent",
    "regexReplaceAll",
    "regexSplit",
    "semverCompare",
    "urlParse",
    "abbrev",
    "abbrevboth",
    "wrap",
    "wrapWith",
    "snakecase",
    "camelcase",
    "title",
    "splitn",
    "b32dec",
    "fromJson",
    "toPrettyJson",
    "deepCopy",
    "eq",
    "lt",
    "and",
    "or",
    "not",
    "default",
    "ternary",
    "randInt",
    "shuffle",
    "divf",
    "mulf",
    "ö",
    "\n",
    "{{ end }}",
    "{{ . }}",
    "{{ if .a }}",
    "{{ range .list }}",
    "{{ range $x := .map }}",
    "{{ $x := . }}",
    "{{/* c */}}",
];

fn token() -> impl Strategy<Value = &'static str> {
    prop::sample::select(TOKENS)
}

fn limits() -> Limits {
    Limits {
        steps: 20_000,
        output: 100_000,
        value: 100_000,
        nesting: 200,
    }
}

const JSON: &str = r#"{"a": 1, "b": "tëxt", "list": [1, "x", null, [2]], "map": {"k": "v", "n": {"m": 1.5}}, "nil": null}"#;

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn random_tokens(tokens in prop::collection::vec(token(), 0..40)) {
        _ = run(&tokens.concat(), &data(JSON), limits());
    }

    /// A single action gets further than random tokens, most of which do not parse.
    #[test]
    fn one_action(tokens in prop::collection::vec(token(), 1..8)) {
        _ = run(&format!("{{{{ {} }}}}", tokens.join(" ")), &data(JSON), limits());
    }

    #[test]
    fn any_text(text in "\\PC*") {
        _ = run(&text, &data(JSON), limits());
        _ = run(&format!("{{{{ {text} }}}}"), &data(JSON), limits());
    }

    /// Every function, with arguments of any kind.
    #[test]
    fn any_call(
        function in 0..super::super::functions::COUNT,
        arguments in prop::collection::vec(prop::sample::select(ARGUMENTS), 0..4),
    ) {
        let name = crate::functions::name(function);
        _ = run(&format!("{{{{ {name} {} }}}}", arguments.join(" ")), &data(JSON), limits());
    }
}

const ARGUMENTS: &[&str] = &[
    "1",
    "0",
    "-1",
    "3",
    "-9223372036854775808",
    "9223372036854775807",
    "1.5",
    "\"\"",
    "\"ab cd\"",
    "\"tëxt ök\"",
    "\"[\"",
    "\"a|(b)*\"",
    "\"1.2.x\"",
    "\"%d%*s%!\"",
    "\"http://[::1]:80/%41?q#f\"",
    ".",
    ".list",
    ".map",
    ".nil",
    ".no",
    "true",
    "nil",
    "(list 1 2)",
    "(dict \"a\" 1)",
    "(until 3)",
    "(splitList \",\" \"b,a\")",
    "(add 1)",
    "\"AAAA====\"",
];

#[test]
fn endless_templates_are_stopped() {
    // Fewer steps than usual keep the test short; what ends with these ends with any.
    let limits = Limits {
        steps: 500_000,
        ..Limits::default()
    };
    let wide = "{{ $x := list }}{{ range until 100 }}{{ $x = list $x $x }}{{ end }}";
    let deep = "{{ $x := list }}{{ range until 9000 }}{{ $x = list $x }}{{ end }}";
    let cyclic = "{{ $x := dict }}{{ $_ := set $x \"x\" $x }}";
    let uses = [
        "{{ $x }}",
        "{{ toJson $x }}",
        "{{ deepCopy $x }}",
        "{{ deepEqual $x (deepCopy $x) }}",
        "{{ quote $x }}",
    ];
    for start in [wide, deep, cyclic] {
        for usage in uses {
            assert!(
                run(&format!("{start}{usage}"), &data("{}"), limits).is_err(),
                "{start}{usage}"
            );
        }
    }
    for template in [
        "{{ define \"t\" }}{{ template \"t\" }}{{ end }}{{ template \"t\" }}",
        "{{ range 9223372036854775807 }}{{ end }}",
        "{{ repeat 9223372036854775807 \"ab\" }}",
        "{{ until 9223372036854775807 }}",
        "{{ indent 9223372036854775807 \"ab\" }}",
        "{{ $x := \"ab\" }}{{ range until 100 }}{{ $x = print $x $x }}{{ end }}",
        "{{ range until 100000 }}{{ repeat 10000 \"x\" }}{{ end }}",
        "{{ randAlphaNum 9223372036854775807 }}",
    ] {
        assert!(run(template, &data("{}"), limits).is_err(), "{template}");
    }
    assert!(run(&"{{ if 1 }}".repeat(100_000), &data("{}"), limits).is_err());
    assert!(
        run(
            &format!("{{{{ {} }}}}", "(".repeat(100_000)),
            &data("{}"),
            limits
        )
        .is_err()
    );
    assert!(
        run(
            &format!("{{{{ if 1 }}}}{}", "{{ else if 1 }}".repeat(100_000)),
            &data("{}"),
            limits
        )
        .is_err()
    );
}

#[test]
fn deep_values_are_dropped_without_recursion() {
    let template =
        "{{ $x := list }}{{ range until 100000 }}{{ $x = dict \"a\" (list $x) }}{{ end }}done";
    assert_eq!(
        run(template, &data("{}"), Limits::default()).unwrap().text,
        "done"
    );
}

#[test]
fn the_deepest_nesting_that_parses_also_renders() {
    let template = format!("{}x{}", "{{ if 1 }}".repeat(100), "{{ end }}".repeat(100));
    assert_eq!(
        run(&template, &data("{}"), Limits::default()).unwrap().text,
        "x"
    );
    let template = format!("{{{{ {}1{} }}}}", "(".repeat(100), ")".repeat(100));
    assert_eq!(
        run(&template, &data("{}"), Limits::default()).unwrap().text,
        "1"
    );
}
