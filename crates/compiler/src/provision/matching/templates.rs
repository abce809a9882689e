//! Checks that the templates of definitions parse.

use crate::link::Graph;
use crate::provision::library::{Binding, Definition, Library, SectionTemplate};
use diagnostics::report::{Problem, Report, Severity};
use diagnostics::source::Sources;

use crate::provision::definition::REQUESTED_BY;
use crate::provision::template_help::template_help;
use crate::rules::TEMPLATE_ERROR;

/// The sections that every target renders.
const ALWAYS: [&str; 6] = ["source", "defaults", "init", "state", "shared", "outputs"];

/// Whether a run renders a section; `sections` are those of the target.
pub(crate) fn is_rendered(name: &str, sections: &[&str]) -> bool {
    ALWAYS.contains(&name) || sections.contains(&name)
}

/// Reports templates that do not parse. Those that a run renders for these resources are errors, as
/// they are when provisioning. Others are warnings, since published definitions have broken
/// sections that are never used. `sections` are those of the target.
pub fn check_templates(
    sources: &Sources,
    library: &Library,
    bindings: &[Option<Binding>],
    graph: &Graph,
    sections: &[&'static str],
    report: &mut Report,
) {
    let served = |index| {
        graph
            .resources
            .iter()
            .zip(bindings)
            .find(move |(_, binding)| **binding == Some(index))
    };
    let valid = library.definitions().iter().enumerate();
    let valid = valid.map(|(index, definition)| (definition, served(index).map(|(node, _)| node)));
    // Once its errors are fixed, an invalid definition may serve a resource that has none now.
    let would_serve = |definition: &Definition| {
        let mut without_definition = graph
            .resources
            .iter()
            .zip(bindings)
            .filter(|(_, binding)| binding.is_none());
        without_definition
            .find(|(node, _)| definition.is_for(&node.uid))
            .map(|(node, _)| node)
    };
    let invalid = library
        .invalid()
        .iter()
        .map(|definition| (definition, would_serve(definition)));
    for (definition, user) in valid.chain(invalid) {
        for (name, section) in project_sections(definition) {
            let Some(problem) = syntax_problem(sources, name, section) else {
                continue;
            };
            match user.filter(|_| is_rendered(name, sections)) {
                Some(node) => report.push(problem.secondary(node.span, REQUESTED_BY)),
                None => report.push_as(Severity::Warning, problem),
            }
        }
    }
}

/// The templates of a definition of the project; tests check the embedded ones.
fn project_sections(
    definition: &Definition,
) -> impl Iterator<Item = (&'static str, &SectionTemplate)> {
    let sections = definition.sections.iter().filter(|_| !definition.builtin);
    sections.map(|(name, section)| (*name, section))
}

fn syntax_problem(sources: &Sources, name: &str, section: &SectionTemplate) -> Option<Problem> {
    let error = section.template().err()?;
    let place = section.text.place(sources, error.start, error.end);
    let message = format!("the template of `{name}` is not valid: {}", error.message);
    Some(
        Problem::new(&TEMPLATE_ERROR, message)
            .at(place)
            .help(template_help(error, "fix the template")),
    )
}
