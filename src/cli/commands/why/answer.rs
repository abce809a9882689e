//! Finds what a question asks for in the outputs of a run.

use std::collections::BTreeSet;
use std::path::Path;

use super::file_line::{FileLine, values_on};
use super::question::{Fault, Question, Subject, find};
use super::render::{Row, render};
use crate::cli::output::diff::{text_before, texts_after};
use crate::cli::output::writer::EnvironmentOutput;
use crate::system::error::CliError;
use crate::system::os::{self, Os};
use compiler::reasons::Reasons;
use compiler::support::places::Step;
use compiler::support::reasons::value_at;
use compiler::targets::target::ObjectName;
use diagnostics::report::{Problem, Report, Reported};
use diagnostics::rule::Rule;
use diagnostics::source::{Sources, Span};
use diagnostics::suggestions::{list_names, suggestion};
use diagnostics::value::Value;

rules! {
    /// `score-rs why` is asked for a field that the object does not have.
    pub NO_SUCH_FIELD: "no-such-field", Error;

    /// `score-rs why` is asked for an object that the output does not have.
    pub NO_SUCH_OBJECT: "no-such-object", Error;

    /// `score-rs why` is asked for a line of a file that `generate` would write differently.
    pub STALE_OUTPUT: "stale-output", Error;
}

impl Question<'_> {
    /// The answer, as text.
    pub(super) fn answer(
        &self,
        outputs: &[EnvironmentOutput],
        os: &Os,
        sources: &mut Sources,
        report: &mut Report,
    ) -> Result<String, CliError> {
        let mut rows = Vec::new();
        match self.subject {
            Subject::Line(line) => {
                for output in outputs {
                    rows.extend(rows_of_line(line, output, os, sources, report)?);
                }
            }
            Subject::Object { object, field } => {
                rows = rows_of_object(object, field, outputs, sources, report)?;
            }
        }
        Ok(render(self, &rows, sources))
    }
}

fn problem(
    rule: &'static Rule,
    name: &str,
    text: &str,
    message: String,
    sources: &mut Sources,
) -> Problem {
    let span = Span::new(sources.add(name, text), 0, text.len());
    Problem::new(rule, message).at(span)
}

fn rows_of_object(
    name: Option<&str>,
    field: &str,
    outputs: &[EnvironmentOutput],
    sources: &mut Sources,
    report: &mut Report,
) -> Result<Vec<Row>, Reported> {
    let mut rows = Vec::new();
    let mut known = Vec::new();
    let mut is_found = name.is_none();
    let mut fault: Option<Fault> = None;
    for output in outputs {
        let Some(reasons) = &output.output.reasons else {
            continue;
        };
        let objects = reasons.objects(output.environment.target);
        let found: Vec<&ObjectName> = match name {
            Some(name) => find_object(&objects, name).into_iter().collect(),
            None => objects.iter().collect(),
        };
        let asked = Asked {
            output,
            reasons,
            objects: &objects,
        };
        for object in found {
            is_found = true;
            let document = &reasons.documents()[object.document].value;
            let value = value_at(document, &object.path).unwrap_or(&Value::Null);
            match find(value, field) {
                Ok(path) => rows.extend(asked.rows_below(object, &path, sources)),
                Err(error) => fault = Some(error),
            }
        }
        known.extend(objects);
    }
    if !rows.is_empty() || is_found && fault.is_none() {
        return Ok(rows);
    }
    if let Some(Fault { message, help }) = fault {
        let problem = problem(&NO_SUCH_FIELD, "FIELD", field, message, sources);
        return Err(report.error(problem.help(help)));
    }
    let name = name.unwrap_or_default();
    let message = format!("the output has no object `{name}`");
    let problem = problem(&NO_SUCH_OBJECT, "OBJECT", name, message, sources);
    Err(report.error(problem.help(known_objects(name, &known))))
}

/// The help about an object that does not exist.
fn known_objects(name: &str, known: &[ObjectName]) -> String {
    let names: Vec<String> = known.iter().map(full_name).collect();
    let names = || names.iter().map(String::as_str);
    let only = name.rsplit('/').next().unwrap_or(name);
    // What runs a workload is its last object.
    let of_name = known
        .iter()
        .rev()
        .find(|object| !only.is_empty() && object.name == only);
    match of_name {
        Some(object) => format!("did you mean `{}`?", full_name(object)),
        None => suggestion(name, names(), || {
            format!("write one of {}", list_names(names()))
        }),
    }
}

fn full_name(object: &ObjectName) -> String {
    match object.name.is_empty() {
        true => object.kind.clone(),
        false => format!("{}/{}", object.kind, object.name),
    }
}

/// The object with a name, or the only one of its kind that belongs to the workload of this name.
fn find_object<'o>(objects: &'o [ObjectName], name: &str) -> Option<&'o ObjectName> {
    let (kind, name) = name.split_once('/').unwrap_or((name, ""));
    let of_kind = || {
        let objects = objects.iter();
        objects.filter(|object| object.kind.eq_ignore_ascii_case(kind))
    };
    let mut of_workload = of_kind().filter(|object| object.workload.as_deref() == Some(name));
    of_kind()
        .find(|object| object.name == name)
        .or_else(|| of_workload.next().filter(|_| of_workload.next().is_none()))
}

/// An output that is asked about, and its objects.
struct Asked<'a> {
    output: &'a EnvironmentOutput,
    reasons: &'a Reasons,
    objects: &'a [ObjectName],
}

impl Asked<'_> {
    /// A row for each value at a path of an object or below it. For a whole object, parts that are
    /// objects of their own are left out.
    fn rows_below(&self, object: &ObjectName, path: &[Step], sources: &Sources) -> Vec<Row> {
        let whole = [object.path.as_slice(), path].concat();
        let document = &self.reasons.documents()[object.document].value;
        let mut paths = Vec::new();
        if let Some(value) = value_at(document, &whole) {
            scalars(value, &mut whole.clone(), &mut paths);
        }
        let others = self.objects.iter().filter(|other| {
            path.is_empty()
                && other.document == object.document
                && other.path.len() > object.path.len()
        });
        let others: BTreeSet<&[Step]> = others.map(|other| other.path.as_slice()).collect();
        let is_other = |place: &[Step]| {
            !others.is_empty() && (1..=place.len()).any(|end| others.contains(&place[..end]))
        };
        let paths = paths.into_iter().filter(|place| !is_other(place));
        let environment = &self.output.environment;
        let row = |path: Vec<Step>| Row {
            environment: environment.name.clone(),
            object: full_name(object),
            value: value_at(document, &path).cloned().unwrap_or_default(),
            links: self
                .reasons
                .chain(environment.target, sources, object.document, &path),
            path: path.get(object.path.len()..).unwrap_or_default().to_vec(),
        };
        paths.map(row).collect()
    }
}

/// The paths of all values without parts.
pub(in crate::cli) fn scalars(value: &Value, path: &mut Vec<Step>, paths: &mut Vec<Vec<Step>>) {
    let mut part = |step, value| {
        path.push(step);
        scalars(value, path, paths);
        path.pop();
    };
    match value {
        Value::Map(map) if !map.is_empty() => {
            map.iter()
                .for_each(|(key, value)| part(Step::Key(key.into()), value));
        }
        Value::List(items) if !items.is_empty() => {
            let items = items.iter().enumerate();
            items.for_each(|(index, item)| part(Step::Index(index), item));
        }
        _ => paths.push(path.clone()),
    }
}

fn rows_of_line(
    line: &FileLine,
    output: &EnvironmentOutput,
    os: &Os,
    sources: &mut Sources,
    report: &mut Report,
) -> Result<Vec<Row>, CliError> {
    let path = Path::new(&line.path);
    let asked = format!("{}:{}", line.path, line.line);
    let Some(reasons) = &output.output.reasons else {
        return Ok(Vec::new());
    };
    let texts = texts_after(output, os)?;
    let found = texts
        .iter()
        .position(|(other, _)| os::is_same_path(other, path));
    let text = found.and_then(|index| texts[index].1);
    let existing = text_before(path, os)?;
    let (Some(index), Some(text)) = (
        found,
        text.filter(|text| existing.as_deref() == Some(*text)),
    ) else {
        let name = &output.environment.name;
        let message = match existing {
            Some(_) => format!(
                "`{}` is not what `generate` would write for `{name}`",
                line.path
            ),
            None => format!("there is no file `{}`", line.path),
        };
        let problem = problem(&STALE_OUTPUT, "OBJECT", &asked, message, sources);
        let help = format!("run `score-rs generate -e {name}` with the same flags, and ask again");
        return Err(report.error(problem.help(help)).into());
    };
    let source = sources.add(line.path.as_str(), text);
    let is_directory = texts.len() > 1;
    let documents = reasons.documents();
    let objects = &reasons.objects(output.environment.target);
    let asked_of = Asked {
        output,
        reasons,
        objects,
    };
    let mut rows = Vec::new();
    for (tree, path) in values_on(sources, source, line.line) {
        let document = if is_directory { index } else { tree };
        let (document, path) = in_document(documents.len(), document, path);
        let here = objects.iter().filter(|object| object.document == document);
        let around = here.filter(|object| path.starts_with(&object.path));
        if let Some(object) = around.max_by_key(|object| object.path.len()) {
            let path = path.get(object.path.len()..).unwrap_or_default();
            rows.extend(asked_of.rows_below(object, path, sources));
        }
    }
    if rows.is_empty() {
        let message = format!("there is no field on line {} of `{}`", line.line, line.path);
        let problem = problem(&NO_SUCH_FIELD, "OBJECT", &asked, message, sources);
        return Err(report
            .error(problem.help("name a line with a key or an item"))
            .into());
    }
    Ok(rows)
}

/// The document and the way in it; a list of objects in JSON is one text.
fn in_document(count: usize, document: usize, path: Vec<Step>) -> (usize, Vec<Step>) {
    match path.as_slice() {
        [Step::Key(items), Step::Index(index), rest @ ..] if items == "items" && *index < count => {
            (*index, rest.to_vec())
        }
        _ => (document, path),
    }
}
