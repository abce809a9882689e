//! All that takes time or memory is paid for in steps, so that the limit on steps limits both.
//!
//! Most rows come from fuzzing.

use std::fmt::Write;
use std::rc::Rc;

use super::{Data, Limits, check, data, run};

fn limits() -> Limits {
    Limits {
        steps: 20_000,
        ..Limits::default()
    }
}

/// Templates that look cheap and take far more work than 20,000 steps.
const EXPENSIVE: &[&str] = &[
    // Iterating: a map is copied before the first round.
    r#"{{ $m := split "" (repeat 2000 "a") }}{{ range until 400 }}{{ range $m }}{{ break }}{{ end }}{{ end }}"#,
    // Reading texts, as arguments or inside values.
    r#"{{ $t := repeat 16000 "a" }}{{ range until 100 }}{{ $x := initials $t }}{{ end }}"#,
    r#"{{ $t := repeat 16000 "a" }}{{ range until 100 }}{{ $x := splitList (repeat 2000 "b") $t }}{{ end }}"#,
    r#"{{ $a := list (repeat 50000 "a") }}{{ $b := list (repeat 50000 "a") }}
       {{ range until 100 }}{{ $x := deepEqual $a $b }}{{ end }}"#,
    r#"{{ $k := repeat 5000 "a" }}{{ range until 40 }}{{ $x := set (dict) $k 1 }}{{ end }}"#,
    r#"{{ $x := trimAll (repeat 19000 "a") "b" }}"#,
    // Small texts that become large values.
    r#"{{ $x := fromJson (printf "[%s1]" (repeat 3000 "{},")) }}"#,
    r#"{{ $l := fromJson (printf "[%s1]" (repeat 100 "{},")) }}{{ range until 30 }}{{ $x := deepCopy $l }}{{ end }}"#,
    r#"{{ $l := until 2000 }}{{ $x := concat $l $l $l $l $l }}"#,
    r#"{{ $x := semverCompare (repeat 6000 ">1 ") "2.0.0" }}"#,
    r#"{{ range until 1000 }}{{ $x := urlParse "" }}{{ end }}"#,
    // Much arithmetic for a small result.
    r#"{{ range until 700 }}{{ $x := addf 1e300 1e-300 }}{{ end }}"#,
    r#"{{ range until 100 }}{{ $x := printf "%f" 1e300 }}{{ end }}"#,
    r#"{{ range until 700 }}{{ $x := sha512sum "a" }}{{ end }}"#,
    r#"{{ range until 1200 }}{{ $x := uuidv4 }}{{ end }}"#,
    r#"{{ $x := shuffle (repeat 9600 "a") }}"#,
    // Regular expressions: each search reads to the end, a large one is slow to compile, a wide
    // class to fold.
    r#"{{ $x := regexFindAll ".*[^A-Z]|[A-Z]" (repeat 2000 "A") -1 }}"#,
    r#"{{ $x := regexReplaceAll ".*[^A-Z]|[A-Z]" (repeat 2000 "A") "" }}"#,
    r#"{{ $x := regexSplit ".*[^A-Z]|[A-Z]" (repeat 2000 "A") -1 }}"#,
    r#"{{ range until 5 }}{{ $x := regexMatch "[a-z]{1000}x" "" }}{{ end }}"#,
    r#"{{ $x := regexMatch (repeat 5000 "a") "" }}"#,
    r#"{{ $x := regexMatch (repeat 100 "\\pL") "" }}"#,
    r#"{{ $x := regexMatch "(?i)\\pL" "" }}"#,
    r#"{{ $x := regexMatch "(?s-i:[^a](?mi)[ä-ü])" "" }}"#,
];

#[test]
fn expensive_work_is_paid_for() {
    let is_stopped = |template: &&&str| {
        let result = run(template, &data("{}"), limits());
        result.is_err_and(|error| error.message.contains("too many steps"))
    };
    let cheap: Vec<_> = EXPENSIVE
        .iter()
        .filter(|template| !is_stopped(template))
        .collect();
    assert!(cheap.is_empty(), "{cheap:#?}");
}

/// In a loop, a long action costs as much as many short ones.
#[test]
fn every_operand_is_paid_for() {
    let start = r#"{{ $m := dict }}{{ $_ := set $m "a" $m }}{{ range until 100 }}"#;
    for action in [
        format!("$m{}", ".a".repeat(300)),
        format!("index $m{}", " \"a\"".repeat(300)),
        format!("add{}", " 1".repeat(300)),
        format!("list{}", format!(" \"{}\"", "a".repeat(1000)).repeat(5)),
    ] {
        let template = format!("{start}{{{{ $x := {action} }}}}{{{{ end }}}}");
        assert!(run(&template, &data("{}"), limits()).is_err(), "{template}");
    }
}

#[test]
fn a_long_search_for_a_variable_is_paid_for() {
    let mut template = String::new();
    (0..900).for_each(|number| write!(template, "{{{{ $v{number} := 1 }}}}").unwrap());
    let far = format!("{template}{{{{ range until 500 }}}}{{{{ $x := $v0 }}}}{{{{ end }}}}");
    let near = format!("{template}{{{{ range until 500 }}}}{{{{ $x := $v899 }}}}{{{{ end }}}}");
    assert!(run(&far, &data("{}"), limits()).is_err());
    assert!(run(&near, &data("{}"), limits()).is_ok());
}

/// What people write stays far below the limit.
#[test]
fn common_work_is_cheap() {
    for template in [
        r#"{{ regexReplaceAll "(?i)[^a-z0-9]+" "A name, 2 Words" "-" | lower | trunc 63 | trimSuffix "-" }}"#,
        r#"{{ regexMatch "^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$" "some-name" }}"#,
        r#"{{ range $k, $v := .m }}{{ $k }}: {{ $v | toJson | b64enc | quote }}{{ end }}"#,
        r#"{{ semverCompare ">=1.2 <2 || ^3.1" "1.5.0" }} {{ sha256sum "a" | trunc 8 }} {{ randAlphaNum 32 }}"#,
    ] {
        let limits = Limits {
            steps: 10_000,
            ..Limits::default()
        };
        assert!(
            run(
                template,
                &data(r#"{"m": {"a": 1, "b": {"c": "d"}}}"#),
                limits
            )
            .is_ok(),
            "{template}"
        );
    }
}

/// With work that grows with the square of the text, neither ends within a minute.
#[test]
fn long_texts_are_read_once() {
    check(
        "{}",
        &[
            (r#"{{ snakecase (repeat 400000 "1") | len }}"#, "400000"),
            (r#"{{ printf (repeat 500000 "%[") 1 | len }}"#, "500000"),
        ],
    );
}

/// A long key that is copied for one step would fill the memory.
#[test]
fn merging_shares_keys() {
    let data = data(r#"{"from": {"key": 1}}"#);
    run(
        r#"{{ $_ := set . "to" (merge (dict) .from) }}"#,
        &data,
        Limits::default(),
    )
    .unwrap();
    let Data::Map(root) = &data else {
        panic!("the data is a map")
    };
    let key = |name: &str| match root.get(name) {
        Some(Data::Map(map)) => map.entries().remove(0).0,
        other => panic!("{name} is {other:?}"),
    };
    assert!(Rc::ptr_eq(&key("from"), &key("to")));
}
