//! One directory per case below `fixtures/`: what goes in and what comes out, side by side.
//!
//! In: Score files, and where a case needs them `definitions.provisioners.yaml`, `overrides.yaml`, patch templates
//! (`compose.tpl` and `kubernetes.tpl` for one target, other `*.tpl` for both), `flags` with one argument per line, and
//! `variables` with one `NAME=VALUE` per line. Out: `kubernetes.yaml`, `compose.yaml` and the `files/` it mounts, and in
//! `report.txt` what was said and the exit codes. Run with `UPDATE_FIXTURES=1` to accept what comes out now.

use std::collections::BTreeMap;
use std::fmt::Write;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use serde::Deserialize;
use similar::TextDiff;

use crate::sandbox::Sandbox;

const TARGETS: [&str; 2] = ["kubernetes", "compose"];

/// Where Compose finds what it mounts.
const MOUNTS: &str = ".score-rs/compose/mounts/";

pub fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures")
}

/// The names of all cases.
pub fn cases() -> Vec<String> {
    let entries = std::fs::read_dir(root()).unwrap().map(Result::unwrap).filter(|entry| entry.path().is_dir());
    let mut names: Vec<String> = entries.map(|entry| entry.file_name().to_str().unwrap().to_owned()).collect();
    names.sort();
    names
}

/// The files of a case by path, without what comes out.
pub fn inputs(case: &str) -> BTreeMap<String, Vec<u8>> {
    let mut files = read_files(&root().join(case));
    files.retain(|path, _| !is_output(path));
    files
}

fn is_output(path: &str) -> bool {
    ["kubernetes.yaml", "compose.yaml", "report.txt"].contains(&path) || path.starts_with("files/")
}

/// The arguments by which a case is compiled for a target.
pub fn arguments(inputs: &BTreeMap<String, Vec<u8>>, target: &str) -> Vec<String> {
    let mut arguments: Vec<String> = ["generate", "--env", target, "-o"].map(str::to_owned).to_vec();
    arguments.push(format!("{target}.yaml"));
    let mut add = |flag: &str, path: &str| arguments.extend([flag.to_owned(), path.to_owned()]);
    for path in inputs.keys() {
        match path.as_str() {
            "definitions.provisioners.yaml" => add("--provisioners", path),
            "overrides.yaml" => add("--overrides-file", path),
            _ if path.ends_with(".tpl") => {
                let other = TARGETS.iter().any(|other| *other != target && *path == format!("{other}.tpl"));
                if !other {
                    add("--patch", path);
                }
            }
            _ => {}
        }
    }
    arguments.extend(lines(inputs, "flags").map(str::to_owned));
    arguments
}

fn lines<'a>(inputs: &'a BTreeMap<String, Vec<u8>>, name: &str) -> impl Iterator<Item = &'a str> {
    inputs.get(name).map(|text| std::str::from_utf8(text).unwrap()).unwrap_or_default().lines()
}

/// What comes out of a case: files by path, as they stand beside its inputs.
pub fn compile(inputs: &BTreeMap<String, Vec<u8>>) -> BTreeMap<String, Vec<u8>> {
    let mut outputs = BTreeMap::new();
    let mut report = String::new();
    for target in TARGETS {
        let sandbox = Sandbox::new();
        for (path, content) in inputs {
            sandbox.write(path, content);
        }
        let arguments = arguments(inputs, target);
        let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
        let mut command = sandbox.command(&arguments);
        command.envs(lines(inputs, "variables").filter_map(|line| line.split_once('=')));
        let result = crate::sandbox::wait_for_exit(command.spawn().unwrap(), &arguments);
        assert_eq!(result.stdout, "", "only `-o -` writes to standard output");
        let code = result.code.expect("no signal ends a run");
        writeln!(report, "==== {target}: exit code {code}\n\n{}", result.stderr).unwrap();
        let written: Vec<String> = sandbox.list().into_iter().filter(|path| !is_input(inputs, path)).collect();
        assert!(code == 0 || written.is_empty(), "a run that failed wrote {written:?}");
        for path in written.iter().filter(|path| !sandbox.path(path).is_dir()) {
            let content = std::fs::read(sandbox.path(path)).unwrap();
            let mode = std::fs::metadata(sandbox.path(path)).unwrap().permissions().mode() & 0o777;
            writeln!(report, "{mode:04o} {path}").unwrap();
            if let Some(mounted) = path.strip_prefix(MOUNTS) {
                outputs.insert(format!("files/{mounted}"), content);
            } else if *path == format!("{target}.yaml") {
                outputs.insert(path.clone(), content);
            }
        }
        report.push('\n');
    }
    outputs.insert("report.txt".to_owned(), format!("{}\n", report.trim_end()).into_bytes());
    outputs
}

fn is_input(inputs: &BTreeMap<String, Vec<u8>>, path: &str) -> bool {
    inputs.keys().any(|input| input == path || input.starts_with(&format!("{path}/")))
}

pub fn read_files(directory: &Path) -> BTreeMap<String, Vec<u8>> {
    fn read(directory: &Path, prefix: &str, files: &mut BTreeMap<String, Vec<u8>>) {
        for entry in std::fs::read_dir(directory).unwrap().map(Result::unwrap) {
            let name = format!("{prefix}{}", entry.file_name().to_str().unwrap());
            match entry.path().is_dir() {
                true => read(&entry.path(), &format!("{name}/"), files),
                false => drop(files.insert(name, std::fs::read(entry.path()).unwrap())),
            }
        }
    }
    let mut files = BTreeMap::new();
    read(directory, "", &mut files);
    files
}

#[test]
fn every_case_comes_out_as_it_is_kept() {
    let update = std::env::var_os("UPDATE_FIXTURES").is_some_and(|value| value == "1");
    let mut differences = String::new();
    for case in cases() {
        let directory = root().join(&case);
        let now = compile(&inputs(&case));
        let mut kept = read_files(&directory);
        kept.retain(|path, _| is_output(path));
        if update {
            accept(&directory, &kept, &now);
        } else {
            compare(&case, &kept, &now, &mut differences);
        }
    }
    assert!(
        differences.is_empty(),
        "{differences}\nRead each line that changed; if every one is right, accept all with UPDATE_FIXTURES=1."
    );
}

fn accept(directory: &Path, kept: &BTreeMap<String, Vec<u8>>, now: &BTreeMap<String, Vec<u8>>) {
    for path in kept.keys().filter(|path| !now.contains_key(*path)) {
        std::fs::remove_file(directory.join(path)).unwrap();
    }
    for (path, content) in now.iter().filter(|(path, content)| kept.get(*path) != Some(*content)) {
        let path = directory.join(path);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, content).unwrap();
    }
}

fn compare(case: &str, kept: &BTreeMap<String, Vec<u8>>, now: &BTreeMap<String, Vec<u8>>, differences: &mut String) {
    let mut paths: Vec<&String> = kept.keys().chain(now.keys()).collect();
    paths.sort();
    paths.dedup();
    for path in paths.into_iter().filter(|path| kept.get(*path) != now.get(*path)) {
        let text = |files: &BTreeMap<String, Vec<u8>>| {
            files.get(path).map(|content| String::from_utf8_lossy(content).into_owned()).unwrap_or_default()
        };
        let (kept, now) = (text(kept), text(now));
        let diff = TextDiff::from_lines(&kept, &now);
        let path = format!("fixtures/{case}/{path}");
        write!(differences, "{}", diff.unified_diff().header(&path, &format!("{path} now"))).unwrap();
        // Contents that differ only in bytes that are no text still differ.
        writeln!(differences, "{path} differs").unwrap();
    }
}

#[test]
fn every_output_is_yaml_to_another_reader() {
    let mut count = 0;
    for case in cases() {
        for target in TARGETS {
            let path = root().join(&case).join(format!("{target}.yaml"));
            let Ok(text) = std::fs::read_to_string(&path) else { continue };
            for document in yaml_serde::Deserializer::from_str(&text) {
                let value =
                    yaml_serde::Value::deserialize(document).unwrap_or_else(|error| panic!("{path:?}: {error}"));
                let wanted = if target == "compose" { "services" } else { "kind" };
                assert!(value.get(wanted).is_some(), "{path:?} holds a document without `{wanted}`");
                count += 1;
            }
        }
    }
    assert!(count > 30, "only {count} documents were found");
}

#[test]
fn differences_are_found() {
    let files = |pairs: &[(&str, &str)]| -> BTreeMap<String, Vec<u8>> {
        pairs.iter().map(|(path, text)| ((*path).to_owned(), text.as_bytes().to_vec())).collect()
    };
    let say = |kept: &[(&str, &str)], now: &[(&str, &str)]| {
        let mut differences = String::new();
        compare("x", &files(kept), &files(now), &mut differences);
        differences
    };
    assert_eq!(say(&[("a", "1\n")], &[("a", "1\n")]), "");
    assert!(say(&[("a", "1\n2\n")], &[("a", "1\n3\n")]).contains("-2\n+3\n"));
    assert!(say(&[("a", "1\n")], &[]).contains("fixtures/x/a differs"));
    assert!(say(&[], &[("a", "")]).contains("fixtures/x/a differs"));
}
