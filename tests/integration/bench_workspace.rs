//! The workspace of the benchmarks must be valid, or the benchmarks measure error messages.

#[path = "../../benches/workspace/mod.rs"]
mod generated;

use std::collections::BTreeSet;
use yaml_serde::Value;

#[test]
fn every_file_is_a_workload_whose_references_exist() {
    let files = generated::workspace(100);
    assert_eq!(files.len(), 100);
    let names: BTreeSet<&str> = files
        .iter()
        .map(|(path, _)| path.trim_end_matches("/score.yaml"))
        .collect();
    assert_eq!(names.len(), 100);
    let mut types = BTreeSet::new();
    for (path, text) in &files {
        let workload: Value =
            yaml_serde::from_str(text).unwrap_or_else(|error| panic!("{path}: {error}"));
        assert_eq!(
            workload["metadata"]["name"]
                .as_str()
                .map(|name| format!("{name}/score.yaml"))
                .as_ref(),
            Some(path)
        );
        let resources = workload["resources"]
            .as_mapping()
            .unwrap_or_else(|| panic!("{path}: no resources"));
        for (name, resource) in resources {
            let kind = resource["type"].as_str().unwrap_or_default();
            types.insert(kind.to_owned());
            assert!(
                kind != "service" || names.contains(name.as_str().unwrap_or_default()),
                "{path}"
            );
        }
        for reference in text.split("${resources.").skip(1) {
            let name = reference.split('.').next().unwrap_or_default();
            assert!(resources.contains_key(name), "{path}: {name}");
        }
    }
    assert_eq!(
        types.iter().map(String::as_str).collect::<Vec<_>>(),
        ["dns", "postgres", "redis", "route", "service"]
    );
}

#[test]
fn workspaces_are_deterministic_and_prefixes_of_larger_ones() {
    assert_eq!(generated::workspace(10), generated::workspace(10));
    assert_eq!(generated::workspace(10), generated::workspace(25)[..10]);
    assert!(generated::workspace(0).is_empty());
}
