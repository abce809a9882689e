//! Annotations that look as if score-rs read them.

use std::collections::BTreeSet;

use crate::link::Graph;
use crate::model::Annotation;
use crate::provision::Library;
use crate::provision::definition::Engine;
use crate::targets::ALL;
use crate::targets::target::Target;
use diagnostics::report::{Problem, Report};
use diagnostics::suggestions::{closest_match, list_names};

rules! {
    /// Nothing reads an annotation with the prefix of those that score-rs reads.
    pub UNKNOWN_ANNOTATION: "unknown-annotation", Note;
}

/// What the keys of annotations begin with that targets and built-in definitions read.
const PREFIXES: [&str; 2] = ["compose.score.dev/", "k8s.score.dev/"];

/// Notes annotations of workloads and resources that neither a target nor a definition nor one of
/// `texts` reads, which are definitions and patch templates. A program may read all of them.
pub(super) fn check(
    graph: &Graph,
    library: &Library,
    target: &dyn Target,
    texts: &[&str],
    report: &mut Report,
) {
    let mut definitions = library.definitions().iter();
    if definitions.any(|definition| definition.engine == Engine::Command) {
        return;
    }
    let annotations = graph.workloads.iter().flat_map(|linked| {
        let resources = linked.workload.resources.values();
        let of_resources = resources.flat_map(|resource| &resource.annotations);
        linked.workload.annotations.iter().chain(of_resources)
    });
    for prefix in PREFIXES {
        let ours = annotations.clone().filter_map(|annotation| {
            Some((annotation, annotation.key.value.strip_prefix(prefix)?))
        });
        let mut ours = ours.peekable();
        if ours.peek().is_some() {
            let known = known_names(prefix, texts);
            // The target reports these itself.
            let own = target.info().annotations.iter();
            let own: Vec<&str> = own.filter_map(|key| key.strip_prefix(prefix)).collect();
            let unknown = ours.filter(|(_, name)| {
                !known.contains(name) && closest_match(name, own.iter().copied()).is_none()
            });
            unknown.for_each(|(annotation, name)| note(annotation, prefix, name, &known, report));
        }
    }
}

fn note(
    annotation: &Annotation,
    prefix: &str,
    name: &str,
    known: &BTreeSet<&str>,
    report: &mut Report,
) {
    let help = match closest_match(name, known.iter().copied()) {
        Some(closest) => format!("did you mean `{prefix}{closest}`?"),
        None => {
            let known: Vec<String> = known.iter().map(|name| format!("{prefix}{name}")).collect();
            format!(
                "the known ones are {}",
                list_names(known.iter().map(String::as_str))
            )
        }
    };
    let message = format!("nothing reads the annotation `{}`", annotation.key.value);
    let problem = Problem::new(&UNKNOWN_ANNOTATION, message).at(annotation.key.span);
    report.push(problem.help(help));
}

/// The annotations that targets, built-in definitions or `texts` read.
pub fn known_annotations(texts: &[&str]) -> Vec<String> {
    let known = |prefix: &str| -> Vec<String> {
        let names = known_names(prefix, texts).into_iter();
        names.map(|name| format!("{prefix}{name}")).collect()
    };
    PREFIXES.into_iter().flat_map(known).collect()
}

/// The names behind a prefix that something reads.
fn known_names<'a>(prefix: &str, texts: &[&'a str]) -> BTreeSet<&'a str> {
    let infos = || ALL.into_iter().map(|target| target.info());
    let of_targets = infos().flat_map(|info| info.annotations);
    let of_targets = of_targets.filter_map(|key| key.strip_prefix(prefix));
    let embedded = infos()
        .flat_map(|info| info.builtins)
        .map(|(_, text)| *text);
    let texts = texts.iter().copied().chain(embedded);
    of_targets
        .chain(texts.flat_map(|text| mentions(text, prefix)))
        .collect()
}

/// The names behind each prefix in a text, but for keys of a mapping: these are written.
fn mentions<'a>(text: &'a str, prefix: &str) -> impl Iterator<Item = &'a str> {
    text.split(prefix).skip(1).filter_map(|rest| {
        let allowed =
            |character: char| character.is_ascii_alphanumeric() || "-_.".contains(character);
        let end = rest
            .find(|character| !allowed(character))
            .unwrap_or(rest.len());
        let (name, after) = rest.split_at(end);
        (!name.is_empty() && !after.starts_with(':')).then_some(name)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_reads_what_it_mentions_but_not_what_it_writes() {
        let text =
            "{{ dig \"k8s.score.dev/a\" }} k8s.score.dev/b: c k8s.score.dev/ `k8s.score.dev/d-e.f`";
        let names: Vec<&str> = mentions(text, "k8s.score.dev/").collect();
        assert_eq!(names, ["a", "d-e.f"]);
        let known = known_names("compose.score.dev/", &[]);
        assert!(known.contains("publish-port"), "{known:?}");
        assert!(!known_names("k8s.score.dev/", &[]).contains("resource-uid"));
    }
}
