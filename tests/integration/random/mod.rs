//! Random valid workloads with every field of the language, for both targets and in every syntax.
//!
//! `PROPTEST_CASES` is the number of projects. An independent YAML reader reads the output, which
//! is compared with the Score files without code of score-rs.

pub mod compile;
mod compose;
mod container;
mod expand;
mod expected;
mod export;
mod kubernetes;
mod names;
pub mod project;
mod texts;
mod workload;

use compiler::emit::Syntax;
use proptest::prelude::*;
use serde_json::Value;

use compile::{Compiled, compile};
use compiler::support::parallel::with_threads;
use project::{Project, project};

/// The documents of a YAML or JSON text.
fn documents(text: &str) -> Vec<Value> {
    let documents = yaml_serde::Deserializer::from_str(text);
    documents
        .map(|document| serde::Deserialize::deserialize(document).unwrap())
        .collect()
}

/// Checks that nothing in a value is empty, except `emptyDir` and texts.
fn check_not_empty(value: &Value, path: &str) {
    match value {
        Value::Null => panic!("{path} is null"),
        Value::Array(items) if items.is_empty() => panic!("{path} is an empty list"),
        Value::Object(map) if map.is_empty() && !path.ends_with("emptyDir") => {
            panic!("{path} is empty")
        }
        Value::Array(items) => items.iter().for_each(|item| check_not_empty(item, path)),
        Value::Object(map) => map
            .iter()
            .for_each(|(key, item)| check_not_empty(item, &format!("{path}.{key}"))),
        _ => {}
    }
}

fn compiled(project: &Project, target: &str, syntax: Syntax, order: u64) -> Compiled {
    compile(project, target, syntax, order).unwrap_or_else(|errors| panic!("{target}: {errors}"))
}

fn check(target: &str, project: &Project, order: u64) {
    let yaml = compiled(project, target, Syntax::Yaml, 0);
    let expected = documents(&yaml.text);
    let kyaml = compiled(project, target, Syntax::Kyaml, 0);
    assert_eq!(documents(&kyaml.text), expected);
    let json: Value =
        serde_json::from_str(&compiled(project, target, Syntax::Json, 0).text).unwrap();
    let listed = if target == "compose" {
        vec![json]
    } else {
        json["items"].as_array().unwrap().clone()
    };
    assert_eq!(listed, expected);
    match target {
        "compose" => compose::check(project, &yaml, &expected[0]),
        _ => kubernetes::check(project, &expected),
    }
    for threads in [1, 4] {
        let on_threads = || compiled(project, target, Syntax::Yaml, 0);
        let text = with_threads(threads, on_threads);
        assert!(text == yaml, "{threads} threads give another output");
    }
    let shuffled = compiled(project, target, Syntax::Yaml, order);
    assert!(
        yaml == shuffled,
        "{}",
        similar::TextDiff::from_lines(&yaml.text, &shuffled.text).unified_diff()
    );
}

/// The number of random cases: `PROPTEST_CASES`, or the default.
pub fn cases(default: u32) -> u32 {
    std::env::var("PROPTEST_CASES")
        .ok()
        .and_then(|cases| cases.parse().ok())
        .unwrap_or(default)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: cases(12), failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn manifests_match_the_score_files(project in project(), order in any::<u64>()) {
        check("kubernetes", &project, order);
    }

    #[test]
    fn a_compose_file_matches_the_score_files(project in project(), order in any::<u64>()) {
        check("compose", &project, order);
    }
}
