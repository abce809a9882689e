//! `score-rs import` where something is there already, or nothing is.

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

/// Asserts that an import is refused with these words, and that nothing was written.
#[track_caller]
fn refused(sandbox: &Sandbox, arguments: &[&str], code: i32, words: &str) {
    let before = sandbox.list();
    let result = sandbox.run(&[&["import"], arguments].concat());
    assert_eq!(result.code, Some(code), "{}", result.stderr);
    assert!(result.stderr.contains(words), "{}", result.stderr);
    assert_eq!(sandbox.list(), before);
}

#[test]
fn a_state_that_says_nothing_is_none() {
    for text in ["", "# nothing\n", "---\n"] {
        let sandbox = Sandbox::with_files(&[(".score-k8s/state.yaml", text)]);
        refused(&sandbox, &[], 1, "not-a-go-state");
    }
}

#[test]
fn what_comes_next_is_said() {
    let sandbox = project();
    let result = sandbox.run(&["import", "--env", "staging"]);
    assert_eq!(result.code, Some(0), "{}", result.stderr);
    assert!(result.stderr.ends_with("\nnext: `score-rs generate --env staging`\n"), "{}", result.stderr);
    sandbox.write(".score-k8s/state.yaml", STATE.replace("score.yaml", "shop.yaml"));
    let result = sandbox.run(&["import", "--env", "other"]);
    assert!(result.stderr.ends_with("\nnext: `score-rs generate --env other shop.yaml`\n"), "{}", result.stderr);
}

#[test]
fn an_environment_of_another_target_is_refused() {
    let sandbox = project();
    sandbox.write("environments/kubernetes/environment.yaml", "target: compose\n");
    refused(&sandbox, &[], 2, "`environments/kubernetes` is for compose, `.score-k8s` for kubernetes: name another");
    // So is one that has its target from elsewhere, and one that cannot be read.
    sandbox.write("environments/local/environment.yaml", "extends: kubernetes\n");
    refused(&sandbox, &["--env", "local"], 2, "`environments/local` is for compose");
    sandbox.write("environments/local/environment.yaml", "traget: compose\n");
    refused(&sandbox, &["--env", "local"], 1, "unknown-key");
    // Two tools into what only one of them has made.
    let compose = format!("{STATE}compose_project: shop\nmounts_directory: .score-compose/mounts\n");
    sandbox.write(".score-compose/state.yaml", compose);
    let before = sandbox.list();
    assert_eq!(sandbox.run(&["import"]).code, Some(2));
    assert_eq!(sandbox.list(), before, "neither is written");
}

#[test]
fn an_environment_that_somebody_wrote_is_refused_and_one_that_was_taken_over_is_not() {
    let sandbox = project();
    sandbox.write("environments/kubernetes/environment.yaml", "target: kubernetes\nnamespace: shop\n");
    refused(&sandbox, &[], 2, "`environments/kubernetes/environment.yaml` is not from `.score-k8s`");
    std::fs::remove_dir_all(sandbox.path("environments")).unwrap();
    assert_eq!(sandbox.run(&["import"]).code, Some(0));
    let path = "environments/kubernetes/environment.yaml";
    sandbox.write(path, format!("{}namespace: shop\n", sandbox.read(path)));
    // On another machine there is no state yet.
    std::fs::remove_dir_all(sandbox.path(".score-rs")).unwrap();
    let result = sandbox.run(&["import"]);
    assert!(result.code == Some(0) && result.stderr.contains("left as it is"), "{}", result.stderr);
    assert!(sandbox.list().contains(&".score-rs/kubernetes/state.yaml".to_owned()));
    assert!(sandbox.read(path).ends_with("namespace: shop\n"));
    assert!(result.stderr.contains("it was left as it is; move it away to take over anew"), "{}", result.stderr);
    // The state holds what was made since, and must not be thrown away.
    let state = ".score-rs/kubernetes/state.yaml";
    sandbox.write(state, format!("{}# more\n", sandbox.read(state)));
    let kept = sandbox.read(state);
    let result = sandbox.run(&["import"]);
    let words = format!(
        "{state} is there already and says something else: it was left as it is; to take over anew, move it away and keep it"
    );
    assert!(result.code == Some(0) && result.stderr.contains(&words), "{}", result.stderr);
    assert!(!result.stderr.contains("remove it") && sandbox.read(state) == kept, "{}", result.stderr);
}
