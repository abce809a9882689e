//! `score-rs import` on the state of each recorded run, and `generate` after it.

use std::collections::BTreeMap;

use diagnostics::value::Value;

use super::case::{Case, Tool};
use super::side::{identity, objects};
use super::{case, run, yaml};
use crate::sandbox::{RunResult, Sandbox};

/// A project with the state of the Go tool, without its output.
fn project(case: &Case) -> Sandbox {
    let (sandbox, inputs) = (Sandbox::new(), case.inputs());
    for (path, content) in case.files() {
        sandbox.write(&path, content);
    }
    let directory = format!(".{}", case.tool.name());
    sandbox.write(&format!("{directory}/state.yaml"), case.state_text());
    for (name, text) in &inputs.definitions {
        let name = if name.contains("defaults") {
            "zz-default.provisioners.yaml"
        } else {
            name
        };
        sandbox.write(&format!("{directory}/{name}"), text);
    }
    sandbox
}

fn target(case: &Case) -> &'static str {
    match case.tool {
        Tool::Kubernetes => "kubernetes",
        Tool::Compose => "compose",
    }
}

fn score_rs(sandbox: &Sandbox, arguments: &[&str]) -> RunResult {
    let mut command = sandbox.command(arguments);
    crate::sandbox::wait_for_exit(
        command.env("SCORE_RS_SEED", "recorded").spawn().unwrap(),
        arguments,
    )
}

fn contents(sandbox: &Sandbox) -> BTreeMap<String, Vec<u8>> {
    let files = sandbox
        .list()
        .into_iter()
        .filter(|path| !sandbox.path(path).is_dir());
    files
        .map(|path| (path.clone(), std::fs::read(sandbox.path(&path)).unwrap()))
        .collect()
}

/// The output of the imported environment, or the error.
fn generated(case: &Case, sandbox: &Sandbox) -> Result<Vec<Value>, String> {
    let files = case.inputs().score_files;
    let files = files.iter().map(|(path, _)| path.as_str());
    let flags = [
        "generate",
        "-q",
        "-i",
        run::IMAGE,
        "-e",
        target(case),
        "-o",
        "out.yaml",
    ];
    let result = score_rs(sandbox, &flags.into_iter().chain(files).collect::<Vec<_>>());
    match result.code {
        Some(0) => Ok(yaml(&sandbox.read("out.yaml"))),
        _ => Err(result.stderr),
    }
}

/// Fields that cannot be changed in an existing Kubernetes object.
const IMMUTABLE: [&[&str]; 5] = [
    &["spec", "selector"],
    &["spec", "volumeClaimTemplates"],
    &["spec", "serviceName"],
    &["spec", "podManagementPolicy"],
    &["type"],
];

/// The immutable fields of an object.
fn immutable_fields(object: &Value) -> Vec<Option<&Value>> {
    let kind = object
        .get("kind")
        .and_then(Value::as_str)
        .unwrap_or_default();
    // The selector of a Service may change.
    let fields = IMMUTABLE
        .iter()
        .filter(|path| !(kind == "Service" && path[0] == "spec"));
    fields
        .map(|path| path.iter().try_fold(object, |value, key| value.get(key)))
        .collect()
}

#[test]
fn an_imported_project_gives_the_recorded_objects() {
    let Some(cases) = case::cases() else { return };
    let (mut failures, mut refused, mut compared) = (Vec::new(), 0, 0);
    for case in &cases {
        let sandbox = project(case);
        let directory = format!(".{}", case.tool.name());
        let result = score_rs(&sandbox, &["import", &directory]);
        assert_eq!(result.code, Some(0), "{}: {}", case.title(), result.stderr);
        let before = contents(&sandbox);
        let again = score_rs(&sandbox, &["import"]);
        assert!(
            again.code == Some(0) && contents(&sandbox) == before,
            "{}: {}",
            case.title(),
            again.stderr
        );
        // `every_recorded_run_gives_the_same_objects` compares this with the recording.
        let expected =
            run::compiled(&case.inputs(), case.state().state).map(|compiled| compiled.documents);
        match (generated(case, &sandbox), expected) {
            (Ok(ours), Ok(expected)) if ours == expected => compared += 1,
            (Ok(_), Ok(_)) => {
                failures.push(format!("{}: not the output of its state", case.title()))
            }
            (Err(error), _) => {
                refused += usize::from(super::is_refused(case, &error, &mut failures))
            }
            (Ok(_), Err(error)) => {
                failures.push(format!("{}: not refused, but {error}", case.title()))
            }
        }
    }
    assert!(failures.is_empty(), "{}", failures.join("\n"));
    assert_eq!(
        (refused, compared),
        (super::REFUSED.len(), cases.len() - super::REFUSED.len())
    );
}

#[test]
fn immutable_fields_are_as_recorded() {
    let Some(cases) = case::cases() else { return };
    let (mut failures, mut compared) = (Vec::new(), 0);
    for case in cases.iter().filter(|case| case.tool == Tool::Kubernetes) {
        let Ok(compiled) = run::compiled(&case.inputs(), case.state().state) else {
            continue;
        };
        let ours = objects(case.tool, &compiled.documents);
        for theirs in case.expected() {
            let Some(our_object) = ours.get(&identity(&theirs)) else {
                continue;
            };
            compared += 1;
            if immutable_fields(our_object) != immutable_fields(&theirs) {
                failures.push(format!("{} {}", case.title(), identity(&theirs)));
            }
        }
    }
    assert!(failures.is_empty(), "{}", failures.join("\n"));
    assert!(compared > 100, "only {compared} objects were compared");
}
