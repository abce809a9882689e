//! Objects of API versions that Kubernetes no longer serves, and of kinds without a schema.

use std::collections::BTreeSet;

use super::Subject;
use super::lines::{Line, Lines, key_of};
use super::rules::REMOVED_API_VERSION;
use compiler::provision::Library;
use compiler::provision::library::Provenance;
use compiler::targets::custom_kinds::CustomKinds;
use compiler::targets::kubernetes::{served_api_version, unchecked_kind};
use diagnostics::report::{Problem, Report};
use diagnostics::source::{SourceId, Sources};

/// Notes the objects of definitions whose kinds no schema of an environment describes, each kind once.
pub(crate) fn check_kinds(
    definitions: &[SourceId],
    kinds: &CustomKinds,
    sources: &Sources,
    report: &mut Report,
) {
    let mut library = Library::default();
    for source in definitions {
        library.add(
            sources,
            *source,
            Provenance::Project,
            &mut Report::default(),
        );
    }
    let mut found = BTreeSet::new();
    for definition in library.definitions() {
        let section = definition.sections.get("manifests");
        let Some(Ok(template)) = section.map(|section| section.template()) else {
            continue;
        };
        for object in Lines::new(&template.outline()).objects() {
            let Some((version, kind)) = literal_kind(object) else {
                continue;
            };
            let problem = unchecked_kind(kinds, &version.value, &kind.value);
            let is_new = found.insert((version.value.clone(), kind.value.clone()));
            if let (Some(problem), Some(section), true) = (problem, section, is_new) {
                let (start, end) = kind.value_at;
                report.push(problem.at(section.text.place(sources, start, end)));
            }
        }
    }
}

/// The lines of `apiVersion` and `kind` of an object, where both are text.
fn literal_kind(object: &[Line]) -> Option<(&Line, &Line)> {
    let version = key_of(object, "apiVersion").filter(|line| line.is_literal())?;
    let kind = key_of(object, "kind").filter(|line| line.is_literal())?;
    Some((version, kind))
}

pub(super) fn check(subject: &Subject<'_>, report: &mut Report) {
    let Some(section) = subject.section("manifests") else {
        return;
    };
    for object in section.lines.objects() {
        let Some((version, kind)) = literal_kind(object) else {
            continue;
        };
        let Some(served) = served_api_version(&version.value, &kind.value) else {
            continue;
        };
        let message = format!("Kubernetes has no `{}` in `{}`", kind.value, version.value);
        let place = section.place(version.value_at.0, version.value_at.1, subject.sources);
        let help = format!("write `apiVersion: {served}`, and adapt the fields");
        report.push(
            Problem::new(&REMOVED_API_VERSION, message)
                .at(place)
                .help(help),
        );
    }
}
