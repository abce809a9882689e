//! Compares with results that Docker Compose reads as it reads the file with its override;
//! `.ci/validate-patches.sh` records them.

use super::RULES;
use crate::patch::{ObjectKind, tests::patched};
use diagnostics::report::Report;
use diagnostics::source::Sources;
use yaml::Node;

fn parse(text: &str) -> Node {
    let mut sources = Sources::default();
    let id = sources.add("t", text);
    yaml::parse(&sources, id, &mut Report::default()).remove(0)
}

#[test]
fn patches_do_the_same_as_override_files() {
    let cases = include_str!("recorded.txt");
    for line in cases.lines() {
        let case = parse(line);
        let part = |key: &str| case.get(key).unwrap().to_value();
        let kind = ObjectKind {
            api_version: "",
            kind: &part("kind").to_text(),
        };
        let ours = patched(RULES, kind, part("object"), &case).map(|ours| ours.to_json());
        assert_eq!(ours, Ok(part("result").to_json()), "{line}");
    }
    assert!(cases.lines().count() >= 100);
}

/// `object` and `merge` are JSON.
fn merged(kind: &str, object: &str, merge: &str) -> String {
    let patch = parse(&format!("merge: {merge}"));
    let kind = ObjectKind {
        api_version: "",
        kind,
    };
    patched(RULES, kind, parse(object).to_value(), &patch)
        .unwrap()
        .to_json()
}

#[test]
fn values_in_different_forms_merge() {
    for (object, merge, expected) in [
        (
            "{environment: {A: a}}",
            "{environment: [A=b, HOME]}",
            r#"{"environment":["A=b","HOME"]}"#,
        ),
        (
            "{environment: [A=a, HOME]}",
            "{environment: {A: null}}",
            r#"{"environment":{"HOME":null}}"#,
        ),
        (
            "{dns: 1.1.1.1}",
            "{dns: 2.2.2.2}",
            r#"{"dns":["1.1.1.1","2.2.2.2"]}"#,
        ),
        (
            "{depends_on: [a]}",
            "{depends_on: [a, b]}",
            r#"{"depends_on":["a","b"]}"#,
        ),
        (
            "{depends_on: {a: {condition: service_healthy, required: false}}}",
            "{depends_on: [a, b]}",
            r#"{"depends_on":{"a":{"condition":"service_started","required":true},"b":{"condition":"service_started"}}}"#,
        ),
        (
            "{extra_hosts: {a: 10.0.0.1}}",
            "{extra_hosts: ['a:10.0.0.2', 'b=10.0.0.3']}",
            r#"{"extra_hosts":{"a":["10.0.0.1","10.0.0.2"],"b":"10.0.0.3"}}"#,
        ),
        (
            "{sysctls: {a: 1}}",
            "{sysctls: [$patch: replace, b=2]}",
            r#"{"sysctls":["b=2"]}"#,
        ),
        (
            "{ulimits: {nofile: {soft: 1, hard: 2}}}",
            "{ulimits: {nofile: 5}}",
            r#"{"ulimits":{"nofile":5}}"#,
        ),
        (
            "{logging: {driver: syslog, options: {a: b}}}",
            "{logging: {driver: local}}",
            r#"{"logging":{"driver":"local"}}"#,
        ),
    ] {
        assert_eq!(merged("service", object, merge), expected);
    }
}
