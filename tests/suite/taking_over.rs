//! `score-rs import` where something is there already, or nothing is.

use crate::place::Place;

const STATE: &str = "workloads:
  shop:
    file: score.yaml
    instance_suffix: -0e1479c466
resources: {}
shared_state: {}
patching_templates: []
";

fn project() -> Place {
    Place::with(&[(".score-k8s/state.yaml", STATE)])
}

/// Asserts that an import is refused with these words, and that nothing was written.
#[track_caller]
fn refused(place: &Place, arguments: &[&str], code: i32, words: &str) {
    let before = place.list();
    let ended = place.run(&[&["import"], arguments].concat());
    assert_eq!(ended.code, Some(code), "{}", ended.stderr);
    assert!(ended.stderr.contains(words), "{}", ended.stderr);
    assert_eq!(place.list(), before);
}

#[test]
fn a_state_that_says_nothing_is_none() {
    for text in ["", "# nothing\n", "---\n"] {
        let place = Place::with(&[(".score-k8s/state.yaml", text)]);
        refused(&place, &[], 1, "invalid-import-state");
    }
}

#[test]
fn what_comes_next_is_said() {
    let place = project();
    let ended = place.run(&["import", "--env", "staging"]);
    assert_eq!(ended.code, Some(0), "{}", ended.stderr);
    assert!(
        ended
            .stderr
            .ends_with("\nnext: `score-rs generate --env staging`\n"),
        "{}",
        ended.stderr
    );
    place.write(
        ".score-k8s/state.yaml",
        STATE.replace("score.yaml", "shop.yaml"),
    );
    let ended = place.run(&["import", "--env", "other"]);
    assert!(
        ended
            .stderr
            .ends_with("\nnext: `score-rs generate --env other shop.yaml`\n"),
        "{}",
        ended.stderr
    );
}

#[test]
fn an_environment_of_another_target_is_refused() {
    let place = project();
    place.write(
        "environments/kubernetes/environment.yaml",
        "target: compose\n",
    );
    refused(
        &place,
        &[],
        2,
        "`environments/kubernetes` is for compose, `.score-k8s` for kubernetes: name another",
    );
    // So is one that has its target from elsewhere, and one that cannot be read.
    place.write(
        "environments/local/environment.yaml",
        "extends: kubernetes\n",
    );
    refused(
        &place,
        &["--env", "local"],
        2,
        "`environments/local` is for compose",
    );
    place.write("environments/local/environment.yaml", "traget: compose\n");
    refused(&place, &["--env", "local"], 1, "unknown-key");
    // Two tools into what only one of them has made.
    let compose =
        format!("{STATE}compose_project: shop\nmounts_directory: .score-compose/mounts\n");
    place.write(".score-compose/state.yaml", compose);
    let before = place.list();
    assert_eq!(place.run(&["import"]).code, Some(2));
    assert_eq!(place.list(), before, "neither is written");
}

#[test]
fn an_environment_that_somebody_wrote_is_refused_and_one_that_was_taken_over_is_not() {
    let place = project();
    place.write(
        "environments/kubernetes/environment.yaml",
        "target: kubernetes\nnamespace: shop\n",
    );
    refused(
        &place,
        &[],
        2,
        "`environments/kubernetes/environment.yaml` is not from `.score-k8s`",
    );
    std::fs::remove_dir_all(place.path("environments")).unwrap();
    assert_eq!(place.run(&["import"]).code, Some(0));
    let path = "environments/kubernetes/environment.yaml";
    place.write(path, format!("{}namespace: shop\n", place.read(path)));
    // On another machine there is no state yet.
    std::fs::remove_dir_all(place.path(".score-rs")).unwrap();
    let ended = place.run(&["import"]);
    assert!(
        ended.code == Some(0) && ended.stderr.contains("left as it is"),
        "{}",
        ended.stderr
    );
    assert!(
        place
            .list()
            .contains(&".score-rs/kubernetes/state.yaml".to_owned())
    );
    assert!(place.read(path).ends_with("namespace: shop\n"));
    assert!(
        ended
            .stderr
            .contains("it was left as it is; move it away to take over anew"),
        "{}",
        ended.stderr
    );
    // The state holds what was made since, and must not be thrown away.
    let state = ".score-rs/kubernetes/state.yaml";
    place.write(state, format!("{}# more\n", place.read(state)));
    let kept = place.read(state);
    let ended = place.run(&["import"]);
    let words = format!(
        "{state} is there already and says something else: it was left as it is; to take over anew, move it away and keep it"
    );
    assert!(
        ended.code == Some(0) && ended.stderr.contains(&words),
        "{}",
        ended.stderr
    );
    assert!(
        !ended.stderr.contains("remove it") && place.read(state) == kept,
        "{}",
        ended.stderr
    );
}
