//! `score-rs provisioners test`: tests of definitions, in `*.test.yaml` beside them.

pub(crate) mod check;
mod compare;
mod coverage;
mod definitions;
pub(crate) mod file;
mod report;
mod trial;

use std::path::{Path, PathBuf};

use clap::ValueEnum;

use crate::cli::ExitCode;
use crate::cli::display::terminal::{print_data, print_text};
use crate::cli::flags::reporting::{Channel, ReportingFlags};
use crate::cli::session::Session;
use crate::report::rules::find_or_report;
use crate::report::suppressions::Coverage as CommentCoverage;
use crate::system::error::CliError;
use crate::system::os::{self, Os};
use crate::system::text_file;
use crate::system::transaction::{self, FileWrite};
use check::{Check, Verdict};
use compiler::support::host::Host;
use compiler::targets::target::Target;
use coverage::Coverage;
use definitions::{Definitions, Tested};
use diagnostics::source::Sources;
use file::{Case, TestFile};
use report::{FailureResult, Results, TestResult};

/// Test definitions
///
/// Runs the tests in `*.test.yaml` files, each beside the definitions that it tests. A test compiles
/// a small workload with one resource, with all stages of `generate`, and compares outputs, objects
/// and errors with what it expects. Nothing is read from environments, and the seed is the same
/// everywhere.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  score-rs provisioners test                # all tests below this directory
  score-rs provisioners test platform --coverage
  score-rs provisioners test platform/postgres.test.yaml --update")]
pub(super) struct Arguments {
    /// Test files, or directories with test files
    #[arg(value_name = "PATH", default_value = ".")]
    paths: Vec<PathBuf>,
    /// Output format
    #[arg(short, long, value_enum, default_value = "human")]
    format: TestFormat,
    /// Write the snapshots of tests that differ
    #[arg(long)]
    update: bool,
    /// Also print which sections and branches of templates no test covers
    ///
    /// A branch counts when a test asserts on something that it writes.
    #[arg(long)]
    coverage: bool,
    #[command(flatten)]
    reporting: ReportingFlags,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum TestFormat {
    /// Numbers by file
    Human,
    /// One JSON object
    Json,
    /// JUnit XML: one test case for each test and target
    Junit,
}

/// What the tests of a run share.
struct Tests<'a, 's> {
    arguments: &'a Arguments,
    os: &'a Os,
    session: &'a mut Session<'s>,
    definitions: Definitions,
    coverage: Coverage,
    results: Vec<TestResult>,
    /// Differences from snapshots.
    diffs: String,
}

pub(super) fn run(arguments: &Arguments) -> Result<ExitCode, CliError> {
    let os = Os::new(None);
    let mut session = Session::begin(arguments.reporting.reporter(), Channel::Stderr, &os)?;
    let mut tests = Tests {
        arguments,
        os: &os,
        session: &mut session,
        definitions: Definitions::default(),
        coverage: Coverage::default(),
        results: Vec::new(),
        diffs: String::new(),
    };
    let result = tests.run();
    let results = Results {
        passed: tests.results.iter().filter(|test| test.passed).count(),
        failed: tests.results.iter().filter(|test| !test.passed).count(),
        coverage: arguments
            .coverage
            .then(|| report::coverage(&tests.coverage, &tests.session.sources)),
        tests: tests.results,
    };
    let diffs = tests.diffs;
    session.apply_levels(CommentCoverage::Partial, &os);
    let result = session.print_report(result);
    if let Err(error @ (CliError::Usage(_) | CliError::Io(_))) = result {
        return Err(error);
    }
    match arguments.format {
        TestFormat::Human => print_text(&(diffs + &results.human()))?,
        TestFormat::Json => print_data(&results.json())?,
        TestFormat::Junit => print_data(&results.junit())?,
    }
    result.map(|()| ExitCode::Success)
}

impl Tests<'_, '_> {
    fn run(&mut self) -> Result<(), CliError> {
        let found = definitions::find(&self.arguments.paths)?;
        if self.arguments.coverage {
            for path in &found.definitions {
                let read = self.definitions.read(path, None, self.os, self.session)?;
                for definition in read.iter().flat_map(|library| library.definitions()) {
                    self.coverage.add(definition, &self.session.sources);
                }
            }
        }
        for path in &found.tests {
            let Session {
                sources, report, ..
            } = &mut *self.session;
            let Some(source) = text_file::read(self.os, path, sources, report)? else {
                continue;
            };
            let file = file::read(path, source, sources, report);
            for case in &file.cases {
                let expected = case.expect.errors.iter().chain(&case.expect.warnings);
                for name in expected.filter_map(|problem| problem.name.as_ref()) {
                    find_or_report(name, &mut self.session.report);
                }
                self.run_case(&file, case)?;
            }
        }
        Ok(())
    }

    /// Runs a test on each of its targets.
    fn run_case(&mut self, file: &TestFile, case: &Case) -> Result<(), CliError> {
        let tested = self
            .definitions
            .of_case(file, case, self.os, self.session)?;
        let Some(Tested { sources, targets }) = tested else {
            return Ok(());
        };
        let is_only = targets.len() == 1;
        for target in targets {
            let trial = trial::run(case, target, &sources, self.os, &mut self.session.sources);
            let path = snapshot_path(file, case, target, is_only);
            if let (true, Some(path), Some(given)) = (self.arguments.update, &path, &trial.given) {
                self.update(path, &given.snapshot())?;
            }
            let snapshot = path.map(|path| (path.display().to_string(), self.read_snapshot(&path)));
            let check = Check {
                case,
                target,
                sources: &self.session.sources,
                snapshot,
            };
            let verdict = check.check(&trial, &mut self.coverage);
            self.add(file, case, target, verdict);
        }
        Ok(())
    }

    /// Adds the result of a test.
    fn add(&mut self, file: &TestFile, case: &Case, target: &'static dyn Target, verdict: Verdict) {
        let Verdict { report, diff } = verdict;
        let sources = &self.session.sources;
        let line = |span| Sources::position(sources, span).line;
        let failures = report.in_order().into_iter().map(|problem| {
            let span = problem.span().unwrap_or(case.name.span);
            FailureResult::new(problem, line(span))
        });
        self.results.push(TestResult {
            name: case.name.value.clone(),
            file: file.path.display().to_string(),
            line: line(case.name.span),
            target: target.name(),
            passed: report.is_empty(),
            failures: failures.collect(),
        });
        self.diffs += &diff.unwrap_or_default();
        self.session.report.merge(report);
    }

    fn read_snapshot(&self, path: &Path) -> Option<String> {
        let bytes = self.os.read(path).ok()?;
        Some(String::from_utf8_lossy(&bytes).into_owned())
    }

    /// Writes a snapshot that differs.
    fn update(&self, path: &Path, text: &str) -> Result<(), CliError> {
        if self.read_snapshot(path).as_deref() == Some(text) {
            return Ok(());
        }
        let write = |path: &Path, content, mode| FileWrite {
            path: path.to_path_buf(),
            content,
            mode,
            durable: false,
        };
        let mut writes = Vec::new();
        if let Some(directory) = path.parent().filter(|path| !os::is_directory(path)) {
            writes.push(write(directory, None, 0o755));
        }
        writes.push(write(path, Some(text.as_bytes().to_vec()), 0o644));
        transaction::write(&writes, &[])?;
        let line = format!("wrote {}", path.display());
        self.session.reporter.status([line]);
        Ok(())
    }
}

/// The file of a snapshot. A test on several targets has one for each.
fn snapshot_path(
    file: &TestFile,
    case: &Case,
    target: &'static dyn Target,
    is_only: bool,
) -> Option<PathBuf> {
    let name = &case.snapshot.as_ref()?.value;
    let path = file.path.parent().unwrap_or(Path::new("")).join(name);
    if is_only {
        return Some(path);
    }
    let extension = path.extension().and_then(|extension| extension.to_str());
    let extension = extension.unwrap_or("yaml");
    Some(path.with_extension(format!("{}.{extension}", target.name())))
}
