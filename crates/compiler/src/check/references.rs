//! Every placeholder refers to a metadata key or a resource of the same workload.

use std::collections::BTreeMap;

use crate::model::Workload;
use crate::placeholder::Reference;
use crate::recovery::Part;
use crate::rules::UNKNOWN_METADATA;
use crate::rules::UNKNOWN_RESOURCE;
use diagnostics::report::{Problem, Report};
use diagnostics::source::Span;
use diagnostics::suggestions::{closest_match, list_names, suggestion, unambiguous_typo};
use diagnostics::value::{Map, Value};

rules! {
    /// A placeholder refers to a resource without naming one of its outputs.
    pub MISSING_OUTPUT_NAME: "missing-output-name", Error;
}

/// How many places beside the first are marked.
const MARKED: usize = 8;

pub(super) fn check(workload: &Workload, report: &mut Report) {
    let mut missing = Missing::default();
    let containers = workload
        .containers
        .values()
        .flat_map(|container| container.references());
    let resources = workload
        .resources
        .values()
        .flat_map(|resource| resource.references());
    for (reference, span) in containers.chain(resources) {
        match reference {
            Reference::Resource { name, .. } if missing.take(workload, name, span) => {}
            _ => check_reference(workload, reference, span, report),
        }
    }
    for volume in workload
        .containers
        .values()
        .flat_map(|container| &container.volumes)
    {
        let (name, span) = (&volume.resource.value, volume.resource.span);
        if !missing.take(workload, name, span) {
            // The name alone, or in a placeholder.
            let reference = Reference::Resource {
                name: name.clone(),
                path: Vec::new(),
            };
            let word = span.word(name.len()).or_else(|| reference.part(span, 0));
            check_resource(workload, name, span, word, report);
        }
    }
    missing.report(workload, report);
}

/// Resources that are not declared and whose names are not typos: one declaration fixes every place
/// that names one, so these places are reported together.
#[derive(Default)]
struct Missing {
    places: BTreeMap<String, Vec<Span>>,
}

impl Missing {
    /// Whether this is one of them.
    fn take(&mut self, workload: &Workload, name: &str, span: Span) -> bool {
        let known = is_there(workload, name) || nearest_resource(workload, name).is_some();
        if !known {
            self.places.entry(name.to_owned()).or_default().push(span);
        }
        !known
    }

    fn report(&self, workload: &Workload, report: &mut Report) {
        for (name, places) in &self.places {
            let mut problem = unknown_resource(workload, name);
            let mut places = places.iter();
            if let Some(first) = places.next() {
                problem = problem.at(*first);
            }
            for place in places.take(MARKED) {
                problem = problem.secondary(*place, "and here");
            }
            report.push(problem);
        }
    }
}

/// Checks one placeholder; also used for those found later, in files that are read from disk.
pub fn check_reference(
    workload: &Workload,
    reference: &Reference,
    span: Span,
    report: &mut Report,
) {
    match reference {
        Reference::Metadata(_) if workload.incomplete.lacks(&Part::Metadata) => {}
        Reference::Metadata(path) => {
            check_metadata(&workload.metadata, path, (reference, span), report)
        }
        Reference::Resource { name, path } => {
            if check_resource(workload, name, span, reference.part(span, 0), report)
                && path.is_empty()
            {
                let message =
                    format!("`${{resources.{name}}}` does not name an output of the resource");
                let help = format!("write `${{resources.{name}.OUTPUT}}`");
                report.push(
                    Problem::new(&MISSING_OUTPUT_NAME, message)
                        .at(span)
                        .help(help),
                );
            }
        }
    }
}

/// `word` is the place of the name alone, where that is known.
fn check_resource(
    workload: &Workload,
    name: &str,
    span: Span,
    word: Option<Span>,
    report: &mut Report,
) -> bool {
    let known = is_there(workload, name);
    if !known {
        let problem = unknown_resource(workload, name).at(span);
        report.push(match word {
            Some(word) => problem.suggest_replacement(
                word,
                name,
                unambiguous_typo(name, workload.resources.keys().map(String::as_str)),
            ),
            None => problem,
        });
    }
    known
}

/// Whether the workload declares such a resource, be it one that could not be read.
fn is_there(workload: &Workload, name: &str) -> bool {
    workload.resources.contains_key(name) || workload.incomplete.may_have_resource(name)
}

fn nearest_resource<'a>(workload: &'a Workload, name: &str) -> Option<&'a str> {
    closest_match(
        name,
        workload
            .resources
            .keys()
            .map(String::as_str)
            .chain(workload.incomplete.resources()),
    )
}

fn unknown_resource(workload: &Workload, name: &str) -> Problem {
    let names = workload.resources.keys().map(String::as_str);
    let help = match nearest_resource(workload, name) {
        Some(near) => format!("did you mean `{near}`?"),
        None if workload.resources.is_empty() => {
            format!("declare it under `resources` as `{name}: {{type: TYPE}}`")
        }
        None => format!(
            "declare it under `resources`, or use an existing one: {}",
            list_names(names)
        ),
    };
    Problem::new(
        &UNKNOWN_RESOURCE,
        format!("the workload has no resource `{name}`"),
    )
    .help(help)
}

fn check_metadata(
    metadata: &Map,
    path: &[String],
    (reference, span): (&Reference, Span),
    report: &mut Report,
) {
    let mut here: Option<&Map> = Some(metadata);
    for (depth, key) in path.iter().enumerate() {
        let found = here.and_then(|map| map.get(key));
        if let (Some(value), Some(_)) = (found, here) {
            here = Value::as_map(value);
            continue;
        }
        let at = std::iter::once("metadata")
            .chain(path[..depth].iter().map(String::as_str))
            .collect::<Vec<_>>()
            .join(".");
        let keys: Vec<&str> = here
            .into_iter()
            .flatten()
            .map(|(key, _)| key.as_str())
            .collect();
        let help = suggestion(key, keys.iter().copied(), || {
            format!(
                "`{at}` has {}; a dot inside a key is written `\\.`",
                list_names(keys.iter().copied())
            )
        });
        let problem = Problem::new(&UNKNOWN_METADATA, format!("`{at}` has no key `{key}`"))
            .at(span)
            .help(help);
        report.push(match reference.part(span, depth) {
            Some(word) => problem.suggest_replacement(word, key, unambiguous_typo(key, keys)),
            None => problem,
        });
        return;
    }
}
