//! `score-rs import` on what the Go tools kept of each recorded run, and `generate` after it.

use std::collections::BTreeMap;

use score_rs::base::value::Value;

use super::case::{Case, Tool};
use super::side::{identity, objects};
use super::{case, run, yaml};
use crate::sandbox::{RunResult, Sandbox};

/// A project as the Go tool has left it, without what it wrote.
fn project(case: &Case) -> Sandbox {
    let (sandbox, inputs) = (Sandbox::new(), case.inputs());
    for (path, content) in case.files() {
        sandbox.write(&path, content);
    }
    let directory = format!(".{}", case.tool.name());
    sandbox.write(&format!("{directory}/state.yaml"), case.state_text());
    for (name, text) in &inputs.definitions {
        let name = if name.contains("defaults") { "zz-default.provisioners.yaml" } else { name };
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
    crate::sandbox::wait_for_exit(command.env("SCORE_RS_SEED", "recorded").spawn().unwrap(), arguments)
}

fn contents(sandbox: &Sandbox) -> BTreeMap<String, Vec<u8>> {
    let files = sandbox.list().into_iter().filter(|path| !sandbox.path(path).is_dir());
    files.map(|path| (path.clone(), std::fs::read(sandbox.path(&path)).unwrap())).collect()
}

/// What the imported environment makes of the project; the error is what was said.
fn generated(case: &Case, sandbox: &Sandbox) -> Result<Vec<Value>, String> {
    let files = case.inputs().score_files;
    let files = files.iter().map(|(path, _)| path.as_str());
    let flags = ["generate", "-q", "-i", run::IMAGE, "-e", target(case), "-o", "out.yaml"];
    let result = score_rs(sandbox, &flags.into_iter().chain(files).collect::<Vec<_>>());
    match result.code {
        Some(0) => Ok(yaml(&sandbox.read("out.yaml"))),
        _ => Err(result.stderr),
    }
}

/// Fields that Kubernetes lets nobody change in an object that is there.
const FIXED: [&[&str]; 5] = [
    &["spec", "selector"],
    &["spec", "volumeClaimTemplates"],
    &["spec", "serviceName"],
    &["spec", "podManagementPolicy"],
    &["type"],
];

/// What Kubernetes would refuse to change.
fn fixed_fields(object: &Value) -> Vec<Option<&Value>> {
    let kind = object.get("kind").and_then(Value::as_str).unwrap_or_default();
    // A Service's selector may change; what it selects is compared with the rest.
    let fields = FIXED.iter().filter(|path| !(kind == "Service" && path[0] == "spec"));
    fields.map(|path| path.iter().try_fold(object, |value, key| value.get(key))).collect()
}

#[test]
fn an_imported_project_describes_what_was_recorded() {
    let Some(cases) = case::cases() else { return };
    let (mut wrong, mut refused, mut compared) = (Vec::new(), 0, 0);
    for case in &cases {
        let sandbox = project(case);
        let directory = format!(".{}", case.tool.name());
        let result = score_rs(&sandbox, &["import", &directory]);
        assert_eq!(result.code, Some(0), "{}: {}", case.title(), result.stderr);
        let before = contents(&sandbox);
        let again = score_rs(&sandbox, &["import"]);
        assert!(again.code == Some(0) && contents(&sandbox) == before, "{}: {}", case.title(), again.stderr);
        // What this gives is compared with the recording, difference by difference, in `every_recorded_run_describes_the_same_objects`.
        let wanted = run::compiled(&case.inputs(), case.state().state).map(|compiled| compiled.documents);
        match (generated(case, &sandbox), wanted) {
            (Ok(ours), Ok(wanted)) if ours == wanted => compared += 1,
            (Ok(_), Ok(_)) => wrong.push(format!("{}: not what its state gives", case.title())),
            (Err(error), _) => refused += usize::from(super::is_refused(case, &error, &mut wrong)),
            (Ok(_), Err(error)) => wrong.push(format!("{}: not refused, but {error}", case.title())),
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert_eq!((refused, compared), (super::REFUSED.len(), cases.len() - super::REFUSED.len()));
}

#[test]
fn what_cannot_change_in_a_cluster_is_as_recorded() {
    let Some(cases) = case::cases() else { return };
    let (mut wrong, mut compared) = (Vec::new(), 0);
    for case in cases.iter().filter(|case| case.tool == Tool::Kubernetes) {
        let Ok(compiled) = run::compiled(&case.inputs(), case.state().state) else { continue };
        let ours = objects(case.tool, &compiled.documents);
        for theirs in case.expected() {
            let Some(own) = ours.get(&identity(&theirs)) else { continue };
            compared += 1;
            if fixed_fields(own) != fixed_fields(&theirs) {
                wrong.push(format!("{} {}", case.title(), identity(&theirs)));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert!(compared > 100, "only {compared} objects were compared");
}
