//! What the Go tools made of public projects, and what score-rs makes of them after taking over what they kept.

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

use score_rs::base::diagnostics::Report;
use score_rs::base::text::Sources;
use score_rs::base::value::Value;
use score_rs::middle::provision::State;

use case::{Case, Tool};
use differences::{DIFFERENCES, Difference, How, Place};
use ours::Given;
use side::{Side, text_at};

/// The documents of a YAML text, without empty ones.
fn yaml(text: &str) -> Vec<Value> {
    let mut sources = Sources::default();
    let id = sources.add("yaml", text);
    let mut report = Report::default();
    let trees = score_rs::base::yaml::parse(&sources, id, &mut report);
    assert!(report.failed().is_ok(), "{:?}", report.in_order());
    trees.iter().filter(|tree| !tree.is_null()).map(|tree| tree.to_value()).collect()
}

/// Runs that the Go tools end well and score-rs refuses on purpose, each with the diagnostic and its row in
/// `spec/compatibility.md`.
const REFUSED: [(&str, &str, &str); 1] = [(
    "community-llm-model-5 score-compose",
    "[missing-output]",
    "`supported_params` and `expected_outputs` are enforced",
)];

/// Whether a run is refused as it should be; says so where it should not be.
fn is_refused(case: &Case, error: &str, wrong: &mut Vec<String>) -> bool {
    let wanted = REFUSED.iter().any(|(title, name, _)| *title == case.title() && error.contains(name));
    if !wanted {
        wrong.push(format!("{}: {error}", case.title()));
    }
    wanted
}

/// Compares two sides and gives what nothing explains. What explains something is added to `used`.
fn unexplained(case: &Case, mut ours: Side, mut theirs: Side, used: &mut BTreeSet<&'static str>) -> Vec<String> {
    let of_tool = || DIFFERENCES.iter().filter(|difference| difference.tool == case.tool);
    for difference in of_tool() {
        if let How::Read(read) = difference.how {
            let before = compare::objects(&ours, &theirs).len();
            read(&mut ours);
            read(&mut theirs);
            if compare::objects(&ours, &theirs).len() != before {
                used.insert(difference.name);
            }
        }
    }
    let mut left = Vec::new();
    for (object, found) in compare::objects(&ours, &theirs) {
        let place = Place { object: &object, found: &found, ours: &ours, theirs: &theirs };
        let explains = |difference: &&Difference| matches!(difference.how, How::Explain(explains) if explains(&place));
        match of_tool().find(explains) {
            Some(difference) => {
                used.insert(difference.name);
            }
            None => left.push(format!("{} {object} {found}", case.title())),
        }
    }
    left
}

#[test]
fn every_recorded_run_describes_the_same_objects() {
    let Some(cases) = case::cases() else { return };
    let (mut wrong, mut used, mut refused) = (Vec::new(), BTreeSet::new(), 0);
    for case in &cases {
        let (inputs, state) = (case.inputs(), case.state().state);
        let given = run::provisioned(&inputs, &state);
        let both = run::compiled(&inputs, state).and_then(|compiled| Ok((compiled, given?)));
        match both {
            Ok((compiled, given)) => {
                wrong.extend(unexplained(case, Side::ours(case, &compiled, &given), Side::theirs(case), &mut used));
            }
            Err(error) => refused += usize::from(is_refused(case, &error, &mut wrong)),
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert_eq!(refused, REFUSED.len());
    let unused: Vec<&str> = DIFFERENCES.iter().map(|own| own.name).filter(|name| !used.contains(name)).collect();
    assert!(unused.is_empty(), "nothing is explained by {unused:?}");
}

#[test]
fn every_resource_is_provisioned_as_it_was_recorded() {
    let Some(cases) = case::cases() else { return };
    let (mut wrong, mut resources) = (Vec::new(), 0);
    for case in &cases {
        match run::provisioned(&case.inputs(), &case.state().state) {
            Ok(given) => {
                resources += given.len();
                wrong.extend(different_outputs(case, &given));
                wrong.extend(different_sections(case, &given));
            }
            Err(error) => {
                is_refused(case, &error, &mut wrong);
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert!(resources > 140, "only {resources} resources were provisioned");
}

fn different_outputs(case: &Case, given: &[Given]) -> Vec<String> {
    let recorded = case.state().outputs;
    let mut wrong = Vec::new();
    for own in given {
        let Some(ours) = own.outputs() else { continue };
        let theirs = recorded.get(&own.uid).cloned().unwrap_or_else(Value::map);
        let found = compare::differences(&ours, &theirs);
        wrong.extend(found.iter().map(|found| format!("{} {} outputs {found}", case.title(), own.uid)));
    }
    wrong
}

/// Compares the parts that resources gave, and looks for parts that no resource of ours gives.
fn different_sections(case: &Case, given: &[Given]) -> Vec<String> {
    let (ours, mut theirs) = (Side::given(case, given), Side::theirs(case));
    theirs.files.retain(|path, _| !path.starts_with("files/"));
    files::read_files(&mut theirs);
    theirs.objects.retain(|identity, object| match case.tool {
        Tool::Kubernetes => !kubernetes::of_workload(object),
        Tool::Compose => identity.contains(' ') && !compose::of_workload(object) && !identity.ends_with(compose::WAIT),
    });
    theirs.objects.retain(|identity, _| ours.objects.contains_key(identity) || !is_patched_in(case, identity));
    let mut wrong = unexplained(case, ours, theirs.clone(), &mut BTreeSet::new());
    for own in given {
        for (identity, _) in own.objects(case.tool) {
            let marked = theirs.objects.get(&identity).map(|object| text_at(object, &UID)).unwrap_or_default();
            if !marked.is_empty() && marked != own.uid {
                wrong.push(format!("{} {identity} is {}'s and was {marked}'s", case.title(), own.uid));
            }
        }
    }
    wrong
}

/// Where a Kubernetes object says whose it is.
const UID: [&str; 3] = ["metadata", "annotations", "k8s.score.dev/resource-uid"];

/// Whether it is a patch template that adds an object.
fn is_patched_in(case: &Case, identity: &str) -> bool {
    let words: Vec<&str> = identity.split(' ').collect();
    let needle = match (case.tool, words.as_slice()) {
        (Tool::Compose, [part, name]) => format!("{part}.{name}"),
        (Tool::Kubernetes, [_, kind, ..]) => format!("kind: {kind}"),
        _ => return false,
    };
    case.patches().iter().any(|(_, text)| text.contains(&needle))
}

#[test]
fn every_recorded_case_compiles_without_what_was_kept() {
    let Some(cases) = case::cases() else { return };
    let mut wrong = Vec::new();
    for case in &cases {
        if let Err(error) = run::compiled(&case.inputs(), State::default()) {
            is_refused(case, &error, &mut wrong);
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn every_difference_has_its_row() {
    let rows = include_str!("../../../spec/compatibility.md");
    let wanted = DIFFERENCES.iter().map(|own| own.row).chain(REFUSED.map(|(_, _, row)| row));
    let missing: Vec<&str> = wanted.filter(|row| !rows.contains(&format!("\n| {row}"))).collect();
    assert!(missing.is_empty(), "spec/compatibility.md has no row that begins with {missing:?}");
}
