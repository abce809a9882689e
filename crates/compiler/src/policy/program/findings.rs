//! Reads what a program answers: the results of conftest, or a list of findings.

use std::collections::BTreeMap;

use crate::patch::path::{Path, unescaped};
use crate::policy::finding::{Finding, NAME_HELP, is_name};
use crate::support::document::Document;
use crate::support::places::Step;
use crate::support::program_failure::ProgramFailure;
use crate::support::reasons::value_at;
use diagnostics::report::{Report, Severity};
use diagnostics::source::{Span, Spanned};
use diagnostics::suggestions::{list_names, suggestion};
use diagnostics::value::{Map, Value};

/// The keys of a finding.
const KEYS: [&str; 5] = ["policy", "message", "severity", "object", "field"];

/// The lists of a result of conftest.
const CONFTEST: [(&str, Severity); 2] = [
    ("failures", Severity::Error),
    ("warnings", Severity::Warning),
];

const SEVERITIES: [(&str, Severity); 3] = [
    ("error", Severity::Error),
    ("warning", Severity::Warning),
    ("note", Severity::Note),
];

/// The objects that a program was given, by kind and name.
pub(super) struct Objects<'a> {
    documents: &'a [Document],
    by_name: BTreeMap<(String, &'a str), Vec<usize>>,
}

impl<'a> Objects<'a> {
    pub(super) fn new(documents: &'a [Document]) -> Objects<'a> {
        let mut by_name: BTreeMap<_, Vec<usize>> = BTreeMap::new();
        for (index, document) in documents.iter().enumerate() {
            let key = (
                text(&document.value, &["kind"]).to_lowercase(),
                text(&document.value, &["metadata", "name"]),
            );
            by_name.entry(key).or_default().push(index);
        }
        Objects { documents, by_name }
    }

    /// The object with a name such as `Deployment/shop/orders` or `Deployment/orders`.
    fn find(&self, name: &str) -> Option<usize> {
        let parts: Vec<&str> = name.split('/').collect();
        let (kind, namespace, name) = match parts.as_slice() {
            [kind, name] => (kind, "", name),
            [kind, namespace, name] => (kind, *namespace, name),
            _ => return None,
        };
        let found = self.by_name.get(&(kind.to_lowercase(), *name))?;
        let is_there = |index: &&usize| {
            let given = text(&self.documents[**index].value, &["metadata", "namespace"]);
            namespace.is_empty() || given.is_empty() || given == namespace
        };
        found.iter().find(is_there).copied()
    }
}

fn text<'v>(value: &'v Value, path: &[&str]) -> &'v str {
    let value = value.at(path).and_then(Value::as_str);
    value.unwrap_or_default()
}

/// A finding, and the index of its object.
pub(super) type Found = (Option<usize>, Finding);

/// The findings of an answer.
pub(super) fn read(
    name: &Spanned<String>,
    output: &[u8],
    objects: &Objects<'_>,
) -> Result<Vec<Found>, ProgramFailure> {
    if output.iter().all(u8::is_ascii_whitespace) {
        return Err(wrong("its program printed nothing"));
    }
    let value: Value = serde_json::from_slice::<serde_json::Value>(output)
        .map_err(|error| wrong(format!("the output of its program is not JSON: {error}")))?
        .into();
    let Value::List(items) = &value else {
        return Err(wrong(format!("its program printed {}", value.kind())));
    };
    let mut findings = Vec::new();
    for item in items {
        let Value::Map(map) = item else {
            return Err(wrong(format!(
                "its program printed a list with {}",
                item.kind()
            )));
        };
        // Every result of conftest has the file.
        match map.contains_key("filename") {
            true => read_result(name, map, objects, &mut findings)?,
            false => findings.push(read_finding(name, map, objects)?),
        }
    }
    Ok(findings)
}

fn wrong(why: impl Into<String>) -> ProgramFailure {
    ProgramFailure::new(
        why,
        "make the program print a JSON list of findings, such as `[]`",
    )
}

/// A result of conftest, which has more keys than are read here.
fn read_result(
    name: &Spanned<String>,
    result: &Map,
    objects: &Objects<'_>,
    findings: &mut Vec<Found>,
) -> Result<(), ProgramFailure> {
    for (key, severity) in CONFTEST {
        let list = match result.get(key) {
            None | Some(Value::Null) => continue,
            Some(Value::List(list)) => list,
            Some(other) => {
                return Err(wrong(format!(
                    "its program printed {} in `{key}`",
                    other.kind()
                )));
            }
        };
        for item in list {
            let metadata = item.get("metadata");
            let mut finding = Map::new();
            for key in ["policy", "object", "field"] {
                let given = metadata.and_then(|metadata| metadata.get(key));
                if let Some(text @ Value::String(_)) = given {
                    finding.insert(key.to_owned(), text.clone());
                }
            }
            let message = item.get("msg").cloned();
            finding.insert("message".to_owned(), message.unwrap_or(Value::Null));
            let (object, mut finding) = read_finding(name, &finding, objects)?;
            finding.severity = severity;
            findings.push((object, finding));
        }
    }
    Ok(())
}

fn read_finding(
    name: &Spanned<String>,
    map: &Map,
    objects: &Objects<'_>,
) -> Result<Found, ProgramFailure> {
    if let Some(unknown) = map.keys().find(|key| !KEYS.contains(key)) {
        let help = suggestion(unknown, KEYS, || {
            format!("remove it; the keys are {}", list_names(KEYS))
        });
        let why = format!("a finding of its program has an unknown key `{unknown}`");
        return Err(ProgramFailure::new(why, help));
    }
    let text = |key: &str| match map.get(key) {
        None | Some(Value::Null) => Ok(None),
        Some(Value::String(text)) if !text.trim().is_empty() => Ok(Some(text.as_str())),
        Some(Value::String(_)) => Err(wrong(format!(
            "`{key}` of a finding of its program is empty"
        ))),
        Some(other) => Err(wrong(format!(
            "`{key}` of a finding of its program must be a string, this is {}",
            other.kind()
        ))),
    };
    let message =
        text("message")?.ok_or_else(|| wrong("a finding of its program has no `message`"))?;
    let policy = text("policy")?.unwrap_or(&name.value);
    if !is_name(policy) {
        let why =
            format!("`{policy}`, the `policy` of a finding of its program, is not a valid name");
        return Err(ProgramFailure::new(why, NAME_HELP));
    }
    let severity = text("severity")?.unwrap_or("error");
    let known = SEVERITIES.iter().find(|(name, _)| *name == severity);
    let Some((_, severity)) = known else {
        let names = || SEVERITIES.iter().map(|(name, _)| *name);
        let why = format!("`{severity}`, the `severity` of a finding of its program, is not known");
        let help = suggestion(severity, names(), || {
            format!("write one of {}", list_names(names()))
        });
        return Err(ProgramFailure::new(why, help));
    };
    let (object, field) = (text("object")?, text("field")?);
    let index = object.and_then(|object| objects.find(object));
    let paths = match (index, field) {
        (Some(index), Some(field)) => {
            let object = &objects.documents[index].value;
            vec![steps(field, object, name.span).ok_or_else(|| {
                let why =
                    format!("`{field}`, the `field` of a finding of its program, is not a path");
                ProgramFailure::new(
                    why,
                    "print a path such as `spec.template.spec.containers[0].image`",
                )
            })?]
        }
        _ => Vec::new(),
    };
    let mut finding = Finding {
        policy: policy.to_owned(),
        severity: *severity,
        message: message.to_owned(),
        paths,
        fails: false,
        rule: name.span,
        asked: name.span,
    };
    // The diagnostic does not stand at the object.
    if let (None, Some(object)) = (index, object) {
        finding.message = format!("{} (`{object}`)", finding.sentence());
    }
    Ok((index, finding))
}

/// The steps of a path with dots or of a JSON pointer.
fn steps(field: &str, object: &Value, span: Span) -> Option<Vec<Step>> {
    let Some(pointer) = field.strip_prefix('/') else {
        let field = field.strip_prefix('.').unwrap_or(field);
        let path = Path::read(field, span, &mut Report::default())?;
        return Some(path.steps().map(|(step, _)| step).collect());
    };
    let mut steps = Vec::new();
    for token in pointer.split('/') {
        let is_list = matches!(value_at(object, &steps), Some(Value::List(_)));
        steps.push(match token.parse() {
            Ok(index) if is_list => Step::Index(index),
            _ => Step::Key(unescaped(token)),
        });
    }
    Some(steps)
}
