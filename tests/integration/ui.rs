//! UI tests: invalid files and their diagnostics. `tests/ui/AREA/CASE.yaml` is the input, and
//! `CASE.snap` beside it the report in a terminal of 100 columns, and the exit code. Cases in
//! `multiple-errors/` have several errors, all others one.
//!
//! A marker `# <- NAME` at the end of a line: a diagnostic with this name starts on the line.
//! Directives at the top of the file: `# at FILE:LINE: NAME` expects a diagnostic on a line without
//! room for a marker, `# run: ARGUMENTS` replaces `validate`, `# fix: s/OLD/NEW/` is a change that
//! fixes the errors, and `# fix: --fix` means that `validate --fix` fixes them. A line
//! `# file: PATH` starts another file; the first one is `score.yaml`. The compiler sees none of
//! these comments.

use std::collections::BTreeMap;
use std::fmt::Write;
use std::path::{Path, PathBuf};

use regex::Regex;

use crate::sandbox::Sandbox;
use crate::snapshots::{HINT, assert_text};

/// A diagnostic: file, line from 1, and name. Without a location, file and line are empty and 0.
type Expectation = (String, usize, String);

#[derive(Debug, Default, Clone)]
struct Case {
    files: BTreeMap<String, String>,
    arguments: Vec<String>,
    expected: Vec<Expectation>,
    /// Texts and their replacements. Each text must occur once in all files.
    fixes: Vec<(String, String)>,
    /// Whether `--fix` fixes the errors.
    has_autofix: bool,
}

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/ui")
}

fn parse(text: &str) -> Case {
    let mut case = Case {
        arguments: vec!["validate".to_owned()],
        ..Case::default()
    };
    let mut lines = text.split_inclusive('\n').peekable();
    while let Some(head) = lines.next_if(|line| {
        ["# at ", "# run: ", "# fix: "]
            .iter()
            .any(|word| line.starts_with(word))
    }) {
        parse_directive(head.trim_end(), &mut case);
    }
    let marker = Regex::new(r" *# <- ([a-z0-9-]+)(\r?\n?)$").unwrap();
    let mut name = "score.yaml".to_owned();
    let mut number = 0;
    case.files.insert(name.clone(), String::new());
    for line in lines {
        if let Some(path) = line.strip_prefix("# file: ") {
            path.trim_end().clone_into(&mut name);
            number = 0;
            continue;
        }
        number += 1;
        let file = case.files.entry(name.clone()).or_default();
        match marker.captures(line) {
            Some(found) => {
                case.expected
                    .push((name.clone(), number, found[1].to_owned()));
                file.push_str(&line[..found.get(0).unwrap().start()]);
                file.push_str(&found[2]);
            }
            None => file.push_str(line),
        }
    }
    case
}

fn parse_directive(line: &str, case: &mut Case) {
    if let Some(words) = line.strip_prefix("# run: ") {
        case.arguments = words.split(' ').map(str::to_owned).collect();
    } else if let Some(location) = line.strip_prefix("# at ") {
        let (location, name) = location.rsplit_once(": ").unwrap();
        let (file, line) = location.rsplit_once(':').unwrap();
        case.expected
            .push((file.to_owned(), line.parse().unwrap(), name.to_owned()));
    } else if line == "# fix: --fix" {
        case.has_autofix = true;
    } else if let Some(change) = line.strip_prefix("# fix: s") {
        let parts: Vec<&str> = change.split(&change[..1]).collect();
        assert_eq!(parts.len(), 4, "a fix is written `s/OLD/NEW/`: {change}");
        case.fixes.push((unescape(parts[1]), unescape(parts[2])));
    }
}

fn unescape(text: &str) -> String {
    let mut out = String::new();
    let mut characters = text.chars();
    while let Some(character) = characters.next() {
        match (character, character == '\\') {
            (_, true) => out.push(match characters.next() {
                Some('n') => '\n',
                Some('t') => '\t',
                Some('r') => '\r',
                other => other.unwrap(),
            }),
            _ => out.push(character),
        }
    }
    out
}

impl Case {
    /// The report in a format, and the exit code.
    fn run(&self, format: &str) -> (String, Option<i32>) {
        let sandbox = Sandbox::new();
        self.files
            .iter()
            .for_each(|(name, text)| sandbox.write(name, text));
        let validates = self.arguments[0] == "validate";
        let mut arguments: Vec<&str> = self.arguments.iter().map(String::as_str).collect();
        arguments.extend([
            if validates {
                "--format"
            } else {
                "--message-format"
            },
            format,
        ]);
        let result = sandbox.run(&arguments);
        (
            if validates {
                result.stdout
            } else {
                result.stderr
            },
            result.code,
        )
    }

    /// The report after `--fix`, and the exit code.
    fn run_autofix(&self) -> (String, Option<i32>) {
        let sandbox = Sandbox::new();
        self.files
            .iter()
            .for_each(|(name, text)| sandbox.write(name, text));
        let mut arguments: Vec<&str> = self.arguments.iter().map(String::as_str).collect();
        arguments.extend(["--fix", "--format", "short"]);
        let result = sandbox.run(&arguments);
        (result.stdout, result.code)
    }

    fn fixed(&self) -> Result<Case, String> {
        let mut case = self.clone();
        for (old, new) in &self.fixes {
            let count: usize = case
                .files
                .values()
                .map(|text| text.matches(old.as_str()).count())
                .sum();
            if count != 1 {
                return Err(format!("`{old}` is found {count} times"));
            }
            case.files
                .values_mut()
                .for_each(|text| *text = text.replace(old.as_str(), new));
        }
        Ok(case)
    }

    /// The faults of a case that should have one error or several.
    fn check(&self, has_one_error: bool) -> Vec<String> {
        let mut faults = Vec::new();
        let (mut reported, mut expected) =
            (diagnostics(&self.run("short").0), self.expected.clone());
        reported.sort();
        expected.sort();
        if reported != expected {
            faults.push(format!(
                "expected {expected:?}, but reported are {reported:?}"
            ));
        }
        if has_one_error != (expected.len() == 1) || expected.is_empty() {
            faults.push(format!(
                "{} diagnostics are expected in this directory",
                expected.len()
            ));
        }
        match self.fixed() {
            Ok(_) if self.fixes.is_empty() => {}
            Ok(fixed) => {
                let (report, code) = fixed.run("short");
                if code != Some(0)
                    || diagnostics(&report)
                        .iter()
                        .any(|diagnostic| expected.contains(diagnostic))
                {
                    faults.push(format!("the fix leaves this:\n{report}"));
                }
            }
            Err(fault) => faults.push(fault),
        }
        if self.has_autofix {
            let (report, code) = self.run_autofix();
            if code != Some(0)
                || diagnostics(&report)
                    .iter()
                    .any(|diagnostic| expected.contains(diagnostic))
            {
                faults.push(format!("`--fix` leaves this:\n{report}"));
            }
        }
        faults
    }
}

/// The diagnostics of a report in the short format.
fn diagnostics(short: &str) -> Vec<Expectation> {
    let line =
        Regex::new(r"(?m)^(?:(.+?):(\d+):\d+: )?(?:error|warning|note): .* \[([a-z0-9-]+)\]$")
            .unwrap();
    let text = |found: &regex::Captures<'_>, group| {
        found.get(group).map_or("", |part| part.as_str()).to_owned()
    };
    line.captures_iter(short)
        .map(|found| {
            (
                text(&found, 1),
                text(&found, 2).parse().unwrap_or_default(),
                text(&found, 3),
            )
        })
        .collect()
}

/// All cases, as `AREA/CASE.yaml`.
fn cases() -> Vec<String> {
    let mut names = Vec::new();
    for area in std::fs::read_dir(root())
        .unwrap()
        .map(|entry| entry.unwrap().path())
    {
        for path in std::fs::read_dir(&area)
            .unwrap()
            .map(|entry| entry.unwrap().path())
        {
            let name = path
                .strip_prefix(root())
                .unwrap()
                .to_str()
                .unwrap()
                .to_owned();
            match path.extension().unwrap().to_str().unwrap() {
                "yaml" => names.push(name),
                "snap" => assert!(
                    path.with_extension("yaml").exists(),
                    "{name} belongs to no case"
                ),
                // A snapshot that waits for a review.
                other => assert_eq!(other, "new", "{name} is neither a case nor a snapshot"),
            }
        }
    }
    names.sort();
    names
}

/// A case that `validate` and `generate` take with the same arguments: its name and files.
pub type SharedCase = (String, BTreeMap<String, Vec<u8>>, Vec<String>);

/// The cases for an environment, without the command and the place of the output.
pub fn cases_with_environment() -> Vec<SharedCase> {
    let case = |name: String| {
        let case = parse(&std::fs::read_to_string(root().join(&name)).unwrap());
        let mut arguments = case.arguments;
        let has = |flag: &str| arguments.iter().any(|argument| argument == flag);
        let has_environment = ["--env", "-e", "--all-environments"]
            .map(has)
            .contains(&true);
        if !has_environment || has("--publish") || has("diff") {
            return None;
        }
        arguments.remove(0);
        if let Some(output) = arguments.iter().position(|argument| argument == "-o") {
            arguments.drain(output..output + 2);
        }
        let files = case.files.into_iter();
        let files = files.map(|(path, text)| (path, text.into_bytes()));
        Some((name, files.collect(), arguments))
    };
    cases().into_iter().filter_map(case).collect()
}

fn check(name: &str) -> Vec<String> {
    let path = root().join(name);
    let case = parse(&std::fs::read_to_string(&path).unwrap());
    let mut faults = case.check(!name.starts_with("multiple-errors/"));
    let (report, code) = case.run("human");
    if report.matches("help: ").count() < case.expected.len() {
        faults.push("a diagnostic has no help".to_owned());
    }
    let text = format!("{report}exit code: {}\n", code.unwrap());
    let (directory, file_name) = (
        path.parent().unwrap(),
        path.file_stem().unwrap().to_str().unwrap(),
    );
    if std::panic::catch_unwind(|| assert_text(directory, file_name, Some(&path), &text)).is_err() {
        faults.push("the report differs, see above".to_owned());
    }
    faults
        .iter()
        .map(|fault| format!("{name}: {fault}"))
        .collect()
}

#[test]
fn every_case_matches_its_snapshot() {
    let names = cases();
    let faults: Vec<String> = std::thread::scope(|scope| {
        let work = |part: &[String]| {
            part.iter()
                .flat_map(|name| check(name))
                .collect::<Vec<String>>()
        };
        let threads: Vec<_> = names
            .chunks(names.len().div_ceil(4))
            .map(|part| scope.spawn(move || work(part)))
            .collect();
        threads
            .into_iter()
            .flat_map(|thread| thread.join().unwrap())
            .collect()
    });
    let mut text = String::new();
    faults
        .iter()
        .for_each(|fault| writeln!(text, "{fault}").unwrap());
    assert!(faults.is_empty(), "{text}\n{HINT}");
}

#[test]
fn there_are_enough_cases_and_most_have_a_fix() {
    let (several, one): (Vec<String>, Vec<String>) = cases()
        .into_iter()
        .partition(|name| name.starts_with("multiple-errors/"));
    assert!(
        one.len() >= 150 && several.len() >= 40,
        "{} and {}",
        one.len(),
        several.len()
    );
    let has_fix = |name: &&String| {
        let case = parse(&std::fs::read_to_string(root().join(name)).unwrap());
        case.has_autofix || !case.fixes.is_empty()
    };
    let count = one.iter().filter(has_fix).count();
    assert!(
        count * 10 >= one.len() * 9,
        "only {count} of {} have a fix",
        one.len()
    );
}

#[test]
fn a_false_case_is_detected() {
    let text = std::fs::read_to_string(root().join("structure/image-misspelt.yaml")).unwrap();
    assert_eq!(parse(&text).check(true), Vec::<String>::new());
    let broken = |old: &str, new: &str| {
        assert!(text.contains(old), "{old}");
        parse(&text.replace(old, new)).check(true).join("\n")
    };
    assert!(broken("unknown-key", "missing-key").contains("but reported are"));
    assert!(broken(" # <- unknown-key", "").contains("0 diagnostics are expected"));
    assert!(broken("/image/", "/imag/").contains("the fix leaves this"));
    assert!(broken("s/imgae", "s/nowhere").contains("is found 0 times"));
    let without_autofix =
        std::fs::read_to_string(root().join("structure/image-missing.yaml")).unwrap();
    assert!(
        parse(&format!("# fix: --fix\n{without_autofix}"))
            .check(true)
            .join("\n")
            .contains("`--fix` leaves this")
    );
    assert!(
        parse(&text)
            .check(false)
            .join("\n")
            .contains("1 diagnostics are expected")
    );
}
