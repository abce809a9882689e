//! Params and outputs with types, from the Score file to the output.

use crate::sandbox::Sandbox;

fn score(resource: &str, output: &str) -> String {
    format!(
        "apiVersion: score.dev/v1b1\nmetadata: {{name: shop, nodes: '5'}}\ncontainers:\n  web:\n    image: nginx:1\n    \
         variables: {{A: '${{resources.it.{output}}}'}}\nresources:\n  it: {resource}\n"
    )
}

fn project(definition: &str, resource: &str, output: &str, environment: &str) -> Sandbox {
    Sandbox::with_files(&[
        ("environments/only/environment.yaml", environment),
        ("environments/only/it.provisioners.yaml", definition),
        ("score.yaml", &score(resource, output)),
    ])
}

#[test]
fn defaults_and_converted_values_are_there_when_the_template_runs() {
    let definition = "- uri: template://it\n  type: it\n  supported_params:\n    \
                      nodes: {type: integer, default: 3}\n    tag: {type: string, default: a}\n  \
                      outputs: 'n: \"{{ add .Params.nodes 1 }} {{ kindOf .Params.tag }} {{ .Params.tag }}\"'\n";
    for (resource, expected) in [
        ("{type: it}", "4 string a"),
        ("{type: it, params: {nodes: null}}", "4 string a"),
        ("{type: it, params: {nodes: '5', tag: 17}}", "6 string 17"),
        (
            "{type: it, params: {nodes: '${metadata.nodes}', tag: ''}}",
            "6 string ",
        ),
    ] {
        let sandbox = project(definition, resource, "n", "target: compose\n");
        let result = sandbox.run(&["generate", "-o", "-"]);
        assert_eq!(result.code, Some(0), "{resource}: {}", result.stderr);
        assert!(
            result.stdout.contains(expected),
            "{resource}: {}",
            result.stdout
        );
    }
}

#[test]
fn text_that_yaml_changes_is_refused_where_text_is_declared() {
    let definition = "- uri: template://it\n  type: it\n  supported_params:\n    \
                      tag: {type: string}\n    nodes: {type: integer}\n  outputs: 'n: a'\n";
    for (param, is_right) in [
        ("tag: 1.10", false),
        ("tag: 0755", false),
        ("tag: 17", true),
        ("tag: '1.10'", true),
        ("nodes: 0x10", true),
    ] {
        let resource = format!("{{type: it, params: {{{param}}}}}");
        let sandbox = project(definition, &resource, "n", "target: compose\n");
        let result = sandbox.run(&["validate", "-e", "only", "--format", "short"]);
        assert_eq!(
            result.code == Some(0),
            is_right,
            "{param}: {}",
            result.stdout
        );
        assert_eq!(
            result.stdout.contains("[changed-number]"),
            !is_right,
            "{param}"
        );
    }
}

#[test]
fn an_output_that_is_declared_a_secret_is_kept_out_of_output_and_messages() {
    let definition = |declared: &str| {
        format!(
            "- uri: template://it\n  type: it\n  expected_outputs:\n    place: {declared}\n  \
             outputs: 'place: hidden-treasure'\n"
        )
    };
    let environment = "target: compose\nsecrets: file\n";
    for (declared, is_hidden) in [
        ("{type: string}", false),
        ("{type: string, secret: true}", true),
    ] {
        let sandbox = project(&definition(declared), "{type: it}", "place", environment);
        let result = sandbox.run(&["generate"]);
        assert_eq!(result.code, Some(0), "{}", result.stderr);
        let text = sandbox.read("compose.yaml");
        assert_eq!(!text.contains("hidden-treasure"), is_hidden, "{text}");
    }
    let wrong = definition("{type: string, secret: true, pattern: ^a}")
        .replace("hidden-treasure", "{{ printf \"hidden-%s\" \"treasure\" }}");
    let sandbox = project(&wrong, "{type: it}", "place", environment);
    let report = sandbox.run(&["validate", "-e", "only"]).stdout;
    assert!(
        report.contains("`outputs.place` is `********`, which does not match `^a`")
            && !report.contains("hidden-treasure"),
        "{report}"
    );
}

#[test]
fn a_program_gets_typed_params_and_its_outputs_are_checked() {
    let definition = "- uri: cmd://./it.sh\n  type: it\n  supported_params:\n    \
                      nodes: {type: integer, default: 3}\n  expected_outputs:\n    n: {type: integer}\n";
    let sandbox = project(definition, "{type: it}", "n", "target: compose\n");
    sandbox.write_executable(
        "it.sh",
        "#!/bin/sh\nn=$(grep -o '\"nodes\":[0-9]*' | cut -d: -f2)\nprintf '{\"resource_outputs\": {\"n\": %s}}' \"$n\"\n",
    );
    let result = sandbox.run(&["generate", "-o", "-"]);
    assert!(result.stdout.contains("A: \"3\""), "{result:?}");
    sandbox.write_executable(
        "it.sh",
        "#!/bin/sh\nprintf '{\"resource_outputs\": {\"n\": \"three\"}}'\n",
    );
    let result = sandbox.run(&["generate", "-o", "-", "--message-format", "short"]);
    assert!(
        result.stderr.contains(
            "it.provisioners.yaml:1:8: error: `outputs.n` must be a whole number, this is a string"
        ),
        "{}",
        result.stderr
    );
}

#[test]
fn an_optional_output_may_be_missing_and_null() {
    let definition = |outputs: &str| {
        format!(
            "- uri: template://it\n  type: it\n  expected_outputs:\n    a: {{type: integer}}\n    \
             b: {{type: integer, required: false}}\n  outputs: '{outputs}'\n"
        )
    };
    for (outputs, expected) in [
        ("a: 1", ""),
        ("{a: 1, b: null}", ""),
        ("b: 1", "[missing-output]"),
        ("{a: x, b: 1}", "[invalid-output]"),
    ] {
        let sandbox = project(&definition(outputs), "{type: it}", "a", "target: compose\n");
        let result = sandbox.run(&["validate", "-e", "only", "--format", "short"]);
        assert!(
            result.stdout.contains(expected),
            "{outputs}: {}",
            result.stdout
        );
        assert_eq!(
            result.code == Some(0),
            expected.is_empty(),
            "{outputs}: {}",
            result.stdout
        );
    }
}
