//! One directory per case in `fixtures/`: inputs and outputs, side by side.
//!
//! Inputs: Score files, and optionally `definitions.provisioners.yaml`, `overrides.yaml`, patch
//! templates (`compose.tpl` and `kubernetes.tpl` for one target, other `*.tpl` for both), `flags`
//! with one argument per line, and `variables` with one `NAME=VALUE` per line. Outputs:
//! `kubernetes.yaml`, `compose.yaml`, the `files/` that Compose mounts, and `report.snap` with the
//! diagnostics and exit codes.

use std::collections::BTreeMap;
use std::fmt::Write;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use serde::Deserialize;

use crate::cache::Cache;
use crate::sandbox::Sandbox;
use crate::snapshots::{Files, HINT, assert_text, compare_files};

pub const TARGETS: [&str; 2] = ["kubernetes", "compose"];

/// The directory of mounted files.
const MOUNTS: &str = ".score-rs/compose/mounts/";

/// The key of the report in the outputs.
const REPORT: &str = "report.snap";

pub fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures")
}

/// The names of all cases.
pub fn cases() -> Vec<String> {
    let entries = std::fs::read_dir(root())
        .unwrap()
        .map(Result::unwrap)
        .filter(|entry| entry.path().is_dir());
    let mut names: Vec<String> = entries
        .map(|entry| entry.file_name().to_str().unwrap().to_owned())
        .collect();
    names.sort();
    names
}

/// The input files of a case by path.
pub fn inputs(case: &str) -> BTreeMap<String, Vec<u8>> {
    let mut files = read_files(&root().join(case));
    files.retain(|path, _| !is_output(path));
    files
}

fn is_output(path: &str) -> bool {
    ["kubernetes.yaml", "compose.yaml"].contains(&path)
        || path.starts_with(REPORT)
        || path.starts_with("files/")
}

/// The arguments to compile a case for a target.
pub fn arguments(inputs: &BTreeMap<String, Vec<u8>>, target: &str) -> Vec<String> {
    let mut arguments: Vec<String> = ["generate", "--env", target, "-o"]
        .map(str::to_owned)
        .to_vec();
    arguments.push(format!("{target}.yaml"));
    let mut add = |flag: &str, path: &str| arguments.extend([flag.to_owned(), path.to_owned()]);
    for path in inputs.keys() {
        match path.as_str() {
            "definitions.provisioners.yaml" => add("--provisioners", path),
            "overrides.yaml" => add("--overrides-file", path),
            _ if path.ends_with(".tpl") => {
                let other = TARGETS
                    .iter()
                    .any(|other| *other != target && *path == format!("{other}.tpl"));
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

/// The environment variables of a case.
pub fn variables(inputs: &BTreeMap<String, Vec<u8>>) -> Vec<(String, String)> {
    let pairs = lines(inputs, "variables").filter_map(|line| line.split_once('='));
    pairs
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
        .collect()
}

fn lines<'a>(inputs: &'a BTreeMap<String, Vec<u8>>, name: &str) -> impl Iterator<Item = &'a str> {
    inputs
        .get(name)
        .map(|text| std::str::from_utf8(text).unwrap())
        .unwrap_or_default()
        .lines()
}

/// The outputs of an unchanged case.
pub fn outputs(case: &str) -> &'static Files {
    static OUTPUTS: Cache<Files> = Cache::new();
    OUTPUTS.get(case, || compile(&inputs(case)))
}

/// The outputs of a case by path.
pub fn compile(inputs: &BTreeMap<String, Vec<u8>>) -> BTreeMap<String, Vec<u8>> {
    let mut outputs = BTreeMap::new();
    let mut report = String::new();
    for target in TARGETS {
        let sandbox = Sandbox::new();
        sandbox.write_all(inputs);
        let arguments = arguments(inputs, target);
        let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
        let mut command = sandbox.command(&arguments);
        command.envs(variables(inputs));
        let result = crate::sandbox::wait_for_exit(command.spawn().unwrap(), &arguments);
        assert_eq!(result.stdout, "", "only `-o -` writes to standard output");
        let code = result.code.expect("no signal ends the run");
        writeln!(
            report,
            "==== {target}: exit code {code}\n\n{}",
            result.stderr
        )
        .unwrap();
        let written: Vec<String> = sandbox
            .list()
            .into_iter()
            .filter(|path| !is_input(inputs, path))
            .collect();
        assert!(
            code == 0 || written.is_empty(),
            "a run that failed wrote {written:?}"
        );
        for path in written.iter().filter(|path| !sandbox.path(path).is_dir()) {
            let content = std::fs::read(sandbox.path(path)).unwrap();
            let mode = std::fs::metadata(sandbox.path(path))
                .unwrap()
                .permissions()
                .mode()
                & 0o777;
            writeln!(report, "{mode:04o} {path}").unwrap();
            if let Some(mounted) = path.strip_prefix(MOUNTS) {
                outputs.insert(format!("files/{mounted}"), content);
            } else if *path == format!("{target}.yaml") {
                outputs.insert(path.clone(), content);
            }
        }
        report.push('\n');
    }
    outputs.insert(
        REPORT.to_owned(),
        format!("{}\n", report.trim_end()).into_bytes(),
    );
    outputs
}

fn is_input(inputs: &BTreeMap<String, Vec<u8>>, path: &str) -> bool {
    inputs
        .keys()
        .any(|input| input == path || input.starts_with(&format!("{path}/")))
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
fn every_case_matches_its_snapshot() {
    let mut faults = String::new();
    for case in cases() {
        let directory = root().join(&case);
        let mut current = outputs(&case).clone();
        let report = String::from_utf8(current.remove(REPORT).unwrap()).unwrap();
        let mut stored = read_files(&directory);
        stored.retain(|path, _| is_output(path) && !path.starts_with(REPORT));
        faults += &compare_files(&directory, &stored, &current);
        let input = directory.join("score.yaml");
        let check = || assert_text(&directory, "report", Some(&input), &report);
        if std::panic::catch_unwind(check).is_err() {
            writeln!(faults, "{case}: the report differs, see above").unwrap();
        }
    }
    assert!(faults.is_empty(), "{faults}\n{HINT}");
}

#[test]
fn every_output_is_valid_yaml_to_another_reader() {
    let mut count = 0;
    for case in cases() {
        for target in TARGETS {
            let path = root().join(&case).join(format!("{target}.yaml"));
            let Ok(text) = std::fs::read_to_string(&path) else {
                continue;
            };
            for document in yaml_serde::Deserializer::from_str(&text) {
                let value = yaml_serde::Value::deserialize(document)
                    .unwrap_or_else(|error| panic!("{path:?}: {error}"));
                let key = if target == "compose" {
                    "services"
                } else {
                    "kind"
                };
                assert!(
                    value.get(key).is_some(),
                    "{path:?} contains a document without `{key}`"
                );
                count += 1;
            }
        }
    }
    assert!(count > 30, "only {count} documents were found");
}
