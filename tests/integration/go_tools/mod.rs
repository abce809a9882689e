//! Recorded outputs of the Go tools for public projects, compared with those of score-rs after an
//! import of their state.

mod case;
mod compare;
mod compose;
mod differences;
mod files;
mod go_state;
mod import;
mod kubernetes;
mod ours;
mod previous_state;
mod run;
mod side;

use std::collections::BTreeSet;

use compiler::provision::State;
use diagnostics::report::Report;
use diagnostics::source::Sources;
use diagnostics::value::Value;

use case::{Case, Tool};
use differences::{DIFFERENCES, Difference, Handling, Location};
use ours::ResourceOutput;
use side::{Side, text_at};

/// The documents of a YAML text, without empty ones.
fn yaml(text: &str) -> Vec<Value> {
    let mut sources = Sources::default();
    let id = sources.add("yaml", text);
    let mut report = Report::default();
    let trees = yaml::parse(&sources, id, &mut report);
    assert!(report.result().is_ok(), "{:?}", report.in_order());
    trees
        .iter()
        .filter(|tree| !tree.is_null())
        .map(|tree| tree.to_value())
        .collect()
}

/// Runs that succeed with the Go tools and that score-rs rejects on purpose, each with its
/// diagnostic and its row in `spec/compatibility.md`.
const REFUSED: [(&str, &str, &str); 2] = [
    (
        "compose-13-kafka-topic score-k8s",
        "[invalid-manifest]",
        "Objects that the API server refuses are errors",
    ),
    (
        "patcher-k8s-service-account-admin score-k8s",
        "[invalid-manifest]",
        "Objects that the API server refuses are errors",
    ),
];

/// Whether a run is rejected on purpose; adds a failure if not.
fn is_refused(case: &Case, error: &str, failures: &mut Vec<String>) -> bool {
    let expected = REFUSED
        .iter()
        .any(|(title, name, _)| *title == case.title() && error.contains(name));
    if !expected {
        failures.push(format!("{}: {error}", case.title()));
    }
    expected
}

/// The differences of two sides that no intended difference explains. Adds those that explain one
/// to `used`.
fn unexplained(
    case: &Case,
    mut ours: Side,
    mut theirs: Side,
    used: &mut BTreeSet<&'static str>,
) -> Vec<String> {
    let of_this_tool = || {
        DIFFERENCES
            .iter()
            .filter(|difference| difference.tool == case.tool)
    };
    for difference in of_this_tool() {
        if let Handling::Normalize(normalize) = difference.handling {
            let before = compare::objects(&ours, &theirs).len();
            normalize(&mut ours);
            normalize(&mut theirs);
            if compare::objects(&ours, &theirs).len() != before {
                used.insert(difference.name);
            }
        }
    }
    let mut rest = Vec::new();
    for (object, found) in compare::objects(&ours, &theirs) {
        let location = Location {
            object: &object,
            found: &found,
            ours: &ours,
            theirs: &theirs,
        };
        let is_explained_by = |difference: &&Difference| matches!(difference.handling, Handling::Explain(recognize) if recognize(&location));
        match of_this_tool().find(is_explained_by) {
            Some(difference) => {
                used.insert(difference.name);
            }
            None => rest.push(format!("{} {object} {found}", case.title())),
        }
    }
    rest
}

#[test]
fn every_recorded_run_gives_the_same_objects() {
    let Some(cases) = case::cases() else { return };
    let (mut failures, mut used, mut refused) = (Vec::new(), BTreeSet::new(), 0);
    for case in &cases {
        let (inputs, state) = (case.inputs(), case.state().state);
        let provisioned = run::provisioned(&inputs, &state);
        let result =
            run::compiled(&inputs, state).and_then(|compiled| Ok((compiled, provisioned?)));
        match result {
            Ok((compiled, provisioned)) => {
                failures.extend(unexplained(
                    case,
                    Side::ours(case, &compiled, &provisioned),
                    Side::theirs(case),
                    &mut used,
                ));
            }
            Err(error) => refused += usize::from(is_refused(case, &error, &mut failures)),
        }
    }
    assert!(failures.is_empty(), "{}", failures.join("\n"));
    assert_eq!(refused, REFUSED.len());
    let unused: Vec<&str> = DIFFERENCES
        .iter()
        .map(|difference| difference.name)
        .filter(|name| !used.contains(name))
        .collect();
    assert!(unused.is_empty(), "these explain nothing: {unused:?}");
}

#[test]
fn every_resource_is_provisioned_as_recorded() {
    let Some(cases) = case::cases() else { return };
    let (mut failures, mut resources) = (Vec::new(), 0);
    for case in &cases {
        match run::provisioned(&case.inputs(), &case.state().state) {
            Ok(provisioned) => {
                resources += provisioned.len();
                failures.extend(different_outputs(case, &provisioned));
                failures.extend(different_sections(case, &provisioned));
            }
            Err(error) => {
                is_refused(case, &error, &mut failures);
            }
        }
    }
    assert!(failures.is_empty(), "{}", failures.join("\n"));
    assert!(
        resources > 140,
        "only {resources} resources were provisioned"
    );
}

fn different_outputs(case: &Case, provisioned: &[ResourceOutput]) -> Vec<String> {
    let recorded = case.state().outputs;
    let mut failures = Vec::new();
    for resource in provisioned {
        let Some(ours) = resource.outputs() else {
            continue;
        };
        let theirs = recorded
            .get(&resource.uid)
            .cloned()
            .unwrap_or_else(Value::map);
        let found = compare::differences(&ours, &theirs);
        failures.extend(
            found
                .iter()
                .map(|found| format!("{} {} outputs {found}", case.title(), resource.uid)),
        );
    }
    failures
}

/// Compares the parts that resources add, in both directions.
fn different_sections(case: &Case, provisioned: &[ResourceOutput]) -> Vec<String> {
    let (ours, mut theirs) = (Side::of_resources(case, provisioned), Side::theirs(case));
    theirs.files.retain(|path, _| !path.starts_with("files/"));
    files::read_files(&mut theirs);
    theirs.objects.retain(|identity, object| match case.tool {
        Tool::Kubernetes => !kubernetes::of_workload(object),
        Tool::Compose => {
            identity.contains(' ')
                && !compose::of_workload(object)
                && !identity.ends_with(compose::WAIT)
        }
    });
    theirs.objects.retain(|identity, _| {
        ours.objects.contains_key(identity) || !is_patched_in(case, identity)
    });
    let mut failures = unexplained(case, ours, theirs.clone(), &mut BTreeSet::new());
    for resource in provisioned {
        for (identity, _) in resource.objects(case.tool) {
            let owner = theirs
                .objects
                .get(&identity)
                .map(|object| text_at(object, &UID))
                .unwrap_or_default();
            if !owner.is_empty() && owner != resource.uid {
                failures.push(format!(
                    "{} {identity} belongs to {} and belonged to {owner}",
                    case.title(),
                    resource.uid
                ));
            }
        }
    }
    failures
}

/// The annotation with the resource of a Kubernetes object.
const UID: [&str; 3] = ["metadata", "annotations", "k8s.score.dev/resource-uid"];

/// Whether a patch template adds the object.
fn is_patched_in(case: &Case, identity: &str) -> bool {
    let words: Vec<&str> = identity.split(' ').collect();
    let needle = match (case.tool, words.as_slice()) {
        (Tool::Compose, [part, name]) => format!("{part}.{name}"),
        (Tool::Kubernetes, [_, kind, ..]) => format!("kind: {kind}"),
        _ => return false,
    };
    case.patches()
        .iter()
        .any(|(_, text)| text.contains(&needle))
}

#[test]
fn every_recorded_case_compiles_without_state() {
    let Some(cases) = case::cases() else { return };
    let mut failures = Vec::new();
    for case in &cases {
        if let Err(error) = run::compiled(&case.inputs(), State::default()) {
            is_refused(case, &error, &mut failures);
        }
    }
    assert!(failures.is_empty(), "{}", failures.join("\n"));
}

#[test]
fn every_difference_has_a_row_in_the_spec() {
    let rows = include_str!("../../../spec/compatibility.md");
    let expected = DIFFERENCES
        .iter()
        .map(|difference| difference.row)
        .chain(REFUSED.map(|(_, _, row)| row));
    let missing: Vec<&str> = expected
        .filter(|row| !rows.contains(&format!("\n| {row}")))
        .collect();
    assert!(
        missing.is_empty(),
        "spec/compatibility.md has no row that begins with {missing:?}"
    );
}
