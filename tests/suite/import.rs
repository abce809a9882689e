//! `score-rs import` on a `state.yaml` that no Go tool wrote as it is.

use crate::place::Place;

const STATE: &str = ".score-compose/state.yaml";

/// A project with what `score-compose` kept, `head` before the usual rest.
fn project(head: &str) -> Place {
    let resources = "resources: {token.default#a: {guid: one, state: {value: old}}}\n";
    Place::with(&[(STATE, &format!("{head}\nworkloads: {{}}\n{resources}"))])
}

#[test]
fn a_recorded_project_leads_nowhere() {
    let above = Place::new();
    above.write(
        "a/b/c/d/.score-compose/state.yaml",
        project("compose_project: /../../../../pwned").read(STATE),
    );
    let directory = above.path("a/b/c/d");
    let before = above.list();
    let ended = above.run(&[
        "-C",
        &directory.display().to_string(),
        "import",
        "--message-format",
        "short",
    ]);
    assert_eq!(ended.code, Some(1), "{}", ended.stderr);
    assert!(
        ended
            .stderr
            .contains("state.yaml:1:18: error: `/../../../../pwned` cannot be"),
        "{}",
        ended.stderr
    );
    assert_eq!(above.list(), before, "nothing is written");
}

#[test]
fn a_project_is_called_what_compose_allows() {
    let place = project("compose_project: my_app");
    let ended = place.run(&["import"]);
    assert_eq!(ended.code, Some(0), "{}", ended.stderr);
    assert!(
        place
            .read("environments/compose/environment.yaml")
            .contains("project: my_app\n")
    );
    assert!(place.path(".score-rs/compose/state.my_app.yaml").exists());
    place.write(
        "score.yaml",
        "apiVersion: score.dev/v1b1\nmetadata: {name: shop}\ncontainers: {main: {image: example.com/shop:1}}\n",
    );
    for arguments in [
        &["generate", "-o", "-"][..],
        &["generate", "-o", "-", "--project", "my_app"],
    ] {
        let ended = place.run(arguments);
        assert_eq!(ended.code, Some(0), "{}", ended.stderr);
        assert!(ended.stdout.contains("name: my_app\n"), "{}", ended.stdout);
    }
}

#[test]
fn other_shapes_are_told_at_their_place_and_nothing_is_written() {
    let place = Place::with(&[(STATE, "workloads: []\nresources: [a]\ncompose_project: 7\n")]);
    let before = place.list();
    let ended = place.run(&["import", "--message-format", "short"]);
    assert_eq!(ended.code, Some(1), "{}", ended.stderr);
    for line in [
        ".score-compose/state.yaml:1:12: error: `workloads` must be a mapping, this is a list",
        ".score-compose/state.yaml:2:12: error: `resources` must be a mapping, this is a list",
        ".score-compose/state.yaml:3:18: error: `compose_project` must be a string, this is a number",
    ] {
        assert!(ended.stderr.contains(line), "{line}\n{}", ended.stderr);
    }
    assert_eq!(place.list(), before);
}
