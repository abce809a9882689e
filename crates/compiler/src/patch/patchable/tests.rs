use super::*;
use diagnostics::source::Sources;

/// The problems of a `patchable`, each with the text at its place.
fn problems(text: &str) -> Vec<String> {
    let mut sources = Sources::default();
    let source = sources.add("environment.yaml", text);
    let mut report = Report::default();
    let documents = yaml::parse(&sources, source, &mut report);
    Patchable::read(
        &documents[0],
        ["Deployment", "Ingress", "Job", "service"].into_iter(),
        &mut report,
    );
    let problems = report.in_order();
    let place = |span| sources.slice(span);
    let problems = problems.iter();
    problems
        .map(|one| {
            format!(
                "{}: {}",
                one.span().map(place).unwrap_or_default(),
                one.message()
            )
        })
        .collect()
}

#[test]
fn a_kind_has_a_boolean_or_paths() {
    let text = "Deployment: [spec.replicas, 'spec.template.spec.containers[*].resources']\n\
                Ingress: true\nJob: false\nservice: []\n";
    assert_eq!(problems(text), Vec::<String>::new());
}

#[test]
fn what_is_wrong_is_reported_at_its_place() {
    for (text, place) in [
        ("Deployment: spec.replicas", "spec.replicas: "),
        ("Deployment: [3]", "3: "),
        ("Deployment: [spec..replicas]", ".: "),
        ("Deployment: ['a[0].b']", "[0]: "),
        ("[Deployment]", "[Deployment]: "),
        ("Deployment:", "Deployment: "),
    ] {
        let problems = problems(text);
        assert_eq!(problems.len(), 1, "{text}: {problems:?}");
        assert!(problems[0].starts_with(place), "{text}: {problems:?}");
    }
}

#[test]
fn a_misspelled_kind_is_reported() {
    let text = "Deploymnt: true\nservices: true\ndeployment: true\nRollout: true\nJab: true\n";
    assert_eq!(
        problems(text),
        [
            "Deploymnt: there is no kind `Deploymnt`",
            "services: there is no kind `services`",
            "deployment: there is no kind `deployment`",
        ]
    );
}
