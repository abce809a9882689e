//! Sections of a Compose file that are not what the Compose specification allows, by who wrote them.

use crate::sandbox::Sandbox;

const SCORE: &str = "apiVersion: score.dev/v1b1
metadata: {name: shop}
containers:
  main: {image: .}
resources:
  cache: {type: cache}
";

/// The report of a project with this service of a definition, build and patch template.
fn report(service: &str, build: &str, patch: &str) -> String {
    let sandbox = Sandbox::new();
    sandbox.write("score.yaml", SCORE);
    let environment = format!("target: compose\nbuilds:\n  shop: {build}\npatches: [a.tpl]\n");
    sandbox.write("environments/local/environment.yaml", environment);
    let definition =
        format!("- uri: template://cache\n  type: cache\n  services: |\n    cache: {service}\n");
    sandbox.write("environments/local/cache.provisioners.yaml", definition);
    sandbox.write("environments/local/a.tpl", patch);
    let result = sandbox.run(&[
        "generate",
        "-e",
        "local",
        "--message-format",
        "short",
        "-o",
        "-",
    ]);
    let lines = result.stderr.lines();
    let errors: Vec<&str> = lines.filter(|line| line.contains(": error: ")).collect();
    assert_eq!(result.code, Some(i32::from(!errors.is_empty())));
    errors.join("\n")
}

#[test]
fn an_error_is_at_the_definition_the_build_or_the_patch() {
    let right = ("{image: a, x-own: 1}", "{context: app}", "[]");
    assert_eq!(report(right.0, right.1, right.2), "");
    for (service, build, patch, expected) in [
        (
            "{image: a, comand: b}",
            right.1,
            right.2,
            "cache.provisioners.yaml:4:23: error: `services.cache` has no key `comand`; did you mean `command`?",
        ),
        (
            "{restart: always}",
            right.1,
            right.2,
            "cache.provisioners.yaml:4:13: error: `services.cache` needs an `image` or a `build`",
        ),
        (
            right.0,
            "{context: app, arg: {A: b}}",
            right.2,
            "environment.yaml:3:24: error: `build` has no key `arg`; did you mean `args`?",
        ),
        (
            right.0,
            right.1,
            "- {op: set, path: services.shop-main.imgae, value: b}",
            "a.tpl:1:52: error: `services.shop-main` has no key `imgae`; did you mean `image`?",
        ),
        (
            right.0,
            right.1,
            "- {op: delete, path: services.cache.image}",
            "a.tpl:1:1: error: `services.cache` needs an `image` or a `build`",
        ),
    ] {
        let report = report(service, build, patch);
        assert!(report.contains(expected), "{report}");
    }
}

#[test]
fn a_section_that_changes_its_data_changes_that_of_no_other() {
    let sandbox = Sandbox::new();
    sandbox.write(
        "t.provisioners.yaml",
        "- uri: template://t\n  type: tt\n  \
         outputs: |\n    a: {{ (set .Params \"n\" 2).n }}\n  \
         services: |\n    one: {image: a, labels: {n: \"{{ .Params.n }}\"}}\n    \
         {{ $_ := unset .Params \"n\" }}\n  \
         volumes: |\n    v: {labels: {n: \"{{ .Params.n }}\"}}\n",
    );
    sandbox.write(
        "score.yaml",
        "apiVersion: score.dev/v1b1\nmetadata: {name: web}\ncontainers: {main: {image: a, variables: {A: \"${resources.it.a}\"}}}\n\
         resources: {it: {type: tt, params: {n: 1}}}\n",
    );
    let definitions = ["--provisioners", "t.provisioners.yaml"];
    let arguments = ["generate", "-e", "compose", "-o", "-"];
    let output = sandbox.run(&[&arguments[..], &definitions].concat()).stdout;
    assert!(output.contains("A: \"2\""), "{output}");
    assert_eq!(output.matches(r#""n": "1""#).count(), 2, "{output}");
}
