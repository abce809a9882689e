//! `score-rs import` on edited `state.yaml` files.

use crate::sandbox::Sandbox;

const STATE: &str = ".score-compose/state.yaml";

/// A project with a state of `score-compose` that starts with `head`.
fn project(head: &str) -> Sandbox {
    let resources = "resources: {token.default#a: {guid: one, state: {value: old}}}\n";
    Sandbox::with_files(&[(STATE, &format!("{head}\nworkloads: {{}}\n{resources}"))])
}

#[test]
fn a_project_name_that_is_a_path_is_an_error() {
    let above = Sandbox::new();
    above.write(
        "a/b/c/d/.score-compose/state.yaml",
        project("compose_project: /../../../../pwned").read(STATE),
    );
    let directory = above.path("a/b/c/d");
    let before = above.list();
    let result = above.run(&[
        "-C",
        &directory.display().to_string(),
        "import",
        "--message-format",
        "short",
    ]);
    assert_eq!(result.code, Some(1), "{}", result.stderr);
    assert!(
        result
            .stderr
            .contains("state.yaml:1:18: error: `/../../../../pwned` is not a valid project name"),
        "{}",
        result.stderr
    );
    assert_eq!(above.list(), before, "nothing is written");
}

#[test]
fn compose_project_names_are_imported() {
    let sandbox = project("compose_project: my_app");
    let result = sandbox.run(&["import"]);
    assert_eq!(result.code, Some(0), "{}", result.stderr);
    assert!(
        sandbox
            .read("environments/compose/environment.yaml")
            .contains("project: my_app\n")
    );
    assert!(sandbox.path(".score-rs/compose/state.my_app.yaml").exists());
    sandbox.write(
        "score.yaml",
        "apiVersion: score.dev/v1b1\nmetadata: {name: shop}\ncontainers: {main: {image: example.com/shop:1}}\n",
    );
    for arguments in [
        &["generate", "-o", "-"][..],
        &["generate", "-o", "-", "--project", "my_app"],
    ] {
        let result = sandbox.run(arguments);
        assert_eq!(result.code, Some(0), "{}", result.stderr);
        assert!(
            result.stdout.contains("name: my_app\n"),
            "{}",
            result.stdout
        );
    }
}

#[test]
fn wrong_types_have_a_location_and_nothing_is_written() {
    let sandbox =
        Sandbox::with_files(&[(STATE, "workloads: []\nresources: [a]\ncompose_project: 7\n")]);
    let before = sandbox.list();
    let result = sandbox.run(&["import", "--message-format", "short"]);
    assert_eq!(result.code, Some(1), "{}", result.stderr);
    for line in [
        ".score-compose/state.yaml:1:12: error: `workloads` must be a mapping, this is a list",
        ".score-compose/state.yaml:2:12: error: `resources` must be a mapping, this is a list",
        ".score-compose/state.yaml:3:18: error: `compose_project` must be a string, this is a number",
    ] {
        assert!(result.stderr.contains(line), "{line}\n{}", result.stderr);
    }
    assert_eq!(sandbox.list(), before);
}
