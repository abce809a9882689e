//! What is probably wrong in a definition, found without rendering it.
//!
//! What a template reads is known from its parsed tree ([`go_template::uses`]). Where that is not
//! certain, as in a template that uses its params as a whole, nothing is reported.

mod declarations;
pub(crate) mod files;
mod lines;
mod names;
pub(crate) mod objects;
mod passwords;
mod random;
mod rules;

use compiler::provision::library::{Definition, SectionTemplate};
use diagnostics::report::{Problem, Report};
use diagnostics::source::{Sources, Span};
use go_template::Template;
use go_template::uses::Use;
use lines::Lines;
use yaml::Node;

pub(crate) use rules::RULES;
use rules::{MISSING_DESCRIPTION, ONE_TARGET};

use super::environment::TARGETS;

/// A definition, and what the rules look at.
struct Subject<'a> {
    definition: &'a Definition,
    sources: &'a Sources,
    /// Its entry as it is written, for the places of what it declares.
    entry: &'a Node,
    /// All definitions of the run.
    all: &'a [&'a Definition],
    /// Its sections whose templates parse.
    sections: Vec<Section<'a>>,
    /// Whether all of them parse.
    is_complete: bool,
}

/// A section of a definition.
struct Section<'a> {
    name: &'static str,
    section: &'a SectionTemplate,
    template: &'a Template,
    lines: Lines,
    uses: Vec<Use>,
}

impl Section<'_> {
    /// The place of a range of the template.
    fn place(&self, start: usize, end: usize, sources: &Sources) -> Span {
        self.section.text.place(sources, start, end)
    }

    /// The fields, variables and functions in a range of the template.
    fn uses_in(&self, start: usize, end: usize) -> impl Iterator<Item = &Use> {
        let inside = move |one: &&Use| start <= one.start && one.end <= end;
        self.uses.iter().filter(inside)
    }
}

impl Subject<'_> {
    fn section(&self, name: &str) -> Option<&Section<'_>> {
        self.sections.iter().find(|section| section.name == name)
    }

    fn name(&self) -> &str {
        &self.definition.uri.value
    }
}

/// Reports what is probably wrong in definitions. `entries` are the documents of their files.
pub(crate) fn lint(
    definitions: &[&Definition],
    entries: &[Node],
    sources: &Sources,
    report: &mut Report,
) {
    for definition in definitions {
        let entry = entries.iter().find(|entry| {
            let uri = entry.get("uri");
            uri.is_some_and(|uri| uri.span == definition.uri.span)
        });
        if let Some(entry) = entry {
            let subject = subject(definition, definitions, entry, sources);
            check(&subject, report);
        }
    }
    one_target(definitions, report);
}

fn subject<'a>(
    definition: &'a Definition,
    all: &'a [&'a Definition],
    entry: &'a Node,
    sources: &'a Sources,
) -> Subject<'a> {
    let sections = definition.sections.iter().filter_map(|(name, section)| {
        let template = section.template().ok()?;
        Some(Section {
            name,
            section,
            template,
            lines: Lines::new(&template.outline()),
            uses: template.uses(),
        })
    });
    let sections: Vec<Section<'_>> = sections.collect();
    Subject {
        is_complete: sections.len() == definition.sections.len(),
        definition,
        sources,
        entry,
        all,
        sections,
    }
}

fn check(subject: &Subject<'_>, report: &mut Report) {
    if subject.definition.description.is_none() {
        let message = format!("`{}` has no description", subject.name());
        let problem = Problem::new(&MISSING_DESCRIPTION, message);
        let help = "add `description` with a sentence for developers";
        report.push(problem.at(subject.definition.uri.span).help(help));
    }
    declarations::params(subject, report);
    declarations::outputs(subject, report);
    random::check(subject, report);
    passwords::check(subject, report);
    objects::check(subject, report);
    names::check(subject, report);
}

/// Reports types that only one target has, where other definitions beside them serve both.
fn one_target(definitions: &[&Definition], report: &mut Report) {
    let targets = |definition: &Definition| {
        let has = |sections: &[&str]| {
            let mut names = definition.sections.keys();
            names.any(|name| sections.contains(name))
        };
        TARGETS.map(|target| has(target.info().sections))
    };
    let is_of = |kind: &str, target: usize| {
        let mut all = definitions.iter();
        all.any(|one| {
            let targets = targets(one);
            one.kind == kind && (targets[target] || targets == [false, false])
        })
    };
    let serves_both = |definition: &&&Definition| targets(definition) == [true, true];
    if !definitions
        .iter()
        .any(|definition| serves_both(&definition))
    {
        return;
    }
    for definition in definitions {
        let own = targets(definition);
        let Some(missing) = (0..2).find(|index| own[1 - index] && !own[*index]) else {
            continue;
        };
        let target = TARGETS[missing];
        let builtins = target.info().builtins;
        if is_of(&definition.kind, missing)
            || builtins.iter().any(|(kind, _)| *kind == definition.kind)
        {
            continue;
        }
        let (uri, name) = (&definition.uri, target.name());
        let message = format!("`{}` gives nothing for {name}", uri.value);
        let help = format!("add sections for {name}, or another definition of this type");
        report.push(Problem::new(&ONE_TARGET, message).at(uri.span).help(help));
    }
}
