//! Compares with what kustomize makes of the same objects and patches; `.ci/validate-patches.sh`
//! records it. Items of lists with keys may be in any order: kustomize puts new ones first.

use super::{RULES, list};
use crate::patch::{ListMerge, ObjectKind, tests::patched};
use crate::support::places::Step;
use diagnostics::ordered_map::Key;
use diagnostics::report::Report;
use diagnostics::source::Sources;
use diagnostics::value::Value;
use yaml::Node;

/// Where more results are, as the script passes them.
const RESULTS: &str = "PATCH_RESULTS";

fn parse(text: &str) -> Node {
    let mut sources = Sources::default();
    let id = sources.add("t", text);
    yaml::parse(&sources, id, &mut Report::default()).remove(0)
}

/// The value with the lists sorted that merge by keys, and without what is empty: kustomize keeps a
/// `null` in a list that replaces, which Kubernetes takes for a missing key.
fn normal(value: Value, kind: ObjectKind<'_>, path: &mut Vec<Step>) -> Value {
    match value {
        Value::Map(map) => {
            let mut entries: Vec<_> = map.into_iter().collect();
            entries.sort_by(|(one, _), (other, _)| one.cmp(other));
            let mut entry = |(key, value): (Key, Value)| {
                path.push(Step::Key(key.clone().into()));
                let value = normal(value, kind, path);
                path.pop();
                let is_nothing = value == Value::map() || value == Value::Null;
                (!is_nothing).then_some((key, value))
            };
            Value::Map(entries.into_iter().filter_map(&mut entry).collect())
        }
        Value::List(items) => {
            let is_fixed = matches!(list(kind, path), ListMerge::Replace);
            path.push(Step::Index(0));
            let items = items.into_iter();
            let mut items: Vec<_> = items.map(|item| normal(item, kind, path)).collect();
            path.pop();
            if !is_fixed {
                items.sort_by_key(Value::to_json);
            }
            Value::List(items)
        }
        scalar => scalar,
    }
}

#[test]
// The cases of the script are in a file.
#[allow(clippy::disallowed_methods)]
fn patches_do_the_same_as_those_of_kustomize() {
    let more = std::env::var(RESULTS).map(|path| std::fs::read_to_string(path).unwrap());
    let cases = more.unwrap_or_else(|_| include_str!("recorded.txt").to_owned());
    let mut differences = Vec::new();
    for line in cases.lines() {
        let case = parse(line);
        let object = case.get("object").unwrap().to_value();
        let text = |key: &str| object.get(key).and_then(Value::as_str).unwrap().to_owned();
        let (api_version, kind) = (text("apiVersion"), text("kind"));
        let kind = ObjectKind {
            api_version: &api_version,
            kind: &kind,
        };
        let ours = patched(RULES, kind, object.clone(), &case);
        let theirs = parse(case.get("result").unwrap().as_str().unwrap()).to_value();
        let theirs = normal(theirs, kind, &mut Vec::new());
        match ours.map(|ours| normal(ours, kind, &mut Vec::new())) {
            Ok(ours) if ours == theirs => {}
            ours => differences.push(format!("{line}\n  ours: {ours:?}\ntheirs: {theirs:?}")),
        }
    }
    assert!(cases.lines().count() >= 100);
    let count = differences.len();
    assert!(
        differences.is_empty(),
        "{count} differ:\n{}",
        differences.join("\n")
    );
}
