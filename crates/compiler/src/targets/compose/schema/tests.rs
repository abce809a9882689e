//! Sections, and what is wrong with them.

use super::{check_element, check_file};
use diagnostics::report::Report;
use diagnostics::source::Sources;
use yaml::Node;
use yaml::deserialize::FieldError;

fn parse(text: &str) -> Node {
    let mut sources = Sources::default();
    let id = sources.add("t", text);
    yaml::parse(&sources, id, &mut Report::default()).remove(0)
}

fn messages(errors: Vec<FieldError>) -> Vec<String> {
    errors.into_iter().map(|error| error.message).collect()
}

#[test]
fn a_typo_has_the_nearest_key() {
    for (section, text, expected) in [
        (
            "services",
            "{image: a, comand: b}",
            "`services.a` has no key `comand`; did you mean `command`?",
        ),
        (
            "services",
            "{image: a, healthcheck: {intervall: 1s}}",
            "`services.a.healthcheck` has no key `intervall`; did you mean `interval`?",
        ),
        (
            "services",
            "{image: a, deploy: {resources: {limit: {}}}}",
            "`services.a.deploy.resources` has no key `limit`; did you mean `limits`?",
        ),
        (
            "services",
            "{image: a, volumes: [{type: bind, sorce: b}]}",
            "`services.a.volumes[0]` has no key `sorce`; did you mean `source`?",
        ),
        (
            "services",
            "{build: {contxt: a}}",
            "`services.a.build` has no key `contxt`; did you mean `context`?",
        ),
        (
            "services",
            "{imgae: a}",
            "`services.a` has no key `imgae`; did you mean `image`?",
        ),
        (
            "services",
            "{image: a, logging: {}, develop: {watch: [{path: a, action: sinc}]}}",
            "`services.a.develop.watch[0].action` is `sinc`, not one of `rebuild`, `sync`, `restart`, `sync+restart` and `sync+exec`",
        ),
        (
            "services",
            "{image: 5}",
            "`services.a.image` must be a string, this is a number",
        ),
        (
            "services",
            "{image: a, ports: {a: b}}",
            "`services.a.ports` must be a list, this is a mapping",
        ),
        (
            "services",
            "{image: a, environment: {A: [b]}}",
            "`services.a.environment.A` must be a string, number or boolean, this is a list",
        ),
        (
            "services",
            "{image: a, depends_on: {b: {}}}",
            "`services.a.depends_on.b` needs the key `condition`",
        ),
        (
            "services",
            "{}",
            "`services.a` needs an `image` or a `build`",
        ),
        (
            "networks",
            "{intern: true}",
            "`networks.a` has no key `intern`; did you mean `internal`?",
        ),
        (
            "volumes",
            "{driver_opts: [a]}",
            "`volumes.a.driver_opts` must be a mapping, this is a list",
        ),
        (
            "models",
            "{modl: a, model: b}",
            "`models.a` has no key `modl`; did you mean `model`?",
        ),
    ] {
        assert_eq!(
            messages(check_element(section, "a", &parse(text))),
            [expected],
            "{text}"
        );
    }
    let wrong = "{service: {}, services: {a: {image: b}}, configs: {c: {contnt: d}}, secrets: {s: {fil: e}}}";
    assert_eq!(
        messages(check_file(&parse(wrong))),
        [
            "the file has no key `service`; did you mean `services`?",
            "`configs.c` has no key `contnt`; did you mean `content`?",
            "`secrets.s` has no key `fil`; did you mean `file`?",
        ]
    );
}

#[test]
fn short_and_long_forms_are_allowed() {
    for service in [
        "{image: a, x-own: {b: c}, command: null, entrypoint: [a], environment: [A=b], ports: [80, '80:80', {target: 80, published: '8080'}]}",
        "{build: ., volumes: ['a:/b', {type: bind, source: a, target: b, bind: {create_host_path: false}}], networks: {a: null}}",
        "{build: {context: ., args: {A: 1}, additional_contexts: [a=b], pull: '${PULL}'}, depends_on: [a], scale: '${N}', init: true}",
        "{provider: {type: model, options: {model: a}}}",
        "{extends: {service: b, file: c.yaml}}",
        "{image: a, healthcheck: {test: [CMD, a], interval: 5s, retries: 3}, deploy: {replicas: 2, resources: {limits: {cpus: '0.5', memory: 5M}}}}",
        "{image: a, gpus: all, models: {m: {endpoint_var: A}}, secrets: [a, {source: b, mode: 0440}], ulimits: {nofile: {soft: 1, hard: 2}}}",
    ] {
        let none: [&str; 0] = [];
        assert_eq!(
            messages(check_element("services", "a", &parse(service))),
            none,
            "{service}"
        );
    }
}
