//! The pages of diagnostics: each name has a page, and the examples on it are run.
//!
//! A page has the sections `Wrong` and `Right`. A fenced block whose first line is a comment with a
//! file name is that file, and a line `$ command` of a `console` block is run in a shell, in a
//! directory with these files. `Right` starts with the files of `Wrong`, so it only needs those
//! that change. Files in `server/` are served at `http://127.0.0.1:8080/`.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::process::{Command, Stdio};

use diagnostics::rule::Rule;
use score_rs::report::rules::{self, ALL, severities};

use crate::remote::server::Server;
use crate::sandbox::{Sandbox, wait_for_exit};

/// An example of a page.
#[derive(Debug, Default, Clone)]
struct Example {
    files: BTreeMap<String, String>,
    commands: Vec<String>,
}

/// The examples of a page, by heading.
fn examples(page: &str) -> BTreeMap<String, Example> {
    let mut examples: BTreeMap<String, Example> = BTreeMap::new();
    let mut heading = String::new();
    let mut lines = page.lines();
    while let Some(line) = lines.next() {
        if let Some(name) = line.strip_prefix("## ") {
            name.clone_into(&mut heading);
        }
        let Some(language) = line.strip_prefix("```") else {
            continue;
        };
        let block: Vec<&str> = lines.by_ref().take_while(|line| *line != "```").collect();
        let example = examples.entry(heading.clone()).or_default();
        if language == "console" {
            example.commands.extend(
                block
                    .iter()
                    .filter_map(|line| line.strip_prefix("$ "))
                    .map(str::to_owned),
            );
        } else if let Some(name) = block.first().and_then(|line| line.strip_prefix("# ")) {
            let text: String = block[1..].iter().flat_map(|line| [line, "\n"]).collect();
            example.files.insert(name.to_owned(), text);
        } else {
            panic!("a block under `{heading}` does not start with a line `# FILE`");
        }
    }
    examples
}

/// The server that pages use for the files in `server/`.
const SERVER: &str = "127.0.0.1:8080";

/// The output of an example, and its last exit code.
fn run(example: &Example) -> (String, i32) {
    let sandbox = Sandbox::new();
    let served = example
        .files
        .iter()
        .filter_map(|(name, text)| Some((name.strip_prefix("server")?, text.as_str())));
    let served: Vec<(&str, &str)> = served.collect();
    // A free port replaces the one on the page.
    let server = (!served.is_empty()).then(|| Server::serving(&served));
    let here = |text: &str| {
        server
            .as_ref()
            .map_or(text.to_owned(), |server| text.replace(SERVER, &server.host))
    };
    example
        .files
        .iter()
        .for_each(|(name, text)| sandbox.write(name, here(text)));
    let binary = Path::new(env!("CARGO_BIN_EXE_score-rs"))
        .parent()
        .unwrap()
        .to_path_buf();
    let path = format!("{}:/usr/local/bin:/usr/bin:/bin", binary.display());
    let (mut output, mut code) = (String::new(), 0);
    for command in &example.commands {
        let mut shell = Command::new("sh");
        shell
            .args(["-c", &here(command)])
            .current_dir(sandbox.path(""))
            .env_clear();
        shell.envs(
            sandbox
                .command(&[])
                .get_envs()
                .filter_map(|(name, value)| Some((name, value?))),
        );
        shell
            .env("PATH", &path)
            .env("XDG_CACHE_HOME", sandbox.path(".cache"))
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        let result = wait_for_exit(shell.spawn().unwrap(), &[command]);
        output += &result.stdout;
        output += &result.stderr;
        code = result.code.unwrap_or(-1);
    }
    (output, code)
}

/// The faults of a page.
fn check_page(name: &str, page: &str) -> Vec<String> {
    let mut faults = Vec::new();
    let mut fault = |what: &str| faults.push(format!("{name}: {what}"));
    let headings: Vec<&str> = page.lines().filter(|line| line.starts_with('#')).collect();
    // A comment line in a block is not a heading.
    let headings: Vec<&str> = headings
        .into_iter()
        .filter(|line| line.starts_with("## ") || *line == format!("# {name}"))
        .collect();
    if headings
        != [
            &format!("# {name}"),
            "## Cause",
            "## Wrong",
            "## Right",
            "## Why",
        ]
    {
        fault(&format!("the headings are {headings:?}"));
        return faults;
    }
    if !page.ends_with('\n') || page.lines().any(|line| line.chars().count() > 130) {
        fault("a line is too long, or the last has no line end");
    }
    let examples = examples(page);
    let wrong = examples.get("Wrong").cloned().unwrap_or_default();
    let (output, _) = run(&wrong);
    // What a policy refuses has the name of the policy.
    let shown = match name {
        "policy-denied" => "[policy/".to_owned(),
        name => format!("[{name}]"),
    };
    if !output.contains(&shown) {
        fault(&format!(
            "the wrong example does not report it, but:\n{output}"
        ));
    }
    let mut right = wrong.clone();
    let right_example = examples.get("Right").cloned().unwrap_or_default();
    right.files.extend(right_example.files);
    if !right_example.commands.is_empty() {
        right.commands = right_example.commands;
    }
    let (output, code) = run(&right);
    if code != 0 || output.contains(&shown) {
        fault(&format!(
            "the right example exits with {code} and prints:\n{output}"
        ));
    }
    faults
}

#[test]
fn the_examples_of_every_page_are_true() {
    let faults: Vec<String> = std::thread::scope(|scope| {
        let parts: Vec<_> = ALL.chunks(ALL.len().div_ceil(4)).collect();
        let work = |part: &'static [&Rule]| {
            part.iter()
                .flat_map(|rule| check_page(rule.name(), rule.page()))
                .collect()
        };
        let threads: Vec<_> = parts
            .into_iter()
            .map(|part| scope.spawn(move || -> Vec<String> { work(part) }))
            .collect();
        threads
            .into_iter()
            .flat_map(|thread| thread.join().unwrap())
            .collect()
    });
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

/// The opening of a page, which its rule gives.
fn opening(rule: &Rule) -> String {
    let (name, summary) = (rule.name(), rule.summary());
    format!("# {name}\n\n{summary}\n\nLevel: {}\n\n", severities(rule))
}

/// The page with each paragraph on one line.
fn in_one_line(page: &str) -> String {
    page.split("\n\n")
        .map(|paragraph| paragraph.replace('\n', " "))
        .collect::<Vec<_>>()
        .join("\n\n")
}

#[test]
fn every_page_opens_as_its_rule_says() {
    let faults: Vec<String> = ALL
        .iter()
        .filter(|rule| !in_one_line(rule.page()).starts_with(&opening(rule)))
        .map(|rule| format!("the page does not start with\n{}", opening(rule)))
        .collect();
    assert!(faults.is_empty(), "{}", faults.join("\n"));
    assert!(ALL.iter().all(|rule| rule.summary().ends_with('.')));
}

#[test]
fn every_page_has_one_rule() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("spec/diagnostics");
    let files: BTreeSet<String> = std::fs::read_dir(folder)
        .unwrap()
        .map(|file| {
            file.unwrap()
                .path()
                .file_stem()
                .unwrap()
                .to_str()
                .unwrap()
                .to_owned()
        })
        .collect();
    let names: Vec<&str> = ALL.iter().map(|rule| rule.name()).collect();
    assert!(
        names.is_sorted_by(|one, other| one < other),
        "two rules have one name: {names:?}"
    );
    assert_eq!(
        names
            .into_iter()
            .map(str::to_owned)
            .collect::<BTreeSet<_>>(),
        files
    );
}

#[test]
fn a_false_example_is_detected() {
    let rule = rules::find("before-cycle").unwrap();
    let (name, page) = (rule.name(), rule.page());
    assert_eq!(check_page(name, page), Vec::<String>::new());
    let other = check_page(
        "before-self",
        &page.replace("# before-cycle", "# before-self"),
    )
    .join("\n");
    assert!(
        other.contains("the wrong example does not report it"),
        "{other}"
    );
    let wrong_right = check_page(
        name,
        &page.replace(
            "image: example.com/migrate:1",
            "imgae: example.com/migrate:1",
        ),
    )
    .join("\n");
    assert!(
        wrong_right.contains("the right example exits with 1"),
        "{wrong_right}"
    );
    assert!(
        check_page(name, &page.replace("## Why", "## Because"))[0].contains("the headings are")
    );
}
