//! Where the problems of definitions are reported, and how often.

#![allow(clippy::unwrap_used)]

use std::path::Path;

use compiler::compile::{Request, generate};
use compiler::support::host::{Host, HostError};
use compiler::support::random::Key;
use compiler::targets::kubernetes::Kubernetes;
use diagnostics::report::Report;
use diagnostics::source::Sources;

/// Has a seed and no files.
struct SeedOnly;

impl Host for SeedOnly {
    fn read(&self, _: &Path) -> Result<Vec<u8>, HostError> {
        Err(HostError::NotFound)
    }

    fn seed(&self) -> Result<Key, HostError> {
        Ok(Key::from_seed(b"seed"))
    }
}

/// The problems of a workload with these resources, each as `rule at text: message`. `values` are
/// those of the environment.
fn problems(resources: &str, definitions: &str, values: &str) -> Vec<String> {
    let mut sources = Sources::default();
    let score = format!(
        "apiVersion: score.dev/v1b1\nmetadata: {{name: shop}}\n\
         containers: {{web: {{image: nginx}}}}\nresources: {resources}\n"
    );
    let mut request = Request::new(&Kubernetes);
    request.score_files = vec![sources.add("score.yaml", score)];
    request.definitions = vec![sources.add("a.provisioners.yaml", definitions)];
    let values = sources.add("environment.yaml", values);
    let values = yaml::parse(&sources, values, &mut Report::default()).remove(0);
    request.values = values.to_value();
    request.written_values = Some(values);
    let mut report = Report::default();
    let _ = generate(&mut sources, &SeedOnly, &request, &mut report);
    let problems = report.in_order();
    let describe = |problem: &&diagnostics::report::Diagnostic| {
        let text = sources.slice(problem.span().unwrap());
        format!("{} at {text}: {}", problem.name(), problem.message())
    };
    problems.iter().map(describe).collect()
}

#[test]
fn a_value_that_an_embedded_definition_refuses_is_marked() {
    let problems = problems("{jobs: {type: kafka-topic}}", "[]", "{kafkaVersion: new}");
    assert_eq!(
        problems,
        [
            "template-error at new: `kafka-topic.default#shop.jobs` cannot be provisioned: \
             values.kafkaVersion must be a version number such as 3.9.1, but is \"new\""
        ]
    );
}

#[test]
fn a_param_that_mentions_a_value_is_no_value() {
    let resources = "{data: {type: redis, params: {version: values.size}}}";
    let problems = problems(resources, "[]", "{size: 1Gi}");
    assert_eq!(
        problems,
        [
            "invalid-param at values.size: `params.version` is `values.size`, which does not match \
             `^[0-9]+([.][0-9]+)*$`"
        ]
    );
}

#[test]
fn one_mistake_of_a_definition_is_reported_once() {
    let resources = "{db1: {type: db}, db2: {type: db}, db3: {type: db, params: {size: 2}}}";
    for (outputs, expected) in [
        // Nothing uses the missing output, so that it is a warning and the run goes on.
        (
            "port: 1",
            vec![
                "missing-output at port: 1\n: the provisioner of `db.default#shop.db1` declares but does not return `host`",
            ],
        ),
        (
            "[1]",
            vec![
                "wrong-section-type at [1]: `outputs` of `db.default#shop.db1` must be a mapping, \
                 this is a list",
            ],
        ),
        // The third resource has another cause than the first two.
        (
            "{{ index .Params.size 0 }}",
            vec![
                "template-error at index .Params.size 0: `db.default#shop.db1` cannot be \
                 provisioned: `index`: index of nothing (a value is missing)",
                "template-error at index .Params.size 0: `db.default#shop.db3` cannot be \
                 provisioned: `index`: cannot index a value of type int",
            ],
        ),
        // What a definition rejects is reported at each resource.
        (
            "{{ fail \"no\" }}",
            vec![
                "template-error at db1: `db.default#shop.db1` cannot be provisioned: no",
                "template-error at db2: `db.default#shop.db2` cannot be provisioned: no",
                "template-error at db3: `db.default#shop.db3` cannot be provisioned: no",
            ],
        ),
    ] {
        let definition = format!(
            "- uri: template://a/db\n  type: db\n  expected_outputs: [host]\n  \
             outputs: |\n    {outputs}\n"
        );
        let mut problems = problems(resources, &definition, "{}");
        problems.retain(|problem| !problem.starts_with("unused-resource"));
        assert_eq!(problems, expected);
    }
}
