//! The pages of diagnostics: each name has a page, and the examples on it are run.
//!
//! A page has the sections `Wrong` and `Right`. A fenced block whose first line is a comment with a file name is that file,
//! and a line `$ command` of a `console` block is run in a shell, in a directory with these files. `Right` starts with the
//! files of `Wrong`, so it only needs those that change. Files in `server/` are served at `http://127.0.0.1:8080/`.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::process::{Command, Stdio};

use regex::Regex;
use score_rs::shell::pages::{PAGES, names, page, summary};

use crate::architecture::read_tree;
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
        let Some(language) = line.strip_prefix("```") else { continue };
        let block: Vec<&str> = lines.by_ref().take_while(|line| *line != "```").collect();
        let example = examples.entry(heading.clone()).or_default();
        if language == "console" {
            example.commands.extend(block.iter().filter_map(|line| line.strip_prefix("$ ")).map(str::to_owned));
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
    let served = example.files.iter().filter_map(|(name, text)| Some((name.strip_prefix("server")?, text.as_str())));
    let served: Vec<(&str, &str)> = served.collect();
    // A free port replaces the one on the page.
    let server = (!served.is_empty()).then(|| Server::serving(&served));
    let here = |text: &str| server.as_ref().map_or(text.to_owned(), |server| text.replace(SERVER, &server.host));
    example.files.iter().for_each(|(name, text)| sandbox.write(name, here(text)));
    let binary = Path::new(env!("CARGO_BIN_EXE_score-rs")).parent().unwrap().to_path_buf();
    let path = format!("{}:/usr/local/bin:/usr/bin:/bin", binary.display());
    let (mut output, mut code) = (String::new(), 0);
    for command in &example.commands {
        let mut shell = Command::new("sh");
        shell.args(["-c", &here(command)]).current_dir(sandbox.path("")).env_clear();
        shell.envs(sandbox.command(&[]).get_envs().filter_map(|(name, value)| Some((name, value?))));
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
    let headings: Vec<&str> =
        headings.into_iter().filter(|line| line.starts_with("## ") || *line == format!("# {name}")).collect();
    if headings != [&format!("# {name}"), "## Cause", "## Wrong", "## Right", "## Why"] {
        fault(&format!("the headings are {headings:?}"));
        return faults;
    }
    let level = page.lines().find_map(|line| line.strip_prefix("Level: "));
    let levels = ["error", "warning", "note", "error or warning", "warning or note"];
    if !level.is_some_and(|level| levels.contains(&level)) {
        fault(&format!("the level is {level:?}, not one of {levels:?}"));
    }
    if !summary(page).ends_with('.') {
        fault("it does not start with a sentence");
    }
    if !page.ends_with('\n') || page.lines().any(|line| line.chars().count() > 130) {
        fault("a line is too long, or the last has no line end");
    }
    let examples = examples(page);
    let wrong = examples.get("Wrong").cloned().unwrap_or_default();
    let (output, _) = run(&wrong);
    if !output.contains(&format!("[{name}]")) {
        fault(&format!("the wrong example does not report it, but:\n{output}"));
    }
    let mut right = wrong.clone();
    let right_example = examples.get("Right").cloned().unwrap_or_default();
    right.files.extend(right_example.files);
    if !right_example.commands.is_empty() {
        right.commands = right_example.commands;
    }
    let (output, code) = run(&right);
    if code != 0 || output.contains(&format!("[{name}]")) {
        fault(&format!("the right example exits with {code} and prints:\n{output}"));
    }
    faults
}

#[test]
fn the_examples_of_every_page_are_true() {
    let faults: Vec<String> = std::thread::scope(|scope| {
        let parts: Vec<_> = PAGES.chunks(PAGES.len().div_ceil(4)).collect();
        let work =
            |part: &'static [(&str, &str)]| part.iter().flat_map(|(name, page)| check_page(name, page)).collect();
        let threads: Vec<_> =
            parts.into_iter().map(|part| scope.spawn(move || -> Vec<String> { work(part) })).collect();
        threads.into_iter().flat_map(|thread| thread.join().unwrap()).collect()
    });
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

/// The names in the sources: where a problem is created, and where its name is chosen before.
fn names_in_sources() -> BTreeSet<String> {
    let mut tree = BTreeMap::new();
    read_tree(&Path::new(env!("CARGO_MANIFEST_DIR")).join("src"), "", &mut tree);
    let new_problem = Regex::new(r#"(?:Problem::new\(|name: |let name = [^;]*?)\s*"([a-z0-9]+(?:-[a-z0-9]+)+)"(?:[^;]*? else \{ "([a-z0-9-]+)")?"#).unwrap();
    let mut names = BTreeSet::new();
    for text in tree.values() {
        let code = text.split("#[cfg(test)]\nmod tests").next().unwrap_or_default();
        for found in new_problem.captures_iter(code) {
            names.extend(found.iter().skip(1).flatten().map(|name| name.as_str().to_owned()));
        }
    }
    names
}

#[test]
fn every_name_has_a_page_and_every_page_a_name() {
    let listed: BTreeSet<String> = names().map(str::to_owned).collect();
    let files = std::fs::read_dir(Path::new(env!("CARGO_MANIFEST_DIR")).join("spec/diagnostics")).unwrap();
    let files: BTreeSet<String> =
        files.map(|file| file.unwrap().path().file_stem().unwrap().to_str().unwrap().to_owned()).collect();
    assert_eq!(listed, files, "`PAGES` lists what `spec/diagnostics` has");
    assert!(names().is_sorted() && names().all(|name| page(name).is_some()), "`PAGES` is sorted");
    let used = names_in_sources();
    assert!(used.len() > 90, "only {} names were found in the sources", used.len());
    let unused: Vec<&String> = listed.difference(&used).collect();
    assert!(unused.is_empty(), "no code reports {unused:?}");
    let missing: Vec<&String> = used.difference(&listed).collect();
    assert!(missing.is_empty(), "there is no page for {missing:?}");
}

#[test]
fn a_false_example_is_detected() {
    let (name, page) = PAGES.iter().find(|(name, _)| *name == "before-cycle").unwrap();
    assert_eq!(check_page(name, page), Vec::<String>::new());
    let other = check_page("before-self", &page.replace("# before-cycle", "# before-self")).join("\n");
    assert!(other.contains("the wrong example does not report it"), "{other}");
    let wrong_right =
        check_page(name, &page.replace("image: example.com/migrate:1", "imgae: example.com/migrate:1")).join("\n");
    assert!(wrong_right.contains("the right example exits with 1"), "{wrong_right}");
    assert!(check_page(name, &page.replace("## Why", "## Because"))[0].contains("the headings are"));
}
