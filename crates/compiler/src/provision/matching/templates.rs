//! The templates of a definition parse. What the run needs must; the rest is a warning, since
//! published definitions carry sections that went stale without anybody noticing.

use crate::link::Graph;
use crate::provision::library::{Definition, Library, SectionTemplate};
use diagnostics::report::{Problem, Report, Severity};
use diagnostics::source::Sources;

use super::Binding;
use crate::rules::TEMPLATE_ERROR;

/// The sections that every target renders.
const ALWAYS: [&str; 5] = ["source", "init", "state", "shared", "outputs"];

/// Whether a run renders a section; `sections` are those that the target renders.
pub(crate) fn is_rendered(name: &str, sections: &[&str]) -> bool {
    ALWAYS.contains(&name) || sections.contains(&name)
}

/// Reports templates that do not parse: as errors those that a run for these resources renders,
/// where provisioning would say the same, else as warnings. `sections` are those that the target
/// renders.
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
    let sound = library.definitions().iter().enumerate();
    let sound = sound.map(|(index, definition)| (definition, served(index).map(|(node, _)| node)));
    // AppliedFixes, it would serve these, unless another one is asked before.
    let wanting = |definition: &Definition| {
        let mut unserved = graph
            .resources
            .iter()
            .zip(bindings)
            .filter(|(_, binding)| binding.is_none());
        unserved
            .find(|(node, _)| definition.is_for(&node.uid))
            .map(|(node, _)| node)
    };
    let unsound = library
        .unsound()
        .iter()
        .map(|definition| (definition, wanting(definition)));
    for (definition, user) in sound.chain(unsound) {
        for (name, section) in own_sections(definition) {
            let Some(problem) = broken(sources, name, section) else {
                continue;
            };
            match user.filter(|_| is_rendered(name, sections)) {
                Some(node) => {
                    report.push(problem.secondary(node.span, "this resource asks for it"))
                }
                None => report.push_as(Severity::Warning, problem),
            }
        }
    }
}

/// The templates that somebody may have written wrongly; embedded ones are tested.
fn own_sections(definition: &Definition) -> impl Iterator<Item = (&'static str, &SectionTemplate)> {
    let sections = definition.sections.iter().filter(|_| !definition.builtin);
    sections.map(|(name, section)| (*name, section))
}

fn broken(sources: &Sources, name: &str, section: &SectionTemplate) -> Option<Problem> {
    let error = section.template().err()?;
    let place = section.text.place(sources, error.start, error.end);
    let message = format!("the template of `{name}` does not parse: {}", error.message);
    Some(
        Problem::new(&TEMPLATE_ERROR, message)
            .at(place)
            .help("mend the template"),
    )
}
