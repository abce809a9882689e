//! The README shows real output: what it shows is run and compared.

use crate::place::Place;

/// The fenced blocks of the README in this language.
fn blocks(language: &str) -> Vec<String> {
    let text = std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/README.md")).unwrap();
    let fence = format!("```{language}\n");
    text.split(&fence)
        .skip(1)
        .filter_map(|rest| rest.split("\n```").next())
        .map(str::to_owned)
        .collect()
}

/// The seed with which the README's output was made; its text says only that a seed is new.
const SEED: &str = "tour";

fn run(place: &Place, arguments: &[&str]) -> crate::place::Ended {
    let child = place
        .command(arguments)
        .env("SCORE_RS_SEED", SEED)
        .spawn()
        .unwrap();
    crate::place::end(child, arguments)
}

#[test]
fn the_tour_shows_what_happens() {
    let yaml = blocks("yaml");
    let console = blocks("console");
    let [score, compose_part, kubernetes_part] = yaml.as_slice() else {
        panic!("three YAML blocks: {yaml:#?}")
    };
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
    assert_eq!(ended.stdout.trim_end(), shown, "{}", ended.stdout);
    let ended = run(&place, &["validate", "--env", "kubernetes", "--fix"]);
    assert_eq!(ended.code, Some(0), "{}", ended.stderr);
    assert_eq!(place.read("score.yaml"), *score);
}

#[test]
fn a_new_seed_is_told_as_the_tour_shows() {
    let place = Place::with(&[("score.yaml", &blocks("yaml")[0])]);
    let child = place
        .command(&["generate"])
        .env_remove("SCORE_RS_SEED")
        .spawn()
        .unwrap();
    let ended = crate::place::end(child, &["generate"]);
    let shown = blocks("console")[0]
        .split_once('\n')
        .unwrap()
        .1
        .split("1 warning")
        .next()
        .unwrap()
        .to_owned();
    assert!(ended.stderr.starts_with(&shown), "{}", ended.stderr);
    assert!(place.list().contains(&".score-rs/seed".to_owned()));
}

#[test]
fn the_pages_name_files_that_exist() {
    let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut wrong = Vec::new();
    for page in ["ARCHITECTURE.md", "README.md", "CONTRIBUTING.md"] {
        let text = std::fs::read_to_string(root.join(page)).unwrap();
        // Paths stand in backticks or as the target of a link; those of the layers may leave out
        // `src/`.
        let quoted = text.split('`').skip(1).step_by(2);
        let linked = text
            .split("](")
            .skip(1)
            .filter_map(|rest| rest.split([')', '#']).next());
        for name in quoted.chain(linked).filter(|name| is_path(name)) {
            if !root.join(name).exists() && !root.join("src").join(name).exists() {
                wrong.push(format!("{page}: {name}"));
            }
        }
    }
    assert!(wrong.is_empty(), "these paths lead nowhere: {wrong:#?}");
}

/// Whether a word is the path of a file or folder of this repository, not a pattern, URL or
/// command.
fn is_path(word: &str) -> bool {
    let plain = |character: char| character.is_ascii_alphanumeric() || "/._-".contains(character);
    let ours = [
        "src/",
        "spec/",
        "tests/",
        "benches/",
        "fixtures/",
        ".ci/",
        "base/",
        "front/",
        "middle/",
        "back/",
        "shell/",
    ];
    let pattern = word.contains("TARGET") || word.contains("TYPE");
    !word.is_empty()
        && !pattern
        && word.chars().all(plain)
        && ours.iter().any(|start| word.starts_with(start))
}
