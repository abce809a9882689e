//! The placeholders of patches and defaults: `${environment.name}`, `${environment.values.KEY}`, and
//! `${workload.metadata.KEY}` for the workload of the object that is patched.

use super::context::Environment;
use crate::placeholder::{self, PLACEHOLDER_SYNTAX, Token, UNKNOWN_PLACEHOLDER_ROOT};
use crate::plan::Workload;
use diagnostics::report::{Problem, Report};
use diagnostics::source::{Sources, Span};
use diagnostics::suggestions::{list_known, suggestion};
use diagnostics::value::{Map, Value};
use yaml::scalar_spans::Locator;
use yaml::{Entry, Kind, Node, Style};

rules! {
    /// A placeholder in a patch or default names a value that the environment or the workload does not have.
    pub UNKNOWN_PATCH_VALUE: "unknown-patch-value", Error;
}

/// What placeholders are replaced with.
#[derive(Clone, Copy)]
pub(crate) struct Scope<'a> {
    pub(crate) sources: &'a Sources,
    pub(crate) environment: &'a Environment<'a>,
    pub(crate) workload: WorkloadScope<'a>,
}

/// What to do about an object without a workload.
pub(crate) const NO_WORKLOAD_HELP: &str =
    "add `workload: \"*\"` to the `target` of this patch, or write the value";

/// The workload of the object that is patched.
#[derive(Clone, Copy)]
pub(crate) enum WorkloadScope<'a> {
    /// There is no object yet.
    Unknown,
    /// The object, by its description, belongs to no workload; with what to do about it.
    None {
        object: &'a str,
        help: &'static str,
    },
    Known(&'a Workload),
}

/// A tree with the placeholders of its strings and keys replaced. `None` after an error.
pub(crate) fn resolve(node: &Node, scope: &Scope<'_>, report: &mut Report) -> Option<Node> {
    let kind = match &node.kind {
        Kind::String(text, style) if text.contains('$') => {
            let mut locator = Locator::new(scope.sources, node.span, *style, text);
            let value = text_value(text, |start, end| locator.place(start, end), scope, report)?;
            return Some(Node::from_value(&value, node.span));
        }
        Kind::List(items) => {
            // All items, so that each error is reported.
            let items: Vec<_> = items
                .iter()
                .map(|item| resolve(item, scope, report))
                .collect();
            Kind::List(items.into_iter().collect::<Option<_>>()?)
        }
        Kind::Map(entries) => {
            let entries: Vec<_> = entries
                .iter()
                .map(|(key, entry)| {
                    let value = resolve(&entry.value, scope, report);
                    let key = resolve_key(key, entry.key, scope, report);
                    let entry = Entry {
                        key: entry.key,
                        value: value?,
                    };
                    Some((key?, entry))
                })
                .collect();
            Kind::Map(entries.into_iter().collect::<Option<_>>()?)
        }
        kind => kind.clone(),
    };
    Some(Node {
        span: node.span,
        kind,
    })
}

fn resolve_key(key: &str, span: Span, scope: &Scope<'_>, report: &mut Report) -> Option<String> {
    if !key.contains('$') || key.starts_with(super::writer::DIRECTIVE) {
        return Some(key.to_owned());
    }
    let style = match (span.end - span.start) as usize == key.len() {
        true => Style::Plain,
        false => Style::Double,
    };
    let mut locator = Locator::new(scope.sources, span, style, key);
    let value = text_value(key, |start, end| locator.place(start, end), scope, report)?;
    Some(value.to_text())
}

/// The value of a text. One that is a single placeholder keeps the type of its value.
fn text_value(
    text: &str,
    mut place: impl FnMut(usize, usize) -> Span,
    scope: &Scope<'_>,
    report: &mut Report,
) -> Option<Value> {
    let mut values = Vec::new();
    let mut is_complete = true;
    for (token, start, end) in placeholder::tokens(text) {
        let value = match token {
            Token::Plain(plain) => Ok(Value::from(plain)),
            Token::Variable(_) => Ok(Value::from(&text[start..end])),
            Token::Placeholder(inner) => {
                let place = |from, to| place(start + "${".len() + from, start + "${".len() + to);
                lookup(inner, place, scope)
            }
            Token::Unclosed => {
                let problem =
                    Problem::new(&PLACEHOLDER_SYNTAX, "this placeholder has no closing `}`");
                let help = "close it with `}`, or write `$${` for a literal `${`";
                Err(Box::new(problem.at(place(start, end)).help(help)))
            }
        };
        match value {
            Ok(value) => values.push(value),
            Err(problem) => {
                report.push(*problem);
                is_complete = false;
            }
        }
    }
    let value = match values.as_slice() {
        [Value::String(_)] | [] => None,
        [only] => Some(only.clone()),
        _ => None,
    };
    let text = || values.iter().map(Value::to_text).collect::<String>();
    is_complete.then(|| value.unwrap_or_else(|| Value::String(text())))
}

/// The value of the text between `${` and `}`; `place` gives the place of a part of it.
fn lookup(
    inner: &str,
    mut place: impl FnMut(usize, usize) -> Span,
    scope: &Scope<'_>,
) -> Result<Value, Box<Problem>> {
    let parts = placeholder::path(inner);
    if inner.trim() != inner || parts.iter().any(|part| part.trim().is_empty()) {
        let message = match inner.trim() {
            "" => "this placeholder is empty".to_owned(),
            _ => format!("`{inner}` has a space or an empty part before or after a dot"),
        };
        let help = "write `${environment.values.KEY}` or `${workload.metadata.KEY}`, or `$${` for \
                    a literal `${`";
        let problem = Problem::new(&PLACEHOLDER_SYNTAX, message);
        return Err(Box::new(problem.at(place(0, inner.len())).help(help)));
    }
    // With an escape, the parts are shorter than what is written.
    let is_verbatim = parts.join(".").len() == inner.len();
    let mut place_of = |index: usize| {
        let start: usize = parts.iter().take(index).map(|part| part.len() + 1).sum();
        let length = parts.get(index).map_or(0, String::len);
        match is_verbatim {
            true => place(start, start + length),
            false => place(0, inner.len()),
        }
    };
    let parts: Vec<&str> = parts.iter().map(String::as_str).collect();
    match parts.as_slice() {
        ["environment", "name"] => Ok(Value::from(scope.environment.name)),
        ["environment", "values", keys @ ..] => {
            let values = scope.environment.values;
            match scope.environment.has_all_values {
                true => find(values, keys, "environment.values", |index| {
                    place_of(index + 2)
                }),
                false => Ok(Value::Null),
            }
        }
        ["environment", rest @ ..] => {
            let names = ["name", "values"];
            Err(unknown("environment", rest.first(), names, || {
                place_of(parts.len().min(2) - 1)
            }))
        }
        ["workload", "metadata", keys @ ..] => match scope.workload {
            WorkloadScope::Unknown => Ok(Value::from("")),
            WorkloadScope::Known(workload) => {
                let metadata = Value::Map(workload.metadata.clone());
                let found = find(&metadata, keys, "workload.metadata", |index| {
                    place_of(index + 2)
                });
                let name = &workload.name;
                found.map_err(|problem| {
                    Box::new(
                        problem.secondary(name.span, format!("for the workload `{}`", name.value)),
                    )
                })
            }
            WorkloadScope::None { object, help } => {
                let message = format!("{object} belongs to no workload");
                let problem = Problem::new(&UNKNOWN_PATCH_VALUE, message);
                Err(Box::new(problem.at(place(0, inner.len())).help(help)))
            }
        },
        ["workload", rest @ ..] => {
            let place = || place_of(parts.len().min(2) - 1);
            Err(unknown("workload", rest.first(), ["metadata"], place))
        }
        [root, ..] => Err(unknown_root(root, inner, place_of(0))),
        [] => Ok(Value::from("")),
    }
}

/// A value by its keys, of which there is at least one.
fn find(
    value: &Value,
    keys: &[&str],
    what: &str,
    mut place: impl FnMut(usize) -> Span,
) -> Result<Value, Box<Problem>> {
    let mut here = value;
    let mut way = what.to_owned();
    let nothing = Map::new();
    for (index, key) in keys.iter().enumerate() {
        let Some(inside) = here.get(key) else {
            let names = here.as_map().unwrap_or(&nothing).keys();
            return Err(unknown(&way, Some(key), names, || place(index)));
        };
        here = inside;
        way = format!("{way}.{key}");
    }
    match keys {
        [] => Err(unknown(
            what,
            None,
            here.as_map().unwrap_or(&nothing).keys(),
            || place(0),
        )),
        _ => Ok(here.clone()),
    }
}

fn unknown<'n>(
    what: &str,
    key: Option<&&str>,
    names: impl IntoIterator<Item = &'n str> + Clone,
    place: impl FnOnce() -> Span,
) -> Box<Problem> {
    let known = || list_known("key", names.clone());
    let (message, help) = match key {
        Some(key) => (
            format!("`{what}` has no `{key}`"),
            suggestion(key, names.clone(), known),
        ),
        None => (format!("`{what}` alone is not a value"), known()),
    };
    let problem = Problem::new(&UNKNOWN_PATCH_VALUE, message).at(place());
    Box::new(problem.help(help))
}

fn unknown_root(root: &str, inner: &str, place: Span) -> Box<Problem> {
    let message = format!(
        "placeholders of patches begin with `environment` or `workload`, not with `{root}`"
    );
    let help = match root {
        "metadata" => format!("write `${{workload.{inner}}}`"),
        "resources" => {
            "patches cannot read outputs of resources; use `substituteValue` of a patch \
                        template"
                .to_owned()
        }
        "values" => format!("write `${{environment.{inner}}}`"),
        _ => suggestion(root, ["environment", "workload"], || {
            "for a literal `${`, write `$${`".to_owned()
        }),
    };
    let problem = Problem::new(&UNKNOWN_PLACEHOLDER_ROOT, message).at(place);
    Box::new(problem.help(help))
}
