//! Checks the types in a `state.yaml` of a Go tool. `null` counts as missing, as in those tools.

use compiler::identity::{PROJECT_RULE, is_project_name};
use compiler::rules::INVALID_NAME;
use diagnostics::report::{Problem, Report};
use yaml::{Node, reader};

/// Reports every value with a wrong type.
pub(super) fn check(document: &Node, report: &mut Report) {
    for (name, workload) in entries(document, "workloads", report) {
        texts(workload, &["file", "instance_suffix"], report);
        mapping(workload, "spec", &format!("the `spec` of `{name}`"), report);
    }
    for (uid, resource) in entries(document, "resources", report) {
        texts(
            resource,
            &["guid", "source_workload", "provisioner"],
            report,
        );
        for part in ["state", "outputs"] {
            mapping(resource, part, &format!("the `{part}` of `{uid}`"), report);
        }
    }
    mapping(document, "shared_state", "`shared_state`", report);
    if let Some(patches) = present(document, "patching_templates") {
        for patch in reader::list(patches, "`patching_templates`", report) {
            let _ = reader::string(patch, "a patch template", report);
        }
    }
    texts(document, &["compose_project", "mounts_directory"], report);
    if let Some(node) = present(document, "compose_project") {
        project(node, report);
    }
}

/// The project becomes a part of a path and of the `environment.yaml`.
fn project(node: &Node, report: &mut Report) {
    let Some(name) = node.as_str().filter(|name| !is_project_name(name)) else {
        return;
    };
    let problem = Problem::new(
        &INVALID_NAME,
        format!("`{name}` is not a valid project name"),
    );
    report.push(problem.at(node.span).help(PROJECT_RULE));
}

fn present<'node>(node: &'node Node, key: &str) -> Option<&'node Node> {
    node.get(key).filter(|node| !node.is_null())
}

/// The entries of a mapping of mappings.
fn entries<'node>(
    document: &'node Node,
    key: &str,
    report: &mut Report,
) -> Vec<(&'node str, &'node Node)> {
    let Some(node) = present(document, key) else {
        return Vec::new();
    };
    let Some(entries) = node.as_map() else {
        reader::not_a_mapping(node, &format!("`{key}`"), report);
        return Vec::new();
    };
    let mut list = Vec::with_capacity(entries.len());
    for (name, entry) in entries.iter().filter(|(_, entry)| !entry.value.is_null()) {
        match entry.value.as_map() {
            Some(_) => list.push((name.as_str(), &entry.value)),
            None => reader::not_a_mapping(&entry.value, &format!("`{name}`"), report),
        }
    }
    list
}

fn mapping(node: &Node, key: &str, what: &str, report: &mut Report) {
    if let Some(node) = present(node, key).filter(|node| node.as_map().is_none()) {
        reader::not_a_mapping(node, what, report);
    }
}

fn texts(node: &Node, keys: &[&str], report: &mut Report) {
    for key in keys {
        if let Some(node) = present(node, key) {
            let _ = reader::string(node, &format!("`{key}`"), report);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use diagnostics::source::Sources;

    fn problems(text: &str) -> Vec<String> {
        let mut sources = Sources::default();
        let id = sources.add("state.yaml", text);
        let mut report = Report::default();
        yaml::parse(&sources, id, &mut report)
            .iter()
            .for_each(|document| check(document, &mut report));
        report
            .in_order()
            .iter()
            .map(|one| format!("{}: {}", one.name(), one.message()))
            .collect()
    }

    #[test]
    fn wrong_types_are_reported() {
        assert_eq!(
            problems("{workloads: [], resources: [a], shared_state: 3, patching_templates: {}, mounts_directory: [a]}")
                .len(),
            5
        );
        assert_eq!(
            problems("resources: {a: 3, b: {guid: 7, state: [x], outputs: y}}"),
            [
                "wrong-type: `a` must be a mapping, this is a number",
                "wrong-type: `guid` must be a string, this is a number",
                "wrong-type: the `state` of `b` must be a mapping, this is a list",
                "wrong-type: the `outputs` of `b` must be a mapping, this is a string",
            ]
        );
        assert_eq!(
            problems("workloads: {a: {file: 1, spec: [], instance_suffix: {}}}").len(),
            3
        );
        assert_eq!(problems("patching_templates: [a, 3]").len(), 1);
    }

    #[test]
    fn states_of_the_tools_are_valid() {
        let text = "{workloads: {a: {file: null, spec: {}}, b: null}, resources: {}, shared_state: null, compose_project: my_app}";
        assert!(problems(text).is_empty(), "{:?}", problems(text));
    }

    #[test]
    fn a_project_name_is_one_part_of_a_path() {
        for name in ["/../../../../pwned", "''", "'..'", "My", "a/b"] {
            let messages = problems(&format!(
                "{{workloads: {{}}, resources: {{}}, compose_project: {name}}}"
            ));
            assert!(
                messages.len() == 1 && messages[0].starts_with("invalid-name"),
                "{name}: {messages:?}"
            );
        }
    }
}
