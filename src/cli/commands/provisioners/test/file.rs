//! Reads `*.test.yaml`: the tests of the definitions beside it.

use std::iter;
use std::path::{Path, PathBuf};

use crate::project::environment::TARGETS;
use compiler::targets::sections_of_targets;
use compiler::targets::target::Target;
use diagnostics::report::{Problem, Report};
use diagnostics::source::{SourceId, Sources, Spanned};
use diagnostics::suggestions::list_names;
use yaml::rules::MISSING_KEY;
use yaml::{Entries, Kind, Node, reader};

/// The end of the name of a test file.
pub(super) const SUFFIX: &str = ".test.yaml";

/// The end of the name of a definitions file.
pub(super) const DEFINITIONS: &str = ".provisioners.yaml";

/// The name of the workload and of the resource of a test that names none.
const DEFAULT_NAMES: (&str, &str) = ("app", "main");

/// A test.
pub(super) struct Case {
    pub(super) name: Spanned<String>,
    /// The target; `None` for all that the definition has sections for.
    pub(super) target: Option<&'static dyn Target>,
    pub(super) kind: Spanned<String>,
    /// The resource, with `type`, and what else its declaration has.
    pub(super) resource: Node,
    /// The name of the workload, and of the resource in it.
    pub(super) names: (String, String),
    pub(super) workload: Option<Node>,
    pub(super) values: Option<Node>,
    pub(super) namespace: Option<String>,
    pub(super) project: Option<String>,
    pub(super) environment: Option<String>,
    /// What the lock pins for the resource.
    pub(super) defaults: Option<Node>,
    /// Its state from an earlier run.
    pub(super) state: Option<Node>,
    /// The variables of the environment, for `local-env://`.
    pub(super) variables: Vec<(String, String)>,
    pub(super) expect: Expectations,
    /// The file with all that the definition gives.
    pub(super) snapshot: Option<Spanned<String>>,
}

/// What a test expects.
#[derive(Default)]
pub(super) struct Expectations {
    /// Parts of the outputs and sections, by key.
    pub(super) parts: Vec<(&'static str, Node)>,
    /// Parts of what `generate` writes.
    pub(super) generated: Option<Node>,
    pub(super) errors: Vec<ExpectedProblem>,
    pub(super) warnings: Vec<ExpectedProblem>,
}

/// A problem that a test expects.
pub(super) struct ExpectedProblem {
    pub(super) place: diagnostics::source::Span,
    pub(super) name: Option<Spanned<String>>,
    pub(super) message: Option<Spanned<String>>,
}

/// A file of tests.
pub(super) struct TestFile {
    pub(super) path: PathBuf,
    /// The files with the definitions, where the file names them.
    pub(super) definitions: Option<Vec<Spanned<String>>>,
    pub(super) cases: Vec<Case>,
}

/// Reads the tests of a file. One with an error is reported and left out.
pub(super) fn read(
    path: &Path,
    source: SourceId,
    sources: &Sources,
    report: &mut Report,
) -> TestFile {
    let mut file = TestFile {
        path: path.to_path_buf(),
        definitions: None,
        cases: Vec::new(),
    };
    for document in compiler::parse::yaml_documents(sources, source, report) {
        let Some(mut fields) = reader::fields(&document, "a test file", report) else {
            continue;
        };
        let definitions = fields.optional("definitions", report);
        let tests = fields.required_as("tests", "[..]", report);
        fields.finish(|_| None, report);
        if let Some(node) = definitions {
            let items = reader::list(node, "`definitions`", report);
            let read = items
                .iter()
                .filter_map(|item| reader::string(item, "an item of `definitions`", report));
            file.definitions = Some(read.collect());
        }
        let tests = tests.map_or(&[][..], |node| reader::list(node, "`tests`", report));
        for test in tests {
            let case = report.collect(|report| case(test, report));
            file.cases.extend(case.ok().flatten());
        }
    }
    file
}

fn case(node: &Node, report: &mut Report) -> Option<Case> {
    let mut fields = reader::fields(node, "a test", report)?;
    let name = fields
        .required_as("name", "SENTENCE", report)
        .and_then(|node| reader::string(node, "`name`", report));
    let choices = TARGETS.map(|target| (target.name(), target));
    let target = fields
        .optional("target", report)
        .and_then(|node| reader::word(node, "`target`", &choices, report));
    let resource = fields.required_as("resource", "{type: TYPE}", report);
    let workload = mapping(&mut fields, "workload", report);
    let values = mapping(&mut fields, "values", report);
    let namespace = text(&mut fields, "namespace", report);
    let project = text(&mut fields, "project", report);
    let environment = text(&mut fields, "environment", report);
    let variables = mapping(&mut fields, "variables", report);
    let defaults = mapping(&mut fields, "defaults", report);
    let state = mapping(&mut fields, "state", report);
    let expect = fields.optional("expect", report);
    let snapshot = text(&mut fields, "snapshot", report);
    fields.finish(|_| None, report);
    if expect.is_none() && snapshot.is_none() {
        let problem = Problem::new(&MISSING_KEY, "a test needs `expect` or `snapshot`");
        let help = "add `expect` with a part of what the definition gives, or `snapshot: FILE`";
        report.push(problem.at(node.first_key()).help(help));
    }
    let (kind, names) = resource.and_then(|resource| identity(resource, report))?;
    Some(Case {
        name: name?,
        target,
        kind,
        resource: resource?.clone(),
        names,
        workload,
        values,
        namespace: namespace.map(|text| text.value),
        project: project.map(|text| text.value),
        environment: environment.map(|text| text.value),
        defaults,
        state,
        variables: variables.map_or_else(Vec::new, |node| texts(&node)),
        expect: expect.map_or_else(Expectations::default, |node| expectations(node, report)),
        snapshot,
    })
}

/// The type of the resource, and the names of its workload and of itself.
fn identity(resource: &Node, report: &mut Report) -> Option<(Spanned<String>, (String, String))> {
    let mut fields = reader::fields(resource, "the resource of a test", report)?;
    let kind = fields
        .required_as("type", "TYPE", report)
        .and_then(|node| reader::string(node, "`type`", report));
    let (workload, name) = DEFAULT_NAMES;
    let id = text(&mut fields, "id", report);
    fields.finish_open(report);
    let names = id
        .as_ref()
        .map(|id| id.value.as_str())
        .and_then(|id| id.split_once('.'))
        .unwrap_or((workload, name));
    Some((kind?, (names.0.to_owned(), names.1.to_owned())))
}

fn expectations(node: &Node, report: &mut Report) -> Expectations {
    let mut expect = Expectations::default();
    let Some(mut fields) = reader::fields(node, "`expect`", report) else {
        return expect;
    };
    // What the definition gives: outputs and sections.
    for part in iter::once("outputs").chain(sections_of_targets()) {
        let found = fields.optional(part, report).cloned();
        let found = found.filter(|node| check_part(part, node, report));
        expect.parts.extend(found.map(|node| (part, node)));
    }
    expect.generated = fields.optional("generated", report).cloned();
    let is_part = |node: &Node| matches!(node.kind, Kind::Map(_) | Kind::List(_));
    if let Some(node) = expect.generated.take_if(|node| !is_part(node)) {
        let expected = "a list of objects, or a mapping for Compose";
        reader::wrong_type(&node, "`generated`", expected, report);
    }
    let errors = fields.optional("errors", report);
    let warnings = fields.optional("warnings", report);
    fields.finish(|_| None, report);
    expect.errors = problems(errors, "errors", report);
    expect.warnings = problems(warnings, "warnings", report);
    expect
}

/// Checks the type of an expected section.
fn check_part(part: &str, node: &Node, report: &mut Report) -> bool {
    let (fits, expected) = match part {
        "manifests" | "info_logs" => (matches!(node.kind, Kind::List(_)), "a list"),
        _ => (node.as_map().is_some(), "a mapping"),
    };
    if !fits {
        reader::wrong_type(node, &format!("`{part}`"), expected, report);
    }
    fits
}

fn problems(node: Option<&Node>, key: &str, report: &mut Report) -> Vec<ExpectedProblem> {
    let what = format!("`{key}`");
    let items = node.map_or(&[][..], |node| reader::list(node, &what, report));
    let mut problems = Vec::new();
    for item in items {
        let Some(mut fields) = reader::fields(item, &format!("an item of {what}"), report) else {
            continue;
        };
        let name = text(&mut fields, "name", report);
        let message = text(&mut fields, "message", report);
        fields.finish(|_| None, report);
        problems.push(ExpectedProblem {
            place: item.first_key(),
            name,
            message,
        });
    }
    problems
}

fn text(
    fields: &mut reader::Fields<'_>,
    key: &'static str,
    report: &mut Report,
) -> Option<Spanned<String>> {
    let node = fields.optional(key, report)?;
    reader::string(node, &format!("`{key}`"), report)
}

fn mapping(
    fields: &mut reader::Fields<'_>,
    key: &'static str,
    report: &mut Report,
) -> Option<Node> {
    let node = fields.optional(key, report)?;
    if node.as_map().is_none() {
        reader::wrong_type(node, &format!("`{key}`"), "a mapping", report);
        return None;
    }
    Some(node.clone())
}

fn texts(node: &Node) -> Vec<(String, String)> {
    let entries = node.as_map().into_iter().flat_map(Entries::iter);
    entries
        .map(|(name, entry)| (name.into(), entry.value.to_value().to_text()))
        .collect()
}

/// The files with the definitions of a test file: those that it names, the one with its name, or all
/// in its directory, which are `beside`.
pub(super) fn definitions(file: &TestFile, beside: &[PathBuf]) -> Vec<PathBuf> {
    let directory = file.path.parent().unwrap_or(Path::new(""));
    if let Some(named) = &file.definitions {
        return named
            .iter()
            .map(|name| directory.join(&name.value))
            .collect();
    }
    let name = file.path.file_name().and_then(|name| name.to_str());
    let stem = name.and_then(|name| name.strip_suffix(SUFFIX));
    let own = directory.join(format!("{}{DEFINITIONS}", stem.unwrap_or_default()));
    match beside.contains(&own) {
        true => vec![own],
        false => beside.to_vec(),
    }
}

/// The names of files for a message.
pub(super) fn shown(paths: &[PathBuf]) -> String {
    let names: Vec<String> = paths
        .iter()
        .map(|path| path.display().to_string())
        .collect();
    list_names(names.iter().map(String::as_str))
}

/// Reports the problems of the text of a test file. Reads no other file.
pub fn check_text(sources: &Sources, source: SourceId, report: &mut Report) {
    read(Path::new(""), source, sources, report);
}
