//! `score-rs import` with existing or empty files.

use crate::sandbox::Sandbox;

const STATE: &str = "workloads:
  shop:
    file: score.yaml
    instance_suffix: -0e1479c466
resources: {}
shared_state: {}
patching_templates: []
";

fn project() -> Sandbox {
    Sandbox::with_files(&[(".score-k8s/state.yaml", STATE)])
}

/// Checks that an import fails with this message and writes nothing.
#[track_caller]
fn assert_refused(sandbox: &Sandbox, arguments: &[&str], code: i32, message: &str) {
    let before = sandbox.list();
    let result = sandbox.run(&[&["import"], arguments].concat());
    assert_eq!(result.code, Some(code), "{}", result.stderr);
    assert!(result.stderr.contains(message), "{}", result.stderr);
    assert_eq!(sandbox.list(), before);
}

#[test]
fn an_empty_state_is_an_error() {
    for text in ["", "# nothing\n", "---\n"] {
        let sandbox = Sandbox::with_files(&[(".score-k8s/state.yaml", text)]);
        assert_refused(&sandbox, &[], 1, "invalid-import-state");
    }
}

#[test]
fn the_next_command_is_printed() {
    let sandbox = project();
    let result = sandbox.run(&["import", "--env", "staging"]);
    assert_eq!(result.code, Some(0), "{}", result.stderr);
    assert!(
        result
            .stderr
            .ends_with("\nnext: `score-rs generate --env staging`\n"),
        "{}",
        result.stderr
    );
    sandbox.write(
        ".score-k8s/state.yaml",
        STATE.replace("score.yaml", "shop.yaml"),
    );
    let result = sandbox.run(&["import", "--env", "other"]);
    assert!(
        result
            .stderr
            .ends_with("\nnext: `score-rs generate --env other shop.yaml`\n"),
        "{}",
        result.stderr
    );
}

#[test]
fn an_environment_with_another_target_is_an_error() {
    let sandbox = project();
    sandbox.write(
        "environments/kubernetes/environment.yaml",
        "target: compose\n",
    );
    assert_refused(
        &sandbox,
        &[],
        2,
        "`environments/kubernetes` is for compose, but `.score-k8s` is for kubernetes: name another",
    );
    // The same for an inherited target, and for an environment with errors.
    sandbox.write(
        "environments/local/environment.yaml",
        "extends: kubernetes\n",
    );
    assert_refused(
        &sandbox,
        &["--env", "local"],
        2,
        "`environments/local` is for compose",
    );
    sandbox.write("environments/local/environment.yaml", "traget: compose\n");
    assert_refused(&sandbox, &["--env", "local"], 1, "unknown-key");
    // The states of two tools, but an environment for one of them.
    let compose =
        format!("{STATE}compose_project: shop\nmounts_directory: .score-compose/mounts\n");
    sandbox.write(".score-compose/state.yaml", compose);
    let before = sandbox.list();
    assert_eq!(sandbox.run(&["import"]).code, Some(2));
    assert_eq!(sandbox.list(), before, "neither is written");
}

#[test]
fn a_handwritten_environment_is_an_error_and_an_imported_one_is_not() {
    let sandbox = project();
    sandbox.write(
        "environments/kubernetes/environment.yaml",
        "target: kubernetes\nnamespace: shop\n",
    );
    assert_refused(
        &sandbox,
        &[],
        2,
        "`environments/kubernetes/environment.yaml` was not imported from `.score-k8s`",
    );
    std::fs::remove_dir_all(sandbox.path("environments")).unwrap();
    assert_eq!(sandbox.run(&["import"]).code, Some(0));
    let path = "environments/kubernetes/environment.yaml";
    sandbox.write(path, format!("{}namespace: shop\n", sandbox.read(path)));
    // A fresh clone has no state.
    std::fs::remove_dir_all(sandbox.path(".score-rs")).unwrap();
    let result = sandbox.run(&["import"]);
    assert!(
        result.code == Some(0) && result.stderr.contains("was not changed"),
        "{}",
        result.stderr
    );
    assert!(
        sandbox
            .list()
            .contains(&".score-rs/kubernetes/state.yaml".to_owned())
    );
    assert!(sandbox.read(path).ends_with("namespace: shop\n"));
    assert!(
        result
            .stderr
            .contains("was not changed; move it away to import again"),
        "{}",
        result.stderr
    );
    // An existing state with later changes is not overwritten.
    let state = ".score-rs/kubernetes/state.yaml";
    sandbox.write(state, format!("{}# more\n", sandbox.read(state)));
    let edited_state = sandbox.read(state);
    let result = sandbox.run(&["import"]);
    let message = format!(
        "{state} already exists with other content and was not changed; to import again, move it away and keep it"
    );
    assert!(
        result.code == Some(0) && result.stderr.contains(&message),
        "{}",
        result.stderr
    );
    assert!(
        !result.stderr.contains("remove it") && sandbox.read(state) == edited_state,
        "{}",
        result.stderr
    );
}
