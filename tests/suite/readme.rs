//! The README shows real output: what it shows is run and compared.

use crate::place::Place;

/// The fenced blocks of the README in this language.
fn blocks(language: &str) -> Vec<String> {
    let text = std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/README.md")).unwrap();
    let fence = format!("```{language}\n");
    text.split(&fence).skip(1).filter_map(|rest| rest.split("\n```").next()).map(str::to_owned).collect()
}

/// The seed with which the README's output was made; its text says only that a seed is new.
const SEED: &str = "tour";

fn run(place: &Place, arguments: &[&str]) -> crate::place::Ended {
    let child = place.command(arguments).env("SCORE_RS_SEED", SEED).spawn().unwrap();
    crate::place::end(child, arguments)
}

#[test]
fn the_tour_shows_what_happens() {
    let yaml = blocks("yaml");
    let console = blocks("console");
    let [score, compose_part, kubernetes_part] = yaml.as_slice() else { panic!("three YAML blocks: {yaml:#?}") };
    let place = Place::with(&[("score.yaml", &format!("{score}\n"))]);

    let ended = run(&place, &["generate"]);
    assert_eq!(ended.code, Some(0), "{}", ended.stderr);
    let shown = console[0].split("1 warning\n").nth(1).unwrap();
    assert_eq!(ended.stderr.trim_end(), shown);
    let compose = place.read("compose.yaml");
    assert!(compose.starts_with(compose_part.as_str()), "{compose}");

    let ended = run(&place, &["generate", "--env", "kubernetes"]);
    assert_eq!(ended.stderr.trim_end(), console[1].lines().nth(1).unwrap());
    let manifests = place.read("manifests.yaml");
    assert!(manifests.contains(kubernetes_part.as_str()), "{manifests}");

    place.write("score.yaml", score.replace("db.url", "db.ulr"));
    let ended = run(&place, &["validate", "--env", "kubernetes"]);
    assert_eq!(ended.code, Some(1));
    let shown = console[2].split_once('\n').unwrap().1;
    assert!(ended.stdout.starts_with(shown), "{}", ended.stdout);
}

#[test]
fn a_new_seed_is_told_as_the_tour_shows() {
    let place = Place::with(&[("score.yaml", &blocks("yaml")[0])]);
    let child = place.command(&["generate"]).env_remove("SCORE_RS_SEED").spawn().unwrap();
    let ended = crate::place::end(child, &["generate"]);
    let shown = blocks("console")[0].split_once('\n').unwrap().1.split("1 warning").next().unwrap().to_owned();
    assert!(ended.stderr.starts_with(&shown), "{}", ended.stderr);
    assert!(place.list().contains(&".score-rs/seed".to_owned()));
}
