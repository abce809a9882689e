//! The results of tests for people and for programs.

use std::fmt::Write;

use serde::Serialize;

use super::coverage::Coverage;
use crate::cli::display::json;
use crate::report::format::junit_escape;
use diagnostics::report::Diagnostic;
use diagnostics::source::Sources;

/// A test on one target.
#[derive(Debug, Serialize)]
pub(super) struct TestResult {
    pub(super) name: String,
    pub(super) file: String,
    pub(super) line: usize,
    pub(super) target: &'static str,
    pub(super) passed: bool,
    pub(super) failures: Vec<FailureResult>,
}

/// What a test found.
#[derive(Debug, Serialize)]
pub(super) struct FailureResult {
    pub(super) line: usize,
    pub(super) message: String,
    pub(super) help: Option<String>,
}

impl FailureResult {
    pub(super) fn new(problem: &Diagnostic, line: usize) -> FailureResult {
        FailureResult {
            line,
            message: problem.message().to_owned(),
            help: problem.help().map(str::to_owned),
        }
    }
}

/// The coverage of a file with definitions.
#[derive(Debug, Serialize)]
pub(super) struct FileCoverage {
    file: String,
    total: usize,
    covered: usize,
    uncovered: Vec<Uncovered>,
}

/// A section or branch that no test asserts on.
#[derive(Debug, Serialize)]
struct Uncovered {
    line: usize,
    column: usize,
    what: String,
}

/// The results of all tests.
#[derive(Debug, Serialize)]
pub(super) struct Results {
    pub(super) passed: usize,
    pub(super) failed: usize,
    pub(super) tests: Vec<TestResult>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) coverage: Option<Vec<FileCoverage>>,
}

/// The coverage by file.
pub(super) fn coverage(coverage: &Coverage, sources: &Sources) -> Vec<FileCoverage> {
    let files = coverage.files().into_iter();
    files
        .map(|(file, items)| FileCoverage {
            file: sources.get(file).name().to_owned(),
            total: items.len(),
            covered: Coverage::covered(&items),
            uncovered: items
                .iter()
                .filter(|item| !item.is_covered)
                .map(|item| {
                    let position = sources.position(item.at);
                    Uncovered {
                        line: position.line,
                        column: position.column,
                        what: item.what.clone(),
                    }
                })
                .collect(),
        })
        .collect()
}

impl Results {
    /// For people: the numbers by file, then the coverage.
    pub(super) fn human(&self) -> String {
        let mut text = String::new();
        let mut files: Vec<(&str, usize, usize)> = Vec::new();
        for test in &self.tests {
            let counts = (usize::from(test.passed), usize::from(!test.passed));
            match files.last_mut().filter(|(file, ..)| *file == test.file) {
                Some((_, passed, failed)) => {
                    (*passed, *failed) = (*passed + counts.0, *failed + counts.1)
                }
                None => files.push((&test.file, counts.0, counts.1)),
            }
        }
        // Writing to a string cannot fail.
        for (file, passed, failed) in files {
            let _ = match failed {
                0 => writeln!(text, "ok      {file}: {passed} passed"),
                _ => writeln!(text, "FAILED  {file}: {passed} passed, {failed} failed"),
            };
        }
        let _ = writeln!(text, "{} passed, {} failed", self.passed, self.failed);
        if let Some(files) = &self.coverage {
            text += &human_coverage(files);
        }
        text
    }

    pub(super) fn json(&self) -> String {
        json::document(self)
    }

    /// A suite for each file, a test case for each test and target.
    pub(super) fn junit(&self) -> String {
        let mut suites = String::new();
        let mut rest = self.tests.as_slice();
        while let Some(first) = rest.first() {
            let end = rest
                .iter()
                .take_while(|test| test.file == first.file)
                .count();
            let (suite, others) = rest.split_at(end);
            let failures = suite.iter().filter(|test| !test.passed).count();
            let cases: String = suite.iter().map(test_case).collect();
            let file = junit_escape(&first.file);
            let _ = writeln!(
                suites,
                "  <testsuite name=\"{file}\" tests=\"{end}\" failures=\"{failures}\">\n{cases}  </testsuite>"
            );
            rest = others;
        }
        let (tests, failures) = (self.tests.len(), self.failed);
        format!(
            "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites name=\"score-rs\" tests=\"{tests}\" failures=\"{failures}\">\n{suites}</testsuites>\n"
        )
    }
}

fn test_case(test: &TestResult) -> String {
    let name = junit_escape(&format!("{} ({})", test.name, test.target));
    let (file, line) = (junit_escape(&test.file), test.line);
    let open = format!(
        "    <testcase name=\"{name}\" classname=\"{file}\" file=\"{file}\" line=\"{line}\""
    );
    if test.passed {
        return format!("{open}/>\n");
    }
    let messages = test.failures.iter();
    let lines = messages.map(|failure| {
        junit_escape(&format!(
            "{}:{}: {}",
            test.file, failure.line, failure.message
        ))
    });
    let lines: Vec<String> = lines.collect();
    let message = lines.first().cloned().unwrap_or_default();
    let text = lines.join("\n");
    format!("{open}>\n      <failure message=\"{message}\">{text}</failure>\n    </testcase>\n")
}

fn human_coverage(files: &[FileCoverage]) -> String {
    let (mut total, mut covered, mut text) = (0, 0, String::new());
    for file in files {
        total += file.total;
        covered += file.covered;
        for item in &file.uncovered {
            let (name, line, column) = (&file.file, item.line, item.column);
            let _ = writeln!(text, "{name}:{line}:{column}: not covered: {}", item.what);
        }
    }
    let _ = writeln!(text, "coverage: {covered} of {total} sections and branches");
    text
}
