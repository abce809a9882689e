//! Params and outputs that a definition lists and does not use, or uses and does not list.

use std::collections::BTreeSet;

use super::Subject;
use super::rules::{UNLISTED_OUTPUT, UNLISTED_PARAM};
use compiler::provision::MISSING_OUTPUT;
use compiler::provision::library::Engine;
use compiler::provision::matching::UNREAD_PARAM;
use diagnostics::report::{Problem, Report, Severity};
use diagnostics::source::Span;
use diagnostics::suggestions::{closest_match, list_names};
use yaml::{Kind, Node};

/// The params that functions of definitions read.
const READ_BY_FUNCTIONS: [(&str, &[&str]); 3] = [
    ("image", &["image", "version"]),
    ("cpu", &["cpu"]),
    ("memory", &["memory"]),
];

/// The outputs that a target reads where a resource is mounted, so that no placeholder names them.
const READ_BY_TARGETS: [&str; 6] = ["source", "claimSpec", "type", "volume", "bind", "tmpfs"];

/// The names that a key declares, with their places: a list of names, or a mapping.
fn declared(entry: &Node, key: &str) -> Option<Vec<(String, Span)>> {
    match &entry.get(key)?.kind {
        Kind::List(items) => {
            let names = items.iter();
            let names = names.filter_map(|item| Some((item.as_str()?.to_owned(), item.span)));
            Some(names.collect())
        }
        Kind::Map(entries) => {
            let entries = entries.iter();
            Some(
                entries
                    .map(|(name, entry)| (name.into(), entry.key))
                    .collect(),
            )
        }
        _ => None,
    }
}

pub(super) fn params(subject: &Subject<'_>, report: &mut Report) {
    let Some(declared) = declared(subject.entry, "supported_params") else {
        return;
    };
    if subject.definition.engine == Engine::Command || !subject.is_complete {
        return;
    }
    let mut read: BTreeSet<&str> = BTreeSet::new();
    let mut unlisted: Vec<(String, Span)> = Vec::new();
    let is_declared = |name: &str| declared.iter().any(|(declared, _)| declared == name);
    let reads: Vec<_> = subject
        .sections
        .iter()
        .map(|section| (section, section.template.reads_of("Params")))
        .collect();
    for (section, reads) in &reads {
        if reads.all {
            return;
        }
        for key in &reads.keys {
            read.insert(&key.name);
            if !is_declared(&key.name) && unlisted.iter().all(|(name, _)| *name != key.name) {
                let place = section.place(key.start, key.end, subject.sources);
                unlisted.push((key.name.clone(), place));
            }
        }
        for (function, names) in READ_BY_FUNCTIONS {
            if section.uses.iter().any(|one| one.name == function) {
                read.extend(names);
            }
        }
    }
    let unread: Vec<&(String, Span)> = declared
        .iter()
        .filter(|(name, _)| !read.contains(name.as_str()) && !is_read_by_another(subject, name))
        .collect();
    for (name, place) in &unread {
        let near = closest_match(name, unlisted.iter().map(|(name, _)| name.as_str()));
        let message = format!(
            "`{}` supports the param `{name}`, which no template reads",
            subject.name()
        );
        let help = match near {
            Some(near) => format!("write `{near}` here, or `{name}` in the templates"),
            None => "remove it, or read it in a template as `.Params.NAME`".replace("NAME", name),
        };
        report.push(Problem::new(&UNREAD_PARAM, message).at(*place).help(help));
    }
    for (name, place) in unlisted {
        // It was reported as a misspelling.
        let unread = unread.iter().map(|(name, _)| name.as_str());
        if closest_match(&name, unread).is_some() {
            continue;
        }
        let message = format!(
            "this reads the param `{name}`, which `{}` does not list, so that no resource can set it",
            subject.name()
        );
        let help = format!("add `{name}` to `supported_params`");
        report.push(Problem::new(&UNLISTED_PARAM, message).at(place).help(help));
    }
}

/// Whether another definition of the type reads a param, such as that of another target: then a
/// resource has it for that one.
fn is_read_by_another(subject: &Subject<'_>, name: &str) -> bool {
    let own = subject.definition;
    let others = subject
        .all
        .iter()
        .filter(|one| one.kind == own.kind && one.uri.span != own.uri.span);
    let templates = others.flat_map(|one| one.sections.values().map(|section| section.template()));
    templates.filter_map(Result::ok).any(|template| {
        let reads = template.reads_of("Params");
        let by_function = READ_BY_FUNCTIONS
            .iter()
            .filter(|(_, names)| names.contains(&name));
        let mut functions = by_function.map(|(function, _)| *function);
        reads.all
            || reads.keys.iter().any(|key| key.name == name)
            || functions.any(|function| template.uses().iter().any(|one| one.name == function))
    })
}

pub(super) fn outputs(subject: &Subject<'_>, report: &mut Report) {
    let Some(declared) = declared(subject.entry, "expected_outputs") else {
        return;
    };
    if subject.definition.engine != Engine::Template || !subject.is_complete {
        return;
    }
    let section = subject.section("outputs");
    if section.is_some_and(|section| section.lines.is_dynamic) {
        return;
    }
    let given: Vec<_> = section
        .into_iter()
        .flat_map(|section| section.lines.top())
        .collect();
    let names: Vec<&str> = given.iter().map(|line| line.key.as_str()).collect();
    let is_declared = |name: &str| declared.iter().any(|(declared, _)| declared == name);
    let unlisted = || names.iter().copied().filter(|name| !is_declared(name));
    let missing: Vec<&(String, Span)> = declared
        .iter()
        .filter(|(name, _)| !names.contains(&name.as_str()))
        .collect();
    for (name, place) in &missing {
        let message = format!(
            "`{}` declares the output `{name}`, which `outputs` does not give",
            subject.name()
        );
        let help = match closest_match(name, unlisted()) {
            Some(near) => format!("did you mean `{near}`?"),
            None if names.is_empty() => {
                "add a section `outputs` that gives it, or remove it".to_owned()
            }
            None => format!(
                "give it in `outputs`, which has {}, or remove it",
                list_names(names.iter().copied())
            ),
        };
        let problem = Problem::new(&MISSING_OUTPUT, message).at(*place).help(help);
        report.push_as(Severity::Warning, problem);
    }
    let Some(section) = section else {
        return;
    };
    let mut reported = BTreeSet::new();
    let is_listed = |name: &str| is_declared(name) || READ_BY_TARGETS.contains(&name);
    for line in given.iter().filter(|line| !is_listed(&line.key)) {
        let missing = missing.iter().map(|(name, _)| name.as_str());
        if closest_match(&line.key, missing).is_some() || !reported.insert(&line.key) {
            continue;
        }
        let message = format!(
            "`{}` gives the output `{}`, which it does not list, so that no workload can use it",
            subject.name(),
            line.key
        );
        let place = section.place(line.at.0, line.at.1, subject.sources);
        let help = format!("add `{}` to `expected_outputs`, or remove it", line.key);
        report.push(Problem::new(&UNLISTED_OUTPUT, message).at(place).help(help));
    }
}
