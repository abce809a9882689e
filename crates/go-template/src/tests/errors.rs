//! Errors and the places they point at.

use super::{Limits, RandomSource, Template, Tools, check_errors, data, stream};

const JSON: &str = r#"{"name": "web", "port": 8080, "nil": null, "list": [1]}"#;

#[test]
fn templates_that_do_not_parse() {
    check_errors(
        JSON,
        &[
            ("a {{ if .x }} b", "{{ if .x }}", "`{{if}}` is never closed"),
            (
                "{{ range .x }}{{ else }}",
                "{{ range .x }}",
                "`{{range}}` is never closed",
            ),
            (
                "{{ define \"a\" }}",
                "{{ define \"a\" }}",
                "`{{define}}` is never closed",
            ),
            ("a {{ end }}", "{{ end }}", "`{{end}}` without a block"),
            ("{{ else }}", "{{ else }}", "`{{else}}` without a block"),
            (
                "{{ if 1 }}{{ else }}{{ else }}{{ end }}",
                "{{ else }}",
                "second `{{else}}`",
            ),
            ("{{ nope 1 }}", "nope", "unknown function `nope`"),
            ("{{ $x }}", "$x", "undefined variable `$x`"),
            ("{{ $x = 1 }}", "$x", "undefined variable `$x`"),
            (
                "{{ if 1 }}{{ $x := 1 }}{{ end }}{{ $x }}",
                "$x",
                "undefined variable `$x`",
            ),
            ("{{ }}", "{{ }}", "needs a value"),
            ("{{ if }}{{ end }}", "{{ if }}", "`if` needs a value"),
            ("{{ .a | | upper }}", "|", "needs a value"),
            ("{{ | upper }}", "|", "needs a value"),
            ("{{ .a | 1 }}", "1", "only a function or a field"),
            ("{{ (.a }}", "(", "unclosed `(`"),
            ("{{ .a ) }}", ")", "unexpected `)`"),
            ("{{ \"abc }}", "\"abc }}", "unterminated string"),
            ("{{ `abc }}", "`abc }}", "unterminated raw string"),
            ("{{ \"\\q\" }}", "\"\\q", "bad escape"),
            ("{{ 'ab' }}", "'ab'", "exactly one character"),
            ("{{ 1a }}", "1a", "bad number `1a`"),
            (
                "{{ 99999999999999999999 }}",
                "99999999999999999999",
                "bad number",
            ),
            ("{{ .a", "{{ .a", "unclosed action"),
            ("{{/* a", "{{/* a", "unclosed comment"),
            ("{{ break }}", "{{ break }}", "outside `{{range}}`"),
            ("{{ template t }}", "t", "needs a quoted name"),
            (
                "{{ if 1 }}{{ define \"t\" }}{{ end }}{{ end }}",
                "{{ define \"t\" }}",
                "only at the top level",
            ),
            (
                "{{ define \"t\" }}a{{ end }}{{ define \"t\" }}b{{ end }}",
                "\"t\"",
                "defined more than once",
            ),
            ("{{ .a @ }}", "@", "unexpected character '@'"),
            ("{{ $a, $b := .x }}", ",", "only `range`"),
            ("{{ range $a, 1 := .x }}{{ end }}", "1", "needs a variable"),
            ("{{ nil.a }}", "nil.a", "a constant has no fields"),
            ("{{ \"a\"\"b\" }}", "\"b\"", "expected a space"),
        ],
    );
}

#[test]
fn templates_that_fail_when_rendered() {
    check_errors(
        JSON,
        &[
            (
                "{{ .name.x }}",
                ".name.x",
                "cannot take field `x` of type string",
            ),
            ("{{ .nil.x }}", ".nil.x", "cannot take field `x` of nil"),
            (
                "{{ upper .port }}",
                ".port",
                "`upper`: wrong type for value; expected string; got int",
            ),
            (
                "{{ upper .no }}",
                ".no",
                "`upper`: invalid value; expected string",
            ),
            ("{{ .port | upper }}", "upper", "expected string; got int"),
            (
                "{{ trunc (add 1 2) \"abc\" }}",
                "(add 1 2)",
                "expected int; got int64",
            ),
            (
                "{{ trunc 1.5 \"abc\" }}",
                "1.5",
                "expected int; got float64",
            ),
            (
                "{{ upper }}",
                "upper",
                "wrong number of arguments: want 1, got 0",
            ),
            ("{{ printf }}", "printf", "want at least 1, got 0"),
            (
                "{{ index .list 5 }}",
                "index .list 5",
                "`index`: index out of range: 5",
            ),
            ("{{ index .no 5 }}", "index .no 5", "index of nothing"),
            ("{{ len 3 }}", "len 3", "has no length"),
            (
                "{{ eq 1 \"a\" }}",
                "eq 1 \"a\"",
                "incompatible types for comparison: int and string",
            ),
            (
                "{{ eq .list .list }}",
                "eq .list .list",
                "cannot be compared",
            ),
            ("{{ lt true false }}", "lt true false", "cannot be ordered"),
            ("{{ div 1 0 }}", "div 1 0", "division by zero"),
            (
                "{{ fail \"no luck\" }}",
                "fail \"no luck\"",
                "`fail`: no luck",
            ),
            ("{{ .name 1 }}", ".name", "not a function"),
            ("{{ nil }}", "nil", "not a command"),
            (
                "{{ template \"no\" }}",
                "\"no\"",
                "there is no template `no`",
            ),
            (
                "{{ range .name }}{{ end }}",
                ".name",
                "cannot iterate over string",
            ),
            (
                "{{ range $a, $b := 3 }}{{ end }}",
                "3",
                "one variable, not two",
            ),
            (
                "{{ dig \"a\" \"b\" 1 .name }}",
                "dig \"a\" \"b\" 1 .name",
                "got string",
            ),
            ("{{ now }}", "now", "output must not depend on the time"),
            ("{{ env \"HOME\" }}", "env \"HOME\"", "not available"),
            (
                "{{ substr 0 2 \"aé\" }}",
                "substr 0 2 \"aé\"",
                "split a character",
            ),
            (
                "{{ first .name }}",
                "first .name",
                "expected a list; got string",
            ),
            (
                "{{ hasKey .nil \"a\" }}",
                ".nil",
                "expected map[string]interface {}; got nil",
            ),
            ("{{ call .name }}", "call .name", "not a function"),
            ("{{ greet }}", "greet", "`greet`: wants one name"),
            (
                "{{ regexFind \"(\" \"a\" }}",
                "regexFind \"(\" \"a\"",
                "not a regular expression",
            ),
            (
                "{{ printf \"%s\" (upper .port) }}",
                ".port",
                "expected string; got int",
            ),
        ],
    );
}

#[test]
fn random_functions_fail_without_a_source() {
    let random =
        |_: u32| -> Result<Box<dyn RandomSource>, String> { Err("there is no seed".to_owned()) };
    let tools = Tools {
        random: &random,
        functions: &[],
        limits: Limits::default(),
    };
    let error = Template::parse("{{ randAlpha 3 }}", &[])
        .unwrap()
        .render(&data("{}"), &tools)
        .unwrap_err();
    assert_eq!(error.message, "`randAlpha`: there is no seed");
}

#[test]
fn a_declared_host_function_must_be_given() {
    let tools = Tools {
        random: &stream,
        functions: &[],
        limits: Limits::default(),
    };
    let template = Template::parse("x {{ encode 1 }}", &["encode"]).unwrap();
    let error = template.render(&data("{}"), &tools).unwrap_err();
    assert_eq!((error.start, error.end), (5, 13));
}

#[test]
fn a_template_can_be_shared_between_threads() {
    fn is_shared<T: Send + Sync>() {}
    is_shared::<Template>();
}

#[test]
fn failures_in_loops_are_collected() {
    let tools = Tools {
        random: &stream,
        functions: &[],
        limits: Limits::default(),
    };
    let collect = |template: &str| {
        let template = Template::parse(template, &[]).unwrap();
        let result = template.render_collecting(&data(r#"{"a":{"x":1,"y":2}}"#), &tools);
        let failures = result.err().unwrap_or_default().into_iter();
        let describe = |failure: crate::Failure| {
            let keys: Vec<String> = failure
                .iterations
                .iter()
                .map(|(key, _)| key.as_text().unwrap_or("?").to_owned())
                .collect();
            format!("{} {}", keys.join("/"), failure.error.message)
        };
        failures.map(describe).collect::<Vec<_>>()
    };
    assert_eq!(
        collect("{{ range .a }}{{ . }}{{ end }}"),
        Vec::<String>::new()
    );
    // A variable of the iteration that failed is gone in the next one.
    assert_eq!(
        collect(
            "{{ $n := 0 }}{{ range $k, $v := .a }}{{ $n := $v }}{{ range 1 }}{{ fail $k }}{{ end }}{{ end }}{{ fail (print $n) }}"
        ),
        ["x/? `fail`: x", "y/? `fail`: y", " `fail`: 0"]
    );
    // What fails after a failure is left out; what fails before one is not.
    assert_eq!(
        collect("{{ range .a }}{{ fail \"no\" }}{{ end }}{{ index nil 1 }}"),
        ["x `fail`: no", "y `fail`: no"]
    );
    assert_eq!(collect("{{ index .a.x 1 }}{{ fail \"no\" }}").len(), 1);
}
