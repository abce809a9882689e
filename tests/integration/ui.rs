//! Wrong files, and what is said about each: `tests/ui/AREA/FAULT.yaml` and, beside it, `FAULT.txt` as a terminal of 100
//! columns shows it. Those in `multiple-errors/` hold several faults each, all others one.
//!
//! A comment `# <- NAME` at the end of a line says that a diagnostic of this name begins there. Comments at the head of the file
//! say more: `# at FILE:LINE: NAME` where no comment can stand, `# run: ARGUMENTS` instead of `validate`, and `# fix: s/OLD/NEW/` for
//! a change after which all is well, or `# fix: --fix` where `validate --fix` makes it so. A line `# file: PATH` begins another file; the first is `score.yaml`. None of these comments
//! reaches the compiler. Run with `UPDATE_FIXTURES=1` to accept what is said now.

use std::collections::BTreeMap;
use std::fmt::Write;
use std::path::{Path, PathBuf};

use regex::Regex;
use similar::TextDiff;

use crate::sandbox::Sandbox;

/// A diagnostic: the file, the line from 1, and the name; no place for those that have none.
type Said = (String, usize, String);

#[derive(Debug, Default, Clone)]
struct Case {
    files: BTreeMap<String, String>,
    arguments: Vec<String>,
    expected: Vec<Said>,
    /// What to replace by what, each to be found once in all files.
    fixes: Vec<(String, String)>,
    /// Whether `--fix` mends it.
    mends: bool,
}

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/ui")
}

fn read(text: &str) -> Case {
    let mut case = Case { arguments: vec!["validate".to_owned()], ..Case::default() };
    let mut lines = text.split_inclusive('\n').peekable();
    while let Some(head) =
        lines.next_if(|line| ["# at ", "# run: ", "# fix: "].iter().any(|word| line.starts_with(word)))
    {
        read_head(head.trim_end(), &mut case);
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
                case.expected.push((name.clone(), number, found[1].to_owned()));
                file.push_str(&line[..found.get(0).unwrap().start()]);
                file.push_str(&found[2]);
            }
            None => file.push_str(line),
        }
    }
    case
}

fn read_head(line: &str, case: &mut Case) {
    if let Some(words) = line.strip_prefix("# run: ") {
        case.arguments = words.split(' ').map(str::to_owned).collect();
    } else if let Some(sandbox) = line.strip_prefix("# at ") {
        let (sandbox, name) = sandbox.rsplit_once(": ").unwrap();
        let (file, line) = sandbox.rsplit_once(':').unwrap();
        case.expected.push((file.to_owned(), line.parse().unwrap(), name.to_owned()));
    } else if line == "# fix: --fix" {
        case.mends = true;
    } else if let Some(change) = line.strip_prefix("# fix: s") {
        let parts: Vec<&str> = change.split(&change[..1]).collect();
        assert_eq!(parts.len(), 4, "a fix is written `s/OLD/NEW/`: {change}");
        case.fixes.push((unescaped(parts[1]), unescaped(parts[2])));
    }
}

fn unescaped(text: &str) -> String {
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
    /// What is said in a format, and the exit code.
    fn run(&self, format: &str) -> (String, Option<i32>) {
        let sandbox = Sandbox::new();
        self.files.iter().for_each(|(name, text)| sandbox.write(name, text));
        let validates = self.arguments[0] == "validate";
        let mut arguments: Vec<&str> = self.arguments.iter().map(String::as_str).collect();
        arguments.extend([if validates { "--format" } else { "--message-format" }, format]);
        let result = sandbox.run(&arguments);
        (if validates { result.stdout } else { result.stderr }, result.code)
    }

    /// What is left when it has been mended, and the exit code.
    fn mended(&self) -> (String, Option<i32>) {
        let sandbox = Sandbox::new();
        self.files.iter().for_each(|(name, text)| sandbox.write(name, text));
        let mut arguments: Vec<&str> = self.arguments.iter().map(String::as_str).collect();
        arguments.extend(["--fix", "--format", "short"]);
        let result = sandbox.run(&arguments);
        (result.stdout, result.code)
    }

    fn fixed(&self) -> Result<Case, String> {
        let mut case = self.clone();
        for (old, new) in &self.fixes {
            let count: usize = case.files.values().map(|text| text.matches(old.as_str()).count()).sum();
            if count != 1 {
                return Err(format!("`{old}` is found {count} times"));
            }
            case.files.values_mut().for_each(|text| *text = text.replace(old.as_str(), new));
        }
        Ok(case)
    }

    /// What is wrong with what is said; empty when nothing is.
    fn judge(&self, one: bool) -> Vec<String> {
        let mut faults = Vec::new();
        let said = diagnostics(&self.run("short").0);
        let (mut found, mut expected) = (said.clone(), self.expected.clone());
        found.sort();
        expected.sort();
        if found != expected {
            faults.push(format!("expected {expected:?}, and this is said: {found:?}"));
        }
        if one != (expected.len() == 1) || expected.is_empty() {
            faults.push(format!("{} diagnostics are expected in this directory", expected.len()));
        }
        match self.fixed() {
            Ok(_) if self.fixes.is_empty() => {}
            Ok(fixed) => {
                let (said, code) = fixed.run("short");
                let left: Vec<Said> = diagnostics(&said).into_iter().filter(|one| expected.contains(one)).collect();
                if code != Some(0) || !left.is_empty() {
                    faults.push(format!("the fix leaves this:\n{said}"));
                }
            }
            Err(fault) => faults.push(fault),
        }
        if self.mends {
            let (said, code) = self.mended();
            if code != Some(0) || diagnostics(&said).iter().any(|one| expected.contains(one)) {
                faults.push(format!("`--fix` leaves this:\n{said}"));
            }
        }
        faults
    }
}

/// The diagnostics of a text in the short format.
fn diagnostics(short: &str) -> Vec<Said> {
    let line = Regex::new(r"(?m)^(?:(.+?):(\d+):\d+: )?(?:error|warning|note): .* \[([a-z0-9-]+)\]$").unwrap();
    let text = |found: &regex::Captures<'_>, group| found.get(group).map_or("", |part| part.as_str()).to_owned();
    line.captures_iter(short)
        .map(|found| (text(&found, 1), text(&found, 2).parse().unwrap_or_default(), text(&found, 3)))
        .collect()
}

/// The files of all cases, as `AREA/FAULT.yaml`.
fn cases() -> Vec<String> {
    let mut names = Vec::new();
    for area in std::fs::read_dir(root()).unwrap().map(|entry| entry.unwrap().path()) {
        for path in std::fs::read_dir(&area).unwrap().map(|entry| entry.unwrap().path()) {
            let name = path.strip_prefix(root()).unwrap().to_str().unwrap().to_owned();
            match path.extension().unwrap().to_str().unwrap() {
                "yaml" => names.push(name),
                _ => assert!(path.with_extension("yaml").exists(), "{name} belongs to no case"),
            }
        }
    }
    names.sort();
    names
}

fn check(name: &str, update: bool) -> Vec<String> {
    let path = root().join(name);
    let case = read(&std::fs::read_to_string(&path).unwrap());
    let mut faults = case.judge(!name.starts_with("multiple-errors/"));
    let said = case.run("human").0;
    if said.matches("help: ").count() < case.expected.len() {
        faults.push("not every diagnostic says what to do".to_owned());
    }
    let kept_path = path.with_extension("txt");
    let kept = std::fs::read_to_string(&kept_path).unwrap_or_default();
    if update && said != kept {
        std::fs::write(&kept_path, &said).unwrap();
    } else if said != kept {
        let diff = TextDiff::from_lines(&kept, &said);
        faults.push(diff.unified_diff().header("kept", "now").to_string());
    }
    faults.iter().map(|fault| format!("{name}: {fault}")).collect()
}

#[test]
fn every_mistake_gets_one_good_message() {
    let update = std::env::var_os("UPDATE_FIXTURES").is_some_and(|value| value == "1");
    let names = cases();
    let faults: Vec<String> = std::thread::scope(|scope| {
        let work = |part: &[String]| part.iter().flat_map(|name| check(name, update)).collect::<Vec<String>>();
        let threads: Vec<_> =
            names.chunks(names.len().div_ceil(4)).map(|part| scope.spawn(move || work(part))).collect();
        threads.into_iter().flat_map(|thread| thread.join().unwrap()).collect()
    });
    let mut text = String::new();
    faults.iter().for_each(|fault| writeln!(text, "{fault}").unwrap());
    assert!(faults.is_empty(), "{text}\nRead each line; if every one is right, accept all with UPDATE_FIXTURES=1.");
}

#[test]
fn there_are_enough_of_them_and_most_can_be_mended() {
    let (several, one): (Vec<String>, Vec<String>) =
        cases().into_iter().partition(|name| name.starts_with("multiple-errors/"));
    assert!(one.len() >= 150 && several.len() >= 40, "{} and {}", one.len(), several.len());
    let mended = |name: &&String| {
        let case = read(&std::fs::read_to_string(root().join(name)).unwrap());
        case.mends || !case.fixes.is_empty()
    };
    let count = one.iter().filter(mended).count();
    assert!(count * 10 >= one.len() * 9, "only {count} of {} have a fix", one.len());
}

#[test]
fn a_case_that_breaks_its_word_is_found() {
    let text = std::fs::read_to_string(root().join("structure/image-misspelt.yaml")).unwrap();
    assert_eq!(read(&text).judge(true), Vec::<String>::new());
    let broken = |old: &str, new: &str| {
        assert!(text.contains(old), "{old}");
        read(&text.replace(old, new)).judge(true).join("\n")
    };
    assert!(broken("unknown-key", "missing-key").contains("and this is said"));
    assert!(broken(" # <- unknown-key", "").contains("0 diagnostics are expected"));
    assert!(broken("/image/", "/imag/").contains("the fix leaves this"));
    assert!(broken("s/imgae", "s/nowhere").contains("is found 0 times"));
    let doubtful = std::fs::read_to_string(root().join("structure/image-missing.yaml")).unwrap();
    assert!(read(&format!("# fix: --fix\n{doubtful}")).judge(true).join("\n").contains("`--fix` leaves this"));
    assert!(read(&text).judge(false).join("\n").contains("1 diagnostics are expected"));
}
