//! Stage 8: a plan to the documents of one target, and files beside them.
//!
//! Every part of the plan reaches the output or a report. Nothing is read or written here, and the
//! modules `kubernetes` and `compose` never use each other.

pub mod compose;
pub mod custom_kinds;
pub mod kubernetes;
pub mod publish;
pub mod secret_store;
pub mod target;

use crate::patch::SelectorPatch;
use compose::Compose;
use kubernetes::Kubernetes;
use target::Target;

/// Every target. The first is the default.
pub const ALL: [&dyn Target; 2] = [&Compose, &Kubernetes];

/// The sections that a definition can have for some target.
pub fn sections_of_targets() -> impl Iterator<Item = &'static str> {
    ALL.iter()
        .flat_map(|target| target.info().sections)
        .copied()
}

/// The kinds of objects that some target is known to have.
pub fn known_kinds() -> impl Iterator<Item = &'static str> + Clone {
    let in_sections = ALL.iter().flat_map(|target| target.info().patch_view.kinds);
    let in_sections = in_sections.map(|(kind, _)| *kind);
    in_sections.chain(kubernetes::known_kinds())
}

/// Whether a patch is one of a workload, for objects that only other targets have.
pub fn is_for_others(target: &dyn Target, patch: &SelectorPatch) -> bool {
    let others = ALL.iter().filter(|other| other.name() != target.name());
    let others: Vec<_> = others.map(|other| &other.info().patch_view).collect();
    patch.is_for_others(&target.info().patch_view, &others)
}

#[cfg(test)]
mod tests {
    use super::ALL;
    use crate::provision::library::{Library, Provenance};
    use diagnostics::report::Report;
    use diagnostics::source::Sources;

    /// A run does not check the values that they declare.
    #[test]
    fn embedded_definitions_are_as_right_as_those_of_projects_must_be() {
        let builtins = ALL.iter().flat_map(|target| target.info().builtins);
        for (kind, text) in builtins {
            let mut sources = Sources::default();
            let source = sources.add(*kind, *text);
            let (mut library, mut report) = (Library::default(), Report::default());
            library.add(&sources, source, Provenance::Project, &mut report);
            assert!(report.is_empty(), "{kind}: {:?}", report.in_order());
        }
    }
}
