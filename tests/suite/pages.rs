//! The pages of diagnostics: each name has one, and each example on it does what the page says.
//!
//! A page has the sections `Wrong` and `Right`. A fenced block whose first line is a comment with a
//! file's name is that file, and a line `$ command` of a `console` block is run in a shell, in a
//! directory with these files. `Right` begins with the files of `Wrong`, so it need not repeat
//! those that stay. Files of `server/` are given at `http://127.0.0.1:8080/`, too.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::process::{Command, Stdio};

use diagnostics::rule::Rule;
use score_rs::report::rules::severities;
use score_rs::report::rules::{self, ALL};

use crate::place::{Place, end};
use crate::remote::server::Server;

/// A part of a page that is run.
#[derive(Debug, Default, Clone)]
struct Example {
    files: BTreeMap<String, String>,
    commands: Vec<String>,
}

/// The examples of a page, by the heading they stand under.
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
            panic!("a block under `{heading}` begins with no line `# FILE`");
        }
    }
    examples
}

/// Where a page has a server that gives the files of `server/`.
const SERVER: &str = "127.0.0.1:8080";

/// What an example says, and its last exit code.
fn run(example: &Example) -> (String, i32) {
    let place = Place::new();
    let served = example
        .files
        .iter()
        .filter_map(|(name, text)| Some((name.strip_prefix("server")?, text.as_str())));
    let served: Vec<(&str, &str)> = served.collect();
    // A port that is free here and now takes the place of the one on the page.
    let server = (!served.is_empty()).then(|| Server::of(&served));
    let here = |text: &str| {
        server
            .as_ref()
            .map_or(text.to_owned(), |server| text.replace(SERVER, &server.host))
    };
    example
        .files
        .iter()
        .for_each(|(name, text)| place.write(name, here(text)));
    let binary = Path::new(env!("CARGO_BIN_EXE_score-rs"))
        .parent()
        .unwrap()
        .to_path_buf();
    let path = format!("{}:/usr/local/bin:/usr/bin:/bin", binary.display());
    let (mut said, mut code) = (String::new(), 0);
    for command in &example.commands {
        let mut shell = Command::new("sh");
        shell
            .args(["-c", &here(command)])
            .current_dir(place.path(""))
            .env_clear();
        shell.envs(
            place
                .command(&[])
                .get_envs()
                .filter_map(|(name, value)| Some((name, value?))),
        );
        shell
            .env("PATH", &path)
            .env("XDG_CACHE_HOME", place.path(".cache"))
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        let ended = end(shell.spawn().unwrap(), &[command]);
        said += &ended.stdout;
        said += &ended.stderr;
        code = ended.code.unwrap_or(-1);
    }
    (said, code)
}

/// What is wrong with a page; empty when nothing is.
fn judge(name: &str, page: &str) -> Vec<String> {
    let mut faults = Vec::new();
    let mut fault = |what: &str| faults.push(format!("{name}: {what}"));
    let headings: Vec<&str> = page.lines().filter(|line| line.starts_with('#')).collect();
    // A comment line of a block is no heading.
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
        fault("a line is too long, or the last has no end");
    }
    let examples = examples(page);
    let wrong = examples.get("Wrong").cloned().unwrap_or_default();
    let (said, _) = run(&wrong);
    if !said.contains(&format!("[{name}]")) {
        fault(&format!(
            "the wrong example does not report it, but:\n{said}"
        ));
    }
    let mut right = wrong.clone();
    let own = examples.get("Right").cloned().unwrap_or_default();
    right.files.extend(own.files);
    if !own.commands.is_empty() {
        right.commands = own.commands;
    }
    let (said, code) = run(&right);
    if code != 0 || said.contains(&format!("[{name}]")) {
        fault(&format!(
            "the right example ends in {code} and says:\n{said}"
        ));
    }
    faults
}

#[test]
fn every_page_keeps_its_word() {
    let faults: Vec<String> = std::thread::scope(|scope| {
        let parts: Vec<_> = ALL.chunks(ALL.len().div_ceil(4)).collect();
        let work = |part: &'static [&Rule]| {
            part.iter()
                .flat_map(|rule| judge(rule.name(), rule.page()))
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

/// A page opens with what its rule says.
fn opening(rule: &Rule) -> String {
    format!(
        "# {}\n\n{}\n\nLevel: {}\n",
        rule.name(),
        rule.summary(),
        severities(rule)
    )
}

/// The page with each paragraph on one line.
fn in_one_line(page: &str) -> String {
    page.split("\n\n")
        .map(|paragraph| paragraph.split('\n').collect::<Vec<_>>().join(" "))
        .collect::<Vec<_>>()
        .join("\n\n")
}

#[test]
fn every_page_opens_as_its_rule_says() {
    let faults: Vec<String> = ALL
        .iter()
        .filter(|rule| !(in_one_line(rule.page()) + "\n").starts_with(opening(rule).trim_end()))
        .map(|rule| format!("{} does not open with\n{}", rule.name(), opening(rule)))
        .collect();
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

#[test]
fn every_page_has_one_rule() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("spec/diagnostics");
    let files = std::fs::read_dir(folder).unwrap().map(|file| {
        file.unwrap()
            .path()
            .file_stem()
            .unwrap()
            .to_str()
            .unwrap()
            .to_owned()
    });
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
        files.collect()
    );
}

#[test]
fn a_page_that_breaks_its_word_is_found() {
    let rule = rules::find("before-cycle").unwrap();
    let (name, page) = (rule.name(), rule.page());
    assert_eq!(judge(name, page), Vec::<String>::new());
    let other = judge(
        "before-self",
        &page.replace("# before-cycle", "# before-self"),
    )
    .join("\n");
    assert!(
        other.contains("the wrong example does not report it"),
        "{other}"
    );
    let wrong_right = judge(
        name,
        &page.replace(
            "image: example.com/migrate:1",
            "imgae: example.com/migrate:1",
        ),
    )
    .join("\n");
    assert!(
        wrong_right.contains("the right example ends in 1"),
        "{wrong_right}"
    );
    assert!(judge(name, &page.replace("## Why", "## Because"))[0].contains("the headings are"));
}
