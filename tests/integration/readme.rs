//! The README shows real output: its commands are run and compared.

use crate::sandbox::Sandbox;

/// The fenced blocks of the README with this language.
fn blocks(language: &str) -> Vec<String> {
    let text = std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/README.md")).unwrap();
    let fence = format!("```{language}\n");
    text.split(&fence)
        .skip(1)
        .filter_map(|rest| rest.split("\n```").next())
        .map(str::to_owned)
        .collect()
}

/// The seed of the output in the README.
const SEED: &str = "tour-5d0c41e7b9a2836f08c1";

fn run(sandbox: &Sandbox, arguments: &[&str]) -> crate::sandbox::RunResult {
    let child = sandbox
        .command(arguments)
        .env_remove("SCORE_RS_SEED")
        .spawn()
        .unwrap();
    crate::sandbox::wait_for_exit(child, arguments)
}

#[test]
fn the_tour_shows_real_output() {
    let yaml = blocks("yaml");
    let console = blocks("console");
    let [score, compose_part, kubernetes_part] = yaml.as_slice() else {
        panic!("three YAML blocks: {yaml:#?}")
    };
    let score_file = format!("{score}\n");
    let sandbox = Sandbox::with_files(&[("score.yaml", &score_file)]);
    sandbox.write_private(".score-rs/seed", SEED);

    let result = run(&sandbox, &["generate"]);
    assert_eq!(result.code, Some(0), "{}", result.stderr);
    let shown = console[0].split("1 warning\n").nth(1).unwrap();
    assert_eq!(result.stderr.trim_end(), shown);
    let compose = sandbox.read("compose.yaml");
    assert!(compose.starts_with(compose_part.as_str()), "{compose}");

    let result = run(&sandbox, &["generate", "--env", "kubernetes"]);
    assert_eq!(
        result.stderr.trim_end(),
        console[1].split_once('\n').unwrap().1
    );
    let manifests = sandbox.read("manifests.yaml");
    assert!(manifests.contains(kubernetes_part.as_str()), "{manifests}");

    sandbox.write("score.yaml", score.replace("db.url", "db.ulr"));
    let result = run(&sandbox, &["validate", "--env", "kubernetes"]);
    assert_eq!(result.code, Some(1));
    let shown = console[2].split_once('\n').unwrap().1;
    let report = format!("{}{}", result.stdout, result.stderr);
    assert_eq!(report.trim_end(), shown, "{report}");
    let result = run(&sandbox, &["validate", "--env", "kubernetes", "--fix"]);
    assert_eq!(result.code, Some(0), "{}", result.stderr);
    assert_eq!(sandbox.read("score.yaml"), *score);
}

#[test]
fn the_new_seed_warning_matches_the_tour() {
    let sandbox = Sandbox::with_files(&[("score.yaml", &blocks("yaml")[0])]);
    let child = sandbox
        .command(&["generate"])
        .env_remove("SCORE_RS_SEED")
        .spawn()
        .unwrap();
    let result = crate::sandbox::wait_for_exit(child, &["generate"]);
    let shown = blocks("console")[0]
        .split_once('\n')
        .unwrap()
        .1
        .split("1 warning")
        .next()
        .unwrap()
        .to_owned();
    assert!(result.stderr.starts_with(&shown), "{}", result.stderr);
    assert!(sandbox.list().contains(&".score-rs/seed".to_owned()));
}

#[test]
fn the_pages_name_files_that_exist() {
    let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut wrong = Vec::new();
    for page in ["ARCHITECTURE.md", "README.md", "CONTRIBUTING.md"] {
        let text = std::fs::read_to_string(root.join(page)).unwrap();
        // Paths are in backticks or link targets; `src/` may be omitted.
        let quoted = text.split('`').skip(1).step_by(2);
        let linked = text
            .split("](")
            .skip(1)
            .filter_map(|rest| rest.split([')', '#']).next());
        for name in quoted.chain(linked).filter(|name| is_path(name)) {
            let compiler = root.join("crates/compiler/src");
            if !root.join(name).exists() && !compiler.join(name).exists() {
                wrong.push(format!("{page}: {name}"));
            }
        }
    }
    assert!(wrong.is_empty(), "these paths do not exist: {wrong:#?}");
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
        "crates/",
        "examples/",
        "check/",
        "compile/",
        "decode/",
        "placeholder/",
        "provision/",
        "rules/",
        "support/",
        "targets/",
    ];
    let pattern = word.contains("TARGET") || word.contains("TYPE") || word.contains('<');
    !word.is_empty()
        && !pattern
        && word.chars().all(plain)
        && ours.iter().any(|start| word.starts_with(start))
}
